//! Time as the HTTP layer sees it: tokio's, or a virtual one that never waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Where time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// Tokio's clock (which tests can pause).
    #[default]
    Real,
    /// A clock that jumps: a sleep returns at once and moves it on. For tests over real sockets,
    /// where tokio's clock cannot be paused. Make it with [`Clock::jumping`].
    Virtual(VirtualClock),
}

/// The time of [`Clock::Virtual`]; clones share it.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    base: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl Clock {
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
            Self::Real => Instant::now(),
            Self::Virtual(clock) => clock.base + clock.passed(),
        }
    }

    /// Waits.
    pub async fn sleep(&self, time: Duration) {
        match self {
            Self::Real => tokio::time::sleep(time).await,
            Self::Virtual(_) => match self.now().checked_add(time) {
                Some(moment) => self.sleep_until(moment).await,
                None => std::future::pending().await,
            },
        }
    }

    /// Waits for a moment; one in the past does not wait.
    pub async fn sleep_until(&self, moment: Instant) {
        match self {
            Self::Real => tokio::time::sleep_until(moment).await,
            Self::Virtual(clock) => {
                clock.move_to(moment.saturating_duration_since(clock.base));
                tokio::task::yield_now().await;
            }
        }
    }

    /// How far a virtual clock has been moved; the real one says zero. For tests that ask how
    /// long a run would have waited.
    pub fn skipped(&self) -> Duration {
        match self {
            Self::Real => Duration::ZERO,
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
}
