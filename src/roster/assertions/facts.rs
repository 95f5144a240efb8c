//! What assertions ask of a roster's people, worked out once for all of them: there may be as many
//! assertions as people.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;

use crate::model::few::FEW;
use crate::model::value::Attributes;
use crate::roster::admins::Admins;
use crate::roster::assertions::words::words;
use crate::roster::assertions::words::{domain, has};
use crate::roster::desired::VendorMentions;
use crate::roster::grants::{When, stretches};
use crate::roster::layers::{Managed, resolve};
use crate::roster::model::{Field, Holding, Person, Roster, Rule};

/// The e-mails of the first few, and how many there are.
pub(super) type Found<'r> = (Vec<&'r str>, usize);

/// A vendor, or (`None`) any.
type Where = Option<Box<str>>;

/// People by their places in the roster, sorted.
type Places = Vec<usize>;

/// The people of a roster who have not left, as assertions ask for them.
pub(super) struct Facts<'r> {
    roster: &'r Roster,
    /// Who is to have an account.
    accounts: HashMap<Where, Places>,
    /// The same by domain.
    domains: HashMap<Where, Domains>,
    lacking: BTreeMap<Field, Found<'r>>,
    seats: HashMap<Box<str>, usize>,
    admins: HashMap<Box<str>, Found<'r>>,
    /// By vendor, attribute and value, who holds it.
    holders: HashMap<Box<str>, HashMap<Box<str>, Holders>>,
}

type Holders = HashMap<Box<str>, Places>;

/// People by their domains, in the order of each domain's first person.
#[derive(Default)]
struct Domains {
    numbers: HashMap<String, usize>,
    people: Vec<Places>,
}

impl<'r> Facts<'r> {
    pub(super) fn of(roster: &'r Roster) -> Self {
        Self {
            roster,
            accounts: HashMap::new(),
            domains: HashMap::new(),
            lacking: BTreeMap::new(),
            seats: HashMap::new(),
            admins: HashMap::new(),
            holders: HashMap::new(),
        }
    }

    /// Who has an account somewhere and lacks a field.
    pub(super) fn lacking(&mut self, field: Field) -> Found<'r> {
        if !self.lacking.contains_key(&field) {
            let people = &self.roster.people;
            let places = self.accounts(None).iter().copied();
            let found = found(people, places.filter(|at| !has(&people[*at], field)));
            self.lacking.insert(field, found);
        }
        self.lacking[&field].clone()
    }

    /// Who has an account and is of another domain than these.
    pub(super) fn outside(&mut self, vendor: Option<&str>, only: &[Box<str>]) -> Found<'r> {
        let people = &self.roster.people;
        let all = self.accounts(vendor).len();
        let domains = self.domains(vendor);
        let inside = only.iter().filter_map(|name| domains.numbers.get(&**name));
        let inside: HashSet<usize> = inside.copied().collect();
        let of_these: usize = inside.iter().map(|at| domains.people[*at].len()).sum();
        // The first few people are of the domains that come first.
        let others = domains.people.iter().enumerate();
        let others = others.filter(|(at, _)| !inside.contains(at)).take(FEW);
        let first = others.flat_map(|(_, places)| places.iter().take(FEW).copied());
        let first: BTreeSet<usize> = first.collect();
        (found(people, first.into_iter()).0, all - of_these)
    }

    /// Who holds two things.
    pub(super) fn holding_both(&mut self, one: &Holding, other: &Holding) -> Found<'r> {
        self.learn_holders(&one.vendor);
        self.learn_holders(&other.vendor);
        let of = |it: &Holding| self.holders[&it.vendor].get(&it.attribute)?.get(&it.value);
        let (Some(first), Some(second)) = (of(one), of(other)) else {
            return (Vec::new(), 0);
        };
        let (few, many) = match first.len() < second.len() {
            true => (first, second),
            false => (second, first),
        };
        let roster = self.roster;
        let both = few.iter().filter(|at| many.binary_search(at).is_ok());
        let both = both.filter(|at| at_once(roster, &roster.people[**at], [one, other]));
        found(&roster.people, both.copied())
    }

    /// How many accounts there are. Who starts or ends on a day, or has the account by a profile for
    /// some days, need not be there on the same day as the others.
    pub(super) fn seats(&mut self, vendor: &str) -> usize {
        if !self.seats.contains_key(vendor) {
            let roster = self.roster;
            let places = self.accounts(Some(vendor)).iter();
            let always = |at: &&usize| always_has(roster, &roster.people[**at], vendor);
            let count = places.filter(always).count();
            self.seats.insert(vendor.into(), count);
        }
        self.seats[vendor]
    }

    /// Who is an administrator; `None`: there is no such vendor. Which roles make one by the vendor's
    /// own rule only the vendor knows.
    pub(super) fn admins(&mut self, vendor: &str) -> Option<Found<'r>> {
        let settings = self.roster.vendors.get(vendor)?;
        if !self.admins.contains_key(vendor) {
            let roster = self.roster;
            let unread = BTreeMap::new();
            let admins = Admins::new(settings, &unread);
            let is_one = |person: &Person| {
                let wanted = || wanted(roster, person, vendor, When::Always);
                always_has(roster, person, vendor)
                    && wanted().is_some_and(|it| admins.would_be(&it))
            };
            let places = self.accounts(Some(vendor)).iter().copied();
            let places = places.filter(|at| is_one(&roster.people[*at]));
            let found = found(&roster.people, places);
            self.admins.insert(vendor.into(), found);
        }
        self.admins.get(vendor).cloned()
    }

    fn accounts(&mut self, vendor: Option<&str>) -> &Places {
        let roster = self.roster;
        let at = |person: &Person, vendor: &str| {
            let mut days = stretches(person).into_iter();
            days.any(|day| {
                VendorMentions::of(roster, person, vendor, When::On(day)).gives_account()
            })
        };
        let has_one = |person: &Person| match vendor {
            Some(vendor) => roster.vendors.contains_key(vendor) && at(person, vendor),
            None => roster.vendors.keys().any(|vendor| at(person, vendor)),
        };
        let places = self.accounts.entry(vendor.map(Into::into));
        places.or_insert_with(|| {
            let people = roster.people.iter().enumerate();
            let people = people.filter(|(_, person)| !has_left(person) && has_one(person));
            people.map(|(at, _)| at).collect()
        })
    }

    fn domains(&mut self, vendor: Option<&str>) -> &Domains {
        let key: Where = vendor.map(Into::into);
        if !self.domains.contains_key(&key) {
            let people = &self.roster.people;
            let mut domains = Domains::default();
            for at in self.accounts(vendor) {
                let next = domains.people.len();
                let name = domain(&people[*at].email.value);
                let number = *domains.numbers.entry(name).or_insert(next);
                if number == next {
                    domains.people.push(Vec::new());
                }
                domains.people[number].push(*at);
            }
            self.domains.insert(key.clone(), domains);
        }
        &self.domains[&key]
    }

    /// Learns who holds what, of all attributes of a vendor that assertions name.
    fn learn_holders(&mut self, vendor: &str) {
        if self.holders.contains_key(vendor) {
            return;
        }
        let roster = self.roster;
        let mut attributes: HashMap<Box<str>, Holders> = HashMap::new();
        for assertion in &roster.assertions {
            if let Rule::NeverBoth { first, second } = &assertion.rule {
                let here = [first, second].into_iter();
                let here = here.filter(|it| *it.vendor == *vendor);
                attributes.extend(here.map(|it| (it.attribute.clone(), Holders::new())));
            }
        }
        for at in self.accounts(Some(vendor)) {
            let person = &roster.people[*at];
            for day in stretches(person) {
                let Some(wanted) = wanted(roster, person, vendor, When::On(day)) else {
                    continue;
                };
                for (name, value) in wanted.iter() {
                    let Some(holders) = attributes.get_mut(name) else {
                        continue;
                    };
                    for word in words(value) {
                        let holders = holders.entry(word.into()).or_default();
                        if holders.last() != Some(at) {
                            holders.push(*at);
                        }
                    }
                }
            }
        }
        self.holders.insert(vendor.into(), attributes);
    }
}

fn found<'r>(people: &'r [Person], places: impl Iterator<Item = usize>) -> Found<'r> {
    let (mut first, mut count) = (Vec::new(), 0);
    for at in places {
        if count < FEW {
            first.push(&*people[at].email.value);
        }
        count += 1;
    }
    (first, count)
}

fn has_left(person: &Person) -> bool {
    person.active.as_ref().is_some_and(|active| !active.value)
}

fn is_timeless(person: &Person) -> bool {
    person.starts.is_none() && person.ends.is_none()
}

/// Whether somebody has an account whatever the day is.
fn always_has(roster: &Roster, person: &Person, vendor: &str) -> bool {
    is_timeless(person) && VendorMentions::of(roster, person, vendor, When::Always).gives_account()
}

/// Whether somebody who holds two things holds them on the same day.
fn at_once(roster: &Roster, person: &Person, both: [&Holding; 2]) -> bool {
    let days = stretches(person);
    let holds = |day: Date, it: &Holding| {
        let wanted = wanted(roster, person, &it.vendor, When::On(day));
        let wanted = wanted.as_ref().and_then(|wanted| wanted.get(&it.attribute));
        wanted.is_some_and(|value| words(value).any(|word| *word == *it.value))
    };
    let mut days_of = days.iter();
    days.len() == 1 || days_of.any(|day| both.iter().all(|it| holds(*day, it)))
}

/// What the roster wants an account to be that it wants.
fn wanted(roster: &Roster, person: &Person, vendor: &str, when: When) -> Option<Attributes> {
    let settings = roster.vendors.get(vendor)?;
    if !VendorMentions::of(roster, person, vendor, when).gives_account() {
        return None;
    }
    let layered = resolve(roster, person, settings, when).layered;
    let pairs = layered.into_iter().map(Managed::into_pair);
    Some(Attributes::of_sorted(pairs))
}
