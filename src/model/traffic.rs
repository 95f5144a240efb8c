//! What went over the wire to one vendor in one run: numbers for metrics and for `doctor`.
//!
//! Filled in by the HTTP layer, which sees every call; plain data here.

use std::collections::BTreeMap;
use std::time::Duration;

/// What went over the wire to one vendor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Requests that were sent; each try of a call is one.
    pub sent: u64,
    /// Those that may have changed something there: writing methods, but for token calls.
    pub writes: u64,
    /// Those that have ended, by how they did.
    pub calls: BTreeMap<Class, u64>,
    /// Requests that repeated an earlier try of the same call.
    pub retries: u64,
    /// Answers that asked us to slow down (429, or any status with `Retry-After`).
    pub throttles: u64,
    /// The longest wait that such an answer asked for.
    pub asked: Option<Duration>,
    /// How long no call could start because of them.
    pub paused: Duration,
    /// Time that all requests took together.
    pub spent: Duration,
    /// The longest that one request took.
    pub slowest: Duration,
    /// The vendor's clock against ours, in seconds; positive: theirs is ahead. From the answer
    /// that came soonest, exact to a second or so.
    pub skew: Option<f64>,
    /// What the last answers said about the allowed rate: header names in lower case, and values
    /// that are safe to show.
    pub rate: BTreeMap<&'static str, String>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 2xx
    Success,
    /// 3xx
    Redirect,
    /// 4xx
    Refusal,
    /// 5xx, and whatever else a server makes up
    Fault,
    /// No whole answer came.
    NoAnswer,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Success,
        Self::Redirect,
        Self::Refusal,
        Self::Fault,
        Self::NoAnswer,
    ];

    /// Of a status.
    pub fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Success,
            300..=399 => Self::Redirect,
            400..=499 => Self::Refusal,
            _ => Self::Fault,
        }
    }

    /// `2xx`, and `none` where no answer came.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::Refusal => "4xx",
            Self::Fault => "5xx",
            Self::NoAnswer => "none",
        }
    }
}

impl Traffic {
    /// Requests that got an answer of any kind.
    pub fn answered(&self) -> u64 {
        let told = self.calls.iter();
        let told = told.filter(|(class, _)| **class != Class::NoAnswer);
        told.map(|(_, count)| count).sum()
    }
}
