//! What lies at `lease.json`, and who holds it.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::here::Here;
use crate::http::Moment;

/// The only format so far.
pub(super) const FORMAT: u32 = 1;

/// The lease as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub(super) format: u32,
    /// Counts the leases of this state; each one that is taken has one more.
    pub epoch: u64,
    /// Whether it is held, and if not, how it ended.
    pub state: LeaseState,
    /// The run that took it; no other one has this text.
    pub run: Box<str>,
    /// The machine, for people.
    pub host: String,
    /// The machine, as the system that runs it knows it: two containers on one machine share it.
    pub machine: String,
    /// The process.
    pub pid: u32,
    /// Since when, by the holder's clock.
    pub since: Timestamp,
    /// Last renewed, by the holder's clock.
    pub renewed_at: Timestamp,
    /// Good until then without another renewal, by the holder's clock. For people: others judge by
    /// the store's clock and `ttl_seconds`.
    pub expires_at: Timestamp,
    /// How long it outlives its last renewal.
    pub ttl_seconds: u64,
    /// Counts the renewals.
    pub renewals: u64,
    /// Journals outside the state (`--journal FILE`) whose runs may be unfinished.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<PathBuf>,
}

/// Whether a lease is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    /// By its holder, unless that one died.
    Held,
    /// Its holder gave it back.
    Released,
    /// Somebody took it away with `lock break`.
    Broken,
}

/// Who asks for a lease.
#[derive(Debug, Clone)]
pub struct Who {
    /// See [`Holder::run`].
    pub run: Box<str>,
    /// See [`Holder::host`].
    pub host: String,
    /// See [`Holder::machine`].
    pub machine: String,
    /// See [`Holder::pid`].
    pub pid: u32,
}

impl Who {
    /// A run of that process.
    pub fn of(here: &Here) -> Self {
        Self {
            run: here.nonce(),
            host: here.host.clone(),
            machine: here.machine.clone(),
            pid: here.pid,
        }
    }

    pub(super) fn lease(&self, epoch: u64, ttl: Duration, now: Moment) -> Holder {
        let Self {
            run,
            host,
            machine,
            pid,
        } = self.clone();
        Holder {
            format: FORMAT,
            epoch,
            state: LeaseState::Held,
            run,
            host,
            machine,
            pid,
            since: whole(now.wall),
            renewed_at: whole(now.wall),
            expires_at: whole(now.after(ttl).wall),
            ttl_seconds: ttl.as_secs(),
            renewals: 0,
            journals: Vec::new(),
        }
    }
}

impl Holder {
    /// How long it outlives its last renewal.
    pub fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl_seconds)
    }

    pub(super) fn renewed(&self, now: Moment) -> Self {
        Self {
            renewed_at: whole(now.wall),
            expires_at: whole(now.after(self.ttl()).wall),
            renewals: self.renewals + 1,
            ..self.clone()
        }
    }

    /// The holder, in words.
    pub fn describe(&self) -> String {
        let Self {
            pid, host, since, ..
        } = self;
        format!("process {pid} on {host} since {since}")
    }

    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
