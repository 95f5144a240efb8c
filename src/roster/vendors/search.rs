//! What `read: search` leaves no room for: everything that needs to know all accounts.

use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Bound, Max, Unlisted};
use crate::roster::values::Problems;
use crate::roster::yaml::Name;

/// What needs to know everybody cannot be had of a vendor that is only searched.
pub(super) fn check_search(
    name: &Name<'_>,
    unlisted: Unlisted,
    max: &Max,
    problems: &mut Problems,
) {
    let Max {
        deactivations,
        creates,
        shrinkage,
        admin_grants,
        at_least: _,
    } = max;
    let bounds = [
        ("deactivations", deactivations),
        ("creates", creates),
        ("shrinkage", shrinkage),
        ("admin_grants", admin_grants),
    ];
    let shares = bounds
        .into_iter()
        .filter(|(_, bound)| matches!(bound, Some(Bound::Percent(_))));
    let shares = shares.map(|(key, _)| {
        let help = format!("give `max.{key}` as a number");
        (format!("`max.{key}` is a share of all accounts"), help)
    });
    let prunes = (unlisted == Unlisted::Deactivate).then(|| {
        let help = "write `unlisted: report`, or list everybody who leaves with `active: false`";
        (
            String::from("`unlisted: deactivate` needs to know all accounts"),
            help.into(),
        )
    });
    for (what, help) in prunes.into_iter().chain(shares) {
        let text = format!("{what}, and `read: search` sees only people of the roster");
        problems.push(Diagnostic::error(Code::Conflict, name.span, text).help(help));
    }
}
