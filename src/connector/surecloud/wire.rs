//! The answers of the user API, and the bodies that it takes. Pure.
//!
//! <https://success.surecloud.com/hc/en-us/articles/360011635057-User-API-Overview>, read in
//! November 2026. Strict in what is sent, lenient in what is read: more fields exist than are
//! published, and where some of the published ones sit is not said.

use serde_json::{Map, Value as Json};

use super::spec::USER;
use crate::connector::rest::list::items_of;
use crate::connector::rest::row::{Row, Word};
use crate::http::unique_keys;

/// The one documented resource, below `base_url`.
pub(super) const USER_PATH: &str = "/restful/v1/user";

/// One user to create or change. An absent key keeps its value, except for `personType`, which is
/// reset when absent, and is always there. `null` is never sent: what it does is not documented.
pub(super) type Body = Map<String, Json>;

/// The text form of a `userID`, which the rest of the program knows. Whether it is a text or a
/// number is not documented, so it is sent as it came.
pub(super) fn id_text(id: &Json) -> Box<str> {
    match id {
        Json::String(text) => text.as_str().into(),
        id => id.to_string().into(),
    }
}

/// One user model of an answer.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// Its fields.
    pub(super) row: Row,
    /// The texts of every non-empty `patchErrorMessage`, wherever in the model it sits.
    pub(super) faults: Vec<String>,
}

impl User {
    /// Reads a user model.
    ///
    /// # Errors
    /// What is wrong, without any of the content.
    pub(super) fn read(model: &Json) -> Result<Self, String> {
        let mut faults = Vec::new();
        collect_faults("", model, &mut faults);
        let row = Row::of(model, &USER).map_err(|fault| fault.to_string())?;
        Ok(Self { row, faults })
    }
}

/// An answer that holds user models.
#[derive(Debug, Default)]
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
        let of_users = self.users.iter().flat_map(|user| &user.faults);
        self.faults.iter().chain(of_users).cloned()
    }
}

/// Reads an array of user models (documented for PATCH), or an object that holds one in one of the
/// usual envelopes: which one a tenant's own pages show is not public.
///
/// # Errors
/// What is wrong, without any of the content.
pub(super) fn parse_users(body: &[u8]) -> Result<Answer, String> {
    unique_keys(body, &[])?;
    let mut body = parse(body)?;
    let users = items_of(
        &mut body,
        &["users", "items", "content"].map(Word::Borrowed),
    );
    let mut faults = Vec::new();
    collect_faults("", &body, &mut faults);
    let Some(users) = users else {
        return match faults.is_empty() {
            true => Err(String::from(
                "expected an array of users, or an object with users, items or content",
            )),
            false => Ok(Answer {
                faults,
                ..Answer::default()
            }),
        };
    };
    let users: Result<Vec<User>, String> = users.iter().map(User::read).collect();
    let users = users?;
    Ok(Answer {
        more: hint_of_more(&body, users.len()),
        users,
        faults,
    })
}

/// How to page is not public, so a list that announces more is not whole.
fn hint_of_more(rest: &Json, read: usize) -> Option<String> {
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

fn parse(body: &[u8]) -> Result<Json, String> {
    serde_json::from_slice(body).map_err(|error| {
        // serde's own text may quote values; they can be personal data.
        let kind = match error.classify() {
            serde_json::error::Category::Eof => "it ends too early",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::rest::row::Told;
    use crate::model::value::Value;

    #[test]
    fn documented_answer_with_a_failed_group_is_read() {
        let body = br#"[{"email":"mira.okafor@example.com","name":"Mira Okafor",
            "jobTitle":"Controls Lead","role":"CONTRIBUTOR","personType":"INTERNAL",
            "enabled":true,"groups":["//Compliance/Control Owners"],
            "patchErrorMessage":"group //Compliance/Typo Group was not found"}]"#;
        let answer = parse_users(body).unwrap();
        let user = &answer.users[0];
        assert_eq!(user.row.text("email"), Some("mira.okafor@example.com"));
        assert_eq!(user.row.flag("enabled"), Some(true));
        assert_eq!(
            user.row.value("groups"),
            Some(&Value::set(["//Compliance/Control Owners"]))
        );
        assert_eq!(user.faults, ["group //Compliance/Typo Group was not found"]);
        assert!(!user.row.shows("userID"));
    }

    #[test]
    fn absent_and_null_differ_and_unknown_fields_are_ignored() {
        let answer =
            parse_users(br#"[{"email":"a@x.io","jobTitle":null,"zone":{"a":1}}]"#).unwrap();
        assert_eq!(answer.users[0].row.told("jobTitle"), &Told::Null);
        assert_eq!(answer.users[0].row.told("name"), &Told::Absent);
        assert_eq!(answer.users[0].faults, [""; 0]);
    }

    #[test]
    fn user_id_is_read_as_text_and_as_number() {
        let answer = parse_users(br#"[{"userID":"0042"},{"userID":42}]"#).unwrap();
        let ids = answer
            .users
            .iter()
            .filter_map(|user| user.row.json("userID"));
        let ids: Vec<&Json> = ids.collect();
        assert_eq!(
            ids.iter().map(|id| id_text(id)).collect::<Vec<_>>(),
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
            let user = User::read(&serde_json::from_str(text).unwrap()).unwrap();
            assert_eq!(user.faults, expected, "{text}");
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
