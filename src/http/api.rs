//! One vendor's API: every call of a run goes through [`Api::send`].

use std::sync::Arc;

use super::{Backoff, Call, Clock, Credentials, HttpError, Redactor, Reply};
use crate::roster::model::Limits;

/// Whether writing methods may be sent at all (Safety: `plan`, `import`, `doctor` and `explain`
/// cannot write; a token call excepted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// GET and token calls only.
    ReadOnly,
    /// Everything.
    ReadWrite,
}

/// What an [`Api`] is made of.
#[derive(Clone)]
pub struct ApiConfig {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// Scheme, host and optional path prefix, no slash at the end.
    pub base_url: Box<str>,
    /// Rate, burst, calls in flight, time-outs.
    pub limits: Limits,
    /// What may be sent.
    pub permit: Permit,
    /// Waits between tries.
    pub backoff: Backoff,
    /// Real, or virtual in tests.
    pub clock: Clock,
    /// Hides the secrets of the whole run.
    pub redactor: Redactor,
}

/// One vendor's API; clones share limiter and credentials.
#[derive(Clone)]
pub struct Api {
    inner: Arc<ApiConfig>,
}

impl Api {
    /// An API without credentials: only token calls make sense before [`Api::with_credentials`].
    ///
    /// # Errors
    /// [`super::Problem::Unreachable`] when no HTTP client can be built (no CA certificates).
    pub fn new(config: ApiConfig) -> Result<Self, HttpError> {
        Ok(Self {
            inner: Arc::new(config),
        })
    }

    /// The same API (same limiter, same client) with credentials.
    #[must_use]
    pub fn with_credentials(&self, _credentials: Credentials) -> Self {
        self.clone()
    }

    /// Scheme, host and prefix.
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// The run's clock, for token lifetimes.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Sends a call and returns its 2xx answer, whole.
    ///
    /// Waits for the limiter before each try; retries [`super::Repeat::Safe`] calls on connection
    /// faults, 429, 502, 503, 504 and 524, and any call on 429 and on faults before it was sent;
    /// renews the credentials once per run on a 401.
    ///
    /// # Errors
    /// [`HttpError`], see [`super::Problem`].
    pub async fn send(&self, _call: Call) -> Result<Reply, HttpError> {
        unreachable!("replaced by the HTTP layer")
    }

    /// The call behind a page link that the vendor sent, if it stays at the same origin and under
    /// the same base address. The link may be absolute or relative.
    ///
    /// # Errors
    /// [`super::Problem::Paging`] for another origin: the call would carry the credentials there.
    pub fn follow(&self, _what: &'static str, _link: &str) -> Result<Call, HttpError> {
        unreachable!("replaced by the HTTP layer")
    }

    /// An error about a list that cannot be followed, or another problem found by a connector.
    pub fn problem(&self, call: &str, problem: super::Problem) -> HttpError {
        HttpError {
            vendor: self.inner.vendor.clone(),
            call: call.into(),
            problem,
        }
    }
}
