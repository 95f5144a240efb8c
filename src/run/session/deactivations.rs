//! What a run that writes keeps of accounts that are off: before its first write, and after its last.

use jiff::{SignedDuration, Timestamp};

use super::{Reads, Session};
use crate::model::off::Entries;
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::plan::off;
use crate::state::off::{DeactivationFile, OffError};

impl Session {
    /// Starts and stops clocks by what was read, before the first write: an account that the plan
    /// switches on loses its time even if the run dies right after that.
    ///
    /// # Errors
    /// [`OffError::Save`], [`OffError::Unreachable`]. A damaged file is left alone: the plan says so
    /// where it matters.
    pub fn note_off(&self, reads: &Reads, plan: &Plan) -> Result<(), OffError> {
        let Some(before) = self.deactivations()? else {
            return Ok(());
        };
        self.note_seen(reads, plan);
        let (mut book, now) = (before.clone(), self.present());
        for (member, read) in self.members.iter().zip(reads) {
            let settings = &member.settings;
            let planned = plan.vendors.iter().find(|it| it.name == settings.name);
            let (Ok(known), Some(planned)) = (read, planned) else {
                continue;
            };
            let seen = planned.read.as_ref().ok();
            let complete = seen.is_some_and(|read| read.proof.missing.is_none());
            let (desired, actions) = (&member.desired, &planned.actions);
            let before = before.entries(settings);
            let entries = off::sighted(settings, desired, known, &before, actions, complete, now);
            book.set(settings, &entries);
        }
        match book == before {
            true => Ok(()),
            false => book.save(&self.state),
        }
    }

    /// Forgets that somebody was not there who is listed now, or is about to get an account.
    fn note_seen(&self, reads: &Reads, plan: &Plan) {
        for (member, read) in self.members.iter().zip(reads) {
            if let Ok(known) = read {
                let actions = super::actions_of(plan, &member.settings.name);
                let emails = actions.iter().map(|action| &*action.email);
                self.no_longer_gone(member, known.current.accounts.iter(), emails);
            }
        }
    }

    /// Keeps what the run switched off, and forgets what it deleted.
    ///
    /// # Errors
    /// [`OffError`]; then the next apply takes these accounts for seen by it first, and their
    /// graces begin later.
    pub fn note_outcomes(&self, outcomes: &[Outcome]) -> Result<(), OffError> {
        let Some(before) = self.deactivations()? else {
            return Ok(());
        };
        let (mut book, now) = (before.clone(), self.present());
        for member in &self.members {
            let settings = &member.settings;
            let mut entries: Entries = book.entries(settings);
            let here = outcomes
                .iter()
                .filter(|it| it.action.vendor == settings.name);
            off::take_over(&mut entries, here, now);
            book.set(settings, &entries);
        }
        match book == before {
            true => Ok(()),
            false => book.save(&self.state),
        }
    }

    /// The file; `None` where it is damaged.
    fn deactivations(&self) -> Result<Option<DeactivationFile>, OffError> {
        match DeactivationFile::load(&self.state) {
            Ok(file) => Ok(Some(file)),
            Err(OffError::Load { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// When it was opened, by the clock that the run goes by.
    pub fn began(&self) -> Timestamp {
        self.moment.0
    }

    /// The present time, by the clock that the run goes by.
    pub fn present(&self) -> Timestamp {
        let (moment, then) = self.moment;
        let passed = self.clock.now().saturating_duration_since(then);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        moment.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}
