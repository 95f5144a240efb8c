//! Answers in the documented forms.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::Server;
use super::quirks::StatusPlace;

/// What a handler brings; how it looks on the wire depends on the switches.
pub(super) enum Reply {
    /// A read.
    Read(Value),
    /// The list.
    List(Value),
    /// A write, with what goes into the envelope.
    Written(Value),
    /// A write that answers with an object as reads do.
    Shown(Value),
}

/// A refusal.
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) message: String,
}

pub(super) fn failure<T>(status: u16, message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure {
        status,
        message: message.into(),
    })
}

impl Server {
    pub(super) fn render(&self, result: Result<Reply, Failure>) -> Response<Body> {
        let quirks = super::lock(&self.shared.quirks).clone();
        let (status, body) = match result {
            Ok(Reply::Read(value) | Reply::Shown(value)) if quirks.wrapped_reads => {
                (200, wrap(value, 200))
            }
            Ok(Reply::List(value)) if quirks.wrapped_reads || quirks.wrapped_list => {
                (200, wrap(value, 200))
            }
            Ok(Reply::Read(value) | Reply::List(value)) => (200, value),
            Ok(Reply::Shown(_) | Reply::Written(Value::Object(_))) if quirks.empty_writes => {
                return respond(200, 200, Body::empty());
            }
            Ok(Reply::Shown(value)) => (200, value),
            Ok(Reply::Written(value)) => (200, wrap(value, 200)),
            Err(Failure { status, message }) => {
                let errors = json!({"error_list": [{"message": message}]});
                (status, wrap(errors, status))
            }
        };
        let failed = status != 200;
        let (http, header, body) = match quirks.status {
            StatusPlace::Body if failed => (200, 200, body),
            StatusPlace::Header if failed => (200, status, json!({"response_map": {}})),
            _ => (status, status, body),
        };
        respond(http, header, Body::from(body.to_string()))
    }
}

fn wrap(content: Value, status: u16) -> Value {
    json!({"response_map": content, "http_status_code": status})
}

fn respond(status: u16, in_header: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("x-sl-statuscode", HeaderValue::from(in_header));
    response
}
