//! The last administrator of a vendor stays one; whom a plan makes one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Guard;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::attention::Grant;
use crate::model::email::EmailKey;
use crate::model::plan::{UnlistedAccount, VendorPlan, WithheldAction};

/// What tells accounts of one vendor apart: the id where there is one, and the e-mail key.
pub(in crate::plan) type Identity = (Option<Box<str>>, EmailKey<'static>);

/// The identity of an account.
pub(in crate::plan) fn identity(account: &Account) -> Identity {
    (account.id.clone(), account.email_key().into_owned())
}

/// The identity of the account that an action is about.
pub(super) fn subject(action: &Action) -> Identity {
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
        if losing.is_empty() {
            return;
        }
        let admins = |people: bool| -> BTreeSet<Identity> {
            self.known
                .current
                .accounts
                .iter()
                .filter(|it| it.active && self.admins.is(it) && !(people && it.shield.is_some()))
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
                plan.held.push(WithheldAction { action, why });
            }
        }
    }

    /// Whether a person can log in as an administrator.
    pub(super) fn has_admin(&self) -> bool {
        let accounts = || {
            let mut accounts = self.known.current.accounts.iter();
            accounts.any(|it| it.active && it.shield.is_none() && self.admins.is(it))
        };
        *self.has_admin.get_or_init(accounts)
    }

    /// What the action gives of an administrator's rights, if it does.
    pub(super) fn grant(&self, action: &Action) -> Option<Grant> {
        self.admins.grant(action, self.subject_of(action))
    }

    /// The account that an action is about, if it is there; of several that are alike the first.
    fn subject_of(&self, action: &Action) -> Option<&Account> {
        let accounts = self.accounts.get_or_init(|| {
            let mut accounts = HashMap::with_capacity(self.known.current.accounts.len());
            for account in &self.known.current.accounts {
                let identity = (account.id.as_deref(), EmailKey::of(&account.email));
                accounts.entry(identity).or_insert(account);
            }
            accounts
        });
        let email = action.account_email.as_deref().unwrap_or(&action.email);
        let found = accounts.get(&(action.id.as_deref(), EmailKey::of(email)));
        found.copied()
    }

    /// Whom a plan makes an administrator or gives the account of one, be it held or a step for a
    /// person.
    pub(super) fn grants(&self, plan: &VendorPlan) -> BTreeMap<Box<str>, Grant> {
        let mut grants: BTreeMap<Box<str>, Grant> = BTreeMap::new();
        for action in plan.all() {
            let Some(grant) = self.grant(action) else {
                continue;
            };
            match grants.entry(action.email.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(grant);
                }
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    known.how = known.how.max(grant.how);
                    known.through.extend(grant.through);
                }
            }
        }
        grants
    }

    /// Whether the account is no administrator any more after the action, if it is one now.
    fn ends_admin(&self, action: &Action) -> bool {
        let account = self.subject_of(action);
        account.is_some_and(|account| self.admins.ends(action, account))
    }
}
