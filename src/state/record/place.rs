//! Where a record is, and what it is written with there.

use std::path::{Path, PathBuf};

use super::parts::Parts;
use super::store::RecordFile;
use super::{Accounts, Record, RecordError};
use crate::state::State;

pub(super) enum Backing {
    File(RecordFile),
    Parts(Parts),
}

/// Where a record is.
#[derive(Debug, Clone)]
pub enum RecordPlace {
    /// A file of its own, as the roster's `record:` says.
    File(PathBuf),
    /// Among the state, under that name.
    State(State, Box<str>),
}

impl RecordPlace {
    /// Whether a record is there.
    ///
    /// # Errors
    /// [`RecordError::Read`].
    pub fn exists(&self) -> Result<bool, RecordError> {
        Record::new(self.clone(), "", Vec::new()).exists()
    }
}

impl From<PathBuf> for RecordPlace {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for RecordPlace {
    fn from(path: &P) -> Self {
        Self::File(path.as_ref().to_owned())
    }
}

impl Backing {
    pub(super) fn refresh(&mut self) -> Result<(), RecordError> {
        match self {
            Self::File(store) => store.refresh(),
            Self::Parts(parts) => parts.refresh(),
        }
    }

    pub(super) fn accounts(&self) -> &Accounts {
        match self {
            Self::File(store) => store.accounts(),
            Self::Parts(parts) => parts.accounts(),
        }
    }
}
