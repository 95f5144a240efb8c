//! The record of revoked accounts: a revoked password cannot be read back, and an account that is
//! used through the API only looks like one that was switched off.
//!
//! Written right after each revocation, so that a run that dies forgets nothing. Without the file
//! nobody gets access; at worst a revocation is sent once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::email::EmailKey;
use crate::state::record::{Entry, Record, RecordDraft, RecordPlace};
use serde::{Deserialize, Serialize};

/// The key of an entry under which the connector keeps what it took.
const TAKEN: &str = "taken";

/// What was taken with a revocation, so that a reactivation can give it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Taken {
    /// The applications that were granted.
    #[serde(default)]
    pub(super) apps: BTreeSet<String>,
    /// Whether password login was switched off, having been on.
    #[serde(default)]
    pub(super) password_login: bool,
}

/// The record, and what it said when it was read.
pub(super) struct Revoked {
    record: Record,
    held: Mutex<LoadedRevocations>,
}

#[derive(Default)]
struct LoadedRevocations {
    revoked: BTreeMap<EmailKey<'static>, Taken>,
    fault: Option<String>,
}

impl Revoked {
    /// The record at that place; touches nothing yet.
    pub(super) fn new(place: RecordPlace, vendor: &str) -> Self {
        Self {
            record: Record::new(place, vendor, Vec::new()),
            held: Mutex::default(),
        }
    }

    /// Reads the record. One that cannot be read counts as empty: the look of an account and the
    /// roster then decide alone, and [`Revoked::fault`] says why.
    pub(super) fn reload(&self) {
        let held = match self.record.load() {
            Ok(accounts) => LoadedRevocations {
                revoked: accounts
                    .into_iter()
                    .filter(|(_, entry)| !entry.active)
                    .map(|(key, entry)| (key, taken(&entry)))
                    .collect(),
                fault: None,
            },
            Err(error) => LoadedRevocations {
                revoked: BTreeMap::new(),
                fault: Some(error.to_string()),
            },
        };
        *self.lock() = held;
    }

    /// Why the record cannot be used.
    pub(super) fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    /// What was taken from that account, if it was revoked.
    pub(super) fn get(&self, email: &str) -> Option<Taken> {
        self.lock().revoked.get(&EmailKey::of(email)).cloned()
    }

    /// Whether that account was revoked.
    pub(super) fn has(&self, email: &str) -> bool {
        let held = self.lock();
        !held.revoked.is_empty() && held.revoked.contains_key(&EmailKey::of(email))
    }

    /// Remembers a revocation; what an earlier one took and nobody gave back stays remembered.
    ///
    /// # Errors
    /// Why it could not be written. It holds for the rest of the run all the same.
    pub(super) async fn add(&self, email: &str, now: Taken) -> Result<(), String> {
        let key = EmailKey::of(email).into_owned();
        let merged = {
            let mut held = self.lock();
            let entry = held.revoked.entry(key.clone()).or_default();
            entry.apps.extend(now.apps);
            entry.password_login |= now.password_login;
            entry.clone()
        };
        let email: Box<str> = email.into();
        self.commit(move |accounts| {
            let entry = accounts.slot(&key).get_or_insert_default();
            entry.email.clone_from(&email);
            entry.active = false;
            if let Ok(taken) = serde_json::to_value(&merged) {
                entry.extra.insert(TAKEN.to_owned(), taken);
            }
        })
        .await
    }

    /// Forgets an account that was reactivated or deleted.
    ///
    /// # Errors
    /// As [`Revoked::add`].
    pub(super) async fn forget(&self, email: &str) -> Result<(), String> {
        let key = EmailKey::of(email).into_owned();
        if self.lock().revoked.remove(&key).is_none() {
            return Ok(());
        }
        self.commit(move |accounts| {
            *accounts.slot(&key) = None;
        })
        .await
    }

    /// Writes the record whole, at the end of a run.
    ///
    /// # Errors
    /// Why it could not; nothing is lost.
    pub(super) async fn compact(&self) -> Result<(), String> {
        let settled = self.record.compact().await;
        settled.map_err(|error| error.to_string())
    }

    async fn commit(
        &self,
        edit: impl Fn(&mut RecordDraft<'_>) + Send + 'static,
    ) -> Result<(), String> {
        self.record
            .commit(edit)
            .await
            .map_err(|error| error.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, LoadedRevocations> {
        // A panic elsewhere leaves the map whole: every change to it is one call.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn taken(entry: &Entry) -> Taken {
    let kept = entry.extra.get(TAKEN).cloned();
    kept.and_then(|kept| serde_json::from_value(kept).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(apps: &[&str]) -> Taken {
        Taken {
            apps: apps.iter().map(|app| (*app).to_owned()).collect(),
            password_login: false,
        }
    }

    fn read(path: &std::path::Path) -> Revoked {
        let record = Revoked::new(path.into(), "snaplogic");
        record.reload();
        record
    }

    #[tokio::test(start_paused = true)]
    async fn a_revocation_outlives_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snaplogic.json");
        let record = read(&path);
        assert_eq!(record.fault(), None);
        record
            .add("Ana@Example.com", with(&["flows"]))
            .await
            .unwrap();
        let again = read(&path);
        assert_eq!(again.get("ana@example.com"), Some(with(&["flows"])));
        again.forget("ANA@example.com").await.unwrap();
        assert_eq!(read(&path).get("ana@example.com"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_compacted_record_is_whole_without_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snaplogic.json");
        let log = folder.path().join("snaplogic.json.log");
        let record = read(&path);
        for email in ["ana@example.com", "tomas@example.com"] {
            record.add(email, with(&["flows"])).await.unwrap();
        }
        assert!(log.exists());
        assert_eq!(read(&path).get("tomas@example.com"), Some(with(&["flows"])));
        record.compact().await.unwrap();
        assert!(!log.exists());
        assert_eq!(read(&path).get("tomas@example.com"), Some(with(&["flows"])));
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_revocation_keeps_what_the_first_one_took() {
        let folder = tempfile::tempdir().unwrap();
        let record = read(&folder.path().join("snaplogic.json"));
        record
            .add("ana@example.com", with(&["flows"]))
            .await
            .unwrap();
        record.add("ana@example.com", with(&[])).await.unwrap();
        assert_eq!(record.get("ana@example.com"), Some(with(&["flows"])));
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_record_is_named_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snaplogic.json");
        std::fs::write(&path, "{ not json").unwrap();
        let record = read(&path);
        assert!(record.fault().unwrap().contains("snaplogic.json"));
        assert!(record.add("ana@example.com", with(&[])).await.is_err());
        assert!(record.get("ana@example.com").is_some(), "holds for the run");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{ not json");
    }
}
