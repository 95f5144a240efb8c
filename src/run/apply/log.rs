//! An action and its place in the journal: nothing of it is sent before it is on record.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::Stop;
use super::repeats::{Repeats, UnderWay};
use super::stop::Ended;
use crate::http::Clock;
use crate::model::action::Action;
use crate::model::outcome::Outcome;
use crate::state::journal::{Log, LogError};

/// The log of one action, and its turn. Whatever cannot be put on record stops the run.
#[derive(Clone, Copy)]
pub(super) struct Announce<'a> {
    pub(super) number: u32,
    pub(super) log: &'a dyn Log,
    pub(super) stop: &'a Stop,
    pub(super) ended: &'a Ended,
    pub(super) repeats: &'a Repeats,
    pub(super) clock: &'a Clock,
    /// As many permits as actions may be carried out at once.
    pub(super) writers: &'a Semaphore,
}

impl<'a> Announce<'a> {
    pub(super) async fn intended(&self, action: &Action) -> Result<(), LogError> {
        self.or_stop(self.log.intended(self.number, action).await)
    }

    /// Puts a write on record.
    ///
    /// # Errors
    /// [`LogError`]: it is not to be sent.
    pub(super) async fn sent(&self) -> Result<(), LogError> {
        self.or_stop(self.log.sent(self.number).await)
    }

    /// Waits for the action's turn, which lasts until it is dropped.
    ///
    /// # Errors
    /// Why the action is not done, if the run has ended while it waited.
    pub(super) async fn turn(&self, action: &Action) -> Result<Turn<'a>, String> {
        let permit = match self.writers.try_acquire() {
            Ok(permit) => permit,
            Err(_) => {
                let permit = self.writers.acquire().await;
                if let Some(reason) = self.over(action) {
                    return Err(reason);
                }
                permit.expect("the semaphore is never closed")
            }
        };
        // Behind the permit, so that what was refused meanwhile counts.
        let under_way = self.repeats.begin(action, || self.over(action)).await?;
        let told = self.or_stop(self.log.begun(self.number));
        told.map_err(|error| format!("not tried: {error}"))?;
        Ok(Turn {
            under_way,
            _permit: permit,
        })
    }

    /// Why an action is not done, once no further one is, or none like it.
    pub(super) fn over(&self, action: &Action) -> Option<String> {
        let ended = self.ended.reason();
        let ended = ended.or_else(|| self.stop.reason(self.clock.now()));
        ended.or_else(|| self.repeats.over(action))
    }

    pub(super) async fn ended(&self, outcome: &Outcome) {
        // The stop is all that follows: the action itself is over.
        let _ = self.or_stop(self.log.ended(self.number, outcome).await);
    }

    fn or_stop(&self, told: Result<(), LogError>) -> Result<(), LogError> {
        if let Err(error) = &told {
            self.stop.because(&error.to_string());
        }
        told
    }
}

/// The turn of an action: while it lasts, no more of them write than may.
pub(super) struct Turn<'a> {
    under_way: Option<UnderWay<'a>>,
    _permit: SemaphorePermit<'a>,
}

impl Turn<'_> {
    /// How many of its kind had begun before.
    pub(super) fn before(&self) -> Option<u64> {
        self.under_way.as_ref().map(|it| it.before)
    }
}

/// Keeps no account: for tests of what is written.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) struct Unlogged;

#[cfg(any(test, feature = "fuzzing"))]
#[async_trait::async_trait]
impl Log for Unlogged {
    async fn intended(&self, _: u32, _: &Action) -> Result<(), LogError> {
        Ok(())
    }

    async fn sent(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    fn begun(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    async fn ended(&self, _: u32, _: &Outcome) -> Result<(), LogError> {
        Ok(())
    }
}
