//! The plan that takes back what a run did. It goes through the same rules as any other plan:
//! nobody is locked out by an undo who could not be by the roster.
//!
//! An account that is no longer as the run left it is left alone: whatever changed it since knew
//! more than the journal does.

use std::collections::BTreeSet;

use super::{Planner, empty_plan};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::odd::OddIndex;
use crate::model::plan::{Level, VendorPlan, WithheldAction};
use crate::model::spec::{AttributeKind, DeactivateMode, Mode, ReadFrom, VendorSpec};
use crate::model::value::{Attributes, Key, ObservedAttributes, Value, shown};
use crate::plan::diff::unmet;
use crate::plan::guard::{Allowed, Guard};
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::matching::Index;
use crate::roster::model::VendorSettings;

/// Something that a run did to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The action, with the id that a create learnt.
    pub action: Action,
    /// What the account showed before a removal.
    pub account: Option<ObservedAttributes>,
}

/// Plans to take back what was done at one vendor.
pub fn plan_undo(
    settings: &VendorSettings,
    known: &Known,
    done: &[Done],
    allowed: Allowed,
) -> VendorPlan {
    let desired = Desired::default();
    let mut planner = Planner {
        input: Input {
            settings,
            desired: &desired,
            known,
            only: None,
            allowed,
        },
        guard: Guard::new(settings, known, allowed),
        plan: empty_plan(settings),
        unchanged: 0,
        unsearched: 0,
        strangers: BTreeSet::new(),
        index: Index::new(&known.current.accounts),
        odd: OddIndex::default(),
    };
    for done in done {
        planner.undo(done);
    }
    planner.finish()
}

impl<'a> Planner<'a> {
    /// The account that an action was about.
    fn subject(&self, action: &Action) -> Option<&'a Account> {
        let email = match action.after("email") {
            Some(_) => action.email.clone(),
            None => action.key().email,
        };
        self.index.find_alike(action.id.as_deref(), &email)
    }

    fn undo(&mut self, done: &Done) {
        let plan = &self.plan;
        let before = [plan.actions.len(), plan.held.len(), plan.manual.len()];
        let account = self.subject(&done.action);
        match (done.action.kind, account) {
            (ActionKind::Delete, None) => self.deleted(done),
            // Somebody made it again already.
            (ActionKind::Delete, Some(_)) => self.unchanged += 1,
            (ActionKind::Create, None) => self.unchanged += 1,
            (_, None) => self.left_alone(done, "the vendor does not show the account any more"),
            (ActionKind::Create | ActionKind::Reactivate, Some(account)) => {
                self.grant_taken_back(done, account);
            }
            (ActionKind::Deactivate, Some(account)) => self.removal_taken_back(done, account),
            (ActionKind::Update, Some(account)) => self.update_taken_back(done, account),
        }
        let [actions, held, manual] = before;
        let reason = format!("takes back: {}", done.action.kind.as_str());
        let plan = &mut self.plan;
        let kept = plan.held.iter_mut().skip(held);
        let kept = kept.chain(plan.manual.iter_mut().skip(manual));
        let new = plan.actions.iter_mut().skip(actions);
        for action in new.chain(kept.map(|kept| &mut kept.action)) {
            action.reason.clone_from(&reason);
        }
    }

    /// An account that was made or switched on is switched off again.
    fn grant_taken_back(&mut self, done: &Done, account: &Account) {
        let spec = self.input.settings.spec;
        if !account.active {
            self.unchanged += 1;
            return;
        }
        if let Some(why) = differs(spec, &done.action.changes, account) {
            return self.left_alone(done, &why);
        }
        let made = done.action.kind == ActionKind::Create;
        let want = want(account, Attributes::new());
        if !made && self.input.settings.deactivate.mode == DeactivateMode::Delete {
            // A removal by deletion would destroy what was there before the run.
            let why = self.by_hand("switch the account off again; it was there before the run");
            let action = self.action(ActionKind::Deactivate, &want, Some(account), String::new());
            return self.route(action, account, Some(why));
        }
        self.switch_off(&want, account, String::new());
        if made && spec.read == ReadFrom::Record {
            let text = format!(
                "{} does not say whether the account was there before the run; if it was, leave it",
                spec.title
            );
            self.notice(Level::Warning, Some(&account.email), text);
        }
        if !made && !done.action.changes.is_empty() {
            let names = names(&done.action.changes);
            let text = format!("stays as the run left it, on an account that is off: {names}");
            self.notice(Level::Info, Some(&account.email), text);
        }
    }

    /// An account that was switched off is switched on again, with what it had.
    fn removal_taken_back(&mut self, done: &Done, account: &Account) {
        let image = done.account.iter().flat_map(ObservedAttributes::iter);
        let (had, lost) = restorable(self.input.settings.spec, account, image);
        if account.active {
            let changed = had.iter().any(|(name, value)| {
                shown(&account.attributes, name).flatten() != Some(value) && !value.is_empty()
            });
            match changed {
                true => self.left_alone(done, "somebody has switched it on again since"),
                false => self.unchanged += 1,
            }
            return;
        }
        self.not_put_back(account, &lost);
        self.bring_in_line(&want(account, had), account, ActionKind::Reactivate);
    }

    /// Attributes get the values that they had.
    fn update_taken_back(&mut self, done: &Done, account: &Account) {
        let spec = self.input.settings.spec;
        let changes = &done.action.changes;
        let before = |change: &Change| (change.attribute.clone(), change.before.clone());
        let pairs: Vec<(Key, Option<Value>)> = changes.iter().map(before).collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value));
        let (had, lost) = restorable(spec, account, pairs.filter(|(name, _)| *name != "email"));
        let address = changes.iter().find(|it| it.attribute == "email");
        let address = address.and_then(|change| change.before.as_ref()?.as_text());
        let mut want = want(account, had);
        if let Some(address) = address {
            want.email = address.into();
        }
        if !account.active {
            return self.left_alone(done, "the account is switched off by now");
        }
        if let Some(why) = differs(spec, changes, account) {
            let back = changes_back(&want.attributes, address);
            match unmet(spec, &back, account).is_empty() {
                true => self.unchanged += 1,
                false => self.left_alone(done, &why),
            }
            return;
        }
        self.not_put_back(account, &lost);
        self.bring_in_line(&want, account, ActionKind::Update);
    }

    /// A deleted account does not come back; what it had is shown for whoever makes a new one.
    fn deleted(&mut self, done: &Done) {
        let had = done.account.iter().flat_map(ObservedAttributes::iter);
        let changes = had
            .filter_map(|(name, value)| {
                Some(Change {
                    attribute: Key::from(name.to_owned()),
                    before: None,
                    after: value.clone()?,
                })
            })
            .collect();
        let action = Action {
            kind: ActionKind::Create,
            id: None,
            changes,
            current: None,
            ..done.action.clone()
        };
        let why = self.by_hand("a deleted account cannot be brought back, only made anew");
        self.plan.manual.push(WithheldAction { action, why });
    }

    fn left_alone(&mut self, done: &Done, why: &str) {
        let why = format!("not as the run left it, so it is left alone: {why}");
        self.hold(done.action.clone(), why);
    }

    fn not_put_back(&mut self, account: &Account, lost: &[String]) {
        if !lost.is_empty() {
            let text = format!("cannot be put back: {}", lost.join("; "));
            self.notice(Level::Warning, Some(&account.email), text);
        }
    }
}

/// The changes that an account shows once it is back where it was.
fn changes_back(attributes: &Attributes, address: Option<&str>) -> Vec<Change> {
    let address = address.map(|it| ("email", Value::text(it)));
    let pairs = attributes.iter().map(|(name, value)| (name, value.clone()));
    pairs
        .chain(address)
        .map(|(name, after)| Change {
            attribute: Key::from(name.to_owned()),
            before: None,
            after,
        })
        .collect()
}

/// What an account does not show of an action that was done to it, in words.
fn differs(spec: &VendorSpec, changes: &[Change], account: &Account) -> Option<String> {
    let unmet = unmet(spec, changes, account);
    let names: Vec<&str> = unmet.iter().map(|it| &*it.attribute).collect();
    (!names.is_empty()).then(|| format!("{} changed since", names.join(", ")))
}

/// Values that can be written again, and what cannot and why. An attribute that only a create
/// sets, or that the vendor does not show, was never changed by an update.
fn restorable<'a>(
    spec: &VendorSpec,
    account: &Account,
    before: impl Iterator<Item = (&'a str, &'a Option<Value>)>,
) -> (Attributes, Vec<String>) {
    let mut attributes = Attributes::new();
    let mut lost = Vec::new();
    for (name, value) in before {
        let Some(attribute) = spec.attribute(name) else {
            continue;
        };
        let marker = match attribute.kind {
            AttributeKind::FlagMap => !name.contains('.'),
            // The name of a map of a family is a URN and may have a dot in its version.
            AttributeKind::Family => !name.rsplit(':').next().is_some_and(|it| it.contains('.')),
            _ => false,
        };
        if attribute.mode != Mode::ReadWrite || marker {
            continue;
        }
        let Some(now) = shown(&account.attributes, name) else {
            lost.push(format!("{name}, which the vendor does not show any more"));
            continue;
        };
        let value = match (value, attribute.kind) {
            (Some(value), _) => value.clone(),
            (None, AttributeKind::Text | AttributeKind::Email | AttributeKind::Family) => {
                Value::text("")
            }
            (None, AttributeKind::NameSet | AttributeKind::EmailSet) => Value::Set(Box::default()),
            (None, _) if now.is_none() => continue,
            (None, _) => {
                lost.push(format!("{name}, which had no value before"));
                continue;
            }
        };
        attributes.insert(name.to_owned(), value);
    }
    (attributes, lost)
}

/// The account as it should be, under the address that it has.
fn want(account: &Account, attributes: Attributes) -> DesiredAccount {
    DesiredAccount {
        email: account.email.clone(),
        previous_emails: Vec::new(),
        id: account.id.clone(),
        access: Access::Granted,
        attributes,
        on_create: Attributes::new(),
    }
}

fn names(changes: &[Change]) -> String {
    let names: Vec<&str> = changes.iter().map(|it| &*it.attribute).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
