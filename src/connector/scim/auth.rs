//! Credentials: a bearer token, HTTP Basic, or a token minted by OAuth 2.0 client credentials
//! (RFC 6749, 4.4).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::setting;
use crate::http::{
    Api, Call, Credentials, HttpError, Problem, Secret, SecretError, Secrets, Token, TokenCall,
    TokenSource,
};
use crate::roster::model::VendorSettings;

const WHAT: &str = "get token";

/// The credentials for the form that the roster chose.
///
/// # Errors
/// A form that is not whole, or a token endpoint that is missing.
pub(super) fn credentials(
    api: &Api,
    settings: &VendorSettings,
    secrets: &Secrets,
) -> Result<Credentials, HttpError> {
    let secret = |key: &str| secrets.get(key).cloned();
    if let Some(token) = secret("token") {
        return Ok(Credentials::Bearer(token));
    }
    if let Some(user) = secret("username") {
        return Ok(Credentials::Basic {
            user,
            password: secret("password"),
        });
    }
    let failed = |text: &str| api.problem("connect", Problem::Setup(text.into()));
    let (Some(id), Some(secret)) = (secret("client_id"), secret("client_secret")) else {
        let text = "auth needs token, username and password, or client_id and client_secret";
        return Err(failed(text));
    };
    let url = settings.text(setting::TOKEN_URL).ok_or_else(|| {
        failed("client_id and client_secret need `token_url`: the vendor's token endpoint")
    })?;
    // The address of the call is the endpoint itself: it may be the root of another host.
    let (base, path) = split(url);
    Ok(Credentials::Minted(Arc::new(Client {
        api: api.at(base)?,
        path: path.to_owned(),
        id,
        secret,
        scope: settings.text(setting::TOKEN_SCOPE).map(str::to_owned),
        in_body: settings.text(setting::TOKEN_AUTH) == Some("body"),
    })))
}

/// Scheme and host, and the path behind them.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    match url[host..].find('/') {
        Some(at) => url.split_at(host + at),
        None => (url, "/"),
    }
}

/// An OAuth client.
struct Client {
    api: Api,
    path: String,
    id: Secret,
    secret: Secret,
    scope: Option<String>,
    in_body: bool,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

#[async_trait]
impl TokenSource for Client {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let failed = |error: SecretError| api.problem(WHAT, Problem::Secret(error.to_string()));
        let id = self.id.read().await.map_err(failed)?;
        let secret = self.secret.read().await.map_err(failed)?;
        let refused = match self.ask(&id, &secret).await {
            Err(error) if matches!(error.status(), Some(400 | 401)) => error,
            other => return other,
        };
        // A command may have a fresher secret by now (roster rule 7); anything else has not.
        match self.secret.again().await.map_err(failed)? {
            Some(fresh) => self.ask(&id, &fresh).await,
            None => Err(refused),
        }
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.id, &self.secret]
    }
}

impl Client {
    async fn ask(&self, id: &SecretString, secret: &SecretString) -> Result<Token, HttpError> {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        let call = if self.in_body {
            fields.push(("client_id", id.expose_secret()));
            fields.push(("client_secret", secret.expose_secret()));
            Call::post(WHAT, &self.path).token(TokenCall::InBody)
        } else {
            Call::post(WHAT, &self.path).token(TokenCall::Basic(id.clone(), secret.clone()))
        };
        let reply = self.api.send(call.form(&fields).repeatable()).await?;
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
