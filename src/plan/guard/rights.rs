//! Whether a change takes a right away, as the attribute's declaration says.

use std::collections::{HashMap, HashSet};

use crate::model::action::{Action, ActionKind, Change};
use crate::model::attention::{Grant, GrantKind};
use crate::model::spec::{Rights, VendorSpec};
use crate::model::value::{Value, beyond};
use crate::plan::reason::drift_reason;

/// Whether the change takes a right away.
pub(super) fn takes(spec: &VendorSpec, change: &Change) -> bool {
    let Change {
        attribute,
        before,
        after,
    } = change;
    let rights = spec
        .attribute(attribute)
        .map_or(Rights::None, |it| it.rights);
    let before = before.as_ref();
    match rights {
        Rights::None => false,
        Rights::Any => true,
        Rights::Flag => {
            before.and_then(Value::as_flag) == Some(true) && after.as_flag() != Some(true)
        }
        Rights::Set => {
            let after = after.as_set().unwrap_or_default();
            let before = before.and_then(Value::as_set).unwrap_or_default();
            beyond(before, after).next().is_some()
        }
        Rights::Ranked(order) => {
            let rank = |value: &Value| {
                let text = value.as_text()?;
                order.iter().position(|word| *word == text)
            };
            match (before.and_then(rank), rank(after)) {
                (Some(before), Some(after)) => after < before,
                // Nobody can say how an unlisted value ranks; from nothing, nothing is taken.
                _ => before.is_some_and(|before| !before.is_empty()),
            }
        }
    }
}

/// The part of an update that takes rights away for certain, where it does more than that.
pub(in crate::plan) fn what_it_takes(spec: &VendorSpec, action: &Action) -> Option<Action> {
    let part = |change: &Change| {
        let rights = spec.attribute(&change.attribute)?.rights;
        let after = match (&change.before, &change.after, rights) {
            _ if !takes(spec, change) => return None,
            (_, after, Rights::Flag) => after.clone(),
            (Some(Value::Set(before)), Value::Set(after), Rights::Set) => {
                let after: HashSet<&str> = after.iter().map(|it| &**it).collect();
                let stays = before.iter().filter(|it| after.contains(&***it));
                Value::set(stays.cloned())
            }
            _ => return None,
        };
        Some(Change {
            after,
            ..change.clone()
        })
    };
    let changes: Vec<Change> = action.changes.iter().filter_map(part).collect();
    let is_part = !changes.is_empty() && changes != action.changes;
    (is_part && action.kind == ActionKind::Update).then(|| Action {
        reason: drift_reason(&changes),
        changes,
        ..action.clone()
    })
}

/// The part of an update that makes nobody an administrator, and the rest of it. `None` where it
/// cannot be split: a create and a switching-on give all or nothing, and on an account that changes
/// hands nothing is written before that is let through.
pub(super) fn but_for_the_grant(
    spec: &VendorSpec,
    action: &Action,
    grant: &Grant,
) -> Option<(Action, Action)> {
    if action.kind != ActionKind::Update || grant.how != GrantKind::Becomes {
        return None;
    }
    let is_other = |it: &&Change| !grant.through.contains(&it.attribute);
    let taken = what_it_takes(spec, action);
    let taken = taken.into_iter().flat_map(|it| it.changes);
    let mut part = Action {
        changes: action.changes.iter().filter(is_other).cloned().collect(),
        ..action.clone()
    };
    let of_grant = taken.filter(|it| grant.through.contains(&it.attribute));
    part.changes.extend(of_grant);
    part.changes
        .sort_by(|one, other| one.attribute.cmp(&other.attribute));
    if part.changes.is_empty() {
        return None;
    }
    part.reason = drift_reason(&part.changes);
    let rest = without(action, &part);
    Some((part, rest))
}

/// What is left of an update when a part of it is done by itself.
pub(in crate::plan) fn without(action: &Action, part: &Action) -> Action {
    let done: HashMap<&str, &Change> = by_attribute(&part.changes).collect();
    let rest = by_attribute(&action.changes).filter(|(name, it)| done.get(name) != Some(it));
    let changes: Vec<Change> = rest.map(|(_, it)| it.clone()).collect();
    Action {
        reason: drift_reason(&changes),
        changes,
        ..action.clone()
    }
}

/// Changes with their attributes: an action has one of each.
pub(in crate::plan) fn by_attribute(changes: &[Change]) -> impl Iterator<Item = (&str, &Change)> {
    changes.iter().map(|it| (&*it.attribute, it))
}

/// Rights that a change gives and that are called like an administrator's, each with its attribute.
/// Where only people can tell what a role means, its name is all there is to go by.
pub(super) fn like_admins<'c>(
    spec: &VendorSpec,
    change: &'c Change,
) -> impl Iterator<Item = (&'c str, &'c str)> {
    let rights = spec.attribute(&change.attribute).map(|it| it.rights);
    let carries = rights.is_some_and(|it| it != Rights::None);
    let given = match &change.after {
        Value::Flag(_) => Vec::new(),
        Value::Text(after) => vec![after.as_str()],
        Value::Set(after) => {
            let before = change.before.as_ref().and_then(Value::as_set);
            let had: HashSet<&str> = before.unwrap_or_default().iter().map(|it| &**it).collect();
            let after = after.iter().map(|it| &**it);
            after.filter(|item| !had.contains(item)).collect()
        }
    };
    let sounds = |text: &str| {
        let text = text.to_lowercase();
        let mut words = ["admin", "owner", "super"].into_iter();
        words.any(|word| text.contains(word))
    };
    let given = given.into_iter().filter(move |it| carries && sounds(it));
    given.map(|name| (&*change.attribute, name))
}
