//! Whether this process may write right now: what the lease says, asked before every single write.
//!
//! A process can be stopped for minutes between any two instructions, and a lease that it held
//! when it fell asleep may be another's when it wakes. So nobody remembers an answer: whoever is
//! about to write asks here, at that moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Clock;

/// The right of this process to write; clones share it.
#[derive(Debug, Clone, Default)]
pub struct WritePermit {
    standing: Arc<Mutex<LeaseHold>>,
    clock: Clock,
}

#[derive(Debug, Clone, Default)]
enum LeaseHold {
    /// No lease was asked for: commands that write a single thing, and `--no-lock`.
    #[default]
    Free,
    Held {
        epoch: u64,
        run: Box<str>,
        until: Moment,
    },
    Lost(String),
}

/// A moment by both clocks of this machine. One that sleeps may stop the first, and somebody may
/// set the second: a lease has to be good by both.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Never goes back.
    pub ticks: Instant,
    /// What people call the time.
    pub wall: Timestamp,
}

/// The right to write is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this run lost its lock: {0}; it stops, and the next apply takes up what is left")]
pub struct Lost(pub String);

impl Moment {
    /// This one.
    pub fn now() -> Self {
        Self {
            ticks: Instant::now(),
            wall: Timestamp::now(),
        }
    }

    /// So much later.
    pub fn after(self, time: Duration) -> Self {
        Self {
            ticks: self.ticks + time,
            wall: self.wall.saturating_add(time).unwrap_or(Timestamp::MAX),
        }
    }

    fn is_past(self, end: Self) -> bool {
        self.ticks >= end.ticks || self.wall >= end.wall
    }
}

impl WritePermit {
    /// The right of a process that goes by that clock.
    pub fn on(clock: Clock) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }

    /// The clock that this process goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Fails once this process may not write any more.
    ///
    /// # Errors
    /// [`Lost`].
    pub fn check(&self) -> Result<(), Lost> {
        self.check_at(self.clock.moment())
    }

    /// [`WritePermit::check`] at a given moment.
    ///
    /// # Errors
    /// [`Lost`].
    pub fn check_at(&self, now: Moment) -> Result<(), Lost> {
        let mut standing = self.standing();
        match &*standing {
            LeaseHold::Free => Ok(()),
            LeaseHold::Held { until, .. } if now.is_past(*until) => {
                // For good: a clock that is set back gives nothing back.
                let why = String::from("it could not be renewed in time");
                *standing = LeaseHold::Lost(why.clone());
                Err(Lost(why))
            }
            LeaseHold::Held { .. } => Ok(()),
            LeaseHold::Lost(why) => Err(Lost(why.clone())),
        }
    }

    /// The number of the lease that this process holds or held last.
    pub fn epoch(&self) -> Option<u64> {
        match &*self.standing() {
            LeaseHold::Held { epoch, .. } => Some(*epoch),
            LeaseHold::Free | LeaseHold::Lost(_) => None,
        }
    }

    /// The run that holds the lease, in its own words.
    pub(crate) fn run(&self) -> Option<Box<str>> {
        match &*self.standing() {
            LeaseHold::Held { run, .. } => Some(run.clone()),
            LeaseHold::Free | LeaseHold::Lost(_) => None,
        }
    }

    pub(crate) fn begin(&self, epoch: u64, run: &str, until: Moment) {
        let run = run.into();
        *self.standing() = LeaseHold::Held { epoch, run, until };
    }

    /// Nothing brings back what was lost.
    pub(crate) fn extend(&self, to: Moment) {
        if let LeaseHold::Held { until, .. } = &mut *self.standing() {
            *until = to;
        }
    }

    pub(crate) fn lose(&self, why: impl Into<String>) {
        let mut standing = self.standing();
        // The first reason is the one that explains the rest.
        if !matches!(*standing, LeaseHold::Lost(_)) {
            *standing = LeaseHold::Lost(why.into());
        }
    }

    fn standing(&self) -> MutexGuard<'_, LeaseHold> {
        // Every change is one assignment: a panic elsewhere leaves nothing half done.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn whoever_asked_for_no_lease_may_write() {
        assert_eq!(WritePermit::default().check(), Ok(()));
        assert_eq!(WritePermit::default().epoch(), None);
    }

    #[test]
    fn a_lease_ends_by_either_clock_and_for_good() {
        let start = Moment::now();
        let only_ticks = Moment {
            wall: start.wall,
            ..start.after(10 * SECOND)
        };
        let only_wall = Moment {
            ticks: start.ticks,
            ..start.after(10 * SECOND)
        };
        for late in [only_ticks, only_wall, start.after(10 * SECOND)] {
            let tenure = WritePermit::default();
            tenure.begin(3, "run", start.after(10 * SECOND));
            assert_eq!(tenure.check_at(start.after(9 * SECOND)), Ok(()));
            assert!(tenure.check_at(late).is_err());
            tenure.extend(start.after(60 * SECOND));
            assert!(tenure.check_at(start).is_err(), "what is lost stays lost");
        }
    }

    #[test]
    fn clones_share_what_happens_and_the_first_reason_stays() {
        let tenure = WritePermit::default();
        let clone = tenure.clone();
        tenure.begin(1, "run", Moment::now().after(60 * SECOND));
        clone.lose("broken by hand");
        tenure.lose("something else");
        let lost = tenure.check().unwrap_err().to_string();
        assert!(lost.contains("broken by hand"), "{lost}");
    }
}
