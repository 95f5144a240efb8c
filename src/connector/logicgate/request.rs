//! Pure: an action to what the API is sent.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use super::convert::role_ids;
use super::read::User;
use super::spec::SPEC;
use crate::connector::rest::row::Row;
use crate::model::action::Action;
use crate::model::current::Directory;
use crate::model::spec::AttributeSpec;
use crate::model::value::Value;

/// Of [`texts`], those that the create guide means to vary; the others wait for an update.
/// <https://www.logicgate.com/developer/risk-cloud-api-create-users/>
const TEXTS_ON_CREATE: [&str; 4] = ["tier", "first", "last", "company"];

/// Text attributes.
fn texts() -> impl Iterator<Item = &'static AttributeSpec> {
    SPEC.attributes.iter().filter(|it| !it.at.is_empty())
}

/// The roles an action sets, as ids; `None` when it leaves roles alone.
pub(super) type RoleIds = Option<Vec<Box<str>>>;

/// The ids of the roles that an action sets; `None` when it leaves roles alone.
///
/// # Errors
/// The name that means nothing here, in a sentence.
pub(super) fn wanted_roles(action: &Action, directory: &Directory) -> Result<RoleIds, String> {
    let Some(Value::Set(names)) = action.after("roles") else {
        return Ok(None);
    };
    let mut ids: Vec<Box<str>> = Vec::with_capacity(names.len());
    let mut seen = HashSet::new();
    for name in names {
        let entry = directory
            .resolve(name)
            .map_err(|why| format!("{why}; a role that nobody holds needs an entry in role_ids"))?;
        if seen.insert(&*entry.id) {
            ids.push(entry.id.clone());
        }
    }
    Ok(Some(ids))
}

/// The body of a create: the documented sample, and nothing that is not meant to vary.
pub(super) fn create_body(action: &Action) -> Map<String, Json> {
    let send_email = action.after("send_email").and_then(Value::as_flag);
    let mut body = Map::new();
    body.insert("active".into(), Json::Bool(true));
    body.insert("status".into(), json!("Active"));
    body.insert("valueType".into(), json!("User"));
    body.insert("sendEmail".into(), Json::Bool(send_email.unwrap_or(false)));
    body.insert("email".into(), json!(action.email.trim()));
    for text in texts().filter(|text| TEXTS_ON_CREATE.contains(&text.name)) {
        if let Some(value) = action.after(text.name).and_then(Value::as_text) {
            body.insert(text.at.into(), json!(value));
        }
    }
    body
}

/// The changes of a create that its own call cannot carry.
pub(super) fn left_after_create(action: &Action) -> Option<Action> {
    let mut rest = action.clone();
    rest.changes.retain(|change| {
        let name = &*change.attribute;
        let text = texts().any(|text| text.name == name);
        name == "roles" || (text && !TEXTS_ON_CREATE.contains(&name))
    });
    (!rest.changes.is_empty()).then_some(rest)
}

/// What a PUT does besides setting attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    /// Nothing.
    Leave,
    /// `disabled: true`.
    Off,
    /// `disabled: false`.
    On,
}

/// The body of a PUT: the whole object of a fresh GET, with the action's changes in it.
///
/// Whatever the GET showed goes back, known or not, because what is left out may be cleared; only
/// secrets (dropped on reading) and `sendEmail` stay out. `active` is never touched: it may be a
/// soft deletion.
/// <https://www.logicgate.com/developer/risk-cloud-api-update-roles-on-user>
///
/// # Errors
/// A sentence, when writing the object back could take roles away that it does not show.
pub(super) fn put_body(
    user: &User,
    action: &Action,
    roles: Option<&[Box<str>]>,
    switch: Switch,
) -> Result<Map<String, Json>, String> {
    let mut body = user.whole.clone();
    body.remove("sendEmail");
    // Both act like type tags; a copy of a user without them is not accepted as a user.
    body.entry("status").or_insert_with(|| json!("Active"));
    body.entry("valueType").or_insert_with(|| json!("User"));
    for text in texts() {
        if let Some(value) = action.after(text.name).and_then(Value::as_text) {
            let keep = !value.is_empty() || matches!(text.name, "first" | "last");
            let value = if keep { json!(value) } else { Json::Null };
            body.insert(text.at.into(), value);
        }
    }
    if action.after("first").is_some() || action.after("last").is_some() {
        let name = [body.get("first"), body.get("last")].map(|part| {
            part.and_then(Json::as_str)
                .map(str::trim)
                .unwrap_or_default()
        });
        body.insert("name".into(), json!(name.join(" ").trim()));
    }
    if let Some(email) = action.after("email").and_then(Value::as_text) {
        body.insert("email".into(), json!(email.trim()));
    }
    // Users inside other objects are shown without them, and what a PUT leaves out may be cleared.
    let mut needed = ["email", "first", "last"].into_iter();
    if let Some(missing) = needed.find(|key| !body.contains_key(*key)) {
        return Err(format!(
            "LogicGate's answer does not show `{missing}` of this account, so writing it back could \
             clear it"
        ));
    }
    match switch {
        Switch::Leave => {}
        Switch::Off => {
            body.insert("disabled".into(), Json::Bool(true));
        }
        Switch::On => {
            body.insert("disabled".into(), Json::Bool(false));
            body.insert("status".into(), json!("Active"));
        }
    }
    let shown = role_ids(&user.row);
    let ids: Vec<&str> = match (roles, &shown) {
        (Some(wanted), _) => wanted.iter().map(|id| &**id).collect(),
        (None, Some(shown)) => shown.clone(),
        (None, None) => {
            return Err(String::from(
                "LogicGate's answer does not show the roles of this account, so writing it back \
                 could take them away",
            ));
        }
    };
    let shown = user.whole.get("roles").and_then(Json::as_array);
    let shown = shown.into_iter().flatten().filter_map(Json::as_object);
    let mut known = HashMap::new();
    for role in shown {
        if let Some(id) = role.get("id").and_then(Json::as_str) {
            known.entry(id).or_insert(role);
        }
    }
    let refs = ids.iter().map(|id| role_reference(&known, id)).collect();
    body.insert("roles".into(), Json::Array(refs));
    if body.contains_key("roleIds") {
        body.insert("roleIds".into(), json!(ids));
    }
    Ok(body)
}

/// A role as the GET showed it, or the smallest reference to it; `status` is wanted in both.
fn role_reference(known: &HashMap<&str, &Map<String, Json>>, id: &str) -> Json {
    let mut role = known.get(id).copied().cloned().unwrap_or_default();
    role.insert("id".into(), json!(id));
    role.entry("status").or_insert_with(|| json!("Active"));
    Json::Object(role)
}

/// The attributes of an action that a user does not show as the action wants them; what the
/// object does not show at all is among them. `roles` are the ids of [`wanted_roles`].
pub(super) fn unmet<'a>(
    user: &Row,
    action: &'a Action,
    roles: Option<&[Box<str>]>,
) -> Vec<&'a str> {
    let differs = |name: &str, after: &Value| match name {
        "send_email" => false,
        "email" => user.text("email").map(str::trim) != after.as_text().map(str::trim),
        "roles" => match (role_ids(user), roles) {
            (Some(have), Some(want)) => {
                let have: HashSet<&str> = have.into_iter().collect();
                have.len() != want.len() || want.iter().any(|id| !have.contains(&**id))
            }
            (None, _) | (_, None) => true,
        },
        _ => texts().find(|text| text.name == name).is_none_or(|text| {
            let now = user.text(text.at).unwrap_or_default();
            !user.shows(text.at) || now != after.as_text().unwrap_or_default()
        }),
    };
    action
        .changes
        .iter()
        .filter(|change| differs(&change.attribute, &change.after))
        .map(|change| &*change.attribute)
        .collect()
}
