//! The routes, and the JSON they answer with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::fields::Refusal;
use super::state::{EPOCH_MS, State, User};
use super::{ListForm, OffForm, SearchForm, lock};
use crate::reconcile::account::email_key;

/// The default page size of the documentation.
const PAGE_SIZE: usize = 20;

type App = Shared<Arc<Mutex<State>>>;
type Params = Query<BTreeMap<String, String>>;

/// All routes.
pub(super) fn router(state: Arc<Mutex<State>>) -> Router {
    Router::new()
        .route("/api/v1/users", get(list).post(create))
        .route("/api/v1/users/{id}", get(read).put(update))
        .route("/api/v1/internal/users", get(search))
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
    let users: Vec<User> = state.read();
    let shown = users.iter().filter(|user| state.lists(user, with_off));
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
    let wanted = query.get("query").map(|text| email_key(text));
    let (Some("EMAIL"), Some(wanted)) = (kind, wanted) else {
        return error(400, "search-type=EMAIL and query are required");
    };
    let with_off = state.behaviour.search_shows_off;
    let users: Vec<User> = state.read();
    let texts: Vec<String> = users
        .iter()
        .filter(|user| state.lists(user, with_off))
        .filter(|user| email_key(user.email()).contains(&wanted))
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
    let users = state.read();
    let hides = state.behaviour.off_form == OffForm::Hidden;
    match users.iter().find(|user| user.id() == id) {
        Some(user) if !(hides && user.flag("disabled")) => answer(200, whole(&state, user)),
        _ => error(404, &format!("no user {id}")),
    }
}

/// `POST /api/v1/users`
async fn create(Shared(state): App, headers: HeaderMap, body: Bytes) -> Response {
    let mut state = lock(&state);
    let body = match object(&headers, &body) {
        Ok(body) => body,
        Err(response) => return response,
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
        Err(response) => return response,
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

fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Response> {
    let kind = headers.get(header::CONTENT_TYPE);
    let json = kind.and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(error(415, "the body has to be application/json"));
    }
    serde_json::from_slice(body).map_err(|_| error(400, "the body is not a JSON object"))
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

/// One page in either envelope.
fn page(
    state: &State,
    form: ListForm,
    query: &BTreeMap<String, String>,
    texts: &[String],
) -> Response {
    let number = |name: &str, default: usize| match query.get(name) {
        Some(text) => text.parse::<usize>().ok(),
        None => Some(default),
    };
    let (Some(at), Some(size @ 1..)) = (number("page", 0), number("size", PAGE_SIZE)) else {
        return error(400, "page counts from 0, size from 1");
    };
    let size = state.page_cap.map_or(size, |cap| size.min(cap.max(1)));
    let pages = texts.len().div_ceil(size);
    let start = at.saturating_mul(size).min(texts.len());
    let items = &texts[start..texts.len().min(start.saturating_add(size))];
    let last = at + 1 >= pages;
    let rest = match form {
        ListForm::PageV2 => {
            let link = |page: usize| format!("/api/v1/users?page={page}&size={size}");
            json!({
                "links": {
                    "first": link(0), "self": link(at), "last": link(pages.saturating_sub(1)),
                    "prev": at.checked_sub(1).map(link), "next": (!last).then(|| link(at + 1)),
                },
                "page": {
                    "size": size, "totalElements": texts.len(), "totalPages": pages, "number": at,
                },
            })
        }
        ListForm::Array | ListForm::PageV1 => json!({
            "number": at, "size": size, "totalElements": texts.len(), "totalPages": pages,
            "first": at == 0, "last": last, "empty": items.is_empty(),
            "numberOfElements": items.len(), "pageable": {"offset": start}, "sort": {"sorted": false},
        }),
    };
    let rest = rest.to_string();
    answer(
        200,
        format!("{{\"content\":[{}],{}", items.join(","), &rest[1..]),
    )
}

/// A user as reads show it.
fn whole(state: &State, user: &User) -> String {
    shown(state, user, None)
}

/// A user as an answer shows it, `status` twice, as the vendor does.
fn shown(state: &State, user: &User, send_email: Option<Value>) -> String {
    let mut fields = user.fields.clone();
    let roles = user.roles.iter().filter_map(|id| {
        let role = state.roles.iter().find(|role| role.id == *id)?;
        let mut shown = role.extra.clone();
        shown.insert("id".into(), json!(role.id));
        shown.insert("name".into(), json!(role.name));
        Some(Value::Object(shown))
    });
    fields.insert("roles".into(), roles.collect());
    if user.flag("disabled") && state.behaviour.off_form == OffForm::Status {
        fields.insert("status".into(), json!("Deactivated"));
    }
    let time = if state.behaviour.iso_times {
        json!("2026-01-01T00:00:00Z")
    } else {
        json!(EPOCH_MS)
    };
    fields.insert("created".into(), time.clone());
    fields.insert("updated".into(), time);
    fields.insert("idOrTransientId".into(), json!(user.id()));
    fields.insert("empty".into(), Value::Bool(false));
    match send_email {
        Some(send_email) => fields.insert("sendEmail".into(), send_email),
        // Only reads show these; whoever keeps one of them has leaked it.
        None => fields.insert("password".into(), json!("SECRET-password-hash")),
    };
    fields.insert("resetPasswordToken".into(), json!("SECRET-reset-token"));
    fields.insert("intercomHash".into(), json!("SECRET-intercom-hash"));
    let text = Value::Object(fields).to_string();
    format!("{{\"status\":\"Active\",{}", &text[1..])
}

/// A user as other objects embed it.
fn embedded(user: &User) -> String {
    let mut fields = Map::new();
    for name in [
        "id", "email", "first", "last", "name", "company", "tier", "external",
    ] {
        if let Some(value) = user.fields.get(name) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    fields.insert("status".into(), json!("Active"));
    fields.insert("valueType".into(), json!("User"));
    fields.insert("roleIds".into(), json!(user.roles));
    Value::Object(fields).to_string()
}

/// `{"property", "value", "message"}`
fn refused(status: u16, refusal: &Refusal) -> Response {
    let Refusal {
        property,
        value,
        message,
    } = refusal;
    answer(
        status,
        json!({"property": property, "value": value, "message": message}).to_string(),
    )
}

/// `{"status", "message"}`, both texts.
fn error(status: u16, message: &str) -> Response {
    answer(
        status,
        json!({"status": status.to_string(), "message": message}).to_string(),
    )
}

fn answer(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
