//! Tokens by the OAuth 2.0 client credentials grant.
//! <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{Api, Call, HttpError, Problem, Secret, SecretError, Token, TokenCall, TokenSource};

const WHAT: &str = "get token";

/// A client of an OAuth server, and where it gets its tokens.
pub struct ClientGrant {
    /// Where the token comes from, if not from the vendor's own address.
    pub api: Option<Api>,
    /// The path of the token endpoint there.
    pub path: String,
    /// The client's id.
    pub id: Secret,
    /// Its secret.
    pub secret: Secret,
    /// What tokens are asked for, in the server's words.
    pub scope: Option<Box<str>>,
    /// Whether id and secret go into the body; else they are sent as Basic.
    pub in_body: bool,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

#[async_trait]
impl TokenSource for ClientGrant {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let failed = |error: SecretError| api.problem(WHAT, Problem::Secret(error.to_string()));
        let id = self.id.read().await.map_err(failed)?;
        let secret = self.secret.read().await.map_err(failed)?;
        let api = self.api.as_ref().unwrap_or(api);
        let refused = match self.ask(api, &id, &secret).await {
            Err(error) if matches!(error.status(), Some(400 | 401)) => error,
            other => return other,
        };
        // A command may have a fresher secret by now (roster rule 7); anything else has not.
        match self.secret.again().await.map_err(failed)? {
            Some(fresh) => self.ask(api, &id, &fresh).await,
            None => Err(refused),
        }
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.id, &self.secret]
    }
}

impl ClientGrant {
    /// The same, with tokens from this address: it may be the root of another host.
    ///
    /// # Errors
    /// Those of [`Api::at`].
    pub fn at(self, api: &Api, url: &str) -> Result<Self, HttpError> {
        let (base, path) = split(url);
        Ok(Self {
            api: Some(api.at(base)?),
            path: path.to_owned(),
            ..self
        })
    }

    async fn ask(
        &self,
        api: &Api,
        id: &SecretString,
        secret: &SecretString,
    ) -> Result<Token, HttpError> {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        // Some endpoints have a slash at their end, and are another place without it.
        let path = match self.path.as_str() {
            "/" => "/",
            path => path.trim_end_matches('/'),
        };
        let mut call = Call::post(WHAT, path);
        call.slash = path.len() < self.path.len();
        let call = if self.in_body {
            fields.push(("client_id", id.expose_secret()));
            fields.push(("client_secret", secret.expose_secret()));
            call.token(TokenCall::InBody)
        } else {
            call.token(TokenCall::Basic(id.clone(), secret.clone()))
        };
        let reply = api.send(call.form(&fields).repeatable()).await?;
        // Not even the reason why it cannot be read: that could quote the token.
        let answer: Answer = reply
            .json()
            .map_err(|_| reply.unusable("it is no token answer"))?;
        let bearer = answer
            .token_type
            .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        let token = answer.access_token.filter(|it| !it.is_empty() && bearer);
        let token = token.ok_or_else(|| reply.unusable("it holds no bearer token"))?;
        Ok(Token {
            secret: token.into(),
            good_for: answer.expires_in.and_then(with_margin),
        })
    }
}

/// Renewed ahead of its end, by a tenth of its life and at most two minutes.
fn with_margin(seconds: f64) -> Option<Duration> {
    let life = Duration::try_from_secs_f64(seconds).ok()?;
    Some(life.saturating_sub((life / 10).min(Duration::from_secs(120))))
}

/// Scheme and host, and the path behind them.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    match url[host..].find('/') {
        Some(at) => url.split_at(host + at),
        None => (url, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_path() {
        for (url, base, path) in [
            ("https://a.example/o/token", "https://a.example", "/o/token"),
            ("https://a.example", "https://a.example", "/"),
        ] {
            assert_eq!(split(url), (base, path));
        }
    }

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        assert_eq!(with_margin(100.0), Some(Duration::from_secs(90)));
        assert_eq!(with_margin(36_000.0), Some(Duration::from_secs(35_880)));
        assert_eq!(with_margin(-1.0), None);
    }
}
