//! Paths with a slash at their end, as some servers want them.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::response::IntoResponse as _;
use tower::ServiceExt as _;

use super::Server;
use super::routes::{locate, render, status};
use super::shape::Slashes;
use super::state::failure;

/// Answers by whether the path ends with a slash, before anything else is looked at.
pub(super) async fn slashed(
    server: Server,
    calls: axum::Router,
    request: Request,
) -> Response<Body> {
    let shape = server.state().shape;
    let path = request.uri().path().to_owned();
    let bare = path
        .strip_suffix('/')
        .filter(|_| shape.slashes != Slashes::None);
    let to = match (shape.slashes, bare) {
        (Slashes::None, _) | (_, Some(_)) => None,
        _ if path == "/token_url" => None,
        (Slashes::Wanted, None) => {
            return render(shape, failure(404, None, "there is no such thing"));
        }
        (Slashes::Redirected(code), None) => Some((code, format!("/{}{path}/", server.name))),
        (Slashes::Elsewhere, None) => Some((301, format!("https://elsewhere.example{path}/"))),
    };
    if let Some((code, to)) = to {
        let mut response = status(code).into_response();
        locate(&mut response, &to);
        return response;
    }
    let (mut parts, body) = request.into_parts();
    if let Some(bare) = bare {
        let query = parts.uri.query().map(|query| format!("?{query}"));
        let uri = format!("{bare}{}", query.unwrap_or_default());
        parts.uri = uri.parse().unwrap_or(parts.uri);
    }
    let answered = calls.oneshot(Request::from_parts(parts, body)).await;
    answered.unwrap_or_else(|never| match never {})
}
