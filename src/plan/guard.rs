//! The safety rules: what a plan must never do by itself (design: "Safety").
//!
//! A rule never refuses a whole run: it holds the actions it concerns, says why, and lets the
//! rest go on. Here are the rules for one account and the proof of a complete read; the last
//! administrator is in `admins`, the limits of a whole plan are in `limits`.

mod admins;
mod limits;
mod proof;
mod rights;

use std::cell::OnceCell;
use std::collections::HashMap;

pub(super) use admins::{Identity, identity};
pub(super) use rights::{by_attribute, what_it_takes, without};

use super::known::Known;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::current::Own;
use crate::model::email::{EmailKey, EmailPatterns};
use crate::model::plan::Completeness;
use crate::roster::admins::Admins;
use crate::roster::model::VendorSettings;
use proof::unproved;

/// What the `--allow-…` options let through at one vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Deactivations and deletes.
    pub deactivations: Option<u64>,
    /// Creates.
    pub creates: Option<u64>,
    /// Administrators made.
    pub admin_grants: Option<u64>,
    /// A list that shrank is believed.
    pub shrinkage: bool,
    /// An empty list is believed.
    pub empty: bool,
}

/// Accounts by [`Identity`], which it borrows.
type ByIdentity<'a> = HashMap<(Option<&'a str>, EmailKey<'a>), &'a Account>;

/// The rules of one vendor, against what was read of it.
pub struct Guard<'a> {
    settings: &'a VendorSettings,
    known: &'a Known,
    /// Who is an administrator.
    admins: Admins<'a>,
    /// E-mail keys of the account behind the credentials: what the vendor says, and `own_account`.
    own: Vec<EmailKey<'a>>,
    /// The accounts by their identities, once somebody asked.
    accounts: OnceCell<ByIdentity<'a>>,
    /// `protect`, once somebody asked.
    protected: OnceCell<EmailPatterns<'a>>,
    /// Whether a person can log in as an administrator, once somebody asked.
    has_admin: OnceCell<bool>,
    /// Active accounts that were read.
    active: u64,
    /// Why removals and creates are held, if the read was not proved complete.
    unproved: Option<String>,
}

impl<'a> Guard<'a> {
    /// The rules for one vendor as it was read.
    pub fn new(settings: &'a VendorSettings, known: &'a Known, allowed: Allowed) -> Self {
        let current = &known.current;
        let told = match &current.own {
            Own::Email(email) => Some(EmailKey::of(email)),
            Own::Unknown | Own::Nobody => None,
        };
        let set = settings.own_account.as_deref().map(EmailKey::of);
        let expected = match &current.own {
            Own::Email(_) => told.as_ref(),
            Own::Unknown => set.as_ref(),
            Own::Nobody => None,
        };
        let active = current.accounts.iter().filter(|it| it.active).count();
        Self {
            unproved: unproved(settings, known, expected, allowed),
            settings,
            admins: Admins::new(settings, &current.directories),
            known,
            accounts: OnceCell::new(),
            protected: OnceCell::new(),
            has_admin: OnceCell::new(),
            own: told.into_iter().chain(set).collect(),
            active: u64::try_from(active).unwrap_or(u64::MAX),
        }
    }

    /// Why an action on this account must be held, if it must: it takes something from an
    /// account that nothing may be taken from.
    pub fn objection(&self, action: &Action, account: Option<&Account>) -> Option<String> {
        let account = account?;
        if let Some(shield) = &account.shield
            && shield.always
        {
            return Some(format!(
                "{} is a {}; such accounts are never changed from here",
                account.email, shield.what
            ));
        }
        // The roster may know the account under another address than the vendor does.
        let emails = [&*account.email, &*action.email];
        if (self.is_own(&action.email) || self.owns(account))
            && let Some(what) = self.taken(action)
        {
            return Some(format!(
                "{} is the account behind the credentials of this run and must not {what}; \
                 let somebody else do it by hand",
                account.email
            ));
        }
        if self.own.is_empty()
            && self.known.current.own == Own::Unknown
            && let (Some(why), Some(what)) = (&self.unproved, self.taken(action))
            && !action.kind.removes()
        {
            return Some(format!(
                "{} must not {what} while nobody knows which account the credentials of this run \
                 belong to: {why}",
                account.email
            ));
        }
        if (self.protects(&action.email) || self.keeps(account))
            && let Some(what) = self.taken(action)
            // Within one pattern, a new address leaves the account as safe as it was.
            && (what != RENAMED || !self.protects_alike(emails))
        {
            return Some(format!(
                "{} is protected (`protect` for {}) and must not {what}",
                account.email, self.settings.name
            ));
        }
        None
    }

    /// Why a stranger is only listed although strangers are to be deactivated, if it is.
    pub fn shields_stranger(&self, account: &Account) -> Option<String> {
        if self.owns(account) {
            Some(String::from("the account behind the credentials"))
        } else if let Some(shield) = &account.shield {
            Some(format!("a {} that the roster does not name", shield.what))
        } else if self.keeps(account) {
            Some(String::from("protected"))
        } else if account.id.is_none() && account.email_key().is_empty() {
            Some(String::from(
                "it has neither an id nor an e-mail to name it by",
            ))
        } else {
            None
        }
    }

    /// Why an account that is off is never deleted for that, if it is not. `email` is the
    /// roster's spelling.
    pub fn keeps_off(&self, account: &Account, email: &str) -> Option<String> {
        if self.is_own(email) || self.owns(account) {
            Some(String::from("the account behind the credentials"))
        } else if let Some(shield) = &account.shield {
            Some(format!("it is a {}", shield.what))
        } else if self.protects(email) || self.keeps(account) {
            Some(String::from("protected"))
        } else if self.admins.is(account) && !self.has_admin() {
            Some(String::from("no other administrator is left"))
        } else {
            None
        }
    }

    /// What speaks for and against a complete read, for the plan to show.
    pub fn proof(&self) -> Completeness {
        proof::proof(self.known, &self.own, self.unproved.clone())
    }

    /// Why the read is not proved complete, if it is not: then creates and removals are held.
    pub fn unproved(&self) -> Option<&str> {
        self.unproved.as_deref()
    }

    fn is_own(&self, email: &str) -> bool {
        let key = EmailKey::of(email);
        self.own.contains(&key)
    }

    /// Whether an account is the one behind the credentials, by its e-mail or its login.
    fn owns(&self, account: &Account) -> bool {
        self.own.iter().any(|own| account.goes_by(own))
    }

    /// Whether `protect` names an account, by its e-mail or its login.
    fn keeps(&self, account: &Account) -> bool {
        self.protects(&account.email) || account.login().is_some_and(|it| self.protects(it))
    }

    fn protects(&self, email: &str) -> bool {
        self.protected().matching(email).next().is_some()
    }

    /// Whether one pattern protects both: a new address is then as safe as the old one. Under
    /// another pattern, it can be somebody else's.
    fn protects_alike(&self, emails: [&str; 2]) -> bool {
        let [one, other] = emails;
        self.protected().matching(one).any(|it| it.matches(other))
    }

    fn protected(&self) -> &EmailPatterns<'a> {
        let patterns = || EmailPatterns::new(&self.settings.protect);
        self.protected.get_or_init(patterns)
    }

    /// What the action takes away, as in "must not {…}"; `None` when it takes nothing.
    fn taken(&self, action: &Action) -> Option<&'static str> {
        let spec = self.settings.spec;
        if action.kind.removes() {
            Some("be switched off")
        } else if action.changes.iter().any(|it| rights::takes(spec, it)) {
            Some("lose rights")
        } else if action.after("email").is_some() {
            Some(RENAMED)
        } else {
            None
        }
    }
}

/// A rename takes the login away from whoever (or whatever) uses the old address.
const RENAMED: &str = "lose its address";
