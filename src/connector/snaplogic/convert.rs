//! Wire to [`Account`]. Pure; requests are made in [`super::request`].
//!
//! The API has two names for several things (`utility` and `service_account`, `username` and
//! `email`); behind this file there is one.

use std::collections::BTreeSet;

use super::wire::{ListedUser, User};
use crate::model::account::{Account, Shield};
use crate::model::desired::DesiredAccount;
use crate::model::email::EmailKey;
use crate::model::value::{Key, Shown, Value};

/// Attributes that only the call for one user shows.
pub(super) const DETAIL: [&str; 3] = ["allow_password_login", "maintainers", "managed"];

/// Groups with a meaning of their own. Adding to or taking from `admins` is how administrators
/// are made; the others are never touched.
pub(super) const RESERVED: [&str; 4] = [
    "admins",
    "members",
    "pattern_submitters",
    "pattern_custodians",
];

/// Whether the group is not the roster's to fill. The names are case-sensitive.
pub(super) fn reserved(group: &str) -> bool {
    RESERVED.contains(&group)
}

/// What was read about one person; each part may have been spared.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The row of the list.
    pub(super) listed: Option<ListedUser>,
    /// The person's own record.
    pub(super) user: Option<User>,
    /// Whether the group `admins` holds the person.
    pub(super) admin: Option<bool>,
    /// The groups that hold the person, without the reserved ones.
    pub(super) groups: Option<BTreeSet<String>>,
}

/// Whether an account that counts as switched off may still have a password that works: nobody has
/// written down that it was revoked, and the vendor does not show it.
pub(super) fn password_unknown(facts: &Facts, view: &View<'_>) -> bool {
    facts.looks_off(view.organization)
        && !view.revoked
        && facts.user.as_ref().is_none_or(|user| !no_password(user))
}

/// What the roster says about one person, as far as an account is judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wants {
    /// Whether there should be access.
    pub(super) access: bool,
    /// The roster asks for an account without the user interface: then the look of a switched-off
    /// account is the look of one in use.
    pub(super) api_only: bool,
}

impl Wants {
    pub(super) fn of(desired: &DesiredAccount) -> Self {
        let flag = |name| desired.attributes.get(name).and_then(Value::as_flag);
        Self {
            access: desired.access.granted(),
            api_only: flag("ui_access") == Some(false) || flag("utility") == Some(true),
        }
    }
}

/// What facts are looked at with.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// The environment.
    pub(super) organization: &'a str,
    /// Whether password login may be switched off.
    pub(super) sso: bool,
    /// The roster's word, if it names the person.
    pub(super) wants: Option<&'a Wants>,
    /// Whether the record says that we revoked this account.
    pub(super) revoked: bool,
}

impl Facts {
    /// The e-mail in the vendor's spelling.
    pub(super) fn email(&self) -> Option<&str> {
        let listed = self.listed.as_ref().and_then(|row| row.username.as_deref());
        listed.or_else(|| self.user.as_ref().and_then(|user| user.email.as_deref()))
    }

    /// Whether the user interface is open. Not shown counts as open: it must not look switched off.
    pub(super) fn ui_access(&self) -> bool {
        self.shown_ui_access().unwrap_or(true)
    }

    fn shown_ui_access(&self) -> Option<bool> {
        let user = self.user.as_ref().and_then(|user| user.ui_access);
        user.or_else(|| self.listed.as_ref().and_then(|row| row.ui_access))
    }

    /// A service account, if that is shown.
    pub(super) fn utility(&self) -> Option<bool> {
        let user = self.user.as_ref().and_then(|user| user.service_account);
        user.or_else(|| self.listed.as_ref().and_then(|row| row.utility))
    }

    /// The applications granted in this environment.
    pub(super) fn apps(&self, organization: &str) -> BTreeSet<String> {
        let Some(row) = &self.listed else {
            return BTreeSet::new();
        };
        row.user_setting
            .app_access
            .iter()
            .filter(|(name, _)| name.trim_start_matches('/') == organization)
            .flat_map(|(_, apps)| apps)
            .map(|app| app.to_string())
            .collect()
    }

    /// The other environments that are shown.
    pub(super) fn elsewhere(&self, organization: &str) -> Vec<&str> {
        self.user
            .iter()
            .flat_map(|user| &user.organizations)
            .map(|place| place.name.as_str())
            .filter(|name| *name != organization)
            .collect()
    }

    /// Whether nothing of the visible access is left: the look of a switched-off account, and of
    /// one that is used through the API only.
    pub(super) fn looks_off(&self, organization: &str) -> bool {
        !self.ui_access()
            && self.apps(organization).is_empty()
            && self.admin != Some(true)
            && self.groups.as_ref().is_none_or(BTreeSet::is_empty)
    }
}

/// Whether no password opens the account any more, as far as that is shown: then a revocation has
/// nothing left to take.
fn no_password(user: &User) -> bool {
    user.allow_password_login == Some(false) || user.password_expired == Some(true)
}

/// A password that was used for Basic: a sign of an API-only account.
fn used_basic(user: &User) -> bool {
    user.basic_access.as_ref().is_some_and(|at| !at.is_null())
}

/// The account, or `None` when not even an e-mail was shown.
///
/// There is no field for "switched off". An account that looks off is taken for switched off,
/// unless something says that it may be in use through the API and no record says that its
/// password was revoked.
pub(super) fn account(facts: &Facts, view: &View<'_>) -> Option<Account> {
    let mut account = Account::new(facts.email()?);
    let granted = view.wants.is_some_and(|wants| wants.access);
    let user = facts.user.as_ref();
    let api_only = view.wants.is_some_and(|wants| wants.api_only)
        || facts.utility() == Some(true)
        || (!granted && user.is_some_and(used_basic));
    // Where access is wanted, an expired password is no reason to switch anything on.
    let closed = view.revoked || (!granted && user.is_some_and(no_password));
    let looks_off = facts.looks_off(view.organization);
    account.active = !looks_off || (api_only && !closed);
    if looks_off && account.active && !granted {
        account.cautions.push(UNPROVED.into());
    }
    // What is deleted is gone everywhere, and the look of an account proves nothing.
    let others = facts.elsewhere(view.organization);
    if account.active {
        // Only what is off is ever deleted; nearly every account would carry this text.
    } else if !others.is_empty() {
        let others = others.join(", ");
        let why = format!("it is also in {others}, and would be deleted there too");
        account.undeletable = Some(why.into());
    } else if !closed {
        account.undeletable = Some(UNCERTAIN.into());
    }
    account.attributes = shown(facts);
    let managed = facts.user.as_ref().and_then(|user| user.managed) == Some(true);
    if facts.utility() == Some(true) {
        account.shield = Some(Shield {
            what: "service account",
            always: false,
        });
    } else if managed {
        account.shield = Some(Shield {
            what: "team account",
            always: false,
        });
    }
    let fixed = fixed(facts, view, managed);
    if !fixed.is_empty() {
        account.fixed = fixed;
    }
    if !others.is_empty() {
        account.cautions.push(
            format!(
                "the account is also in {}: names, login settings and a revoked password count there too",
                others.join(", ")
            )
            .into(),
        );
    }
    Some(account)
}

fn shown(facts: &Facts) -> Shown {
    let mut shown = Shown::new();
    let mut flag = |name: &'static str, value: Option<bool>| {
        if let Some(value) = value {
            shown.insert(name, Some(Value::Flag(value)));
        }
    };
    flag("administrator", facts.admin);
    flag("ui_access", facts.shown_ui_access());
    flag("utility", facts.utility());
    if let Some(user) = &facts.user {
        flag("allow_password_login", user.allow_password_login);
        flag("managed", user.managed);
        if let Some(maintainers) = &user.maintainers.0 {
            let keys = maintainers.iter().map(|email| EmailKey::of(email));
            shown.insert("maintainers", Some(Value::set(keys)));
        }
    }
    let names = |pick: fn(&User) -> &Option<Option<String>>,
                 row: fn(&ListedUser) -> &Option<Option<String>>| {
        let user = facts.user.as_ref().and_then(|user| pick(user).clone());
        user.or_else(|| facts.listed.as_ref().and_then(|listed| row(listed).clone()))
    };
    let first = names(|user| &user.first_name, |row| &row.first_name);
    let last = names(|user| &user.last_name, |row| &row.last_name);
    for (name, value) in [("first_name", first), ("last_name", last)] {
        if let Some(value) = value {
            shown.insert(name, value.map(Value::text));
        }
    }
    if let Some(groups) = &facts.groups {
        shown.insert(
            "groups",
            Some(Value::set(groups.iter().map(String::as_str))),
        );
    }
    shown
}

fn fixed(facts: &Facts, view: &View<'_>, managed: bool) -> Vec<(Key, Box<str>)> {
    let mut fixed: Vec<(Key, Box<str>)> = Vec::new();
    let password = facts
        .user
        .as_ref()
        .and_then(|user| user.allow_password_login);
    if !view.sso && password == Some(true) {
        fixed.push(("allow_password_login".into(), NEEDS_SSO.into()));
    }
    if managed && facts.admin == Some(false) {
        fixed.push((
            "administrator".into(),
            "a team account cannot administer".into(),
        ));
    }
    fixed
}

/// Said of an account that is revoked for want of a record.
const UNPROVED: &str = "looks switched off, but may be in use through the API: whether its \
     password was revoked cannot be read, and the record does not say so; it is revoked to be sure";

/// Why an account that looks off is not deleted.
const UNCERTAIN: &str = "it looks switched off, but may be in use through the API: whether its \
     password was revoked cannot be read, and the record does not say so";

/// Why password login is not switched off.
pub(super) const NEEDS_SSO: &str = "password login may be switched off only where single sign-on is on in every environment of \
     the account; set `sso: true` under the vendor once that is so";
