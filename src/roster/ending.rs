//! Whose access ends soon.

use jiff::Span;
use jiff::civil::Date;

use super::desired::Standing;
use super::model::{Person, Roster};
use crate::model::plan::Ending;

/// People whose last day lies between `on` and `within` days later, both included, with those of
/// `vendors` where they have an account; by day, then by e-mail.
pub fn ending(roster: &Roster, vendors: &[&str], on: Date, within: u16) -> Vec<Ending> {
    let last = on.saturating_add(Span::new().days(i64::from(within)));
    let mut found: Vec<Ending> = roster
        .people
        .iter()
        .filter_map(|person| {
            let ends = person.ends.as_ref()?.value;
            let left = person.active.as_ref().is_some_and(|active| !active.value);
            if left || ends < on || ends > last {
                return None;
            }
            let vendors = accounts(roster, person, vendors);
            (!vendors.is_empty()).then(|| Ending {
                email: person.email.value.clone(),
                ends,
                vendors,
            })
        })
        .collect();
    // People come sorted by e-mail, and the sort keeps that order within a day.
    found.sort_by_key(|it| it.ends);
    found
}

fn accounts(roster: &Roster, person: &Person, vendors: &[&str]) -> Vec<Box<str>> {
    vendors
        .iter()
        .filter(|vendor| {
            let standing = Standing::of(roster, person, vendor);
            standing.named && standing.denied.is_none()
        })
        .map(|vendor| Box::from(*vendor))
        .collect()
}
