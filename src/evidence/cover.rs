//! What is known, and of which days nobody knows: no complete read, a journal that is missing or was
//! changed, a run whose end is not on record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::material::Material;
use super::table::{Table, time};
use crate::model::inventory::day_of;
use crate::model::note::{EndNote, NoteEvent, ReadNote};

/// Days of which something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncovered {
    /// The first day (UTC).
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The vendor's name in the roster; `null` where it concerns all.
    pub vendor: Option<Box<str>>,
    /// What is not known, and why.
    pub why: String,
}

/// Everything that is not known of those days; `vendors` empty: at all of them.
pub fn uncovered(material: &Material, vendors: &[String]) -> Vec<Uncovered> {
    let mut found = unread(material, vendors);
    found.extend(runs(material));
    found.extend(material.notes.flaws.iter().map(|flaw| Uncovered {
        from: material.from,
        to: material.to,
        vendor: None,
        why: format!("the notes of reads and runs are not whole: {flaw}"),
    }));
    found.sort_unstable();
    found
}

/// Days without a complete read, by vendor.
fn unread(material: &Material, wanted: &[String]) -> Vec<Uncovered> {
    let mut vendors: BTreeMap<&str, BTreeMap<Date, Option<&str>>> = BTreeMap::new();
    for name in material.vendors.keys() {
        vendors.entry(name).or_default();
    }
    for note in &material.notes.notes {
        let NoteEvent::Read(read) = &note.event else {
            continue;
        };
        for (name, vendor) in &read.vendors {
            let days = vendors.entry(name).or_default();
            let day = days.entry(day_of(note.at)).or_insert(Some(""));
            match &vendor.digest {
                Some(_) => *day = None,
                None if day.is_some() => *day = vendor.problem.as_deref().or(Some("")),
                None => {}
            }
        }
    }
    let mut found: Vec<Uncovered> = Vec::new();
    for (name, days) in vendors {
        if !(wanted.is_empty() || wanted.iter().any(|it| it == name)) {
            continue;
        }
        let mut day = material.from;
        while day <= material.to {
            let why = match days.get(&day) {
                Some(None) => None,
                Some(Some("")) | None => Some(String::from("it was not read")),
                Some(Some(problem)) => Some(format!("it was not read completely: {problem}")),
            };
            if let Some(why) = why {
                match found.last_mut() {
                    Some(last)
                        if last.vendor.as_deref() == Some(name)
                            && last.to.tomorrow().ok() == Some(day)
                            && last.why == why =>
                    {
                        last.to = day;
                    }
                    _ => found.push(Uncovered {
                        from: day,
                        to: day,
                        vendor: Some(name.into()),
                        why,
                    }),
                }
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    found
}

/// Runs of which something is missing.
fn runs(material: &Material) -> Vec<Uncovered> {
    let notes = material.notes.notes.iter();
    let mut begun: BTreeMap<&str, (Date, &ReadNote)> = BTreeMap::new();
    let mut ended: BTreeMap<&str, &EndNote> = BTreeMap::new();
    for note in notes {
        match &note.event {
            // `access` reads and writes nothing, whatever an apply would have done.
            NoteEvent::Read(read) if read.actions > 0 && *read.command != *"access" => {
                begun.insert(&read.run, (day_of(note.at), read));
            }
            NoteEvent::Ended(end) => {
                ended.insert(&end.run, end);
            }
            _ => {}
        }
    }
    let journals: BTreeSet<&str> = material
        .runs
        .iter()
        .filter_map(|it| it.run.started.run.as_deref())
        .collect();
    let mut found = Vec::new();
    let mut add = |day: Date, why: String| {
        if material.from <= day && day <= material.to {
            found.push(Uncovered {
                from: day,
                to: day,
                vendor: None,
                why,
            });
        }
    };
    for (run, (day, read)) in &begun {
        let end = ended.get(run);
        if journals.contains(run) {
            continue;
        }
        // A run that was refused or not agreed to never began to write.
        let Some(end) = end else {
            let actions = read.actions;
            let text = format!(
                "a run was about to carry out {actions} actions, and there is neither its journal \
                 nor its end"
            );
            add(*day, text);
            continue;
        };
        if let Some(place) = &end.journal {
            let text = format!(
                "the journal {place} is missing: {} actions that were applied and {} that were not \
                 are known by number only",
                end.applied, end.not_applied
            );
            add(*day, text);
        }
    }
    for journal in &material.runs {
        let day = day_of(journal.run.at);
        let name = &journal.journal;
        for flaw in &journal.flaws {
            add(
                day,
                format!("the journal {name} is not as it was written: {flaw}"),
            );
        }
        let end = journal
            .run
            .started
            .run
            .as_deref()
            .and_then(|it| ended.get(it));
        if let Some(end) = end
            && let (Some(noted), Some(head)) = (&end.head, &journal.head)
            && noted != head
            && journal.flaws.is_empty()
            // A run that was cut off is continued by a later one.
            && end.complete
        {
            add(
                day,
                format!(
                    "the journal {name} does not end as its run noted: lines are missing at its end \
                     or it was written anew"
                ),
            );
        }
        let continued = match journal.run.ended {
            None => "not continued yet",
            Some(_) => "a later run found no answer to all of it",
        };
        let unknown = journal.run.in_flight().count();
        if journal.run.ended.is_none() || unknown > 0 {
            add(
                day,
                format!(
                    "the run of {} was cut off and {continued}: of {unknown} actions nobody knows",
                    time(journal.run.at)
                ),
            );
        }
    }
    found
}

/// As a table.
pub fn table(uncovered: &[Uncovered]) -> Table {
    let mut table = Table {
        name: "not-covered",
        title: String::from("Not covered"),
        about: String::from("Days of which this document does not know everything, and why."),
        columns: vec!["from", "to", "vendor", "what is not known"],
        rows: Vec::new(),
        empty: "Every vendor was read completely on every day, and every run is on record.",
    };
    for it in uncovered {
        table.row([
            it.from.to_string(),
            it.to.to_string(),
            it.vendor.as_deref().unwrap_or("all").to_owned(),
            it.why.clone(),
        ]);
    }
    table
}
