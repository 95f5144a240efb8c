//! Actions to requests, answers to accounts. Pure.

use std::collections::HashSet;

use super::wire::{Answer, User, UserId, UserPatch};
use crate::connector::WriteError;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Directory;
use crate::model::email::same_email;
use crate::model::value::Value;

/// The attributes that an answer can show, besides `user_id`.
const SHOWN: [&str; 5] = ["groups", "job_title", "name", "person_type", "role"];

/// What a request needs to know besides its action.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The e-mail in the vendor's spelling where it is known.
    pub(super) email: Box<str>,
    /// The `userID`, where it is known.
    pub(super) id: Option<UserId>,
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
) -> Result<UserPatch, WriteError> {
    let creates = action.kind == ActionKind::Create;
    // With the userID alone, a mistyped or outdated e-mail cannot create an account. One that only
    // the roster claims goes out beside the e-mail, so that the vendor can object.
    let id_suffices = !creates && target.id.is_some() && target.id_confirmed;
    let mut user = UserPatch {
        email: (!id_suffices).then(|| target.email.clone()),
        user_id: target.id.clone(),
        role: None,
        name: None,
        job_title: None,
        person_type: target.person_type.clone(),
        enabled: match action.kind {
            ActionKind::Create | ActionKind::Reactivate => Some(true),
            ActionKind::Deactivate => Some(false),
            ActionKind::Update => None,
            ActionKind::Delete => {
                return Err(WriteError::Manual(String::from(
                    "SureCloud documents no way to delete a user",
                )));
            }
        },
        groups: None,
    };
    for change in &action.changes {
        let value = &change.after;
        match change.attribute.as_ref() {
            "role" => user.role = Some(role(text("role", value)?, roles)?),
            "name" => user.name = Some(text("name", value)?.into()),
            "job_title" => user.job_title = Some(text("job_title", value)?.into()),
            "person_type" => user.person_type = text("person_type", value)?.into(),
            "groups" => match value.as_set() {
                Some(groups) => user.groups = Some(groups.to_vec()),
                None => return Err(unfit("groups")),
            },
            "user_id" if creates => {
                user.user_id = Some(UserId::Text(text("user_id", value)?.into()));
            }
            other => {
                return Err(WriteError::Manual(format!(
                    "SureCloud has no documented way to change {other}"
                )));
            }
        }
    }
    Ok(user)
}

fn role(wanted: &str, roles: &Directory) -> Result<Box<str>, WriteError> {
    if roles.entries().is_empty() {
        return Ok(wanted.into());
    }
    match roles.lookup(wanted) {
        Ok(entry) => Ok(entry.id.clone()),
        Err(_) => Err(WriteError::Manual(format!(
            "the role {wanted} is not among the vendor's `roles` setting"
        ))),
    }
}

fn text<'a>(attribute: &str, value: &'a Value) -> Result<&'a str, WriteError> {
    value.as_text().ok_or_else(|| unfit(attribute))
}

fn unfit(attribute: &str) -> WriteError {
    WriteError::Manual(format!("{attribute} has a value of the wrong type"))
}

/// The user of the answer that is about `sent`: same `userID`, or same e-mail in any case; never
/// by position, because the order of the answer is not documented.
///
/// # Errors
/// Why the answer cannot be taken as one about this account.
pub(super) fn answered<'a>(
    answer: &'a Answer,
    sent: &UserPatch,
    email: &str,
) -> Result<&'a User, String> {
    let has_email = |user: &&User| {
        user.email
            .as_deref()
            .is_some_and(|it| same_email(it, email))
    };
    let wanted = sent.user_id.as_ref().map(UserId::text);
    let same_id = |user: &&User| {
        let id = user.user_id.as_ref().map(UserId::text);
        wanted.is_some() && id == wanted
    };
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
    if user.email.is_some() && !has_email(&user) {
        return Err(format!(
            "userID {} answers with another e-mail: the account was renamed, or the userID in the roster is wrong",
            wanted.unwrap_or_default()
        ));
    }
    if wanted.is_some() && user.user_id.is_some() && !same_id(&user) {
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
    if let Some(email) = &user.email {
        account.email = email.clone();
    }
    if let Some(id) = &user.user_id {
        account.id = Some(id.text());
    }
    if let Some(enabled) = user.enabled {
        account.active = enabled;
    }
    for (name, shown) in [
        ("role", &user.role),
        ("name", &user.name),
        ("job_title", &user.job_title),
        ("person_type", &user.person_type),
    ] {
        if let Some(value) = shown {
            let value = value.as_deref().map(Value::text);
            account.attributes.insert(name, value);
        }
    }
    if let Some(groups) = &user.groups {
        let groups = groups
            .as_ref()
            .map(|groups| Value::set(groups.iter().cloned()));
        account.attributes.insert("groups", groups);
    }
    complete(account)
}

/// Marks what is not known as `null`: a vendor that cannot be read has to be told everything once.
pub(super) fn complete(mut account: Account) -> Account {
    for name in SHOWN {
        if !account.attributes.contains(name) {
            account.attributes.insert(name, None);
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
pub(super) fn objections(answer: &Answer, user: &User, sent: &UserPatch) -> Vec<String> {
    let mut out = user.faults();
    out.extend(answer.faults.iter().cloned());
    if let (Some(wanted), Some(Some(shown))) = (&sent.groups, &user.groups) {
        let wanted: HashSet<_> = wanted.iter().collect();
        let extra = shown.iter().filter(|group| !wanted.contains(group));
        let extra: Vec<&str> = extra.map(|group| &**group).collect();
        if !extra.is_empty() {
            out.push(format!(
                "cannot remove from {}: the full list was sent and SureCloud kept them; take them away in its own pages",
                extra.join(", ")
            ));
        }
    }
    if let Some(shown) = &user.person_type {
        let shown = shown.as_deref().unwrap_or_default();
        if shown != &*sent.person_type {
            out.push(format!(
                "personType {} was sent and the answer shows {shown:?}",
                sent.person_type
            ));
        }
    }
    out
}
