//! The safety rules: what a plan must never do by itself (design: "Safety").
//!
//! A rule never refuses a whole run: it holds the actions it concerns, says why, and lets the
//! rest go on.

use std::collections::BTreeSet;

use super::account::{Account, email_key};
use super::current::{Current, Own};
use super::plan::{Action, ActionKind, Change, Kept, Level, Notice, VendorPlan};
use super::value::Value;
use crate::roster::model::{Bound, VendorSettings};
use crate::vendor::spec::{AdminRule, Means, ReadFrom, Rights};

/// The share of active accounts that a plan may switch off when `max.deactivations` is silent.
const DEFAULT_DEACTIVATION_PERCENT: u64 = 10;
/// The least that the default allows, so that a small company can lose three people in a week.
const DEFAULT_DEACTIVATIONS_AT_LEAST: u64 = 3;

/// What `--allow-deactivations` and `--allow-creates` let through at one vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Deactivations and deletes.
    pub deactivations: Option<u64>,
    /// Creates.
    pub creates: Option<u64>,
}

/// The rules of one vendor, against what was read of it.
pub struct Guard<'a> {
    settings: &'a VendorSettings,
    current: &'a Current,
    own: Option<String>,
    active: u64,
    /// Why removals and creates are held, if the read was not proved complete.
    unproved: Option<String>,
}

impl<'a> Guard<'a> {
    /// The rules for one vendor as it was read.
    pub fn new(settings: &'a VendorSettings, current: &'a Current) -> Self {
        let own = match &current.own {
            Own::Email(email) => Some(email_key(email)),
            Own::Unknown | Own::Nobody => settings.own_account.as_deref().map(email_key),
        };
        let active = current.accounts.iter().filter(|it| it.active).count();
        Self {
            unproved: unproved(settings, current, own.as_deref()),
            settings,
            current,
            own,
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
        if !self.takes(action) {
            return None;
        }
        let what = if action.kind.removes() {
            "be switched off"
        } else {
            "lose rights"
        };
        if self.own.as_deref() == Some(&account.email_key()) {
            return Some(format!(
                "{} is the account behind the credentials of this run and must not {what}; \
                 let somebody else do it by hand",
                account.email
            ));
        }
        if self.protected(account) {
            return Some(format!(
                "{} is protected (`protect` of {}) and must not {what}",
                account.email, self.settings.name
            ));
        }
        None
    }

    /// Why a stranger is only listed although strangers are to be deactivated, if it is.
    pub fn shields_stranger(&self, account: &Account) -> Option<String> {
        if self.own.as_deref() == Some(&account.email_key()) {
            Some(String::from("the account behind the credentials"))
        } else if let Some(shield) = &account.shield {
            Some(format!("a {} that the roster does not name", shield.what))
        } else if self.protected(account) {
            Some(String::from("protected"))
        } else {
            account
                .managed_by
                .as_ref()
                .map(|manager| format!("managed by {manager}"))
        }
    }

    /// Applies the rules that concern the plan as a whole.
    pub fn limit(&self, mut plan: VendorPlan, allowed: Allowed) -> VendorPlan {
        self.keep_last_admin(&mut plan);
        self.keep_within_proof(&mut plan);
        self.keep_within_allowance(&mut plan);
        self.keep_within_max(&mut plan, allowed);
        if self.own.is_none() && self.current.own == Own::Unknown && self.could_hurt_itself() {
            plan.notices.push(Notice {
                level: Level::Warning,
                email: None,
                text: String::from(
                    "it is not known which account the credentials belong to; set own_account so \
                     that it is protected",
                ),
            });
        }
        plan
    }

    /// Whether this run could take something from its own account.
    fn could_hurt_itself(&self) -> bool {
        self.settings.deactivate.means != Means::Manual
            || self
                .settings
                .spec
                .attributes
                .iter()
                .any(|it| it.rights != Rights::None)
    }

    fn protected(&self, account: &Account) -> bool {
        let protect = &self.settings.protect;
        protect.iter().any(|it| it.matches(&account.email))
    }

    /// Whether the action takes access or rights away.
    fn takes(&self, action: &Action) -> bool {
        action.kind.removes() || action.changes.iter().any(|change| self.takes_right(change))
    }

    fn takes_right(&self, change: &Change) -> bool {
        let spec = self.settings.spec;
        let rights = spec
            .attribute(&change.attribute)
            .map_or(Rights::None, |attribute| attribute.rights);
        takes_right(rights, change.before.as_ref(), &change.after)
    }

    fn is_admin(&self, account: &Account) -> bool {
        let text_of = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
        match self.settings.spec.admin {
            AdminRule::Unknown => false,
            AdminRule::TextIs(name, word) => text_of(name).and_then(Value::as_text) == Some(word),
            AdminRule::FlagIs(name) => text_of(name).and_then(Value::as_flag) == Some(true),
            AdminRule::Holds(name) => text_of(name).is_some_and(|it| self.grants_admin(name, it)),
        }
    }

    fn grants_admin(&self, attribute: &str, value: &Value) -> bool {
        let Some(directory) = self.current.directories.get(attribute) else {
            return false;
        };
        value.as_set().unwrap_or_default().iter().any(|item| {
            directory
                .entries
                .iter()
                .any(|entry| entry.admin && (entry.name == *item || entry.id == *item))
        })
    }

    /// Whether the account is no administrator any more after the action.
    fn ends_admin(&self, action: &Action) -> bool {
        if action.kind.removes() {
            return true;
        }
        match self.settings.spec.admin {
            AdminRule::Unknown => false,
            AdminRule::TextIs(name, word) => action
                .after(name)
                .is_some_and(|after| after.as_text() != Some(word)),
            AdminRule::FlagIs(name) => action.after(name).and_then(Value::as_flag) == Some(false),
            AdminRule::Holds(name) => action
                .after(name)
                .is_some_and(|after| !self.grants_admin(name, after)),
        }
    }

    /// The last administrator stays one. Only administrators that exist already count: one that
    /// this plan makes may still fail.
    fn keep_last_admin(&self, plan: &mut VendorPlan) {
        let admins: BTreeSet<String> = self
            .current
            .accounts
            .iter()
            .filter(|account| account.active && account.shield.is_none() && self.is_admin(account))
            .map(Account::email_key)
            .collect();
        let losing: BTreeSet<String> = plan
            .actions
            .iter()
            .filter(|action| self.ends_admin(action))
            .map(account_key)
            .filter(|key| admins.contains(key))
            .collect();
        if losing.is_empty() || losing.len() < admins.len() {
            return;
        }
        let keep = losing.first().cloned().unwrap_or_default();
        hold_where(plan, |action| {
            (self.ends_admin(action) && account_key(action) == keep).then(|| {
                format!(
                    "{keep} is the last administrator that would be left at {}; make another one \
                     first, then run again",
                    self.settings.name
                )
            })
        });
    }

    /// No removal and no create without proof of a complete read.
    fn keep_within_proof(&self, plan: &mut VendorPlan) {
        let Some(missing) = &self.unproved else {
            return;
        };
        hold_where(plan, |action| {
            (action.kind.removes() || action.kind == ActionKind::Create).then(|| {
                format!(
                    "the read of {} is not proved complete: {missing}",
                    self.settings.name
                )
            })
        });
    }

    /// Creates beyond what the vendor's licence still allows.
    fn keep_within_allowance(&self, plan: &mut VendorPlan) {
        let Some(allowance) = &self.current.allowance else {
            return;
        };
        let mut left = allowance.creates;
        plan.actions.sort_by_cached_key(|it| email_key(&it.email));
        hold_where(plan, |action| {
            if action.kind != ActionKind::Create {
                return None;
            }
            if left > 0 {
                left -= 1;
                return None;
            }
            Some(format!("no account left to create: {}", allowance.text))
        });
    }

    /// `max.deactivations` and `max.creates`, counted before the first write.
    fn keep_within_max(&self, plan: &mut VendorPlan, allowed: Allowed) {
        let name = &self.settings.name;
        let removals = count(plan, |kind| kind.removes());
        let bound = match self.settings.max.deactivations {
            Some(bound) => self.resolve(bound),
            None => (self.active * DEFAULT_DEACTIVATION_PERCENT / 100)
                .max(DEFAULT_DEACTIVATIONS_AT_LEAST),
        };
        if removals > allowed.deactivations.unwrap_or(bound) {
            let active = self.active;
            hold_where(plan, |action| {
                action.kind.removes().then(|| {
                    format!(
                        "{removals} removals at {name} are more than max.deactivations allows \
                         ({bound} with {active} active accounts); if they are meant: \
                         --allow-deactivations {name}={removals}"
                    )
                })
            });
        }
        let creates = count(plan, |kind| kind == ActionKind::Create);
        let Some(bound) = self.settings.max.creates.map(|bound| self.resolve(bound)) else {
            return;
        };
        if creates > allowed.creates.unwrap_or(bound) {
            hold_where(plan, |action| {
                (action.kind == ActionKind::Create).then(|| {
                    format!(
                        "{creates} creates at {name} are more than max.creates allows ({bound}); \
                         if they are meant: --allow-creates {name}={creates}"
                    )
                })
            });
        }
    }

    fn resolve(&self, bound: Bound) -> u64 {
        match bound {
            Bound::Count(count) => count,
            Bound::Percent(percent) => self.active.saturating_mul(u64::from(percent)) / 100,
        }
    }
}

/// What speaks against a complete read, over what the connector says itself.
fn unproved(settings: &VendorSettings, current: &Current, own: Option<&str>) -> Option<String> {
    // A record proves nothing about absence and is not asked to: what it does not know is worded
    // as such in the plan, and only accounts it knows are ever removed.
    if settings.spec.read == ReadFrom::Record {
        return match current.proof.missing.as_slice() {
            [] => None,
            missing => Some(missing.join("; ")),
        };
    }
    let mut missing = current.proof.missing.clone();
    if current.accounts.is_empty() {
        missing.push(String::from("the list is empty"));
    } else if let Some(own) = own
        && !current.accounts.iter().any(|it| it.email_key() == own)
    {
        missing.push(format!(
            "the account behind the credentials ({own}) is not in the list"
        ));
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// Whether a change takes a right away.
fn takes_right(rights: Rights, before: Option<&Value>, after: &Value) -> bool {
    match rights {
        Rights::None => false,
        Rights::Any => true,
        Rights::Flag => {
            before.and_then(Value::as_flag) == Some(true) && after.as_flag() == Some(false)
        }
        Rights::Set => {
            let after = after.as_set().unwrap_or_default();
            let before = before.and_then(Value::as_set).unwrap_or_default();
            before.iter().any(|item| !after.contains(item))
        }
        Rights::Ranked(order) => {
            let rank = |value: &Value| {
                let text = value.as_text()?;
                order.iter().position(|word| *word == text)
            };
            match (before.and_then(rank), rank(after)) {
                (Some(before), Some(after)) => after < before,
                _ => before.is_some_and(|before| !before.is_empty()),
            }
        }
    }
}

fn account_key(action: &Action) -> String {
    email_key(action.account_email.as_deref().unwrap_or(&action.email))
}

fn count(plan: &VendorPlan, of: impl Fn(ActionKind) -> bool) -> u64 {
    let found = plan.actions.iter().filter(|action| of(action.kind)).count();
    u64::try_from(found).unwrap_or(u64::MAX)
}

/// Moves actions to `held` where a rule gives a reason.
fn hold_where(plan: &mut VendorPlan, mut rule: impl FnMut(&Action) -> Option<String>) {
    for action in std::mem::take(&mut plan.actions) {
        match rule(&action) {
            Some(why) => plan.held.push(Kept { action, why }),
            None => plan.actions.push(action),
        }
    }
}
