//! The documented calls.

mod groups;
mod users;

use crate::folded;
use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Response, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Server;
use super::reply::{Failure, failure};

pub(super) fn router(server: Server) -> axum::Router {
    let calls = axum::Router::new()
        .route("/assetapi/user/settings", get(list_users))
        .route("/assetapi/user/app_access", post(set_apps))
        .route("/users", post(create_user))
        .route(
            "/users/{email}",
            get(read_user).put(update_user).delete(delete_user),
        )
        .route("/users/{email}/org/{org}", put(join))
        .route("/groups/{org}", get(list_groups))
        .route("/groups/{org}/{group}", get(read_group).patch(patch_group))
        .layer(from_fn_with_state(server.clone(), authenticate))
        .with_state(server);
    axum::Router::new().nest(PREFIX, calls)
}

/// Before every documented path.
const PREFIX: &str = "/api/1/rest/public";

/// Every call needs credentials of an environment admin. What is wrong with them is never said.
async fn authenticate(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match server.admit(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => server.render(Err(refusal)),
    }
}

impl Server {
    fn admit(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let sent = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let secrets = &self.shared.secrets;
        let right = match (
            sent.and_then(|sent| sent.split_once(' ')),
            secrets.get("jwt"),
        ) {
            (Some(("Basic", _)), Some(_)) => {
                return failure(403, "Basic authentication is disabled");
            }
            (Some(("Bearer", jwt)), Some(accepted)) => jwt == accepted,
            (Some(("Basic", pair)), None) => self.knows(pair),
            _ => false,
        };
        if !right {
            return failure(401, "Authentication required");
        }
        if self.store().is_in("admins", &self.shared.own) {
            Ok(())
        } else {
            failure(403, "the caller is not an admin of the environment")
        }
    }

    /// A wrong password counts against its account.
    fn knows(&self, pair: &str) -> bool {
        let decoded = STANDARD.decode(pair).unwrap_or_default();
        let text = String::from_utf8(decoded).unwrap_or_default();
        let Some((email, password)) = text.split_once(':') else {
            return false;
        };
        let secrets = &self.shared.secrets;
        let fits = secrets
            .get("email")
            .is_some_and(|own| folded(own) == folded(email))
            && secrets.get("password").is_some_and(|own| own == password);
        let mut store = self.store();
        let Some(person) = store.people.get_mut(&folded(email)) else {
            return false;
        };
        if !fits {
            person.failed_logins += 1;
        }
        fits && person.allow_password_login && !person.revoked
    }

    fn here(&self, organization: &str) -> Result<(), Failure> {
        if organization == self.shared.organization {
            Ok(())
        } else {
            failure(404, format!("no environment {organization}"))
        }
    }
}

type Parameters = Query<BTreeMap<String, String>>;

async fn list_users(State(server): State<Server>, Query(query): Parameters) -> Response<Body> {
    server.render(server.list_users(&query))
}

async fn set_apps(State(server): State<Server>, body: Bytes) -> Response<Body> {
    server.render(server.set_apps(&body))
}

async fn create_user(State(server): State<Server>, body: Bytes) -> Response<Body> {
    server.render(server.create_user(&body))
}

async fn read_user(State(server): State<Server>, Path(email): Path<String>) -> Response<Body> {
    server.render(server.read_user(&email))
}

async fn update_user(
    State(server): State<Server>,
    Path(email): Path<String>,
    body: Bytes,
) -> Response<Body> {
    server.render(server.update_user(&email, &body))
}

async fn delete_user(State(server): State<Server>, Path(email): Path<String>) -> Response<Body> {
    server.render(server.delete_user(&email))
}

async fn join(
    State(server): State<Server>,
    Path((email, org)): Path<(String, String)>,
    body: Bytes,
) -> Response<Body> {
    server.render(server.join(&email, &org, &body))
}

async fn list_groups(State(server): State<Server>, Path(org): Path<String>) -> Response<Body> {
    server.render(server.list_groups(&org))
}

async fn read_group(
    State(server): State<Server>,
    Path((org, group)): Path<(String, String)>,
) -> Response<Body> {
    server.render(server.read_group(&org, &group))
}

async fn patch_group(
    State(server): State<Server>,
    Path((org, group)): Path<(String, String)>,
    body: Bytes,
) -> Response<Body> {
    server.render(server.patch_group(&org, &group, &body))
}
