//! What an answer says besides its HTTP status: the envelope and the three places of a status.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{Advice, Api, Call, HttpError, Problem, Reply};

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
    /// [`Problem::Body`] when it is empty or of another shape; the text quotes no value, which
    /// may be personal data.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        let Self { reply, content } = self;
        let content = content.ok_or_else(|| reply.unusable("the body is empty"))?;
        T::deserialize(content).map_err(|error| {
            let text = error.to_string();
            let known = text.starts_with("missing field");
            let expected = text.rfind("expected ").map(|at| text[at..].to_owned());
            reply.unusable(match expected {
                _ if known => text,
                Some(expected) => format!("another shape than documented: {expected}"),
                None => String::from("another shape than documented"),
            })
        })
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
    let reply = api.send(call).await.map_err(with_advice)?;
    // Older pages answer some writes with a status and nothing else.
    let blank = reply.body.iter().all(u8::is_ascii_whitespace);
    let body: Option<Value> = if blank { None } else { Some(reply.json()?) };
    if let Some(code) = body.as_ref().and_then(|body| body.get("http_status_code")) {
        let text = code
            .as_str()
            .map_or_else(|| code.to_string(), str::to_owned);
        demand_success(api, &reply, "http_status_code", &text, body.as_ref())?;
    }
    if let Some(code) = reply.header("x-sl-statuscode") {
        demand_success(api, &reply, "X-SL-StatusCode", code, body.as_ref())?;
    }
    let content = body.map(|mut body| match body.get_mut("response_map") {
        Some(inner) => inner.take(),
        None => body,
    });
    Ok(Answer { reply, content })
}

/// The text may carry a reason phrase after the number.
fn demand_success(
    api: &Api,
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
    let said = body
        .and_then(message)
        .map(|said| api.clean(said))
        .unwrap_or_default();
    let message = format!("{said} ({place})").trim().to_owned();
    Err(with_advice(reply.problem(match status {
        401 => Problem::Unauthorized(Advice(Some(message))),
        _ => Problem::Status {
            status,
            message,
            body: None,
        },
    })))
}

/// A 403 has two usual reasons, and the vendor names neither.
fn with_advice(mut error: HttpError) -> HttpError {
    if let Problem::Status {
        status: 403,
        message,
        ..
    } = &mut error.problem
    {
        message.push_str(
            "; the credentials need an environment administrator, and Basic login may be switched \
             off there",
        );
    }
    error
}

/// `response_map.error_list[0].message`, then the top-level places, as public clients look for it.
fn message(body: &Value) -> Option<&str> {
    let top = ["error", "message", "reason", "status_message"];
    body.pointer("/response_map/error_list/0/message")
        .or_else(|| top.iter().find_map(|name| body.get(*name)))?
        .as_str()
}
