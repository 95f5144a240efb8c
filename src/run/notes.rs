//! What a run leaves as evidence: an inventory of each vendor that it read completely, a note of the
//! read, and a note of its end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::carry_out::Carried;
use super::locked::{LockedRun, RunMark};
use super::session::{Reads, Session};
use crate::model::note::{EndNote, HeldNote, NoteEvent, ReadNote};
use crate::model::off::Grace;
use crate::model::outcome::Verdict;
use crate::model::plan::Plan;
use crate::state::inventories;
use crate::state::keep::{DropError, Dropped, drop_old};
use crate::state::notes::{self, KeepError};

impl Session {
    /// Keeps what was read: inventories where they differ from the last ones, and a note of the read.
    /// `at` is when it was read, `overrides` are the options that let something through.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn note_read(
        &self,
        mark: &RunMark,
        command: &str,
        (plan, reads): (&Plan, &Reads),
        at: Timestamp,
        overrides: Vec<String>,
    ) -> Result<(), KeepError> {
        let mut vendors = BTreeMap::new();
        for read in self.inventories(plan, reads) {
            if let (Some(inventory), Some(proof)) = (&read.inventory, &read.note.proof)
                && read.note.digest.is_some()
            {
                inventories::keep(self.state(), &read.name, inventory, at, proof)?;
                if !read.logins.is_empty() {
                    inventories::keep_logins(self.state(), &read.name, &read.logins, at)?;
                }
            }
            vendors.insert(read.name, read.note);
        }
        let held = plan.vendors.iter().flat_map(|vendor| &vendor.held);
        let note = ReadNote {
            run: mark.run.clone(),
            command: command.into(),
            roster: plan.roster.clone(),
            on: plan.on,
            context: mark.context.clone(),
            vendors,
            actions: plan.summary().actions(),
            overrides,
            held: held
                .map(|held| HeldNote {
                    vendor: held.action.vendor.clone(),
                    action: held.action.kind,
                    email: held.action.email.clone(),
                    why: held.why.clone(),
                })
                .collect(),
        };
        notes::add(self.state(), at, NoteEvent::Read(Box::new(note)))
    }
}

impl LockedRun<'_> {
    /// Notes how the run ended, and drops what is older than `keep`.
    ///
    /// # Errors
    /// [`DropError`].
    pub fn note_end(&self, carried: &Carried, keep: Grace) -> Result<Option<Dropped>, DropError> {
        let now = self.session.present();
        let applied = carried.outcomes.iter();
        let applied = applied.filter(|it| it.verdict == Verdict::Applied).count();
        let journal = carried.journal.as_ref();
        let note = EndNote {
            run: self.mark.run.clone(),
            journal: journal.map(|end| end.place.as_str().into()),
            head: journal.map(|end| end.hash.clone()),
            applied,
            not_applied: carried.outcomes.len() - applied,
            complete: carried.complete,
        };
        let state = self.session.state();
        notes::add(state, now, NoteEvent::Ended(note))?;
        drop_old(state, keep, now)
    }
}
