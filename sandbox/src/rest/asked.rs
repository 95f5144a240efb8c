//! What is asked of the server, and what it answers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use serde_json::Value as Json;

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Asked {
    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        query.find(|(key, _)| key == name).map(|(_, it)| &**it)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body is said to be of this type.
    pub(super) fn has_type(&self, kind: &str) -> bool {
        let given = self
            .header(header::CONTENT_TYPE.as_str())
            .unwrap_or_default();
        given.split(';').next().map(str::trim) == Some(kind)
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as the fields of a form.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let fields = url::form_urlencoded::parse(&self.body);
        fields.into_owned().collect()
    }
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Json>,
}

impl Answer {
    pub(super) fn json(status: u16, body: Json) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: None,
        }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let text = self.body.as_ref().map(Json::to_string);
        let mut response = Response::new(Body::from(text.unwrap_or_default()));
        *response.status_mut() = self.status.try_into().unwrap_or_default();
        let headers = response.headers_mut();
        if self.body.is_some() {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
        }
        for (name, value) in self.headers {
            let name = HeaderName::from_bytes(name.to_lowercase().as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}
