//! The routes: who may call them, what they take, and what the state makes of it.

use crate::folded;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::answer::{answer, embedded, error, page, refused, shown, whole};
use super::fields::Refusal;
use super::state::State;
use super::{ListForm, OffForm, SearchForm, lock};

type App = Shared<Arc<Mutex<State>>>;
type Params = Query<BTreeMap<String, String>>;

/// All routes.
pub(super) fn router(state: Arc<Mutex<State>>) -> Router {
    Router::new()
        .route("/api/v1/users", get(list).post(create))
        .route("/api/v1/users/{id}", get(read).put(update))
        .route("/api/v1/internal/users", get(search))
        .route("/api/v1/roles", get(roles))
        .route("/api/v1/account", get(account))
        .route_layer(middleware::from_fn_with_state(state.clone(), authorize))
        .route("/api/v1/account/token", post(mint))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state)
}

async fn nothing() -> Response {
    error(404, "no such address")
}

async fn wrong_method() -> Response {
    error(405, "method not allowed")
}

/// Every call but the token call wants a bearer token.
async fn authorize(Shared(state): App, request: Request, next: Next) -> Response {
    let token = credentials(request.headers(), "Bearer ").map(str::to_owned);
    let good = token.is_some_and(|token| lock(&state).accepts(&token));
    if good {
        next.run(request).await
    } else {
        error(401, "unauthorized")
    }
}

/// `POST /api/v1/account/token`
async fn mint(Shared(state): App, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = lock(&state);
    let pair = credentials(&headers, "Basic ")
        .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let wanted = match (
        state.secrets.get("client_id"),
        state.secrets.get("client_secret"),
    ) {
        (Some(id), Some(secret)) => Some(format!("{id}:{secret}")),
        _ => None,
    };
    if wanted.is_none() || pair != wanted {
        return error(401, "unauthorized");
    }
    if !body.is_empty() {
        return error(400, "this call takes no body");
    }
    let token = state.mint();
    answer(
        200,
        json!({
            "access_token": token, "token_type": "bearer", "expires_in": 31_532_918,
            "scope": "read write",
        })
        .to_string(),
    )
}

/// `GET /api/v1/users`
async fn list(Shared(state): App, Query(query): Params) -> Response {
    let mut state = lock(&state);
    if let Err(refusal) = only(&query, &["page", "size"]) {
        return refused(400, &refusal);
    }
    let with_off = state.behaviour.list_shows_off;
    let stale = state.is_stale();
    let users = state.seen(stale).iter();
    let shown = users.filter(|user| state.lists(user, with_off));
    let texts: Vec<String> = shown.map(|user| whole(&state, user)).collect();
    match state.behaviour.list {
        ListForm::Array => answer(200, format!("[{}]", texts.join(","))),
        form => page(&state, form, &query, &texts),
    }
}

/// `GET /api/v1/internal/users?search-type=EMAIL&query=…`: fuzzy, it finds parts of an e-mail.
async fn search(Shared(state): App, Query(query): Params) -> Response {
    let mut state = lock(&state);
    let form = state.behaviour.search;
    if form == SearchForm::Gone {
        return error(404, "no such address");
    }
    if let Err(refusal) = only(&query, &["search-type", "query", "page", "size"]) {
        return refused(400, &refusal);
    }
    let kind = query.get("search-type").map(String::as_str);
    let wanted = query.get("query").map(|text| folded(text));
    let (Some("EMAIL"), Some(wanted)) = (kind, wanted) else {
        return error(400, "search-type=EMAIL and query are required");
    };
    let with_off = state.behaviour.search_shows_off;
    let stale = state.is_stale();
    let users = state.seen(stale);
    let texts: Vec<String> = (0..users.len())
        .filter(|at| users.key(*at).contains(&wanted))
        .map(|at| &users[at])
        .filter(|user| state.lists(user, with_off))
        .map(|user| match form {
            SearchForm::Embedded => embedded(user),
            SearchForm::Whole | SearchForm::Gone => whole(&state, user),
        })
        .collect();
    page(&state, ListForm::PageV1, &query, &texts)
}

/// `GET /api/v1/users/{id}`
async fn read(Shared(state): App, Path(id): Path<String>) -> Response {
    let mut state = lock(&state);
    if let Some(status) = state.behaviour.one_user {
        return error(status, "no such address");
    }
    let stale = state.is_stale();
    let users = state.seen(stale);
    let hides = state.behaviour.off_form == OffForm::Hidden;
    match users.by_id(&id).map(|at| &users[at]) {
        Some(user) if !(hides && user.flag("disabled")) => answer(200, whole(&state, user)),
        _ => error(404, &format!("no user {id}")),
    }
}

/// `GET /api/v1/roles`: all of them, held or not.
async fn roles(Shared(state): App) -> Response {
    let state = lock(&state);
    if !state.behaviour.lists_roles {
        return error(404, "no such address");
    }
    let roles = state.roles.iter();
    let roles = roles.map(|it| {
        let mut role = it.extra.clone();
        role.insert("id".into(), it.id.clone().into());
        role.insert("name".into(), it.name.clone().into());
        Value::Object(role)
    });
    answer(200, Value::from_iter(roles).to_string())
}

/// `GET /api/v1/account`: whose token it is.
async fn account(Shared(state): App) -> Response {
    let state = lock(&state);
    let own = state
        .users
        .by_email(&state.own)
        .filter(|_| state.behaviour.tells_owner);
    match own.map(|at| &state.users[at]) {
        Some(user) => answer(200, whole(&state, user)),
        None => error(404, "no such address"),
    }
}

/// `POST /api/v1/users`
async fn create(Shared(state): App, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = lock(&state);
    let body = match object(&headers, &body) {
        Ok(body) => body,
        Err((status, message)) => return error(status, message),
    };
    match state.create(&body) {
        Ok(user) => {
            let send_email = body.get("sendEmail").cloned().unwrap_or(Value::Bool(false));
            let text = shown(&state, &user, Some(send_email));
            answer(state.behaviour.created, text)
        }
        Err((refusal, duplicate)) => refuse(&state, &refusal, duplicate),
    }
}

/// `PUT /api/v1/users/{id}`
async fn update(
    Shared(state): App,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = lock(&state);
    if let Some(status) = state.behaviour.one_user {
        return error(status, "no such address");
    }
    let body = match object(&headers, &body) {
        Ok(body) => body,
        Err((status, message)) => return error(status, message),
    };
    match state.replace(&id, &body) {
        Some(Ok(user)) => answer(200, whole(&state, &user)),
        Some(Err((refusal, duplicate))) => refuse(&state, &refusal, duplicate),
        None => error(404, &format!("no user {id}")),
    }
}

fn refuse(state: &State, refusal: &Refusal, duplicate: bool) -> Response {
    let status = if duplicate {
        state.behaviour.duplicate
    } else {
        400
    };
    refused(status, refusal)
}

fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix(scheme)
}

fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, (u16, &'static str)> {
    let kind = headers.get(header::CONTENT_TYPE);
    let json = kind.and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err((415, "the body has to be application/json"));
    }
    serde_json::from_slice(body).map_err(|_| (400, "the body is not a JSON object"))
}

fn only(query: &BTreeMap<String, String>, known: &[&str]) -> Result<(), Refusal> {
    let stranger = query
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()));
    match stranger {
        Some((name, value)) => Err(Refusal::new(
            name,
            &Value::String(value.clone()),
            "is not a parameter of this call",
        )),
        None => Ok(()),
    }
}
