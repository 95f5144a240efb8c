//! An action in the form that digests and comparisons go by.

use super::action::{Action, Change};
use crate::model::digest::Digest;
use crate::model::value::Value;

/// What digests and comparisons know of an action.
pub type CanonicalAction<'a> = (
    &'a str,
    &'static str,
    &'a str,
    Option<&'a str>,
    Vec<(&'a str, Option<&'a Value>, &'a Value)>,
    Option<&'a Digest>,
);

/// An action in the form that the plan's digest covers; the reason is for people and not in it.
pub fn canonical(action: &Action) -> CanonicalAction<'_> {
    let Action {
        vendor,
        kind,
        email,
        account_email: _,
        id,
        changes,
        reason: _,
        current,
    } = action;
    let changes = changes
        .iter()
        .map(|change| {
            let Change {
                attribute,
                before,
                after,
            } = change;
            (attribute.as_ref(), before.as_ref(), after)
        })
        .collect();
    (
        vendor,
        kind.as_str(),
        email,
        id.as_deref(),
        changes,
        current.as_ref(),
    )
}
