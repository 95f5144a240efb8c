//! The writes of a run: on record, under signals and a deadline.

use super::abandoned::Abandoned;
use super::open::now;
use super::output::{Error, Terminal};
use super::progress::Progress;
use super::run::Run;
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::run::apply::Stop;
use crate::run::session::Reads;
use crate::state::journal::Journal;
use crate::state::journal::chain::End;
use crate::state::journal::event::{FORMAT, RunEnded, RunStarted};
use crate::state::lease::host;

/// How the writes of a run went.
pub(crate) struct Carried {
    /// One for each action.
    pub(crate) outcomes: Vec<Outcome>,
    /// Whether the run came to its end and all of it is on record.
    pub(crate) complete: bool,
    /// How the journal ended, where there is one.
    pub(crate) journal: Option<End>,
}

impl Run<'_> {
    /// Carries a plan out: on record, until done, until the deadline, or until the second signal.
    pub(crate) async fn carry_out(
        &mut self,
        plan: &Plan,
        reads: &Reads,
        command: &str,
    ) -> Result<Carried, Error> {
        let noted = self.opened.session.note_off(reads, plan);
        noted.map_err(|error| format!("{error}; nothing was written"))?;
        let actions = plan.summary().actions();
        if actions == 0 && self.args.journal.is_none() {
            return Ok(Carried {
                outcomes: Vec::new(),
                complete: true,
                journal: None,
            });
        }
        let journal = self.journal(plan, reads, command).await?;
        let stop = Stop::at(self.deadline);
        // From here on a signal must not drop calls that are under way.
        self.terminal.signals().take_over();
        let progress = Progress::new(self.terminal, actions);
        let abandoned = Abandoned::default();
        let tell = |event: crate::run::apply::Event<'_>| {
            abandoned.note(event);
            progress.tell(event);
        };
        let applied = tokio::select! {
            biased;
            () = interrupted_twice(&stop, self.terminal) => None,
            outcomes = self.opened.session.apply(plan, &stop, &journal, &tell) => Some(outcomes),
        };
        progress.finish();
        let Some(outcomes) = applied else {
            self.terminal.note(&format!(
                "Stopped at once; the journal {} tells the next apply what was under way.",
                journal.place()
            ));
            return Ok(Carried {
                outcomes: abandoned.outcomes(plan),
                complete: false,
                journal: journal.tail(),
            });
        };
        let ended = journal.end(RunEnded::of(&outcomes)).await;
        if let Err(error) = self.opened.session.note_outcomes(&outcomes) {
            self.terminal.note(&format!(
                "warning: {error}; the graces of accounts that were switched off begin with the \
                 next apply"
            ));
        }
        let remembered = match ended {
            Ok(()) => self.remember(self.still_open(self.args.journal.as_deref())),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &remembered {
            self.terminal.error(error);
        }
        Ok(Carried {
            outcomes,
            complete: remembered.is_ok() && !self.terminal.signals().asked(),
            journal: journal.tail(),
        })
    }

    /// Opens the journal and begins the run in it. A run that cannot be put on record writes
    /// nothing.
    async fn journal(
        &mut self,
        plan: &Plan,
        reads: &Reads,
        command: &str,
    ) -> Result<Journal, Error> {
        let images = self.opened.session.images(plan, reads);
        let journal = match &self.args.journal {
            Some(path) => {
                let path = std::path::absolute(path)?;
                let mut outside = self.still_open(Some(&path));
                outside.push(path.clone());
                self.remember(outside)?;
                Journal::open(&path)?.under(self.opened.state.tenure())
            }
            None => Journal::create_in(&self.opened.state, now()?)?,
        };
        let journal = journal.with_images(images);
        let head = RunStarted {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            command: command.to_owned(),
            roster: plan.roster.clone(),
            on: plan.on,
            host: host(),
            pid: std::process::id(),
            vendors: self.opened.session.vendors(),
            actions: plan.summary().actions(),
            // The journal knows.
            machine: None,
        };
        journal.start(head).await?;
        Ok(journal)
    }
}

/// Asks the run to stop at the first signal, and returns at the second.
async fn interrupted_twice(stop: &Stop, terminal: &Terminal) {
    terminal.signals().more_than(0).await;
    stop.ask();
    terminal.note("Stopping: no new actions; running calls may end. Once more to stop at once.");
    terminal.signals().more_than(1).await;
}
