//! Whom a roster lists, in the form that two states of it are compared by.

use jiff::civil::Date;

use super::desired::VendorMentions;
use super::grants::{When, turns};
use super::model::{Person, Roster};
use crate::model::email::EmailKey;
use crate::roster::history::departed::Listed;

/// Everybody on the roster, with where they have access on some day from `first` to `last`.
pub fn listed(roster: &Roster, first: Date, last: Date) -> Vec<Listed> {
    let people = roster.people.iter();
    people
        .map(|person| of_person(roster, person, first, last))
        .collect()
}

fn of_person(roster: &Roster, person: &Person, first: Date, last: Date) -> Listed {
    // Access is one stretch of days: it touches others where it begins before they end, and ends
    // after they begin.
    let starts = person.starts.as_ref().map(|day| day.value);
    let day = first.max(starts.unwrap_or(first)).min(last);
    let previous = person.previous_emails.iter();
    let mut emails = vec![person.email.value.clone()];
    emails.extend(previous.map(|email| email.value.clone()));
    let mut listed = Listed {
        keys: emails
            .iter()
            .map(|it| EmailKey::of(it).into_owned())
            .collect(),
        emails,
        ids: Vec::new(),
        logins: Vec::new(),
        access: Vec::new(),
    };
    let turns = turns(person).into_iter();
    let turns = turns.filter(|turn| day < *turn && *turn <= last);
    let days: Vec<Date> = std::iter::once(day).chain(turns).collect();
    for (vendor, settings) in &roster.vendors {
        if let Some((login, _)) = person.login(settings) {
            listed.logins.push((vendor.clone(), login.into()));
        }
        let at = |day: &Date| VendorMentions::of(roster, person, vendor, When::On(*day));
        if let Some(id) = at(&day).id {
            listed.ids.push((vendor.clone(), id.into()));
        }
        let access = |day: &Date| {
            let standing = at(day);
            standing.is_told() && standing.access(person, *day).granted()
        };
        if days.iter().any(access) {
            listed.access.push(vendor.clone());
        }
    }
    listed
}
