//! When and how long to wait before another try.

use std::time::Duration;

/// Exponential backoff with jitter.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first wait.
    pub base: Duration,
    /// The first pause after a 429 without `Retry-After`.
    pub throttled: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// Tries in all.
    pub tries: u32,
}
