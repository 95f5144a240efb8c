//! The writes of a run: on record, until it is done, asked to stop, or out of time.

use jiff::Timestamp;

use super::abandoned::Abandoned;
use super::apply::{Event, Stop};
use super::locked::{LockedRun, RunError};
use super::session::Reads;
use super::watch::Watcher;
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::state::journal::Journal;
use crate::state::journal::chain::End;
use crate::state::journal::event::{FORMAT, RunEnded, RunStarted};

/// How the writes of a run went.
#[derive(Debug, Default)]
pub struct Carried {
    /// One for each action.
    pub outcomes: Vec<Outcome>,
    /// Whether the run came to its end and all of it is on record.
    pub complete: bool,
    /// How the journal ended, where there is one.
    pub journal: Option<End>,
    /// What did not end as it should, one line each.
    pub notes: Vec<String>,
    /// Why the end of the run is not on record.
    pub unrecorded: Option<RunError>,
}

impl LockedRun<'_> {
    /// Carries a plan out: on record, until done, until the deadline, or until it is asked twice to
    /// stop. `now` names a new journal.
    ///
    /// # Errors
    /// [`RunError`]: then nothing was written.
    pub async fn carry_out(
        &self,
        plan: &Plan,
        reads: &Reads,
        command: &str,
        now: Timestamp,
        tell: &(dyn Fn(Event<'_>) + Sync),
    ) -> Result<Carried, RunError> {
        let noted = self.session.note_off(reads, plan);
        noted.map_err(RunError::Off)?;
        if plan.summary().actions() == 0 && self.journal.is_none() {
            return Ok(Carried {
                complete: true,
                ..Carried::default()
            });
        }
        let journal = self.open_journal(plan, reads, command, now).await?;
        let stop = Stop::at(self.deadline);
        // From here on a request to stop must not drop calls that are under way.
        self.watcher.take_over();
        let abandoned = Abandoned::default();
        let tell = |event: Event<'_>| {
            abandoned.note(event);
            tell(event);
        };
        let applied = tokio::select! {
            biased;
            () = asked_twice(&stop, self.watcher) => None,
            outcomes = self.session.apply(plan, &stop, &journal, &tell) => Some(outcomes),
        };
        let Some(outcomes) = applied else {
            return Ok(Carried {
                outcomes: abandoned.outcomes(plan),
                journal: journal.tail(),
                notes: vec![format!(
                    "Stopped at once; the journal {} tells the next apply what was under way.",
                    journal.place()
                )],
                ..Carried::default()
            });
        };
        let ended = journal.end(RunEnded::of(&outcomes)).await;
        let noted = self.session.note_outcomes(&outcomes).err();
        let note = |error| {
            format!(
                "warning: {error}; the graces of accounts that were switched off begin with the \
                 next apply"
            )
        };
        let unrecorded = match ended {
            Ok(()) => self
                .remember(self.still_open(self.journal.as_deref()))
                .err()
                .map(RunError::Lease),
            Err(error) => Some(error.into()),
        };
        Ok(Carried {
            outcomes,
            complete: unrecorded.is_none() && self.watcher.asked() == 0,
            journal: journal.tail(),
            notes: noted.map(note).into_iter().collect(),
            unrecorded,
        })
    }

    /// Opens the journal and begins the run in it. A run that cannot be put on record writes
    /// nothing.
    async fn open_journal(
        &self,
        plan: &Plan,
        reads: &Reads,
        command: &str,
        now: Timestamp,
    ) -> Result<Journal, RunError> {
        let (state, images) = (self.session.state(), self.session.images(plan, reads));
        let journal = match &self.journal {
            Some(path) => {
                let path = std::path::absolute(path)?;
                let mut outside = self.still_open(Some(&path));
                outside.push(path.clone());
                self.remember(outside)?;
                Journal::open(&path)?.under(state)
            }
            None => Journal::create_in(state, now)?,
        };
        let journal = journal.with_images(images);
        let head = RunStarted {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            command: command.to_owned(),
            roster: plan.roster.clone(),
            on: plan.on,
            host: state.here().host.clone(),
            pid: state.here().pid,
            vendors: self.session.vendors(),
            actions: plan.summary().actions(),
            // The journal knows.
            machine: None,
            run: Some(self.mark.run.clone()),
            context: self.mark.context.clone(),
        };
        journal.start(head).await?;
        Ok(journal)
    }
}

/// Stops at the first request, and returns at the second.
async fn asked_twice(stop: &Stop, watcher: &dyn Watcher) {
    watcher.asks(1).await;
    stop.ask();
    watcher.note("Stopping: no new actions; running calls may end. Once more to stop at once.");
    watcher.asks(2).await;
}
