//! Time as everything above sees it: tokio's, one that is made up, or one that never waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Moment;

/// Where time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// Tokio's clock (which tests can pause), and the system's calendar.
    #[default]
    Real,
    /// Tokio's clock, and a calendar that goes by it: on a paused one all time is made up. Make it
    /// with [`Clock::dated`].
    Dated(Dated),
    /// A clock that jumps: a sleep returns at once and moves it on. For tests over real sockets,
    /// where tokio's clock cannot be paused. Make it with [`Clock::jumping`].
    Virtual(VirtualClock),
}

/// The calendar of [`Clock::Dated`].
#[derive(Debug, Clone, Copy)]
pub struct Dated {
    begun: Instant,
    wall: Timestamp,
}

/// The time of [`Clock::Virtual`]; clones share it.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    base: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl Clock {
    /// Tokio's clock with a calendar that says `wall` now.
    pub fn dated(wall: Timestamp) -> Self {
        Self::Dated(Dated {
            begun: Instant::now(),
            wall,
        })
    }

    /// A virtual clock that stands still until somebody sleeps.
    pub fn jumping() -> Self {
        Self::Virtual(VirtualClock {
            base: Instant::now(),
            passed: Arc::default(),
        })
    }

    /// The present moment.
    pub fn now(&self) -> Instant {
        match self {
            Self::Real | Self::Dated(_) => Instant::now(),
            Self::Virtual(clock) => clock.base + clock.passed(),
        }
    }

    /// What the calendar says.
    pub fn wall(&self) -> Timestamp {
        match self {
            Self::Real | Self::Virtual(_) => Timestamp::now(),
            Self::Dated(dated) => {
                let wall = dated.wall.saturating_add(dated.begun.elapsed());
                wall.unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The present moment by both clocks.
    pub fn moment(&self) -> Moment {
        Moment {
            ticks: self.now().into_std(),
            wall: self.wall(),
        }
    }

    /// Whether all time is made up: then nothing of a run may be left to another thread.
    pub fn is_dated(&self) -> bool {
        matches!(self, Self::Dated(_))
    }

    /// Waits.
    pub async fn sleep(&self, time: Duration) {
        match self {
            Self::Real | Self::Dated(_) => tokio::time::sleep(time).await,
            Self::Virtual(_) => match self.now().checked_add(time) {
                Some(moment) => self.sleep_until(moment).await,
                None => std::future::pending().await,
            },
        }
    }

    /// Waits for a moment; one in the past does not wait.
    pub async fn sleep_until(&self, moment: Instant) {
        match self {
            Self::Real | Self::Dated(_) => tokio::time::sleep_until(moment).await,
            Self::Virtual(clock) => {
                clock.move_to(moment.saturating_duration_since(clock.base));
                tokio::task::yield_now().await;
            }
        }
    }

    /// How much time has passed since it was made; the real one says zero. For tests that ask how
    /// long a run would have waited.
    pub fn skipped(&self) -> Duration {
        match self {
            Self::Real => Duration::ZERO,
            Self::Dated(dated) => dated.begun.elapsed(),
            Self::Virtual(clock) => clock.passed(),
        }
    }
}

impl VirtualClock {
    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never moves back: sleepers side by side wait for the latest of their moments.
    fn move_to(&self, passed: Duration) {
        let mut now = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        *now = passed.max(*now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_side_by_side_do_not_add_up() {
        let clock = Clock::jumping();
        let start = clock.now();
        clock.sleep(Duration::from_secs(10)).await;
        clock.sleep_until(start + Duration::from_secs(5)).await;
        assert_eq!(clock.now() - start, Duration::from_secs(10));
        assert_eq!(clock.skipped(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_real_clock_is_tokios() {
        let clock = Clock::Real;
        let start = clock.now();
        clock.sleep(Duration::from_secs(3)).await;
        assert_eq!(clock.now() - start, Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_made_up_calendar_goes_by_tokios_clock() {
        let clock = Clock::dated(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.wall(), Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(3)).await;
        assert_eq!(clock.wall(), Timestamp::constant(3, 0));
        assert_eq!(clock.skipped(), Duration::from_secs(3));
    }
}
