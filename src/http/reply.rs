//! A 2xx answer.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed};

use super::{HttpError, Problem, message, unique_keys};

/// A 2xx answer, whole. `Debug` shows neither headers nor body: a token call's answer is one too.
#[derive(Clone)]
pub struct Reply {
    pub(super) vendor: Box<str>,
    pub(super) call: Box<str>,
    /// The status.
    pub status: u16,
    /// Header names in lower case and their values, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("call", &self.call)
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Problem::Body`] for another shape or an object that has a key twice, with line and column but without the text: it may hold personal data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        self.json_with_twice(&[])
    }

    /// The same where the vendor is known to repeat these keys within one object.
    ///
    /// # Errors
    /// As [`Reply::json`].
    pub fn json_with_twice<T: DeserializeOwned>(&self, known: &[&str]) -> Result<T, HttpError> {
        self.json_by(PhantomData::<T>, known)
    }

    /// The same of what has to be told how to read itself.
    ///
    /// # Errors
    /// As [`Reply::json`].
    pub fn json_by<'s, S: DeserializeSeed<'s>>(
        &'s self,
        seed: S,
        known: &[&str],
    ) -> Result<S::Value, HttpError> {
        unique_keys(&self.body, known).map_err(|why| self.unusable(why))?;
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        let read = seed.deserialize(&mut reader);
        let read = read.and_then(|value| reader.end().map(|()| value));
        read.map_err(|error| {
            let shape = if self.body.is_empty() {
                " (it is empty)"
            } else if message::is_page(&self.body) {
                " (it looks like an HTML page)"
            } else {
                ""
            };
            self.unusable(format!("{}{shape}", fault(&error)))
        })
    }

    /// An error about this answer's content.
    pub fn unusable(&self, reason: impl Into<String>) -> HttpError {
        self.problem(Problem::Body(reason.into()))
    }

    /// An error about this call.
    pub fn problem(&self, problem: Problem) -> HttpError {
        HttpError {
            vendor: self.vendor.clone(),
            call: self.call.clone(),
            problem,
        }
    }
}

/// What is wrong with a JSON text, without the values in it that serde quotes.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("at line {} column {}", error.line(), error.column());
    if !error.is_data() {
        return format!("no JSON: {text}");
    }
    // These two quote our own field names only.
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        return text;
    }
    // Behind the last of these words stands what we expected, and then the place.
    match text.rfind(", expected ") {
        Some(at) => text[at + 2..].to_owned(),
        None => format!("unexpected content {place}"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wire {
        #[serde(rename = "id")]
        _id: u32,
    }

    fn json(body: &str) -> String {
        let reply = Reply {
            vendor: "bitsight".into(),
            call: "list users (GET /v2/users)".into(),
            status: 200,
            headers: vec![("link".into(), "x".into())],
            body: body.into(),
        };
        assert_eq!(reply.header("link"), Some("x"));
        let error = reply.json::<Wire>().unwrap_err().to_string();
        let head = "bitsight: list users (GET /v2/users) failed: the answer is not usable: ";
        error.strip_prefix(head).unwrap().to_owned()
    }

    #[test]
    fn faults_show_the_place_and_no_value() {
        for (body, expected) in [
            ("{}", "missing field `id` at line 1 column 2"),
            (
                r#"{"id": "ada@example.com"}"#,
                "expected u32 at line 1 column 24",
            ),
            (
                r#"{"id": ", expected secret"}"#,
                "expected u32 at line 1 column 26",
            ),
            (
                r#"{"id": 1"#,
                "no JSON: EOF while parsing an object at line 1 column 8",
            ),
            (
                "<html>",
                "no JSON: expected value at line 1 column 1 (it looks like an HTML page)",
            ),
            (
                "",
                "no JSON: EOF while parsing a value at line 1 column 0 (it is empty)",
            ),
        ] {
            assert_eq!(json(body), expected, "{body}");
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let reply = Reply {
            vendor: "v".into(),
            call: "get token".into(),
            status: 200,
            headers: vec![("set-cookie".into(), "hidden".into())],
            body: b"hidden".to_vec(),
        };
        assert_eq!(
            format!("{reply:?}"),
            "Reply { call: \"get token\", status: 200, bytes: 6, .. }"
        );
    }
}
