//! A store in memory for tests: its clock stands still until it is moved, and its faults come in
//! the order they were put in.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;

use super::{If, Put, Stat, Store, StoreError, StoreProblem, Stored, Version};

/// What goes wrong with one put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: this one goes well.
    Spare,
    /// It is not done, and no answer comes.
    Unavailable,
    /// It is done, and the answer is lost.
    Answer,
    /// The credentials are refused.
    Denied,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    objects: BTreeMap<String, Stored>,
    writes: u64,
    gets: u64,
    read: usize,
    now: Timestamp,
    faults: VecDeque<Fault>,
    unconditional: Option<&'static str>,
}

impl Memory {
    /// A store that takes every write of that kind: `absent` or `is`.
    pub(crate) fn unconditional(kind: &'static str) -> Self {
        let store = Self::default();
        store.inner().unconditional = Some(kind);
        store
    }

    /// Nothing is read or written while the guard lives.
    pub(crate) fn hold(&self) -> impl Drop + '_ {
        self.inner()
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut inner = self.inner();
        inner.now += time;
    }

    pub(crate) fn fail_next(&self, faults: &[Fault]) {
        self.inner().faults.extend(faults);
    }

    /// Writes that went through so far.
    pub(crate) fn writes(&self) -> u64 {
        self.inner().writes
    }

    /// Objects that were asked for so far.
    pub(crate) fn gets(&self) -> u64 {
        self.inner().gets
    }

    /// Bytes that were read so far.
    pub(crate) fn read(&self) -> usize {
        self.inner().read
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics within")
    }
}

impl Store for Memory {
    fn place(&self) -> &str {
        "memory://test"
    }

    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let mut inner = self.inner();
        let found = inner.objects.get(key).cloned();
        inner.gets += 1;
        inner.read += found.as_ref().map_or(0, |it| it.bytes.len());
        Ok(found)
    }

    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError> {
        Ok(self.get(key)?.map(|stored| stored.stat))
    }

    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
        let mut inner = self.inner();
        let lost = |why: &str| {
            let problem = StoreProblem::Unreachable(why.to_owned());
            StoreError::new("memory://test", problem)
        };
        let fault = inner.faults.pop_front().unwrap_or(Fault::Spare);
        match fault {
            Fault::Unavailable => return Err(lost("503 Slow Down")),
            Fault::Denied => {
                let problem = StoreProblem::Denied(String::from("403 AccessDenied"));
                return Err(StoreError::new("memory://test", problem));
            }
            Fault::Spare | Fault::Answer => {}
        }
        let there = inner.objects.get(key).map(|it| it.stat.version.clone());
        let holds = match (when, inner.unconditional) {
            (If::Absent, Some("absent")) | (If::Is(_), Some("is")) => true,
            (If::Absent, _) => there.is_none(),
            (If::Is(version), _) => there.as_ref() == Some(version),
        };
        if !holds {
            return Ok(Put::Taken);
        }
        inner.writes += 1;
        let version = Version {
            tag: Some(inner.writes.to_string().into()),
            generation: None,
        };
        let stored = Stored {
            bytes: bytes.to_vec(),
            stat: Stat {
                version: version.clone(),
                modified: inner.now,
            },
        };
        inner.objects.insert(key.to_owned(), stored);
        match fault {
            Fault::Answer => Err(lost("the connection broke")),
            _ => Ok(Put::Done(version)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let inner = self.inner();
        let keys = inner.objects.keys();
        let below = format!("{folder}/");
        Ok(keys
            .filter(|key| key.starts_with(&below))
            .cloned()
            .collect())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner().objects.remove(key);
        Ok(())
    }
}
