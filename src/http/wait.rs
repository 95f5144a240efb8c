//! Waits that somebody may wonder about are told: where, why, until when.

use std::time::Duration;

use jiff::Timestamp;

use super::Api;

/// Nobody wonders about a shorter wait.
pub(super) const NOTICEABLE: Duration = Duration::from_secs(5);

/// Says that calls of a vendor wait, and why, if that takes long enough.
pub fn tell_wait(vendor: &str, time: Duration, why: &str) {
    if time <= NOTICEABLE {
        return;
    }
    let until = Timestamp::now().saturating_add(time);
    let until = until.unwrap_or(Timestamp::MAX);
    tracing::warn!(
        vendor,
        why,
        until = format!("{until:.0}"),
        "waiting {} s",
        time.as_secs()
    );
}

impl Api {
    /// Waits, and says why.
    pub async fn wait(&self, time: Duration, why: &str) {
        tell_wait(&self.inner.config.vendor, time, why);
        self.clock().sleep(time).await;
    }
}
