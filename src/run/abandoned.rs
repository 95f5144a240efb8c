//! What is known of a run that is not waited for any longer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::apply::Event;
use crate::model::action::Action;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;

/// What is known of a run that is not waited for any longer.
#[derive(Default)]
pub(super) struct Abandoned {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// By e-mail: hundreds may be under way at once, and each one's end takes it out.
    started: HashMap<Box<str>, Vec<Action>>,
    finished: Vec<Outcome>,
}

impl Abandoned {
    /// Keeps what the run tells.
    pub(super) fn note(&self, event: Event<'_>) {
        let mut seen = self.seen();
        match event {
            Event::Started(action) => {
                let theirs = seen.started.entry(action.email.clone()).or_default();
                theirs.push(action.clone());
            }
            Event::Finished(outcome) => {
                if let Some(theirs) = seen.started.get_mut(&outcome.action.email) {
                    theirs.retain(|action| *action != outcome.action);
                    if theirs.is_empty() {
                        seen.started.remove(&outcome.action.email);
                    }
                }
                seen.finished.push(outcome.clone());
            }
            Event::Revised(outcome) => {
                seen.finished.retain(|it| it.action != outcome.action);
                seen.finished.push(outcome.clone());
            }
        }
    }

    /// One outcome for each action of the plan, as far as anybody knows.
    pub(super) fn outcomes(&self, plan: &Plan) -> Vec<Outcome> {
        let seen = self.seen();
        let mut finished: HashMap<(&str, &str), Vec<&Outcome>> = HashMap::new();
        for outcome in &seen.finished {
            let key = (&*outcome.action.vendor, &*outcome.action.email);
            finished.entry(key).or_default().push(outcome);
        }
        let outcome = |action: &Action| {
            let theirs = finished.get(&(&*action.vendor, &*action.email));
            let mut theirs = theirs.into_iter().flatten();
            if let Some(outcome) = theirs.find(|it| it.action == *action) {
                return (*outcome).clone();
            }
            let started = seen.started.get(&action.email);
            let (verdict, message) = if started.is_some_and(|it| it.contains(action)) {
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
