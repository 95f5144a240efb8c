//! What a commit changes: the record's accounts under a thin layer of changes, so that a commit
//! costs what it touches and not what the record holds.

use std::collections::BTreeMap;

use super::{Accounts, Entry};
use crate::model::email::EmailKey;

/// Entries by e-mail key; `None` takes the entry out. Whole entries, so that playing changes twice
/// does no harm.
pub(super) type Changes = BTreeMap<EmailKey<'static>, Option<Entry>>;

/// The accounts as they are on disk at the moment of a commit, and what the commit changes.
pub struct RecordDraft<'a> {
    accounts: &'a Accounts,
    touched: Changes,
}

impl<'a> RecordDraft<'a> {
    pub(super) fn new(accounts: &'a Accounts) -> Self {
        Self {
            accounts,
            touched: Changes::new(),
        }
    }

    /// The entry under that e-mail key, with what this commit changed already.
    pub fn get<'s>(&'s self, key: &EmailKey<'s>) -> Option<&'s Entry> {
        match self.touched.get(key) {
            Some(entry) => entry.as_ref(),
            None => self.accounts.get(key),
        }
    }

    /// The same, to be changed: put an entry in, or take it out.
    pub fn slot(&mut self, key: &EmailKey<'_>) -> &mut Option<Entry> {
        self.touched
            .entry(key.clone().into_owned())
            .or_insert_with(|| self.accounts.get(key).cloned())
    }

    /// What really differs from the record.
    pub(super) fn changes(self) -> Changes {
        let Self { accounts, touched } = self;
        touched
            .into_iter()
            .filter(|(key, entry)| accounts.get(key) != entry.as_ref())
            .collect()
    }
}

/// Puts changes into the accounts they were made for.
pub(super) fn play(accounts: &mut Accounts, changes: Changes) {
    for (key, entry) in changes {
        match entry {
            Some(entry) => {
                accounts.insert(key, entry);
            }
            None => {
                accounts.remove(&key);
            }
        }
    }
}
