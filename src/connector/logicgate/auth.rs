//! Credentials: a ready bearer token, or one that is minted once per run.
//!
//! The documentation does not agree on whether minting makes a new token or hands out the one
//! there is, and does not say whether it ends older ones: so it is done as rarely as possible,
//! never twice at once (the HTTP layer sees to that), and nothing is kept beyond the run.
//! <https://www.logicgate.com/developer/risk-cloud-api-authentication/>

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;

use crate::http::{
    Api, Call, Credentials, HttpError, Problem, Secret, SecretError, Secrets, Token, TokenCall,
    TokenSource,
};

const WHAT: &str = "mint token";

/// The credentials for the form that the roster chose.
///
/// # Errors
/// [`Problem::Secret`] when neither form is whole; the roster's check lets none through.
pub(super) fn credentials(api: &Api, secrets: &Secrets) -> Result<Credentials, HttpError> {
    if let Some(token) = secrets.get("token") {
        return Ok(Credentials::Bearer(token.clone()));
    }
    match (secrets.get("client_id"), secrets.get("client_secret")) {
        (Some(id), Some(secret)) => Ok(Credentials::Minted(Arc::new(AccessKey {
            id: id.clone(),
            secret: secret.clone(),
        }))),
        _ => Err(api.problem(
            "connect",
            Problem::Secret(String::from(
                "auth needs either token, or client_id and client_secret",
            )),
        )),
    }
}

/// Client and Secret key of the Access Key tab.
struct AccessKey {
    id: Secret,
    secret: Secret,
}

#[async_trait]
impl TokenSource for AccessKey {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let failed = |error: SecretError| api.problem(WHAT, Problem::Secret(error.to_string()));
        let id = self.id.read().await.map_err(failed)?;
        let secret = self.secret.read().await.map_err(failed)?;
        let refused = match ask(api, id.clone(), secret).await {
            Err(error) if error.status() == Some(401) => error,
            other => return other,
        };
        // A command may have a fresher key by now (roster rule 7); anything else has not.
        match self.secret.again().await.map_err(failed)? {
            Some(fresh) => ask(api, id, fresh).await,
            None => Err(refused),
        }
    }

    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.id, &self.secret]
    }
}

/// The answer of a token call.
/// <https://www.logicgate.com/developer/risk-cloud-api-authentication/>
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    token_type: Option<String>,
}

async fn ask(api: &Api, id: SecretString, secret: SecretString) -> Result<Token, HttpError> {
    let call = Call::post(WHAT, "/api/v1/account/token").token(TokenCall::Basic(id, secret));
    let reply = api.send(call).await?;
    // Not even the reason why it cannot be read: that could quote the token.
    let answer: TokenAnswer = reply
        .json()
        .map_err(|_| reply.unusable("it is no token answer"))?;
    let bearer = answer
        .token_type
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    match answer
        .access_token
        .filter(|token| !token.is_empty() && bearer)
    {
        Some(token) => Ok(Token {
            secret: token.into(),
            // A year, or what is left of it; a refused token is minted again all the same.
            good_for: None,
        }),
        None => Err(reply.unusable("it holds no bearer token")),
    }
}
