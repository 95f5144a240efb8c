//! Answers to [`Account`]. Pure; requests are made in [`super::request`].

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::spec::SPEC;
use crate::connector::rest::attributes;
use crate::connector::rest::row::{Row, Told};
use crate::model::account::{Account, Shield};
use crate::model::desired::DesiredAccount;
use crate::model::value::{Key, ObservedAttributes, Value};

/// Attributes that only the call for one user shows.
pub(super) const DETAIL: [&str; 3] = ["allow_password_login", "maintainers", "managed"];

/// What was read about one person; each part may have been spared.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The row of the list.
    pub(super) listed: Option<Row>,
    /// The person's own record.
    pub(super) user: Option<Row>,
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
    /// What was shown of a field; the person's own record counts more than the list.
    pub(super) fn told(&self, key: &str) -> &Told {
        let both = [&self.user, &self.listed].into_iter().flatten();
        let mut told = both.map(|row| row.told(key));
        told.find(|it| **it != Told::Absent)
            .unwrap_or(&Told::Absent)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.told(key) {
            Told::Value(value) => value.as_flag(),
            Told::Absent | Told::Null | Told::Json(_) => None,
        }
    }

    /// The e-mail in the vendor's spelling.
    pub(super) fn email(&self) -> Option<&str> {
        let mut both = [&self.listed, &self.user].into_iter().flatten();
        both.find_map(|row| row.text("username"))
    }

    /// Whether the user interface is open. Not shown counts as open: it must not look switched off.
    pub(super) fn ui_access(&self) -> bool {
        self.flag("ui_access").unwrap_or(true)
    }

    /// A service account, if that is shown.
    pub(super) fn utility(&self) -> Option<bool> {
        self.flag("utility")
    }

    /// The applications granted in this environment.
    pub(super) fn apps(&self, organization: &str) -> BTreeSet<String> {
        let all = self
            .listed
            .iter()
            .filter_map(|row| row.value("user_setting")?.as_set());
        let here = all.flatten().filter_map(|app| {
            let app = app.strip_prefix(organization)?.strip_prefix('\0')?;
            Some(app.to_owned())
        });
        here.collect()
    }

    /// The other environments that are shown.
    pub(super) fn elsewhere(&self, organization: &str) -> Vec<&str> {
        let all = self.user.iter().flat_map(organizations);
        all.filter(|name| *name != organization).collect()
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

/// The environments that a user's own record shows.
pub(super) fn organizations(user: &Row) -> impl Iterator<Item = &str> {
    let all = user.list("organizations");
    all.filter_map(|place| place.get("name").and_then(Json::as_str))
}

/// Whether no password opens the account any more, as far as that is shown: then a revocation has
/// nothing left to take.
fn no_password(user: &Row) -> bool {
    user.flag("allow_password_login") == Some(false) || user.flag("password_expired") == Some(true)
}

/// A password that was used for Basic: a sign of an API-only account.
fn used_basic(user: &Row) -> bool {
    user.value("basic_access").is_some()
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
    // What a revocation could not take lets nobody in who is wanted again.
    let half_off = granted && view.revoked && !facts.ui_access();
    account.active = !half_off && (!looks_off || (api_only && !closed));
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
    let managed = facts.flag("managed") == Some(true);
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

fn shown(facts: &Facts) -> ObservedAttributes {
    let mut shown = attributes::shown(&SPEC, |key| facts.told(key));
    if let Some(admin) = facts.admin {
        shown.insert("administrator", Some(Value::Flag(admin)));
    }
    if let Some(groups) = &facts.groups {
        let groups = Value::set(groups.iter().map(String::as_str));
        shown.insert("groups", Some(groups));
    }
    shown
}

fn fixed(facts: &Facts, view: &View<'_>, managed: bool) -> Vec<(Key, Box<str>)> {
    let mut fixed: Vec<(Key, Box<str>)> = Vec::new();
    if !view.sso && facts.flag("allow_password_login") == Some(true) {
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
