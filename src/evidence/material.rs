//! What documents of evidence are made from: plain data, gathered elsewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::timeline::{Change, Deed, Timeline, deeds};
use super::{end_of, start_of};
use crate::model::inventory::{LastLogins, Span};
use crate::model::note::{NoteEvent, Notes};
use crate::state::journal::story;

/// A run, as its journal tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRun {
    /// The name of the journal.
    pub journal: Box<str>,
    /// What it tells.
    pub run: story::Run,
    /// The hash of the journal's last line.
    pub head: Option<Box<str>>,
    /// What is wrong with the journal.
    pub flaws: Vec<String>,
}

/// What documents are made from.
#[derive(Debug, Default)]
pub struct Material {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// By vendor, from the end of the day before the first one.
    pub vendors: BTreeMap<Box<str>, Span>,
    /// When accounts had last been used by the end of a day, by day and vendor; of the days of which
    /// somebody wants it.
    pub logins: BTreeMap<(Date, Box<str>), LastLogins>,
    /// Of those days, and of the days around them.
    pub notes: Notes,
    /// Of runs that began on those days, and some before.
    pub runs: Vec<JournalRun>,
    /// Who wrote commits, as far as Git tells.
    pub authors: BTreeMap<Box<str>, Box<str>>,
}

impl Material {
    /// Whether a time is among the days that are asked for.
    pub fn covers(&self, at: Timestamp) -> bool {
        start_of(self.from) <= at && at < end_of(self.to)
    }

    /// When a vendor was read completely, by time.
    pub fn reads(&self, vendor: &str) -> Vec<Timestamp> {
        let notes = self.notes.notes.iter();
        notes
            .filter_map(|note| match &note.event {
                NoteEvent::Read(read) => {
                    let read = read.vendors.get(vendor)?;
                    read.digest.as_ref().map(|_| note.at)
                }
                _ => None,
            })
            .collect()
    }

    /// All actions of all runs, by time.
    pub fn deeds(&self) -> Vec<Deed<'_>> {
        deeds(self.runs.iter().enumerate().map(|(at, it)| (at, &it.run)))
    }

    /// Everything that changed at a vendor on those days.
    pub fn changes(&self, vendor: &str, deeds: &[Deed<'_>]) -> Vec<Change> {
        let nothing = Span::default();
        let span = self.vendors.get(vendor).unwrap_or(&nothing);
        let reads = self.reads(vendor);
        let since = span.start.as_ref().map_or(Timestamp::MIN, |(_, at)| *at);
        let timeline = Timeline {
            start: span.start.clone(),
            steps: &span.steps,
            reads: &reads
                .into_iter()
                .filter(|it| *it > since)
                .collect::<Vec<_>>(),
        };
        let here: Vec<(usize, &Deed<'_>)> = deeds
            .iter()
            .enumerate()
            .filter(|(_, it)| *it.action.vendor == *vendor && it.at > since)
            .collect();
        let mut changes = timeline.changes(&here);
        changes.retain(|it| self.covers(it.at));
        changes
    }

    /// Vendors of which anything is known.
    pub fn vendor_names(&self) -> Vec<Box<str>> {
        let mut names: Vec<Box<str>> = self.vendors.keys().cloned().collect();
        let runs = self.runs.iter().flat_map(|it| it.run.steps.values());
        names.extend(runs.map(|step| step.action.vendor.clone()));
        names.sort_unstable();
        names.dedup();
        names
    }
}
