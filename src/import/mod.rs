//! Import: a roster from what the vendors hold now. Pure; the command reads, asks here, and reads
//! again to prove that nothing would follow.
//!
//! The steps: [`probe()`] says what to ask the vendors for, [`draft`] makes people and profiles of
//! what they show, [`document()`] (or [`merge`]) makes text of that, and [`objections`] compares it
//! with a plan that was made from that very text. What the plan objects to goes into [`Verdicts`]
//! and the draft is made once more: first without profiles, then without the account.

mod document;
pub mod drift;
mod extract;
mod gather;
mod imported;
mod label;
mod listed;
pub mod merge;
mod names;
pub mod people;
mod probe;
mod rarest;
mod review;
pub mod starter;
mod yaml;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::model::spec::LOGIN;
use crate::model::spec::{AttributeSpec, FromPerson, Required, Rights};
use crate::plan::known::Known;
use crate::roster::diagnostic::Span;
use crate::roster::model::{
    AccountEntry, Accounts, Logins, Person, Profile, Roster, Spanned, VendorSettings,
};
use crate::roster::{When, desired, layers, named_by_profiles};
pub use document::{Heading, document};
use gather::{Found, Newcomer};
use imported::ImportedAccount;
pub use listed::Unnamed;
pub use probe::probe;
pub use review::{Objection, objections, vanished};

/// What an import is made from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The roster with the vendors; its people stay as they are.
    pub roster: &'a Roster,
    /// The vendors that were read, by name.
    pub holdings: Vec<Holding<'a>>,
    /// The day of the plan that has to be empty.
    pub on: Date,
    /// Only these e-mail keys.
    pub only: Option<HashSet<EmailKey<'static>>>,
    /// Whether people whose accounts are all switched off are left out.
    pub active_only: bool,
    /// Whether new profiles may be made.
    pub extract_profiles: bool,
    /// Which attributes are written.
    pub attributes: Attributed,
}

/// Which attributes an import writes down. Only these are managed afterwards.
#[derive(Debug, Clone, Default)]
pub enum Attributed {
    /// What carries rights or has to be there, and names.
    #[default]
    Access,
    /// Everything that can be written.
    All,
    /// Those of these names, and what has to be there.
    Named(Vec<String>),
}

impl Attributed {
    /// Whether an attribute is written.
    fn takes(&self, spec: &AttributeSpec) -> bool {
        let required = spec.required == Required::Roster;
        match self {
            Self::All => true,
            Self::Access => {
                let is_name = spec.from_person.is_some_and(FromPerson::is_name);
                required || is_name || spec.rights != Rights::None
            }
            Self::Named(names) => required || names.iter().any(|it| *it == *spec.name),
        }
    }
}

/// One vendor that was read.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// Its settings.
    pub settings: &'a VendorSettings,
    /// What it holds, shown as far as [`probe()`] asked for it.
    pub known: &'a Known,
    /// What it showed before anybody asked for anything.
    pub first: Option<&'a Current>,
}

impl Source<'_> {
    /// E-mail keys of everybody in the roster, earlier ones included.
    fn listed(&self) -> HashSet<EmailKey<'_>> {
        let people = self.roster.people.iter();
        people
            .flat_map(|person| std::iter::once(&person.email).chain(&person.previous_emails))
            .map(|email| EmailKey::of(&email.value))
            .collect()
    }

    /// What the roster wants of a vendor without the import.
    fn desired(&self, settings: &VendorSettings) -> Desired<'_> {
        desired(self.roster, &settings.name, self.on)
    }
}

/// What plans of earlier drafts objected to.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    /// E-mail keys of people who get no profile.
    plain: BTreeSet<EmailKey<'static>>,
    /// Accounts that are not named, by e-mail key and vendor, and why.
    unnamed: BTreeMap<(EmailKey<'static>, Box<str>), String>,
}

impl Verdicts {
    /// Why an account is not named, if plans objected to that.
    fn why_unnamed(&self, key: &EmailKey<'_>, vendor: &str) -> Option<&str> {
        let why = self
            .unnamed
            .get(&(key.clone().into_owned(), vendor.into()))?;
        Some(why)
    }

    /// Takes an objection into account for the next draft.
    pub fn heed(&mut self, objection: &Objection, draft: &ImportDraft) {
        let key = |it: &Drafted| EmailKey::of(&it.person.email.value).into_owned();
        let place = draft
            .people
            .binary_search_by(|it| key(it).cmp(&objection.key));
        let person = place.ok().and_then(|at| draft.people.get(at));
        let has_profiles = person.is_some_and(|it| !it.person.profiles.is_empty());
        if has_profiles && !self.plain.contains(&objection.key) {
            self.plain.insert(objection.key.clone());
        } else {
            let place = (objection.key.clone(), objection.vendor.clone());
            self.unnamed.insert(place, objection.what.clone());
        }
    }
}

/// People and profiles that describe what the vendors hold.
#[derive(Debug, Clone, Default)]
pub struct ImportDraft {
    /// New profiles, by name.
    pub profiles: BTreeMap<Box<str>, Profile>,
    /// Sorted by e-mail key.
    pub people: Vec<Drafted>,
    /// Accounts that no person could be made of, and why; one sentence each, sorted.
    pub left_out: Vec<String>,
    /// Accounts of people whom the roster lists, at vendors that it does not name for them.
    pub unnamed: Vec<Unnamed>,
    /// People with switched-off accounts only, where these are left out.
    pub off: usize,
}

/// One person of a draft.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// As the roster will have it; positions mean nothing.
    pub person: Person,
    /// What a reader should know, as comments above the person.
    pub remarks: Vec<String>,
}

/// Makes people and profiles of what the vendors hold.
pub fn draft(source: &Source<'_>, verdicts: &Verdicts) -> ImportDraft {
    let Found {
        newcomers,
        mut left_out,
        off,
    } = gather::gather(source);
    let mut scratch = Roster {
        vendors: source.roster.vendors.clone(),
        profiles: source.roster.profiles.clone(),
        everyone: source.roster.everyone.clone(),
        ..Roster::default()
    };
    let mut seated: Vec<Seated<'_>> = Vec::with_capacity(newcomers.len());
    for newcomer in newcomers {
        match Seated::of(newcomer, &scratch, verdicts) {
            Ok(person) => seated.push(person),
            Err(why) => left_out.push(why),
        }
    }
    extract::reuse(&mut seated, &scratch, verdicts);
    if source.extract_profiles {
        extract::extract_profiles(&mut seated, &mut scratch, verdicts);
    }
    let mut used: BTreeSet<Arc<str>> = BTreeSet::new();
    let read = source.holdings.iter().map(|it| &*it.settings.name);
    let read: HashSet<&str> = read.collect();
    let people: Vec<Drafted> = seated
        .into_iter()
        .map(|person| person.finish(&scratch, &read))
        .inspect(|it| used.extend(it.person.profiles.iter().map(|it| it.name.clone())))
        .collect();
    let profiles = scratch
        .profiles
        .into_iter()
        .filter(|(name, _)| used.contains(&**name) && !source.roster.profiles.contains_key(name))
        .collect();
    left_out.sort();
    ImportDraft {
        profiles,
        people,
        left_out,
        unnamed: listed::unnamed(source, verdicts),
        off,
    }
}

/// A newcomer while layers are chosen.
struct Seated<'a> {
    /// E-mail, fields, and the profiles chosen so far; `accounts` stays empty until the end.
    person: Person,
    /// By vendor; active ones, or all of somebody who is off everywhere.
    seats: BTreeMap<Box<str>, ImportedAccount<'a>>,
    /// Vendors where the account is off while others are on.
    denied: Vec<Box<str>>,
    remarks: Vec<String>,
}

impl<'a> Seated<'a> {
    /// # Errors
    /// Why no person could be made of it.
    fn of(newcomer: Newcomer<'a>, scratch: &Roster, verdicts: &Verdicts) -> Result<Self, String> {
        let Newcomer {
            key,
            email,
            mut seats,
            mut denied,
            mut remarks,
        } = newcomer;
        let of_person = verdicts
            .unnamed
            .range((key.clone().into_owned(), Box::default())..);
        for ((_, vendor), why) in of_person.take_while(|((unnamed, _), _)| *unnamed == key) {
            denied.retain(|it| it != vendor);
            if seats.remove(vendor).is_some() {
                remarks.push(format!("{vendor} is not named here: {why}"));
            }
        }
        let active = seats.is_empty() || seats.values().any(|seat| seat.account.active);
        let mut person = Person::new(spanned((&*email).into()));
        if !active {
            person.active = Some(spanned(false));
        }
        names::choose(&mut person, &seats, scratch);
        let mut hopeless = Vec::new();
        for (vendor, seat) in &seats {
            if let Err(whys) = seat.to_write(&below(scratch, &person, vendor)) {
                hopeless.push((vendor.clone(), whys.join("; ")));
            }
        }
        for (vendor, why) in hopeless {
            seats.remove(&vendor);
            remarks.push(format!("{vendor} is not named here: {why}"));
        }
        if seats.is_empty() {
            return Err(format!("{email}: {}", remarks.join("; ")));
        }
        for (vendor, seat) in &seats {
            remarks.extend(seat.remarks.iter().map(|text| format!("{vendor}: {text}")));
        }
        Ok(Self {
            person,
            seats,
            denied,
            remarks,
        })
    }

    fn key(&self) -> EmailKey<'_> {
        EmailKey::of(&self.person.email.value)
    }

    /// Whether the person has access anywhere.
    fn is_active(&self) -> bool {
        self.person.active.is_none()
    }

    /// Whether no text but that of the profiles is needed, or a text that can be written is.
    fn fits(&self, scratch: &Roster, person: &Person) -> bool {
        self.seats.iter().all(|(vendor, seat)| {
            let below = below(scratch, person, vendor);
            seat.to_write(&below).is_ok()
        })
    }

    /// Writes down what the layers below do not give.
    fn finish(self, scratch: &Roster, read: &HashSet<&str>) -> Drafted {
        let Self {
            mut person,
            seats,
            denied,
            remarks,
        } = self;
        let mut accounts = Accounts::default();
        let by_profile = named_by_profiles(scratch, &person);
        // What everybody has by a profile, this person does not have yet.
        let missing = by_profile.iter().filter(|vendor| {
            person.active.is_none() && !seats.contains_key(*vendor) && read.contains(&***vendor)
        });
        let denied: BTreeSet<Box<str>> = denied.into_iter().chain(missing.cloned()).collect();
        for (vendor, seat) in &seats {
            // Chosen so that it can be written; what is left out otherwise, the plan would tell.
            let written = seat
                .to_write(&below(scratch, &person, vendor))
                .unwrap_or_default();
            let id = (seat.by_id).then(|| seat.account.id.clone()).flatten();
            let named = by_profile.contains(vendor);
            if !named || id.is_some() || !written.is_empty() {
                let entry = AccountEntry::Settings {
                    id: id.map(spanned).map(Box::new),
                    attributes: seat.entries(&written).into(),
                };
                accounts.insert(vendor, spanned(entry));
            }
        }
        for vendor in denied {
            accounts.insert(&vendor, spanned(AccountEntry::No));
        }
        person.accounts = accounts;
        person.logins = logins(&person, &seats);
        Drafted { person, remarks }
    }
}

/// The logins of the accounts, where the vendor does not make them of the e-mail anyway.
fn logins(person: &Person, seats: &BTreeMap<Box<str>, ImportedAccount<'_>>) -> Logins {
    let logins = seats.iter().filter_map(|(vendor, seat)| {
        let shown = seat.account.attributes.get(LOGIN)?.as_ref()?.as_text()?;
        let made = person.login(seat.settings).map(|(login, _)| login);
        (made != Some(shown)).then(|| (Arc::from(&**vendor), spanned(shown.into())))
    });
    logins.collect()
}

/// What the layers of a person give at a vendor, `accounts` aside.
fn below(scratch: &Roster, person: &Person, vendor: &str) -> crate::model::value::Attributes {
    layers(scratch, person, vendor, When::Always)
        .into_iter()
        .map(|layered| (layered.name, layered.value))
        .collect()
}

/// Something without a place in any file.
fn spanned<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::NOWHERE,
    }
}

#[cfg(test)]
mod tests;
