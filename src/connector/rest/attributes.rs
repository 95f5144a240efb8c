//! Attributes read and written where the declaration says that they stand. Pure.

use serde_json::{Map, Value as Json, json};

use super::row::Told;
use crate::model::action::Change;
use crate::model::spec::{AttributeKind, AttributeSpec, VendorSpec};
use crate::model::value::{ObservedAttributes, Value};

/// What a user shows of the attributes that stand in one place; `told` says of a key what does.
pub(crate) fn shown<'t>(spec: &VendorSpec, told: impl Fn(&str) -> &'t Told) -> ObservedAttributes {
    let mut shown = ObservedAttributes::new();
    for attribute in spec.attributes.iter().filter(|it| !it.at.is_empty()) {
        match told(attribute.at) {
            Told::Absent | Told::Json(_) => {}
            Told::Null => shown.insert(attribute.name, None),
            Told::Value(value) => shown.insert(attribute.name, Some(value.clone())),
        }
    }
    shown
}

/// Puts a change where its attribute stands.
///
/// # Errors
/// Why it cannot be sent, in one clause.
pub(crate) fn put(
    body: &mut Map<String, Json>,
    spec: &VendorSpec,
    change: &Change,
) -> Result<(), String> {
    let name = &change.attribute;
    let attribute = spec.attribute(name).filter(|it| !it.at.is_empty());
    let attribute =
        attribute.ok_or_else(|| format!("{name} is no attribute of a {} user", spec.title))?;
    body.insert(attribute.at.to_owned(), encode(attribute, change)?);
    Ok(())
}

/// A change as it is sent.
fn encode(attribute: &AttributeSpec, change: &Change) -> Result<Json, String> {
    match attribute.kind {
        AttributeKind::Flag | AttributeKind::FlagMap => Ok(flag(change)?.into()),
        AttributeKind::NameSet | AttributeKind::EmailSet => match &change.after {
            Value::Set(items) => Ok(json!(items)),
            Value::Flag(_) | Value::Text(_) => Err(format!("{} needs a list", change.attribute)),
        },
        _ => Ok(text(change)?.into()),
    }
}

/// The text that a change asks for.
///
/// # Errors
/// It asks for something else.
pub(crate) fn text(change: &Change) -> Result<&str, String> {
    let text = change.after.as_text();
    text.ok_or_else(|| format!("{} needs a text", change.attribute))
}

/// The flag that a change asks for.
///
/// # Errors
/// It asks for something else.
pub(crate) fn flag(change: &Change) -> Result<bool, String> {
    let flag = change.after.as_flag();
    flag.ok_or_else(|| format!("{} needs true or false", change.attribute))
}
