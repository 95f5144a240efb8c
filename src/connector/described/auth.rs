//! Credentials as the description has them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value as Json};

use super::calls::{path_of, slashed};
use crate::description::{
    self as model, AnswerPlace, Auth, Description, Header, OwnBy, Part, TOKEN_URL, Wire,
};
use crate::http::{
    Api, Call, ClientGrant, Credentials, HeaderPart, HttpError, Problem, Secret, SecretError,
    SecretHeader, Secrets, Token, TokenCall, TokenSource,
};
use crate::roster::model::VendorSettings;

const WHAT: &str = "log in";

/// The credentials for the form that the roster's secrets fit, and the login call behind them.
///
/// # Errors
/// [`Problem::Secret`] where no form is whole; the roster's check lets none through.
pub(super) fn credentials(
    description: &Description,
    settings: &VendorSettings,
    api: &Api,
    secrets: &Secrets,
) -> Result<(Credentials, Option<Arc<Login>>), HttpError> {
    let mut forms = description.auth.iter();
    let form = forms.find(|form| {
        let names = form.secrets();
        names.len() == secrets.len() && names.iter().all(|it| secrets.contains_key(it))
    });
    let missing = || {
        let reason = String::from("auth fits no form of the description");
        api.problem("connect", Problem::Secret(reason))
    };
    let form = form.ok_or_else(missing)?;
    let secret = |name: &str| secrets.get(name).cloned().ok_or_else(missing);
    Ok(match form {
        Auth::Bearer(name) => (Credentials::Bearer(secret(name)?), None),
        Auth::Basic(user, password) => {
            let password = match password {
                Some(name) => Some(secret(name)?),
                None => None,
            };
            let user = secret(user)?;
            (Credentials::Basic { user, password }, None)
        }
        Auth::Headers(headers) => {
            let headers = headers.iter().map(|it| secret_header(it, &secret));
            (
                Credentials::Headers(headers.collect::<Result<_, _>>()?),
                None,
            )
        }
        Auth::ClientCredentials {
            post,
            scope,
            in_body,
        } => {
            let grant = ClientGrant {
                api: None,
                path: post.to_string(),
                scope: scope.clone(),
                in_body: *in_body,
                id: secret("client_id")?,
                secret: secret("client_secret")?,
            };
            let grant = match settings.text(TOKEN_URL) {
                Some(url) => grant.at(api, url)?,
                None => grant,
            };
            (Credentials::Minted(Arc::new(grant)), None)
        }
        Auth::Login(login) => {
            let own = description.own.as_ref().and_then(|own| match &own.by {
                OwnBy::Login(at) => Some(at.clone()),
                OwnBy::Read { .. } => None,
            });
            let source = Arc::new(Login {
                described: login.clone(),
                secrets: secrets.clone(),
                own,
                owner: Mutex::default(),
            });
            (Credentials::Minted(source.clone()), Some(source))
        }
    })
}

fn secret_header(
    header: &Header,
    secret: &impl Fn(&str) -> Result<Secret, HttpError>,
) -> Result<SecretHeader, HttpError> {
    let parts = header.value.parts().iter().map(|part| {
        Ok(match part {
            Part::Text(text) => HeaderPart::Text(text.clone()),
            Part::Name(name) => HeaderPart::Secret(secret(name)?),
        })
    });
    Ok(SecretHeader {
        name: header.name.clone(),
        value: parts.collect::<Result<_, HttpError>>()?,
    })
}

/// A login call of the vendor's own.
pub(super) struct Login {
    described: model::Login,
    secrets: Secrets,
    /// Where the answer has whose the credentials are.
    own: Option<model::Pointer>,
    owner: Mutex<Option<Box<str>>>,
}

impl Login {
    /// Whose the credentials are, as the last login told.
    pub(super) fn owner(&self) -> Option<Box<str>> {
        self.owner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn body(&self, api: &Api) -> Result<Json, SecretError> {
        let mut body = Json::Object(Map::new());
        for (at, wire) in &self.described.send {
            let value = match wire {
                Wire::Constant(json) => json.clone(),
                Wire::Random(_) => Json::Null,
                Wire::Text(template) => {
                    let mut text = String::new();
                    for part in template.parts() {
                        match part {
                            Part::Text(part) => text.push_str(part),
                            Part::Name(name) => {
                                if let Some(secret) = self.secrets.get(&**name) {
                                    let secret = secret.read().await?;
                                    api.redactor().register(&secret);
                                    text.push_str(secret.expose_secret());
                                }
                            }
                        }
                    }
                    Json::from(text)
                }
            };
            at.put(&mut body, value);
        }
        Ok(body)
    }
}

#[async_trait]
impl TokenSource for Login {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let failed = |error: SecretError| api.problem(WHAT, Problem::Secret(error.to_string()));
        let body = self.body(api).await.map_err(failed)?;
        let path = path_of(&self.described.post, |_| None);
        let path = path.ok_or_else(|| {
            let reason = String::from("the path of the login call cannot be made");
            api.problem(WHAT, Problem::Setup(reason))
        })?;
        let call = slashed(Call::post(WHAT, path));
        let call = call.json(&body).token(TokenCall::InBody);
        let reply = api.send(call).await?;
        let answer: Option<Json> = reply.json().ok();
        let token = match &self.described.token {
            AnswerPlace::Body(at) => answer
                .as_ref()
                .and_then(|answer| at.get(answer)?.as_str())
                .map(str::to_owned),
            AnswerPlace::Header(name, _) => {
                reply.header(&name.to_ascii_lowercase()).map(str::to_owned)
            }
        };
        let token =
            token.ok_or_else(|| reply.unusable("there is no token where it is described"))?;
        if let (Some(at), Some(answer)) = (&self.own, &answer) {
            let owner = at.get(answer).and_then(Json::as_str).map(Box::from);
            *self.owner.lock().unwrap_or_else(PoisonError::into_inner) = owner;
        }
        Ok(Token {
            secret: SecretString::from(token),
            good_for: self
                .described
                .minutes
                .map(|it| Duration::from_secs(it * 54)),
        })
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.secrets.values().collect()
    }

    fn headers(&self) -> Vec<[Box<str>; 3]> {
        let headers = self.described.with.iter();
        headers
            .map(|header| {
                let (mut before, mut after) = (String::new(), String::new());
                let mut behind = false;
                for part in header.value.parts() {
                    match part {
                        Part::Name(_) => behind = true,
                        Part::Text(text) if behind => after.push_str(text),
                        Part::Text(text) => before.push_str(text),
                    }
                }
                [header.name.clone(), before.into(), after.into()]
            })
            .collect()
    }
}
