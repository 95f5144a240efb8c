//! Assertions that the roster alone breaks, whatever the vendors hold and whatever the day is.

use super::facts::Facts;
use super::words::{both, broken, exceeds, lacking, other_domain, too_many_admins, too_many_seats};
use crate::model::spec::ReadFrom;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Assertion, Roster, Rule};
use crate::roster::values::Problems;

/// Checks every assertion as far as it needs no vendor.
pub(in crate::roster) fn check(roster: &Roster, problems: &mut Problems) {
    let mut facts = Facts::of(roster);
    for assertion in &roster.assertions {
        let problem = unseen(roster, assertion).or_else(|| offline(&mut facts, assertion));
        if let Some(problem) = problem {
            problems.push(problem);
        }
    }
}

/// A count of accounts at a vendor that is only searched, which nobody can make.
fn unseen(roster: &Roster, assertion: &Assertion) -> Option<Diagnostic> {
    let (Rule::Seats { vendor, .. } | Rule::Admins { vendor, .. }) = &assertion.rule else {
        return None;
    };
    let settings = roster.vendors.get(vendor)?;
    (settings.read_from() == ReadFrom::Search).then(|| {
        let text = format!(
            "nobody can count all accounts of {vendor}: `read: search` sees only people of the \
             roster"
        );
        let help = "take this assertion out, or read the vendor with `read: list`";
        Diagnostic::error(Code::Conflict, assertion.span, text).help(help)
    })
}

fn offline(facts: &mut Facts<'_>, assertion: &Assertion) -> Option<Diagnostic> {
    let (first, count, what, wrong) = match &assertion.rule {
        Rule::Has { field } => {
            let (first, count) = facts.lacking(*field);
            (first, count, lacking(*field, count), count > 0)
        }
        Rule::Domains { vendor, only } => {
            let (first, count) = facts.outside(vendor.as_deref(), only);
            let what = other_domain(vendor.as_deref(), only, count);
            (first, count, what, count > 0)
        }
        Rule::NeverBoth {
            first: one,
            second: other,
        } => {
            let (first, count) = facts.holding_both(one, other);
            (first, count, both(one, other, count), count > 0)
        }
        // Who of them is one too many nobody can tell.
        Rule::Seats { vendor, at_most } => {
            let count = facts.seats(vendor);
            let what = too_many_seats(vendor, *at_most, count);
            (Vec::new(), count, what, exceeds(count, *at_most))
        }
        Rule::Admins {
            vendor,
            at_least: _,
            at_most,
        } => {
            let at_most = (*at_most)?;
            let (first, count) = facts.admins(vendor)?;
            let what = too_many_admins(vendor, at_most, count);
            (first, count, what, exceeds(count, at_most))
        }
    };
    wrong.then(|| broken(assertion, &what, &first, count))
}
