//! The record written whole: JSON in and out, the lock, and the replacement in one step.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Accounts, Entry, RecordError};
use crate::model::digest::Digest;
use crate::model::email::EmailKey;
use crate::state::whole::{self, Real};

/// The only format so far.
const FORMAT: u32 = 1;

/// The whole file.
#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    format: u32,
    vendor: Box<str>,
    /// In a store: how far it goes. Means nothing in a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<Through>,
    #[serde(deserialize_with = "unique")]
    pub(super) accounts: Accounts,
    #[serde(flatten)]
    extra: serde_json::Map<String, serde_json::Value>,
}

/// How far a document goes that has parts beside it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Through {
    /// The last part that it holds.
    pub(super) part: u64,
    /// The highest lease that wrote any of it.
    #[serde(default)]
    pub(super) epoch: u64,
    /// The part with which a later run shut out an earlier one. It stays, so that its number does
    /// not come free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fence: Option<u64>,
}

impl Document {
    pub(super) fn new(vendor: &str, accounts: Accounts) -> Self {
        Self {
            format: FORMAT,
            vendor: vendor.into(),
            log: None,
            accounts,
            extra: serde_json::Map::new(),
        }
    }
}

/// Waits for the lock of the record at `target` and takes it; it ends with the value. Creates the
/// folder where it is missing.
pub(super) fn lock(target: &Path) -> io::Result<File> {
    fs::create_dir_all(whole::folder(target))?;
    // A lock on the record itself would be lost with each replacement. The lock file stays:
    // removing it would let two writers lock two different files of that name.
    let held = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(target, ".lock"))?;
    held.lock()?;
    Ok(held)
}

/// The file behind a link, or a rename would put a file in the link's place.
pub(super) fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The text of a record. `path` is for errors.
pub(super) fn parse(path: &Path, vendor: &str, bytes: &[u8]) -> Result<Document, RecordError> {
    let damaged = |reason: String| RecordError::Damaged {
        path: path.display().to_string(),
        reason,
    };
    let foreign = |reason: String| RecordError::Foreign {
        path: path.display().to_string(),
        reason,
    };
    /// Read first, so that a later format is not called damaged.
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(damaged(String::from("the file is empty")));
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if head.format != FORMAT {
        return Err(foreign(format!(
            "has format {}, this version knows {FORMAT}; use the version that wrote it",
            head.format
        )));
    }
    let mut document: Document =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if &*document.vendor != vendor {
        return Err(foreign(format!(
            "belongs to the vendor {:?}, not to {vendor:?}; give each vendor a record of its own, \
             or correct \"vendor\" in it after a rename",
            document.vendor
        )));
    }
    let accounts = keyed_anew(document.accounts, |entry| Some(entry));
    document.accounts = accounts.map_err(damaged)?;
    Ok(document)
}

/// Entries under the keys that their addresses have. Earlier versions made keys by another rule;
/// an entry that is under neither key is somebody's mistake.
pub(super) fn keyed_anew<T>(
    entries: BTreeMap<EmailKey<'static>, T>,
    entry: impl Fn(&T) -> Option<&Entry>,
) -> Result<BTreeMap<EmailKey<'static>, T>, String> {
    let has_its_key = |(key, it): (&EmailKey<'_>, &T)| {
        entry(it).is_none_or(|entry| EmailKey::of(&entry.email) == *key)
    };
    if entries.iter().all(has_its_key) {
        return Ok(entries);
    }
    let mut anew = BTreeMap::new();
    for (key, it) in entries {
        let own = match entry(&it) {
            None => key,
            Some(Entry { email, .. }) => {
                let own = EmailKey::of(email).into_owned();
                if own != key && EmailKey::of(&email.trim().to_lowercase()) != key {
                    return Err(format!(
                        "the account under {:?} has the e-mail {email:?}",
                        key.as_str()
                    ));
                }
                own
            }
        };
        if anew.contains_key(&own) {
            return Err(format!("two accounts have the address {own}"));
        }
        anew.insert(own, it);
    }
    Ok(anew)
}

/// The text of a document.
pub(super) fn text(document: &Document) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes the whole file anew with the mode that it has, and returns the digest of what was written.
pub(super) fn replace(target: &Path, document: &Document) -> io::Result<Digest> {
    let text = text(document)?;
    let mode = fs::metadata(target).ok().map(|old| old.permissions());
    whole::replace(target, &text, mode, &Real)?;
    Ok(Digest::of_bytes(&text))
}

/// The file of that name with `suffix` after it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A map whose keys are all different. A Git merge can leave an account in twice, and taking the
/// last one would be a guess.
pub(super) fn unique<'de, D, K, T>(source: D) -> Result<BTreeMap<K, T>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + ToString,
    T: Deserialize<'de>,
{
    struct Unique<K, T>(PhantomData<(K, T)>);

    impl<'de, K, T> Visitor<'de> for Unique<K, T>
    where
        K: Deserialize<'de> + Ord + ToString,
        T: Deserialize<'de>,
    {
        type Value = BTreeMap<K, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<K, T>()? {
                if out.contains_key(&key) {
                    return Err(A::Error::custom(format!(
                        "the key {:?} is there twice",
                        key.to_string()
                    )));
                }
                out.insert(key, value);
            }
            Ok(out)
        }
    }

    source.deserialize_map(Unique(PhantomData))
}
