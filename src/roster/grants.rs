//! Which profiles a person has, through whom, and on which days (rule 14).

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::model::{AccountEntry, Days, Person, Profile, ProfileGrant, Roster, Spanned};
use crate::model::value::Value;
use crate::roster::diagnostic::Span;

/// The moment that somebody's layers are put together for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A day (UTC).
    On(Date),
    /// What holds whatever the day is: nothing that has days.
    Always,
}

impl When {
    fn holds(self, days: &Days) -> bool {
        match self {
            Self::On(day) => days.hold(day),
            Self::Always => *days == Days::default(),
        }
    }
}

/// A profile that a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given<'r> {
    /// The profile.
    pub(super) profile: &'r str,
    /// Who gives it.
    pub(super) by: Giver<'r>,
    /// The profile that includes it, if it came with one.
    pub(super) through: Option<&'r str>,
    /// Where the roster gives it to the person.
    pub(super) span: Span,
    /// `None`: on all days.
    days: Option<&'r Days>,
}

/// Who gives a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Giver<'r> {
    /// The profile itself, with `everyone: true`.
    Everyone,
    /// A team.
    Team(&'r str),
    /// The person's own entry.
    Person,
}

impl<'r> Given<'r> {
    fn of(grant: &'r ProfileGrant) -> Self {
        Self {
            profile: &grant.name,
            by: grant.team.as_deref().map_or(Giver::Person, Giver::Team),
            through: None,
            span: grant.span,
            days: grant.days.as_deref(),
        }
    }

    /// Whether it holds then.
    pub(super) fn holds(&self, when: When) -> bool {
        self.days.is_none_or(|days| when.holds(days))
    }

    /// Its days; without bounds where it has none.
    pub(super) fn days(&self) -> Days {
        self.days.copied().unwrap_or_default()
    }
}

/// All profiles of a person, whether they hold or not: everybody's first, then those of teams, then
/// the person's own; what a profile includes comes before it.
pub(super) fn given<'r>(
    roster: &'r Roster,
    person: &'r Person,
) -> impl Iterator<Item = (Given<'r>, &'r Profile)> {
    let everyone = roster.everyone.iter().map(|name| Given {
        profile: name,
        by: Giver::Everyone,
        through: None,
        span: person.email.span,
        days: None,
    });
    let own = person.profiles.iter().map(Given::of);
    everyone.chain(own).flat_map(move |given| {
        let profile = roster.profiles.get(given.profile);
        let included = profile.map_or(&[][..], |it| &it.included);
        let included = included.iter().filter_map(move |name| {
            let part = Given {
                profile: name,
                through: Some(given.profile),
                ..given
            };
            Some((part, roster.profiles.get(&**name)?))
        });
        included.chain(profile.map(|it| (given, it)))
    })
}

/// What a person's profiles say about one vendor.
pub(super) fn at_vendor<'r>(
    roster: &'r Roster,
    person: &'r Person,
    vendor: &str,
) -> impl Iterator<Item = AtVendor<'r>> {
    given(roster, person).filter_map(move |(given, profile)| {
        Some(AtVendor {
            given,
            profile,
            entry: profile.accounts.get(vendor)?,
        })
    })
}

/// What one profile of a person says about one vendor.
#[derive(Clone, Copy)]
pub(super) struct AtVendor<'r> {
    pub(super) given: Given<'r>,
    profile: &'r Profile,
    pub(super) entry: &'r Spanned<AccountEntry>,
}

impl AtVendor<'_> {
    /// Whether the profile is put together from others.
    pub(super) fn is_nested(&self) -> bool {
        !self.profile.included.is_empty()
    }

    /// Whether this profile decides about a value of another one: it includes that one and says the
    /// same attribute itself.
    pub(super) fn decides(&self, other: &str, attribute: &str) -> bool {
        let includes = || self.profile.included.iter().any(|it| **it == *other);
        match &self.entry.value {
            AccountEntry::No => false,
            AccountEntry::Settings { id: _, attributes } => {
                let said = attributes.iter().find(|it| it.name == attribute);
                said.is_some_and(|it| !matches!(it.value, Value::Set(_))) && includes()
            }
        }
    }
}

/// The vendors that a person's profiles name, on whatever day.
pub fn named_by_profiles(roster: &Roster, person: &Person) -> BTreeSet<Box<str>> {
    let given = given(roster, person);
    let vendors = given.flat_map(|(_, profile)| profile.accounts.iter());
    vendors.map(|(vendor, _)| Box::from(vendor)).collect()
}

/// The days on which a person's profiles change: first days, and days after last ones. Sorted; none
/// for most people.
pub(super) fn turns(person: &Person) -> Vec<Date> {
    let days = person.profiles.iter().filter_map(|it| it.days.as_deref());
    let mut turns: Vec<Date> = days
        .flat_map(|days| {
            let after = days.ends.and_then(|last| last.tomorrow().ok());
            days.starts.into_iter().chain(after)
        })
        .collect();
    turns.sort_unstable();
    turns.dedup();
    turns
}

/// A day out of each stretch in which a person's profiles are the same, as far as the person has
/// access at all then: one for most people.
pub(super) fn stretches(person: &Person) -> Vec<Date> {
    let starts = person.starts.as_ref().map_or(Date::MIN, |it| it.value);
    let ends = person.ends.as_ref().map_or(Date::MAX, |it| it.value);
    let turns = turns(person).into_iter();
    let within = turns.filter(|day| starts < *day && *day <= ends);
    std::iter::once(starts).chain(within).collect()
}
