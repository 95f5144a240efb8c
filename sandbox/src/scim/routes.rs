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
use url::form_urlencoded;

use super::Server;
use super::attributes;
use super::json::{GROUP, USER, entries, get as field, value_of};
use super::lists::{list_groups, list_users};
use super::patch;
use super::shape::{Errors, Filters, Lists, Locations, Patches, Shape, Slashes, Versions};
use super::slashes::slashed;
use super::state::{Failure, Group, State, failure};

pub(super) type Parameters = Query<BTreeMap<String, String>>;
pub(super) type Answer = Result<Response<Body>, Failure>;

/// What client credentials are exchanged for.
const MINTED: &str = "sandbox-minted-scim-token";

pub(super) fn router(server: Server) -> axum::Router {
    let calls = axum::Router::new()
        .route("/ServiceProviderConfig", get(config))
        .route("/Schemas", get(schemas))
        .route("/ResourceTypes", get(resource_types))
        .route("/Users", get(list_users).post(create_user))
        .route(
            "/Users/{id}",
            get(read_user)
                .put(put_user)
                .patch(patch_user)
                .delete(delete_user),
        )
        .route("/Groups", get(list_groups))
        .route(
            "/Groups/{id}",
            get(read_group).put(put_group).patch(patch_group),
        )
        .route("/Bulk", post(bulk))
        .layer(from_fn_with_state(server.clone(), authenticate))
        .route("/token_url", post(mint))
        .with_state(server.clone());
    axum::Router::new().fallback(move |request| slashed(server.clone(), calls.clone(), request))
}

async fn authenticate(Of(server): Of<Server>, request: Request, next: Next) -> Response<Body> {
    let sent = request.headers().get(header::AUTHORIZATION);
    let sent = sent
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.split_once(' '));
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
    // A content type without a body is refused, as some servers do.
    let taken = match request.method().as_str() {
        "GET" | "DELETE" => kind.is_empty(),
        _ => kind == "application/json" || (kind == "application/scim+json" && !shape.plain_json),
    };
    let writes = request.method() != "GET";
    let waits = writes && server.state().waits();
    if !right {
        render(shape, failure(401, None, "these credentials are not known"))
    } else if waits {
        let mut answer = render(shape, failure(403, None, "you have exceeded a rate limit"));
        let after = header::HeaderValue::from_static("7");
        answer.headers_mut().insert(header::RETRY_AFTER, after);
        answer
    } else if writes && shape.unread && kind != "application/json" {
        render(
            shape,
            failure(400, Some("invalidSyntax"), "the request body is missing"),
        )
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
    let fields: BTreeMap<String, String> =
        url::form_urlencoded::parse(&body).into_owned().collect();
    let (id, secret) = (
        server.secrets.get("client_id"),
        server.secrets.get("client_secret"),
    );
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok());
    let basic = basic.and_then(|it| it.strip_prefix("Basic "));
    let right = match basic {
        Some(pair) => is_pair(pair, id.map(String::as_str), secret.map(String::as_str)),
        None => fields.get("client_id") == id && fields.get("client_secret") == secret,
    };
    let grant = fields.get("grant_type").map(String::as_str);
    match id.is_some() && right && grant == Some("client_credentials") {
        true => answer(
            200,
            &json!({ "access_token": MINTED, "token_type": "Bearer",
            "expires_in": 3600 }),
        ),
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

pub(super) fn render(shape: Shape, answered: Answer) -> Response<Body> {
    let error = match answered {
        Ok(response) => return response,
        Err(error) => error,
    };
    match shape.errors {
        Errors::Scim => answer(error.status, &error.body()),
        Errors::Html => {
            let page = format!("<html><title>{}</title></html>", error.detail);
            (
                status(error.status),
                [(header::CONTENT_TYPE, "text/html")],
                page,
            )
                .into_response()
        }
        Errors::Empty => status(error.status).into_response(),
    }
}

pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn answer(code: u16, body: &Json) -> Response<Body> {
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
    let shape = server.state().shape;
    described(shape, attributes::described(shape.unseen))
}

async fn resource_types(Of(server): Of<Server>) -> Response<Body> {
    let shape = server.state().shape;
    // A server that is wrong about one place is wrong about both.
    let end = match (shape.endpoints, shape.slashes) {
        ("/", Slashes::Wanted) => "s/",
        ("/", _) => "s",
        _ => "",
    };
    let one = |name: &str, schema: &str| {
        let endpoint = format!("{}{name}{end}", shape.endpoints);
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": name,
            "name": name, "endpoint": endpoint, "schema": schema })
    };
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 2, "Resources": [one("User", USER), one("Group", GROUP)] });
    described(shape, body)
}

fn described(shape: Shape, body: Json) -> Response<Body> {
    match shape.described {
        true => answer(200, &body),
        false => render(shape, failure(404, None, "there is no such thing")),
    }
}

async fn create_user(Of(server): Of<Server>, body: Bytes) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let made = parse(&body).and_then(|body| state.create(&body));
    let made = made.map(|user| {
        let id =
            form_urlencoded::byte_serialize(user["id"].as_str().unwrap_or_default().as_bytes())
                .collect::<String>();
        match shape.locations {
            Locations::Absolute => {
                let mut response = answer(201, &user);
                locate(
                    &mut response,
                    &format!("https://scim.example/v2/Users/{id}"),
                );
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

pub(super) fn locate(response: &mut Response<Body>, place: &str) {
    if let Ok(value) = header::HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, value);
    }
}

/// Answers a call about one user.
fn about(
    server: &Server,
    id: &str,
    headers: Option<&HeaderMap>,
    act: impl FnOnce(&mut State, usize) -> Answer,
) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let sent = headers.and_then(|it| it.get(header::IF_MATCH)?.to_str().ok());
    let done = match (state.position_of(id), headers) {
        (None, _) => failure(404, None, format!("there is no user {id}")),
        (Some(at), None) => act(&mut state, at),
        (Some(at), Some(_)) => state
            .check_version(at, sent)
            .and_then(|()| act(&mut state, at)),
    };
    render(shape, done)
}

async fn read_user(Of(server): Of<Server>, Path(id): Path<String>) -> Response<Body> {
    about(&server, &id, None, |state, at| {
        Ok(answer(200, &state.shown(at)))
    })
}

async fn put_user(
    Of(server): Of<Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    about(&server, &id, Some(&headers), |state, at| {
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
    about(&server, &id, Some(&headers), |state, at| {
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
    about(&server, &id, Some(&headers), |state, at| {
        state.remove_at(at);
        Ok(status(204).into_response())
    })
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
        Some(at) => {
            act(&mut state, at).map(|()| answer(200, &state.shown_group(&state.groups[at], true)))
        }
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
        let shape = state.shape;
        match shape.patches {
            Patches::Refused(status) => return failure(status, None, "PATCH is not supported"),
            Patches::Lies => return Ok(()),
            _ => {}
        }
        let body = Json::Object(parse(&body)?);
        let group = state.named_members(at);
        let group = patch::group(&group, &body, shape)?;
        state.replace_group(at, group)
    })
}

async fn bulk(Of(server): Of<Server>, body: Bytes) -> Response<Body> {
    let mut state = server.state();
    let shape = state.shape;
    let done = parse(&body).and_then(|body| state.bulk(&Json::Object(body)));
    render(shape, done.map(|body| answer(200, &body)))
}
