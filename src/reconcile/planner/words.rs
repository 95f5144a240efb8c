//! Clauses for the reasons of actions.

use crate::reconcile::desired::Access;
use crate::reconcile::plan::Change;

/// Why there should be no access.
pub(in crate::reconcile) fn leaver_reason(access: Access) -> String {
    match access {
        Access::Left => String::from("active: false in the roster"),
        Access::Ended(day) => format!("access ended on {day}"),
        Access::NotYet(day) => format!("access starts on {day}"),
        Access::Excluded => String::from("the roster says false: no account here"),
        Access::Granted => String::from("the roster gives access"),
    }
}

/// `role and group differ`; a list is plural by itself: `roles differ`.
pub(in crate::reconcile) fn drift_reason(changes: &[Change]) -> String {
    if let [one] = changes
        && one.after.as_set().is_some()
    {
        return format!("{} differ", one.attribute);
    }
    let names: Vec<&str> = changes
        .iter()
        .map(|change| change.attribute.as_ref())
        .collect();
    match names.as_slice() {
        [] => String::from("nothing differs"),
        [one] => format!("{one} differs"),
        [first @ .., last] => format!("{} and {last} differ", first.join(", ")),
    }
}
