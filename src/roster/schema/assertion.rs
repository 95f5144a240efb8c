//! The schema of one entry under `assert`.

use serde_json::{Map, Value as Json, json};

use super::{object, reference};
use crate::roster::assertions::{FIELDS, RULES};

/// One of the kinds of assertions.
pub(super) fn assertion() -> Json {
    let branches: Vec<Json> = RULES
        .iter()
        .map(|(rule, doc)| {
            let mut value = body(rule);
            value["description"] = json!(doc);
            let properties: Map<String, Json> = [((*rule).to_owned(), value)].into_iter().collect();
            let mut branch = object(properties);
            branch["required"] = json!([rule]);
            branch
        })
        .collect();
    json!({ "oneOf": branches })
}

fn body(rule: &str) -> Json {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let (properties, required): (Json, &[&str]) = match rule {
        "admins" => (
            json!({ "vendor": reference("text"), "at_least": count(), "at_most": count() }),
            &["vendor"],
        ),
        "seats" => (
            json!({ "vendor": reference("text"), "at_most": count() }),
            &["vendor", "at_most"],
        ),
        "domains" => (
            json!({
                "vendor": reference("text"),
                "only": { "type": "array", "items": { "type": "string" } },
            }),
            &["only"],
        ),
        "has" => (
            json!({ "field": { "enum": FIELDS.map(|field| field.as_str()) } }),
            &["field"],
        ),
        _ => (
            json!({ "first": holding(), "second": holding() }),
            &["first", "second"],
        ),
    };
    shape(properties, required)
}

fn holding() -> Json {
    shape(
        json!({
            "vendor": reference("text"),
            "attribute": { "type": "string" },
            "value": { "type": ["string", "number", "boolean"] },
        }),
        &["vendor", "attribute", "value"],
    )
}

fn shape(properties: Json, required: &[&str]) -> Json {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
