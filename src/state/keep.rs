//! For how long journals, inventories and notes are kept: by age, and never by number.

use jiff::Span;
use jiff::Timestamp;
use jiff::civil::Date;

use super::State;
use super::inventories::{self, Inventories};
use super::journal::{JournalError, parts};
use super::notes::{self, KeepError, month_of};
use crate::model::inventory::day_of;
use crate::model::note::NoteEvent;
use crate::model::off::Grace;

/// What was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// What is younger stayed.
    pub before: Date,
    /// Journals.
    pub journals: usize,
    /// Months of inventories and of notes.
    pub months: usize,
}

/// Why old things stay.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// A journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A note.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

/// Drops what is older than that, and notes it; `None`: there was nothing.
///
/// # Errors
/// [`DropError`].
pub fn drop_old(state: &State, keep: Grace, now: Timestamp) -> Result<Option<Dropped>, DropError> {
    let before = day_of(now).saturating_sub(Span::new().days(i64::from(keep.0)));
    let store = state.store();
    let may = state.tenure().check();
    may.map_err(KeepError::from)?;
    let journals = parts::drop_before(store, before)?;
    let months = drop_months(state, before)?;
    if journals + months == 0 {
        return Ok(None);
    }
    let event = NoteEvent::Dropped {
        before,
        journals,
        months,
    };
    notes::add(state, now, event)?;
    Ok(Some(Dropped {
        before,
        journals,
        months,
    }))
}

/// Months that are over. Of inventories the last one before that day still counts on it, so a month
/// goes only when another one begins in between.
fn drop_months(state: &State, before: Date) -> Result<usize, KeepError> {
    let store = state.store();
    let first = month_of(before);
    let mut dropped = 0;
    for month in notes::months(store)?.iter().filter(|it| **it < first) {
        store.delete(&notes::key(month))?;
        dropped += 1;
    }
    for vendor in inventories::vendors(store)? {
        let kept = Inventories::of(store, &vendor)?;
        let mut old = kept.months().iter().filter(|it| **it < first);
        let Some(counts) = old.next_back() else {
            continue;
        };
        for (month, keys) in Inventories::objects(store, &vendor)? {
            if month < *counts {
                for key in keys {
                    store.delete(&key)?;
                }
                dropped += 1;
            }
        }
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::inventory::{AdminWords, Inventory, LastLogins};
    use crate::model::note::ReadProof;
    use crate::model::plan::OwnSeen;
    use crate::state::journal::Journal;
    use crate::state::journal::event::RunEnded;
    use crate::state::journal::story::tests::head;
    use crate::state::store::testing::Memory;

    fn at(day: &str) -> Timestamp {
        format!("{day}T02:00:00Z").parse().unwrap()
    }

    async fn run(state: &State, day: &str) {
        let journal = Journal::create_in(state, at(day)).unwrap();
        journal.start(head()).await.unwrap();
        journal.end(RunEnded::of(&[])).await.unwrap();
    }

    fn read(state: &State, day: &str, place: &str) {
        let inventory = Inventory {
            kind: "acme".into(),
            place: place.into(),
            admins: AdminWords(BTreeMap::new()),
            holders: BTreeMap::new(),
        };
        let proof = ReadProof {
            accounts: 0,
            pages: 1,
            counted: None,
            own: OwnSeen::Seen,
        };
        inventories::keep(state, "acme", &inventory, at(day), &proof).unwrap();
        notes::add(state, at(day), NoteEvent::Erased { changed: 0 }).unwrap();
    }

    fn place(state: &State, day: &str) -> Option<Box<str>> {
        let kept = Inventories::of(state.store(), "acme").unwrap();
        let found = kept.at(day.parse().unwrap()).unwrap();
        found.map(|(inventory, _)| inventory.place)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_younger_stays_and_what_is_older_goes_in_folders_and_stores() {
        let folder = tempfile::tempdir().unwrap();
        for state in [
            State::folder(folder.path().join("state")),
            State::new(Arc::new(Memory::default())),
        ] {
            for day in ["2026-01-05", "2026-02-10", "2026-04-01"] {
                run(&state, day).await;
                read(&state, day, day);
            }
            let logins = LastLogins::from([("id 1".into(), at("2026-01-04"))]);
            inventories::keep_logins(&state, "acme", &logins, at("2026-01-05")).unwrap();
            let keep = |now: &str| drop_old(&state, Grace(60), at(now)).unwrap();
            assert_eq!(keep("2026-03-05"), None);
            let dropped = keep("2026-05-01").unwrap();
            let cutoff: Date = "2026-03-02".parse().unwrap();
            // Two journals, two months of notes, and January's inventory: February's counts.
            assert_eq!(
                dropped,
                Dropped {
                    before: cutoff,
                    journals: 2,
                    months: 3
                }
            );
            assert_eq!(parts::list(state.store()).unwrap().len(), 1);
            assert_eq!(place(&state, "2026-03-02").as_deref(), Some("2026-02-10"));
            assert_eq!(place(&state, "2026-01-31"), None);
            let kept = Inventories::objects(state.store(), "acme").unwrap();
            let months: Vec<&str> = kept.keys().map(String::as_str).collect();
            assert_eq!(months, ["2026-02", "2026-04"]);
            assert_eq!(keep("2026-05-01"), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_did_not_end_is_kept_however_old_it_is() {
        let state = State::new(Arc::new(Memory::default()));
        let journal = Journal::create_in(&state, at("2025-01-01")).unwrap();
        journal.start(head()).await.unwrap();
        assert_eq!(drop_old(&state, Grace(1), at("2026-01-01")).unwrap(), None);
        assert_eq!(parts::list(state.store()).unwrap().len(), 1);
    }
}
