//! What the program keeps between runs, in a folder beside the roster or in an object store.
//!
//! Everything shared is made of one primitive, [`store`]'s conditional write. Who may write is
//! told by the [`lease`]; what a run that lost it still tries to write finds its place taken.

pub mod erase;
pub mod fence;
pub mod gone;
pub mod here;
pub mod inventories;
pub mod journal;
pub mod keep;
pub mod lease;
mod log;
pub mod notes;
pub mod off;
pub mod probe;
pub mod reads;
pub mod record;
pub mod reviews;
pub mod small;
pub mod store;
pub mod success;
pub mod thrown;
mod whole;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, spawn_blocking};

use crate::http::{Clock, WritePermit};
use crate::roster::model::StatePlace;
use here::Here;
use store::{Folder, Store, StoreError};

/// The state of one roster: where it lies, and whether this process may write to it. Clones share
/// both.
#[derive(Debug, Clone)]
pub struct State {
    store: Arc<dyn Store>,
    tenure: WritePermit,
    here: Arc<Here>,
}

/// Has a store do something: off the runtime's thread, or in its place where the store only pretends
/// to wait.
pub(crate) async fn off_thread<T: Send + 'static>(
    delay: Option<Duration>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    match delay {
        None => spawn_blocking(work).await,
        Some(delay) => {
            tokio::time::sleep(delay).await;
            Ok(work())
        }
    }
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
        Self::seen_by(Here::real(), store)
    }

    /// The state in a store, as that process sees it.
    pub fn seen_by(here: Here, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            tenure: WritePermit::on(here.clock.clone()),
            here: Arc::new(here),
        }
    }

    /// The same place with another calendar: for a sandbox, whose days are made up.
    #[must_use]
    pub fn dated(self, clock: Clock) -> Self {
        let mut here = Here::clone(&self.here);
        here.clock = clock;
        Self::seen_by(here, self.store)
    }

    /// The same place, for another run of this process.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self::seen_by(Here::clone(&self.here), self.store.clone())
    }

    /// The process that sees it.
    pub fn here(&self) -> &Here {
        &self.here
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
