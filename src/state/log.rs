//! The append log of what grows between runs, records and journals alike: numbered parts below one
//! key of the store.
//!
//! Each part is written once, under the condition that its number is free, and never changes. So
//! of any number of writers one gets the next number, in a folder and in an object store alike, and
//! the others learn that somebody was faster. What the parts hold, when they become part of
//! something whole, and whose turn it is, is the business of whoever keeps the log.

use super::store::{If, Put, Store, StoreError, put};

/// How the name of a part ends, and that of a whole journal.
pub(super) const SUFFIX: &str = ".ndjson";

/// The log below one key.
pub(super) struct AppendLog<'a> {
    store: &'a dyn Store,
    folder: String,
}

impl<'a> AppendLog<'a> {
    /// The log whose parts lie in that folder of the store. Touches nothing yet.
    pub(super) fn new(store: &'a dyn Store, folder: String) -> Self {
        Self { store, folder }
    }

    /// Where a part lies.
    pub(super) fn key(&self, number: u64) -> String {
        format!("{}/{number:08}{SUFFIX}", self.folder)
    }

    /// The numbers of all parts, in order.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, StoreError> {
        let keys = self.store.list(&self.folder)?;
        let number = |key: &String| {
            let name = key.strip_prefix(&self.folder)?.strip_prefix('/')?;
            name.strip_suffix(SUFFIX)?.parse().ok()
        };
        let mut numbers: Vec<u64> = keys.iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// What a part holds; `None`: there is no part of that number.
    pub(super) fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.store.get(&self.key(number))?;
        Ok(stored.map(|stored| stored.bytes))
    }

    /// Writes a part; `false`: somebody else has the number. The bytes have to be such that nobody
    /// else writes the same.
    pub(super) fn claim(&self, number: u64, bytes: &[u8]) -> Result<bool, StoreError> {
        let put = put(self.store, &self.key(number), bytes, &If::Absent)?;
        Ok(put != Put::Taken)
    }

    /// Removes parts that are in something whole by now.
    pub(super) fn remove(&self, numbers: impl IntoIterator<Item = u64>) -> Result<(), StoreError> {
        let mut numbers = numbers.into_iter();
        numbers.try_for_each(|number| self.store.delete(&self.key(number)))
    }
}
