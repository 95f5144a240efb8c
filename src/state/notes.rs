//! Notes of reads and runs: `notes/2026-01.ndjson`, one object a month, each line with the hash of
//! the one before, as in a journal.
//!
//! They are few and short: an apply writes two, and `access --keep` one. A month is written whole,
//! under the condition that nobody wrote in between.

use jiff::Timestamp;
use jiff::civil::Date;

use super::State;
use super::journal::chain;
use super::small::Busy;
use super::store::{If, Put, Store, StoreError, put};
use crate::http::Lost;
use crate::model::inventory::day_of;
use crate::model::note::{Note, NoteEvent, Notes};

pub(super) const FOLDER: &str = "notes";
pub(super) const SUFFIX: &str = ".ndjson";

/// Tries against others who write the same month.
const TRIES: usize = 20;

/// Why a note cannot be kept, or notes not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// This run may not write any more.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// Too many others write it.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// What is there cannot be understood.
    #[error("{place}/{key} cannot be read ({reason}); restore it, or move it away")]
    Damaged {
        /// Of the store.
        place: String,
        /// What.
        key: String,
        /// Why not.
        reason: String,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The month of a day, as keys have it.
pub(super) fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The months that are kept, oldest first.
///
/// # Errors
/// [`StoreError`].
pub(super) fn months(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let keys = store.list(FOLDER)?;
    let name = |key: &String| {
        let name = key.strip_prefix(FOLDER)?.strip_prefix('/')?;
        Some(name.strip_suffix(SUFFIX)?.to_owned())
    };
    Ok(keys.iter().filter_map(name).collect())
}

pub(super) fn key(month: &str) -> String {
    format!("{FOLDER}/{month}{SUFFIX}")
}

/// Adds a note.
///
/// # Errors
/// [`KeepError`].
pub fn add(state: &State, at: Timestamp, event: NoteEvent) -> Result<(), KeepError> {
    let store = state.store();
    let key = key(&month_of(day_of(at)));
    for _ in 0..TRIES {
        state.tenure().check()?;
        let there = store.get(&key)?;
        let (mut bytes, version) = match there {
            Some(there) => (there.bytes, Some(there.stat.version)),
            None => (Vec::new(), None),
        };
        let prev = match version {
            Some(_) => read(&bytes, &key, None).last,
            None => last_before(store, &key)?,
        };
        let note = Note {
            at,
            prev,
            event: event.clone(),
        };
        bytes.extend_from_slice(chain::seal(&note).0.as_bytes());
        if put(store, &key, &bytes, &If::still(version.as_ref()))? != Put::Taken {
            return Ok(());
        }
    }
    Err(Busy::new(store.place(), key).into())
}

/// The hash of the last note of the months before one.
fn last_before(store: &dyn Store, key_of_month: &str) -> Result<Option<Box<str>>, KeepError> {
    let mut earlier = months(store)?;
    earlier.retain(|month| *key(month) < *key_of_month);
    let Some(month) = earlier.last() else {
        return Ok(None);
    };
    let key = key(month);
    let stored = store.get(&key)?;
    Ok(stored.and_then(|it| read(&it.bytes, &key, None).last))
}

/// Reads the notes of these days and of the rest of their months.
///
/// # Errors
/// [`StoreError`].
pub fn load(store: &dyn Store, from: Date, to: Date) -> Result<Notes, StoreError> {
    let (from, to) = (month_of(from), month_of(to));
    let mut months = months(store)?;
    months.retain(|month| (&from..=&to).contains(&month));
    let mut all = Notes::default();
    for month in months {
        let key = key(&month);
        let Some(stored) = store.get(&key)? else {
            continue;
        };
        let before = (!all.notes.is_empty()).then(|| all.last.clone());
        let Notes { notes, flaws, last } = read(&stored.bytes, &key, before);
        all.notes.extend(notes);
        all.flaws.extend(flaws);
        all.last = last;
    }
    Ok(all)
}

/// The lines of the notes of these days' months as they are, by the name of each.
///
/// # Errors
/// [`StoreError`].
pub fn bytes(
    store: &dyn Store,
    from: Date,
    to: Date,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let (from, to) = (month_of(from), month_of(to));
    let mut found = Vec::new();
    for month in months(store)? {
        if (&from..=&to).contains(&&month)
            && let Some(stored) = store.get(&key(&month))?
        {
            found.push((format!("{month}{SUFFIX}"), stored.bytes));
        }
    }
    Ok(found)
}

/// Reads the lines of one month, or of several that were put together. `before` is the hash that the
/// first one has to name; `None`: any.
pub fn read(bytes: &[u8], key: &str, before: Option<Option<Box<str>>>) -> Notes {
    let mut all = Notes::default();
    let mut before = before;
    let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
    let mut number = 0;
    while let Some(line) = lines.next() {
        number += 1;
        if lines.peek().is_none() {
            if !line.is_empty() {
                all.flaws.push(format!("{key}:{number}: the line is torn"));
            }
            break;
        }
        let mut flaw = |what: &str| all.flaws.push(format!("{key}:{number}: {what}"));
        let (body, hash, fits) = match chain::unseal(line) {
            Ok(parts) => parts,
            Err(why) => {
                flaw(&format!("is no note: {why}"));
                continue;
            }
        };
        if !fits {
            flaw("was changed after it was written: its hash does not fit");
        }
        match serde_json::from_str::<Note>(&body) {
            Ok(note) => {
                if before.as_ref().is_some_and(|before| *before != note.prev) {
                    flaw(
                        "does not follow the line before it: lines are missing, swapped or put in",
                    );
                }
                all.notes.push(note);
            }
            Err(error) => flaw(&format!("is no note: {error}")),
        }
        before = Some(Some(hash.clone()));
        all.last = Some(hash);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::store::testing::{Fault, Memory};
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn erased(changed: usize) -> NoteEvent {
        NoteEvent::Erased { changed }
    }

    fn all(state: &State) -> Notes {
        let days = ["2026-01-01", "2026-12-31"].map(|it| it.parse().unwrap());
        load(state.store(), days[0], days[1]).unwrap()
    }

    fn written() -> (Arc<Memory>, State) {
        let memory = Arc::new(Memory::default());
        let state = State::new(memory.clone());
        for (number, time) in (1..).zip(["2026-01-05T02:00:00Z", "2026-01-06T02:00:00Z"]) {
            add(&state, at(time), erased(number)).unwrap();
        }
        add(&state, at("2026-02-01T02:00:00Z"), erased(3)).unwrap();
        (memory, state)
    }

    #[test]
    fn months_are_one_chain() {
        let (memory, state) = written();
        let notes = all(&state);
        assert_eq!((notes.notes.len(), notes.flaws), (3, Vec::new()));
        assert_eq!(notes.notes[0].prev, None);
        assert!(notes.notes[2].prev.is_some());
        let january = "notes/2026-01.ndjson";
        let bytes = memory.get(january).unwrap().unwrap().bytes;
        let first = bytes.iter().position(|it| *it == b'\n').unwrap() + 1;
        // The second line is taken away: the next month does not follow.
        memory.delete(january).unwrap();
        put(&*memory, january, &bytes[..first], &If::Absent).unwrap();
        let flaws = all(&state).flaws;
        assert!(
            flaws[0].contains("notes/2026-02.ndjson:1: does not follow"),
            "{flaws:?}"
        );
    }

    #[test]
    fn a_changed_line_is_found() {
        let (memory, state) = written();
        let january = "notes/2026-01.ndjson";
        let bytes = memory.get(january).unwrap().unwrap().bytes;
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("\"changed\":2", "\"changed\":9");
        memory.delete(january).unwrap();
        put(&*memory, january, text.as_bytes(), &If::Absent).unwrap();
        let flaws = all(&state).flaws;
        assert!(
            flaws[0].contains("notes/2026-01.ndjson:2: was changed"),
            "{flaws:?}"
        );
    }

    #[test]
    fn a_lost_answer_is_no_second_note() {
        let (memory, state) = written();
        memory.fail_next(&[Fault::Answer]);
        add(&state, at("2026-02-02T02:00:00Z"), erased(4)).unwrap();
        assert_eq!(all(&state).notes.len(), 4);
    }
}
