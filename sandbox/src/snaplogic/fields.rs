//! Strict bodies: only documented fields, of the documented types.

use serde_json::{Map, Value};

use super::reply::{Failure, failure};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Texts,
}

/// A body that has passed the checks.
pub(super) struct Fields(Map<String, Value>);

/// Reads an object with these fields and no others.
pub(super) fn strict(body: &[u8], allowed: &[(&str, Kind)]) -> Result<Fields, Failure> {
    let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(body) else {
        return failure(400, "the body is not a JSON object");
    };
    for (name, value) in &map {
        let Some((_, kind)) = allowed.iter().find(|(known, _)| known == name) else {
            return failure(400, format!("unexpected field {name}"));
        };
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Flag => value.is_boolean(),
            Kind::Texts => value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_string)),
        };
        if !fits {
            return failure(400, format!("{name} has the wrong type"));
        }
    }
    Ok(Fields(map))
}

impl Fields {
    pub(super) fn demand(&self, names: &[&str]) -> Result<(), Failure> {
        for name in names {
            if self.text(name).is_none_or(|text| text.is_empty()) {
                return failure(400, format!("{name} is required"));
            }
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
