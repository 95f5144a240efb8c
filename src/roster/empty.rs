//! A roster in which there is nothing to compare: worth a word, since every vendor is as it says.

use super::model::Roster;
use crate::diagnostic::{Code, Diagnostic, Severity};

/// The warning about a roster that names no vendor, or nobody. Vendors alone are what an import
/// begins with, so reading a roster does not give it by itself.
pub fn emptiness(roster: &Roster) -> Option<Diagnostic> {
    let (missing, help) = if roster.vendors.is_empty() {
        (
            "names no vendor",
            "name the account systems under `vendors`",
        )
    } else if roster.people.is_empty() {
        ("lists nobody", "list people under `people`")
    } else {
        return None;
    };
    let message = format!("the roster {missing}, so there is nothing to compare");
    Some(Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::placeless(Code::EmptyRoster, message).help(help)
    })
}
