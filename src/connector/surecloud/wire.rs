//! The user API as SureCloud speaks it.
//!
//! <https://success.surecloud.com/hc/en-us/articles/360011635057-User-API-Overview>, read in
//! November 2026. Strict in what is sent, lenient in what is read: more fields exist than are
//! published, and where some of the published ones sit is not said.

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::http::unique_keys;

/// The one documented resource, below `base_url`.
pub(super) const USER_PATH: &str = "/restful/v1/user";

/// The body of `PATCH /restful/v1/user`.
#[derive(Debug, Serialize)]
pub(super) struct PatchUsers<'a> {
    /// One user, unless the roster sets `batch_size`.
    pub(super) users: &'a [&'a UserPatch],
}

/// One user to create or change. An absent key keeps its value, except for `personType`, which is
/// reset when absent: that is why it alone is not optional. `null` is never sent: what it does is
/// not documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<Box<str>>,
    #[serde(rename = "userID", skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job_title: Option<Box<str>>,
    pub(super) person_type: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<Vec<Box<str>>>,
}

/// A `userID`: whether it is a text or a number is not documented, so it is sent as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum UserId {
    Text(Box<str>),
    Number(serde_json::Number),
}

impl UserId {
    /// The text form, which the rest of the program knows.
    pub(super) fn text(&self) -> Box<str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

/// One user model of an answer. Outer `None`: the key is not there; inner `None`: it is `null`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    #[serde(default)]
    pub(super) email: Option<Box<str>>,
    #[serde(default, rename = "userID")]
    pub(super) user_id: Option<UserId>,
    #[serde(default, deserialize_with = "present")]
    pub(super) role: Option<Option<Box<str>>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) name: Option<Option<Box<str>>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) job_title: Option<Option<Box<str>>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) person_type: Option<Option<Box<str>>>,
    #[serde(default)]
    pub(super) enabled: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub(super) groups: Option<Option<Vec<Box<str>>>>,
    /// Everything else; searched for faults only.
    #[serde(flatten)]
    rest: Map<String, Json>,
}

impl User {
    /// The texts of every non-empty `patchErrorMessage`, wherever in the model it sits.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (key, value) in &self.rest {
            collect_faults(key, value, &mut out);
        }
        out
    }
}

/// An answer that holds user models.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) users: Vec<User>,
    /// Faults outside of any user.
    pub(super) faults: Vec<String>,
    /// Why there may be more users than these.
    pub(super) more: Option<String>,
}

impl Answer {
    /// Every fault, wherever it sits.
    pub(super) fn all_faults(&self) -> impl Iterator<Item = String> {
        let of_users = self.users.iter().flat_map(User::faults);
        self.faults.iter().cloned().chain(of_users)
    }
}

/// Reads an array of user models (documented for PATCH), or an object that holds one.
///
/// # Errors
/// What is wrong, without any of the content.
pub(super) fn parse_users(body: &[u8]) -> Result<Answer, String> {
    unique_keys(body, &[])?;
    if first_byte(body) == Some(b'[') {
        return Ok(Answer {
            users: parse(body)?,
            ..Answer::default()
        });
    }
    /// The usual envelopes of lists. Which one a tenant's own pages show is not public.
    #[derive(Deserialize)]
    struct Envelope {
        users: Option<Vec<User>>,
        items: Option<Vec<User>>,
        content: Option<Vec<User>>,
        #[serde(flatten)]
        rest: Map<String, Json>,
    }
    let envelope: Envelope = parse(body)?;
    let mut faults = Vec::new();
    for (key, value) in &envelope.rest {
        collect_faults(key, value, &mut faults);
    }
    let users = envelope.users.or(envelope.items).or(envelope.content);
    match users {
        Some(users) => Ok(Answer {
            more: hint_of_more(&envelope.rest, users.len()),
            users,
            faults,
        }),
        None if !faults.is_empty() => Ok(Answer {
            faults,
            ..Answer::default()
        }),
        None => Err(String::from(
            "expected an array of users, or an object with users, items or content",
        )),
    }
}

/// How to page is not public, so a list that announces more is not whole.
fn hint_of_more(rest: &Map<String, Json>, read: usize) -> Option<String> {
    for key in [
        "total",
        "totalCount",
        "totalElements",
        "totalResults",
        "count",
    ] {
        let announced = rest.get(key).and_then(Json::as_u64);
        if let Some(announced) = announced.filter(|count| *count > read as u64) {
            return Some(format!(
                "the list announces {announced} users and holds {read}"
            ));
        }
    }
    let next = rest.get("next").is_some_and(|next| match next {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.is_empty(),
        _ => true,
    });
    let not_last = rest.get("last") == Some(&Json::Bool(false));
    let has_more = rest.get("hasMore") == Some(&Json::Bool(true));
    (next || not_last || has_more).then(|| String::from("the list announces another page"))
}

fn collect_faults(key: &str, value: &Json, out: &mut Vec<String>) {
    if key == "patchErrorMessage" {
        match value {
            Json::Null => {}
            Json::String(text) if text.trim().is_empty() => {}
            Json::String(text) => out.push(text.trim().to_owned()),
            Json::Array(items) => {
                for item in items {
                    collect_faults(key, item, out);
                }
            }
            Json::Object(fields) if fields.is_empty() => {}
            other => out.push(other.to_string()),
        }
        return;
    }
    match value {
        Json::Object(fields) => {
            for (key, value) in fields {
                collect_faults(key, value, out);
            }
        }
        Json::Array(items) => {
            for item in items {
                collect_faults("", item, out);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| {
        // serde's own text may quote values; they can be personal data.
        let kind = match error.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Data => "a field is missing, doubled or of another type",
            _ if first_byte(body) == Some(b'<') => "it looks like an HTML page",
            _ => "it is not JSON",
        };
        format!("{kind} (line {}, column {})", error.line(), error.column())
    })
}

fn first_byte(body: &[u8]) -> Option<u8> {
    body.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// Tells a key with `null` from a key that is not there.
fn present<'de, D, T>(source: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(source).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_answer_with_a_failed_group_is_read() {
        let body = br#"[{"email":"mira.okafor@example.com","name":"Mira Okafor",
            "jobTitle":"Controls Lead","role":"CONTRIBUTOR","personType":"INTERNAL",
            "enabled":true,"groups":["//Compliance/Control Owners"],
            "patchErrorMessage":"group //Compliance/Typo Group was not found"}]"#;
        let answer = parse_users(body).unwrap();
        let user = &answer.users[0];
        assert_eq!(user.email.as_deref(), Some("mira.okafor@example.com"));
        assert_eq!(user.enabled, Some(true));
        assert_eq!(
            user.groups,
            Some(Some(vec!["//Compliance/Control Owners".into()]))
        );
        assert_eq!(
            user.faults(),
            ["group //Compliance/Typo Group was not found"]
        );
        assert_eq!(user.user_id, None);
    }

    #[test]
    fn absent_and_null_differ_and_unknown_fields_are_ignored() {
        let answer =
            parse_users(br#"[{"email":"a@x.io","jobTitle":null,"zone":{"a":1}}]"#).unwrap();
        assert_eq!(answer.users[0].job_title, Some(None));
        assert_eq!(answer.users[0].name, None);
        assert_eq!(answer.users[0].faults(), [""; 0]);
    }

    #[test]
    fn user_id_is_read_as_text_and_as_number() {
        let answer = parse_users(br#"[{"userID":"0042"},{"userID":42}]"#).unwrap();
        let ids: Vec<UserId> = answer.users.into_iter().filter_map(|u| u.user_id).collect();
        assert_eq!(
            ids.iter().map(UserId::text).collect::<Vec<_>>(),
            ["0042".into(), "42".into()]
        );
        assert_eq!(serde_json::to_string(&ids).unwrap(), r#"["0042",42]"#);
    }

    #[test]
    fn faults_are_found_wherever_they_sit() {
        let cases = [
            (r#"{"patchErrorMessage":""}"#, vec![]),
            (r#"{"patchErrorMessage":null}"#, vec![]),
            (r#"{"patchErrorMessage":["a",""]}"#, vec!["a"]),
            (r#"{"errors":{"patchErrorMessage":"b"}}"#, vec!["b"]),
            (r#"{"details":[{"patchErrorMessage":"c"}]}"#, vec!["c"]),
        ];
        for (text, expected) in cases {
            let user: User = serde_json::from_str(text).unwrap();
            assert_eq!(user.faults(), expected, "{text}");
        }
        let answer = parse_users(br#"{"patchErrorMessage":"all wrong"}"#).unwrap();
        assert_eq!(answer.faults, ["all wrong"]);
    }

    #[test]
    fn lists_come_bare_or_wrapped() {
        for body in [
            r#"[{"email":"a@x.io"}]"#,
            r#"{"users":[{"email":"a@x.io"}],"total":1}"#,
            r#"{"items":[{"email":"a@x.io"}],"next":null}"#,
            r#" {"content":[{"email":"a@x.io"}],"last":true}"#,
        ] {
            let answer = parse_users(body.as_bytes()).unwrap();
            assert_eq!((answer.users.len(), answer.more), (1, None), "{body}");
        }
    }

    #[test]
    fn lists_that_announce_more_say_so() {
        for body in [
            r#"{"users":[{"email":"a@x.io"}],"total":2}"#,
            r#"{"items":[{"email":"a@x.io"}],"next":"/restful/v1/user?page=2"}"#,
            r#"{"content":[{"email":"a@x.io"}],"last":false}"#,
        ] {
            assert!(
                parse_users(body.as_bytes()).unwrap().more.is_some(),
                "{body}"
            );
        }
    }

    #[test]
    fn unusable_bodies_are_errors_that_quote_nothing() {
        for body in [
            "",
            "<html>secret@x.io</html>",
            r#"[{"email":"secret@x.io""#,
            r#"[{"email":"secret@x.io","enabled":"secret@x.io"}]"#,
            r#"[{"email":"secret@x.io","email":"secret@x.io"}]"#,
            r#"{"user":"secret@x.io"}"#,
            "7",
        ] {
            let error = parse_users(body.as_bytes()).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
