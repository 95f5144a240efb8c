//! The fields of a person: those from which the layers give most of what the vendors show, so that
//! little is left to write per account. Where vendors disagree, the account has the last word.

use std::collections::BTreeMap;

use super::imported::ImportedAccount;
use super::{below, spanned};
use crate::model::spec::FromPerson;
use crate::roster::model::{Person, Roster};

type Seats<'a> = BTreeMap<Box<str>, ImportedAccount<'a>>;

/// Sets first and last name, job title and company.
pub(super) fn choose(person: &mut Person, seats: &Seats<'_>, scratch: &Roster) {
    let pairs = pairs(seats);
    let names = best(pairs, |(first, last): &Pair| {
        let mut tried = person.clone();
        set_names(&mut tried, first.as_deref(), last.as_deref());
        score(&tried, seats, scratch)
    });
    if let Some((first, last)) = names {
        set_names(person, first.as_deref(), last.as_deref());
    }
    for from in [FromPerson::JobTitle, FromPerson::Company] {
        let mut values = vec![None];
        values.extend(shown(seats, from).into_iter().map(Some));
        let value = best(values, |value: &Option<Box<str>>| {
            let mut tried = person.clone();
            set_field(&mut tried, from, value.as_deref());
            score(&tried, seats, scratch)
        });
        set_field(person, from, value.flatten().as_deref());
    }
}

/// The first of those that count most.
fn best<T>(candidates: Vec<T>, mut score: impl FnMut(&T) -> i64) -> Option<T> {
    let mut best: Option<(i64, T)> = None;
    for candidate in candidates {
        let score = score(&candidate);
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many attributes the layers give as the vendors show them; an account that could not be
/// written down at all weighs more than any number of them.
fn score(person: &Person, seats: &Seats<'_>, scratch: &Roster) -> i64 {
    let mut score = 0;
    for (vendor, seat) in seats {
        let below = below(scratch, person, vendor);
        for spec in seat.settings.spec.attributes {
            if spec.from_person.is_some()
                && let Some(given) = below.get(spec.name)
            {
                let same = seat.account.attributes.get(spec.name) == Some(&Some(given.clone()));
                score += if same { 1 } else { -1 };
            }
        }
        if seat.to_write(&below).is_err() {
            score -= 1_000;
        }
    }
    score
}

type Pair = (Option<Box<str>>, Option<Box<str>>);

/// First and last names that could be meant: those of vendors that keep them apart first, then
/// full names, split at each space.
fn pairs(seats: &Seats<'_>) -> Vec<Pair> {
    let firsts = shown(seats, FromPerson::FirstName);
    let lasts = shown(seats, FromPerson::LastName);
    let mut pairs: Vec<Pair> = Vec::new();
    for first in &firsts {
        for last in &lasts {
            pairs.push((Some(first.clone()), Some(last.clone())));
        }
    }
    for full in shown(seats, FromPerson::FullName) {
        for (at, _) in full.match_indices(' ') {
            let (first, last) = (full[..at].trim_end(), full[at..].trim_start());
            if !first.is_empty() && !last.is_empty() {
                pairs.push((Some(first.into()), Some(last.into())));
            }
        }
        pairs.push((Some(full), None));
    }
    pairs.extend(firsts.into_iter().map(|first| (Some(first), None)));
    pairs.extend(lasts.into_iter().map(|last| (None, Some(last))));
    // A vendor that tells both names of its own account is believed before a mixture of two.
    let whole = |pair: &Pair| seats.values().any(|seat| tells(seat, pair));
    pairs.sort_by_key(|pair| !whole(pair));
    pairs.push((None, None));
    pairs
}

/// Whether the vendor itself shows this first and this last name.
fn tells(seat: &ImportedAccount<'_>, (first, last): &Pair) -> bool {
    let shows = |from: FromPerson, name: &Option<Box<str>>| {
        let mut specs = seat.settings.spec.attributes.iter();
        specs.any(|spec| spec.from_person == Some(from) && text(seat, spec.name) == name.as_deref())
    };
    shows(FromPerson::FirstName, first) && shows(FromPerson::LastName, last)
}

/// What the vendors show in attributes that come from that field, each text once, active accounts
/// or not.
fn shown(seats: &Seats<'_>, from: FromPerson) -> Vec<Box<str>> {
    let mut texts: Vec<Box<str>> = Vec::new();
    for seat in seats.values() {
        for spec in seat.settings.spec.attributes {
            if spec.from_person == Some(from)
                && let Some(text) = text(seat, spec.name)
                && !texts.iter().any(|known| **known == *text)
            {
                texts.push(text.into());
            }
        }
    }
    texts
}

/// A text that a person's field can have.
fn text<'a>(seat: &'a ImportedAccount<'_>, name: &str) -> Option<&'a str> {
    let value = seat.account.attributes.get(name)?.as_ref()?;
    let text = value.as_text()?;
    let fits = !text.trim().is_empty() && !text.chars().any(char::is_control);
    fits.then_some(text)
}

fn set_names(person: &mut Person, first: Option<&str>, last: Option<&str>) {
    set_field(person, FromPerson::FirstName, first);
    set_field(person, FromPerson::LastName, last);
}

fn set_field(person: &mut Person, from: FromPerson, text: Option<&str>) {
    let field = match from {
        FromPerson::FirstName => &mut person.first_name,
        FromPerson::LastName => &mut person.last_name,
        FromPerson::JobTitle => &mut person.job_title,
        FromPerson::Company => &mut person.company,
        // Put together from the two names, or the key itself.
        FromPerson::FullName | FromPerson::Email => return,
    };
    *field = text.map(|text| spanned(text.into()));
}
