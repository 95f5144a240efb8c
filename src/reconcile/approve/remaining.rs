//! What of an approved plan still holds, and which of it is done already.

use std::collections::HashMap;

use super::{Approved, Difference, differences, in_words, place_told, take};
use crate::email::EmailKey;
use crate::reconcile::account::Account;
use crate::reconcile::current::Current;
use crate::reconcile::diff::unmet;
use crate::reconcile::guard::{Allowed, Guard};
use crate::reconcile::plan::{Action, ActionKind, Plan, canonical};
use crate::roster::model::VendorSettings;
use crate::vendor::spec::ReadFrom;

/// What of an approved plan still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// The fresh plan, without every action that was not approved as it is.
    pub plan: Plan,
    /// Approved actions whose effect is there already.
    pub done: Vec<Action>,
    /// Approved actions that do not hold any more, and why.
    pub stale: Vec<(Action, String)>,
}

/// Keeps of the fresh plan what was approved exactly so, for the same state of the same account.
/// `is_done` says whether the effect of an approved action is there already ([`is_done`]).
pub fn remaining(
    approved: &Approved,
    fresh: &Plan,
    is_done: impl Fn(&Action) -> bool,
) -> Remaining {
    let mut done = Vec::new();
    let mut stale = Vec::new();
    let mut elsewhere: HashMap<&str, String> = HashMap::new();
    for difference in differences(approved, fresh) {
        let (action, why) = match difference {
            Difference::Place {
                vendor,
                approved: Some(approved),
                fresh: Some(fresh),
            } => {
                let why = place_told(Some(&approved), Some(&fresh));
                elsewhere.insert(vendor, why);
                continue;
            }
            // Its actions are gone, or new.
            Difference::Place { .. } => continue,
            Difference::New(_) => continue,
            Difference::Gone { approved, now } => (
                approved,
                now.unwrap_or_else(|| String::from("it does not follow any more")),
            ),
            Difference::Changed {
                approved,
                fresh,
                parts,
            } => (approved, in_words(fresh, &parts)),
        };
        if elsewhere.contains_key(&*action.vendor) {
            continue;
        }
        if is_done(action) {
            done.push(action.clone());
        } else {
            stale.push((action.clone(), format!("not as approved: {why}")));
        }
    }
    let mut left: HashMap<_, usize> = HashMap::new();
    for action in &approved.actions {
        // Accounts of another tenant are others, whatever their ids are.
        if let Some(why) = elsewhere.get(&*action.vendor) {
            stale.push((action.clone(), why.clone()));
            continue;
        }
        *left.entry(canonical(action)).or_default() += 1;
    }
    let mut keep = fresh.actions().map(|action| take(&mut left, action));
    let mut plan = fresh.clone();
    for vendor in &mut plan.vendors {
        vendor.actions.retain(|_| keep.next() == Some(true));
    }
    Remaining { plan, done, stale }
}

/// Whether an account already is as an action would leave it. That somebody has no account counts
/// only where the read is proved complete.
pub fn is_done(action: &Action, settings: &VendorSettings, current: &Current) -> bool {
    let mut found = current.accounts.iter().filter(|it| is_subject(action, it));
    let account = match (found.next(), found.next()) {
        (Some(account), None) => account,
        // Of two, nobody can say which one was meant.
        (Some(_), Some(_)) => return false,
        (None, _) => {
            return action.kind.removes()
                && settings.spec.read == ReadFrom::Api
                && Guard::new(settings, current, Allowed::default())
                    .unproved()
                    .is_none();
        }
    };
    match action.kind {
        ActionKind::Delete => false,
        ActionKind::Deactivate => !account.active,
        ActionKind::Create | ActionKind::Update | ActionKind::Reactivate => {
            account.active && unmet(settings.spec, &action.changes, account).is_empty()
        }
    }
}

fn is_subject(action: &Action, account: &Account) -> bool {
    match &action.id {
        Some(id) => account.id.as_ref() == Some(id),
        None => account.email_key() == EmailKey::of(&action.email),
    }
}
