//! Bitsight as a local server: the part of its API that concerns users, with state, as strict as
//! the documentation; where that leaves something open, [`Behaviour`] has a switch for each reading.

mod behaviour;
mod body;
mod list;
mod show;
mod state;
mod twists;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::account::Account;
use crate::folded;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
pub use behaviour::{Answer, Behaviour, Count, StatusEdit, Taken, Token};
use body::Mode;
use state::State;
pub(crate) use twists::TWISTS;

/// The server; clones share its state.
#[derive(Clone)]
pub struct LocalBitsight {
    seed: Arc<Seed>,
    behaviour: Behaviour,
    state: Arc<Mutex<State>>,
}

/// Makes the server with default behaviour, but for what the seed twists.
pub(super) fn boxed(seed: Seed) -> Box<dyn LocalVendor> {
    let mut behaviour = Behaviour::default();
    turn(&mut behaviour, TWISTS, &seed.twists);
    Box::new(LocalBitsight::new(seed, behaviour))
}

impl LocalBitsight {
    /// A server that holds the seed.
    pub fn new(seed: Seed, behaviour: Behaviour) -> Self {
        let state = Mutex::new(State::new(&seed, behaviour));
        Self {
            seed: Arc::new(seed),
            behaviour,
            state: Arc::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The guid of the one group the token may see.
    fn view(&self, state: &State) -> Option<String> {
        self.behaviour
            .only_group
            .map(|name| state.group_named(name).unwrap_or_default())
    }

    /// The user at `guid`, if the token may see it.
    fn position(&self, state: &State, guid: &str) -> Result<usize, Refusal> {
        let view = self.view(state);
        let seen = |at: &usize| view.as_ref().is_none_or(|g| *g == state.users[*at].group);
        let at = state.users.by_id(guid).filter(seen);
        at.ok_or_else(|| Refusal::new(404, "Not found."))
    }

    fn answer(&self, state: &State, at: usize, answer: Answer) -> Response {
        match answer {
            Answer::User(status) => json_answer(status, state.detail(&state.users[at])),
            Answer::Message => json_answer(200, json!({"message": "OK"})),
            Answer::Nothing => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

impl LocalVendor for LocalBitsight {
    fn router(&self) -> axum::Router {
        axum::Router::new()
            .route("/ratings/v2/users", get(users).post(create))
            .route(
                "/ratings/v2/users/{guid}",
                get(user).patch(edit).delete(delete),
            )
            .route("/ratings/v1/users/quota", get(quota))
            .route("/ratings/v1/users/current", get(current))
            .route("/ratings/v1/access-groups", get(groups))
            .route("/ratings/v1/customers/current/api-tokens", get(tokens))
            .fallback(async || Refusal::new(404, "Not found."))
            .method_not_allowed_fallback(async || Refusal::new(405, "Method not allowed."))
            .layer(axum::middleware::from_fn_with_state(
                self.clone(),
                authenticate,
            ))
            .with_state(self.clone())
    }

    fn held(&self) -> Vec<Account> {
        let state = self.state();
        state.users.iter().map(|user| state.account(user)).collect()
    }

    fn keep(&self, account: Account) {
        self.state().put(&account);
    }

    fn remove(&self, email: &str) {
        let mut state = self.state();
        while let Some(at) = state.users.by_email(email) {
            state.users.remove(at);
        }
    }
}

/// A refusal in the documented shape: `detail`, and `status` and `title` besides for the codes
/// that the vendor's OpenAPI does not list one by one.
#[derive(Debug)]
struct Refusal {
    status: u16,
    detail: String,
}

impl Refusal {
    fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = match self.status {
            400 | 401 | 403 | 404 => json!({"detail": self.detail}),
            status => json!({"detail": self.detail, "status": status, "title": "Error"}),
        };
        json_answer(self.status, body)
    }
}

fn json_answer(status: u16, body: Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(body)).into_response()
}

/// Basic credentials: the token as user, an empty password.
async fn authenticate(
    Shared(local): Shared<LocalBitsight>,
    request: Request,
    next: Next,
) -> Response {
    let token = local.seed.secrets.get("token").map_or("", String::as_str);
    let wanted = base64::engine::general_purpose::STANDARD.encode(format!("{token}:"));
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "));
    if token.is_empty() || given != Some(wanted.as_str()) {
        return Refusal::new(401, "Invalid username/password.").into_response();
    }
    next.run(request).await
}

async fn users(
    Shared(local): Shared<LocalBitsight>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let base = format!("http://{host}/{}{}", local.seed.name, uri.path());
    let state = local.state();
    let page = list::page(
        &state,
        uri.query().unwrap_or_default(),
        local.behaviour,
        local.view(&state).as_deref(),
        local.seed.page_cap,
        &base,
    )?;
    Ok(json_answer(200, page))
}

async fn user(
    Shared(local): Shared<LocalBitsight>,
    Path(guid): Path<String>,
) -> Result<Response, Refusal> {
    let state = local.state();
    if guid == show::PSEUDO_USER && local.behaviour.token == Token::CompanyPseudoUser {
        return Ok(json_answer(200, show::pseudo_user(true)));
    }
    let at = local.position(&state, &guid)?;
    Ok(json_answer(200, state.detail(&state.users[at])))
}

async fn create(
    Shared(local): Shared<LocalBitsight>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let mut state = local.state();
    let behaviour = local.behaviour;
    let fields = body::read(&headers, &bytes, Mode::Create, &state, behaviour)?;
    let email = fields.email.clone().unwrap_or_default();
    let holder = state.users.by_email(&email);
    match (behaviour.taken, holder) {
        (Taken::Adopted, Some(at)) => return Ok(local.answer(&state, at, behaviour.create_answer)),
        (Taken::Doubled, _) => {}
        _ if state.taken(&email, None, behaviour.email_case) => {
            return Err(Refusal::new(
                behaviour.duplicate,
                "A user with this email already exists.",
            ));
        }
        _ => {}
    }
    if !behaviour.reuse && state.deleted.contains(&folded(&email)) {
        return Err(Refusal::new(400, "This email cannot be used."));
    }
    if behaviour.quota < 99_999 && state.active() >= behaviour.quota {
        return Err(Refusal::new(402, "The user quota is used up."));
    }
    let at = state.create(fields);
    Ok(local.answer(&state, at, behaviour.create_answer))
}

async fn edit(
    Shared(local): Shared<LocalBitsight>,
    Path(guid): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let mut state = local.state();
    let behaviour = local.behaviour;
    let at = local.position(&state, &guid)?;
    let fields = body::read(&headers, &bytes, Mode::Edit, &state, behaviour)?;
    let taken = fields
        .email
        .as_ref()
        .is_some_and(|email| state.taken(email, Some(at), behaviour.email_case));
    if taken {
        return Err(Refusal::new(
            behaviour.duplicate,
            "A user with this email already exists.",
        ));
    }
    state.edit(at, fields, behaviour.features_merge);
    Ok(local.answer(&state, at, behaviour.edit_answer))
}

async fn delete(
    Shared(local): Shared<LocalBitsight>,
    Path(guid): Path<String>,
) -> Result<Response, Refusal> {
    let mut state = local.state();
    let at = local.position(&state, &guid)?;
    let user = state.users.remove(at);
    state.deleted.insert(folded(&user.email));
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn quota(Shared(local): Shared<LocalBitsight>) -> Response {
    let state = local.state();
    let active = state.active();
    let people = state.users.iter().filter(|user| !user.token).count();
    let inactive = i64::try_from(people).unwrap_or(i64::MAX) - active;
    let total = local.behaviour.quota;
    let tokens = state.users.iter().filter(|user| user.token).count();
    let counted = usize::from(local.behaviour.quota_counts_tokens) * tokens;
    let body = json!({
        "active_user_count": active,
        "inactive_user_count": inactive,
        "total_user_count": people + counted,
        "total_active_quota": total,
        "remaining_active_quota": (total - active).max(0),
    });
    json_answer(200, body)
}

async fn current(Shared(local): Shared<LocalBitsight>) -> Result<Response, Refusal> {
    let state = local.state();
    match local.behaviour.token {
        Token::CompanyRefused(status) => Err(Refusal::new(status, "No user for this token.")),
        Token::CompanyPseudoUser => Ok(json_answer(200, show::pseudo_user(false))),
        Token::Person => {
            let at = state.users.by_email(&local.seed.own);
            let at = at.ok_or_else(|| Refusal::new(404, "Not found."))?;
            Ok(json_answer(200, state.old_shape(&state.users[at])))
        }
    }
}

/// Company tokens: all but the last four characters are masked, and those of users are left out.
async fn tokens(Shared(local): Shared<LocalBitsight>) -> Result<Response, Refusal> {
    if !local.behaviour.lists_api_tokens {
        return Err(Refusal::new(403, "You do not have permission."));
    }
    let state = local.state();
    let token = local.seed.secrets.get("token").map_or("", String::as_str);
    let group = local.behaviour.token_group.and_then(|name| {
        let guid = state.group_named(name)?;
        Some(json!({ "guid": guid, "name": name }))
    });
    let end = token.len().saturating_sub(4);
    let masked = format!(
        "{}{}",
        "*".repeat(end),
        token.get(end..).unwrap_or_default()
    );
    let ours = json!({
        "guid": show::PSEUDO_USER, "name": "sandbox", "api_token": masked, "group": group,
        "roles": [{ "slug": "customer_admin" }],
    });
    let all: Vec<Value> = match local.behaviour.token {
        Token::Person => Vec::new(),
        Token::CompanyRefused(_) | Token::CompanyPseudoUser => vec![ours],
    };
    Ok(json_answer(200, json!(all)))
}

async fn groups(Shared(local): Shared<LocalBitsight>) -> Response {
    let state = local.state();
    json_answer(200, state.access_groups(local.view(&state).as_deref()))
}
