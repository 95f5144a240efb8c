//! `PATCH /restful/v1/user`: creates and updates, one user after the other.

use serde_json::{Map, Value as Json, json};

use super::INTERNAL;
use super::store::{Store, Stored};
use super::{BadUser, GroupRule, Rules};

/// Every field of a user that is published.
const FIELDS: [&str; 9] = [
    "email",
    "userID",
    "role",
    "name",
    "enabled",
    "jobTitle",
    "personType",
    "groups",
    "patchErrorMessage",
];

/// Does what the body asks and answers with the models, last user first: clients must not rely on
/// the order.
///
/// # Errors
/// What is wrong with the call; then nobody was changed.
pub(super) fn change(store: &mut Store, rules: Rules, body: &Json) -> Result<Vec<Json>, String> {
    let body = body.as_object().ok_or("the body has to be an object")?;
    if let Some(other) = body.keys().find(|key| *key != "users") {
        return Err(format!("unknown field {other}"));
    }
    let users = body.get("users").and_then(Json::as_array);
    let users = users.filter(|users| !users.is_empty());
    let users = users.ok_or("users has to be a list with at least one user")?;
    if rules.bad_user == BadUser::RefuseAll {
        for user in users {
            prepare(store, rules, user)?;
        }
    }
    let mut models = Vec::new();
    for user in users {
        match prepare(store, rules, user) {
            Ok(change) => models.push(change.apply(store, rules)),
            Err(message) if rules.bad_user == BadUser::Report => {
                let mut model = json!({ "patchErrorMessage": message });
                for key in ["email", "userID"] {
                    if let Some(value) = user.get(key) {
                        model[key] = value.clone();
                    }
                }
                models.push(model);
            }
            Err(_) => {}
        }
    }
    models.reverse();
    Ok(models)
}

/// A user that is fit to be saved, and the groups that are not.
struct Prepared {
    user: Stored,
    failed: Vec<Box<str>>,
}

impl Prepared {
    fn apply(self, store: &mut Store, rules: Rules) -> Json {
        let Self { mut user, failed } = self;
        if user.user_id.is_empty() {
            user.user_id = store.next_id();
        }
        let mut model = user.model(rules);
        if !failed.is_empty() {
            let faults: Vec<String> = failed
                .iter()
                .map(|group| format!("group {group} was not found"))
                .collect();
            model["patchErrorMessage"] = faults.join("; ").into();
        }
        store.save(user);
        model
    }
}

/// Validates one user against what is stored, and changes nothing.
fn prepare(store: &Store, rules: Rules, user: &Json) -> Result<Prepared, String> {
    let fields = user.as_object().ok_or("a user has to be an object")?;
    for (name, value) in fields {
        if !FIELDS.contains(&name.as_str()) {
            return Err(format!("unknown field {name}"));
        }
        if name == "patchErrorMessage" {
            return Err(format!("{name} is read-only"));
        }
        // What null does is not published, so nobody may rely on anything.
        if value.is_null() {
            return Err(format!("{name} must not be null"));
        }
    }
    let mut stored = identify(store, fields)?;
    let role = text(fields, "role")?;
    if stored.user_id.is_empty() && role.is_none() {
        return Err(String::from("role is required for a new user"));
    }
    if let Some(role) = role {
        stored.role = Some(role);
    }
    stored.name = text(fields, "name")?.or(stored.name);
    stored.job_title = text(fields, "jobTitle")?.or(stored.job_title);
    // Documented: INTERNAL whenever it is left out, on updates too.
    stored.person_type = match text(fields, "personType")? {
        Some(kind) => kind,
        None if rules.keeps_type && !stored.user_id.is_empty() => stored.person_type,
        None => INTERNAL.into(),
    };
    stored.enabled = match fields.get("enabled") {
        None if stored.user_id.is_empty() => rules.enabled_by_default,
        None => stored.enabled,
        Some(value) => value.as_bool().ok_or("enabled has to be a boolean")?,
    };
    let mut failed = Vec::new();
    if let Some(paths) = fields.get("groups") {
        let [known, unknown] = groups(store, paths)?;
        failed = unknown;
        if rules.groups == GroupRule::Replace {
            stored.groups.clear();
        }
        for group in known {
            if !stored.groups.contains(&group) {
                stored.groups.push(group);
            }
        }
    }
    Ok(Prepared {
        user: stored,
        failed,
    })
}

/// The stored user, or a new one without a `userID`.
fn identify(store: &Store, fields: &Map<String, Json>) -> Result<Stored, String> {
    let email = text(fields, "email")?;
    let id = match fields.get("userID") {
        None => None,
        Some(Json::String(id)) => Some(id.clone()),
        Some(Json::Number(id)) => Some(id.to_string()),
        Some(_) => return Err(String::from("userID has to be a text or a number")),
    };
    match (email, id) {
        (None, None) => Err(String::from("email or userID is required")),
        (email, Some(id)) => {
            let user = store.by_id(&id);
            let user = user.ok_or_else(|| format!("no user has the userID {id}"))?;
            let fits = email.is_none_or(|email| email.to_lowercase() == user.email.to_lowercase());
            if fits {
                Ok(user.clone())
            } else {
                Err(String::from("email and userID belong to different users"))
            }
        }
        (Some(email), None) => match store.by_email(&email) {
            Some(user) => Ok(user.clone()),
            None if email.contains('@') => Ok(Stored {
                email,
                ..Stored::default()
            }),
            None => Err(String::from("email is not valid")),
        },
    }
}

/// The paths of groups that exist, and the others.
fn groups(store: &Store, paths: &Json) -> Result<[Vec<Box<str>>; 2], String> {
    let paths = paths.as_array().ok_or("groups has to be a list")?;
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for path in paths {
        let path = path.as_str().ok_or("a group has to be a path")?;
        // Case-sensitive, both slashes included.
        if path.starts_with("//") && store.knows_group(path) {
            known.push(path.into());
        } else {
            unknown.push(path.into());
        }
    }
    Ok([known, unknown])
}

fn text(fields: &Map<String, Json>, name: &str) -> Result<Option<Box<str>>, String> {
    match fields.get(name) {
        None => Ok(None),
        Some(Json::String(text)) if name == "role" && text.is_empty() => {
            Err(String::from("role must not be empty"))
        }
        Some(Json::String(text)) => Ok(Some(text.as_str().into())),
        Some(_) => Err(format!("{name} has to be a text")),
    }
}
