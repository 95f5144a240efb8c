//! JSON as RFC 7643 reads it: names of attributes have no letter case, `null` is no value.

use serde_json::{Map, Value as Json};

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The attribute of that name, if it has a value.
pub(super) fn get<'a>(fields: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    let (_, value) = fields
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())?;
    Some(value)
}

/// The key that the attribute has already, or its proper name.
pub(super) fn key_of(fields: &Map<String, Json>, name: &str) -> String {
    let mut keys = fields.keys();
    let have = keys.find(|key| key.eq_ignore_ascii_case(name));
    have.cloned().unwrap_or_else(|| name.to_owned())
}

/// Entries of a multi-valued attribute.
pub(super) fn entries(value: Option<&Json>) -> Vec<Json> {
    match value {
        Some(Json::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// The `value` of an entry, or the entry if it is a text itself.
pub(super) fn value_of(entry: &Json) -> Option<String> {
    let value = match entry.as_object() {
        Some(fields) => get(fields, "value")?,
        None => entry,
    };
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A boolean, also one that is written as a text.
pub(super) fn flag(value: &Json) -> Option<bool> {
    let text = value.as_str().map(str::to_ascii_lowercase);
    value.as_bool().or_else(|| text?.parse().ok())
}
