//! Credentials: a bearer token, HTTP Basic, or a token minted by OAuth 2.0 client credentials
//! (RFC 6749, 4.4).

use std::sync::Arc;

use super::setting;
use crate::http::{Api, ClientGrant, Credentials, HttpError, Problem, Secrets};
use crate::roster::model::VendorSettings;

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
    let grant = ClientGrant {
        api: None,
        path: String::new(),
        id,
        secret,
        scope: settings.text(setting::TOKEN_SCOPE).map(Box::from),
        in_body: settings.text(setting::TOKEN_AUTH) == Some("body"),
    };
    Ok(Credentials::Minted(Arc::new(grant.at(api, url)?)))
}
