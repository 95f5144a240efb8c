//! A journal that cannot be used.

use std::io;

use super::chain;
use crate::state::store::StoreError;

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Files or folders.
    #[error("the journal {path} cannot be {what}")]
    Io {
        /// The file.
        path: String,
        /// What was tried: `made`, `read`.
        what: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What is to be continued is no sound journal.
    #[error("{path} is no sound journal ({flaw}); give another file to --journal, or move it away")]
    Unsound {
        /// The file, or the place among the state.
        path: String,
        /// The first thing that is wrong with it.
        flaw: chain::Flaw,
    },
    /// It cannot be written.
    #[error("{0}")]
    Unwritten(String),
    /// Another run has taken it over.
    #[error("the journal {0} is being written by another run")]
    Taken(String),
    /// There is none of that name.
    #[error(
        "there is no journal {0}, neither as a file nor in the state; `journal list` shows them"
    )]
    Missing(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
