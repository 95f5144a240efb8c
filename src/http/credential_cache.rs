//! Keeps the credentials of one vendor during a run: reads or mints them once, renews them once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::client::SentHeader;
use super::{
    Advice, Api, Credentials, HeaderPart, HttpError, Problem, Secret, SecretError, SecretHeader,
};

/// Credentials and what became of them; shared by all clones of an [`Api`].
pub(super) struct CredentialCache {
    credentials: Credentials,
    /// Held while a token is minted or a command runs: one at a time, the others wait for it.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<CacheState>,
}

#[derive(Default)]
struct CacheState {
    held: Option<SentCredentials>,
    generation: u64,
    /// The one renewal after a 401 was used up.
    renewed: bool,
    refused: Option<Refusal>,
}

/// What one call sends.
#[derive(Clone)]
pub(super) struct SentCredentials {
    /// The headers, their values marked as sensitive.
    pub(super) headers: Arc<[SentHeader]>,
    generation: u64,
    until: Option<Instant>,
}

/// Why no further call is sent.
#[derive(Clone)]
enum Refusal {
    /// A call was refused for good.
    Call(Problem),
    /// No token was to be had.
    Mint(HttpError),
}

impl CredentialCache {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::default(),
        }
    }

    /// What the next call is to send. `api` has no credentials.
    pub(super) async fn held(&self, api: &Api, call: &str) -> Result<SentCredentials, HttpError> {
        if let Some(held) = self.ready(api, call)? {
            return Ok(held);
        }
        let _turn = self.turn.lock().await;
        // Somebody else may have been first.
        if let Some(held) = self.ready(api, call)? {
            return Ok(held);
        }
        self.obtain(api, call).await
    }

    /// Whether what a call took before it waited for its turn may still be sent.
    ///
    /// # Errors
    /// The refusal that made all further calls pointless.
    pub(super) fn still_good(
        &self,
        held: &SentCredentials,
        api: &Api,
        call: &str,
    ) -> Result<bool, HttpError> {
        Ok(self
            .ready(api, call)?
            .is_some_and(|now| now.generation == held.generation))
    }

    /// Renews what the vendor answered with 401, once per run; calls that were refused together
    /// share it. `advice` is the vendor's message.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] when there is nothing to renew, and for every later call: some
    /// vendors lock an account after a few refused logins.
    pub(super) async fn renew(
        &self,
        refused: &SentCredentials,
        api: &Api,
        call: &str,
        advice: &str,
    ) -> Result<(), HttpError> {
        let _turn = self.turn.lock().await;
        let may_renew = {
            let mut state = self.state();
            if state.generation != refused.generation {
                return Ok(());
            }
            !std::mem::replace(&mut state.renewed, true)
        };
        if may_renew && self.refresh(api, call).await? {
            return Ok(());
        }
        let problem = self.advised(Problem::Unauthorized(Advice(Some(advice.to_owned()))));
        self.state().refused = Some(Refusal::Call(problem.clone()));
        Err(api.problem(call, problem))
    }

    /// What is held already, if it has not run out.
    fn ready(&self, api: &Api, call: &str) -> Result<Option<SentCredentials>, HttpError> {
        let state = self.state();
        match &state.refused {
            Some(Refusal::Call(problem)) => return Err(api.problem(call, problem.clone())),
            Some(Refusal::Mint(error)) => return Err(error.clone()),
            None => {}
        }
        let now = api.clock().now();
        Ok(state
            .held
            .clone()
            .filter(|held| held.until.is_none_or(|until| now < until)))
    }

    /// Asks for newer secrets; `false` if there are none.
    async fn refresh(&self, api: &Api, call: &str) -> Result<bool, HttpError> {
        let failed = |error: SecretError| api.problem(call, Problem::Secret(error.to_string()));
        let renewed = match &self.credentials {
            Credentials::Basic { user, password } => {
                let user = user.again().await.map_err(failed)?.is_some();
                let password = match password {
                    Some(password) => password.again().await.map_err(failed)?.is_some(),
                    None => false,
                };
                user || password
            }
            Credentials::Bearer(secret) => secret.again().await.map_err(failed)?.is_some(),
            Credentials::Headers(headers) => {
                let mut newer = false;
                for secret in secrets_in(headers) {
                    newer |= secret.again().await.map_err(failed)?.is_some();
                }
                newer
            }
            Credentials::Minted(_) => true,
        };
        if renewed {
            self.obtain(api, call).await?;
        }
        Ok(renewed)
    }

    /// Reads or mints, and keeps it.
    async fn obtain(&self, api: &Api, call: &str) -> Result<SentCredentials, HttpError> {
        let failed = |error: SecretError| api.problem(call, Problem::Secret(error.to_string()));
        let mut until = None;
        let headers = match &self.credentials {
            Credentials::Basic { user, password } => {
                let user = user.read().await.map_err(failed)?;
                let password = match password {
                    Some(password) => password.read().await.map_err(failed)?,
                    None => SecretString::default(),
                };
                basic(api, &user, &password).map(|it| vec![it])
            }
            Credentials::Bearer(secret) => {
                let token = secret.read().await.map_err(failed)?;
                sensitive(
                    api,
                    "authorization",
                    format!("Bearer {}", token.expose_secret()),
                    &token,
                )
                .map(|it| vec![it])
            }
            Credentials::Headers(headers) => {
                let mut sent = Vec::new();
                for header in headers {
                    sent.push(filled(api, header).await.map_err(failed)?);
                }
                sent.into_iter().collect()
            }
            Credentials::Minted(source) => match source.mint(api).await {
                Ok(token) => {
                    until = token
                        .good_for
                        .and_then(|time| api.clock().now().checked_add(time));
                    let carried = source.headers().into_iter();
                    let carried = carried.map(|[name, before, after]| {
                        let text = format!("{before}{}{after}", token.secret.expose_secret());
                        sensitive(api, &name, text, &token.secret)
                    });
                    carried.collect()
                }
                Err(error) => {
                    let problem = self.advised(error.problem);
                    let error = HttpError { problem, ..error };
                    if is_final(&error) {
                        self.state().refused = Some(Refusal::Mint(error.clone()));
                    }
                    return Err(error);
                }
            },
        };
        let headers: Vec<SentHeader> = headers.map_err(|what: &str| {
            let text = format!("{what}; check {}", self.place());
            api.problem(call, Problem::Secret(text))
        })?;
        let mut state = self.state();
        state.generation += 1;
        let held = SentCredentials {
            headers: headers.into(),
            generation: state.generation,
            until,
        };
        state.held = Some(held.clone());
        Ok(held)
    }

    /// A refusal of these credentials, or of their rights, with the place to look at.
    pub(super) fn advised(&self, problem: Problem) -> Problem {
        let place = self.place();
        if place.is_empty() {
            return problem;
        }
        match problem {
            Problem::Unauthorized(Advice(Some(words))) => {
                let text = format!("the vendor says: {words}; check {place}");
                Problem::Unauthorized(Advice(Some(text)))
            }
            Problem::Status {
                status: 403,
                message,
                body,
            } => Problem::Status {
                status: 403,
                message: format!("{message}; check the rights of {place}"),
                body,
            },
            other => other,
        }
    }

    /// Where the credentials come from, for advice.
    fn place(&self) -> String {
        match &self.credentials {
            Credentials::Basic {
                user,
                password: Some(password),
            } => format!("{} and {}", user.place(), password.place()),
            Credentials::Basic {
                user: secret,
                password: None,
            }
            | Credentials::Bearer(secret) => secret.place(),
            Credentials::Headers(headers) => {
                let places: Vec<String> = secrets_in(headers).map(Secret::place).collect();
                places.join(" and ")
            }
            Credentials::Minted(source) => {
                let places: Vec<String> = source.secrets().into_iter().map(Secret::place).collect();
                places.join(" and ")
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether asking for a token again would end the same way: refused logins are counted.
fn is_final(error: &HttpError) -> bool {
    match &error.problem {
        Problem::Status { status, .. } => *status < 500 && *status != 429,
        Problem::Body(_) | Problem::Redirect { .. } => true,
        _ => error.ends_run(),
    }
}

/// The secrets of some headers.
fn secrets_in(headers: &[SecretHeader]) -> impl Iterator<Item = &Secret> {
    let parts = headers.iter().flat_map(|header| &header.value);
    parts.filter_map(|part| match part {
        HeaderPart::Secret(secret) => Some(secret),
        HeaderPart::Text(_) => None,
    })
}

/// A header with its secrets in their places.
async fn filled(
    api: &Api,
    header: &SecretHeader,
) -> Result<Result<SentHeader, &'static str>, SecretError> {
    let (mut text, mut whole) = (String::new(), SecretString::default());
    for part in &header.value {
        match part {
            HeaderPart::Text(part) => text.push_str(part),
            HeaderPart::Secret(secret) => {
                whole = secret.read().await?;
                api.redactor().register(&whole);
                text.push_str(whole.expose_secret());
            }
        }
    }
    Ok(sensitive(api, &header.name, text, &whole))
}

/// `Basic …`.
///
/// # Errors
/// What is wrong with the secrets, without them.
pub(super) fn basic(
    api: &Api,
    user: &SecretString,
    password: &SecretString,
) -> Result<SentHeader, &'static str> {
    if user.expose_secret().contains(':') {
        return Err("the user of Basic credentials holds a colon, which cannot be sent");
    }
    api.redactor().register_pair(user, password);
    let pair = format!("{}:{}", user.expose_secret(), password.expose_secret());
    let text = format!("Basic {}", STANDARD.encode(pair));
    value(text).map(|value| (AUTHORIZATION, value))
}

/// A header whose value holds this secret.
fn sensitive(
    api: &Api,
    name: &str,
    text: String,
    secret: &SecretString,
) -> Result<SentHeader, &'static str> {
    api.redactor().register(secret);
    let name = HeaderName::try_from(name).map_err(|_| "the header cannot be named so")?;
    Ok((name, value(text)?))
}

fn value(text: String) -> Result<HeaderValue, &'static str> {
    let mut value = HeaderValue::try_from(text)
        .ok()
        .filter(|value| value.to_str().is_ok())
        .ok_or("the token holds characters that cannot be sent (a line break, perhaps)")?;
    value.set_sensitive(true);
    Ok(value)
}
