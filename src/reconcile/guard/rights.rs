//! Whether a change takes a right away, as the attribute's declaration says.

use crate::reconcile::plan::Change;
use crate::reconcile::value::Value;
use crate::vendor::spec::{Rights, VendorSpec};

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
            before.iter().any(|item| !after.contains(item))
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

/// Whether a change of rights gives one that calls itself an administrator's: where only people
/// can tell what a role means, its name has to do. For readers; no rule goes by it.
pub(crate) fn sounds_like_admin(spec: &VendorSpec, change: &Change) -> bool {
    let rights = spec.attribute(&change.attribute).map(|it| it.rights);
    if rights.is_none_or(|it| it == Rights::None) {
        return false;
    }
    let sounds = |text: &str| {
        let text = text.to_lowercase();
        ["admin", "owner", "super"]
            .iter()
            .any(|word| text.contains(word))
    };
    match (&change.before, &change.after) {
        (_, Value::Flag(_)) => false,
        (_, Value::Text(after)) => sounds(after),
        (Some(Value::Set(before)), Value::Set(after)) => after
            .iter()
            .any(|item| !before.contains(item) && sounds(item)),
        (_, Value::Set(after)) => after.iter().any(|item| sounds(item)),
    }
}
