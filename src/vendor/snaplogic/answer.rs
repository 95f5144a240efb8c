//! What an answer says besides its HTTP status: the envelope, the three places of a status, and
//! the vendor's words on a failure.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{Advice, Api, Call, HttpError, Problem, Reply};

/// A message is cut after so many characters.
const MESSAGE_LIMIT: usize = 300;

/// An answer whose three statuses are all 2xx, out of its envelope.
#[derive(Debug)]
pub(super) struct Answer {
    reply: Reply,
    content: Option<Value>,
}

impl Answer {
    /// The content.
    ///
    /// # Errors
    /// [`Problem::Body`] when it is empty or of another shape.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        let content = self
            .content
            .ok_or_else(|| self.reply.unusable("the body is empty"))?;
        T::deserialize(content).map_err(|error| self.reply.unusable(error.to_string()))
    }

    /// An error about its content.
    pub(super) fn unusable(&self, reason: &str) -> HttpError {
        self.reply.unusable(reason)
    }
}

/// Sends a call and looks at all three statuses: the HTTP one, `http_status_code` in the body, and
/// the header `X-SL-StatusCode`.
///
/// # Errors
/// [`HttpError`]; a status hidden in body or header reads as if it were the HTTP one.
pub(super) async fn send(api: &Api, call: Call) -> Result<Answer, HttpError> {
    let reply = api.send(call).await.map_err(in_the_vendors_words)?;
    open(reply)
}

/// Opens a 2xx reply.
pub(super) fn open(reply: Reply) -> Result<Answer, HttpError> {
    // Older pages answer some writes with a status and nothing else.
    let blank = reply.body.iter().all(u8::is_ascii_whitespace);
    let body: Option<Value> = if blank { None } else { Some(reply.json()?) };
    let in_body = body.as_ref().and_then(|body| body.get("http_status_code"));
    if let Some(code) = in_body {
        let text = match code {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        demand_success(&reply, "http_status_code", &text, body.as_ref())?;
    }
    if let Some(code) = reply.header("x-sl-statuscode") {
        demand_success(&reply, "X-SL-StatusCode", code, body.as_ref())?;
    }
    let content = body.map(|mut body| match body.get_mut("response_map") {
        Some(inner) => inner.take(),
        None => body,
    });
    Ok(Answer { reply, content })
}

/// The text may carry a reason phrase after the number.
fn demand_success(
    reply: &Reply,
    place: &str,
    text: &str,
    body: Option<&Value>,
) -> Result<(), HttpError> {
    let digits = text.split_whitespace().next().unwrap_or_default();
    let Ok(status) = digits.parse::<u16>() else {
        return Err(reply.unusable(format!("{place} is not a status")));
    };
    if (200..300).contains(&status) {
        return Ok(());
    }
    let message = body.and_then(message).unwrap_or_else(|| format!("({place})"));
    Err(reply.problem(match status {
        401 => Problem::Unauthorized(Advice(Some(message))),
        _ => Problem::Status {
            status,
            message,
            body: body.cloned().map(Box::new),
        },
    }))
}

/// Takes the vendor's message from where public clients look for it.
fn in_the_vendors_words(mut error: HttpError) -> HttpError {
    if let Problem::Status {
        status,
        message: text,
        body,
    } = &mut error.problem
    {
        if let Some(said) = body.as_deref().and_then(message) {
            *text = said;
        }
        if *status == 403 {
            text.push_str(
                "; the credentials need an environment administrator, and Basic login may be switched off",
            );
        }
    }
    error
}

/// `response_map.error_list[0].message`, then the top-level places, as public clients do.
fn message(body: &Value) -> Option<String> {
    let first = body.pointer("/response_map/error_list/0/message");
    let top = ["error", "message", "reason", "status_message"];
    let text = first
        .or_else(|| top.iter().find_map(|name| body.get(*name)))?
        .as_str()?;
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_LIMIT)
        .collect();
    Some(clean)
}
