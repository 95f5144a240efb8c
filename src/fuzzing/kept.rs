//! What the program kept itself, and somebody may have changed: journals, records, everything in the state.

use std::sync::Arc;

use jiff::Timestamp;

use super::parts;
use super::roster::TODAY;
use crate::model::inventory::Inventory;
use crate::model::note::ReadProof;
use crate::model::plan::OwnSeen;
use crate::state::inventories::Inventories;
use crate::state::journal::chain::{self, Chain};
use crate::state::journal::event::Entry;
use crate::state::journal::parts as journals;
use crate::state::journal::story::runs;
use crate::state::journal::undo::deeds;
use crate::state::record::{Record, RecordPlace};
use crate::state::store::testing::Memory;
use crate::state::store::{If, Put, Store as _};
use crate::state::{State, gone, lease, notes, off, reads, reviews, success, thrown};

/// The vendor of the state.
const VENDOR: &str = "surecloud";

/// A journal is read line by line, whatever it looks like; what was sealed is read back; a change of one byte
/// shows.
pub(super) fn journal(bytes: &[u8]) {
    let chain = told(bytes);
    assert_eq!(chain.whole + chain.torn, bytes.len() as u64);
    // The fuzzer cannot find a hash, so it is given one for each entry that it finds.
    let mut text = String::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut prev = None;
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(mut entry) = serde_json::from_slice::<Entry>(line) else {
            continue;
        };
        entry.seq = entries.len() as u64 + 1;
        entry.prev = prev.take();
        let (line, hash) = chain::seal(&entry);
        text.push_str(&line);
        prev = Some(hash);
        entries.push(entry);
    }
    let sealed = told(text.as_bytes());
    assert_eq!(sealed.flaws, []);
    assert_eq!((sealed.entries, sealed.torn), (entries, 0));
    let mut changed = text.into_bytes();
    let place = bytes.len() % changed.len().max(1);
    if let Some(byte) = changed.get_mut(place) {
        *byte ^= 1;
        let chain = told(&changed);
        assert!(!chain.is_sound() || chain.torn > 0, "byte {place}");
    }
}

/// Everything that is told of a journal.
fn told(bytes: &[u8]) -> Chain {
    let chain = chain::read(bytes);
    for run in runs(&chain.entries) {
        let count = run.in_flight().count();
        assert!(count <= run.steps.len());
        let deeds = deeds(&run);
        assert!(deeds.done.len() + deeds.unclear.len() <= run.steps.len());
    }
    chain
}

/// A state in which anything stands under any name is read or refused. A record that is read is the same once
/// it was written.
pub(super) fn state(bytes: &[u8]) {
    let memory = Arc::new(Memory::default());
    for (key, body) in parts(bytes) {
        let put = memory.put(&key, body, &If::Absent);
        assert!(matches!(put, Ok(Put::Done(_) | Put::Taken)));
    }
    let state = State::new(memory.clone());
    let store = state.store();
    // Refusing is right; only a panic is not.
    let _ = lease::look(store);
    let _ = gone::Gone::load(&state);
    let _ = off::DeactivationFile::load(&state);
    let _ = reads::load(&state);
    let _ = reviews::load(&state);
    let _ = success::load(&state);
    let _ = thrown::left(&state, VENDOR);
    let _ = notes::load(store, TODAY, TODAY);
    for listed in journals::list(store).unwrap_or_default() {
        let _ = journals::load(&state, &listed.run);
    }
    kept_inventories(&state);
    record(&state);
}

/// What is kept of a vendor is what was read last, whatever stood there before.
fn kept_inventories(state: &State) {
    let kept = Inventories::of(state.store(), VENDOR);
    let _ = kept.map(|it| it.between(TODAY, TODAY));
    let inventory = Inventory {
        kind: VENDOR.into(),
        ..Inventory::default()
    };
    let at: Timestamp = "2026-01-05T02:00:00Z".parse().expect("a time");
    let proof = ReadProof {
        accounts: 0,
        pages: 1,
        counted: None,
        own: OwnSeen::Unknown,
    };
    let keep = crate::state::inventories::keep;
    if keep(state, VENDOR, &inventory, at, &proof).is_ok() {
        let again = keep(state, VENDOR, &inventory, at, &proof);
        assert_eq!(again.ok(), Some(false), "the same is kept once");
    }
}

fn record(state: &State) {
    let place = RecordPlace::State(state.clone(), VENDOR.into());
    let record = Record::new(place.clone(), VENDOR, Vec::new());
    let Ok(accounts) = record.load() else {
        return;
    };
    for (key, entry) in &accounts {
        assert_eq!(entry.account().email_key(), *key);
    }
}
