//! The calls.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State as Of};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::Server;
use super::attributes;
use super::patch;
use super::shape::{Errors, Filters, Lists, Locations, Patches, Shape, Versions};
use super::state::{Failure, Group, State, failure};
use crate::vendor::scim::known::Match;
use crate::vendor::scim::wire::{GROUP, USER, entries, get as field, value_of};

type Parameters = Query<BTreeMap<String, String>>;
type Answer = Result<Response<Body>, Failure>;

/// What client credentials are exchanged for.
const MINTED: &str = "sandbox-minted-scim-token";

pub(super) fn router(server: Server) -> axum::Router {
    axum::Router::new()
        .route("/ServiceProviderConfig", get(config))
        .route("/Schemas", get(schemas))
        .route("/ResourceTypes", get(resource_types))
        .route("/Users", get(list_users).post(create_user))
        .route(
            "/Users/{id}",
            get(read_user).put(put_user).patch(patch_user).delete(delete_user),
        )
        .route("/Groups", get(list_groups))
        .route("/Groups/{id}", get(read_group).put(put_group).patch(patch_group))
        .route("/Bulk", post(bulk))
        .layer(from_fn_with_state(server.clone(), authenticate))
        .route("/token_url", post(mint))
        .with_state(server)
}

async fn authenticate(Of(server): Of<Server>, request: Request, next: Next) -> Response<Body> {
    let sent = request.headers().get(header::AUTHORIZATION);
    let sent = sent.and_then(|it| it.to_str().ok()).and_then(|it| it.split_once(' '));
    let secret = |key: &str| server.secrets.get(key).map(String::as_str);
    let right = match sent {
        Some(("Bearer", token)) if secret("client_id").is_some() => token == MINTED,
        Some(("Bearer", token)) => secret("token") == Some(token),
        Some(("Basic", pair)) => is_pair(pair, secret("username"), secret("password")),
        _ => false,
    };
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let shape = server.state().shape;
    let taken = request.method() == "GET"
        || kind == "application/json"
        || (kind == "application/scim+json" && !shape.plain_json);
    if !right {
        render(shape, failure(401, None, "these credentials are not known"))
    } else if !taken {
        render(shape, failure(415, None, "the content type is not taken"))
    } else {
        next.run(request).await
    }
}

fn is_pair(pair: &str, user: Option<&str>, password: Option<&str>) -> bool {
    let text = String::from_utf8(STANDARD.decode(pair).unwrap_or_default()).unwrap_or_default();
    text.split_once(':') == user.zip(password)
}

/// OAuth 2.0 client credentials, as HTTP Basic or as form fields.
async fn mint(Of(server): Of<Server>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (id, secret) = (server.secrets.get("client_id"), server.secrets.get("client_secret"));
    let basic = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let basic = basic.and_then(|it| it.strip_prefix("Basic "));
    let right = match basic {
        Some(pair) => is_pair(pair, id.map(String::as_str), secret.map(String::as_str)),
        None => fields.get("client_id") == id && fields.get("client_secret") == secret,
    };
    let grant = fields.get("grant_type").map(String::as_str);
    match id.is_some() && right && grant == Some("client_credentials") {
        true => answer(200, &json!({ "access_token": MINTED, "token_type": "Bearer",
            "expires_in": 3600 })),
        false => answer(401, &json!({ "error": "invalid_client" })),
    }
}

impl Failure {
    /// The error in the standard's shape.
    pub(super) fn body(&self) -> Json {
        let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(), "detail": self.detail });
        if let Some(kind) = self.kind {
            body["scimType"] = json!(kind);
        }
        body
    }
}

fn render(shape: Shape, answered: Answer) -> Response<Body> {
    let error = match answered {
        Ok(response) => return response,
        Err(error) => error,
    };
    match shape.errors {
        Errors::Scim => answer(error.status, &error.body()),
        Errors::Html => {
            let page = format!("<html><title>{}</title></html>", error.detail);
            (status(error.status), [(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Errors::Empty => status(error.status).into_response(),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answer(code: u16, body: &Json) -> Response<Body> {
    let kind = [(header::CONTENT_TYPE, "application/scim+json")];
    (status(code), kind, body.to_string()).into_response()
}

fn parse(body: &Bytes) -> Result<Map<String, Json>, Failure> {
    let parsed = serde_json::from_slice(body);
    parsed.map_err(|_| Failure::new(400, Some("invalidSyntax"), "the body is no JSON object"))
}

async fn config(Of(server): Of<Server>) -> Response<Body> {
    let shape = server.state().shape;
    let supported = |supported: bool| json!({ "supported": supported });
    let cursor = shape.lists == Lists::Cursor;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported(!matches!(shape.patches, Patches::Refused(_))),
        "bulk": { "supported": shape.bulk > 0, "maxOperations": shape.bulk,
            "maxPayloadSize": 1_048_576 },
        "filter": { "supported": !matches!(shape.filters, Filters::Refused(_)),
            "maxResults": shape.page_cap.min(200) },
        "changePassword": supported(false), "sort": supported(false),
        "etag": supported(shape.versions != Versions::None),
        "authenticationSchemes": [{ "type": "oauthbearertoken", "name": "Bearer",
            "description": "A bearer token" }],
        "pagination": { "cursor": cursor, "index": !cursor },
    });
    described(shape, body)
}

async fn schemas(Of(server): Of<Server>) -> Response<Body> {
    described(server.state().shape, attributes::described())
}

async fn resource_types(Of(server): Of<Server>) -> Response<Body> {
    let one = |name: &str, schema: &str| {
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": name,
            "name": name, "endpoint": format!("/{name}s"), "schema": schema })
    };
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 2, "Resources": [one("User", USER), one("Group", GROUP)] });
    described(server.state().shape, body)
}

fn described(shape: Shape, body: Json) -> Response<Body> {
    match shape.described {
        true => answer(200, &body),
        false => render(shape, failure(404, None, "there is no such thing")),
    }
}

async fn list_users(Of(server): Of<Server>, Query(query): Parameters) -> Response<Body> {
    let mut state = server.state();
    state.pages += 1;
    if state.shape.lists == Lists::Moving && state.pages == 2 {
        state.users.rotate_left(1);
        state.users.pop();
    }
    let shape = state.shape;
    let users = 0..state.users.len();
    let users: Vec<usize> = users.filter(|at| !is_hidden(&state, *at)).collect();
    let listed = match query.get("filter") {
        Some(filter) => filtered(&state, filter, users),
        None => Ok(users),
    };
    let show = |at: usize| state.shown(at);
    render(shape, listed.and_then(|users| page(shape, &query, users, show)))
}

fn is_hidden(state: &State, at: usize) -> bool {
    let name = state.users[at].get("userName").and_then(Json::as_str);
    state.shape.hides.is_some_and(|hidden| name == Some(hidden))
}

/// The users that a filter of the form `attribute eq "text"` shows.
fn filtered(state: &State, filter: &str, users: Vec<usize>) -> Result<Vec<usize>, Failure> {
    let shape = state.shape;
    match shape.filters {
        Filters::Refused(status) => return failure(status, None, "filters are not supported"),
        Filters::Ignored => return Ok(users),
        Filters::Empty => return Ok(Vec::new()),
        Filters::Work | Filters::CaseSensitive => {}
    }
    let invalid = || Failure::new(400, Some("invalidFilter"), "the filter is not understood");
    let (name, text) = filter.split_once(" eq ").ok_or_else(invalid)?;
    let known = [Match::UserName, Match::ExternalId, Match::Emails];
    if !known.iter().any(|it| it.attribute() == name) {
        return Err(invalid());
    }
    let wanted: String = serde_json::from_str(text).map_err(|_| invalid())?;
    let fold = |text: &str| match shape.filters {
        Filters::CaseSensitive => text.to_owned(),
        _ => text.to_lowercase(),
    };
    let fits = |at: &usize| {
        let (head, _) = name.split_once('.').unwrap_or((name, ""));
        let values = entries(state.users[*at].get(head));
        values.iter().filter_map(value_of).any(|it| fold(&it) == fold(&wanted))
    };
    Ok(users.into_iter().filter(fits).collect())
}

fn page(
    shape: Shape,
    query: &BTreeMap<String, String>,
    all: Vec<usize>,
    show: impl Fn(usize) -> Json,
) -> Answer {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    if shape.lists == Lists::NoCount && query.contains_key("count") {
        return failure(400, Some("invalidValue"), "count is not known");
    }
    let size = number("count").unwrap_or(20).min(shape.page_cap).max(1);
    let total = all.len();
    let cursor = shape.lists == Lists::Cursor;
    let start = match (cursor, query.get("cursor").map(String::as_str)) {
        (true, Some("") | None) => 0,
        (true, Some(text)) => match text.strip_prefix("next-").and_then(|it| it.parse().ok()) {
            Some(start) => start,
            None => return failure(400, Some("invalidCursor"), "the cursor is not known"),
        },
        (false, _) => number("startIndex").unwrap_or(1).max(1) - 1,
    };
    let again = shape.lists == Lists::Again;
    let start = if again && start >= total { 0 } else { start };
    let resources: Vec<Json> = all.into_iter().skip(start).take(size).map(show).collect();
    let next = start + resources.len();
    let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total, "itemsPerPage": resources.len(), "startIndex": start + 1,
        "Resources": resources });
    if let Some(fields) = body.as_object_mut() {
        if again {
            fields.remove("totalResults");
        }
        if cursor && next < total {
            fields.insert("nextCursor".into(), json!(format!("next-{next}")));
        }
    }
    Ok(answer(200, &body))
}

async fn create_user(Of(server): Of<Server>, body: Bytes) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let made = parse(&body).and_then(|body| state.create(&body));
    let made = made.map(|user| {
        let id = crate::http::segment(user["id"].as_str().unwrap_or_default());
        match shape.locations {
            Locations::Absolute => {
                let mut response = answer(201, &user);
                locate(&mut response, &format!("https://scim.example/v2/Users/{id}"));
                response
            }
            Locations::Relative => {
                let mut response = status(201).into_response();
                locate(&mut response, &format!("Users/{id}"));
                response
            }
            Locations::None => status(201).into_response(),
        }
    });
    render(shape, made)
}

fn locate(response: &mut Response<Body>, place: &str) {
    if let Ok(value) = header::HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, value);
    }
}

/// Answers a call about one user.
fn about(
    server: &Server,
    id: &str,
    headers: &HeaderMap,
    act: impl FnOnce(&mut State, usize) -> Answer,
) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let sent = headers.get(header::IF_MATCH).and_then(|it| it.to_str().ok());
    let done = match state.position_of(id) {
        None => failure(404, None, format!("there is no user {id}")),
        Some(at) => state.check_version(at, sent).and_then(|()| act(&mut state, at)),
    };
    render(shape, done)
}

async fn read_user(Of(server): Of<Server>, Path(id): Path<String>) -> Response<Body> {
    let none = HeaderMap::new();
    about(&server, &id, &none, |state, at| Ok(answer(200, &state.shown(at))))
}

async fn put_user(
    Of(server): Of<Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    about(&server, &id, &headers, |state, at| {
        let body = parse(&body)?;
        state.replace(at, &body).map(|user| answer(200, &user))
    })
}

async fn patch_user(
    Of(server): Of<Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    about(&server, &id, &headers, |state, at| {
        let body = Json::Object(parse(&body)?);
        let user = state.patch(at, &body)?;
        Ok(match state.shape.patches {
            Patches::Silent => status(204).into_response(),
            _ => answer(200, &user),
        })
    })
}

async fn delete_user(
    Of(server): Of<Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    about(&server, &id, &headers, |state, at| {
        state.remove_at(at);
        Ok(status(204).into_response())
    })
}

async fn list_groups(Of(server): Of<Server>, Query(query): Parameters) -> Response<Body> {
    let state = server.state();
    let shape = state.shape;
    let show = |at: usize| state.shown_group(&state.groups[at], !shape.list_without_members);
    let groups = (0..state.groups.len()).collect();
    render(shape, page(shape, &query, groups, show))
}

/// Answers a call about one group.
fn about_group(
    server: &Server,
    id: &str,
    act: impl FnOnce(&mut State, usize) -> Result<(), Failure>,
) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let at = state.groups.iter().position(|group| group.id == id);
    let done = match at {
        None => failure(404, None, format!("there is no group {id}")),
        Some(at) => act(&mut state, at)
            .map(|()| answer(200, &state.shown_group(&state.groups[at], true))),
    };
    render(shape, done)
}

async fn read_group(Of(server): Of<Server>, Path(id): Path<String>) -> Response<Body> {
    about_group(&server, &id, |_, _| Ok(()))
}

async fn put_group(Of(server): Of<Server>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    about_group(&server, &id, |state, at| {
        if let Some(status) = state.shape.put {
            return failure(status, None, "PUT is not supported");
        }
        let body = parse(&body)?;
        let name = field(&body, "displayName").and_then(value_of);
        let members = entries(field(&body, "members"));
        let Some(name) = name else {
            return failure(400, Some("invalidValue"), "displayName is required");
        };
        let group = Group {
            id: state.groups[at].id.clone(),
            name,
            members: members.iter().filter_map(value_of).collect(),
        };
        state.replace_group(at, group)
    })
}

async fn patch_group(
    Of(server): Of<Server>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    about_group(&server, &id, |state, at| {
        let shape = state.shape.patches;
        match shape {
            Patches::Refused(status) => return failure(status, None, "PATCH is not supported"),
            Patches::Lies => return Ok(()),
            _ => {}
        }
        let body = Json::Object(parse(&body)?);
        let group = patch::group(&state.groups[at], &body, shape)?;
        state.replace_group(at, group)
    })
}

async fn bulk(Of(server): Of<Server>, body: Bytes) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let done = parse(&body).and_then(|body| state.bulk(&Json::Object(body)));
    render(shape, done.map(|body| answer(200, &body)))
}
