//! What the program keeps between runs, in a folder beside the roster or in an object store.
//!
//! Everything shared is made of one primitive, [`store`]'s conditional write. Who may write is
//! told by the [`lease`]; what a run that lost it still tries to write finds its place taken.

pub mod fence;
pub mod gone;
pub mod journal;
pub mod lease;
mod log;
pub mod off;
pub mod probe;
pub mod reads;
pub mod record;
pub mod small;
pub mod store;
pub mod success;
mod whole;

use std::path::PathBuf;
use std::sync::Arc;

use crate::http::WritePermit;
use crate::model::digest::Digest;
use crate::roster::model::StatePlace;
use store::{Folder, Store, StoreError};

/// The state of one roster: where it lies, and whether this process may write to it. Clones share
/// both.
#[derive(Debug, Clone)]
pub struct State {
    store: Arc<dyn Store>,
    tenure: WritePermit,
}

/// A text that nothing else has, in any process on any machine.
pub(crate) fn nonce() -> Box<str> {
    use std::hash::{BuildHasher as _, RandomState};
    let random = RandomState::new().hash_one(0);
    let now = jiff::Timestamp::now().as_nanosecond();
    let digest = Digest::of(&(random, now.to_string(), std::process::id()));
    digest.0.get(7..23).unwrap_or_default().into()
}

impl State {
    /// The state at the place that a roster names. Sends nothing yet.
    ///
    /// # Errors
    /// [`StoreError`]: the address cannot be used.
    pub fn open(place: &StatePlace) -> Result<Self, StoreError> {
        Ok(Self::new(store::open(place)?))
    }

    /// The state in a folder.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::new(Arc::new(Folder::new(path)))
    }

    /// The state in a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            tenure: WritePermit::default(),
        }
    }

    /// The same place, for another run of this process.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self::new(self.store.clone())
    }

    /// Where it lies.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The same, to be kept.
    pub fn shared_store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Whether this process may write to it.
    pub fn tenure(&self) -> &WritePermit {
        &self.tenure
    }
}

#[cfg(test)]
mod tests;
