//! What became of actions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::Action;

/// What became of one action.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The action.
    pub action: Action,
    /// What became of it.
    pub verdict: Verdict,
    /// The HTTP status of the call that decided, where there was one.
    pub status: Option<u16>,
    /// What the vendor or the engine says about it; empty when there is nothing to say.
    pub message: String,
    /// The vendor's id for the account, as far as it is known now.
    pub id: Option<Box<str>>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// What became of one action, in one word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The vendor's answer or a fresh read shows it.
    Applied,
    /// It may have happened; the next run will see.
    Unverified,
    /// It did not happen, or not all of it.
    Failed,
    /// It was not tried.
    Skipped,
}

impl Verdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}
