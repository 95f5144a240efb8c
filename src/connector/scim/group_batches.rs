//! Changes of groups that wait for each other, group by group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::wire::Resource;
use crate::connector::WriteError;
use crate::connector::batch::Batches;

/// Members of one call, unless the roster says: AWS takes no more.
const BATCH: u64 = 100;

/// So many people wait for each other before groups are changed. What waits is lost with a run that
/// is killed, and planned again by the next.
pub(super) const GATHERED: usize = 1_000;

/// What becomes of a wish: what is to be said besides.
pub(super) type Told = Result<Vec<String>, WriteError>;

/// One person in or out of one group.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) user: String,
    pub(super) inside: bool,
}

type GroupBatches = Batches<Wish, Told>;

/// Changes of memberships that wait, by group. A group has one batch under way at a time: what one
/// call does to others must not be taken for what another one did.
pub(super) struct Memberships {
    /// Members of one call, as the roster says.
    pub(super) size: usize,
    groups: Mutex<BTreeMap<String, Arc<GroupBatches>>>,
    /// As many groups at a time as calls may be in flight; one alone where it is tried how they are
    /// changed.
    pub(super) turns: Semaphore,
    pub(super) at_once: u32,
    /// Groups as they were last read by the batch that is under way.
    seen: Mutex<BTreeMap<String, Resource>>,
    /// Users whom this run took out of a group and could not bring back, by group.
    lost: Mutex<BTreeMap<String, BTreeSet<String>>>,
    /// Users whom a list showed before they were taken out, and not behind it, by group.
    left: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

impl Memberships {
    pub(super) fn new(size: Option<u64>, at_once: u32) -> Self {
        Self {
            size: usize::try_from(size.unwrap_or(BATCH).max(1)).unwrap_or(usize::MAX),
            groups: Mutex::default(),
            turns: Semaphore::new(at_once.max(1) as usize),
            at_once: at_once.max(1),
            seen: Mutex::default(),
            lost: Mutex::default(),
            left: Mutex::default(),
        }
    }

    /// Keeps a read of a group for the next call of its batch.
    pub(super) fn keep(&self, group: &str, seen: Resource) {
        let all = self.seen.lock();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        all.insert(group.to_owned(), seen);
    }

    /// Takes that read.
    pub(super) fn forget(&self, group: &str) -> Option<Resource> {
        let all = self.seen.lock();
        all.unwrap_or_else(PoisonError::into_inner).remove(group)
    }

    /// Users whom this run took out of a group and could not bring back, by group.
    pub(super) fn lost(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<String>>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Users whom a list showed before they were taken out, and not behind it, by group.
    pub(super) fn left(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<String>>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn of(&self, group: &str) -> Arc<GroupBatches> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = groups.entry(group.to_owned());
        Arc::clone(batches.or_insert_with(|| Arc::new(Batches::new(GATHERED))))
    }
}
