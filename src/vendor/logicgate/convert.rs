//! Pure: a user of the API to an account, and an action to what the API is sent.

use serde_json::{Map, Value as Json, json};

use super::roles::Roles;
use super::wire::{Fields, Maybe, User};
use crate::reconcile::account::{Account, Shield};
use crate::reconcile::current::{Directory, LookupError};
use crate::reconcile::plan::Action;
use crate::reconcile::value::{Shown, Value};

/// Text attributes that an update can change: roster name, API name.
const TEXTS: [(&str, &str); 6] = [
    ("tier", "tier"),
    ("first", "first"),
    ("last", "last"),
    ("company", "company"),
    ("time_zone", "timeZone"),
    ("language_tag", "languageTag"),
];

/// Of [`TEXTS`], those that the create guide means to vary; the others wait for an update.
/// <https://www.logicgate.com/developer/risk-cloud-api-create-users/>
const TEXTS_ON_CREATE: [&str; 4] = ["tier", "first", "last", "company"];

/// Values of `status` that say "off". Only `Active` is documented; any other word counts as on,
/// so that no leaver is overlooked behind a status we have never seen.
const STATUS_OFF: [&str; 6] = [
    "deactivated",
    "disabled",
    "inactive",
    "external",
    "archived",
    "deleted",
];

/// The account that a user is; `None` for one without id or e-mail, which nobody can own.
pub(super) fn account(user: &User, roles: &Roles, directory: &Directory) -> Option<Account> {
    let (id, email) = user.key()?;
    let fields = &user.fields;
    let mut account = Account {
        id: Some(id.into()),
        active: off(fields).is_none(),
        attributes: attributes(fields, directory),
        managed_by: managed(fields).then(|| "the identity provider".into()),
        shield: shield(fields),
        ..Account::new(email)
    };
    let held = fields.role_ids().unwrap_or_default();
    if let Some(role) = held.into_iter().find(|id| roles.provisioned(id)) {
        let name = directory.display_id(role);
        account.fixed.push((
            "roles".into(),
            format!("the identity provider assigns the role \"{name}\"").into(),
        ));
    }
    if let Some(text) = caution(fields) {
        account.cautions.push(text.into());
    }
    Some(account)
}

/// Why a user has no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// A form recipient without a login.
    External,
    /// `active: false`, which may be a soft deletion.
    Inactive,
    /// `disabled: true`: the flag we set and clear.
    Disabled,
    /// Only `status` says so.
    Status,
}

/// Why this user cannot log in; the reasons that we cannot undo come first.
pub(super) fn off(fields: &Fields) -> Option<Off> {
    let status = fields.status.as_deref().unwrap_or("Active").trim();
    if fields.external == Some(true) {
        Some(Off::External)
    } else if fields.active == Some(false) {
        Some(Off::Inactive)
    } else if fields.disabled == Some(true) {
        Some(Off::Disabled)
    } else if STATUS_OFF.contains(&status.to_lowercase().as_str()) {
        Some(Off::Status)
    } else {
        None
    }
}

/// Whether an identity provider owns the account: the API cannot update it.
/// <https://www.logicgate.com/developer/risk-cloud-api-update-roles-on-user>
pub(super) fn managed(fields: &Fields) -> bool {
    fields.autoprovisioned == Some(true) || fields.scim_status.is_some()
}

/// Users that are not people's own accounts; never changed here.
pub(super) fn shield(fields: &Fields) -> Option<Shield> {
    let what = if fields.super_user == Some(true) {
        "super user"
    } else if fields.service_account == Some(true) {
        "service account"
    } else {
        return None;
    };
    Some(Shield { what, always: true })
}

fn attributes(fields: &Fields, directory: &Directory) -> Shown {
    let mut shown = Shown::new();
    for (name, _) in TEXTS {
        if let Some(value) = text(fields, name) {
            shown.insert(name, value.as_deref().map(Value::text));
        }
    }
    if let Some(ids) = fields.role_ids() {
        let names = ids.into_iter().map(|id| directory.display_id(id));
        shown.insert("roles", Some(Value::set(names)));
    }
    shown
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a Maybe<String> {
    match name {
        "tier" => &fields.tier,
        "first" => &fields.first,
        "last" => &fields.last,
        "company" => &fields.company,
        "time_zone" => &fields.time_zone,
        "language_tag" => &fields.language_tag,
        _ => &None,
    }
}

fn caution(fields: &Fields) -> Option<String> {
    let status = fields.status.as_deref().unwrap_or("Active").trim();
    match off(fields) {
        Some(Off::External) => Some(String::from(
            "is an external user, a form recipient without a login; it has to be converted in \
             Risk Cloud's user administration",
        )),
        Some(Off::Inactive) => Some(String::from(
            "is marked `active: false`, which may be a deletion; only Risk Cloud's user \
             administration can bring it back",
        )),
        None if !status.eq_ignore_ascii_case("active") && !status.is_empty() => Some(format!(
            "has the undocumented status \"{status}\" and is taken as active"
        )),
        Some(Off::Disabled | Off::Status) | None => None,
    }
}

/// The ids of the roles that an action sets; `None` when it leaves roles alone.
///
/// # Errors
/// The name that means nothing here, in a sentence.
pub(super) fn wanted_roles(
    action: &Action,
    directory: &Directory,
) -> Result<Option<Vec<Box<str>>>, String> {
    let Some(Value::Set(names)) = action.after("roles") else {
        return Ok(None);
    };
    let mut ids: Vec<Box<str>> = Vec::with_capacity(names.len());
    for name in names {
        match directory.lookup(name) {
            Ok(entry) if ids.contains(&entry.id) => {}
            Ok(entry) => ids.push(entry.id.clone()),
            Err(LookupError::Unknown) => {
                return Err(format!(
                    "no user shows a role \"{name}\"; give its id in the vendor's role_ids"
                ));
            }
            Err(LookupError::Ambiguous) => {
                return Err(format!(
                    "several roles are called \"{name}\"; give the id of one"
                ));
            }
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
    for (name, field) in TEXTS {
        let value = action.after(name).and_then(Value::as_text);
        if let Some(value) = value.filter(|_| TEXTS_ON_CREATE.contains(&name)) {
            body.insert(field.into(), json!(value));
        }
    }
    body
}

/// The changes of a create that its own call cannot carry.
pub(super) fn left_after_create(action: &Action) -> Option<Action> {
    let mut rest = action.clone();
    rest.changes.retain(|change| {
        let name = &*change.attribute;
        let text = TEXTS.iter().any(|(have, _)| *have == name);
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
    for (name, field) in TEXTS {
        if let Some(value) = action.after(name).and_then(Value::as_text) {
            let keep = !value.is_empty() || matches!(name, "first" | "last");
            let value = if keep { json!(value) } else { Json::Null };
            body.insert(field.into(), value);
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
    let shown = user.fields.role_ids();
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
    let refs = ids.iter().map(|id| role_reference(user, id)).collect();
    body.insert("roles".into(), Json::Array(refs));
    if body.contains_key("roleIds") {
        body.insert("roleIds".into(), json!(ids));
    }
    Ok(body)
}

/// A role as the GET showed it, or the smallest reference to it; `status` is wanted in both.
fn role_reference(user: &User, id: &str) -> Json {
    let shown = user.whole.get("roles").and_then(Json::as_array);
    let known = shown
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .find(|role| role.get("id").and_then(Json::as_str) == Some(id));
    let mut role = known.cloned().unwrap_or_default();
    role.insert("id".into(), json!(id));
    role.entry("status").or_insert_with(|| json!("Active"));
    Json::Object(role)
}

/// The attributes of an action that a user does not show as the action wants them; what the
/// object does not show at all is among them. `roles` are the ids of [`wanted_roles`].
pub(super) fn unmet<'a>(
    fields: &Fields,
    action: &'a Action,
    roles: Option<&[Box<str>]>,
) -> Vec<&'a str> {
    let differs = |name: &str, after: &Value| match name {
        "send_email" => false,
        "email" => fields.email.as_deref().map(str::trim) != after.as_text().map(str::trim),
        "roles" => match (fields.role_ids(), roles) {
            (Some(have), Some(want)) => {
                have.len() != want.len() || want.iter().any(|id| !have.contains(&&**id))
            }
            (None, _) | (_, None) => true,
        },
        _ => match text(fields, name) {
            Some(now) => now.as_deref().unwrap_or_default() != after.as_text().unwrap_or_default(),
            None => true,
        },
    };
    action
        .changes
        .iter()
        .filter(|change| differs(&change.attribute, &change.after))
        .map(|change| &*change.attribute)
        .collect()
}
