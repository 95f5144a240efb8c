//! The tries of one call: wait for the turn, send, judge the answer, and decide whether to go on.

use std::sync::Arc;
use std::time::Duration;

use super::client::{Answer, SentHeader};
use super::credential_cache::{self, SentCredentials};
use super::limiter::Slot;
use super::retry::{self, Again};
use super::wait::tell_wait;
use super::{Advice, Api, Call, Effect, HttpError, Method, Problem, TokenCall, message};
use crate::model::mask::without_emails;

/// Headers by which vendors, and the gateways in front of them, name one request.
const REQUEST_IDS: [&str; 7] = [
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amz-cf-id",
    "x-trace-id",
    "cf-ray",
];

/// The longest pause after a page for people from an edge in front of the API. It names no time,
/// and whoever waits for a plan is not kept for minutes.
pub(super) const EDGE: Duration = Duration::from_secs(10);

/// A try that brought no 2xx answer.
struct Failed {
    problem: Problem,
    /// It was a 403 with a page for people: from an edge in front of the API.
    edge: bool,
    /// It named a time to wait.
    asked: bool,
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            edge: false,
            asked: false,
        }
    }
}

impl Api {
    /// Tries until there is a 2xx answer or a reason to stop, and tells the circuit.
    pub(super) async fn tries(&self, call: &Call, name: &str) -> Result<Answer, HttpError> {
        let ended = self.go_on(call, name).await;
        match &ended {
            Ok(_) => self.inner.circuit.ended(None),
            // The failure of a token call has been counted when that call ended.
            Err(error) if *error.call != *name => {}
            Err(error) => self.inner.circuit.ended(Some(&error.problem)),
        }
        ended
    }

    async fn go_on(&self, call: &Call, name: &str) -> Result<Answer, HttpError> {
        let backoff = self.inner.config.backoff;
        let (mut tried, mut renewed, mut edge_seen) = (0, 0, false);
        let (mut doubt, mut throttled) = (None, None);
        loop {
            let (slot, held) = match self.turn(call, name).await {
                Ok(turn) => turn,
                Err(error) => return Err(with_doubt(error, doubt)),
            };
            tried += 1;
            let failed = match self.once(call, name, tried, slot, held.as_ref()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if let (Problem::Unauthorized(Advice(words)), Some(cache), Some(held)) =
                (&failed.problem, &self.cache, &held)
                // Twice, because a token may have been minted anew, ahead of time, in between.
                && renewed < 2
            {
                renewed += 1;
                let words = words.as_deref().unwrap_or_default();
                match cache.renew(held, &self.bare(), name, words).await {
                    Ok(()) => continue,
                    Err(error) => return Err(with_doubt(error, doubt)),
                }
            }
            let pause = backoff.throttled.min(EDGE);
            let edge = failed.edge && !failed.asked && !edge_seen;
            if edge && self.inner.edge.admits(self.clock(), pause) {
                edge_seen = true;
                let why = "HTTP 403 with a page, from an edge in front of the API";
                self.wait(pause, why).await;
                continue;
            }
            match retry::again(&failed.problem, failed.asked, call.repeat) {
                Again::Backoff if tried < backoff.tries => {
                    let why = without_emails(&failed.problem.to_string());
                    doubt = worse(doubt, failed.problem, call.method);
                    let wait = backoff.wait(tried, &self.inner.jitter);
                    self.wait(wait, &why).await;
                }
                // The limiter keeps the pause.
                Again::Throttled if tried < backoff.tries => {
                    throttled.get_or_insert(self.clock().now());
                }
                Again::Throttled => {
                    let since = throttled.unwrap_or(self.clock().now());
                    let waited = self.clock().now().duration_since(since);
                    let problem = failed.problem.throttled(waited);
                    return Err(with_doubt(self.problem(name, problem), doubt));
                }
                Again::Backoff | Again::No => {
                    let problem = match &self.cache {
                        Some(cache) if call.method.reads_only() && !failed.edge => {
                            cache.advised(failed.problem)
                        }
                        _ => failed.problem,
                    };
                    return Err(with_doubt(self.problem(name, problem), doubt));
                }
            }
        }
    }

    /// Waits until the call may start, with credentials that are still good by then.
    async fn turn(
        &self,
        call: &Call,
        name: &str,
    ) -> Result<(Slot, Option<SentCredentials>), HttpError> {
        let cache = self.cache.as_ref().filter(|_| call.token_call.is_none());
        let bare = self.bare();
        let up = || {
            let checked = self.inner.circuit.check();
            checked.map_err(|down| self.problem(name, down))
        };
        let mut patience = 3;
        loop {
            up()?;
            let held = match cache {
                Some(cache) => Some(cache.held(&bare, name).await?),
                None => None,
            };
            let slot = self.inner.limiter.acquire().await.map_err(|too_long| {
                let problem = Problem::WaitTooLong {
                    status: too_long.status,
                    asked: too_long.asked,
                    allowed: too_long.allowed,
                };
                self.problem(name, problem)
            })?;
            // Thousands may have queued before the vendor went down.
            up()?;
            patience -= 1;
            match (cache, &held) {
                // A pause may outlast a token, and a refusal ends all calls behind it. A token
                // that runs out faster than turns come is sent as it is in the end.
                (Some(cache), Some(now))
                    if !cache.still_good(now, &bare, name)? && patience > 0 => {}
                _ => return Ok((slot, held)),
            }
        }
    }

    async fn once(
        &self,
        call: &Call,
        name: &str,
        tried: u32,
        slot: Slot,
        held: Option<&SentCredentials>,
    ) -> Result<Answer, Failed> {
        let url = self
            .inner
            .address
            .of(call)
            .map_err(|reason| Problem::BadCall(self.clean(&reason)))?;
        let credentials: Arc<[SentHeader]> = match (&call.token_call, held) {
            (Some(TokenCall::Basic(user, password)), _) => {
                let basic = credential_cache::basic(self, user, password);
                [basic.map_err(|what| Problem::Secret(what.to_owned()))?].into()
            }
            (Some(TokenCall::InBody), _) | (None, None) => [].into(),
            (None, Some(held)) => held.headers.clone(),
        };
        let writes = !call.method.reads_only() && call.token_call.is_none();
        if writes {
            let may = self.tenure.check();
            may.map_err(|lost| Problem::Setup(lost.to_string()))?;
        }
        // Real time, even on a virtual clock: it is for people who look for a slow vendor.
        let begun = std::time::Instant::now();
        let request = self.inner.meter.starts(tried, writes);
        let sent = self.inner.client.send(call, url, &credentials).await;
        let took = begun.elapsed();
        let now = self.clock().wall();
        let meter = &self.inner.meter;
        meter.ended(&sent, took, now, |text| self.clean(text));
        // The macro makes its fields only where somebody reads them.
        let (vendor, ms) = (&*self.inner.config.vendor, took.as_millis() as u64);
        match sent {
            Ok(answer) => {
                tracing::debug!(
                    vendor,
                    request,
                    call = without_emails(name),
                    tried,
                    status = answer.status,
                    ms,
                    vendor_request = self.vendor_request(&answer),
                    "answered"
                );
                self.judge(&slot, answer)
            }
            Err(problem) => {
                let problem = self.cleaned(problem);
                tracing::debug!(
                    vendor,
                    request,
                    call = without_emails(name),
                    tried,
                    problem = without_emails(&problem.to_string()),
                    ms,
                    "no answer"
                );
                Err(problem.into())
            }
        }
    }

    /// Turns an answer into success or failure, and tells the limiter what it says about the pace.
    fn judge(&self, slot: &Slot, answer: Answer) -> Result<Answer, Failed> {
        let status = answer.status;
        let backoff = &self.inner.config.backoff;
        let asked = answer
            .header("retry-after")
            .and_then(|value| retry::retry_after(value, answer.header("date")))
            // "Now" would mean all tries in one moment.
            .map(|asked| if asked.is_zero() { backoff.base } else { asked });
        if status == 429 || asked.is_some() {
            let limiter = &self.inner.limiter;
            self.inner.meter.throttled(asked);
            let paused = limiter.throttled(slot.started, status, asked, backoff.throttled);
            if let Some(pause) = paused {
                let why = format!("HTTP {status}");
                tell_wait(&self.inner.config.vendor, pause, &why);
            }
        } else {
            self.inner.limiter.answered_well(slot.started);
        }
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        if (300..400).contains(&status) {
            let to = self.inner.address.destination(answer.header("location"));
            let to = self.clean(&to);
            return Err(Problem::Redirect { status, to }.into());
        }
        let (message, body) = message::read(status, &answer.body, self.redactor());
        if status == 401 {
            return Err(Problem::Unauthorized(Advice(Some(message))).into());
        }
        Err(Failed {
            asked: asked.is_some(),
            edge: status == 403 && message::is_page(&answer.body),
            problem: Problem::Status {
                status,
                message,
                body,
            },
        })
    }

    /// The name that the vendor gave the request, for a ticket with its support.
    fn vendor_request(&self, answer: &Answer) -> Option<String> {
        let id = REQUEST_IDS.iter().find_map(|name| answer.header(name))?;
        Some(without_emails(&self.clean(id)))
    }

    /// Texts of the client's come from the network too.
    fn cleaned(&self, problem: Problem) -> Problem {
        match problem {
            Problem::Unreachable { host, reason } => Problem::Unreachable {
                host,
                reason: self.clean(&reason),
            },
            Problem::Lost(reason) => Problem::Lost(self.clean(&reason)),
            Problem::Setup(reason) => Problem::Setup(self.clean(&reason)),
            other => other,
        }
    }

    /// The same API without credentials.
    fn bare(&self) -> Self {
        Self {
            inner: std::sync::Arc::clone(&self.inner),
            cache: None,
            tenure: self.tenure.clone(),
            scope: self.scope.clone(),
        }
    }
}

/// The failure of an earlier try of a write, if it leaves more doubt than what is known so far.
fn worse(doubt: Option<Problem>, problem: Problem, method: Method) -> Option<Problem> {
    let rank = |problem: &Problem| match problem.effect() {
        Effect::None => 0,
        Effect::Unknown => 1,
        Effect::Pending => 2,
    };
    if method.reads_only() || rank(&problem) <= doubt.as_ref().map_or(0, rank) {
        return doubt;
    }
    Some(problem)
}

/// A write whose earlier try may have gone through must not end as "nothing was done" because of
/// its last try: that one was not sent, or was refused because the earlier one had worked (the
/// object has changed, the account is gone, the address is taken).
fn with_doubt(error: HttpError, doubt: Option<Problem>) -> HttpError {
    let Some(doubt) = doubt.filter(|_| error.effect() == Effect::None) else {
        return error;
    };
    let last = &error.problem;
    let problem = match doubt {
        _ if error.ends_run() && !matches!(last, Problem::Unauthorized(_)) => doubt,
        Problem::Lost(reason) => Problem::Lost(format!("{reason}; sent again: {last}")),
        Problem::Status {
            status,
            message,
            body,
        } => Problem::Status {
            status,
            message: format!("{message}; sent again: {last}"),
            body,
        },
        other => other,
    };
    HttpError { problem, ..error }
}
