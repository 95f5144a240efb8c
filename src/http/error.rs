//! What can go wrong between us and a vendor.

use std::time::Duration;

/// A call that did not bring what it should, for the person who reads a CI log at night.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{vendor}: {call} failed: {problem}")]
pub struct HttpError {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// `list users (GET /v2/users)`.
    pub call: Box<str>,
    /// What went wrong.
    pub problem: Problem,
}

/// What went wrong. Texts from outside are cut, redacted and free of control characters.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Problem {
    /// No connection was made: nothing was sent.
    #[error("no connection to {host}: {reason}; check base_url, proxy and network")]
    Unreachable {
        /// Host and port.
        host: String,
        /// The cause.
        reason: String,
    },
    /// The connection broke after the request went out.
    #[error("the connection broke before the answer was complete: {0}")]
    Lost(String),
    /// No answer in time; the server may still be at work.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// The credentials were refused, after one renewal where that is possible.
    #[error("HTTP 401: the credentials were refused{0}")]
    Unauthorized(Advice),
    /// Another status than 2xx.
    #[error("HTTP {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The vendor's message, cut and redacted.
        message: String,
        /// The body when it was JSON, for connectors that look into it.
        body: Option<Box<serde_json::Value>>,
    },
    /// The vendor asked to wait, by a 429 or by `Retry-After`, and asked again after each wait.
    /// Nothing was done, and nothing is said about the request itself.
    #[error("HTTP {status}: {message} (asked to wait, and still so after {} s)", .waited.as_secs())]
    Throttled {
        /// The status.
        status: u16,
        /// The vendor's message, cut and redacted.
        message: String,
        /// How long the call waited in all.
        waited: Duration,
    },
    /// A redirect, which is never followed.
    #[error("HTTP {status}: redirected to {to}; redirects are not followed, correct base_url")]
    Redirect {
        /// The status.
        status: u16,
        /// Where to, without query.
        to: String,
    },
    /// The body is not what the API documents.
    #[error("the answer is not usable: {0}")]
    Body(String),
    /// Pages that do not end, go back, or lead elsewhere.
    #[error("the list cannot be followed: {0}")]
    Paging(String),
    /// The vendor asked for a longer pause than `limits.max_wait`.
    #[error(
        "{}the vendor asks to wait {} s, more than limits.max_wait ({} s)",
        .status.map(|status| format!("HTTP {status}: ")).unwrap_or_default(),
        .asked.as_secs(),
        .allowed.as_secs()
    )]
    WaitTooLong {
        /// The status of the answer that asked.
        status: Option<u16>,
        /// What it asks.
        asked: Duration,
        /// What the roster allows.
        allowed: Duration,
    },
    /// A secret could not be read.
    #[error("{0}")]
    Secret(String),
    /// A writing method in a command that only reads. A defect of ours.
    #[error("refused to send a writing method in a command that only reads")]
    WriteInReadOnly,
    /// A path or query that means another place than it says; nothing was sent.
    #[error("refused to send it: {0}")]
    BadCall(String),
    /// Something on our side is in the way: the base address, CA certificates, a setting, a
    /// record. Nothing was sent.
    #[error("{0}")]
    Setup(String),
    /// Too many calls in a row got no answer; nothing is sent any more.
    #[error(
        "the vendor seems to be down: {calls} calls in a row failed, the last one with: {last}"
    )]
    Down {
        /// How many.
        calls: u32,
        /// The last failure.
        last: String,
    },
}

/// A hint behind "the credentials were refused".
#[derive(Debug, Clone, Default)]
pub struct Advice(pub Option<String>);

impl std::fmt::Display for Advice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(text) => write!(f, "; {text}"),
            None => Ok(()),
        }
    }
}

/// What a failed write may have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it was not sent, or the vendor refused it.
    None,
    /// Unknown, and settled by now: the answer was lost.
    Unknown,
    /// Unknown, and the server may still be at work (time-out, 524).
    Pending,
}

impl Problem {
    /// A status as what is left of a call that waited for so long, each time that it was asked to.
    pub(super) fn throttled(self, waited: Duration) -> Self {
        match self {
            Self::Status {
                status, message, ..
            } => Self::Throttled {
                status,
                message,
                waited,
            },
            other => other,
        }
    }

    /// What a write that ended like this may have done.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Lost(_) | Self::Body(_) => Effect::Unknown,
            Self::Timeout(_) => Effect::Pending,
            Self::Status { status: 524, .. } => Effect::Pending,
            Self::Status { status, .. } if *status >= 500 => Effect::Unknown,
            _ => Effect::None,
        }
    }
}

impl HttpError {
    /// The HTTP status, where there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.problem {
            Problem::Status { status, .. }
            | Problem::Throttled { status, .. }
            | Problem::Redirect { status, .. } => Some(*status),
            Problem::Unauthorized(_) => Some(401),
            Problem::WaitTooLong { status, .. } => *status,
            _ => None,
        }
    }

    /// Whether the vendor only asked to wait: another request would have met the same.
    pub fn is_throttled(&self) -> bool {
        matches!(self.problem, Problem::Throttled { .. })
    }

    /// The same with more to be said behind it.
    #[must_use]
    pub fn and(mut self, words: &str) -> Self {
        if !words.is_empty() {
            self.add(words);
        }
        self
    }

    /// The same with more words behind those of the vendor or of the connection.
    pub fn add(&mut self, words: &str) {
        let (Problem::Status { message, .. }
        | Problem::Throttled { message, .. }
        | Problem::Unreachable {
            reason: message, ..
        }
        | Problem::Down { last: message, .. }
        | Problem::Lost(message)
        | Problem::Body(message)
        | Problem::Paging(message)) = &mut self.problem
        else {
            return;
        };
        *message = format!("{message}; {words}");
    }

    /// What a write that ended like this may have done.
    pub fn effect(&self) -> Effect {
        self.problem.effect()
    }

    /// Whether it ends the vendor's run: the next call would fail the same way.
    pub fn ends_run(&self) -> bool {
        matches!(
            self.problem,
            Problem::Unauthorized(_)
                | Problem::Secret(_)
                | Problem::WaitTooLong { .. }
                | Problem::WriteInReadOnly
                | Problem::Setup(_)
                | Problem::Down { .. }
        )
    }
}
