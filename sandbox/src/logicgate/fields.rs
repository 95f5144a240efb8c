//! The fields of a user: which may be sent, with which type, and what becomes of one left out.

use serde_json::{Map, Value, json};

/// One field of the user object.
struct Field {
    name: &'static str,
    kind: Kind,
    put: Put,
}

/// The JSON type a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    TextOrNull,
    Flag,
    List,
    Any,
}

/// What a PUT may do with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    /// Set it; it has to be there.
    Required,
    /// Set it; left out, it becomes what [`cleared`] says.
    Sets,
    /// Only send back what a read showed.
    Echo,
    /// Send back anything: server-made, and always ignored.
    Ignored,
}

const fn field(name: &'static str, kind: Kind, put: Put) -> Field {
    Field { name, kind, put }
}

/// Every field a read shows, and `roles`, which [`super::state`] handles.
/// <https://www.logicgate.com/developer/risk-cloud-api-viewing-users/>
const FIELDS: &[Field] = &[
    field("id", Kind::Text, Put::Echo),
    field("email", Kind::Text, Put::Required),
    field("first", Kind::Text, Put::Required),
    field("last", Kind::Text, Put::Required),
    field("name", Kind::Text, Put::Sets),
    field("company", Kind::TextOrNull, Put::Sets),
    field("tier", Kind::Text, Put::Required),
    field("pricingUserTier", Kind::TextOrNull, Put::Echo),
    field("active", Kind::Flag, Put::Sets),
    field("status", Kind::Text, Put::Required),
    field("disabled", Kind::Flag, Put::Sets),
    field("lastDeactivated", Kind::Any, Put::Echo),
    field("external", Kind::Flag, Put::Echo),
    field("valueType", Kind::Text, Put::Required),
    field("roles", Kind::List, Put::Sets),
    field("roleIds", Kind::List, Put::Ignored),
    field("stepPermissionSets", Kind::List, Put::Echo),
    field("applicationEntitlements", Kind::List, Put::Echo),
    field("modulePermissionSets", Kind::List, Put::Echo),
    field("records", Kind::List, Put::Sets),
    field("languageTag", Kind::TextOrNull, Put::Sets),
    field("timeZone", Kind::TextOrNull, Put::Sets),
    field("notificationPreference", Kind::Flag, Put::Sets),
    field("allowLocalLogin", Kind::Flag, Put::Sets),
    field("mfaEnabled", Kind::Flag, Put::Echo),
    field("mfaSetup", Kind::Flag, Put::Echo),
    field("autoprovisioned", Kind::Flag, Put::Echo),
    field("scimStatus", Kind::TextOrNull, Put::Echo),
    field("serviceAccount", Kind::Flag, Put::Echo),
    field("superUser", Kind::Flag, Put::Echo),
    field("locked", Kind::Flag, Put::Echo),
    field("loginAttempts", Kind::Any, Put::Echo),
    field("created", Kind::Any, Put::Ignored),
    field("updated", Kind::Any, Put::Ignored),
    field("lastLogin", Kind::Any, Put::Echo),
    field("imageUrl", Kind::TextOrNull, Put::Echo),
    field("imageS3Key", Kind::TextOrNull, Put::Echo),
    field("idOrTransientId", Kind::Any, Put::Ignored),
    field("transientIdOrId", Kind::Any, Put::Ignored),
    field("empty", Kind::Any, Put::Ignored),
    field("fieldType", Kind::Any, Put::Ignored),
    field("discriminator", Kind::Any, Put::Ignored),
];

/// What a create takes: the documented sample and no more.
/// <https://www.logicgate.com/developer/risk-cloud-api-create-users/>
const CREATE: &[(&str, Kind, bool)] = &[
    ("active", Kind::Flag, true),
    ("status", Kind::Text, true),
    ("valueType", Kind::Text, true),
    ("tier", Kind::Text, true),
    ("sendEmail", Kind::Flag, false),
    ("email", Kind::Text, true),
    ("first", Kind::Text, true),
    ("last", Kind::Text, true),
    ("company", Kind::TextOrNull, false),
];

/// A refusal in the documented shape of a validation error.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) property: String,
    pub(super) value: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(property: &str, value: &Value, message: impl Into<String>) -> Self {
        Self {
            property: property.to_owned(),
            // As text, like every field of an error; a secret would show up here.
            value: match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
            message: message.into(),
        }
    }
}

/// Checks the body of a create.
///
/// # Errors
/// The first field that is unknown, missing, or of the wrong type or value.
pub(super) fn check_create(body: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in body {
        match CREATE.iter().find(|(known, _, _)| known == name) {
            Some((_, kind, _)) => check_kind(name, *kind, value)?,
            None => return Err(Refusal::new(name, value, "is not a field of a new user")),
        }
    }
    for (name, _, required) in CREATE {
        if *required && !body.contains_key(*name) {
            return Err(Refusal::new(name, &Value::Null, "must not be null"));
        }
    }
    if body.get("active") != Some(&Value::Bool(true)) {
        return Err(Refusal::new("active", &body["active"], "must be true"));
    }
    check_values(body)
}

/// Checks the body of a PUT against what the user is now, as the reads show it.
///
/// # Errors
/// As [`check_create`]; also a read-only field that differs, and every field that is never sent.
pub(super) fn check_put(
    body: &Map<String, Value>,
    now: &Map<String, Value>,
) -> Result<(), Refusal> {
    for (name, value) in body {
        let Some(known) = FIELDS.iter().find(|field| field.name == name) else {
            return Err(Refusal::new(name, value, "is not a field of a user"));
        };
        if known.put == Put::Echo {
            if now.get(name).unwrap_or(&Value::Null) != value {
                return Err(Refusal::new(name, value, "cannot be changed"));
            }
        } else {
            check_kind(name, known.kind, value)?;
        }
    }
    for field in FIELDS {
        if field.put == Put::Required && !body.contains_key(field.name) {
            return Err(Refusal::new(field.name, &Value::Null, "must not be null"));
        }
    }
    check_values(body)
}

/// The names of the fields that a PUT sets.
pub(super) fn settable() -> impl Iterator<Item = &'static str> {
    FIELDS
        .iter()
        .filter(|field| matches!(field.put, Put::Required | Put::Sets))
        .map(|field| field.name)
        .filter(|name| *name != "roles")
}

/// What a settable field becomes when a PUT leaves it out.
pub(super) fn cleared(name: &str) -> Value {
    match FIELDS.iter().find(|field| field.name == name) {
        Some(field) if field.kind == Kind::Flag => Value::Bool(false),
        Some(field) if field.kind == Kind::List => json!([]),
        _ => Value::Null,
    }
}

fn check_kind(name: &str, kind: Kind, value: &Value) -> Result<(), Refusal> {
    let (fits, wanted) = match kind {
        Kind::Text => (value.is_string(), "a text"),
        Kind::TextOrNull => (value.is_string() || value.is_null(), "a text or null"),
        Kind::Flag => (value.is_boolean(), "a boolean"),
        Kind::List => (value.is_array(), "a list"),
        Kind::Any => (true, "anything"),
    };
    if fits {
        Ok(())
    } else {
        Err(Refusal::new(name, value, format!("must be {wanted}")))
    }
}

/// Rules that a create and a PUT share.
fn check_values(body: &Map<String, Value>) -> Result<(), Refusal> {
    let is = |name: &str, wanted: &[&str]| {
        let value = body.get(name).unwrap_or(&Value::Null);
        match value.as_str() {
            Some(text) if wanted.contains(&text) => Ok(()),
            _ => Err(Refusal::new(
                name,
                value,
                format!("must be one of {}", wanted.join(", ")),
            )),
        }
    };
    is("tier", &["PRIMARY", "SECONDARY", "LIMITED"])?;
    is("status", &["Active"])?;
    is("valueType", &["User"])?;
    for name in ["email", "first", "last"] {
        let value = body.get(name).unwrap_or(&Value::Null);
        if value.as_str().is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::new(name, value, "must not be blank"));
        }
    }
    let email = body.get("email").unwrap_or(&Value::Null);
    if email.as_str().is_none_or(|text| !text.contains('@')) {
        return Err(Refusal::new("email", email, "must be an e-mail"));
    }
    Ok(())
}
