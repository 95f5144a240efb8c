//! Where state is kept: keys and bytes, and writes that go through only under a condition.
//!
//! That condition is the one primitive that everything shared between runs is made of; a folder and
//! the object stores of three clouds all have it.
//!
//! Calls block. Whoever is on the runtime's thread hands them to another one, or means to wait.

mod folder;
#[cfg(feature = "cloud")]
mod remote;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a fuzzer makes no faults in it")
)]
pub(crate) mod testing;

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use super::whole::Disk;
pub use folder::Folder;
#[cfg(feature = "cloud")]
pub use remote::Remote;

use crate::roster::model::StatePlace;

/// A place for state. Keys are paths with `/` in them; what lies there is written whole or not at
/// all.
pub trait Store: Send + Sync + fmt::Debug {
    /// The place, for people: a path or an address. Never holds a secret.
    fn place(&self) -> &str;

    /// What lies at a key; `None`: nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError>;

    /// The same without the bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError>;

    /// Writes if the condition holds, in one step: of two writers with the same condition one at
    /// most goes through.
    ///
    /// # Errors
    /// [`StoreError`]; after [`StoreProblem::Unreachable`] it may have gone through ([`put`] looks).
    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError>;

    /// All keys below a folder, sorted.
    ///
    /// # Errors
    /// [`StoreError`].
    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError>;

    /// Removes what lies at a key, if anything. Only for keys that nobody writes again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Keeps other processes of this machine out until the result is dropped, where the store can
    /// do that: the system ends it with the process.
    ///
    /// # Errors
    /// [`StoreError`].
    fn hold(&self) -> Result<Hold, StoreError> {
        Ok(Hold::Unable)
    }

    /// Whether another process of this machine has what [`Store::hold`] gives; `None`: the store
    /// cannot tell. Makes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn is_held(&self) -> Result<Option<bool>, StoreError> {
        Ok(None)
    }

    /// How long the next call takes, where the store only pretends to wait: whoever calls waits for
    /// that on tokio's clock and stays on its thread. `None`: calls wait for a disk or a network.
    fn delay(&self) -> Option<Duration> {
        None
    }

    /// The folder, where it is one.
    fn folder(&self) -> Option<&Path> {
        None
    }
}

/// What lies at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Which version, and since when.
    pub stat: Stat,
}

/// One version of what lies at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Tells it from any other.
    pub version: Version,
    /// When it was written, by the store's own clock; a store may round it down to whole seconds.
    pub modified: Timestamp,
}

/// A version, in the store's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The entity tag.
    pub(crate) tag: Option<Box<str>>,
    /// The generation, at stores that count.
    pub(crate) generation: Option<Box<str>>,
}

impl Version {
    /// A version in a store that counts.
    pub fn generation(number: u64) -> Self {
        Self {
            tag: None,
            generation: Some(number.to_string().into()),
        }
    }
}

/// When a write goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum If {
    /// Nothing lies there.
    Absent,
    /// Exactly this version lies there.
    Is(Version),
}

impl If {
    /// The condition that nobody wrote since this was read.
    pub fn still(seen: Option<&Version>) -> Self {
        seen.map_or(Self::Absent, |version| Self::Is(version.clone()))
    }
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It went through.
    Done(Version),
    /// The condition did not hold; nothing was written.
    Taken,
}

/// What [`Store::hold`] brought.
#[derive(Debug)]
pub enum Hold {
    /// This process has it.
    Ours(File),
    /// Another process of this machine has it.
    Theirs,
    /// The store has no such thing.
    Unable,
}

/// The store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the state at {place} {problem}")]
pub struct StoreError {
    /// [`Store::place`].
    pub place: Box<str>,
    /// What is wrong.
    pub problem: StoreProblem,
}

/// What is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreProblem {
    /// No answer, or none that means anything: what was asked may have happened.
    #[error("cannot be reached: {0}; check the address, the network and the store")]
    Unreachable(String),
    /// It refuses these credentials, or this step with them.
    #[error("denies access: {0}; check the credentials in the environment and their rights")]
    Denied(String),
    /// Two writes went through where one only may: no lock can be built on it.
    #[error(
        "does not honour conditional writes ({0}), so that two runs could work at the same time; \
         use a store that does, or --no-lock where nothing else ever runs on this roster"
    )]
    Unconditional(&'static str),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    pub(crate) fn new(place: &str, problem: StoreProblem) -> Self {
        Self {
            place: place.into(),
            problem,
        }
    }

    fn may_have_happened(&self) -> bool {
        matches!(self.problem, StoreProblem::Unreachable(_))
    }
}

/// How often a write is sent in all when its answer gets lost; the store's client has tried by
/// then what is worth trying.
const SENDS: usize = 3;

/// Writes under a condition and learns what became of it, lost answers included. The bytes have to
/// be such that nobody else writes the same: then finding them means that the write was ours.
///
/// # Errors
/// [`StoreError`]; it is then not known whether it went through.
pub fn put(store: &dyn Store, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
    let mut sends = 0;
    loop {
        let answer = store.put(key, bytes, when);
        let is_lost = answer.as_ref().is_err_and(StoreError::may_have_happened);
        if !is_lost && answer != Ok(Put::Taken) {
            return answer;
        }
        // A repetition that is refused may have been overtaken by the first try.
        let there = store.get(key)?;
        if let Some(there) = &there
            && there.bytes == bytes
        {
            return Ok(Put::Done(there.stat.version.clone()));
        }
        // Stores refuse for a moment, too, while two writes are under way (S3: 409).
        let could = If::still(there.as_ref().map(|it| &it.stat.version)) == *when;
        if !is_lost && !could {
            return answer;
        }
        sends += 1;
        if sends == SENDS {
            return answer;
        }
    }
}

/// Opens the place that a roster names. Sends nothing yet.
///
/// # Errors
/// [`StoreError`]: the address cannot be one, or this program was built without object stores.
pub fn open(place: &StatePlace) -> Result<Arc<dyn Store>, StoreError> {
    match place {
        StatePlace::Folder(path) => Ok(Arc::new(Folder::new(path))),
        #[cfg(feature = "cloud")]
        StatePlace::Address(address) => Ok(Arc::new(Remote::open(address)?)),
        #[cfg(not(feature = "cloud"))]
        StatePlace::Address(address) => Err(StoreError::new(
            address,
            StoreProblem::Failed(String::from(
                "is in an object store, and this program was built without the feature `cloud`",
            )),
        )),
    }
}

#[cfg(test)]
mod tests;
