//! Answers as faults leave them: canned, cut, shortened, rewritten.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::fault::Canned;

pub(super) fn canned(answer: &Canned) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

async fn whole(response: Response<Body>) -> io::Result<(axum::http::response::Parts, Bytes)> {
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(io::Error::other)?;
    Ok((head, bytes))
}

/// Promises the whole body and sends half of it.
pub(super) async fn truncate(response: Response<Body>) -> io::Result<Response<Body>> {
    let (mut head, bytes) = whole(response).await?;
    head.headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(bytes.len().max(1)),
    );
    let half = bytes.slice(..bytes.len() / 2);
    let parts = [Ok(half), Err(dropped())];
    let body = Body::from_stream(futures::stream::iter(parts));
    Ok(Response::from_parts(head, body))
}

pub(super) async fn shorten(
    response: Response<Body>,
    entries: usize,
) -> io::Result<Response<Body>> {
    let (mut head, bytes) = whole(response).await?;
    head.headers.remove(header::CONTENT_LENGTH);
    let body = match serde_json::from_slice(&bytes) {
        Ok(mut json) => {
            if let Some(list) = outermost_list(&mut json) {
                list.truncate(entries);
            }
            Bytes::from(json.to_string())
        }
        Err(_) => bytes,
    };
    Ok(Response::from_parts(head, Body::from(body)))
}

/// The list of objects that lies least deep.
fn outermost_list(json: &mut serde_json::Value) -> Option<&mut Vec<serde_json::Value>> {
    let mut level = vec![json];
    while !level.is_empty() {
        let mut below = Vec::new();
        for value in level {
            match value {
                serde_json::Value::Array(list) if list.iter().any(|it| it.is_object()) => {
                    return Some(list);
                }
                serde_json::Value::Object(fields) => below.extend(fields.values_mut()),
                _ => {}
            }
        }
        level = below;
    }
    None
}

pub(super) async fn rewrite(
    response: Response<Body>,
    edit: impl FnOnce(&str) -> String,
) -> io::Result<Response<Body>> {
    let (mut head, bytes) = whole(response).await?;
    head.headers.remove(header::CONTENT_LENGTH);
    let text = edit(&String::from_utf8_lossy(&bytes));
    Ok(Response::from_parts(head, Body::from(text)))
}

pub(super) fn dropped() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "dropped on purpose")
}
