//! A 2xx answer.

use serde::de::DeserializeOwned;

use super::{HttpError, Problem};

/// A 2xx answer, whole.
#[derive(Debug, Clone)]
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
    /// [`Problem::Body`], with line and column but without the text: it may hold personal data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let shape = if self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
            {
                " (it looks like an HTML page)"
            } else {
                ""
            };
            self.unusable(format!("{error}{shape}"))
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
