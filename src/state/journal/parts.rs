//! The journal among the state: the parts of an append log.
//!
//! Lines that wait at the same time go up together as one part, so that a call to a distant store
//! is shared by all actions under way. The next number can be claimed once only: a run that takes
//! over an unfinished journal claims it, and whatever the dead one still tries to announce is
//! refused. When a run has ended its parts become one object, `journal/RUN.ndjson`. Where the state is
//! a folder, what is in no part yet outlives the process in `tail`.

mod tail;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::chain::{self, Chain};
use super::error::JournalError;
use super::event::{Entry, Event};
use super::sink::Sink;
use crate::state::State;
use crate::state::log::{AppendLog, SUFFIX};
use crate::state::store::{If, Store, put};
use tail::{Behind, Tail};

const FOLDER: &str = "journal";
/// The parts of one run.
pub(super) struct Parts {
    state: State,
    run: Box<str>,
    /// The journal is of this run itself.
    own: bool,
    waiting: Mutex<Waiting>,
    /// The number that the next part claims; held while it is written.
    next: Mutex<u64>,
}

/// Lines that are in no part yet.
#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Where they are besides, from the first part on.
    tail: Option<Tail>,
}

impl Parts {
    /// A journal for a new run. Its first part is written with its first event.
    pub(super) fn create(state: &State, now: Timestamp) -> Result<Self, JournalError> {
        let nonce = state.here().nonce();
        let short = nonce.get(..8).unwrap_or_default();
        let run = format!("{}-{short}", now.strftime("%Y-%m-%dT%H%M%SZ"));
        Ok(Self::new(state, &run, true, 1))
    }

    /// The journal of an earlier run, to be continued, and what is in it.
    pub(super) fn resume(state: &State, run: &str) -> Result<(Self, Chain), JournalError> {
        let (bytes, parts, behind) = read_all(state, run)?;
        let chain = chain::read(&bytes);
        if let Some(flaw) = chain.flaws.first() {
            return Err(JournalError::Unsound {
                path: place(state.store(), run),
                flaw: flaw.clone(),
            });
        }
        let this = Self::new(state, run, false, parts + 1);
        let tail = Tail::create(state, run, &behind);
        *lock(&this.waiting) = Waiting {
            tail: tail.map_err(|error| JournalError::Unwritten(error.to_string()))?,
            lines: behind.lines,
        };
        Ok((this, chain))
    }

    fn new(state: &State, run: &str, own: bool, next: u64) -> Self {
        Self {
            state: state.clone(),
            run: run.into(),
            own,
            waiting: Mutex::default(),
            next: Mutex::new(next),
        }
    }
}

impl Sink for Parts {
    fn place(&self) -> String {
        place(self.state.store(), &self.run)
    }

    fn write(&self, line: &str) -> Result<(), String> {
        let mut waiting = lock(&self.waiting);
        waiting.lines.extend_from_slice(line.as_bytes());
        let told = waiting.tail.as_ref().map(|it| it.write(line.as_bytes()));
        told.unwrap_or(Ok(())).map_err(|error| error.to_string())
    }

    fn flush(&self) -> Result<(), String> {
        let mut next = lock(&self.next);
        let lines = std::mem::take(&mut lock(&self.waiting).lines);
        if lines.is_empty() {
            return Ok(());
        }
        let may = self.state.tenure().check();
        may.map_err(|lost| lost.to_string())?;
        // Every line holds a time and the hash of the line before: nobody else writes the same.
        match log(self.state.store(), &self.run).claim(*next, &lines) {
            Ok(true) => {
                *next += 1;
                let mut waiting = lock(&self.waiting);
                if waiting.tail.is_none() {
                    let behind = Behind {
                        lines: waiting.lines.clone(),
                        lost: false,
                    };
                    let tail = Tail::create(&self.state, &self.run, &behind);
                    waiting.tail = tail.map_err(|error| error.to_string())?;
                }
                Ok(())
            }
            Ok(false) => {
                let why = "another run has taken its journal over";
                if self.own {
                    self.state.tenure().lose(why);
                }
                Err(String::from(why))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn delay(&self) -> Option<Duration> {
        self.state.store().delay()
    }

    fn outlives(&self) -> bool {
        self.state.store().folder().is_some()
    }

    fn close(&self) -> Result<(), String> {
        merge(&self.state, &self.run).map_err(|error| error.to_string())
    }
}

/// Reads the journal of a run among the state, sound or not.
///
/// # Errors
/// [`JournalError`].
pub fn load(state: &State, run: &str) -> Result<Chain, JournalError> {
    let store = state.store();
    if let Some(stored) = store.get(&whole_key(run))? {
        return Ok(chain::read(&stored.bytes));
    }
    let (bytes, parts, behind) = read_all(state, run)?;
    if parts == 0 {
        return Err(JournalError::Missing(run.to_owned()));
    }
    Ok(Chain {
        lost: behind.lost,
        ..chain::read(&bytes)
    })
}

/// The lines of a journal as they are.
///
/// # Errors
/// [`JournalError`].
pub fn bytes(store: &dyn Store, run: &str) -> Result<Vec<u8>, JournalError> {
    match store.get(&whole_key(run))? {
        Some(stored) => Ok(stored.bytes),
        None => Ok(read(store, run)?.0),
    }
}

/// A journal among the state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The run.
    pub run: Box<str>,
    /// Whether its run came to its end.
    pub ended: bool,
    /// Parts that lie there.
    pub parts: usize,
}

/// All journals that are kept, oldest first.
///
/// # Errors
/// [`JournalError`].
pub fn list(store: &dyn Store) -> Result<Vec<Listed>, JournalError> {
    let mut found: BTreeMap<Box<str>, Listed> = BTreeMap::new();
    for key in store.list(FOLDER)? {
        let name = key.strip_prefix(FOLDER).unwrap_or(&key);
        let name = name.trim_start_matches('/');
        let (run, is_part) = match name.split_once('/') {
            Some((run, _)) => (run, true),
            None => (name.strip_suffix(SUFFIX).unwrap_or(name), false),
        };
        let listed = found.entry(run.into()).or_insert_with(|| Listed {
            run: run.into(),
            ended: false,
            parts: 0,
        });
        listed.ended |= !is_part;
        listed.parts += usize::from(is_part);
    }
    Ok(found.into_values().collect())
}

/// The runs that did not come to their end, newest first.
///
/// # Errors
/// [`JournalError`].
pub fn unfinished(store: &dyn Store) -> Result<Vec<Box<str>>, JournalError> {
    let mut found = list(store)?;
    found.retain(|it| !it.ended);
    Ok(found.into_iter().rev().map(|it| it.run).collect())
}

/// Puts the parts of an ended run together.
///
/// # Errors
/// [`JournalError`]; the parts then stay.
pub fn merge(state: &State, run: &str) -> Result<(), JournalError> {
    let store = state.store();
    let (bytes, parts, _) = read_all(state, run)?;
    let may = state.tenure().check();
    may.map_err(|lost| JournalError::Unwritten(lost.to_string()))?;
    // One that is there already was complete before the first part went away.
    put(store, &whole_key(run), &bytes, &If::Absent)?;
    remove_tail(store, run)?;
    let chain = chain::read(&bytes);
    let taken_over = |entry: &Entry| matches!(entry.event, Event::TakenOver { .. });
    if chain.entries.iter().any(taken_over) {
        // Its number has to stay taken, in case the run that it shut out wakes up.
        return Ok(());
    }
    remove_parts(store, run, parts)
}

fn remove_tail(store: &dyn Store, run: &str) -> Result<(), JournalError> {
    tail::remove(store, run).map_err(|error| JournalError::Unwritten(error.to_string()))
}

fn remove_parts(store: &dyn Store, run: &str, parts: u64) -> Result<(), JournalError> {
    remove_tail(store, run)?;
    Ok(log(store, run).remove(1..=parts)?)
}

/// The lines of all parts, and how many parts there are. One that is missing ends it: what is
/// behind it shows as a break of the chain.
fn read(store: &dyn Store, run: &str) -> Result<(Vec<u8>, u64), JournalError> {
    let log = log(store, run);
    let numbers = log.numbers()?;
    let mut bytes = Vec::new();
    for number in &numbers {
        bytes.extend(log.read(*number)?.unwrap_or_default());
    }
    Ok((bytes, numbers.last().copied().unwrap_or(0)))
}

/// The same with the lines that are in no part yet.
fn read_all(state: &State, run: &str) -> Result<(Vec<u8>, u64, Behind), JournalError> {
    let (mut bytes, parts) = read(state.store(), run)?;
    let behind = Behind::load(state, run, &bytes);
    bytes.extend_from_slice(&behind.lines);
    Ok((bytes, parts, behind))
}

/// The day on which a run began, as the name of its journal tells.
pub fn day_of_run(run: &str) -> Option<Date> {
    run.get(..10)?.parse().ok()
}

/// Removes the journals of runs that ended and that began before a day; how many.
///
/// # Errors
/// [`JournalError`].
pub fn drop_before(store: &dyn Store, day: Date) -> Result<usize, JournalError> {
    let mut found = list(store)?;
    found.retain(|it| it.ended && day_of_run(&it.run).is_some_and(|began| began < day));
    for old in &found {
        if old.parts > 0 {
            let (_, parts) = read(store, &old.run)?;
            remove_parts(store, &old.run, parts)?;
        }
        store.delete(&whole_key(&old.run))?;
    }
    Ok(found.len())
}

/// A run's journal, for people.
pub fn place(store: &dyn Store, run: &str) -> String {
    format!("{}/{FOLDER}/{run}", store.place())
}

fn log<'a>(store: &'a dyn Store, run: &str) -> AppendLog<'a> {
    AppendLog::new(store, format!("{FOLDER}/{run}"))
}

pub(in crate::state) fn whole_key(run: &str) -> String {
    format!("{FOLDER}/{run}{SUFFIX}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
