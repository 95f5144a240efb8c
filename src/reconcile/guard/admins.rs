//! The last administrator of a vendor stays one.

use std::collections::{BTreeSet, HashMap};

use super::Guard;
use super::rights::sounds_like_admin;
use crate::email::EmailKey;
use crate::reconcile::account::Account;
use crate::reconcile::plan::{Action, ActionKind, Kept, UnlistedAccount, VendorPlan};
use crate::reconcile::value::Value;
use crate::vendor::spec::AdminRule;

/// What tells accounts of one vendor apart: the id where there is one, and the e-mail key.
pub(in crate::reconcile) type Identity = (Option<Box<str>>, EmailKey<'static>);

/// The identity of an account.
pub(in crate::reconcile) fn identity(account: &Account) -> Identity {
    (account.id.clone(), account.email_key().into_owned())
}

/// The identity of the account that an action is about.
fn subject(action: &Action) -> Identity {
    let email = action.account_email.as_deref().unwrap_or(&action.email);
    (action.id.clone(), EmailKey::of(email).into_owned())
}

impl Guard<'_> {
    /// Holds what would end the last administrator, be it done by this run or by hand. Only
    /// administrators that exist already count: one that this plan makes may still fail. Service
    /// accounts count only where no person is an administrator.
    ///
    /// A stranger is not held but listed, like every stranger that a rule protects.
    pub(super) fn keep_last_admin(&self, plan: &mut VendorPlan, strangers: &BTreeSet<Identity>) {
        let losing: BTreeSet<Identity> = plan
            .actions
            .iter()
            .chain(plan.manual.iter().map(|kept| &kept.action))
            .filter(|action| self.ends_admin(action))
            .map(subject)
            .collect();
        let admins = |people: bool| -> BTreeSet<Identity> {
            self.current
                .accounts
                .iter()
                .filter(|it| it.active && self.is_admin(it) && !(people && it.shield.is_some()))
                .map(identity)
                .collect()
        };
        let mut endangered = admins(true);
        if endangered.is_empty() {
            endangered = admins(false);
        }
        if !endangered.is_subset(&losing) {
            return;
        }
        // Somebody whom the roster knows rather than a stranger; then by id and e-mail.
        let kept = endangered
            .into_iter()
            .min_by_key(|who| (strangers.contains(who), who.clone()));
        if let Some(keep) = kept {
            self.spare(plan, &keep, strangers.contains(&keep));
        }
    }

    fn spare(&self, plan: &mut VendorPlan, keep: &Identity, stranger: bool) {
        let concerns = |action: &Action| self.ends_admin(action) && subject(action) == *keep;
        let mut spared: Vec<Action> = plan.actions.extract_if(.., |it| concerns(it)).collect();
        let by_hand = plan.manual.extract_if(.., |it| concerns(&it.action));
        spared.extend(by_hand.map(|kept| kept.action));
        for action in spared {
            let email = action.account_email.as_ref().unwrap_or(&action.email);
            if stranger {
                plan.unlisted.push(UnlistedAccount {
                    email: email.clone(),
                    id: action.id.clone(),
                    why: Some(String::from("the last administrator that would be left")),
                });
            } else {
                let why = format!(
                    "{email} is the last administrator that would be left at {}; make another \
                     one first, then run again",
                    self.settings.name
                );
                plan.held.push(Kept { action, why });
            }
        }
    }

    pub(in crate::reconcile) fn is_admin(&self, account: &Account) -> bool {
        let shown = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
        match self.settings.spec.admin {
            AdminRule::Unknown => false,
            AdminRule::TextIs(name, word) => shown(name).and_then(Value::as_text) == Some(word),
            AdminRule::FlagIs(name) => shown(name).and_then(Value::as_flag) == Some(true),
            AdminRule::Holds(name) => shown(name).is_some_and(|it| self.grants_admin(name, it)),
        }
    }

    /// Whether a person can log in as an administrator.
    pub(super) fn has_admin(&self) -> bool {
        let accounts = &mut self.current.accounts.iter();
        accounts.any(|it| it.active && it.shield.is_none() && self.is_admin(it))
    }

    fn grants_admin(&self, attribute: &str, value: &Value) -> bool {
        let Some(directory) = self.current.directories.get(attribute) else {
            return false;
        };
        value.as_set().unwrap_or_default().iter().any(|item| {
            directory.entries.iter().any(|entry| {
                entry.admin && (directory.display(entry) == &**item || entry.id == *item)
            })
        })
    }

    /// Whether the action gives the rights of an administrator to somebody who cannot use them now.
    pub(super) fn makes_admin(&self, action: &Action) -> bool {
        if action.kind.removes() {
            return false;
        }
        let grants = match self.settings.spec.admin {
            AdminRule::Unknown => return false,
            AdminRule::TextIs(name, word) => {
                action.after(name).map(|it| it.as_text() == Some(word))
            }
            AdminRule::FlagIs(name) => action.after(name).and_then(Value::as_flag),
            AdminRule::Holds(name) => action.after(name).map(|it| self.grants_admin(name, it)),
        };
        let was_admin = || self.subject_of(action).is_some_and(|it| self.is_admin(it));
        match action.kind {
            // Switched on again, the rights that were left on the account count anew.
            ActionKind::Reactivate => grants.unwrap_or_else(was_admin),
            _ => grants.unwrap_or_default() && !was_admin(),
        }
    }

    /// The account that an action is about, if it is there; of several that are alike the first.
    fn subject_of(&self, action: &Action) -> Option<&Account> {
        let accounts = self.accounts.get_or_init(|| {
            let mut accounts = HashMap::with_capacity(self.current.accounts.len());
            for account in &self.current.accounts {
                let identity = (account.id.as_deref(), EmailKey::of(&account.email));
                accounts.entry(identity).or_insert(account);
            }
            accounts
        });
        let email = action.account_email.as_deref().unwrap_or(&action.email);
        let found = accounts.get(&(action.id.as_deref(), EmailKey::of(email)));
        found.copied()
    }

    /// Whom a plan makes an administrator, for a reader: exactly where the vendor tells, and by
    /// the sound of a right besides.
    pub(super) fn new_admins(&self, plan: &VendorPlan) -> BTreeSet<Box<str>> {
        let spec = self.settings.spec;
        let held = plan.held.iter().map(|kept| &kept.action);
        plan.actions
            .iter()
            .chain(held)
            .filter(|it| {
                let mut changes = it.changes.iter();
                self.makes_admin(it) || changes.any(|change| sounds_like_admin(spec, change))
            })
            .map(|it| it.email.clone())
            .collect()
    }

    /// Whether the account is no administrator any more after the action, if it is one now.
    fn ends_admin(&self, action: &Action) -> bool {
        match action.kind {
            ActionKind::Deactivate | ActionKind::Delete => return true,
            ActionKind::Create => return false,
            ActionKind::Update | ActionKind::Reactivate => {}
        }
        match self.settings.spec.admin {
            AdminRule::Unknown => false,
            AdminRule::TextIs(name, word) => action
                .after(name)
                .is_some_and(|after| after.as_text() != Some(word)),
            AdminRule::FlagIs(name) => action
                .after(name)
                .is_some_and(|after| after.as_flag() != Some(true)),
            AdminRule::Holds(name) => action
                .after(name)
                .is_some_and(|after| !self.grants_admin(name, after)),
        }
    }
}
