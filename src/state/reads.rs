//! How many accounts each vendor's list had when an apply last went by it: `reads.json`. Only an
//! apply writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::small::{self, SmallError};
use crate::model::current::LastRead;

pub(super) const KEY: &str = "reads.json";

/// The sizes, by the vendor's name in the roster.
pub type Sizes = BTreeMap<Box<str>, LastRead>;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Content {
    vendors: BTreeMap<Box<str>, Size>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    accounts: u64,
    read_at: jiff::Timestamp,
}

/// Reads the sizes; empty where no apply has written any.
///
/// # Errors
/// [`SmallError`].
pub fn load(state: &State) -> Result<Sizes, SmallError> {
    let content: Option<Content> = small::load(state, KEY)?;
    let vendors = content.map(|it| it.vendors).unwrap_or_default().into_iter();
    let sizes = vendors.map(|(name, size)| {
        let Size { accounts, read_at } = size;
        (name, LastRead { accounts, read_at })
    });
    Ok(sizes.collect())
}

/// Adds these sizes. Vendors that are not among them keep theirs.
///
/// # Errors
/// [`SmallError`].
pub fn save(state: &State, sizes: &Sizes) -> Result<(), SmallError> {
    if sizes.is_empty() {
        return Ok(());
    }
    small::update(state, KEY, |content: Option<Content>| {
        let mut vendors = content.map(|it| it.vendors).unwrap_or_default();
        vendors.extend(sizes.iter().map(|(name, last)| {
            let LastRead { accounts, read_at } = *last;
            (name.clone(), Size { accounts, read_at })
        }));
        Content { vendors }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::super::store::Store as _;
    use super::super::store::testing::{Fault, Memory};
    use super::*;
    use crate::http::Moment;

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
        let path = folder.path().join("new");
        for state in [
            State::folder(&path),
            State::new(Arc::new(Memory::default())),
        ] {
            assert_eq!(load(&state).unwrap(), Sizes::new());
            save(&state, &Sizes::new()).unwrap();
            assert!(!path.exists() || state.store().get(KEY).unwrap().is_none());
            save(&state, &sizes(&[("a", 1), ("b", 2)])).unwrap();
            save(&state, &sizes(&[("b", 3)])).unwrap();
            assert_eq!(load(&state).unwrap(), sizes(&[("a", 1), ("b", 3)]));
        }
        let text = fs::read_to_string(path.join(KEY)).unwrap();
        assert!(text.starts_with("{\n  \"format\": 1,\n"), "{text}");
    }

    #[test]
    fn a_damaged_file_is_an_error_that_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::folder(folder.path());
        for text in ["", "{}", "{\"format\":2,\"vendors\":{}}", "{\"format\":1}"] {
            fs::write(folder.path().join(KEY), text).unwrap();
            let error = load(&state).unwrap_err().to_string();
            assert!(
                error.contains("reads.json") && error.contains("delete it"),
                "{error}"
            );
            assert!(save(&state, &sizes(&[("a", 1)])).is_err());
        }
    }

    #[test]
    fn a_run_that_lost_its_lease_writes_nothing() {
        let memory = Arc::new(Memory::default());
        let (zombie, next) = (State::new(memory.clone()), State::new(memory.clone()));
        save(&zombie, &sizes(&[("a", 1)])).unwrap();
        let later = Moment::now().after(std::time::Duration::from_secs(600));
        zombie.tenure().begin(4, "zombie", later);
        next.tenure().begin(5, "next", later);
        small::fence(&next, KEY).unwrap();
        let before = memory.writes();
        let error = save(&zombie, &sizes(&[("a", 2)])).unwrap_err();
        assert!(error.to_string().contains("a later run"), "{error}");
        assert_eq!(memory.writes(), before);
        save(&next, &sizes(&[("a", 3)])).unwrap();
        assert_eq!(load(&next).unwrap(), sizes(&[("a", 3)]));
        // A first version has no number to tell by, so the lease itself is asked.
        memory.delete(KEY).unwrap();
        let error = save(&zombie, &sizes(&[("a", 2)])).unwrap_err();
        assert!(error.to_string().contains("another's"), "{error}");
    }

    #[test]
    fn a_lost_answer_is_no_second_change() {
        let memory = Arc::new(Memory::default());
        let state = State::new(memory.clone());
        memory.fail_next(&[Fault::Answer]);
        save(&state, &sizes(&[("a", 1)])).unwrap();
        assert_eq!(
            (memory.writes(), load(&state).unwrap()),
            (1, sizes(&[("a", 1)]))
        );
    }
}
