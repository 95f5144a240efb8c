//! What changed between two days: when, what, by which run, commit, author, pull request and
//! approval; and what no run made.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cover::{Uncovered, uncovered};
use super::material::{JournalRun, Material};
use super::table::{Cell, Table, time};
use super::timeline::{self, Change, Deed};
use super::{FORMAT, tool};
use crate::model::context::{Approval, Context};
use crate::model::email::EmailKey;

/// Which part of it is asked for.
pub struct Wanted<'a> {
    /// Everybody whom an address tells; `None`: all.
    pub people: Option<Vec<EmailKey<'static>>>,
    /// Vendors; empty: all.
    pub vendors: &'a [String],
    /// Only who became an administrator, or is none any more.
    pub admins: bool,
    /// Whether an attribute of a vendor carries rights. What does not is about the person.
    pub carries: &'a dyn Fn(&str, &str) -> bool,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The first day (UTC).
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// By time.
    pub changes: Vec<Entry>,
    /// The runs that made them.
    pub runs: Vec<Run>,
    /// Days of which nobody knows.
    pub uncovered: Vec<Uncovered>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The account's e-mail.
    pub email: Box<str>,
    /// The vendor's id; `null` where there is none.
    pub id: Option<Box<str>>,
    /// The person of the roster; `null` for a stranger.
    pub person: Option<Box<str>>,
    /// Of a change that no run made: it happened after this read, and by `at` it was seen; absent where
    /// `at` is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// When it was done, or first seen.
    pub at: Timestamp,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Whether somebody became an administrator by it, or is none any more; absent where neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<AdminChange>,
    /// The `run` of the run that made it; `null`: no run did.
    pub run: Option<Box<str>>,
    /// Why, as the plan said; empty where no run made it.
    pub reason: String,
}

/// One attribute before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its name; `account` for whether there is one and whether it is on.
    pub attribute: Box<str>,
    /// What was there.
    pub before: String,
    /// What is there.
    pub after: String,
    /// Whether it is about the person and carries no right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
}

/// What became of an administrator's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AdminChange {
    /// They came.
    Gained,
    /// They went.
    Lost,
}

/// A run, and why it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The name of its journal.
    pub run: Box<str>,
    /// When it began.
    pub at: Timestamp,
    /// `apply` or `undo`.
    pub command: String,
    /// What it knew of why it ran.
    pub context: Context,
    /// Who wrote the commit, as Git tells; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Box<str>>,
    /// Who approved, each with what speaks against it.
    pub approvals: Vec<Approval>,
}

impl Run {
    /// A run of a journal.
    pub fn of(journal: &JournalRun, authors: &BTreeMap<Box<str>, Box<str>>) -> Self {
        let started = &journal.run.started;
        let context = started.context.clone();
        let commit = context.get("commit");
        Self {
            run: journal.journal.clone(),
            at: journal.run.at,
            command: started.command.clone(),
            author: commit.and_then(|it| authors.get(it)).cloned(),
            approvals: context.approvals(),
            context,
        }
    }

    /// Who wrote it: the commit's author, and who opened the pull request where that is known.
    pub fn written_by(&self) -> String {
        let author = self.author.as_deref().or(self.context.get("author"));
        match (author, self.context.get("pull_request_author")) {
            (Some(author), Some(opened)) if author != opened => format!("{author}, {opened}"),
            (author, opened) => author.or(opened).unwrap_or_default().to_owned(),
        }
    }

    /// Who approved it, in words.
    pub fn approved_by(&self) -> String {
        let all: Vec<String> = self.approvals.iter().map(ToString::to_string).collect();
        match all.is_empty() {
            true => String::from("not known"),
            false => all.join(", "),
        }
    }
}

/// Makes the document.
pub fn history(material: &Material, wanted: &Wanted<'_>, made_at: Timestamp) -> History {
    let deeds = material.deeds();
    let mut entries = Vec::new();
    for vendor in material.vendor_names() {
        if !wanted.vendor(&vendor) {
            continue;
        }
        let changes = material.changes(&vendor, &deeds).into_iter();
        let asked = changes.filter(|it| wanted.change(it));
        entries.extend(asked.map(|it| {
            let deed = it.deed.and_then(|at| deeds.get(at));
            entry(&vendor, it, deed, material, wanted.carries)
        }));
    }
    entries.sort_by(|one, other| (one.at, &one.vendor).cmp(&(other.at, &other.vendor)));
    let named = |run: &&JournalRun| {
        let mut entries = entries.iter();
        entries.any(|it| it.run.as_ref() == Some(&run.journal))
    };
    let runs = material.runs.iter().filter(named);
    History {
        format: FORMAT,
        tool: tool(),
        made_at,
        from: material.from,
        to: material.to,
        runs: runs.map(|it| Run::of(it, &material.authors)).collect(),
        changes: entries,
        uncovered: uncovered(material, wanted.vendors),
    }
}

fn entry(
    vendor: &str,
    change: Change,
    deed: Option<&Deed<'_>>,
    material: &Material,
    carries: &dyn Fn(&str, &str) -> bool,
) -> Entry {
    let Change {
        email,
        id,
        person,
        after,
        at,
        differences,
        admin,
        deed: _,
    } = change;
    let run = deed.and_then(|deed| material.runs.get(deed.run));
    let differences = differences.into_iter().map(|it| {
        let timeline::Difference {
            attribute,
            before,
            after,
        } = it;
        let plain = ["account", "email"].contains(&&*attribute);
        Difference {
            personal: !plain && !carries(vendor, &attribute),
            attribute,
            before,
            after,
        }
    });
    Entry {
        vendor: vendor.into(),
        email,
        id,
        person,
        after,
        at,
        differences: differences.collect(),
        administrator: admin.map(|gained| match gained {
            true => AdminChange::Gained,
            false => AdminChange::Lost,
        }),
        run: run.map(|it| it.journal.clone()),
        reason: deed.map_or_else(String::new, |it| it.action.reason.clone()),
    }
}

impl Wanted<'_> {
    /// Whether a vendor is asked for.
    pub fn vendor(&self, name: &str) -> bool {
        self.vendors.is_empty() || self.vendors.iter().any(|it| it == name)
    }

    /// Whether somebody is asked for, by any of these addresses.
    pub fn person<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        let Some(people) = &self.people else {
            return true;
        };
        let mut names = names.into_iter();
        names.any(|name| people.contains(&EmailKey::of(name).into_owned()))
    }

    fn change(&self, change: &Change) -> bool {
        let names = std::iter::once(&change.email).chain(&change.person);
        let asked = self.person(names.map(|it| &**it));
        asked && (change.admin.is_some() || !self.admins)
    }
}

impl Entry {
    /// When, in words.
    pub fn when(&self) -> String {
        match self.after {
            Some(after) => format!("between {} and {}", time(after), time(self.at)),
            None => time(self.at),
        }
    }

    /// What, in words.
    pub fn what(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        match self.administrator {
            Some(AdminChange::Gained) => parts.push(String::from("became an administrator")),
            Some(AdminChange::Lost) => parts.push(String::from("is no administrator any more")),
            None => {}
        }
        let changes = self.differences.iter();
        parts.extend(changes.map(|it| format!("{}: {} → {}", it.attribute, it.before, it.after)));
        parts.join("; ")
    }
}

/// The columns that tell of a run.
pub const RUN_COLUMNS: [&str; 6] = [
    "made by",
    "commit",
    "author",
    "pull request",
    "approved by",
    "run",
];

/// The cells that tell of a run; of no run, that none made it.
pub fn run_cells(run: Option<&Run>) -> Vec<Cell> {
    let Some(run) = run else {
        let mut cells = vec![Cell::from("no run")];
        cells.resize(RUN_COLUMNS.len(), Cell::default());
        return cells;
    };
    let context = &run.context;
    let linked = |name: &str, text: String| Cell {
        link: context
            .link(name)
            .map(Box::from)
            .filter(|_| !text.is_empty()),
        text,
    };
    let request = context.get("pull_request").map(|it| format!("#{it}"));
    let request = linked("pull_request_address", request.unwrap_or_default());
    vec![
        Cell::from(match context.get("actor") {
            Some(actor) => format!("{} by {actor}", run.command),
            None => run.command.clone(),
        }),
        Cell::from(context.short_commit().unwrap_or_default()),
        Cell::from(run.written_by()),
        request,
        Cell::from(run.approved_by()),
        linked("run", run.run.to_string()),
    ]
}

impl History {
    /// The run of an entry.
    pub fn run(&self, entry: &Entry) -> Option<&Run> {
        let name = entry.run.as_ref()?;
        self.runs.iter().find(|it| it.run == *name)
    }

    /// As tables: what changed, and what is not covered.
    pub fn tables(&self) -> Vec<Table> {
        vec![self.table(), super::cover::table(&self.uncovered)]
    }

    /// What changed.
    pub fn table(&self) -> Table {
        let mut columns = vec!["when (UTC)", "vendor", "account", "person", "what"];
        columns.extend(RUN_COLUMNS);
        columns.push("why");
        let rows = self.changes.iter().map(|entry| {
            let mut cells: Vec<Cell> = [
                entry.when(),
                entry.vendor.to_string(),
                entry.email.to_string(),
                entry.person.as_deref().unwrap_or("(nobody's)").to_owned(),
                entry.what(),
            ]
            .map(Cell::from)
            .into();
            cells.extend(run_cells(self.run(entry)));
            cells.push(Cell::from(entry.reason.as_str()));
            cells
        });
        Table {
            name: "changes",
            title: format!("Changes from {} to {}", self.from, self.to),
            about: String::from(
                "Each change that a run made and verified, and each that a read showed and no run \
                 made: that one happened between the two reads that are named.",
            ),
            columns,
            rows: rows.collect(),
            empty: "Nothing changed, as far as these days are covered.",
        }
    }
}
