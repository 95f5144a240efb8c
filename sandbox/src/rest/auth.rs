//! Credentials: checked on every call, and minted where a description says how.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::asked::{Answer, Asked};
use super::file::{Auth, Place};
use super::state::State;
use super::template::{Named, Template};

impl State {
    /// The form of credentials that the secrets fit.
    fn form(&self) -> Option<&Auth> {
        let given: BTreeSet<&str> = self.secrets.keys().map(String::as_str).collect();
        let mut forms = self.file.auth.iter();
        forms.find(|form| {
            let names = names(form);
            names.iter().map(String::as_str).collect::<BTreeSet<_>>() == given
        })
    }

    /// Whether a call carries the right credentials; a token is used up a little.
    pub(super) fn is_allowed(&mut self, headers: &HeaderMap) -> bool {
        let Some(form) = self.form().cloned() else {
            return false;
        };
        let secret = |name: &str| self.secrets.get(name).map_or("", String::as_str);
        let sent = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let authorization = sent(header::AUTHORIZATION.as_str());
        match form {
            Auth::Bearer(name) => authorization == Some(&*format!("Bearer {}", secret(&name))),
            Auth::Basic(names) => {
                let password = names.get(1).map_or("", |it| secret(it));
                let user = names.first().map_or("", |it| secret(it));
                authorization == Some(&*basic(user, password))
            }
            Auth::Header(wanted) => wanted.iter().all(|(name, text)| {
                let value = Template::new(text, &self.secrets).fill(&Named::new());
                value.is_some() && sent(name) == value.as_deref()
            }),
            Auth::ClientCredentials(_) => {
                let good = authorization == Some(&*format!("Bearer {}", self.token()));
                good && self.use_token()
            }
            Auth::Login(login) => {
                let token = Named::from([("token".to_owned(), self.token())]);
                let good = login.with.iter().all(|(name, text)| {
                    let value = Template::new(text, &token).fill(&Named::new());
                    sent(name) == value.as_deref()
                });
                good && self.use_token()
            }
        }
    }

    /// The token that is good now.
    fn token(&self) -> String {
        format!("sandbox-session-{}-{}", self.name, self.tokens)
    }

    /// Takes one call from the token; whether there was one left.
    fn use_token(&mut self) -> bool {
        if self.behaviour.token_calls > 0 && self.token_used >= self.behaviour.token_calls {
            self.tokens += 1;
            self.token_used = 0;
            return false;
        }
        self.token_used += 1;
        true
    }

    /// A login call.
    pub(super) fn log_in(&self, at: usize, asked: &Asked) -> Answer {
        let Some(Auth::Login(login)) = self.file.auth.get(at) else {
            return self.refuse(404, "no such login");
        };
        let mut wanted = json!({});
        for (place, value) in &login.send {
            let value = match value {
                Json::String(text) => {
                    let filled = Template::new(text, &self.secrets).fill(&Named::new());
                    filled.map_or(Json::Null, Json::String)
                }
                other => other.clone(),
            };
            place.put(&mut wanted, value);
        }
        if !asked.has_type("application/json") || asked.json() != Some(wanted) {
            return self.refuse(401, "these are not the right credentials");
        }
        let mut body = json!({});
        let mut headers = Vec::new();
        match &login.token {
            Place::Body(at) => at.put(&mut body, json!(self.token())),
            Place::Header(at) => headers.push((at.header.clone(), self.token())),
        }
        if let Some(at) = self.file.own.as_ref().and_then(|own| own.login.as_ref()) {
            at.put(&mut body, json!(self.own));
        }
        Answer {
            headers,
            ..Answer::json(200, body)
        }
    }

    /// A call for a token with client credentials.
    /// <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>
    pub(super) fn mint(&self, at: usize, asked: &Asked) -> Answer {
        let Some(Auth::ClientCredentials(form)) = self.file.auth.get(at) else {
            return self.refuse(404, "no such token");
        };
        let secret = |name: &str| self.secrets.get(name).map_or("", String::as_str);
        let (id, password) = (secret("client_id"), secret("client_secret"));
        let mut wanted = vec![("grant_type", "client_credentials")];
        wanted.extend(form.scope.as_deref().map(|it| ("scope", it)));
        let in_body = form.auth.as_deref() == Some("body");
        if in_body {
            wanted.extend([("client_id", id), ("client_secret", password)]);
        }
        let mut sent: Vec<(String, String)> = asked.fields();
        let mut wanted: Vec<(String, String)> = wanted
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        sent.sort_unstable();
        wanted.sort_unstable();
        let known = in_body || asked.header("authorization") == Some(&*basic(id, password));
        let form = asked.has_type("application/x-www-form-urlencoded");
        if !known || !form || sent != wanted {
            return self.refuse(401, "invalid_client");
        }
        let body = json!({
            "access_token": self.token(), "token_type": "Bearer", "expires_in": 3_600,
        });
        Answer::json(200, body)
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The secrets of a form of credentials.
fn names(form: &Auth) -> Vec<String> {
    let nothing = Named::new();
    let of = |texts: Vec<&str>| -> Vec<String> {
        let templates = texts.into_iter().map(|it| Template::new(it, &nothing));
        templates
            .flat_map(|it| it.names().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    match form {
        Auth::Bearer(name) => vec![name.clone()],
        Auth::Basic(names) => names.clone(),
        Auth::Header(headers) => of(headers.values().map(String::as_str).collect()),
        Auth::ClientCredentials(_) => vec!["client_id".into(), "client_secret".into()],
        Auth::Login(login) => of(login.send.values().filter_map(Json::as_str).collect()),
    }
}
