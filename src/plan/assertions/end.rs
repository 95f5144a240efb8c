//! What a vendor holds once all actions of a plan are done. What is held or manual may not happen
//! and is left out.

mod facts;

use std::cell::OnceCell;
use std::collections::HashMap;

use super::people::People;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Current;
use crate::model::email::EmailKey;
use crate::model::plan::VendorPlan;
use crate::model::value::{Value, shown};
use crate::roster::admins::Admins;
use crate::roster::model::VendorSettings;
use facts::Facts;

/// One vendor that was read and planned.
#[derive(Debug)]
pub struct Planned<'a> {
    /// Its settings.
    pub settings: &'a VendorSettings,
    /// What it holds.
    pub current: &'a Current,
    /// What is planned.
    pub plan: &'a mut VendorPlan,
}

/// A vendor with its accounts by what actions name them by.
pub(super) struct End<'a> {
    pub(super) vendor: Planned<'a>,
    pub(super) admins: Admins<'a>,
    accounts: HashMap<(Option<&'a str>, EmailKey<'a>), &'a Account>,
    /// What it comes to, once somebody asked and until the plan changes.
    facts: OnceCell<Facts>,
}

/// One account before and after a plan; at least one of `before` and `action` is there.
pub(super) struct Step<'a> {
    /// What is there.
    pub(super) before: Option<&'a Account>,
    /// The place of its action in the plan, and the action.
    pub(super) action: Option<(usize, &'a Action)>,
}

impl<'a> End<'a> {
    pub(super) fn of(vendor: Planned<'a>) -> Self {
        let Planned {
            settings, current, ..
        } = vendor;
        let mut accounts = HashMap::with_capacity(current.accounts.len());
        for account in &current.accounts {
            let key = (account.id.as_deref(), EmailKey::of(&account.email));
            accounts.entry(key).or_insert(account);
        }
        Self {
            vendor,
            admins: Admins::new(settings, &current.directories),
            accounts,
            facts: OnceCell::new(),
        }
    }

    /// What the end state comes to.
    pub(super) fn facts(&self, people: &People<'_>) -> &Facts {
        self.facts.get_or_init(|| Facts::of(self, people))
    }

    /// The plan, to be changed.
    pub(super) fn change(&mut self) -> &mut VendorPlan {
        self.facts = OnceCell::new();
        self.vendor.plan
    }

    pub(super) fn name(&self) -> &'a str {
        &self.vendor.settings.name
    }

    /// What the plan does, in its order.
    pub(super) fn actions(&self) -> impl DoubleEndedIterator<Item = Step<'_>> {
        let actions = self.vendor.plan.actions.iter().enumerate();
        actions.map(|(at, action)| {
            let email = action.account_email.as_deref().unwrap_or(&action.email);
            let key = (action.id.as_deref(), EmailKey::of(email));
            Step {
                before: self.accounts.get(&key).copied(),
                action: Some((at, action)),
            }
        })
    }

    /// Every account, also those that the plan makes; an account with two actions comes twice.
    pub(super) fn all(&self) -> impl Iterator<Item = Step<'_>> {
        let touched = self.actions().filter_map(|step| step.before);
        let touched: std::collections::HashSet<*const Account> =
            touched.map(std::ptr::from_ref).collect();
        let others = self.vendor.current.accounts.iter();
        let others = others.filter(move |it| !touched.contains(&std::ptr::from_ref(*it)));
        let others = others.map(|account| Step {
            before: Some(account),
            action: None,
        });
        self.actions().chain(others)
    }
}

impl Step<'_> {
    pub(super) fn was_active(&self) -> bool {
        self.before.is_some_and(|account| account.active)
    }

    pub(super) fn is_active(&self) -> bool {
        match self.action.map(|(_, action)| action.kind) {
            Some(ActionKind::Deactivate | ActionKind::Delete) => false,
            Some(ActionKind::Create | ActionKind::Reactivate) => true,
            Some(ActionKind::Update) | None => self.was_active(),
        }
    }

    /// By the roster's e-mail where an action tells it.
    pub(super) fn email(&self) -> &str {
        match (self.action, self.before) {
            (Some((_, action)), _) => &action.email,
            (None, Some(account)) => &account.email,
            (None, None) => "",
        }
    }

    /// A person who was an administrator, and one who is one in the end.
    pub(super) fn administers(&self, admins: &Admins<'_>) -> (bool, bool) {
        let program = self.before.is_some_and(|account| account.shield.is_some());
        let was = self.before.is_some_and(|account| admins.is(account));
        let is = self
            .action
            .map_or(was, |(_, action)| admins.will_be(action, self.before));
        (
            !program && self.was_active() && was,
            !program && self.is_active() && is,
        )
    }

    /// What an account that is switched on had of an attribute, and what it has in the end.
    pub(super) fn values(&self, attribute: &str) -> (Option<&Value>, Option<&Value>) {
        let had = || shown(&self.before?.attributes, attribute).flatten();
        let has = match self.action.and_then(|(_, action)| action.after(attribute)) {
            Some(after) => Some(after),
            None => had(),
        };
        (
            self.was_active().then(had).flatten(),
            self.is_active().then_some(has).flatten(),
        )
    }
}
