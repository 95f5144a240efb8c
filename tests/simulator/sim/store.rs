//! The store that all runs share, and the way of one run to it: slow, out of reach, with answers that
//! get lost and writes that arrive late. A run that is dead or stopped has no way at all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rosterctl::http::Clock;
use rosterctl::state::store::{
    Hold, If, Put, Stat, Store, StoreError, StoreProblem, Stored, Version,
};

use super::runner::Runner;
use super::shelf::Shelf;
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

    /// All that lies under keys that begin so.
    fn all(&self, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let inner = self.lock();
        let below = inner.objects.iter();
        let below = below.filter(|(key, _)| key.starts_with(prefix));
        below
            .map(|(key, (bytes, _, _))| (key.clone(), bytes.clone()))
            .collect()
    }

    fn look(&self, key: &str) -> Option<Vec<u8>> {
        let inner = self.lock();
        inner.objects.get(key).map(|(bytes, _, _)| bytes.clone())
    }

    /// Lets writes arrive that were kept on the way.
    fn arrive(&self, now: Timestamp) {
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

/// Where the state of a month is.
#[derive(Debug)]
pub(crate) enum Place {
    Objects(Objects),
    Folder(Shelf),
}

impl Place {
    pub(crate) fn look(&self, key: &str) -> Option<Vec<u8>> {
        match self {
            Self::Objects(objects) => objects.look(key),
            Self::Folder(shelf) => shelf.look(key),
        }
    }

    /// All that lies under keys that begin so, whatever a run makes of it.
    pub(crate) fn all(&self, prefix: &str) -> Vec<(String, Vec<u8>)> {
        match self {
            Self::Objects(objects) => objects.all(prefix),
            Self::Folder(shelf) => {
                let mut keys = shelf.keys("");
                keys.retain(|key| key.starts_with(prefix));
                let all = keys.into_iter();
                all.filter_map(|key| Some((key.clone(), shelf.look(&key)?)))
                    .collect()
            }
        }
    }

    /// Whether something under keys that begin so holds one of these words, which are in small letters.
    pub(crate) fn names(&self, prefix: &str, words: &[String]) -> bool {
        self.all(prefix).iter().any(|(_, bytes)| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            words.iter().any(|word| text.contains(word))
        })
    }

    /// Whether the process of that number has the lock, by what lies there.
    pub(crate) fn is_held_by(&self, number: u32) -> bool {
        let lease = self.look("lease.json");
        let lease = lease.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        lease.is_some_and(|lease: serde_json::Value| {
            lease["pid"] == number && lease["state"] == "held"
        })
    }

    /// Lets writes arrive that were kept on the way.
    pub(crate) fn arrive(&self, now: Timestamp) {
        if let Self::Objects(objects) = self {
            objects.arrive(now);
        }
    }
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
        if matches!(self.world.place, Place::Folder(_)) {
            return Ok(());
        }
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
        let objects = match &self.world.place {
            Place::Objects(objects) => objects,
            Place::Folder(shelf) => return shelf.get(key),
        };
        let inner = objects.lock();
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
        let objects = match &self.world.place {
            Place::Objects(objects) => objects,
            Place::Folder(shelf) => {
                let put = shelf.put(key, bytes, when, now);
                self.runner.event();
                return put;
            }
        };
        if self.world.chance(|weather| weather.store_late) {
            let late = (key.to_owned(), bytes.to_vec(), when.clone());
            objects.lock().late.push(late);
            return Err(self.lost("no answer, and the write is on its way"));
        }
        let put = objects.lock().put(key, bytes, when, now);
        if self.world.chance(|weather| weather.store_answer_lost) {
            return Err(self.lost("the answer was lost"));
        }
        self.runner.event();
        Ok(put)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.reach("list", folder)?;
        let objects = match &self.world.place {
            Place::Objects(objects) => objects,
            Place::Folder(shelf) => return Ok(shelf.keys(folder)),
        };
        let below = format!("{folder}/");
        let inner = objects.lock();
        let keys = inner.objects.keys();
        Ok(keys
            .filter(|key| key.starts_with(&below))
            .cloned()
            .collect())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.reach("delete", key)?;
        match &self.world.place {
            Place::Objects(objects) => {
                objects.lock().objects.remove(key);
                Ok(())
            }
            Place::Folder(shelf) => shelf.delete(key),
        }
    }

    fn hold(&self) -> Result<Hold, StoreError> {
        match &self.world.place {
            Place::Objects(_) => Ok(Hold::Unable),
            Place::Folder(shelf) => shelf.folder.hold(),
        }
    }

    fn is_held(&self) -> Result<Option<bool>, StoreError> {
        match &self.world.place {
            Place::Objects(_) => Ok(None),
            Place::Folder(shelf) => shelf.folder.is_held(),
        }
    }

    fn folder(&self) -> Option<&Path> {
        match &self.world.place {
            Place::Objects(_) => None,
            Place::Folder(shelf) => shelf.folder.folder(),
        }
    }

    fn delay(&self) -> Option<Duration> {
        self.runner.event();
        Some(
            self.world
                .draw(|random, weather| random.millis(1, weather.store_slow)),
        )
    }
}
