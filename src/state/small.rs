//! Small documents of the state: read whole, changed, written whole under the condition that
//! nobody wrote in between.
//!
//! Each carries the number of the lease under which it was written. A run that lost its lease
//! finds either another version or a higher number, and writes nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::State;
use super::lease::{self, LeaseState};
use super::store::{If, Put, StoreError, Version, put};
use crate::http::Lost;

/// The only format so far.
const FORMAT: u32 = 1;

/// Tries against others who write the same document; each of them means that somebody got through.
const TRIES: usize = 20;

/// Why a document cannot be used or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmallError {
    /// It is there and cannot be understood. What it is for would be lost in silence, so nobody
    /// goes on without it.
    #[error("{place}/{key} cannot be read ({reason}); restore it, or delete it to begin anew")]
    Damaged {
        /// Of the store.
        place: String,
        /// The document.
        key: &'static str,
        /// Why not.
        reason: String,
    },
    /// Too many others write it.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// This run may not write any more.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Too many others write something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}/{key} cannot be written: others keep changing it")]
pub struct Busy {
    place: String,
    key: String,
}

impl Busy {
    pub(super) fn new(place: &str, key: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            key: key.into(),
        }
    }
}

/// What lies in the store. The content comes beside the two numbers.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: u32,
    #[serde(default)]
    epoch: u64,
    #[serde(flatten)]
    content: T,
}

/// Read first, so that a later format is not called damaged.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// A document; `None` where nobody has written it yet.
///
/// # Errors
/// [`SmallError`].
pub fn load<T: DeserializeOwned>(
    state: &State,
    key: &'static str,
) -> Result<Option<T>, SmallError> {
    Ok(read(state, key)?.map(|(document, _)| document.content))
}

/// Changes a document: `change` gets it as it is at that moment, and once more whenever somebody
/// else was faster. It is not written where nothing changes.
///
/// # Errors
/// [`SmallError`].
pub fn update<T>(
    state: &State,
    key: &'static str,
    change: impl Fn(Option<T>) -> T,
) -> Result<(), SmallError>
where
    T: Serialize + DeserializeOwned + Clone + PartialEq,
{
    for _ in 0..TRIES {
        let (there, version) = match read::<T>(state, key)? {
            Some((document, version)) => (Some(document), Some(version)),
            None => (None, None),
        };
        let since = there.as_ref().map_or(0, |it| it.epoch);
        let before = there.map(|it| it.content);
        let content = change(before.clone());
        if before.as_ref() == Some(&content) {
            return Ok(());
        }
        let document = Document {
            format: FORMAT,
            epoch: allowed(state, since, version.is_none())?,
            content,
        };
        if write(state, key, &document, version.as_ref())? {
            return Ok(());
        }
    }
    Err(Busy::new(state.store().place(), key).into())
}

/// Gives a document the number of this run's lease, so that whoever had it before can no longer
/// change it. One that is not there stays so.
pub(super) fn fence(state: &State, key: &'static str) -> Result<(), SmallError> {
    for _ in 0..TRIES {
        let Some((document, version)) = read::<serde_json::Value>(state, key)? else {
            return Ok(());
        };
        let epoch = allowed(state, document.epoch, false)?;
        let document = Document { epoch, ..document };
        if write(state, key, &document, Some(&version))? {
            return Ok(());
        }
    }
    Err(Busy::new(state.store().place(), key).into())
}

/// The number to write under, above `since`; fails where this run may not write.
fn allowed(state: &State, since: u64, is_new: bool) -> Result<u64, Lost> {
    let tenure = state.tenure();
    tenure.check()?;
    let Some(epoch) = tenure.epoch() else {
        return Ok(since);
    };
    if epoch < since {
        return Err(Lost(String::from("a later run has written already")));
    }
    if is_new {
        still_ours(state)?;
    }
    Ok(epoch)
}

/// Looks at the lease itself, before something is made of which no earlier version could tell.
///
/// # Errors
/// [`Lost`], also where the lease cannot be read.
pub(super) fn still_ours(state: &State) -> Result<(), Lost> {
    let Some(run) = state.tenure().run() else {
        return state.tenure().check();
    };
    match lease::look(state.store()) {
        Ok(Some(seen)) if seen.lease.run == run && seen.lease.state == LeaseState::Held => Ok(()),
        Ok(_) => Err(Lost(String::from("it is another's by now"))),
        Err(error) => Err(Lost(error.to_string())),
    }
}

fn read<T: DeserializeOwned>(
    state: &State,
    key: &'static str,
) -> Result<Option<(Document<T>, Version)>, SmallError> {
    let Some(stored) = state.store().get(key)? else {
        return Ok(None);
    };
    let damaged = |reason: String| SmallError::Damaged {
        place: state.store().place().to_owned(),
        key,
        reason,
    };
    let head: Head =
        serde_json::from_slice(&stored.bytes).map_err(|error| damaged(error.to_string()))?;
    if head.format != FORMAT {
        let format = head.format;
        let reason = format!("format {format} is not known here, only {FORMAT}");
        return Err(damaged(reason));
    }
    let document =
        serde_json::from_slice(&stored.bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(Some((document, stored.stat.version)))
}

fn write<T: Serialize>(
    state: &State,
    key: &'static str,
    document: &Document<T>,
    version: Option<&Version>,
) -> Result<bool, SmallError> {
    let store = state.store();
    let mut text = serde_json::to_vec_pretty(document).map_err(|error| SmallError::Damaged {
        place: store.place().to_owned(),
        key,
        reason: error.to_string(),
    })?;
    text.push(b'\n');
    Ok(put(store, key, &text, &If::still(version))? != Put::Taken)
}
