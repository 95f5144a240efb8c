//! How fast calls start.

/// Per vendor: rate, burst, calls in flight, pauses.
#[derive(Debug)]
pub struct Limiter;
