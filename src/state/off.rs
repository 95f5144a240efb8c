//! Since when accounts are off: `off.json`. Only a run that writes writes it, under its lock; what it means is decided in [`crate::model::off`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::State;
use super::small::{self, SmallError};
use crate::model::off::{DeactivatedSince, Entries, Entry, How, Who};
use crate::roster::model::VendorSettings;

pub(super) const KEY: &str = "off.json";

/// Why the times cannot be used or kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OffError {
    /// The file is there and cannot be read. Nothing is deleted by it, and it is not overwritten.
    #[error(
        "{path} cannot be read ({reason}); nothing is deleted after a grace until it is moved \
         away, and then every grace begins anew"
    )]
    Load {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Nobody knows what the file says. A run that goes on without it leaves times behind that have
    /// ended, so it writes nothing.
    #[error("{path} is not known ({reason})")]
    Unreachable {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The file cannot be written.
    #[error("{path} cannot be written ({reason})")]
    Save {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeactivationFile {
    vendors: BTreeMap<Box<str>, Vendor>,
    #[serde(flatten)]
    extra: Map<String, Json>,
}

/// One vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Vendor {
    /// Where the accounts are; times of another tenant say nothing about this one.
    place: String,
    accounts: Vec<Account>,
    #[serde(flatten)]
    extra: Map<String, Json>,
}

/// One account that is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    email: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Box<str>>,
    since: Timestamp,
    how: Word,
    #[serde(flatten)]
    extra: Map<String, Json>,
}

/// What happened then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    SwitchedOff,
    Seen,
}

impl DeactivationFile {
    /// Reads the file; empty where there is none.
    ///
    /// # Errors
    /// [`OffError::Load`], [`OffError::Unreachable`].
    pub fn load(state: &State) -> Result<Self, OffError> {
        let path = || path(state);
        match small::load(state, KEY) {
            Ok(book) => Ok(book.unwrap_or_default()),
            Err(SmallError::Damaged { reason, .. }) => Err(OffError::Load {
                path: path(),
                reason,
            }),
            Err(error) => Err(OffError::Unreachable {
                path: path(),
                reason: error.to_string(),
            }),
        }
    }

    /// What the file says about the accounts of a vendor; of two entries for one account the later
    /// time counts.
    pub fn entries(&self, settings: &VendorSettings) -> Entries {
        let mut entries = Entries::new();
        let place = place(settings);
        let vendor = self.vendors.get(&settings.name);
        let accounts = vendor.filter(|it| it.place == place);
        for account in accounts.into_iter().flat_map(|it| &it.accounts) {
            let entry = Entry {
                email: account.email.clone(),
                since: DeactivatedSince {
                    at: account.since,
                    how: match account.how {
                        Word::SwitchedOff => How::SwitchedOff,
                        Word::Seen => How::Seen,
                    },
                },
            };
            let kept = entries
                .entry(account.who())
                .or_insert_with(|| entry.clone());
            if kept.since.at < entry.since.at {
                *kept = entry;
            }
        }
        entries
    }

    /// Replaces what the file says about the accounts of a vendor. Keys that this version does not
    /// know stay where they are.
    pub fn set(&mut self, settings: &VendorSettings, entries: &Entries) {
        let place = place(settings);
        if entries.is_empty() && !self.vendors.contains_key(&settings.name) {
            return;
        }
        let vendor = self
            .vendors
            .entry(settings.name.clone())
            .or_insert_with(|| Vendor {
                place: String::new(),
                accounts: Vec::new(),
                extra: Map::new(),
            });
        if vendor.place != place {
            vendor.place = place;
            vendor.accounts.clear();
        }
        let mut extra: BTreeMap<Who, Map<String, Json>> = vendor
            .accounts
            .drain(..)
            .map(|account| (account.who(), account.extra))
            .collect();
        let accounts = entries.iter().map(|(who, entry)| {
            let DeactivatedSince { at, how } = entry.since;
            Account {
                email: entry.email.clone(),
                id: match who {
                    Who::Id(id) => Some(id.clone()),
                    Who::Email(_) => None,
                },
                since: Timestamp::from_second(at.as_second()).unwrap_or(at),
                how: match how {
                    How::SwitchedOff => Word::SwitchedOff,
                    How::Seen => Word::Seen,
                },
                extra: extra.remove(who).unwrap_or_default(),
            }
        });
        vendor.accounts = accounts.collect();
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`OffError::Save`].
    pub fn save(&self, state: &State) -> Result<(), OffError> {
        small::update(state, KEY, |_| self.clone()).map_err(|error| OffError::Save {
            path: path(state),
            reason: error.to_string(),
        })
    }
}

impl Account {
    fn who(&self) -> Who {
        Who::of(self.id.as_deref(), &self.email)
    }
}

fn path(state: &State) -> String {
    format!("{}/{KEY}", state.store().place())
}

/// What tells the tenant: its address, and the settings without which it could not be named.
pub(super) fn place(settings: &VendorSettings) -> String {
    let required = settings.spec.settings.iter().filter(|it| it.required);
    let named = required.filter_map(|it| settings.text(it.name));
    let mut parts = vec![&*settings.base_url];
    parts.extend(named);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::email::EmailKey;
    use crate::plan::testing::{API, settings};

    fn entry(email: &str, second: i64, how: How) -> Entry {
        let at = Timestamp::from_second(second).unwrap();
        Entry {
            email: email.into(),
            since: DeactivatedSince { at, how },
        }
    }

    fn entries() -> Entries {
        Entries::from([
            (Who::Id("7".into()), entry("a@x.com", 5, How::SwitchedOff)),
            (
                Who::Email(EmailKey::of("b@x.com")),
                entry("B@x.com", 9, How::Seen),
            ),
        ])
    }

    #[test]
    fn what_is_saved_is_loaded_and_unknown_keys_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let state = State::folder(&path);
        let acme = settings(&API);
        let mut book = DeactivationFile::load(&state).unwrap();
        assert_eq!(book.entries(&acme), Entries::new());
        book.set(&acme, &entries());
        book.save(&state).unwrap();
        assert_eq!(
            DeactivationFile::load(&state).unwrap().entries(&acme),
            entries()
        );
        let text = fs::read_to_string(path.join(KEY)).unwrap();
        let text = text.replacen('{', "{\"later\": 1,", 1).replacen(
            "\"how\"",
            "\"why\": \"x\", \"how\"",
            1,
        );
        fs::write(path.join(KEY), text).unwrap();
        let mut book = DeactivationFile::load(&state).unwrap();
        assert_eq!(book.entries(&acme), entries());
        let mut fewer = entries();
        fewer.remove(&Who::Email(EmailKey::of("b@x.com")));
        book.set(&acme, &fewer);
        book.save(&state).unwrap();
        let text = fs::read_to_string(path.join(KEY)).unwrap();
        assert!(text.contains("\"later\": 1"), "{text}");
        assert!(text.contains("\"why\": \"x\""), "{text}");
        assert!(!text.contains("B@x.com"), "{text}");
    }

    #[test]
    fn another_tenant_under_the_same_name_knows_nothing() {
        let acme = settings(&API);
        let mut book = DeactivationFile::default();
        book.set(&acme, &entries());
        let mut other = settings(&API);
        other.base_url = "https://other.example.com".into();
        assert_eq!(book.entries(&other), Entries::new());
        book.set(&other, &Entries::new());
        assert_eq!(book.entries(&acme), Entries::new());
    }

    #[test]
    fn of_two_times_the_later_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"format": 1, "vendors": {"acme": {"place": "https://acme.example.com",
            "accounts": [
                {"email": "a@x.com", "since": "2026-01-05T00:00:00Z", "how": "seen"},
                {"email": "A@x.com", "since": "2026-01-02T00:00:00Z", "how": "switched_off"}
            ]}}}"#;
        fs::write(folder.path().join(KEY), text).unwrap();
        let entries = DeactivationFile::load(&State::folder(folder.path()))
            .unwrap()
            .entries(&settings(&API));
        let entry = &entries[&Who::Email(EmailKey::of("a@x.com"))];
        assert_eq!(
            entry.since.time_in_words(),
            "since before 2026-01-05T00:00:00Z"
        );
    }

    #[test]
    fn a_file_that_cannot_be_had_is_not_called_damaged() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(KEY)).unwrap();
        let error = DeactivationFile::load(&State::folder(folder.path())).unwrap_err();
        assert!(matches!(error, OffError::Unreachable { .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_an_error_that_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let account = r#"{"format": 1, "vendors": {"acme": {"place": "p", "accounts": [{}]}}}"#;
        for text in ["", "{}", "{\"format\":2,\"vendors\":{}}", "[]", account] {
            fs::write(folder.path().join(KEY), text).unwrap();
            let error = DeactivationFile::load(&State::folder(folder.path()))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(KEY) && error.contains("moved away"),
                "{error}"
            );
        }
    }
}
