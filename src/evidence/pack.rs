//! What an auditor asks for, in one document.
//!
//! Who had access at the start and at the end, every change with its approval, changes of the rules, how
//! long it took until access was gone, exceptions, how complete the reads were, and what is not covered.

mod tables;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Access, Known, Shows, access, at_end_of};
use super::cover;
use super::history::{History, Run, Wanted, history};
use super::material::{JournalRun, Material};
use super::revoked::{Revocation, Took, revocations, took};
use super::table::time;
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
