//! Assertions that the roster alone breaks, whatever the vendors hold and whatever the day is.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::reconcile::admins::Admins;
use crate::reconcile::assertions::{broken, domain, holds, too_many_admins, too_many_seats};
use crate::reconcile::value::Attributes;
use crate::roster::desired::Standing;
use crate::roster::layers::{Managed, resolve};
use crate::roster::model::{Assertion, Field, Holding, Person, Roster, Rule};
use crate::roster::values::Problems;

/// Checks every assertion as far as it needs no vendor.
pub(in crate::roster) fn check(roster: &Roster, problems: &mut Problems) {
    for assertion in &roster.assertions {
        if let Some(problem) = offline(roster, assertion) {
            problems.push(problem);
        }
    }
}

fn offline(roster: &Roster, assertion: &Assertion) -> Option<Diagnostic> {
    let names = |concerns: &dyn Fn(&Person) -> bool| -> Vec<&str> {
        let people = roster.people.iter().filter(|it| !has_left(it));
        people
            .filter(|person| concerns(person))
            .map(|person| &*person.email.value)
            .collect()
    };
    let people = match &assertion.rule {
        Rule::Has { field } => {
            let missing =
                |person: &Person| has_account(roster, person, None) && !has(person, *field);
            let people = names(&missing);
            let what = format!(
                "{} with an account has no `{}`",
                somebody(people.len()),
                field.as_str()
            );
            return (!people.is_empty()).then(|| broken(assertion, what, &people));
        }
        Rule::Domains { vendor, only } => {
            let outside = |person: &Person| {
                has_account(roster, person, vendor.as_deref())
                    && !only.contains(&domain(&person.email.value).into())
            };
            let people = names(&outside);
            let place = match vendor {
                Some(vendor) => format!(" at {vendor}"),
                None => String::new(),
            };
            let what = format!(
                "{} with an account{place} is of another domain than {}",
                somebody(people.len()),
                only.join(", ")
            );
            return (!people.is_empty()).then(|| broken(assertion, what, &people));
        }
        Rule::NeverBoth { first, second } => {
            let both =
                |person: &Person| wants(roster, person, first) && wants(roster, person, second);
            let people = names(&both);
            return crate::reconcile::assertions::both(assertion, first, second, &people);
        }
        // Who starts or ends on a day need not be there on the same day as the others.
        Rule::Seats { vendor, at_most: _ } => names(&|person: &Person| {
            is_timeless(person) && has_account(roster, person, Some(vendor))
        }),
        Rule::Admins { vendor, .. } => {
            // Which roles make an administrator by the vendor's own rule only the vendor knows.
            let unread = BTreeMap::new();
            let admins = Admins::new(roster.vendors.get(vendor)?, &unread);
            let wants = |person: &Person| {
                let wanted = wanted(roster, person, vendor);
                wanted.is_some_and(|wanted| admins.would_be(&wanted))
            };
            names(&|person: &Person| is_timeless(person) && wants(person))
        }
    };
    match &assertion.rule {
        Rule::Seats { vendor, at_most } => too_many_seats(assertion, vendor, *at_most, &people),
        Rule::Admins {
            vendor,
            at_least: _,
            at_most: Some(at_most),
        } => too_many_admins(assertion, vendor, *at_most, &people),
        _ => None,
    }
}

fn somebody(count: usize) -> String {
    match count {
        1 => String::from("a person"),
        count => format!("each of {count} people"),
    }
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

fn has(person: &Person, field: Field) -> bool {
    let text = match field {
        Field::FirstName => &person.first_name,
        Field::LastName => &person.last_name,
        Field::JobTitle => &person.job_title,
        Field::Company => &person.company,
    };
    text.as_ref()
        .is_some_and(|text| !text.value.trim().is_empty())
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
