//! Actions to request bodies. Pure; what an answer means is in [`super::convert`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, json};

use super::convert::reserved;
use super::wire::User;
use crate::model::action::{Action, Change};
use crate::model::email::EmailKey;
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
pub(super) fn create_body(action: &Action, organization: &str) -> Map<String, serde_json::Value> {
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
pub(super) fn update_body(changes: &[Change]) -> Map<String, serde_json::Value> {
    let mut body: Map<String, serde_json::Value> = settings(changes, &[])
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

fn settings(changes: &[Change], without: &[&str]) -> Map<String, serde_json::Value> {
    changes
        .iter()
        .filter(|change| !without.contains(&change.attribute.as_ref()))
        .map(|change| {
            let value = match &change.after {
                Value::Flag(flag) => json!(flag),
                Value::Text(text) => json!(&**text),
                Value::Set(items) => json!(items),
            };
            (change.attribute.to_string(), value)
        })
        .collect()
}

/// The groups to join and to leave, as the action names them; reserved ones are left out.
pub(super) fn group_moves(action: &Action) -> (Vec<Box<str>>, Vec<Box<str>>) {
    let change = action
        .changes
        .iter()
        .find(|change| change.attribute == "groups");
    let before = change.and_then(|change| change.before.as_ref());
    let after = change.map(|change| &change.after);
    let items = |value: Option<&Value>| -> BTreeSet<Box<str>> {
        let items = value.and_then(Value::as_set).unwrap_or_default();
        items
            .iter()
            .filter(|name| !reserved(name))
            .cloned()
            .collect()
    };
    let (before, after) = (items(before), items(after));
    (
        after.difference(&before).cloned().collect(),
        before.difference(&after).cloned().collect(),
    )
}

/// The fields that differ between two reads although the PUT between them did not send them.
pub(super) fn unsent_changes(before: &User, after: &User, sent: &[&str]) -> Vec<&'static str> {
    let forced_ui = sent.contains(&"utility") && after.service_account == Some(true);
    fn maintainers(user: &User) -> BTreeSet<EmailKey<'_>> {
        let list = user.maintainers.0.iter().flatten();
        list.map(|email| EmailKey::of(email)).collect()
    }
    let places = |user: &User| -> BTreeMap<String, Option<bool>> {
        let all = user.organizations.iter();
        all.map(|place| (place.name.clone(), place.administrator))
            .collect()
    };
    let compared = [
        ("first_name", before.first_name != after.first_name),
        ("last_name", before.last_name != after.last_name),
        (
            "allow_password_login",
            before.allow_password_login != after.allow_password_login,
        ),
        (
            "ui_access",
            before.ui_access != after.ui_access && !forced_ui,
        ),
        ("utility", before.service_account != after.service_account),
        ("managed", before.managed != after.managed),
        ("maintainers", maintainers(before) != maintainers(after)),
        ("organizations", places(before) != places(after)),
    ];
    compared
        .into_iter()
        .filter(|(name, differs)| *differs && !sent.contains(name))
        .map(|(name, _)| name)
        .collect()
}

/// Whether a user has the fields of a PUT as sent. A field that cannot be read, or that the
/// vendor does not show, counts as there.
pub(super) fn shows(user: &User, fields: &Map<String, serde_json::Value>) -> bool {
    fields
        .iter()
        .all(|(name, sent)| field(user, name).is_none_or(|now| now == *sent))
}

/// A field of a user under the name that writes use; `None`: not shown.
pub(super) fn field(user: &User, name: &str) -> Option<serde_json::Value> {
    let flag = |value: Option<bool>| value.map(serde_json::Value::from);
    let text = |value: &Option<Option<String>>| value.clone().map(serde_json::Value::from);
    match name {
        "first_name" => text(&user.first_name),
        "last_name" => text(&user.last_name),
        "ui_access" => flag(user.ui_access),
        "utility" => flag(user.service_account),
        "allow_password_login" => flag(user.allow_password_login),
        _ => None,
    }
}
