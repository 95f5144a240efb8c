//! Whose access ends soon.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::desired::VendorMentions;
use super::grants::{When, turns};
use super::model::{Person, Roster};
use crate::model::plan::Ending;

/// People whose last day lies between `on` and `within` days later, both included, with those of
/// `vendors` where they have an account; by day, then by e-mail.
pub fn ending(roster: &Roster, vendors: &[&str], on: Date, within: u16) -> Vec<Ending> {
    let last = on.saturating_add(Span::new().days(i64::from(within)));
    let people = roster.people.iter();
    let mut found: Vec<Ending> = people
        .flat_map(|person| of_person(roster, person, vendors, on, last))
        .collect();
    // People come sorted by e-mail, and the sort keeps that order within a day.
    found.sort_by_key(|it| it.ends);
    found
}

/// The vendors where a person's access ends from `on` to `last`, by day.
fn of_person(
    roster: &Roster,
    person: &Person,
    vendors: &[&str],
    on: Date,
    last: Date,
) -> Vec<Ending> {
    let left = person.active.as_ref().is_some_and(|active| !active.value);
    let own = person.ends.as_ref().map(|ends| ends.value);
    let turns = turns(person);
    if left || (own.is_none() && turns.is_empty()) {
        return Vec::new();
    }
    let mut by_day: BTreeMap<Date, Vec<Box<str>>> = BTreeMap::new();
    for vendor in vendors {
        let has =
            |day: Date| VendorMentions::of(roster, person, vendor, When::On(day)).gives_account();
        // A profile's last day is the one before the next without access.
        let gone = |day: &&Date| !has(**day) && day.yesterday().is_ok_and(has);
        let mut later = turns.iter().filter(|day| on < **day).filter(gone);
        let turn = later.next().and_then(|day| day.yesterday().ok());
        let ends = [own, turn].into_iter().flatten().min();
        let Some(ends) = ends.filter(|ends| on <= *ends && *ends <= last) else {
            continue;
        };
        if has(ends) {
            by_day.entry(ends).or_default().push(Box::from(*vendor));
        }
    }
    let endings = by_day.into_iter().map(|(ends, vendors)| Ending {
        email: person.email.value.clone(),
        ends,
        vendors,
    });
    endings.collect()
}
