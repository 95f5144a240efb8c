//! JSON Schemas (draft 2020-12) of the documents, derived from the structs of [`super::v1`], whose
//! comments are their descriptions. The files under `schemas/` are these, written out.

mod explain;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::v1;
use crate::evidence::access::Access;
use crate::evidence::history::History;
use crate::evidence::pack::Pack;
use crate::evidence::review::Review;
pub use explain::explain;

/// The schema of a plan document.
pub fn plan() -> Value {
    let mut schema = derived::<v1::Document>("plan");
    without_attention(&mut schema["required"]);
    schema
}

/// The schema of what `apply --format json` prints.
pub fn report() -> Value {
    let mut schema = derived::<v1::Report>("apply report");
    without_attention(&mut schema["$defs"]["Document"]["required"]);
    schema
}

/// The schema of what `leavers --format json` prints.
pub fn leavers() -> Value {
    derived::<v1::leavers::Leavers>("leavers")
}

/// The schema of what `doctor --format json` prints.
pub fn doctor() -> Value {
    derived::<v1::doctor::Doctor>("doctor")
}

/// The schema of a certificate.
pub fn certificate() -> Value {
    derived::<crate::model::certificate::Certificate>("certificate")
}

/// The schema of what `access --format json` prints, a review sheet too.
pub fn access() -> Value {
    derived::<AccessDocument>("access")
}

/// What `access --format json` prints.
#[derive(serde::Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is wanted")]
enum AccessDocument {
    /// A list of accounts.
    List(Access),
    /// The sheet of an access review.
    Review(Review),
}

/// The schema of what `history --format json` prints.
pub fn history() -> Value {
    derived::<History>("history")
}

/// The schema of `evidence.json` in a pack.
pub fn evidence() -> Value {
    derived::<Pack>("evidence")
}

/// The schema of what is written of a type.
fn derived<T: JsonSchema>(document: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    schema["title"] = json!(format!("rosterctl {document}, format {}", v1::FORMAT));
    tidy(&mut schema);
    schema
}

/// Plans of former versions lack it.
fn without_attention(required: &mut Value) {
    if let Value::Array(names) = required {
        names.retain(|name| name != "attention");
    }
}

/// A field that is left out where it does not apply is never `null`, which a type cannot say; and the
/// lines of a comment are one text.
fn tidy(schema: &mut Value) {
    if let Value::Object(object) = &mut *schema {
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace('\n', " ");
        }
        let required = object.get("required").cloned().unwrap_or_default();
        let required: Vec<&str> = required
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(Value::Object(fields)) = object.get_mut("properties") {
            let optional = fields
                .iter_mut()
                .filter(|(name, _)| !required.contains(&&***name));
            optional.for_each(|(_, field)| not_null(field));
        }
    }
    match schema {
        Value::Object(object) => object.values_mut().for_each(tidy),
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn not_null(field: &mut Value) {
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|it| it != "null");
    }
    if let Some(Value::Array(forms)) = field.get_mut("anyOf") {
        forms.retain(|it| *it != json!({ "type": "null" }));
    }
}
