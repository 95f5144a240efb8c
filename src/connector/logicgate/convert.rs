//! Pure: a user of the API to an account.

use std::collections::HashSet;

use super::roles::{Roles, role_id};
use super::spec::SPEC;
use crate::connector::rest::attributes;
use crate::connector::rest::row::Row;
use crate::connector::rest::users::UserCollector;
use crate::model::account::{Account, Shield};
use crate::model::current::Directory;
use crate::model::value::Value;

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
pub(super) fn account(user: &Row, roles: &Roles, directory: &Directory) -> Option<Account> {
    let mut users = UserCollector::default();
    users.push(bare(user)?);
    name_roles(&mut users, roles, directory);
    users.into_accounts().pop()
}

/// The same with the ids of its roles, in the order shown: what a role is called depends on all
/// users.
pub(super) fn bare(user: &Row) -> Option<Account> {
    let (id, email) = key(user)?;
    let mut account = Account {
        id: Some(id.into()),
        active: off(user).is_none(),
        attributes: attributes::shown(&SPEC, |key| user.told(key)),
        last_login: user.moment("lastLogin"),
        ..Account::new(email)
    };
    if managed(user) {
        account.managed_by = Some("the identity provider".into());
    }
    if let Some(shield) = shield(user) {
        account.shield = Some(shield);
    }
    if let Some(step) = off(user).and_then(return_by_hand) {
        account.by_hand = Some(step.into());
    }
    if let Some(text) = caution(user) {
        account.cautions.push(text.into());
    }
    if let Some(ids) = role_ids(user) {
        let ids = ids.into_iter().map(Into::into).collect();
        account.attributes.insert("roles", Some(Value::Set(ids)));
    }
    Some(account)
}

/// Shows roles by their names.
pub(super) fn name_roles(users: &mut UserCollector, roles: &Roles, directory: &Directory) {
    for account in users.accounts_mut() {
        let held = account.attributes.get("roles").and_then(Option::as_ref);
        let mut held = held.and_then(Value::as_set).into_iter().flatten();
        if let Some(id) = held.find(|id| roles.provisioned(id)) {
            let name = directory.display_id(id);
            let why = format!("the identity provider assigns the role \"{name}\"");
            account.fixed.push(("roles".into(), why.into()));
        }
    }
    users.name("roles", directory);
}

/// Id and e-mail, where it has both; without them it is nobody's account.
pub(super) fn key(user: &Row) -> Option<(&str, &str)> {
    let id = user.text("id").filter(|id| !id.is_empty())?;
    let email = user.text("email")?;
    (!email.trim().is_empty()).then_some((id, email))
}

/// The ids of all roles, from either shape, each once, in the order shown. `None`: the object does
/// not show roles.
pub(super) fn role_ids(user: &Row) -> Option<Vec<&str>> {
    if user.json("roles").is_none() && user.json("roleIds").is_none() {
        return None;
    }
    let ids = user.list("roles").chain(user.list("roleIds"));
    let mut seen = HashSet::new();
    let ids = ids.filter_map(role_id).filter(|id| seen.insert(*id));
    Some(ids.collect())
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
pub(super) fn off(user: &Row) -> Option<Off> {
    let status = user.text("status").unwrap_or("Active").trim();
    if user.flag("external") == Some(true) {
        Some(Off::External)
    } else if user.flag("active") == Some(false) {
        Some(Off::Inactive)
    } else if user.flag("disabled") == Some(true) {
        Some(Off::Disabled)
    } else if STATUS_OFF.contains(&status.to_lowercase().as_str()) {
        Some(Off::Status)
    } else {
        None
    }
}

/// Whether an identity provider owns the account: the API cannot update it.
/// <https://www.logicgate.com/developer/risk-cloud-api-update-roles-on-user>
pub(super) fn managed(user: &Row) -> bool {
    user.flag("autoprovisioned") == Some(true) || user.value("scimStatus").is_some()
}

/// Users that are not people's own accounts; never changed here.
pub(super) fn shield(user: &Row) -> Option<Shield> {
    let what = if user.flag("superUser") == Some(true) {
        "super user"
    } else if user.flag("serviceAccount") == Some(true) {
        "service account"
    } else {
        return None;
    };
    Some(Shield { what, always: true })
}

/// What a person has to do before somebody who is off in this way can have access again.
pub(super) fn return_by_hand(off: Off) -> Option<&'static str> {
    match off {
        Off::External => Some(
            "this is an external user, a form recipient without a login; convert it in the user \
             administration",
        ),
        Off::Inactive => Some(
            "this user is marked `active: false`, which may be a deletion; bring it back in the \
             user administration",
        ),
        Off::Status => {
            Some("this user is off by its status alone; bring it back in the user administration")
        }
        Off::Disabled => None,
    }
}

fn caution(user: &Row) -> Option<String> {
    let status = user.text("status").unwrap_or("Active").trim();
    let odd = off(user).is_none() && !status.eq_ignore_ascii_case("active") && !status.is_empty();
    odd.then(|| format!("has the undocumented status \"{status}\" and is taken as active"))
}
