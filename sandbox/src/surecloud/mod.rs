//! SureCloud as a local server, as strict as the little that is published.
//!
//! Where the documentation leaves the behaviour open, [`Rules`] has a switch. Everything else is
//! fixed: no clock, no randomness.

mod patch;
mod store;
mod twists;

use crate::folded;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::account::Account;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
use store::Store;
pub(crate) use twists::TWISTS;

/// The only published value of `personType`, and what it becomes when it is left out.
const INTERNAL: &str = "INTERNAL";

/// The one documented resource.
const USER_PATH: &str = "/restful/v1/user";

/// The call that mints a JWT. Its form is not published: this tenant has what the settings say.
struct TokenCall {
    path: String,
    email_field: Box<str>,
    key_field: Box<str>,
    /// JSON pointer to the JWT in the answer.
    pointer: Box<str>,
}

/// How the server behaves where the documentation does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// What a list of groups means to an account that has some.
    pub groups: GroupRule,
    /// What becomes of a call in which one user of several is wrong.
    pub bad_user: BadUser,
    /// Whether the answer shows `userID` (the published sample does not).
    pub shows_id: bool,
    /// Where users can be listed, though no setting says so.
    pub lists: Option<&'static str>,
    /// Whether a `personType` that is left out stays what it was.
    pub keeps_type: bool,
    /// Whether `userID` is a number.
    pub numeric_id: bool,
    /// `enabled` of a new account when the call does not say.
    pub enabled_by_default: bool,
    /// How long a minted JWT lives, in seconds, counted from its own `iat`; `None`: it does not
    /// say.
    pub token_life: Option<u64>,
}

/// What a list of groups does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupRule {
    /// It replaces the groups.
    Replace,
    /// It adds to them.
    Add,
}

/// What one wrong user does to its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadUser {
    /// Status 400; nobody is changed.
    RefuseAll,
    /// The others are changed; the answer does not mention the wrong one.
    LeaveOut,
    /// The others are changed; the wrong one is in the answer with a `patchErrorMessage`.
    Report,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            groups: GroupRule::Replace,
            bad_user: BadUser::RefuseAll,
            shows_id: true,
            lists: None,
            keeps_type: false,
            numeric_id: false,
            // A client that forgets to send it is found out.
            enabled_by_default: false,
            token_life: Some(3600),
        }
    }
}

/// The server; clones share its state.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    seed: Seed,
    state: Mutex<Everything>,
}

struct Everything {
    rules: Rules,
    store: Store,
    /// JWTs that were minted and still count.
    tokens: Vec<String>,
    minted: u64,
    /// Every PATCH body so far.
    bodies: Vec<Json>,
}

impl Server {
    /// A server that holds the seed's accounts and knows the groups it names.
    pub fn new(seed: Seed) -> Self {
        let store = Store::new(&seed.accounts, seed.names.get("groups"));
        let mut rules = Rules::default();
        turn(&mut rules, TWISTS, &seed.twists);
        Self {
            shared: Arc::new(Shared {
                seed,
                state: Mutex::new(Everything {
                    rules,
                    store,
                    tokens: Vec::new(),
                    minted: 0,
                    bodies: Vec::new(),
                }),
            }),
        }
    }

    /// Changes what is left open by the documentation.
    pub fn set_rules(&self, rules: Rules) {
        self.state().rules = rules;
    }

    /// Every PATCH body so far, oldest first.
    pub fn bodies(&self) -> Vec<Json> {
        self.state().bodies.clone()
    }

    /// Lets every minted JWT expire.
    pub fn expire_tokens(&self) {
        self.state().tokens.clear();
    }

    /// How many JWTs were minted.
    pub fn minted(&self) -> u64 {
        self.state().minted
    }

    fn state(&self) -> MutexGuard<'_, Everything> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token_call(&self) -> Option<TokenCall> {
        let seed = &self.shared.seed;
        let field = |name| {
            seed.map("token_fields")
                .find(|it| it.0 == name)
                .map(|it| it.1.into())
        };
        Some(TokenCall {
            path: self.path_of("token_url")?,
            email_field: field("email")?,
            key_field: field("secret_key")?,
            pointer: seed.text("token_pointer")?.into(),
        })
    }

    /// The path of the list call, if this tenant is to have one.
    fn list_path(&self) -> Option<String> {
        self.path_of("list_path")
    }

    /// The path of an address among the settings, without the prefix of this vendor.
    fn path_of(&self, setting: &str) -> Option<String> {
        let seed = &self.shared.seed;
        let base = url::Url::parse(&seed.base_url).ok()?;
        let found = base.join(seed.text(setting)?).ok()?;
        let path = match found.origin() == base.origin() {
            true => found.path().strip_prefix(base.path().trim_end_matches('/')),
            false => None,
        };
        Some(path.unwrap_or(found.path()).to_owned())
    }

    /// The shape of an error body is not published; this one is invented.
    fn error(status: StatusCode, message: &str) -> Response {
        let body = json!({ "error": { "message": message } });
        (status, axum::Json(body)).into_response()
    }

    /// What is wrong with a call before its body is looked at.
    fn objection(&self, headers: &HeaderMap) -> Option<Response> {
        let is_json = |name| {
            let text = headers.get(name).and_then(|value| value.to_str().ok());
            text.is_some_and(|text| text.trim_start().starts_with("application/json"))
        };
        if !is_json(header::ACCEPT) || !is_json(header::CONTENT_TYPE) {
            return Some(Self::error(
                StatusCode::NOT_ACCEPTABLE,
                "Accept and Content-Type have to be application/json",
            ));
        }
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let known = bearer.is_some_and(|token| match self.shared.seed.secrets.get("jwt") {
            Some(jwt) => jwt == token,
            None => self.state().tokens.iter().any(|known| known == token),
        });
        (!known).then(|| Self::error(StatusCode::UNAUTHORIZED, "the token is not valid"))
    }

    fn mint(&self, body: &[u8]) -> Response {
        let Some(endpoint) = self.token_call() else {
            return Self::error(StatusCode::NOT_FOUND, "no such resource");
        };
        let body: Json = serde_json::from_slice(body).unwrap_or_default();
        let secrets = &self.shared.seed.secrets;
        let fits = |field: &str, secret: &str| {
            let wanted = secrets.get(secret).map(String::as_str);
            wanted.is_some() && body.get(field).and_then(Json::as_str) == wanted
        };
        if !fits(&endpoint.email_field, "email") || !fits(&endpoint.key_field, "secret_key") {
            return Self::error(StatusCode::UNAUTHORIZED, "unknown e-mail or Secret Key");
        }
        let mut state = self.state();
        state.minted += 1;
        let mut claims =
            json!({ "sub": self.shared.seed.own, "jti": state.minted, "iat": 1_700_000_000 });
        if let Some(life) = state.rules.token_life {
            claims["exp"] = json!(1_700_000_000 + life);
        }
        let token = format!("e30.{}.sandbox", URL_SAFE_NO_PAD.encode(claims.to_string()));
        state.tokens.push(token.clone());
        axum::Json(at_pointer(&endpoint.pointer, token.into())).into_response()
    }
}

/// A document with `value` at the end of a JSON pointer.
fn at_pointer(pointer: &str, value: Json) -> Json {
    let names = pointer.split('/').skip(1);
    names
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .fold(value, |inner, name| {
            let name = name.replace("~1", "/").replace("~0", "~");
            json!({ name: inner })
        })
}

async fn change_users(State(server): State<Server>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(objection) = server.objection(&headers) {
        return objection;
    }
    let Ok(body) = serde_json::from_slice::<Json>(&body) else {
        return Server::error(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    let mut state = server.state();
    let Everything {
        rules,
        store,
        bodies,
        ..
    } = &mut *state;
    bodies.push(body.clone());
    match patch::change(store, *rules, &body) {
        Ok(models) => axum::Json(models).into_response(),
        Err(message) => Server::error(StatusCode::BAD_REQUEST, &message),
    }
}

async fn list_users(State(server): State<Server>, headers: HeaderMap) -> Response {
    if let Some(objection) = server.objection(&headers) {
        return objection;
    }
    let state = server.state();
    axum::Json(state.store.models(state.rules)).into_response()
}

async fn mint_token(State(server): State<Server>, body: Bytes) -> Response {
    server.mint(&body)
}

impl LocalVendor for Server {
    fn router(&self) -> Router {
        let mut router = Router::new();
        let mut users = patch(change_users);
        let turned = self.state().rules.lists.map(str::to_owned);
        match self.list_path().or(turned) {
            Some(path) if path == USER_PATH => users = users.merge(get(list_users)),
            Some(path) => router = router.route(&path, get(list_users)),
            None => {}
        }
        router = router.route(USER_PATH, users);
        if let Some(endpoint) = self.token_call() {
            router = router.route(&endpoint.path, post(mint_token));
        }
        router.with_state(self.clone())
    }

    fn held(&self) -> Vec<Account> {
        self.state().store.accounts()
    }

    fn keep(&self, account: Account) {
        self.state().store.put(&account);
    }

    fn remove(&self, email: &str) {
        self.state().store.remove(&folded(email));
    }
}
