//! Ctrl-C and SIGTERM: the first lets running calls end, the second does not wait for them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::output::Terminal;
use crate::apply::{Event, Stop};
use crate::reconcile::outcome::{Outcome, Verdict};
use crate::reconcile::plan::{Action, Plan};

/// Asks the run to stop at the first Ctrl-C or SIGTERM, and returns at the second.
pub(crate) async fn interrupted_twice(stop: &Stop, terminal: &Terminal) {
    if let Err(error) = signal().await {
        // Without signals the run simply goes on to its end.
        tracing::warn!(%error, "cannot listen for signals");
        return std::future::pending().await;
    }
    stop.ask();
    terminal.note("Stopping: no new actions; running calls may end. Once more to stop at once.");
    if let Err(error) = signal().await {
        tracing::warn!(%error, "cannot listen for signals");
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
pub(crate) async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// What is known of a run that is not waited for any longer.
#[derive(Default)]
pub(crate) struct Abandoned {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    started: Vec<Action>,
    finished: Vec<Outcome>,
}

impl Abandoned {
    /// Keeps what the run tells.
    pub(crate) fn note(&self, event: Event<'_>) {
        let mut seen = self.seen();
        match event {
            Event::Started(action) => seen.started.push(action.clone()),
            Event::Finished(outcome) => {
                seen.started.retain(|action| *action != outcome.action);
                seen.finished.push(outcome.clone());
            }
        }
    }

    /// One outcome for each action of the plan, as far as anybody knows.
    pub(crate) fn outcomes(&self, plan: &Plan) -> Vec<Outcome> {
        let seen = self.seen();
        let outcome = |action: &Action| {
            if let Some(outcome) = seen.finished.iter().find(|it| it.action == *action) {
                return outcome.clone();
            }
            let (verdict, message) = if seen.started.contains(action) {
                let message = "stopped at once; it may have happened, the next run will see";
                (Verdict::Unverified, message)
            } else {
                (
                    Verdict::Skipped,
                    "not tried: the run was stopped; run apply again",
                )
            };
            Outcome {
                action: action.clone(),
                verdict,
                status: None,
                message: message.to_owned(),
                id: action.id.clone(),
                seconds: 0.0,
            }
        };
        plan.actions().map(outcome).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
