//! How many accounts each vendor's list had when an apply last went by it: `reads.json` in the
//! folder of the state. Only an apply writes it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::reconcile::current::LastRead;

/// The only format so far.
const FORMAT: u32 = 1;

/// Why the sizes cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum ReadsError {
    /// The file is there and cannot be read. The safety rule that needs it would be lost in
    /// silence, so nothing is read without it.
    #[error("{path} cannot be read ({reason}); restore it, or delete it to begin anew")]
    Load {
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

/// The sizes, by the vendor's name in the roster.
pub type Sizes = BTreeMap<Box<str>, LastRead>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    vendors: BTreeMap<Box<str>, Size>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    accounts: u64,
    read_at: jiff::Timestamp,
}

/// Reads the sizes; empty where no apply has written any.
///
/// # Errors
/// [`ReadsError::Load`].
pub fn load(state: &Path) -> Result<Sizes, ReadsError> {
    let path = state.join("reads.json");
    let failed = |reason: String| ReadsError::Load {
        path: path.display().to_string(),
        reason,
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sizes::new()),
        Err(error) => return Err(failed(error.to_string())),
    };
    let document: Document =
        serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    if document.format != FORMAT {
        return Err(failed(format!(
            "format {} is not known here, only {FORMAT}",
            document.format
        )));
    }
    let sizes = document.vendors.into_iter().map(|(name, size)| {
        let Size { accounts, read_at } = size;
        (name, LastRead { accounts, read_at })
    });
    Ok(sizes.collect())
}

/// Adds these sizes to the file, whole or not at all. Vendors that are not among them keep theirs.
///
/// # Errors
/// [`ReadsError`].
pub fn save(state: &Path, sizes: Sizes) -> Result<(), ReadsError> {
    if sizes.is_empty() {
        return Ok(());
    }
    let mut all = load(state)?;
    all.extend(sizes);
    let document = Document {
        format: FORMAT,
        vendors: all
            .into_iter()
            .map(|(name, LastRead { accounts, read_at })| (name, Size { accounts, read_at }))
            .collect(),
    };
    write(state, &document).map_err(|error| ReadsError::Save {
        path: state.join("reads.json").display().to_string(),
        reason: error.to_string(),
    })
}

fn write(state: &Path, document: &Document) -> io::Result<()> {
    fs::create_dir_all(state)?;
    let mut file = tempfile::NamedTempFile::new_in(state)?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(state.join("reads.json"))
        .map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(entries: &[(&str, u64)]) -> Sizes {
        let read_at = jiff::Timestamp::UNIX_EPOCH;
        let size = |accounts| LastRead { accounts, read_at };
        let entries = entries.iter();
        entries
            .map(|(name, accounts)| (Box::from(*name), size(*accounts)))
            .collect()
    }

    #[test]
    fn what_is_saved_is_loaded_and_other_vendors_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("new");
        assert_eq!(load(&state).unwrap(), Sizes::new());
        save(&state, Sizes::new()).unwrap();
        assert!(!state.exists(), "nothing to keep makes no folder");
        save(&state, sizes(&[("a", 1), ("b", 2)])).unwrap();
        save(&state, sizes(&[("b", 3)])).unwrap();
        assert_eq!(load(&state).unwrap(), sizes(&[("a", 1), ("b", 3)]));
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_an_error_that_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{}", "{\"format\":2,\"vendors\":{}}"] {
            fs::write(folder.path().join("reads.json"), text).unwrap();
            let error = load(folder.path()).unwrap_err().to_string();
            assert!(
                error.contains("reads.json") && error.contains("delete it"),
                "{error}"
            );
            assert!(save(folder.path(), sizes(&[("a", 1)])).is_err());
        }
    }
}
