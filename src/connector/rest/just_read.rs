//! What was read about an account right before access is taken from it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::account::AccountKey;
use crate::model::action::Action;
use crate::model::email::EmailKey;

/// The last read of each account, for the removal that follows it.
///
/// Right before a removal the engine reads the account, whether it still is what the plan saw, and
/// writes only then: the connector need not read the same once more. Each read is used once, by a
/// removal alone; every other action asks the vendor.
#[derive(Debug)]
pub(crate) struct JustRead<T>(Mutex<HashMap<EmailKey<'static>, T>>);

impl<T> Default for JustRead<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> JustRead<T> {
    /// Remembers what a read showed; `None`: nobody.
    pub(crate) fn keep(&self, key: &AccountKey, read: Option<T>) {
        let key = EmailKey::of(&key.email).into_owned();
        // A panic elsewhere leaves it whole: each change is one call.
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Some(read) => drop(reads.insert(key, read)),
            None => drop(reads.remove(&key)),
        }
    }

    /// What the engine has just read for this removal, once.
    pub(crate) fn take(&self, removal: &Action) -> Option<T> {
        let key = EmailKey::of(&removal.key().email).into_owned();
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = reads.remove(&key);
        read.filter(|_| removal.kind.removes())
    }
}
