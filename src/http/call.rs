//! One request, before credentials and limits.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use serde::Serialize;

use super::Elements;

const FORM: &str = "application/x-www-form-urlencoded";

/// The methods vendors use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads what the headers of a GET would say.
    Head,
    /// Creates, or runs something.
    Post,
    /// Replaces.
    Put,
    /// Changes parts.
    Patch,
    /// Destroys.
    Delete,
}

impl Method {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the HTTP layer may send it without a write permit.
    pub fn reads_only(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// Whether a call may be sent again when its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Yes: the second time changes nothing that the first did not.
    Safe,
    /// No: somebody has to look first.
    LookFirst,
}

/// One request to a vendor. `Debug` shows neither values of the query nor the body.
#[derive(Clone)]
pub struct Call {
    /// What it does, for messages: `list users`, `create user`.
    pub what: &'static str,
    /// The method.
    pub method: Method,
    /// The path after the base address, encoded, beginning with `/`.
    pub path: String,
    /// Whether a slash goes behind the path, as some servers want it.
    pub slash: bool,
    /// Query parameters, not encoded; the layer encodes `+` as `%2B`.
    pub query: Vec<(String, String)>,
    /// The body as it is sent: JSON, or a form.
    pub body: Option<String>,
    /// Further headers; one of these takes the place of the layer's own of the same name.
    pub headers: Vec<(&'static str, String)>,
    /// Whether a call without a body has a content type all the same. Some vendors ask for it, and
    /// some servers refuse it.
    pub typed: bool,
    /// Whether it may be repeated blindly. GET, PUT and DELETE: safe; POST and PATCH: look first.
    pub repeat: Repeat,
    /// A token call: allowed without a write permit, sent with Basic credentials of its own (or
    /// with none), never renewed on a 401.
    pub token_call: Option<TokenCall>,
    /// Who takes the elements of a good answer that is a JSON list, one by one as they arrive; the
    /// reply then has no body. Any other answer comes as always.
    pub each: Option<Arc<Mutex<dyn Elements>>>,
}

/// How a token call authenticates.
#[derive(Debug, Clone)]
pub enum TokenCall {
    /// Basic with these.
    Basic(SecretString, SecretString),
    /// The secrets are in the body, which is never logged.
    InBody,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Call")
            .field("call", &self.describe())
            .field("query", &names)
            .field("body", &self.body.is_some())
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}

impl Call {
    fn new(what: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            what,
            method,
            path: path.into(),
            slash: false,
            query: Vec::new(),
            body: None,
            headers: Vec::new(),
            typed: true,
            repeat: match method {
                Method::Get | Method::Head | Method::Put | Method::Delete => Repeat::Safe,
                Method::Post | Method::Patch => Repeat::LookFirst,
            },
            token_call: None,
            each: None,
        }
    }

    /// A GET.
    pub fn get(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Get, path)
    }

    /// A HEAD.
    pub fn head(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Head, path)
    }

    /// A POST.
    pub fn post(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Post, path)
    }

    /// A PUT.
    pub fn put(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Put, path)
    }

    /// A PATCH.
    pub fn patch(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Patch, path)
    }

    /// A DELETE.
    pub fn delete(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::Delete, path)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets the JSON body. A value that cannot be JSON (a map with keys that are no text) becomes
    /// `null`; wire types never are such.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_string(body).unwrap_or_else(|_| String::from("null")));
        self
    }

    /// Sets a body of form fields (`application/x-www-form-urlencoded`) instead of JSON.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, text)| format!("{}={}", segment(name), segment(text)));
        self.body = Some(fields.collect::<Vec<_>>().join("&"));
        self.header("content-type", FORM)
    }

    /// Adds a header, or sends another value of one that the layer sends by itself.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends a content type only with a body.
    #[must_use]
    pub fn untyped_when_empty(mut self) -> Self {
        self.typed = false;
        self
    }

    /// Declares that repeating is harmless.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Safe;
        self
    }

    /// Makes it a token call.
    #[must_use]
    pub fn token(mut self, token_call: TokenCall) -> Self {
        self.token_call = Some(token_call);
        self
    }

    /// Takes the elements of a list as they arrive.
    #[must_use]
    pub fn each(mut self, elements: Arc<Mutex<dyn Elements>>) -> Self {
        self.each = Some(elements);
        self
    }

    /// `list users (GET /v2/users)`, without the query.
    pub fn describe(&self) -> String {
        format!("{} ({} {})", self.what, self.method.as_str(), self.path)
    }
}

/// One path segment, percent-encoded: everything but unreserved characters (RFC 3986, 2.3).
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
