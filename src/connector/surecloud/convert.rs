//! Actions to requests, answers to accounts. Pure.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::spec::SPEC;
use super::wire::{Answer, Body, User, id_text};
use crate::connector::WriteError;
use crate::connector::rest::attributes;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::current::Directory;
use crate::model::email::same_email;
use crate::model::value::Value;

/// Why nobody is deleted.
pub(super) const NO_DELETE: &str = "SureCloud documents no way to delete a user";

/// What a request needs to know besides its action.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The e-mail in the vendor's spelling where it is known.
    pub(super) email: Box<str>,
    /// The `userID`, where it is known.
    pub(super) id: Option<Json>,
    /// The vendor itself showed that `userID` for this e-mail; otherwise only the roster says so.
    pub(super) id_confirmed: bool,
    /// The `personType` to send when the action does not change it.
    pub(super) person_type: Box<str>,
}

/// The one user that an action sends.
///
/// # Errors
/// [`WriteError::Manual`] for what this vendor cannot do or does not know; nothing was sent.
pub(super) fn request(
    action: &Action,
    target: &Target,
    roles: &Directory,
) -> Result<Body, WriteError> {
    let creates = action.kind == ActionKind::Create;
    // With the userID alone, a mistyped or outdated e-mail cannot create an account. One that only
    // the roster claims goes out beside the e-mail, so that the vendor can object.
    let id_suffices = !creates && target.id.is_some() && target.id_confirmed;
    let mut user = Body::new();
    if !id_suffices {
        user.insert("email".into(), json!(target.email));
    }
    if let Some(id) = &target.id {
        user.insert("userID".into(), id.clone());
    }
    user.insert("personType".into(), json!(target.person_type));
    let enabled = match action.kind {
        ActionKind::Create | ActionKind::Reactivate => Some(true),
        ActionKind::Deactivate => Some(false),
        ActionKind::Update => None,
        ActionKind::Delete => return Err(WriteError::Manual(NO_DELETE.into())),
    };
    if let Some(enabled) = enabled {
        user.insert("enabled".into(), enabled.into());
    }
    for change in &action.changes {
        match &*change.attribute {
            "role" => _ = user.insert("role".into(), role(change, roles)?.into()),
            "user_id" if creates => {
                let id = attributes::text(change).map_err(WriteError::Manual)?;
                user.insert("userID".into(), id.into());
            }
            other if SPEC.attribute(other).is_none_or(|it| it.at.is_empty()) => {
                let why = format!("SureCloud has no documented way to change {other}");
                return Err(WriteError::Manual(why));
            }
            _ => attributes::put(&mut user, &SPEC, change).map_err(WriteError::Manual)?,
        }
    }
    Ok(user)
}

fn role(change: &Change, roles: &Directory) -> Result<String, WriteError> {
    let wanted = attributes::text(change).map_err(WriteError::Manual)?;
    if !roles.entries().is_empty() && roles.lookup(wanted).is_err() {
        return Err(WriteError::Manual(format!(
            "the role {wanted} is not among the vendor's `roles` setting"
        )));
    }
    // Their names are their ids.
    Ok(wanted.to_owned())
}

/// The user of the answer that is about `sent`: same `userID`, or same e-mail in any case; never
/// by position, because the order of the answer is not documented.
///
/// # Errors
/// Why the answer cannot be taken as one about this account.
pub(super) fn answered<'a>(
    answer: &'a Answer,
    sent: &Body,
    email: &str,
) -> Result<&'a User, String> {
    let shown_email = |user: &&User| user.row.text("email").map(|it| same_email(it, email));
    let has_email = |user: &&User| shown_email(user) == Some(true);
    let wanted = sent.get("userID").map(id_text);
    let shown_id = |user: &&User| user.row.json("userID").map(id_text);
    let same_id = |user: &&User| wanted.is_some() && shown_id(user) == wanted;
    let mut about: Vec<&User> = answer
        .users
        .iter()
        .filter(|user| has_email(user) || same_id(user))
        .collect();
    let user = match (about.pop(), about.is_empty()) {
        (Some(user), true) => user,
        (Some(_), false) => {
            return Err(String::from(
                "the answer mentions the account more than once",
            ));
        }
        (None, _) => {
            return Err(String::from(
                "the answer does not mention the account, so nothing is known to have been done",
            ));
        }
    };
    if shown_email(&user) == Some(false) {
        return Err(format!(
            "userID {} answers with another e-mail: the account was renamed, or the userID in the roster is wrong",
            wanted.unwrap_or_default()
        ));
    }
    if wanted.is_some() && shown_id(&user).is_some() && !same_id(&user) {
        return Err(String::from(
            "the answer shows another userID for this e-mail than the one that was sent",
        ));
    }
    Ok(user)
}

/// The account as an answer (or a list) shows it, over what was known before. What neither shows
/// is `null`: it was never confirmed, so it stays a difference.
pub(super) fn account(user: &User, before: Option<&Account>, email: &str) -> Account {
    let mut account = before.cloned().unwrap_or_else(|| Account::new(email));
    let row = &user.row;
    if let Some(email) = row.text("email") {
        account.email = email.into();
    }
    if let Some(id) = row.json("userID") {
        account.id = Some(id_text(id));
    }
    if let Some(enabled) = row.flag("enabled") {
        account.active = enabled;
    }
    for (name, value) in attributes::shown(&SPEC, |key| row.told(key)).iter() {
        account.attributes.insert(name.to_owned(), value.clone());
    }
    complete(account)
}

/// Marks what is not known as `null`: a vendor that cannot be read has to be told everything once.
pub(super) fn complete(mut account: Account) -> Account {
    for attribute in SPEC.attributes.iter().filter(|it| !it.at.is_empty()) {
        if !account.attributes.contains(attribute.name) {
            account.attributes.insert(attribute.name, None);
        }
    }
    // An id cannot be told to the vendor, so an unknown one is no difference.
    account.attributes.remove("user_id");
    if let Some(id) = &account.id {
        let id = Value::text(id.clone());
        account.attributes.insert("user_id", Some(id));
    }
    account
}

/// What an answer of status 200 says against its own success.
pub(super) fn objections(answer: &Answer, user: &User, sent: &Body) -> Vec<String> {
    let mut out = user.faults.clone();
    out.extend(answer.faults.iter().cloned());
    let wanted = sent.get("groups").and_then(Json::as_array);
    let shown = user.row.value("groups").and_then(Value::as_set);
    if let (Some(wanted), Some(shown)) = (wanted, shown) {
        let wanted: HashSet<&str> = wanted.iter().filter_map(Json::as_str).collect();
        let extra = shown.iter().filter(|group| !wanted.contains(&***group));
        let extra: Vec<&str> = extra.map(|group| &**group).collect();
        if !extra.is_empty() {
            out.push(format!(
                "cannot remove from {}: the full list was sent and SureCloud kept them; take them away in its own pages",
                extra.join(", ")
            ));
        }
    }
    let sent = sent
        .get("personType")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let shown = user.row.text("personType").unwrap_or_default();
    if user.row.shows("personType") && shown != sent {
        out.push(format!(
            "personType {sent} was sent and the answer shows {shown:?}"
        ));
    }
    out
}
