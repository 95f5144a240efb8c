//! JWTs, minted from e-mail and Secret Key.
//!
//! The vendor says that such an endpoint exists and not where, so its path, field names and the
//! place of the JWT in its answer are settings
//! (<https://success.surecloud.com/hc/en-us/articles/360006508798-Authentication>).

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value as Json};
use url::Url;

use super::claims::Claims;
use super::spec::setting;
use crate::http::{Api, Call, HttpError, Problem, Secret, Token, TokenCall, TokenSource};
use crate::roster::base_url::is_loopback;
use crate::roster::model::VendorSettings;

/// The documented life of a JWT.
const DEFAULT_MINUTES: u64 = 60;

/// Mints JWTs. The documentation knows no refresh: after its time a new one is asked for.
pub(super) struct Mint {
    email: Secret,
    secret_key: Secret,
    endpoint: Endpoint,
}

/// An address of the tenant's own, from a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TenantAddress {
    /// Below `base_url`.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
}

/// The token call, as the settings describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) place: TenantAddress,
    /// The call's name for the e-mail.
    pub(super) email_field: Box<str>,
    /// The call's name for the Secret Key.
    pub(super) key_field: Box<str>,
    /// JSON pointer to the JWT in the answer.
    pub(super) pointer: Box<str>,
    life: Duration,
}

impl Mint {
    pub(super) fn new(email: Secret, secret_key: Secret, endpoint: Endpoint) -> Self {
        Self {
            email,
            secret_key,
            endpoint,
        }
    }
}

#[async_trait]
impl TokenSource for Mint {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let body = Json::Object(Map::from_iter([
            (
                self.endpoint.email_field.to_string(),
                Json::from(read(&self.email, api).await?.expose_secret()),
            ),
            (
                self.endpoint.key_field.to_string(),
                Json::from(read(&self.secret_key, api).await?.expose_secret()),
            ),
        ]));
        let mut call = Call::post("get token", &self.endpoint.place.path)
            .json(&body)
            .repeatable()
            .token(TokenCall::InBody);
        call.query.clone_from(&self.endpoint.place.query);
        let reply = api.send(call).await?;
        let answer: Json = reply.json()?;
        let jwt = answer
            .pointer(&self.endpoint.pointer)
            .and_then(Json::as_str)
            .filter(|jwt| !jwt.trim().is_empty())
            .ok_or_else(|| {
                reply.unusable(format!(
                    "it has no text at {:?}; correct {}",
                    self.endpoint.pointer,
                    setting::TOKEN_POINTER
                ))
            })?
            .trim();
        let life = Claims::of(jwt).and_then(|claims| claims.life());
        Ok(Token {
            secret: SecretString::from(jwt),
            good_for: Some(with_margin(life.unwrap_or(self.endpoint.life))),
        })
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.email, &self.secret_key]
    }
}

/// Reads a secret.
///
/// # Errors
/// [`Problem::Secret`].
pub(super) async fn read(secret: &Secret, api: &Api) -> Result<SecretString, HttpError> {
    let read = secret.read().await;
    read.map_err(|error| api.problem("read credentials", Problem::Secret(error.to_string())))
}

/// Renewed ahead of its end, by a tenth of its life and at most two minutes: a call that starts
/// in time must not arrive too late.
fn with_margin(life: Duration) -> Duration {
    life.saturating_sub((life / 10).min(Duration::from_secs(120)))
}

impl Endpoint {
    /// The token call of these settings.
    ///
    /// # Errors
    /// Which settings are missing or wrong.
    pub(super) fn from_settings(settings: &VendorSettings) -> Result<Self, String> {
        let fields = settings.text_map(setting::TOKEN_FIELDS);
        let (url, fields, pointer) = match (
            settings.text(setting::TOKEN_URL),
            fields.filter(|fields| !fields.is_empty()),
            settings.text(setting::TOKEN_POINTER),
        ) {
            (Some(url), Some(fields), Some(pointer)) => (url, fields, pointer),
            (url, fields, pointer) => {
                let missing: Vec<&str> = [
                    (setting::TOKEN_URL, url.is_none()),
                    (setting::TOKEN_FIELDS, fields.is_none()),
                    (setting::TOKEN_POINTER, pointer.is_none()),
                ]
                .into_iter()
                .filter_map(|(name, missing)| missing.then_some(name))
                .collect();
                return Err(format!(
                    "SureCloud does not publish how e-mail and Secret Key become a JWT: set {} \
                     from the API pages of your tenant, or give a ready-made one as auth.jwt",
                    missing.join(", ")
                ));
            }
        };
        let field = |name: &str| {
            let found = fields.get(name).filter(|field| !field.is_empty());
            found
                .cloned()
                .ok_or_else(|| format!("{} has no {name}", setting::TOKEN_FIELDS))
        };
        let known = ["email", "secret_key"];
        if let Some(other) = fields.keys().find(|name| !known.contains(&&***name)) {
            return Err(format!(
                "{} has {other}, it takes email and secret_key",
                setting::TOKEN_FIELDS
            ));
        }
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(format!(
                "{} {pointer:?} is no JSON pointer; one begins with /",
                setting::TOKEN_POINTER
            ));
        }
        let minutes = settings
            .count(setting::TOKEN_MINUTES)
            .unwrap_or(DEFAULT_MINUTES);
        Ok(Self {
            place: TenantAddress::of_setting(settings, setting::TOKEN_URL, url)?,
            email_field: field("email")?,
            key_field: field("secret_key")?,
            pointer: pointer.into(),
            life: Duration::from_secs(minutes.saturating_mul(60)),
        })
    }
}

impl TenantAddress {
    /// What the setting `name` says.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn of_setting(
        settings: &VendorSettings,
        name: &str,
        text: &str,
    ) -> Result<Self, String> {
        Self::below(&settings.base_url, text).map_err(|reason| format!("{name} {text:?} {reason}"))
    }

    /// A place below the base address. An address elsewhere would get the Secret Key, so it is
    /// refused; a local stand-in for the vendor takes only the path of it.
    fn below(base: &str, text: &str) -> Result<Self, &'static str> {
        let base = Url::parse(base).map_err(|_| "cannot be used: base_url is no address")?;
        if text.starts_with('/') && !text.starts_with("//") {
            let url = base.join(text).map_err(|_| "is no path")?;
            return Ok(Self::new(url.path(), &url));
        }
        let url = Url::parse(text).map_err(|_| "is neither a path nor an address")?;
        if url.origin() == base.origin() {
            let prefix = base.path().trim_end_matches('/');
            let path = url.path().strip_prefix(prefix);
            let path = path.filter(|path| path.starts_with('/'));
            return path
                .map(|path| Self::new(path, &url))
                .ok_or("is not below base_url");
        }
        if is_loopback(&base) {
            Ok(Self::new(url.path(), &url))
        } else {
            Err("is at another origin than base_url")
        }
    }

    fn new(path: &str, url: &Url) -> Self {
        Self {
            path: path.to_owned(),
            query: url.query_pairs().into_owned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_renewed_ahead_of_their_end() {
        assert_eq!(
            with_margin(Duration::from_secs(3600)),
            Duration::from_secs(3480)
        );
        assert_eq!(
            with_margin(Duration::from_secs(60)),
            Duration::from_secs(54)
        );
    }

    #[test]
    fn token_url_stays_at_the_origin_of_base_url() {
        let path =
            |base: &str, text: &str| TenantAddress::below(base, text).map(|place| place.path);
        let base = "https://secure.surecloud.com";
        assert_eq!(
            path(base, "/restful/v1/token").unwrap(),
            "/restful/v1/token"
        );
        assert_eq!(
            path(base, "https://SECURE.surecloud.com:443/t").unwrap(),
            "/t"
        );
        assert_eq!(
            TenantAddress::below(base, "/t?realm=a%20b").unwrap().query,
            [("realm".to_owned(), "a b".to_owned())]
        );
        for (base, text) in [
            (base, "https://evil.example/t"),
            (base, "http://secure.surecloud.com/t"),
            (base, "//evil.example/t"),
            (base, "token"),
            (
                "https://secure.surecloud.com/tenant",
                "https://secure.surecloud.com/t",
            ),
            (
                "https://secure.surecloud.com/tenant",
                "https://secure.surecloud.com/tenants/t",
            ),
        ] {
            assert!(path(base, text).is_err(), "{text}");
        }
        let local = "http://127.0.0.1:9/surecloud";
        assert_eq!(path(local, "https://secure.surecloud.com/t").unwrap(), "/t");
        assert_eq!(path(local, "http://127.0.0.1:9/surecloud/t").unwrap(), "/t");
    }
}
