//! The store that all runs share, and the way of one run to it: slow, out of reach, with answers that
//! get lost and writes that arrive late. A run that is dead or stopped has no way at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rosterctl::http::Clock;
use rosterctl::state::store::{If, Put, Stat, Store, StoreError, StoreProblem, Stored, Version};

use super::runner::Runner;
use super::world::World;

/// What lies in the store.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    objects: BTreeMap<String, (Vec<u8>, u64, Timestamp)>,
    writes: u64,
    /// Writes that did not arrive yet.
    late: Vec<(String, Vec<u8>, If)>,
}

impl Objects {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something under keys that begin so holds one of these words.
    pub(crate) fn names(&self, prefix: &str, words: &[String]) -> bool {
        let inner = self.lock();
        let mut below = inner
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(prefix));
        below.any(|(_, (bytes, _, _))| {
            let text = String::from_utf8_lossy(bytes);
            words.iter().any(|word| text.contains(word))
        })
    }

    /// Whether that machine has the lock, by what lies there.
    pub(crate) fn is_held_by(&self, machine: &str) -> bool {
        let inner = self.lock();
        let lease = inner.objects.get("lease.json");
        let lease = lease.and_then(|(bytes, _, _)| serde_json::from_slice(bytes).ok());
        lease.is_some_and(|lease: serde_json::Value| {
            lease["host"] == machine && lease["state"] == "held"
        })
    }

    /// Lets writes arrive that were kept on the way.
    pub(crate) fn arrive(&self, now: Timestamp) {
        let mut inner = self.lock();
        for (key, bytes, when) in std::mem::take(&mut inner.late) {
            inner.put(&key, &bytes, &when, now);
        }
    }
}

impl Inner {
    fn version(&self, key: &str) -> Option<u64> {
        self.objects.get(key).map(|(_, version, _)| *version)
    }

    fn put(&mut self, key: &str, bytes: &[u8], when: &If, now: Timestamp) -> Put {
        let there = self.version(key);
        let holds = match when {
            If::Absent => there.is_none(),
            If::Is(wanted) => there.map(version).as_ref() == Some(wanted),
        };
        if !holds {
            return Put::Taken;
        }
        self.writes += 1;
        let number = self.writes;
        let object = (bytes.to_vec(), number, now);
        self.objects.insert(key.to_owned(), object);
        Put::Done(version(number))
    }
}

fn version(number: u64) -> Version {
    Version::generation(number)
}

/// The way of one run to the store.
#[derive(Debug)]
pub(crate) struct Way {
    world: Arc<World>,
    runner: Arc<Runner>,
    clock: Clock,
}

impl Way {
    pub(crate) fn new(world: &Arc<World>, runner: &Arc<Runner>, clock: Clock) -> Self {
        Self {
            world: world.clone(),
            runner: runner.clone(),
            clock,
        }
    }

    fn lost(&self, why: &str) -> StoreError {
        StoreError {
            place: self.place().into(),
            problem: StoreProblem::Unreachable(why.to_owned()),
        }
    }

    /// Fails where the run has no way to the store now.
    fn reach(&self, what: &str, key: &str) -> Result<(), StoreError> {
        self.runner.event();
        if self.runner.is_still() {
            return Err(self.lost("the process is dead or stopped"));
        }
        if self.world.store_is_away() {
            return Err(self.lost("partition"));
        }
        self.world
            .trace(format_args!("{} store {what} {key}", self.runner.name));
        match self.world.chance(|weather| weather.store_unreachable) {
            true => Err(self.lost("no answer")),
            false => Ok(()),
        }
    }

    /// The store's own clock.
    fn now(&self) -> Timestamp {
        self.clock.wall()
    }
}

impl Store for Way {
    fn place(&self) -> &str {
        "memory://simulated"
    }

    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.reach("get", key)?;
        let inner = self.world.objects.lock();
        Ok(inner.objects.get(key).map(|(bytes, number, at)| Stored {
            bytes: bytes.clone(),
            stat: Stat {
                version: version(*number),
                modified: *at,
            },
        }))
    }

    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError> {
        Ok(self.get(key)?.map(|stored| stored.stat))
    }

    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
        self.reach("put", key)?;
        let now = self.now();
        if self.world.chance(|weather| weather.store_late) {
            let late = (key.to_owned(), bytes.to_vec(), when.clone());
            self.world.objects.lock().late.push(late);
            return Err(self.lost("no answer, and the write is on its way"));
        }
        let put = self.world.objects.lock().put(key, bytes, when, now);
        if self.world.chance(|weather| weather.store_answer_lost) {
            return Err(self.lost("the answer was lost"));
        }
        self.runner.event();
        Ok(put)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.reach("list", folder)?;
        let below = format!("{folder}/");
        let inner = self.world.objects.lock();
        let keys = inner.objects.keys();
        Ok(keys
            .filter(|key| key.starts_with(&below))
            .cloned()
            .collect())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.reach("delete", key)?;
        self.world.objects.lock().objects.remove(key);
        Ok(())
    }

    fn delay(&self) -> Option<Duration> {
        self.runner.event();
        Some(
            self.world
                .draw(|random, weather| random.millis(1, weather.store_slow)),
        )
    }
}
