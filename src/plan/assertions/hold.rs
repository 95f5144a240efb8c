//! Holds what breaks an assertion: the creates, grants and changes that add to the breach, the last
//! in order first. Everything else goes on, and nobody keeps access for an assertion's sake.

use std::collections::{BTreeMap, BTreeSet};

use super::end::{End, Planned, Step};
use super::people::People;
use crate::model::email::EmailKey;
use crate::model::plan::{Level, Notice, WithheldAction};
use crate::plan::guard::what_it_takes;
use crate::plan::planner::arrange;
use crate::roster::assertions::words::{
    both, concerns, domain, exceeds, has, lacking, other_domain, too_few_admins, too_many_admins,
    too_many_seats,
};
use crate::roster::model::{Assertion, Holding, Person, Roster, Rule};

/// The place of a vendor, and of an action in its plan.
type ActionPlace = (usize, usize);

/// An assertion that the planned end state breaks.
struct Breach {
    /// What is wrong.
    what: String,
    /// Whom it concerns.
    people: Vec<String>,
    /// What adds to it and is not held yet.
    adding: Vec<ActionPlace>,
    /// The vendor to tell it at.
    at: usize,
    /// Whether rights that a change takes are part of it, so that the change waits as a whole.
    by_taking: bool,
    /// Whether removals, which always go on, made it worse.
    by_removals: bool,
}

/// Holds what would break the roster's assertions at the vendors that were read; a breach that stays
/// was there before, or is due to removals, and becomes a warning.
pub fn hold_breaches(roster: &Roster, vendors: Vec<Planned<'_>>) {
    let asked = |vendor: &Planned<'_>| {
        let mut rules = roster.assertions.iter().map(|it| &it.rule);
        rules.any(|rule| concerns_vendor(rule, &vendor.settings.name))
    };
    let mut ends: Vec<End<'_>> = vendors.into_iter().filter(asked).map(End::of).collect();
    let people = People::of(roster);
    // What one assertion holds can break another one: a demotion that waits leaves an administrator.
    loop {
        let mut held = false;
        for assertion in &roster.assertions {
            let found = breach(&assertion.rule, &people, &ends);
            if let Some(found) = found.filter(|it| !it.adding.is_empty()) {
                hold(assertion, &found, &mut ends);
                held = true;
            }
        }
        if !held {
            break;
        }
    }
    for assertion in &roster.assertions {
        if let Some(left) = breach(&assertion.rule, &people, &ends) {
            warn(assertion, &left, &mut ends);
        }
    }
    for end in &mut ends {
        arrange(end.vendor.plan, end.vendor.settings);
    }
}

fn concerns_vendor(rule: &Rule, name: &str) -> bool {
    match rule {
        Rule::Admins { vendor, .. } | Rule::Seats { vendor, .. } => &**vendor == name,
        Rule::NeverBoth { first, second } => [first, second].iter().any(|it| &*it.vendor == name),
        Rule::Domains { vendor, .. } => vendor.as_deref().is_none_or(|vendor| vendor == name),
        Rule::Has { .. } => true,
    }
}

/// Moves what adds to a breach to what is held, but for the rights that it takes.
fn hold(assertion: &Assertion, breach: &Breach, ends: &mut [End<'_>]) {
    let Breach { what, .. } = breach;
    let why = format!(
        "this would break the assertion at {}: {what}; change what the roster asks for, or the \
         assertion",
        assertion.place
    );
    let mut waiting: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (vendor, place) in &breach.adding {
        waiting.entry(*vendor).or_default().insert(*place);
    }
    for (vendor, places) in waiting {
        let spec = ends[vendor].vendor.settings.spec;
        let plan = ends[vendor].change();
        for (place, action) in std::mem::take(&mut plan.actions).into_iter().enumerate() {
            if !places.contains(&place) {
                plan.actions.push(action);
                continue;
            }
            let taking = what_it_takes(spec, &action).filter(|_| !breach.by_taking);
            plan.actions.extend(taking);
            plan.held.push(WithheldAction {
                action,
                why: why.clone(),
            });
        }
    }
}

fn warn(assertion: &Assertion, breach: &Breach, ends: &mut [End<'_>]) {
    let people: Vec<&str> = breach.people.iter().map(String::as_str).collect();
    let named =
        concerns(&people, people.len()).map_or_else(String::new, |named| format!("; {named}"));
    let since = match breach.by_removals {
        true => "removals are done all the same",
        false => "it was so before",
    };
    ends[breach.at].vendor.plan.notices.push(Notice {
        level: Level::Warning,
        email: None,
        text: format!(
            "the assertion at {} does not hold: {}; {since}{named}",
            assertion.place, breach.what
        ),
    });
}

fn breach(rule: &Rule, people: &People<'_>, ends: &[End<'_>]) -> Option<Breach> {
    match rule {
        Rule::Admins {
            vendor,
            at_least,
            at_most,
        } => admins(vendor, *at_least, *at_most, people, ends),
        Rule::Seats { vendor, at_most } => seats(vendor, *at_most, people, ends),
        Rule::Domains { vendor, only } => {
            let outside = |email: &str| !only.contains(&domain(email).into());
            let at = |name: &str| vendor.as_deref().is_none_or(|vendor| vendor == name);
            let mut here = ends.iter().filter(|it| at(it.name()));
            if here.all(|it| it.facts(people).are_of(only)) {
                return None;
            }
            // A new address in another domain is as good as a new account there.
            let renames =
                |step: &Step<'_>| step.before.is_none_or(|account| !outside(&account.email));
            let what = |count| other_domain(vendor.as_deref(), only, count);
            let wrong = |person: &Person| outside(&person.email.value);
            of_people(people, ends, at, wrong, renames, what)
        }
        Rule::Has { field } => {
            if ends.iter().all(|it| it.facts(people).have(*field)) {
                return None;
            }
            let wrong = |person: &Person| !has(person, *field);
            let what = |count| lacking(*field, count);
            of_people(people, ends, |_| true, wrong, |_| false, what)
        }
        Rule::NeverBoth { first, second } => never_both(first, second, people, ends),
    }
}

fn find<'e, 'a>(ends: &'e [End<'a>], vendor: &str) -> Option<(usize, &'e End<'a>)> {
    ends.iter().enumerate().find(|(_, it)| it.name() == vendor)
}

fn admins(
    vendor: &str,
    at_least: Option<u64>,
    at_most: Option<u64>,
    people: &People<'_>,
    ends: &[End<'_>],
) -> Option<Breach> {
    let (at, end) = find(ends, vendor)?;
    let facts = end.facts(people);
    let count = facts.admins.len();
    let places = |actions: &[usize]| actions.iter().map(|place| (at, *place)).collect();
    let few = at_least.filter(|least| !exceeds(count, least.saturating_sub(1)) && *least > 0);
    let (what, adding, by_taking) = match (few, at_most.filter(|most| exceeds(count, *most))) {
        (Some(least), _) => {
            let missing = least.saturating_sub(count as u64);
            let what = too_few_admins(vendor, least, count);
            (what, last(places(&facts.losses), missing), true)
        }
        (None, Some(most)) => {
            let what = too_many_admins(vendor, most, count);
            (what, last(places(&facts.gains), count as u64 - most), false)
        }
        (None, None) => return None,
    };
    Some(Breach {
        what,
        people: facts.admins.clone(),
        adding,
        at,
        by_taking,
        by_removals: by_taking && facts.removes,
    })
}

fn seats(vendor: &str, most: u64, people: &People<'_>, ends: &[End<'_>]) -> Option<Breach> {
    let (at, end) = find(ends, vendor)?;
    let count = end.facts(people).active;
    exceeds(count, most).then(|| {
        let gains = end
            .actions()
            .filter(|it| it.is_active() && !it.was_active());
        let gains = gains.filter_map(|it| Some((at, it.action?.0))).collect();
        Breach {
            what: too_many_seats(vendor, most, count),
            // Who of them is one too many nobody can tell.
            people: Vec::new(),
            adding: last(gains, count as u64 - most),
            at,
            by_taking: false,
            by_removals: false,
        }
    })
}

/// The last so many.
fn last(mut places: Vec<ActionPlace>, count: u64) -> Vec<ActionPlace> {
    places.sort_unstable();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    places.split_off(places.len().saturating_sub(count))
}

/// A rule about each person with an account: `wrong` says who breaks it, `renames` whether an account
/// that is there broke it less before it got that person's address.
fn of_people(
    people: &People<'_>,
    ends: &[End<'_>],
    concerned: impl Fn(&str) -> bool,
    wrong: impl Fn(&Person) -> bool,
    renames: impl Fn(&Step<'_>) -> bool,
    what: impl Fn(usize) -> String,
) -> Option<Breach> {
    let (mut named, mut adding, mut first) = (Vec::new(), Vec::new(), None);
    for (at, end) in ends
        .iter()
        .enumerate()
        .filter(|(_, it)| concerned(it.name()))
    {
        for step in end.all().filter(Step::is_active) {
            let Some(person) = people.with(step.email()).filter(|it| wrong(it)) else {
                continue;
            };
            named.push(person.email.value.to_string());
            first.get_or_insert(at);
            let Some((place, action)) = step.action else {
                continue;
            };
            if !step.was_active() || (action.after("email").is_some() && renames(&step)) {
                adding.push((at, place));
            }
        }
    }
    named.sort_unstable();
    named.dedup();
    Some(Breach {
        what: what(named.len()),
        people: named,
        adding,
        at: first?,
        by_taking: false,
        by_removals: false,
    })
}

fn never_both(
    first: &Holding,
    second: &Holding,
    people: &People<'_>,
    ends: &[End<'_>],
) -> Option<Breach> {
    let (at, _) = find(ends, &first.vendor)?;
    let firsts = holders(first, people, ends)?;
    let seconds = holders(second, people, ends)?;
    let (mut named, mut adding) = (Vec::new(), Vec::new());
    for (person, one) in &firsts {
        let Some(other) = seconds.get(person) else {
            continue;
        };
        named.push(person.to_string());
        // One of both is enough to hold: the last in order.
        adding.extend(one.max(other));
    }
    adding.sort_unstable();
    adding.dedup();
    (!named.is_empty()).then(|| Breach {
        what: both(first, second, named.len()),
        people: named,
        adding,
        at,
        by_taking: false,
        by_removals: false,
    })
}

/// Who holds something in the end, and the last action that gives it, if it is new.
fn holders<'e>(
    holding: &Holding,
    people: &People<'e>,
    ends: &'e [End<'_>],
) -> Option<BTreeMap<EmailKey<'e>, Option<ActionPlace>>> {
    let (at, end) = find(ends, &holding.vendor)?;
    let head = holding.attribute.split('.').next().unwrap_or_default();
    let directory = end.vendor.current.directories.get(head);
    let entry = directory.and_then(|it| Some(it.display(it.lookup(&holding.value).ok()?)));
    let meant = entry.unwrap_or(&holding.value);
    let mut found: BTreeMap<EmailKey<'_>, Option<ActionPlace>> = BTreeMap::new();
    let holders = end
        .facts(people)
        .holders(&holding.attribute, [meant, &holding.value]);
    for (key, new) in holders {
        let new = new.map(|place| (at, place));
        let place = found.entry(key.clone()).or_insert(new);
        // What somebody holds by another account already is not new.
        *place = (*place).and(new).max(*place).filter(|_| new.is_some());
    }
    Some(found)
}
