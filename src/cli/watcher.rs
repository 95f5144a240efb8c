//! A run in this process: the terminal hears what it tells, and signals ask it to stop.

use async_trait::async_trait;

use super::args::{LockOptions, RunArgs};
use super::events::Events;
use super::output::{Error, Terminal};
use super::progress::Progress;
use super::signals;
use crate::model::plan::Plan;
use crate::report::sanitize::line;
use crate::run::carry_out::Carried;
use crate::run::lock::LockRequest;
use crate::run::locked::{LockedRun, Request};
use crate::run::session::Reads;
use crate::run::watch::{Shield, Watcher};

#[async_trait(?Send)]
impl Watcher for Terminal {
    fn note(&self, text: &str) {
        Self::note(self, &line(text));
    }

    fn holds(&self) {
        self.signals().hold();
    }

    fn shield(&self) -> Box<dyn Shield + '_> {
        Box::new(self.signals().shield())
    }

    fn take_over(&self) {
        self.signals().take_over();
    }

    fn asked(&self) -> u32 {
        self.signals().asked()
    }

    async fn asks(&self, times: u32) {
        self.signals().more_than(times - 1).await;
    }
}

impl Shield for signals::Shield<'_> {}

impl LockOptions {
    /// How a run takes the lock.
    pub(super) fn request(&self) -> LockRequest {
        LockRequest {
            timeout: self.lock_timeout,
            ttl: self.lock_ttl,
            without: self.no_lock,
        }
    }
}

impl RunArgs {
    /// What a run that writes is asked for.
    pub(super) fn request(&self) -> Result<Request, Error> {
        Ok(Request {
            journal: self.journal.clone(),
            deadline: self.deadline,
            lock: self.lock.request(),
            context: self.context.read()?,
        })
    }
}

/// Carries a plan out and shows how far it is.
pub(super) async fn carry_out(
    run: &LockedRun<'_>,
    plan: &Plan,
    reads: &Reads,
    command: &str,
    events: Option<&Events>,
    terminal: &Terminal,
) -> Result<Carried, Error> {
    let progress = Progress::new(terminal, plan.summary().actions());
    let tell = |event: crate::run::apply::Event<'_>| {
        if let Some(events) = events {
            events.tell(&event);
        }
        progress.tell(event);
    };
    let mut carried = run
        .carry_out(plan, reads, command, run.session().present(), &tell)
        .await
        .inspect_err(|_| progress.finish())?;
    progress.finish();
    if let Some(why) = events.and_then(Events::broken) {
        terminal.note(&format!("warning: --events is not complete: {why}"));
    }
    for note in &carried.notes {
        terminal.note(note);
    }
    if let Some(error) = carried.unrecorded.take() {
        terminal.error(&error.into());
    }
    Ok(carried)
}
