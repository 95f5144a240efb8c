//! What a vendor says when it refuses, in one line for people.
//!
//! Vendors document their error bodies badly or not at all, so one reader takes every shape that
//! was seen: `message`, `detail`, `error`, `property` with `message`, SnapLogic's
//! `response_map.error_list`, lists of errors, and fields with lists of texts.

use serde_json::Value;

use super::Redactor;
use super::redact::MASK;

/// Longer texts are cut.
const LONGEST: usize = 300;

/// More errors of a list than these help nobody.
const MOST: usize = 3;

/// The keys that hold the words, the most telling first.
const WORDS: [&str; 7] = [
    "message",
    "detail",
    "error_description",
    "error",
    "reason",
    "status_message",
    "title",
];

/// A text from outside in one line: secrets masked, control characters replaced, cut.
pub(super) fn clean(text: &str, redactor: &Redactor) -> String {
    let redacted = redactor.redact(text);
    let mut line = String::new();
    let words = redacted.split(|letter: char| letter.is_whitespace() || is_hostile(letter));
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * LONGEST {
            break;
        }
    }
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// Control characters, and letters that reorder or hide what stands around them.
fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

/// The message of an error body and, if it was JSON, the body with its secrets masked.
pub(super) fn read(status: u16, body: &[u8], redactor: &Redactor) -> (String, Option<Box<Value>>) {
    let json = serde_json::from_slice(body).ok().map(|mut value| {
        mask(&mut value, redactor);
        Box::new(value)
    });
    let words = match &json {
        Some(value) => text_of(value, 0),
        None => text_of_page(&String::from_utf8_lossy(body)),
    };
    let mut message = clean(&words.unwrap_or_default(), redactor);
    if message.is_empty() {
        message = reqwest::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("no message")
            .to_owned();
    }
    (message, json)
}

/// Whether a body is a page for people, from something in front of the API.
pub(super) fn is_page(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

fn text_of_page(text: &str) -> Option<String> {
    if !is_page(text.as_bytes()) {
        return Some(text.to_owned());
    }
    // ASCII lower-casing keeps every position.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|tag| {
        let from = tag + lower[tag..].find('>')? + 1;
        let to = from + lower[from..].find("</title")?;
        Some(text[from..to].trim()).filter(|title| !title.is_empty())
    });
    Some(match title {
        Some(title) => format!("an HTML page: {title}"),
        None => "an HTML page".to_owned(),
    })
}

/// The words in a JSON error. The depth bounds a body made to exhaust the stack.
fn text_of(value: &Value, depth: u8) -> Option<String> {
    if depth > 8 {
        return None;
    }
    match value {
        Value::Null | Value::Bool(_) => None,
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(items) => {
            let texts: Vec<String> = items
                .iter()
                .filter_map(|item| text_of(item, depth + 1))
                .take(MOST)
                .collect();
            Some(texts.join("; ")).filter(|text| !text.is_empty())
        }
        Value::Object(map) => {
            if let Some(list) = value.pointer("/response_map/error_list")
                && let Some(text) = text_of(list, depth + 1)
            {
                return Some(text);
            }
            let words = WORDS
                .iter()
                .filter_map(|key| map.get(*key))
                .find_map(|words| text_of(words, depth + 1));
            match (words, map.get("property")) {
                (Some(words), Some(Value::String(property))) => {
                    Some(format!("{property}: {words}"))
                }
                (Some(words), _) => Some(words),
                (None, _) => map
                    .get("errors")
                    .and_then(|errors| text_of(errors, depth + 1))
                    .or_else(|| text_of_fields(map, depth)),
            }
        }
    }
}

/// `{"email": ["already taken"]}`; only lists and maps count, so that ids and numbers do not.
fn text_of_fields(map: &serde_json::Map<String, Value>, depth: u8) -> Option<String> {
    let texts: Vec<String> = map
        .iter()
        .filter(|(_, value)| value.is_array() || value.is_object())
        .filter_map(|(field, value)| Some(format!("{field}: {}", text_of(value, depth + 1)?)))
        .take(MOST)
        .collect();
    Some(texts.join("; ")).filter(|text| !text.is_empty())
}

/// Masks known secrets, and whatever stands under a name that promises one.
fn mask(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => *text = redactor.redact(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, redactor)),
        Value::Object(map) => {
            for (name, value) in map {
                if promises_a_secret(name) {
                    if !matches!(value, Value::Null | Value::Bool(_)) {
                        *value = Value::from(MASK);
                    }
                } else {
                    mask(value, redactor);
                }
            }
        }
    }
}

fn promises_a_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    [
        "password",
        "passwd",
        "secret",
        "token",
        "jwt",
        "apikey",
        "authorization",
        "credential",
    ]
    .iter()
    .any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn message(body: &str) -> String {
        read(400, body.as_bytes(), &Redactor::new()).0
    }

    #[test]
    fn reads_every_shape() {
        for (body, expected) in [
            (
                r#"{"message": "no such user", "status": "404"}"#,
                "no such user",
            ),
            (
                r#"{"detail": "Not found.", "status": 404, "title": "x"}"#,
                "Not found.",
            ),
            (r#"{"error": "bad things"}"#, "bad things"),
            (r#"{"error": {"code": 7, "message": "inner"}}"#, "inner"),
            (
                r#"{"error": "invalid_grant", "error_description": "expired"}"#,
                "expired",
            ),
            (
                r#"{"property": "email", "value": "x", "message": "is taken"}"#,
                "email: is taken",
            ),
            (r#"{"status_message": "denied"}"#, "denied"),
            (r#"{"reason": "quota"}"#, "quota"),
            (
                r#"{"response_map": {"error_list": [{"message": "user exists"}]}, "http_status_code": 409}"#,
                "user exists",
            ),
            (
                r#"{"errors": [{"message": "first"}, {"message": "second"}]}"#,
                "first; second",
            ),
            (r#"{"errors": ["plain"]}"#, "plain"),
            (r#"{"errors": {"role": ["unknown"]}}"#, "role: unknown"),
            (
                r#"{"email": ["already taken", "too long"], "role": ["unknown"]}"#,
                "email: already taken; too long; role: unknown",
            ),
            (r#"[{"message": "in a list"}]"#, "in a list"),
            (r#""only text""#, "only text"),
            (
                r#"{"message": "", "detail": null, "reason": "third"}"#,
                "third",
            ),
            ("plain\ttext\r\nin lines", "plain text in lines"),
            (
                "<html><head><TITLE class=x>Access\n denied</TITLE>",
                "an HTML page: Access denied",
            ),
            ("\u{feff} <!doctype html><p>x", "an HTML page"),
            ("", "Bad Request"),
            ("{}", "Bad Request"),
            ("null", "Bad Request"),
        ] {
            assert_eq!(message(body), expected, "{body}");
        }
    }

    #[test]
    fn nothing_hostile_reaches_a_terminal() {
        assert_eq!(
            message("{\"message\": \"a\\u001b[31mred\\u202egnp\\u0000\\u2028z\\u009b\"}"),
            "a [31mred gnp z"
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let cut = message(&"ä".repeat(5000));
        assert_eq!(cut.chars().count(), 301);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn a_secret_at_the_cut_leaves_no_remains() {
        let redactor = Redactor::new();
        redactor.register(&SecretString::from("hidden-value"));
        let text = format!("{}hidden-value", "x".repeat(295));
        let (message, _) = read(400, text.as_bytes(), &redactor);
        assert!(!message.contains("hid"), "{message}");
    }

    #[test]
    fn secrets_in_bodies_are_masked_by_name_and_by_text() {
        let redactor = Redactor::new();
        redactor.register(&SecretString::from("hidden-value"));
        let body = r#"{"message": "bad hidden-value", "user": {"password": "p1", "resetPasswordToken": "r1",
            "api_key": ["k1"], "mfa": true, "is_company_api_token": true, "note": "hidden-value"}}"#;
        let (message, json) = read(400, body.as_bytes(), &redactor);
        assert_eq!(message, "bad [secret]");
        let json = json.unwrap();
        let user = &json["user"];
        for name in ["password", "resetPasswordToken", "api_key", "note"] {
            assert_eq!(user[name], MASK, "{name}");
        }
        assert_eq!(user["is_company_api_token"], true);
    }

    #[test]
    fn a_deep_body_is_no_danger() {
        let body = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(message(&body), "Bad Request");
        let deeper = "[".repeat(100_000);
        assert!(message(&deeper).starts_with("[[["));
    }
}
