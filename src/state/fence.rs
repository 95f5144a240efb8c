//! What a run does first when the one before it did not give its lease back: it takes the place of
//! everything that one could still write.
//!
//! A process that was stopped for an hour may wake up in the middle of a write. Its own clock tells
//! it not to; where that comes too late, the store refuses: the next part of each record and of
//! each unfinished journal is taken, and each document has another version under a higher number.

use super::State;
use super::record::{Record, RecordError};
use super::small::{self, SmallError};
use super::{off, reads, success, thrown};

/// Why a former holder could not be shut out.
#[derive(Debug, thiserror::Error)]
pub enum FenceError {
    /// A record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Another document.
    #[error(transparent)]
    Small(#[from] SmallError),
}

/// Shuts former holders out of the records and documents of a state. Journals are taken over where
/// they are continued.
///
/// # Errors
/// [`FenceError`]; a document that is damaged is no error: nobody can write to it either.
pub fn fence(state: &State) -> Result<(), FenceError> {
    for key in [reads::KEY, off::KEY, success::KEY, thrown::KEY] {
        match small::fence(state, key) {
            Ok(()) | Err(SmallError::Damaged { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let keys = state.store().list("records").map_err(SmallError::from)?;
    let names = keys.iter().filter_map(|key| {
        let name = key.strip_prefix("records/")?.strip_suffix(".json")?;
        (!name.contains('/')).then_some(name)
    });
    for name in names {
        match Record::fence(state, name) {
            Ok(()) | Err(RecordError::Damaged { .. } | RecordError::Foreign { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
