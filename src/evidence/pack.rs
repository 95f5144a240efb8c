//! What an auditor asks for, in one document.
//!
//! Who had access at the start and at the end, every change with its approval, changes of the rules, how
//! long it took until access was gone, exceptions, how complete the reads were, and what is not covered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Access, Known, Shows, access, at_end_of};
use super::cover;
use super::history::{History, RUN_COLUMNS, Run, Wanted, history, run_cells};
use super::material::{JournalRun, Material};
use super::revoked::{self, Revocation, Took, revocations, took};
use super::table::{Cell, Table, counted, time};
use super::word::{Commit, Words};
use super::{FORMAT, end_of, tool};
use crate::model::inventory::{Inventory, day_of};
use crate::model::note::NoteEvent;
use crate::model::outcome::Verdict;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
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
    /// Whether people are masked; then the raw journals and notes are left out.
    pub masked: bool,
    /// Who had access when the first day began.
    pub start: Access,
    /// Who had access when the last day ended.
    pub end: Access,
    /// Every change in between, and what is not covered.
    pub history: History,
    /// Changes of the rules.
    pub rules: Vec<RuleChange>,
    /// Access that was to end.
    pub revocations: Vec<Revocation>,
    /// How long that took in all.
    pub took: Took,
    /// What did not go by itself: held, failed, let through, not read.
    pub exceptions: Vec<Exception>,
    /// How complete the reads of each vendor were.
    pub reads: Vec<Reads>,
    /// All runs of those days.
    pub runs: Vec<Run>,
    /// Journals, and how each was found.
    pub journals: Vec<Journal>,
}

/// A rule that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// The commit.
    pub commit: Commit,
    /// The vendor's name in the roster; `null` for a rule of the whole roster.
    pub vendor: Option<Box<str>>,
    /// The rule.
    pub rule: Box<str>,
    /// What it was; `null` for nothing.
    pub before: Option<String>,
    /// What it is; `null` for nothing.
    pub after: Option<String>,
}

/// What did not go by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// When.
    pub at: Timestamp,
    /// Of which kind.
    pub kind: ExceptionKind,
    /// The vendor's name in the roster; `null` where it concerns all.
    pub vendor: Option<Box<str>>,
    /// Whom it concerns; `null` for nobody in particular.
    pub person: Option<Box<str>>,
    /// What, in words.
    pub what: String,
    /// How often it was so in a row, once for each run.
    pub times: usize,
}

/// Kinds of exceptions.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// An action failed, or nobody knows what became of it.
    NotDone,
    /// A safety rule kept an action back.
    Held,
    /// An option let something through.
    LetThrough,
    /// A vendor could not be read, or not completely.
    NotRead,
    /// A run was cut off.
    CutOff,
    /// Old journals and inventories were dropped.
    Dropped,
    /// What was kept of somebody was made anonymous.
    Erased,
}

impl ExceptionKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::NotDone => "not done",
            Self::Held => "held by a safety rule",
            Self::LetThrough => "let through by an option",
            Self::NotRead => "not read completely",
            Self::CutOff => "cut off",
            Self::Dropped => "dropped",
            Self::Erased => "erased",
        }
    }
}

/// How complete the reads of a vendor were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reads {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// Days on which it was read completely.
    pub complete_days: usize,
    /// Days that were asked for.
    pub days: usize,
    /// Complete reads.
    pub complete: usize,
    /// Other reads.
    pub incomplete: usize,
    /// What spoke for the last complete one.
    pub last: String,
}

/// A journal, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Its name.
    pub journal: Box<str>,
    /// The hash of its last line.
    pub head: Option<Box<str>>,
    /// Whether every line follows the one before it.
    pub sound: bool,
}

/// Makes the document. `start` is what counted at the end of the day before the first one.
pub fn pack(
    material: &Material,
    words: &Words,
    carries: &dyn Fn(&str, &str) -> bool,
    made_at: Timestamp,
) -> Pack {
    let wanted = Wanted {
        people: None,
        vendors: &[],
        admins: false,
        carries,
    };
    let before = material.from.yesterday().unwrap_or(Date::MIN);
    let revocations = revocations(material, &words.words);
    let during = |it: &&JournalRun| material.covers(it.run.at);
    let runs = material.runs.iter().filter(during);
    let journals = runs.clone().map(|it| Journal {
        journal: it.journal.clone(),
        head: it.head.clone(),
        sound: it.flaws.is_empty(),
    });
    let rules = words.rules.iter().flat_map(|rules| {
        rules.changes.iter().map(|it| RuleChange {
            commit: rules.commit.clone(),
            vendor: it.vendor.clone(),
            rule: it.rule.clone(),
            before: it.before.clone(),
            after: it.after.clone(),
        })
    });
    let mut history = history(material, &wanted, made_at);
    history
        .uncovered
        .extend(words.unread.iter().map(|(commit, why)| {
            let day = day_of(commit.at);
            cover::Uncovered {
                from: day,
                to: day,
                vendor: None,
                why: format!(
                    "the roster of commit {} could not be read whole: {why}",
                    commit.short()
                ),
            }
        }));
    Pack {
        format: FORMAT,
        tool: tool(),
        made_at,
        from: material.from,
        to: material.to,
        masked: false,
        start: population(material, before, &wanted, made_at),
        end: population(material, material.to, &wanted, made_at),
        history,
        rules: rules.filter(|it| material.covers(it.commit.at)).collect(),
        took: took(&revocations),
        revocations,
        exceptions: exceptions(material),
        reads: reads(material),
        runs: runs.map(|it| Run::of(it, &material.authors)).collect(),
        journals: journals.collect(),
    }
}

/// Who had access at the end of a day.
fn population(material: &Material, day: Date, wanted: &Wanted<'_>, made_at: Timestamp) -> Access {
    let deeds = material.deeds();
    let vendors = material.vendors.iter().map(|(name, span)| {
        let mut kept: Option<(Inventory, Timestamp)> = span.start.clone();
        for step in span.steps.iter().filter(|it| it.at < end_of(day)) {
            let (inventory, at) = kept.get_or_insert_with(|| (Inventory::default(), step.at));
            inventory.take(step);
            *at = step.at;
        }
        let reads = material.reads(name);
        let logins = material.logins.get(&(day, name.clone()));
        let logins = logins.cloned().unwrap_or_default();
        let known: Known = at_end_of(day, name, kept, logins, &reads, &deeds);
        (name.clone(), known)
    });
    access(Shows::At(day), vendors.collect(), wanted, made_at)
}

fn exceptions(material: &Material) -> Vec<Exception> {
    let mut all: Vec<Exception> = Vec::new();
    let mut known = BTreeMap::new();
    let mut add = |at: Timestamp,
                   kind: ExceptionKind,
                   vendor: Option<&str>,
                   person: Option<&str>,
                   what: String| {
        if !material.covers(at) {
            return;
        }
        let key = (
            kind,
            vendor.map(str::to_owned),
            person.map(str::to_owned),
            what.clone(),
        );
        let place = *known.entry(key).or_insert(all.len());
        match all.get_mut(place) {
            Some(same) => same.times += 1,
            None => all.push(Exception {
                at,
                kind,
                vendor: vendor.map(Box::from),
                person: person.map(Box::from),
                what,
                times: 1,
            }),
        }
    };
    for note in &material.notes.notes {
        match &note.event {
            NoteEvent::Read(read) => {
                for (name, vendor) in &read.vendors {
                    if vendor.digest.is_none()
                        && let Some(problem) = &vendor.problem
                    {
                        let kind = ExceptionKind::NotRead;
                        add(note.at, kind, Some(name), None, problem.clone());
                    }
                }
                for held in &read.held {
                    let what = format!("{}: {}", held.action.as_str(), held.why);
                    let (vendor, email) = (Some(&*held.vendor), Some(&*held.email));
                    add(note.at, ExceptionKind::Held, vendor, email, what);
                }
                for option in &read.overrides {
                    let what = format!("{} {option}", read.command);
                    add(note.at, ExceptionKind::LetThrough, None, None, what);
                }
            }
            NoteEvent::Ended(end) if !end.complete => {
                let what = String::from("a run was stopped before its end");
                add(note.at, ExceptionKind::CutOff, None, None, what);
            }
            NoteEvent::Ended(_) => {}
            NoteEvent::Dropped {
                before,
                journals,
                months,
            } => {
                let what = format!(
                    "{journals} journals and {months} months of inventories and notes from before \
                     {before}"
                );
                add(note.at, ExceptionKind::Dropped, None, None, what);
            }
            NoteEvent::Erased { changed } => {
                let what = format!("{changed} journals and documents");
                add(note.at, ExceptionKind::Erased, None, None, what);
            }
        }
    }
    for deed in material.deeds().iter().filter(|it| !it.is_done()) {
        let word = deed.verdict.map_or("not known", Verdict::as_str);
        let what = format!("{} {word}: {}", deed.action.kind.as_str(), deed.message);
        let action = deed.action;
        add(
            deed.at,
            ExceptionKind::NotDone,
            Some(&action.vendor),
            Some(&action.email),
            what,
        );
    }
    for journal in &material.runs {
        let ended = journal.run.ended;
        if ended.is_none_or(|it| it.by_later_run) {
            let what = match ended {
                Some(_) => "a run was killed; a later one looked for what it had left open",
                None => "a run was killed, and no later one has looked yet",
            };
            let at = journal.run.at;
            add(at, ExceptionKind::CutOff, None, None, what.to_owned());
        }
    }
    all.sort_by_key(|it| (it.kind, it.at));
    all
}

fn reads(material: &Material) -> Vec<Reads> {
    let mut vendors: BTreeMap<&str, (BTreeSet<Date>, Reads)> = BTreeMap::new();
    let days = material
        .to
        .since(material.from)
        .map_or(0, |it| it.get_days());
    let days = usize::try_from(days).unwrap_or(0) + 1;
    for note in &material.notes.notes {
        let NoteEvent::Read(read) = &note.event else {
            continue;
        };
        if !material.covers(note.at) {
            continue;
        }
        for (name, vendor) in &read.vendors {
            let (complete_days, reads) = vendors.entry(name).or_insert_with(|| {
                let reads = Reads {
                    vendor: name.clone(),
                    complete_days: 0,
                    days,
                    complete: 0,
                    incomplete: 0,
                    last: String::from("none"),
                };
                (BTreeSet::new(), reads)
            });
            if vendor.digest.is_none() {
                reads.incomplete += 1;
                continue;
            }
            reads.complete += 1;
            complete_days.insert(day_of(note.at));
            reads.complete_days = complete_days.len();
            if let Some(proof) = &vendor.proof {
                let counted = match proof.counted {
                    Some(counted) => format!(", the vendor counts {counted}"),
                    None => String::new(),
                };
                reads.last = format!(
                    "{}: {} accounts on {} pages{counted}",
                    time(note.at),
                    proof.accounts,
                    proof.pages
                );
            }
        }
    }
    vendors.into_values().map(|(_, reads)| reads).collect()
}

impl Pack {
    /// All tables, in the order in which somebody reads them.
    pub fn tables(&self) -> Vec<Table> {
        vec![
            self.history.table(),
            self.administrators(),
            revoked::table(&self.revocations),
            self.exceptions(),
            self.rules(),
            cover::table(&self.history.uncovered),
            self.reads(),
            self.runs(),
            self.start.table("population-start"),
            self.end.table("population-end"),
        ]
    }

    /// What somebody who reads for a minute has to know.
    pub fn summary(&self) -> Vec<String> {
        let drift = self.history.changes.iter().filter(|it| it.run.is_none());
        let count = |access: &Access| access.accounts.iter().filter(|it| it.active).count();
        let admins = |access: &Access| {
            let accounts = access.accounts.iter();
            accounts.filter(|it| it.active && it.administrator).count()
        };
        let unapproved = self.history.changes.iter().filter(|it| {
            let run = self.history.run(it);
            run.is_some_and(|run| {
                let sound =
                    |it: &crate::model::context::Approval| !it.own && it.outdated != Some(true);
                !run.approvals.iter().any(sound)
            })
        });
        let Took {
            gone,
            open,
            unknown,
            median,
            worst,
        } = &self.took;
        let mut lines = vec![
            format!(
                "{} accounts were switched on at the start, {} at the end; {} and {} of them were \
                 administrators.",
                count(&self.start),
                count(&self.end),
                admins(&self.start),
                admins(&self.end)
            ),
            format!(
                "{} on record. {} made by no run, and {} by runs of which no approval by somebody else \
                 than the author is on record.",
                counted(self.history.changes.len(), "change"),
                drift.count(),
                unapproved.count()
            ),
            format!(
                "{gone} accesses that were to end are gone, {open} are still there, of {unknown} nobody knows."
            ),
        ];
        for (when, access) in [("start", &self.start), ("end", &self.end)] {
            let unknown = access.vendors.iter().filter(|(_, it)| it.problem.is_some());
            let names: Vec<&str> = unknown.map(|(name, _)| &**name).collect();
            if !names.is_empty() {
                let names = names.join(", ");
                lines.push(format!(
                    "Who had access at the {when} is not known of {names}."
                ));
            }
        }
        if let (Some(median), Some(worst)) = (median, worst) {
            lines.push(format!(
                "From the roster's word to the removal it took {} in the median and {} at worst.",
                revoked::duration(*median),
                revoked::duration(*worst)
            ));
        }
        let unsound = self.journals.iter().filter(|it| !it.sound).count();
        lines.push(format!(
            "{} checked line by line; not as written: {unsound}.",
            counted(self.journals.len(), "journal")
        ));
        lines.push(match self.history.uncovered.len() {
            0 => String::from("Every vendor was read completely on every day."),
            count => format!(
                "Not everything is covered: {} below.",
                counted(count, "line")
            ),
        });
        if self.masked {
            lines.push(String::from(
                "People are masked, and the raw journals and notes are left out.",
            ));
        }
        lines
    }

    fn administrators(&self) -> Table {
        let entries = self.history.changes.iter();
        let entries = entries.filter(|it| it.administrator.is_some());
        let changes = entries.cloned().collect();
        Table {
            name: "administrators",
            title: String::from("Administrators"),
            about: String::from("Who became an administrator, or is none any more."),
            empty: "No administrator came or went, as far as these days are covered.",
            ..History {
                changes,
                ..self.history.clone()
            }
            .table()
        }
    }

    fn exceptions(&self) -> Table {
        let mut table = Table {
            name: "exceptions",
            title: String::from("Exceptions"),
            about: String::from("What did not go by itself."),
            columns: vec!["first (UTC)", "kind", "vendor", "person", "what", "times"],
            rows: Vec::new(),
            empty: "There was none.",
        };
        for it in &self.exceptions {
            table.row([
                time(it.at),
                it.kind.as_str().to_owned(),
                it.vendor.as_deref().unwrap_or_default().to_owned(),
                it.person.as_deref().unwrap_or_default().to_owned(),
                it.what.clone(),
                it.times.to_string(),
            ]);
        }
        table
    }

    fn rules(&self) -> Table {
        let mut table = Table {
            name: "rules",
            title: String::from("Changes of the rules"),
            about: String::from(
                "What a plan may do, and to whom: limits, protected accounts, what is asserted, how \
                 accounts are switched off.",
            ),
            columns: vec![
                "when (UTC)",
                "vendor",
                "rule",
                "before",
                "after",
                "commit",
                "author",
            ],
            rows: Vec::new(),
            empty: "No rule changed, as far as the roster's history is known.",
        };
        for it in &self.rules {
            table.row([
                time(it.commit.at),
                it.vendor.as_deref().unwrap_or("all").to_owned(),
                it.rule.to_string(),
                it.before.clone().unwrap_or_else(|| String::from("(none)")),
                it.after.clone().unwrap_or_else(|| String::from("(none)")),
                it.commit.short().to_owned(),
                it.commit.author.to_string(),
            ]);
        }
        table
    }

    fn reads(&self) -> Table {
        let mut table = Table {
            name: "reads",
            title: String::from("How complete the reads were"),
            about: String::from(
                "A read is complete when every page was seen, the vendor's own count matched, and \
                 the account behind the credentials was in the list.",
            ),
            columns: vec![
                "vendor",
                "days with a complete read",
                "of days",
                "complete reads",
                "other reads",
                "the last complete one (UTC)",
            ],
            rows: Vec::new(),
            empty: "No read is on record.",
        };
        for it in &self.reads {
            table.row([
                it.vendor.to_string(),
                it.complete_days.to_string(),
                it.days.to_string(),
                it.complete.to_string(),
                it.incomplete.to_string(),
                it.last.clone(),
            ]);
        }
        table
    }

    fn runs(&self) -> Table {
        let mut columns = vec!["began (UTC)"];
        columns.extend(RUN_COLUMNS);
        columns.extend(["vouched for by", "journal ends with", "journal"]);
        let rows = self.runs.iter().map(|run| {
            let journal = self.journals.iter().find(|it| it.journal == run.run);
            let vouchers: BTreeSet<&str> = run.context.0.iter().map(|it| it.by.as_str()).collect();
            let mut cells = vec![Cell::from(time(run.at))];
            cells.extend(run_cells(Some(run)));
            let head = journal
                .and_then(|it| it.head.as_deref())
                .unwrap_or_default();
            cells.push(Cell::from(
                vouchers.into_iter().collect::<Vec<_>>().join(", "),
            ));
            cells.push(Cell::from(head));
            cells.push(Cell::from(match journal.is_some_and(|it| it.sound) {
                true => "sound",
                false => "not as it was written",
            }));
            cells
        });
        Table {
            name: "runs",
            title: String::from("Runs that changed something, or tried to"),
            about: String::from(
                "Each fact about a run is vouched for by the job's environment, by the system's API, \
                 or by whoever wrote the command line (--context).",
            ),
            columns,
            rows: rows.collect(),
            empty: "There was none.",
        }
    }
}
