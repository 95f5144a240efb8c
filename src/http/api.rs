//! One vendor's API: every call of a run goes through [`Api::send`].

use std::sync::Arc;

use reqwest::header::HeaderValue;

use super::address::Address;
use super::circuit::Circuit;
use super::client::Client;
use super::credential_cache::CredentialCache;
use super::edge::Edge;
use super::meter::Meter;
use super::retry::Jitter;
use super::{
    Backoff, Call, Clock, Credentials, HttpError, Limiter, Problem, Redactor, Reply, Transport,
    message,
};
use crate::http::{WritePermit, WriteScope};
use crate::model::traffic::Traffic;
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
    /// The way to the vendor's server.
    pub transport: Transport,
    /// Hides the secrets of the whole run.
    pub redactor: Redactor,
}

/// One vendor's API; clones share limiter and credentials.
#[derive(Clone)]
pub struct Api {
    pub(super) inner: Arc<Inner>,
    pub(super) cache: Option<Arc<CredentialCache>>,
    /// Asked before each write goes out, however long it waited for its turn.
    pub(super) tenure: WritePermit,
    /// To whom writes may go, where that is bounded.
    pub(super) scope: Option<WriteScope>,
}

/// What all clones of an [`Api`] share, with or without credentials.
pub(super) struct Inner {
    pub(super) config: ApiConfig,
    pub(super) address: Address,
    pub(super) client: Client,
    pub(super) limiter: Limiter,
    pub(super) circuit: Circuit,
    pub(super) meter: Meter,
    pub(super) edge: Edge,
    pub(super) jitter: Jitter,
}

impl Api {
    /// An API without credentials: only token calls make sense before [`Api::with_credentials`].
    ///
    /// # Errors
    /// [`Problem::Setup`] when no HTTP client can be built (no CA certificates) or the base
    /// address is not acceptable.
    pub fn new(config: ApiConfig) -> Result<Self, HttpError> {
        let failed = |problem| HttpError {
            vendor: config.vendor.clone(),
            call: "set up".into(),
            problem,
        };
        let address =
            Address::parse(&config.base_url).map_err(|reason| failed(Problem::Setup(reason)))?;
        let (https, loopback) = (address.is_https(), address.is_loopback());
        let (transport, host) = (&config.transport, address.host());
        let client = Client::new(transport, &config.limits, host, https, loopback);
        let client = client.map_err(failed)?;
        Ok(Self {
            inner: Arc::new(Inner {
                limiter: Limiter::new(&config.limits, config.clock.clone()),
                address,
                client,
                circuit: Circuit::default(),
                meter: Meter::default(),
                edge: Edge::default(),
                jitter: Jitter::new(config.backoff.seed),
                config,
            }),
            cache: None,
            tenure: WritePermit::default(),
            scope: None,
        })
    }

    /// The same API, whose writes end with the run's right to write.
    #[must_use]
    pub fn under(self, tenure: WritePermit) -> Self {
        Self { tenure, ..self }
    }

    /// The same API, whose writes go to nobody else, if that is bounded.
    #[must_use]
    pub fn within(self, scope: Option<WriteScope>) -> Self {
        Self { scope, ..self }
    }

    /// The same API (same limiter, same client) with credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            cache: Some(Arc::new(CredentialCache::new(credentials))),
            tenure: self.tenure.clone(),
            scope: self.scope.clone(),
        }
    }

    /// An API of the same vendor at another address, without credentials: where its tokens come
    /// from. It has limits of its own.
    ///
    /// # Errors
    /// As [`Api::new`].
    pub fn at(&self, base_url: &str) -> Result<Self, HttpError> {
        Self::new(ApiConfig {
            base_url: base_url.into(),
            ..self.inner.config.clone()
        })
    }

    /// The call to the same place with a slash behind its path, where a redirect asks for nothing
    /// else: the same host, the same path. Nothing else is ever followed.
    pub fn slashed(&self, call: &Call, error: &HttpError) -> Option<Call> {
        let Problem::Redirect { to, .. } = &error.problem else {
            return None;
        };
        let mut wanted = self.inner.address.of(call).ok()?;
        wanted.set_query(None);
        let same = !call.slash && format!("{wanted}/") == *to;
        same.then(|| Call {
            slash: true,
            ..call.clone()
        })
    }

    /// What went over the wire so far, through all clones.
    pub fn traffic(&self) -> Traffic {
        self.inner.meter.traffic(self.inner.limiter.paused())
    }

    /// Scheme, host and prefix.
    pub fn base_url(&self) -> &str {
        &self.inner.config.base_url
    }

    /// The run's clock, for token lifetimes.
    pub fn clock(&self) -> &Clock {
        &self.inner.config.clock
    }

    /// What hides the secrets of this run.
    pub fn redactor(&self) -> &Redactor {
        &self.inner.config.redactor
    }

    /// A text of the vendor's as messages may show it: one line, cut, redacted, free of control
    /// characters.
    pub fn clean(&self, text: &str) -> String {
        message::clean(text, self.redactor())
    }

    /// Sends a call and returns its 2xx answer, whole.
    ///
    /// Waits for the limiter before each try; retries [`super::Repeat::Safe`] calls on connection
    /// faults, 429, 502, 503, 504 and 524, and any call on 429 and on faults before it was sent;
    /// renews the credentials once per run on a 401.
    ///
    /// # Errors
    /// [`HttpError`], see [`Problem`].
    pub async fn send(&self, call: Call) -> Result<Reply, HttpError> {
        let name = self.clean(&call.describe());
        if self.inner.config.permit == Permit::ReadOnly
            && !call.method.reads_only()
            && call.token_call.is_none()
        {
            return Err(self.problem(&name, Problem::WriteInReadOnly));
        }
        let writes = !call.method.reads_only() && call.token_call.is_none();
        if writes && self.scope.as_ref().is_some_and(|it| !it.admits(&call)) {
            let reason = "this run may write to the accounts alone that it made";
            return Err(self.problem(&name, Problem::BadCall(reason.to_owned())));
        }
        let answer = self.tries(&call, &name).await?;
        let text = |value: &HeaderValue| Some(value.to_str().ok()?.to_owned());
        Ok(Reply {
            vendor: self.inner.config.vendor.clone(),
            call: name.into(),
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
                .collect(),
            body: answer.body,
        })
    }

    /// The call behind a page link that the vendor sent, if it stays at the same origin and under
    /// the same base address. The link may be absolute or relative.
    ///
    /// # Errors
    /// [`Problem::Paging`] for another origin: the call would carry the credentials there.
    pub fn follow(&self, what: &'static str, link: &str) -> Result<Call, HttpError> {
        let (path, query) = self
            .inner
            .address
            .strip(link)
            .map_err(|reason| self.problem(what, Problem::Paging(self.clean(&reason))))?;
        let mut call = Call::get(what, path);
        call.query = query;
        Ok(call)
    }

    /// An error about a list that cannot be followed, or another problem found by a connector.
    pub fn problem(&self, call: &str, problem: Problem) -> HttpError {
        HttpError {
            vendor: self.inner.config.vendor.clone(),
            call: call.into(),
            problem,
        }
    }
}
