//! Assertions that the roster alone breaks, whatever the vendors hold and whatever the day is.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::reconcile::admins::Admins;
use crate::reconcile::assertions::{
    both, broken, domain, exceeds, has, holds, lacking, other_domain, too_many_admins,
    too_many_seats,
};
use crate::reconcile::value::Attributes;
use crate::roster::desired::Standing;
use crate::roster::layers::{Managed, resolve};
use crate::roster::model::{Assertion, Holding, Person, Roster, Rule};
use crate::roster::values::Problems;
use crate::vendor::spec::ReadFrom;

/// Checks every assertion as far as it needs no vendor.
pub(in crate::roster) fn check(roster: &Roster, problems: &mut Problems) {
    for assertion in &roster.assertions {
        let problem = unseen(roster, assertion).or_else(|| offline(roster, assertion));
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

fn offline(roster: &Roster, assertion: &Assertion) -> Option<Diagnostic> {
    let names = |concerns: &dyn Fn(&Person) -> bool| -> Vec<&str> {
        let people = roster.people.iter().filter(|it| !has_left(it));
        people
            .filter(|person| concerns(person))
            .map(|person| &*person.email.value)
            .collect()
    };
    let none_is_fine = |people: &[&str]| !people.is_empty();
    let (people, what, wrong) = match &assertion.rule {
        Rule::Has { field } => {
            let people =
                names(&|person: &Person| has_account(roster, person, None) && !has(person, *field));
            let wrong = none_is_fine(&people);
            let what = lacking(*field, people.len());
            (people, what, wrong)
        }
        Rule::Domains { vendor, only } => {
            let people = names(&|person: &Person| {
                has_account(roster, person, vendor.as_deref())
                    && !only.contains(&domain(&person.email.value).into())
            });
            let wrong = none_is_fine(&people);
            let what = other_domain(vendor.as_deref(), only, people.len());
            (people, what, wrong)
        }
        Rule::NeverBoth { first, second } => {
            let people = names(&|person: &Person| {
                wants(roster, person, first) && wants(roster, person, second)
            });
            let wrong = none_is_fine(&people);
            let what = both(first, second, people.len());
            (people, what, wrong)
        }
        // Who starts or ends on a day need not be there on the same day as the others.
        Rule::Seats { vendor, at_most } => {
            let people = names(&|person: &Person| {
                is_timeless(person) && has_account(roster, person, Some(vendor))
            });
            let count = people.len();
            let what = too_many_seats(vendor, *at_most, count);
            // Who of them is one too many nobody can tell.
            (Vec::new(), what, exceeds(count, *at_most))
        }
        Rule::Admins {
            vendor,
            at_least: _,
            at_most,
        } => {
            // Which roles make an administrator by the vendor's own rule only the vendor knows.
            let unread = BTreeMap::new();
            let admins = Admins::new(roster.vendors.get(vendor)?, &unread);
            let at_most = (*at_most)?;
            let people = names(&|person: &Person| {
                let wanted = || wanted(roster, person, vendor);
                is_timeless(person) && wanted().is_some_and(|it| admins.would_be(&it))
            });
            let count = people.len();
            let what = too_many_admins(vendor, at_most, count);
            (people, what, exceeds(count, at_most))
        }
    };
    wrong.then(|| broken(assertion, &what, &people))
}

fn has_left(person: &Person) -> bool {
    person.active.as_ref().is_some_and(|active| !active.value)
}

fn is_timeless(person: &Person) -> bool {
    person.starts.is_none() && person.ends.is_none()
}

/// Whether there is to be an account at that vendor, or at any.
fn has_account(roster: &Roster, person: &Person, vendor: Option<&str>) -> bool {
    let mut vendors = roster.vendors.keys().map(|name| &**name);
    vendors.any(|name| {
        let standing = Standing::of(roster, person, name);
        vendor.is_none_or(|vendor| vendor == name) && standing.named && standing.denied.is_none()
    })
}

/// What the roster wants an account to be, if it wants one.
fn wanted(roster: &Roster, person: &Person, vendor: &str) -> Option<Attributes> {
    let settings = roster.vendors.get(vendor)?;
    if !has_account(roster, person, Some(vendor)) {
        return None;
    }
    let layered = resolve(roster, person, settings).layered;
    Some(Attributes::of_sorted(
        layered.into_iter().map(Managed::into_pair),
    ))
}

fn wants(roster: &Roster, person: &Person, holding: &Holding) -> bool {
    wanted(roster, person, &holding.vendor)
        .and_then(|wanted| Some(holds(wanted.get(&holding.attribute)?, &holding.value)))
        .unwrap_or_default()
}
