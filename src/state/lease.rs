//! The lease of a roster's state: one run that writes at a time, wherever runs are started.
//!
//! It is made, renewed, given back and taken over by conditional writes alone. Whether a holder is
//! dead is told by the store's clock and nobody else's: the store dates each renewal, and dates the
//! probe that every run begins with; a lease that was not renewed for its whole time between the
//! two is free. So no machine's clock matters, and nobody has to wait to find out. The holder goes
//! by its own steady clock and stops a quarter of the time earlier than others may begin.
//!
//! In a folder the operating system says more: a run also locks a file there, and a holder of the
//! same machine whose lock is gone is dead at once.

mod document;
mod renewer;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use document::{Holder, LeaseState, Who};
use renewer::LeaseRenewer;

use super::here::Here;
use super::probe::StoreClock;
use super::store::{Hold, If, Put, Store, StoreError, Stored, Version, put};
use crate::http::{Lost, Moment, WritePermit};

/// Where it lies.
pub(super) const KEY: &str = "lease.json";

/// How long a lease outlives its last renewal, unless the command line says.
pub const TTL: Duration = Duration::from_secs(60);

/// Between what two times of a store's clock may be off: some give whole seconds only.
const SLACK: Duration = Duration::from_secs(2);

/// Looks at a lease that others write at the same time, before one of them counts as the holder.
const LOOKS: usize = 5;

/// A lease that is held until it is dropped.
#[derive(Debug)]
pub struct Lease {
    shared: Arc<Shared>,
    former: Former,
    left: Vec<PathBuf>,
    renewer: Option<LeaseRenewer>,
    /// The system's lock, where the store has one.
    _hold: Option<File>,
}

/// What the holder and the thread that renews share.
#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    tenure: WritePermit,
    held: Mutex<HeldLease>,
}

#[derive(Debug)]
struct HeldLease {
    lease: Holder,
    version: Version,
}

/// Who had the lease before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Former {
    /// Nobody, or somebody who gave it back.
    Gone,
    /// Somebody who did not give it back, and who may not know that it is over.
    Unaware(Box<Holder>),
}

/// Why there is no lease.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it.
    #[error(
        "another run is at work on this roster: {}; wait for it (--lock-timeout 10m waits), or \
         end it; nothing was written", held_by(.0.as_deref())
    )]
    Held(Option<Box<Holder>>),
    /// It was taken away.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// What lies there is no lease.
    #[error(
        "the lock {place}/{KEY} cannot be understood ({reason}); `rosterctl lock break` replaces it"
    )]
    Damaged {
        /// Of the store.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The store; its words are in the error's own, so it is not the cause as well.
    #[error("{0}; nothing was written")]
    Store(StoreError),
}

impl From<StoreError> for LeaseError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What lies at the place of the lease.
#[derive(Debug)]
pub struct Seen {
    /// The lease.
    pub lease: Holder,
    stored: Stored,
}

impl Lease {
    /// Takes the lease, or says who has it. Does not wait. From then on `tenure` says whether this
    /// process may write. The lease is not renewed by itself before [`Lease::keep`].
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn take(
        store: &Arc<dyn Store>,
        tenure: &WritePermit,
        who: &Who,
        ttl: Duration,
        clock: &StoreClock,
        now: Moment,
    ) -> Result<Self, LeaseError> {
        let hold = hold(&**store)?;
        for _ in 0..LOOKS {
            let seen = look(&**store)?;
            let lease = seen.as_ref().map(|seen| &seen.lease);
            // A holder of this machine would still have the system's lock.
            let died_here =
                hold.is_some() && lease.is_some_and(|lease| lease.machine == who.machine);
            if let Some(seen) = &seen
                && !(died_here || seen.is_free(clock, now))
            {
                return Err(LeaseError::Held(Some(Box::new(seen.lease.clone()))));
            }
            let epoch = lease.map_or(0, |lease| lease.epoch) + 1;
            let mut mine = who.lease(epoch, ttl, now);
            let left = lease.map_or_else(Vec::new, |lease| lease.journals.clone());
            mine.journals.clone_from(&left);
            let when = If::still(seen.as_ref().map(|seen| &seen.stored.stat.version));
            if let Put::Done(version) = put(&**store, KEY, &mine.text(), &when)? {
                tenure.begin(epoch, &who.run, now.after(own_share(ttl)));
                return Ok(Self {
                    former: Former::of(seen.map(|seen| seen.lease)),
                    left,
                    shared: Arc::new(Shared {
                        store: store.clone(),
                        tenure: tenure.clone(),
                        held: Mutex::new(HeldLease {
                            lease: mine,
                            version,
                        }),
                    }),
                    renewer: None,
                    _hold: hold,
                });
            }
        }
        Err(LeaseError::Held(None))
    }

    /// Has a thread of its own renew the lease as long as it is held: neither a busy runtime nor
    /// somebody who thinks over a plan may end it.
    #[must_use]
    pub fn keep(mut self) -> Self {
        self.renewer = Some(LeaseRenewer::start(self.shared.clone()));
        self
    }

    /// Who had it before.
    pub fn former(&self) -> &Former {
        &self.former
    }

    /// Its number.
    pub fn epoch(&self) -> u64 {
        self.shared.held().lease.epoch
    }

    /// Journals outside the state that earlier runs may have left unfinished.
    pub fn left(&self) -> &[PathBuf] {
        &self.left
    }

    /// Journals outside the state that are remembered now.
    pub fn open(&self) -> Vec<PathBuf> {
        self.shared.held().lease.journals.clone()
    }

    /// Remembers journals outside the state until they are known to be finished.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn remember(&self, journals: Vec<PathBuf>) -> Result<(), LeaseError> {
        if self.shared.held().lease.journals == journals {
            return Ok(());
        }
        self.shared
            .write(self.shared.now(), |lease| lease.journals = journals)
    }

    /// Renews it.
    ///
    /// # Errors
    /// [`LeaseError`]; after [`LeaseError::Lost`] it is another's.
    pub fn renew(&self, now: Moment) -> Result<(), LeaseError> {
        self.shared.write(now, |_| ())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.renewer.take());
        let shared = &self.shared;
        if shared.tenure.check().is_ok() {
            let released = shared.write(shared.now(), |lease| lease.state = LeaseState::Released);
            if let Err(error) = released {
                tracing::warn!(%error, "the lock could not be given back; it expires by itself");
            }
        }
        shared.tenure.lose("it was given back");
    }
}

impl Shared {
    fn now(&self) -> Moment {
        self.tenure.clock().moment()
    }

    /// Writes the lease anew, if it is still ours.
    fn write(&self, now: Moment, change: impl FnOnce(&mut Holder)) -> Result<(), LeaseError> {
        let mut held = self.held();
        self.tenure.check_at(now)?;
        let mut next = held.lease.renewed(now);
        change(&mut next);
        let when = If::Is(held.version.clone());
        match put(&*self.store, KEY, &next.text(), &when)? {
            Put::Done(version) => {
                self.tenure.extend(now.after(own_share(next.ttl())));
                *held = HeldLease {
                    lease: next,
                    version,
                };
                Ok(())
            }
            Put::Taken => {
                let by = match look(&*self.store) {
                    Ok(Some(seen)) => seen.lease.taker(),
                    _ => String::from("its place holds something else by now"),
                };
                self.tenure.lose(by.clone());
                Err(Lost(by).into())
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HeldLease> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Whether anybody may take it at that moment.
    fn is_free(&self, clock: &StoreClock, now: Moment) -> bool {
        let end = self
            .stored
            .stat
            .modified
            .saturating_add(self.lease.ttl() + SLACK);
        let expired = end.is_ok_and(|end| clock.time(now.ticks) > end);
        self.lease.state != LeaseState::Held || expired
    }
}

impl Holder {
    /// Who has it now, in the words of somebody who lost it.
    fn taker(&self) -> String {
        match self.state {
            LeaseState::Broken => String::from("somebody took it away with `lock break`"),
            LeaseState::Held | LeaseState::Released => {
                format!("it expired and was taken over by {}", self.describe())
            }
        }
    }
}

impl Former {
    fn of(lease: Option<Holder>) -> Self {
        match lease {
            Some(lease) if lease.state != LeaseState::Released => Self::Unaware(Box::new(lease)),
            _ => Self::Gone,
        }
    }
}

/// Who is at work, as far as can be told without writing.
///
/// `None`: nobody; `Some(None)`: somebody whose lease does not say who. Where only the store's clock could tell whether a holder is dead, its
/// own is believed.
///
/// # Errors
/// [`LeaseError`].
pub fn at_work(store: &dyn Store, here: &Here) -> Result<Option<Option<Holder>>, LeaseError> {
    let held = store.is_held()?;
    if held == Some(true) {
        let seen = look(store).unwrap_or_default();
        return Ok(Some(seen.map(|seen| seen.lease)));
    }
    let lease = look(store)?.map(|seen| seen.lease);
    let died_here = |lease: &Holder| held == Some(false) && lease.machine == here.machine;
    let lease =
        lease.filter(|it| it.state == LeaseState::Held && it.expires_at > here.clock.wall());
    Ok(lease.filter(|it| !died_here(it)).map(Some))
}

/// Fails where another process of this machine holds the lease, as far as the store can tell. Writes
/// nothing that others see.
///
/// # Errors
/// [`LeaseError`].
pub fn check_here(store: &dyn Store) -> Result<(), LeaseError> {
    hold(store).map(drop)
}

fn hold(store: &dyn Store) -> Result<Option<File>, LeaseError> {
    match store.hold()? {
        Hold::Ours(file) => Ok(Some(file)),
        Hold::Unable => Ok(None),
        Hold::Theirs => {
            // Whatever it says, it is taken.
            let seen = look(store).unwrap_or_default();
            Err(LeaseError::Held(seen.map(|seen| Box::new(seen.lease))))
        }
    }
}

/// The lease as it lies there; `None`: there never was one.
///
/// # Errors
/// [`LeaseError`].
pub fn look(store: &dyn Store) -> Result<Option<Seen>, LeaseError> {
    let Some(stored) = store.get(KEY)? else {
        return Ok(None);
    };
    let damaged = |reason: String| LeaseError::Damaged {
        place: store.place().to_owned(),
        reason,
    };
    let lease: Holder =
        serde_json::from_slice(&stored.bytes).map_err(|error| damaged(error.to_string()))?;
    if lease.format != document::FORMAT {
        let format = lease.format;
        return Err(damaged(format!("format {format} is not known here")));
    }
    Ok(Some(Seen { lease, stored }))
}

/// Takes the lease away from whoever holds it; whether there was one to take away.
///
/// # Errors
/// [`LeaseError`].
pub fn break_it(store: &dyn Store, who: &Who, now: Moment) -> Result<bool, LeaseError> {
    let Some(stored) = store.get(KEY)? else {
        return Ok(false);
    };
    let lease = match look(store) {
        Ok(Some(seen)) if seen.lease.state == LeaseState::Held => Holder {
            state: LeaseState::Broken,
            renewals: seen.lease.renewals + 1,
            ..seen.lease
        },
        Ok(_) => return Ok(false),
        // What cannot be understood may hide a high number; numbers only have to differ, and the
        // time is larger than any count.
        Err(LeaseError::Damaged { .. }) => Holder {
            state: LeaseState::Broken,
            ..who.lease(now.wall.as_second().unsigned_abs(), TTL, now)
        },
        Err(error) => return Err(error),
    };
    let when = If::Is(stored.stat.version);
    match put(store, KEY, &lease.text(), &when)? {
        Put::Done(_) => Ok(true),
        // It was renewed in between: its holder is alive and well.
        Put::Taken => Err(LeaseError::Held(Some(Box::new(lease)))),
    }
}

/// The part of a lease's time that its holder makes use of.
fn own_share(ttl: Duration) -> Duration {
    ttl * 3 / 4
}

fn held_by(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!("{} (`rosterctl lock show` tells more)", holder.describe()),
        None => String::from("its lock does not say which"),
    }
}
