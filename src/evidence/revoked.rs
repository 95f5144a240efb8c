//! How long it took until access was gone: for each person and vendor, from the roster's word to the
//! verified removal.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::end_of;
use super::material::Material;
use super::table::{Table, time};
use super::timeline::{Change, Deed};
use super::word::{Commit, Word};
use crate::model::email::EmailKey;
use crate::model::inventory::{Holder, Inventory};

/// One person's access at one vendor, and its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The person's e-mail.
    pub email: Box<str>,
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The commit that said it.
    pub commit: Commit,
    /// The last day with access; absent where the roster gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
    /// From then on there should be no access.
    pub due: Timestamp,
    /// What became of it.
    pub state: Gone,
    /// When it was gone; absent where it is not, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
    /// From `due` to then, or to the end of the last day; absent where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// The journal of the run that removed it; absent where no run did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<str>>,
    /// What there is to say.
    pub note: String,
}

/// What became of access that should end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// There still is an account that is switched on.
    Open,
    /// Nobody knows.
    Unknown,
    /// It is gone.
    Gone,
    /// The roster gave it back before.
    GivenBack,
    /// There was none.
    NeverThere,
}

impl Gone {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "still there",
            Self::Unknown => "not known",
            Self::Gone => "gone",
            Self::GivenBack => "given back before",
            Self::NeverThere => "there was none",
        }
    }
}

/// Looks what became of every word of the roster; open ones first, then the longest.
pub fn revocations(material: &Material, words: &[Word]) -> Vec<Revocation> {
    let deeds = material.deeds();
    let mut found = Vec::new();
    for vendor in material.vendor_names() {
        let here: Vec<&Word> = words.iter().filter(|it| it.vendor == vendor).collect();
        if here.is_empty() {
            continue;
        }
        let changes = material.changes(&vendor, &deeds);
        let last = last_inventory(material, &vendor);
        found.extend(here.into_iter().map(|word| {
            let at_vendor = AtVendor {
                material,
                deeds: &deeds,
                changes: &changes,
                last: last.as_ref(),
            };
            at_vendor.revocation(word)
        }));
    }
    let known: Vec<Box<str>> = material.vendor_names();
    let unknown = words.iter().filter(|it| !known.contains(&it.vendor));
    found.extend(unknown.map(|word| told(word, Gone::Unknown, "nothing of this vendor is kept")));
    found.retain(|it| it.due < end_of(material.to));
    found.sort_by(|one, other| {
        let key = |it: &Revocation| (it.state, -it.seconds.unwrap_or(0), it.due);
        key(one).cmp(&key(other))
    });
    found
}

/// What is known of a vendor at the end.
fn last_inventory(material: &Material, vendor: &str) -> Option<Inventory> {
    let span = material.vendors.get(vendor)?;
    let mut last = span.start.clone().map(|(inventory, _)| inventory);
    for step in &span.steps {
        last.get_or_insert_default().take(step);
    }
    last
}

struct AtVendor<'a> {
    material: &'a Material,
    deeds: &'a [Deed<'a>],
    changes: &'a [Change],
    last: Option<&'a Inventory>,
}

impl AtVendor<'_> {
    fn revocation(&self, word: &Word) -> Revocation {
        let is = |name: &str| word.keys.contains(&EmailKey::of(name).into_owned());
        let until = word.until.unwrap_or(Timestamp::MAX);
        let ends = |change: &&Change| {
            let mut differences = change.differences.iter();
            let ended = differences.any(|it| *it.attribute == *"account" && it.after != "active");
            let names = std::iter::once(&change.email).chain(&change.person);
            ended && names.into_iter().any(|it| is(it))
        };
        let removals = self.changes.iter().filter(ends);
        let after = removals
            .clone()
            .find(|it| it.at >= word.commit.at && it.at < until);
        if let Some(removal) = after {
            return self.removed(word, removal);
        }
        if word.until.is_some() {
            return told(
                word,
                Gone::GivenBack,
                "the roster gave it back before it was gone",
            );
        }
        let held = |holder: &&Holder| {
            let names = std::iter::once(&holder.email).chain(&holder.person);
            names.into_iter().any(|it| is(it))
        };
        let Some(last) = self.last else {
            return told(word, Gone::Unknown, "nothing of this vendor is kept");
        };
        let holder = last.holders.values().find(held);
        let before = removals.rev().find(|it| it.at < word.commit.at);
        match (holder, before) {
            (Some(holder), _) if !holder.off => {
                let tried = self.deeds.iter().rev().find(|it| {
                    it.action.kind.removes()
                        && *it.action.vendor == *word.vendor
                        && is(&it.action.email)
                        && it.at >= word.commit.at
                });
                let note = tried.map_or_else(String::new, |it| {
                    format!("a run tried at {}: {}", time(it.at), it.message)
                });
                let end = end_of(self.material.to);
                Revocation {
                    seconds: Some((end.as_second() - word.due.as_second()).max(0)),
                    ..told(word, Gone::Open, &note)
                }
            }
            (_, Some(before)) => Revocation {
                gone_at: Some(before.at),
                seconds: Some(0),
                ..told(word, Gone::Gone, "it was gone before the roster said so")
            },
            (Some(_), None) => Revocation {
                seconds: Some(0),
                ..told(word, Gone::Gone, "it was switched off before these days")
            },
            (None, None) => told(word, Gone::NeverThere, "no account of this person was seen"),
        }
    }

    fn removed(&self, word: &Word, removal: &Change) -> Revocation {
        let deed = removal.deed.and_then(|at| self.deeds.get(at));
        let run = deed.and_then(|it| self.material.runs.get(it.run));
        let note = match removal.after {
            Some(after) => format!("no run did it; it happened after {}", time(after)),
            None => String::new(),
        };
        let seconds = removal.at.as_second() - word.due.as_second();
        Revocation {
            gone_at: Some(removal.at),
            seconds: Some(seconds.max(0)),
            run: run.map(|it| it.journal.clone()),
            ..told(word, Gone::Gone, &note)
        }
    }
}

fn told(word: &Word, state: Gone, note: &str) -> Revocation {
    Revocation {
        email: word.email.clone(),
        vendor: word.vendor.clone(),
        commit: word.commit.clone(),
        last_day: word.last_day,
        due: word.due,
        state,
        gone_at: None,
        seconds: None,
        run: None,
        note: note.to_owned(),
    }
}

/// How long it took, in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Took {
    /// Accesses that are gone.
    pub gone: usize,
    /// Accesses that are still there.
    pub open: usize,
    /// Of those nobody knows.
    pub unknown: usize,
    /// The median in seconds of those that are gone; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<i64>,
    /// The longest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<i64>,
}

/// Sums them up.
pub fn took(revocations: &[Revocation]) -> Took {
    let count = |state| revocations.iter().filter(|it| it.state == state).count();
    let gone = revocations.iter().filter(|it| it.state == Gone::Gone);
    let mut seconds: Vec<i64> = gone.filter_map(|it| it.seconds).collect();
    seconds.sort_unstable();
    Took {
        gone: count(Gone::Gone),
        open: count(Gone::Open),
        unknown: count(Gone::Unknown),
        median: seconds.get(seconds.len() / 2).copied(),
        worst: seconds.last().copied(),
    }
}

/// Hours and minutes, or days.
pub fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => String::from("under a minute"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// As a table.
pub fn table(revocations: &[Revocation]) -> Table {
    let took = took(revocations);
    let summary = match (took.median, took.worst) {
        (Some(median), Some(worst)) => format!(
            "{} are gone, {} still there, {} not known. It took {} in the median and {} at worst.",
            took.gone,
            took.open,
            took.unknown,
            duration(median),
            duration(worst)
        ),
        _ => format!(
            "{} are gone, {} still there, {} not known.",
            took.gone, took.open, took.unknown
        ),
    };
    let mut table = Table {
        name: "time-to-revoke",
        title: String::from("Access that was to end"),
        about: format!(
            "From the commit that said so, or from the end of the last day where that came later, to \
             the verified removal. Open ones come first. {summary}"
        ),
        columns: vec![
            "person",
            "vendor",
            "state",
            "said by",
            "author",
            "last day",
            "due (UTC)",
            "gone (UTC)",
            "took",
            "run",
            "what to know",
        ],
        rows: Vec::new(),
        empty: "No access was to end.",
    };
    for it in revocations {
        table.row([
            it.email.to_string(),
            it.vendor.to_string(),
            it.state.as_str().to_owned(),
            it.commit.short().to_owned(),
            it.commit.author.to_string(),
            it.last_day.map(|day| day.to_string()).unwrap_or_default(),
            time(it.due),
            it.gone_at.map(time).unwrap_or_default(),
            match (it.state, it.seconds) {
                (Gone::Open, Some(seconds)) => format!("{} so far", duration(seconds)),
                (_, seconds) => seconds.map(duration).unwrap_or_default(),
            },
            it.run.as_deref().unwrap_or_default().to_owned(),
            it.note.clone(),
        ]);
    }
    table
}
