//! Who has what: now, at the end of a day, or as a commit of the roster asks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::history::Wanted;
use super::table::{Cell, Table, counted, time, value, yes};
use super::timeline::{Deed, play};
use super::{FORMAT, end_of, tool};
use crate::model::desired::Desired;
use crate::model::email::compare_emails;
use crate::model::inventory::{AdminWords, Holder, Inventory, LastLogins};
use crate::model::note::ReadProof;
use crate::model::spec::Rights;
use crate::model::value::Value;
use crate::roster::admins::Admins;
use crate::roster::model::VendorSettings;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// What it shows.
    pub shows: Shows,
    /// The vendors, by name.
    pub vendors: BTreeMap<Box<str>, Source>,
    /// The accounts, by vendor and e-mail.
    pub accounts: Vec<Row>,
}

/// What a list of access shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// What the vendors show now.
    Now,
    /// What counted at the end of this day (UTC).
    At(Date),
    /// What the roster of this commit asks, on that day.
    Rev(String, Date),
}

/// Where what is known of a vendor comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// When it was read; absent where nothing is known, or the roster is what is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The last read that showed the same, where a later one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_at: Option<Timestamp>,
    /// Changes that runs made after that read, verified, and that are in the list.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub changed_since: usize,
    /// What speaks for the read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ReadProof>,
    /// What a complete read cannot show there; absent where there is nothing to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Why nothing is known, or not everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The account's e-mail.
    pub email: Box<str>,
    /// The vendor's id; `null` where there is none.
    pub id: Option<Box<str>>,
    /// The person of the roster; `null` where the roster names none.
    pub person: Option<Box<str>>,
    /// Whether it is switched on.
    pub active: bool,
    /// Whether it has the rights of an administrator.
    pub administrator: bool,
    /// What carries rights.
    pub rights: BTreeMap<Box<str>, Option<Value>>,
    /// When somebody last logged in with it, as the vendor shows it; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
}

/// What is known of one vendor.
pub struct Known {
    /// Where it comes from.
    pub source: Source,
    /// Who has which rights.
    pub inventory: Inventory,
    /// When accounts were last used, as far as that is known.
    pub logins: LastLogins,
}

/// Makes the document of what is known of each vendor.
pub fn access(
    shows: Shows,
    known: BTreeMap<Box<str>, Known>,
    wanted: &Wanted<'_>,
    made_at: Timestamp,
) -> Access {
    let mut vendors = BTreeMap::new();
    let mut accounts = Vec::new();
    for (name, known) in known {
        if !wanted.vendor(&name) {
            continue;
        }
        let Inventory {
            admins, holders, ..
        } = &known.inventory;
        let rows = holders.iter().map(|(key, holder)| {
            let last_login = known.logins.get(key).copied();
            row(&name, holder, admins, last_login)
        });
        accounts.extend(rows.filter(|row| {
            let names = std::iter::once(&row.email).chain(&row.person);
            wanted.person(names.map(|it| &**it))
                && (!wanted.admins || (row.administrator && row.active))
        }));
        vendors.insert(name, known.source);
    }
    accounts.sort_by(|one: &Row, other| {
        let by_vendor = one.vendor.cmp(&other.vendor);
        by_vendor
            .then_with(|| compare_emails(&one.email, &other.email))
            .then_with(|| one.id.cmp(&other.id))
    });
    Access {
        format: FORMAT,
        tool: tool(),
        made_at,
        shows,
        vendors,
        accounts,
    }
}

fn row(vendor: &str, holder: &Holder, admins: &AdminWords, last_login: Option<Timestamp>) -> Row {
    let Holder {
        id,
        email,
        person,
        off,
        rights,
    } = holder;
    Row {
        vendor: vendor.into(),
        email: email.clone(),
        id: id.clone(),
        person: person.clone(),
        active: !off,
        administrator: admins.make(rights),
        rights: rights.clone(),
        last_login,
    }
}

/// What counted at the end of a day: the last inventory, and what runs did after it.
pub fn at_end_of(
    day: Date,
    vendor: &str,
    kept: Option<(Inventory, Timestamp)>,
    logins: LastLogins,
    reads: &[Timestamp],
    deeds: &[Deed<'_>],
) -> Known {
    let Some((inventory, read_at)) = kept else {
        return Known {
            source: Source {
                problem: Some(format!("no inventory of {day} or before is kept")),
                ..Source::default()
            },
            inventory: Inventory::default(),
            logins: LastLogins::new(),
        };
    };
    let end = end_of(day);
    let last = reads.iter().copied().filter(|it| *it < end).max();
    let same_at = last.filter(|it| *it > read_at);
    let since = same_at.unwrap_or(read_at);
    let after: Vec<&Deed<'_>> = deeds
        .iter()
        .filter(|it| *it.action.vendor == *vendor && since < it.at && it.at < end)
        .filter(|it| it.is_done())
        .collect();
    Known {
        source: Source {
            kind: inventory.kind.clone(),
            read_at: Some(read_at),
            same_at,
            changed_since: after.len(),
            ..Source::default()
        },
        inventory: play(&inventory, &after),
        logins,
    }
}

/// What a roster asks of one vendor.
pub fn asked(settings: &VendorSettings, desired: &Desired) -> Known {
    let admins = AdminWords(Admins::new(settings, &BTreeMap::new()).words());
    let carries = |name: &str| {
        let spec = settings.spec.attribute(name);
        admins.0.contains_key(name) || spec.is_some_and(|it| it.rights != Rights::None)
    };
    let holders = desired.accounts().map(|account| {
        let attributes = account.attributes.iter().filter(|(name, _)| carries(name));
        let holder = Holder {
            id: account.id.clone(),
            email: account.email.clone(),
            person: Some(account.email.clone()),
            off: !account.access.granted(),
            rights: attributes
                .map(|(name, value)| (name.into(), Some(value.clone())))
                .collect(),
        };
        (holder.key(), holder)
    });
    Known {
        source: Source {
            kind: settings.spec.kind.into(),
            ..Source::default()
        },
        inventory: Inventory {
            kind: settings.spec.kind.into(),
            place: settings.place().into(),
            holders: holders.collect(),
            admins,
        },
        logins: LastLogins::new(),
    }
}

impl Row {
    /// Its rights in words.
    pub fn rights(&self) -> String {
        let rights = self.rights.iter();
        // What is switched off, or empty, is no right.
        let shown = rights.filter(|(_, it)| {
            it.as_ref()
                .is_some_and(|it| !it.is_empty() && it.as_flag() != Some(false))
        });
        let words = shown.map(|(name, it)| format!("{name}: {}", value(it.as_ref())));
        words.collect::<Vec<_>>().join("; ")
    }
}

impl Access {
    /// Whether something is not known.
    pub fn has_problems(&self) -> bool {
        self.vendors.values().any(|it| it.problem.is_some())
    }

    /// What it shows, in words.
    pub fn title(&self) -> String {
        match &self.shows {
            Shows::Now => format!("Access as read at {}", time(self.made_at)),
            Shows::At(day) => format!("Access at the end of {day}"),
            Shows::Rev(commit, day) => {
                format!("Access that the roster of {commit} asks for on {day}")
            }
        }
    }

    /// As tables: the accounts, and where that is known from.
    pub fn tables(&self) -> Vec<Table> {
        vec![self.table("access"), self.sources()]
    }

    /// The accounts.
    pub fn table(&self, name: &'static str) -> Table {
        let with_login = self.accounts.iter().any(|it| it.last_login.is_some());
        let mut columns = vec![
            "vendor",
            "account",
            "person",
            "state",
            "administrator",
            "rights",
        ];
        if with_login {
            columns.push("last login (UTC)");
        }
        let rows = self.accounts.iter().map(|row| {
            let state = if row.active { "active" } else { "switched off" };
            let person = row.person.as_deref();
            let mut cells: Vec<Cell> = [
                row.vendor.to_string(),
                match row.email.trim().is_empty() {
                    true => row.id.as_deref().unwrap_or_default().to_owned(),
                    false => row.email.to_string(),
                },
                person.unwrap_or("(not in the roster)").to_owned(),
                state.to_owned(),
                yes(row.administrator),
                row.rights(),
            ]
            .map(Cell::from)
            .into();
            if with_login {
                cells.push(Cell::from(row.last_login.map(time).unwrap_or_default()));
            }
            cells
        });
        Table {
            name,
            title: self.title(),
            about: format!(
                "{} at {}, {} of them switched on.",
                counted(self.accounts.len(), "account"),
                counted(self.vendors.len(), "vendor"),
                self.accounts.iter().filter(|it| it.active).count(),
            ),
            columns,
            rows: rows.collect(),
            empty: "No account is known.",
        }
    }

    /// Where it is known from.
    pub fn sources(&self) -> Table {
        let mut table = Table {
            name: "sources",
            title: String::from("Where this is known from"),
            about: String::new(),
            columns: vec!["vendor", "read (UTC)", "pages", "accounts", "what to know"],
            rows: Vec::new(),
            empty: "There is no vendor.",
        };
        for (name, source) in &self.vendors {
            let Source {
                kind: _,
                read_at,
                same_at,
                changed_since,
                proof,
                limit,
                problem,
            } = source;
            let mut told = Vec::new();
            told.extend(same_at.map(|at| format!("the same was read at {}", time(at))));
            if *changed_since > 0 {
                told.push(format!(
                    "with {changed_since} changes that runs made and verified after it"
                ));
            }
            told.extend(limit.clone());
            told.extend(problem.clone());
            let counts = proof.as_ref().map(|it| (it.pages, it.accounts));
            table.row([
                name.to_string(),
                read_at.map_or_else(|| String::from("-"), time),
                counts.map_or_else(String::new, |(pages, _)| pages.to_string()),
                counts.map_or_else(String::new, |(_, accounts)| accounts.to_string()),
                told.join("; "),
            ]);
        }
        table
    }
}
