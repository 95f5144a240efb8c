//! Pure: a user of the API to an account.

use super::roles::Roles;
use super::wire::{Fields, Maybe};
use crate::model::account::{Account, Shield};
use crate::model::current::Directory;
use crate::model::value::{Shown, Value};

/// Text attributes: roster name, API name.
pub(super) const TEXTS: [(&str, &str); 6] = [
    ("tier", "tier"),
    ("first", "first"),
    ("last", "last"),
    ("company", "company"),
    ("time_zone", "timeZone"),
    ("language_tag", "languageTag"),
];

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
pub(super) fn account(fields: &Fields, roles: &Roles, directory: &Directory) -> Option<Account> {
    let mut account = bare(fields)?;
    if let Some(ids) = fields.role_ids() {
        let held = ids.into_iter().map(|id| Held::of(id, roles, directory));
        let held: Vec<Held> = held.collect();
        hold(&mut account, held.iter());
    }
    Some(account)
}

/// The same without roles: what a role is called depends on all users.
pub(super) fn bare(fields: &Fields) -> Option<Account> {
    let (id, email) = fields.key()?;
    let mut account = Account {
        id: Some(id.into()),
        active: off(fields).is_none(),
        attributes: texts(fields),
        ..Account::new(email)
    };
    if managed(fields) {
        account.managed_by = Some("the identity provider".into());
    }
    if let Some(shield) = shield(fields) {
        account.shield = Some(shield);
    }
    if let Some(step) = off(fields).and_then(return_by_hand) {
        account.by_hand = Some(step.into());
    }
    if let Some(text) = caution(fields) {
        account.cautions.push(text.into());
    }
    Some(account)
}

/// A role as its holders' accounts show it.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    name: Box<str>,
    /// The identity provider assigns it.
    provisioned: bool,
}

impl Held {
    pub(super) fn of(id: &str, roles: &Roles, directory: &Directory) -> Self {
        Self {
            name: directory.display_id(id).into(),
            provisioned: roles.provisioned(id),
        }
    }
}

/// Adds the roles that an account holds, in the order shown.
pub(super) fn hold<'a>(account: &mut Account, held: impl Iterator<Item = &'a Held> + Clone) {
    if let Some(role) = held.clone().find(|role| role.provisioned) {
        let name = &role.name;
        account.fixed.push((
            "roles".into(),
            format!("the identity provider assigns the role \"{name}\"").into(),
        ));
    }
    let names = Value::set(held.map(|role| role.name.clone()));
    account.attributes.insert("roles", Some(names));
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
    fields.autoprovisioned == Some(true) || fields.scim
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

fn texts(fields: &Fields) -> Shown {
    let mut shown = Shown::new();
    for (name, _) in TEXTS {
        if let Some(value) = text(fields, name) {
            shown.insert(name, value.as_deref().map(Value::text));
        }
    }
    shown
}

/// A text attribute, by its roster name.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a Maybe<String> {
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

fn caution(fields: &Fields) -> Option<String> {
    let status = fields.status.as_deref().unwrap_or("Active").trim();
    let odd = off(fields).is_none() && !status.eq_ignore_ascii_case("active") && !status.is_empty();
    odd.then(|| format!("has the undocumented status \"{status}\" and is taken as active"))
}
