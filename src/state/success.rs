//! When an apply last came to a good end: `success.json`, for whoever watches from outside.

use serde::{Deserialize, Serialize};

use super::State;
use super::small::{self, SmallError};
use crate::model::digest::Digest;

pub(super) const KEY: &str = "success.json";

/// The last apply that did everything it had to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success {
    /// When it ended.
    pub at: jiff::Timestamp,
    /// The digest of the roster's meaning.
    pub roster: Digest,
    /// Actions that it applied.
    pub applied: usize,
}

/// The last one; `None`: there was none yet.
///
/// # Errors
/// [`SmallError`].
pub fn load(state: &State) -> Result<Option<Success>, SmallError> {
    small::load(state, KEY)
}

/// Notes one.
///
/// # Errors
/// [`SmallError`].
pub fn save(state: &State, success: &Success) -> Result<(), SmallError> {
    small::update(state, KEY, |_| success.clone())
}
