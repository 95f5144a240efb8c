//! What one vendor should hold on a day (rules 1 and 4).

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;

use super::grants::{Given, When, at_vendor};
use super::layers::{Managed, resolve};
use super::model::{AccountEntry, Person, Roster, Spanned};
use crate::model::desired::{Access, Desired, DesiredAccount, DesiredSource, PersonKey};
use crate::model::spec::{AttributeSpec, OnCreate};
use crate::model::value::{Attributes, Key, Value};
use crate::roster::diagnostic::Span;

/// What the roster asks of one vendor on that day: an entry for each person who is named or
/// denied there, sorted by e-mail.
///
/// It keeps the roster, shared or borrowed.
pub fn desired<'r, R>(roster: R, vendor: &str, on: Date) -> Desired<'r>
where
    R: Deref<Target = Roster> + Debug + Send + Sync + 'r,
{
    let Some(settings) = roster.vendors.get(vendor) else {
        return Desired::listed(vendor, Vec::new());
    };
    let telling = settings.admins.iter();
    let telling: Vec<Key> = telling
        .map(|it| Key::from(it.attribute.to_string()))
        .collect();
    let people = roster.people.iter().zip(0..);
    let people = people
        .filter(|(person, _)| VendorMentions::of(&roster, person, vendor, When::On(on)).is_told());
    let wishes = OfRoster {
        people: people.map(|(_, at)| at).collect(),
        vendor: settings.name.clone(),
        roster,
        on,
    };
    Desired::made(vendor, Arc::new(wishes)).telling(telling.into_iter())
}

/// The people of a roster whom one vendor concerns.
#[derive(Debug)]
struct OfRoster<R> {
    roster: R,
    vendor: Box<str>,
    on: Date,
    /// Places in [`Roster::people`].
    people: Box<[u32]>,
}

impl<R: Deref<Target = Roster>> OfRoster<R> {
    fn person(&self, place: usize) -> &Person {
        &self.roster.people[self.people[place] as usize]
    }

    fn login<'s>(&'s self, person: &'s Person) -> Option<&'s str> {
        let vendor = self.roster.vendors.get(&self.vendor)?;
        person.login(vendor).map(|(login, _)| login)
    }
}

impl<R> DesiredSource for OfRoster<R>
where
    R: Deref<Target = Roster> + Debug + Send + Sync,
{
    fn count(&self) -> usize {
        self.people.len()
    }

    fn person_key(&self, place: usize) -> PersonKey<'_> {
        let person = self.person(place);
        let standing = VendorMentions::of(&self.roster, person, &self.vendor, When::On(self.on));
        let previous = person.previous_emails.iter();
        PersonKey {
            email: &person.email.value,
            previous_emails: previous.map(|email| &*email.value).collect(),
            id: standing.id,
            login: self.login(person),
            access: standing.access(person, self.on),
        }
    }

    fn account(&self, place: usize) -> DesiredAccount {
        let PersonKey {
            email,
            previous_emails,
            id,
            login: _, // among the attributes
            access,
        } = self.person_key(place);
        let vendor = &self.roster.vendors[&self.vendor];
        let when = When::On(self.on);
        let layered = resolve(&self.roster, self.person(place), vendor, when).layered;
        let attributes = Attributes::of_sorted(layered.into_iter().map(Managed::into_pair));
        DesiredAccount {
            email: email.into(),
            previous_emails: previous_emails.into_iter().map(Box::from).collect(),
            id: id.map(Box::from),
            access,
            on_create: on_create(vendor.spec.attributes, &attributes),
            attributes,
        }
    }
}

/// What a create sends besides the managed attributes.
fn on_create(specs: &'static [AttributeSpec], attributes: &Attributes) -> Attributes {
    specs
        .iter()
        .filter_map(|spec| {
            let value = match spec.on_create {
                OnCreate::Nothing => return None,
                OnCreate::Send(literal) => Value::from(literal),
                OnCreate::TrueUnless(other) => {
                    Value::Flag(attributes.get(other) != Some(&Value::Flag(true)))
                }
            };
            // Few are sent: nearly all of them are done with before this look.
            (!attributes.contains(spec.name)).then_some((Key::Borrowed(spec.name), value))
        })
        .collect()
}

/// What profiles and `accounts` say about one person at one vendor (rule 1).
pub(super) struct VendorMentions<'r> {
    /// Something names the vendor.
    pub(super) named: bool,
    /// Something says `false`, and where.
    pub(super) denied: Option<Denied<'r>>,
    /// Profiles name the vendor on other days only: the next of these days, else the last one.
    other_days: Option<Access>,
    /// `accounts.<vendor>.id`.
    pub(super) id: Option<&'r str>,
    /// What to point at for the account as a whole: the entry, else the profile's mention.
    pub(super) place: Span,
}

/// Where `false` stands.
pub(super) struct Denied<'r> {
    /// The profile, if it is one.
    pub(super) profile: Option<&'r str>,
    /// The `false` itself.
    pub(super) span: Span,
}

impl<'r> VendorMentions<'r> {
    /// Whether anything speaks of the vendor.
    pub(super) fn is_told(&self) -> bool {
        self.named || self.denied.is_some() || self.other_days.is_some()
    }

    /// Whether there is to be an account, whatever the person's own days are.
    pub(super) fn gives_account(&self) -> bool {
        self.named && self.denied.is_none()
    }

    /// Rule 4; who left for good is a leaver before anything else.
    pub(super) fn access(&self, person: &Person, on: Date) -> Access {
        if person.active.as_ref().is_some_and(|active| !active.value) {
            return Access::Left;
        }
        if self.denied.is_some() {
            return Access::Excluded;
        }
        match (&person.starts, &person.ends) {
            (Some(starts), _) if on < starts.value => Access::NotYet(starts.value),
            (_, Some(ends)) if on > ends.value => Access::Ended(ends.value),
            _ if self.named => Access::Granted,
            _ => self.other_days.unwrap_or(Access::Excluded),
        }
    }

    pub(super) fn of(roster: &'r Roster, person: &'r Person, vendor: &str, when: When) -> Self {
        let mut standing = Self {
            named: false,
            denied: None,
            other_days: None,
            id: None,
            place: person.email.span,
        };
        for it in at_vendor(roster, person, vendor) {
            if it.given.holds(when) {
                standing.place = it.given.span;
                standing.take(it.entry, Some(it.given.profile));
            } else {
                standing.other_days = standing.other_day(&it.given, it.entry, when);
            }
        }
        if let Some(entry) = person.accounts.get(vendor) {
            standing.place = entry.span;
            standing.take(entry, None);
        }
        standing
    }

    /// What follows from a profile outside of its days (rule 14): who had access by it, or will have,
    /// has none now. The next day with access tells most, else the last one.
    fn other_day(
        &self,
        given: &Given<'_>,
        entry: &Spanned<AccountEntry>,
        when: When,
    ) -> Option<Access> {
        let days = given.days();
        let this = match (&entry.value, when, days.starts, days.ends) {
            (AccountEntry::No, ..) => Access::Excluded,
            (_, When::On(on), Some(starts), _) if on < starts => Access::NotYet(starts),
            (_, _, _, Some(ends)) => Access::Ended(ends),
            (_, _, Some(starts), None) => Access::NotYet(starts),
            (_, _, None, None) => Access::Excluded,
        };
        Some(match (self.other_days, this) {
            (Some(Access::NotYet(one)), Access::NotYet(other)) => Access::NotYet(one.min(other)),
            (Some(Access::Ended(one)), Access::Ended(other)) => Access::Ended(one.max(other)),
            (Some(next @ Access::NotYet(_)), _) => next,
            (Some(last @ Access::Ended(_)), Access::Excluded) => last,
            (_, this) => this,
        })
    }

    fn take(&mut self, entry: &'r Spanned<AccountEntry>, profile: Option<&'r str>) {
        match &entry.value {
            AccountEntry::No => {
                self.denied = Some(Denied {
                    profile,
                    span: entry.span,
                });
            }
            AccountEntry::Settings { id, attributes: _ } => {
                self.named = true;
                self.id = id.as_ref().map(|id| id.value.as_ref()).or(self.id);
            }
        }
    }
}
