//! Pauses after pages of an edge in front of the API, all calls of a vendor together: an edge that
//! refuses every other call would otherwise keep a read for minutes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Clock;

/// So many pauses at most within a minute. Calls that pause at the same time share one.
const MOST: usize = 3;

/// The latest pauses of one vendor.
#[derive(Debug, Default)]
pub(super) struct Edge(Mutex<Vec<Instant>>);

impl Edge {
    /// Whether one more pause, of that length, is allowed now; counts it.
    pub(super) fn admits(&self, clock: &Clock, pause: Duration) -> bool {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        begun.retain(|at| now.saturating_duration_since(*at) < Duration::from_secs(60));
        let passed = |at: &Instant| now.saturating_duration_since(*at);
        let shared = begun.last().is_some_and(|at| passed(at) < pause);
        if !shared && begun.len() >= MOST {
            return false;
        }
        if !shared {
            begun.push(now);
        }
        true
    }
}
