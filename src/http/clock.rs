//! Time as the HTTP layer sees it: tokio's, or a virtual one that never waits.

use std::time::Duration;

/// Where time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// Tokio's clock (which tests can pause).
    #[default]
    Real,
    /// A clock that jumps: a sleep returns at once and moves it on. For tests over real sockets,
    /// where tokio's clock cannot be paused.
    Virtual,
}

impl Clock {
    /// Waits.
    pub async fn sleep(&self, _time: Duration) {}
}
