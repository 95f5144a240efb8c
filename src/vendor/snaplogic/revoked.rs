//! The record of revoked accounts: a revoked password cannot be read back, and an account that is
//! used through the API only looks like one that was switched off.
//!
//! A small JSON file, rewritten whole by a rename. It is read once per run and written right after
//! each revocation, so that a run that dies forgets nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::reconcile::account::email_key;

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

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    format: u32,
    /// The environment the accounts belong to; a record of another one is not used.
    organization: String,
    /// By e-mail key.
    revoked: BTreeMap<String, Taken>,
}

const FORMAT: u32 = 1;

/// The record, with its file.
#[derive(Debug)]
pub(super) struct Revoked {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// Why the file is not to be used or overwritten.
    fault: Option<String>,
}

impl Revoked {
    /// Reads the record; a file that is not there is an empty one. A file that cannot be read
    /// counts as empty, is never overwritten, and [`Revoked::fault`] says why.
    pub(super) fn load(path: PathBuf, organization: &str) -> Self {
        let empty = File {
            format: FORMAT,
            organization: organization.to_owned(),
            revoked: BTreeMap::new(),
        };
        let (file, fault) = match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<File>(&bytes) {
                Ok(file) if file.format == FORMAT && file.organization == organization => {
                    (file, None)
                }
                Ok(file) => {
                    let fault = format!(
                        "it is of format {} and environment {}",
                        file.format, file.organization
                    );
                    (empty, Some(fault))
                }
                Err(error) => (empty, Some(error.to_string())),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (empty, None),
            Err(error) => (empty, Some(error.to_string())),
        };
        Self {
            path,
            state: Mutex::new(State { file, fault }),
        }
    }

    /// Why the record cannot be used, in one clause.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = self.lock().fault.clone()?;
        Some(format!("the record {} cannot be used: {fault}", self.path.display()))
    }

    /// What was taken from that account, if it was revoked.
    pub(super) fn get(&self, email: &str) -> Option<Taken> {
        self.lock().file.revoked.get(&email_key(email)).cloned()
    }

    /// Remembers a revocation; what an earlier one took and nobody gave back stays remembered.
    ///
    /// # Errors
    /// Why it could not be written. It holds for the rest of the run all the same.
    pub(super) fn add(&self, email: &str, taken: Taken) -> Result<(), String> {
        let mut state = self.lock();
        let entry = state.file.revoked.entry(email_key(email)).or_default();
        entry.apps.extend(taken.apps);
        entry.password_login |= taken.password_login;
        self.save(&state)
    }

    /// Forgets an account that was reactivated or deleted.
    ///
    /// # Errors
    /// As [`Revoked::add`].
    pub(super) fn forget(&self, email: &str) -> Result<(), String> {
        let mut state = self.lock();
        match state.file.revoked.remove(&email_key(email)) {
            Some(_) => self.save(&state),
            None => Ok(()),
        }
    }

    fn save(&self, state: &State) -> Result<(), String> {
        if let Some(fault) = &state.fault {
            return Err(format!(
                "the record {} was not written: {fault}",
                self.path.display()
            ));
        }
        self.replace(&state.file)
            .map_err(|error| format!("the record {} was not written: {error}", self.path.display()))
    }

    fn replace(&self, file: &File) -> std::io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        std::fs::create_dir_all(&folder)?;
        let mut beside = tempfile::NamedTempFile::new_in(&folder)?;
        serde_json::to_writer_pretty(&mut beside, file)?;
        beside.write_all(b"\n")?;
        beside.as_file().sync_all()?;
        beside.persist(&self.path)?;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves the map whole: every change to it is one call.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(apps: &[&str]) -> Taken {
        Taken {
            apps: apps.iter().map(|app| (*app).to_owned()).collect(),
            password_login: false,
        }
    }

    #[test]
    fn a_revocation_outlives_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records/snaplogic.json");
        let record = Revoked::load(path.clone(), "ExampleEnv");
        assert_eq!(record.fault(), None);
        record.add("Ana@Example.com", taken(&["flows"])).unwrap();
        let again = Revoked::load(path.clone(), "ExampleEnv");
        assert_eq!(again.get("ana@example.com"), Some(taken(&["flows"])));
        again.forget("ANA@example.com").unwrap();
        assert_eq!(Revoked::load(path, "ExampleEnv").get("ana@example.com"), None);
    }

    #[test]
    fn a_second_revocation_keeps_what_the_first_one_took() {
        let folder = tempfile::tempdir().unwrap();
        let record = Revoked::load(folder.path().join("r.json"), "ExampleEnv");
        record.add("ana@example.com", taken(&["flows"])).unwrap();
        record.add("ana@example.com", taken(&[])).unwrap();
        assert_eq!(record.get("ana@example.com"), Some(taken(&["flows"])));
    }

    #[test]
    fn a_broken_record_is_named_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        std::fs::write(&path, "{ not json").unwrap();
        let record = Revoked::load(path.clone(), "ExampleEnv");
        assert!(record.fault().unwrap().contains("cannot be used"));
        assert!(record.add("ana@example.com", taken(&[])).is_err());
        assert!(record.get("ana@example.com").is_some(), "holds for the run");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{ not json");
    }

    #[test]
    fn a_record_of_another_environment_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        Revoked::load(path.clone(), "Other").add("ana@example.com", taken(&[])).unwrap();
        let record = Revoked::load(path, "ExampleEnv");
        assert_eq!(record.get("ana@example.com"), None);
        assert!(record.fault().unwrap().contains("environment Other"));
    }
}
