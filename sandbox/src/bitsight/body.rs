//! Bodies of create and edit, checked as the documentation describes them.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::state::{State, Status};
use super::{Behaviour, Refusal, StatusEdit};

/// Which call the body belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Create,
    Edit,
}

/// What a body sets.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) email: Option<String>,
    pub(super) friendly_name: Option<String>,
    pub(super) formal_name: Option<String>,
    pub(super) role: Option<String>,
    /// A guid.
    pub(super) group: Option<String>,
    pub(super) contact: Option<bool>,
    pub(super) features: Option<Vec<(String, Value)>>,
    pub(super) status: Option<Status>,
}

/// Reads and checks a body.
pub(super) fn read(
    headers: &HeaderMap,
    bytes: &[u8],
    mode: Mode,
    state: &State,
    behaviour: Behaviour,
) -> Result<Fields, Refusal> {
    let json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !json {
        return Err(bad("The content type has to be application/json."));
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|_| bad("The body is not JSON."))?;
    let map = object(unwrap(&body, behaviour.wrapped)?, "The body")?;
    if map.is_empty() {
        return Err(bad("Nothing to set."));
    }
    let fields = fields(map, mode, state, behaviour)?;
    let missing = mode == Mode::Create
        && (fields.email.is_none()
            || fields.friendly_name.is_none()
            || fields.formal_name.is_none()
            || fields.role.is_none());
    if missing {
        return Err(bad(
            "email, friendly_name, formal_name and roles are required.",
        ));
    }
    Ok(fields)
}

fn unwrap(body: &Value, wrapped: bool) -> Result<&Value, Refusal> {
    if !wrapped {
        return Ok(body);
    }
    match body.as_object() {
        Some(map) if map.len() == 1 => map.get("user"),
        _ => None,
    }
    .ok_or_else(|| bad("user: This field is required."))
}

fn fields(
    map: &Map<String, Value>,
    mode: Mode,
    state: &State,
    behaviour: Behaviour,
) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    for (name, value) in map {
        match name.as_str() {
            "email" => {
                let email = text(value, name)?;
                if !email.contains('@') {
                    return Err(Refusal::new(422, "email: Enter a valid email address."));
                }
                fields.email = Some(email);
            }
            "friendly_name" => fields.friendly_name = Some(text(value, name)?),
            "formal_name" => fields.formal_name = Some(text(value, name)?),
            "roles" => fields.role = Some(role(value, state)?),
            "group" => fields.group = Some(group(value, state)?),
            "is_available_for_contact" => fields.contact = Some(flag(value, name)?),
            "is_company_api_token" => {
                if flag(value, name)? {
                    return Err(Refusal::new(422, "A person cannot become a token."));
                }
            }
            "features" => fields.features = Some(features(value, behaviour)?),
            "status" => fields.status = status(value, mode, behaviour.status_edit)?,
            _ => return Err(bad(format!("{name}: unknown or read-only."))),
        }
    }
    Ok(fields)
}

fn role(value: &Value, state: &State) -> Result<String, Refusal> {
    let [entry] = list(value, "roles")? else {
        return Err(Refusal::new(422, "roles: exactly one is needed."));
    };
    let entry = object(entry, "roles")?;
    let slug = match entry.get("slug") {
        Some(slug) if entry.len() == 1 => text(slug, "roles")?,
        _ => return Err(bad("roles: only slug is accepted.")),
    };
    if !state.knows_role(&slug) {
        return Err(Refusal::new(422, "roles: no such role."));
    }
    Ok(slug)
}

fn group(value: &Value, state: &State) -> Result<String, Refusal> {
    let guid = text(value, "group")?;
    if state.groups.iter().any(|(have, _)| *have == guid) {
        return Ok(guid);
    }
    Err(Refusal::new(422, "group: no such group."))
}

/// Each value has to be of the feature's own kind.
fn features(value: &Value, behaviour: Behaviour) -> Result<Vec<(String, Value)>, Refusal> {
    let mut out: Vec<(String, Value)> = Vec::new();
    for entry in list(value, "features")? {
        let entry = object(entry, "features")?;
        let (Some(slug), Some(value), 2) = (entry.get("slug"), entry.get("value"), entry.len())
        else {
            return Err(bad(
                "features: slug and value are needed, and nothing else.",
            ));
        };
        let slug = text(slug, "features")?;
        if out.iter().any(|(have, _)| *have == slug) {
            return Err(bad("features: a slug twice."));
        }
        let value = match behaviour.text_feature == Some(&*slug) {
            true => Value::from(text(value, "features")?),
            false => Value::from(flag(value, "features")?),
        };
        out.push((slug, value));
    }
    Ok(out)
}

/// A create takes none: the vendor's OpenAPI marks it read-only.
fn status(value: &Value, mode: Mode, edit: StatusEdit) -> Result<Option<Status>, Refusal> {
    match (mode, edit) {
        (Mode::Create, _) | (_, StatusEdit::Rejected) => {
            Err(bad("status: This field is read-only."))
        }
        (Mode::Edit, StatusEdit::Ignored) => Ok(None),
        (Mode::Edit, StatusEdit::Accepted) => {
            let status = Status::parse(&text(value, "status")?);
            status
                .map(Some)
                .ok_or_else(|| Refusal::new(422, "status: not a valid choice."))
        }
    }
}

fn text(value: &Value, name: &str) -> Result<String, Refusal> {
    match value.as_str() {
        Some("") => Err(Refusal::new(422, format!("{name}: may not be blank."))),
        Some(text) => Ok(text.to_owned()),
        None => Err(bad(format!("{name}: not a valid string."))),
    }
}

fn flag(value: &Value, name: &str) -> Result<bool, Refusal> {
    value
        .as_bool()
        .ok_or_else(|| bad(format!("{name}: not a valid boolean.")))
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Refusal> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| bad(format!("{name}: not a list.")))
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>, Refusal> {
    value
        .as_object()
        .ok_or_else(|| bad(format!("{name}: not an object.")))
}

fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::new(400, detail)
}
