//! Actions to request bodies. Pure; what an answer means is in [`super::convert`].

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::spec::reserved;
use crate::connector::rest::row::Row;
use crate::model::action::{Action, Change};
use crate::model::value::Value;

/// Whether an e-mail can be a user name, by the rules of the vendor's own pages
/// (<https://docs.snaplogic.com/admin-manager/admin-manager-users.html>).
///
/// # Errors
/// The rule it breaks.
pub(super) fn check_email(email: &str) -> Result<(), &'static str> {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return Err("it has no @");
    };
    let usual = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if !local.starts_with(usual) {
        return Err("its first character is neither a letter, a digit nor a usual mail symbol");
    }
    if !domain.starts_with(|c: char| c.is_alphanumeric()) {
        return Err("its domain does not begin with a letter or digit");
    }
    match domain.rsplit_once('.') {
        None => Err("its domain has no dot"),
        Some((_, last)) if last.chars().count() < 2 => {
            Err("the last part of its domain is shorter than two characters")
        }
        Some(_) => Ok(()),
    }
}

/// The body of a create: everything the action sets but for groups, which have calls of their own.
pub(super) fn create_body(action: &Action, organization: &str) -> Map<String, Json> {
    let mut body = settings(&action.changes, &["groups", "email"]);
    body.insert("email".into(), json!(&*action.email));
    body.insert("organization".into(), json!(organization));
    if body.get("utility") == Some(&json!(true)) {
        // The vendor advises to set one of the two; the flag itself switches the interface off.
        body.remove("ui_access");
    }
    body
}

/// The body of an update: only what changes, and only what an update can change.
pub(super) fn update_body(changes: &[Change]) -> Map<String, Json> {
    let mut body: Map<String, Json> = settings(changes, &[])
        .into_iter()
        .filter(|(name, _)| UPDATABLE.contains(&name.as_str()))
        .collect();
    if body.get("utility") == Some(&json!(true)) {
        body.remove("ui_access");
    }
    body
}

/// What `PUT /users/{email}` changes, of the roster's attributes.
pub(super) const UPDATABLE: [&str; 5] = [
    "allow_password_login",
    "first_name",
    "last_name",
    "ui_access",
    "utility",
];

fn settings(changes: &[Change], without: &[&str]) -> Map<String, Json> {
    changes
        .iter()
        .filter(|change| !without.contains(&change.attribute.as_ref()))
        .map(|change| (change.attribute.to_string(), json!(change.after)))
        .collect()
}

/// The groups to join and to leave, as the action names them; reserved ones are left out.
pub(super) fn group_moves(action: &Action) -> (Vec<Box<str>>, Vec<Box<str>>) {
    let (join, leave) = action.moves("groups");
    let join = join.filter(|name| !reserved(name));
    let leave = leave.filter(|name| !reserved(name));
    (join.cloned().collect(), leave.cloned().collect())
}

/// The fields that differ between two reads although the PUT between them did not send them.
pub(super) fn unsent_changes(before: &Row, after: &Row, sent: &[&str]) -> Vec<&'static str> {
    let forced_ui = sent.contains(&"utility") && after.flag("utility") == Some(true);
    fn maintainers(user: &Row) -> &[Box<str>] {
        let list = user.value("maintainers").and_then(Value::as_set);
        list.unwrap_or_default()
    }
    fn places(user: &Row) -> BTreeMap<&str, String> {
        let all = user.list("organizations").filter_map(|place| {
            let admin = place.get("administrator").unwrap_or(&Json::Null);
            let admin = admin
                .as_str()
                .map_or_else(|| admin.to_string(), str::to_owned);
            Some((place.get("name")?.as_str()?, admin.to_ascii_lowercase()))
        });
        all.collect()
    }
    let differs = |name: &str| match name {
        "ui_access" if forced_ui => false,
        "maintainers" => maintainers(before) != maintainers(after),
        "organizations" => places(before) != places(after),
        _ => before.told(name) != after.told(name),
    };
    let compared = [
        "first_name",
        "last_name",
        "allow_password_login",
        "ui_access",
        "utility",
        "managed",
        "maintainers",
        "organizations",
    ];
    let compared = compared.into_iter();
    compared
        .filter(|name| differs(name) && !sent.contains(name))
        .collect()
}

/// Whether a user has the fields of a PUT as sent. A field that cannot be read, or that the
/// vendor does not show, counts as there.
pub(super) fn shows(user: &Row, fields: &Map<String, Json>) -> bool {
    fields
        .iter()
        .all(|(name, sent)| user.told(name).as_json().is_none_or(|now| now == *sent))
}
