//! What a report says against what the vendor holds.

use super::world::World;
use crate::model::action::{Action, ActionKind};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::spec::{Mode, VendorSpec};
use crate::model::value::Value;

/// How much of an action the vendor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    All,
    Some,
    Nothing,
}

/// Each action has exactly one outcome, in the plan's order, and none of them lies.
pub(super) fn assert_truth(world: &World, plan: &VendorPlan, outcomes: &[Outcome]) {
    let told: Vec<&Action> = outcomes.iter().map(|outcome| &outcome.action).collect();
    assert_eq!(told, plan.actions.iter().collect::<Vec<_>>());
    for outcome in outcomes {
        let there = there(world, &outcome.action);
        match outcome.verdict {
            Verdict::Applied => assert_eq!(there, There::All, "{outcome:#?}"),
            Verdict::Failed | Verdict::Skipped => {
                let says_part = outcome.message.starts_with("done in part");
                let left = says_part || keeps_groups(world, &outcome.action);
                let whole = there == There::All && !left;
                assert!(!whole, "it was done: {outcome:#?}");
                assert!(!outcome.message.is_empty(), "{outcome:#?}");
                // An account that nobody expects would be looked after by nobody.
                if outcome.action.kind == ActionKind::Create && there == There::Some {
                    let says = outcome.message.contains("was created")
                        || outcome.message.contains("is there");
                    assert!(says, "the account is there: {outcome:#?}");
                }
            }
            Verdict::Unverified => assert!(!outcome.message.is_empty(), "{outcome:#?}"),
        }
    }
}

/// How much of an action the vendor holds now.
pub(super) fn there(world: &World, action: &Action) -> There {
    let account = world.rig.account(&action.email);
    let done = match (action.kind, &account) {
        (ActionKind::Delete, account) => return all(account.is_none()),
        (ActionKind::Deactivate, None) => return There::All,
        (ActionKind::Deactivate, Some(account)) => return all(!account.active),
        (_, None) => return There::Nothing,
        (ActionKind::Update, Some(_)) => Vec::new(),
        (ActionKind::Create, Some(account)) => vec![true, account.active],
        (ActionKind::Reactivate, Some(account)) => vec![account.active],
    };
    let account = account.unwrap_or_else(|| crate::model::account::Account::new(""));
    let changes = action
        .changes
        .iter()
        .filter(|change| shows(world.spec, &change.attribute))
        .map(|change| {
            let now = account.attributes.get(&change.attribute);
            match now.and_then(Option::as_ref) {
                Some(now) => *now == change.after,
                None => change.after.is_empty() || now.is_none(),
            }
        });
    let done: Vec<bool> = done.into_iter().chain(changes).collect();
    match done.iter().filter(|done| **done).count() {
        count if count == done.len() => There::All,
        0 => There::Nothing,
        _ => There::Some,
    }
}

/// Whether a removal that takes several calls left memberships behind: then it is rightly called
/// failed, although nobody can log in any more.
fn keeps_groups(world: &World, action: &Action) -> bool {
    let account = world.rig.account(&action.email);
    let groups = account
        .as_ref()
        .and_then(|account| account.attributes.get("groups"));
    let groups = groups.and_then(Option::as_ref).and_then(Value::as_set);
    action.kind == ActionKind::Deactivate && groups.is_some_and(|groups| !groups.is_empty())
}

fn all(done: bool) -> There {
    if done { There::All } else { There::Nothing }
}

/// Whether the vendor shows the attribute after a write.
fn shows(spec: &VendorSpec, name: &str) -> bool {
    spec.attribute(name)
        .is_none_or(|attribute| attribute.mode != Mode::CreateOnly)
}
