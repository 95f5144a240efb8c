//! What is told before and after a write, so that nothing is done that nobody will know of.

use async_trait::async_trait;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Stop;
use super::repeats::{Repeats, UnderWay};
use super::stop::Ended;
use crate::http::Clock;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::Action;

/// Keeps account of what is about to be done. Actions go by a number that is unique in the run.
#[async_trait]
pub trait Log: Send + Sync {
    /// An action begins. Called again when a create turns out to be something else.
    ///
    /// # Errors
    /// [`LogError`]: then the action is not carried out.
    async fn intended(&self, number: u32, action: &Action) -> Result<(), LogError>;

    /// A write of the action is about to be sent; on return that is on record for good.
    ///
    /// # Errors
    /// [`LogError`]: then the write is not sent.
    async fn sent(&self, number: u32) -> Result<(), LogError>;

    /// The turn of the action came. On record only where that costs no wait; what is not on record
    /// as begun may have begun.
    ///
    /// # Errors
    /// [`LogError`]: then nothing of it is sent.
    fn begun(&self, number: u32) -> Result<(), LogError>;

    /// What became of the action.
    ///
    /// # Errors
    /// [`LogError`]: then the run ends.
    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError>;
}

/// Why something cannot be put on record.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct LogError(pub String);

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
#[cfg(test)]
pub(crate) struct Unlogged;

#[cfg(test)]
#[async_trait]
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
