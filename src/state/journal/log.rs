//! What is told before and after a write, so that nothing is done that nobody will know of.

use async_trait::async_trait;

use crate::model::action::Action;
use crate::model::outcome::Outcome;

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
