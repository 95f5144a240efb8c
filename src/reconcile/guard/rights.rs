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
