//! What the actions of one vendor will cost at its limits, as numbers.

/// What the actions of one vendor will cost at its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// Calls.
    pub calls: u64,
    /// Seconds, rounded up.
    pub seconds: u64,
    /// Calls that an hour at the vendor's limits allows.
    pub per_hour: u64,
    /// Seconds that the share is of: an hour, or the time that the run has.
    pub within: u64,
}

impl Forecast {
    /// How much of what may be called within that time this takes, in percent, rounded up.
    pub fn share(self) -> u64 {
        let needed = self.calls.saturating_mul(100).saturating_mul(3600);
        match self.per_hour.saturating_mul(self.within) {
            // Nothing is allowed, or there is no time: whatever is needed is all of it.
            0 => u64::from(self.calls > 0) * 100,
            allowed => needed.div_ceil(allowed),
        }
    }
}
