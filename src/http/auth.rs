//! Who we are at a vendor.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Api, HttpError, Secret};

/// How calls authenticate.
#[derive(Clone)]
pub enum Credentials {
    /// `Authorization: Basic base64(user:password)`; the password may be empty. Never renewed,
    /// except that a secret from a command is asked for again once.
    Basic {
        /// The user, or a token.
        user: Secret,
        /// The password; `None` sends an empty one.
        password: Option<Secret>,
    },
    /// `Authorization: Bearer …` with a secret as it is; one from a command is asked for again
    /// once when it is refused.
    Bearer(Secret),
    /// Headers with secrets in them; one from a command is asked for again once when the headers
    /// are refused.
    Headers(Vec<SecretHeader>),
    /// A token that the vendor mints, in the headers of its source.
    Minted(Arc<dyn TokenSource>),
}

/// A header that carries secrets.
#[derive(Debug, Clone)]
pub struct SecretHeader {
    /// Its name.
    pub name: Box<str>,
    /// Its value, in parts.
    pub value: Vec<HeaderPart>,
}

/// A part of a [`SecretHeader`].
#[derive(Debug, Clone)]
pub enum HeaderPart {
    /// A text as it is.
    Text(Box<str>),
    /// A secret.
    Secret(Secret),
}

/// Mints tokens for one vendor, at most one call at a time.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A new token and, where it is known, the moment (on the run's clock) after which it is not
    /// to be used any more. `api` has no credentials: send a [`super::TokenCall`].
    async fn mint(&self, api: &Api) -> Result<Token, HttpError>;

    /// What it mints them with, for advice when that is refused.
    fn secrets(&self) -> Vec<&Secret>;

    /// The headers that carry a token: each with what stands before the token and behind it.
    fn headers(&self) -> Vec<[Box<str>; 3]> {
        vec![["authorization".into(), "Bearer ".into(), "".into()]]
    }
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text.
    pub secret: SecretString,
    /// How long it may be used from now on, a safe margin taken off; `None`: as long as the run.
    pub good_for: Option<std::time::Duration>,
}
