//! What is told before and after a write, so that nothing is done that nobody will know of.

use async_trait::async_trait;

use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::Action;

use super::Stop;

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

/// The log of one action. Whatever cannot be put on record stops the run.
#[derive(Clone, Copy)]
pub(super) struct Announce<'a> {
    pub(super) number: u32,
    pub(super) log: &'a dyn Log,
    pub(super) stop: &'a Stop,
}

impl Announce<'_> {
    pub(super) async fn intended(&self, action: &Action) -> Result<(), LogError> {
        self.or_stop(self.log.intended(self.number, action).await)
    }

    pub(super) async fn sent(&self) -> Result<(), LogError> {
        self.or_stop(self.log.sent(self.number).await)
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

    async fn ended(&self, _: u32, _: &Outcome) -> Result<(), LogError> {
        Ok(())
    }
}
