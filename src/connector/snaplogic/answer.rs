//! What an answer says besides its HTTP status: the envelope and the three places of a status.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::connector::rest::row::{Row, Table};
use crate::http::{Advice, Api, Call, HttpError, Problem, Reply};

/// An answer whose three statuses are all 2xx.
#[derive(Debug)]
pub(super) struct Answer {
    reply: Reply,
    /// Whether the content is in an envelope; `None`: there is no content.
    wrapped: Option<bool>,
}

/// What an envelope says besides its content, which is not looked at: it may be a page of accounts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "told")]
    http_status_code: Option<Value>,
    #[serde(deserialize_with = "told")]
    response_map: Option<IgnoredAny>,
}

/// The content in its envelope.
#[derive(Deserialize)]
struct Wrapped<T> {
    response_map: T,
}

/// Keeps null apart from a field that is not there.
fn told<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Answer {
    /// The content.
    ///
    /// # Errors
    /// [`Problem::Body`] when it is empty or of another shape; the text quotes no value, which
    /// may be personal data.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let Self { reply, wrapped } = self;
        let wrapped = wrapped.ok_or_else(|| reply.unusable("the body is empty"))?;
        let content = match wrapped {
            true => serde_json::from_slice(&reply.body).map(|it: Wrapped<T>| it.response_map),
            false => serde_json::from_slice(&reply.body),
        };
        content.map_err(|error| {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            let known = text.starts_with("missing field");
            let expected = text.rfind("expected ").map(|at| text[at..].to_owned());
            reply.unusable(match expected {
                _ if known => text.to_owned(),
                Some(expected) => format!("another shape than documented: {expected}"),
                None => String::from("another shape than documented"),
            })
        })
    }

    /// The object in it.
    ///
    /// # Errors
    /// As [`Answer::parse`].
    pub(super) fn row(&self, table: &Table) -> Result<Row, HttpError> {
        Row::of(&self.parse()?, table)
            .map_err(|fault| self.unusable(&format!("another shape than documented: {fault}")))
    }

    /// Whether the content is in an envelope; `None`: there is no content.
    pub(super) fn is_wrapped(&self) -> Option<bool> {
        self.wrapped
    }

    /// The answer as it came.
    pub(super) fn into_reply(self) -> Reply {
        self.reply
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
    let is_object = reply.body.trim_ascii_start().first() == Some(&b'{');
    let envelope = match (blank, is_object) {
        (true, _) => Envelope::default(),
        (false, true) => reply.json()?,
        // A list, or what is said of it here.
        (false, false) => reply.json::<IgnoredAny>().map(|_| Envelope::default())?,
    };
    if let Some(code) = &envelope.http_status_code {
        let text = code
            .as_str()
            .map_or_else(|| code.to_string(), str::to_owned);
        demand_success(api, &reply, "http_status_code", &text)?;
    }
    if let Some(code) = reply.header("x-sl-statuscode") {
        demand_success(api, &reply, "X-SL-StatusCode", code)?;
    }
    Ok(Answer {
        wrapped: (!blank).then_some(envelope.response_map.is_some()),
        reply,
    })
}

/// The text may carry a reason phrase after the number.
fn demand_success(api: &Api, reply: &Reply, place: &str, text: &str) -> Result<(), HttpError> {
    let digits = text.split_whitespace().next().unwrap_or_default();
    let Ok(status) = digits.parse::<u16>() else {
        return Err(reply.unusable(format!("{place} is not a status")));
    };
    if (200..300).contains(&status) {
        return Ok(());
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let said = body
        .as_ref()
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
