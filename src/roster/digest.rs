//! The digest of a roster's meaning: a comment, the order of keys, people or files, and how the
//! same attributes came about change nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::desired::VendorMentions;
use super::grants::{When, turns};
use super::layers::{Managed, resolve};
use super::model::{Person, Roster, StatePlace};
use super::said::{self, Rules};
use super::untrusted::written_by;
use crate::model::digest::Digest;
use crate::model::email::EmailKey;

/// The digest of what the roster means.
pub fn digest(roster: &Roster) -> Digest {
    digest_with(roster, &VendorsMeaning::of(roster))
}

/// The same of a roster whose vendors something stands in for; `vendors` are those that were written.
pub fn digest_with(roster: &Roster, vendors: &VendorsMeaning) -> Digest {
    Digest::of(&RosterForm {
        vendors,
        people: People(roster),
        state: roster.state.as_ref().and_then(StatePlace::meaning),
        rules: RulesForm(said::of_roster(roster)),
    })
}

/// What a roster says of its vendors, as far as it means something.
#[derive(Debug, Clone, Serialize)]
pub struct VendorsMeaning(BTreeMap<Box<str>, RulesForm>);

impl VendorsMeaning {
    /// That of a roster as it is.
    pub fn of(roster: &Roster) -> Self {
        let vendors = roster.vendors.iter().map(|(name, vendor)| {
            let written = written_by(vendor, |path| file_name(path).unwrap_or_default());
            (name.clone(), RulesForm(said::of_vendor(vendor, &written)))
        });
        Self(vendors.collect())
    }
}

#[derive(Serialize)]
struct RosterForm<'r> {
    vendors: &'r VendorsMeaning,
    people: People<'r>,
    state: Option<String>,
    rules: RulesForm,
}

/// What the roster says, by key, as far as it means something.
#[derive(Debug, Clone)]
struct RulesForm(Rules);

impl Serialize for RulesForm {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.0.iter().map(|(key, said)| (key, said.meaning())))
    }
}

#[derive(Serialize)]
struct PersonForm<'r> {
    email: &'r str,
    previous_emails: Vec<EmailKey<'r>>,
    left: bool,
    starts: Option<jiff::civil::Date>,
    ends: Option<jiff::civil::Date>,
    accounts: AccountForms<'r>,
    /// What the accounts are from a day on, where profiles have days; before the first of these it is
    /// what `accounts` says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    from: BTreeMap<jiff::civil::Date, AccountForms<'r>>,
}

/// By vendor.
type AccountForms<'r> = BTreeMap<&'r str, AccountForm<'r>>;

#[derive(Serialize)]
struct AccountForm<'r> {
    id: Option<&'r str>,
    denied: bool,
    #[serde(serialize_with = "sorted")]
    attributes: Vec<Managed<'r>>,
}

/// Attributes as a map; they are sorted by name.
fn sorted<S: serde::Serializer>(attributes: &[Managed<'_>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(attributes.iter().map(|it| (&it.name, it.value())))
}

/// Paths are resolved against a folder that differs from machine to machine; the name does not.
fn file_name(path: &Path) -> Option<PathBuf> {
    path.file_name().map(PathBuf::from)
}

/// The people of a roster, each made when it is written.
struct People<'r>(&'r Roster);

impl Serialize for People<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let people = self.0.people.iter();
        to.collect_seq(people.map(|person| person_form(self.0, person)))
    }
}

fn person_form<'r>(roster: &'r Roster, person: &'r Person) -> PersonForm<'r> {
    let turns = turns(person);
    let first = turns.first().and_then(|day| day.yesterday().ok());
    let accounts = account_forms(roster, person, first.map_or(When::Always, When::On));
    let from = turns.into_iter();
    let from = from.map(|day| (day, account_forms(roster, person, When::On(day))));
    let mut previous_emails: Vec<EmailKey<'r>> = person
        .previous_emails
        .iter()
        .map(|email| EmailKey::of(&email.value))
        .collect();
    previous_emails.sort_unstable();
    PersonForm {
        email: &person.email.value,
        previous_emails,
        left: person.active.as_ref().is_some_and(|active| !active.value),
        starts: person.starts.as_ref().map(|date| date.value),
        ends: person.ends.as_ref().map(|date| date.value),
        accounts,
        from: from.collect(),
    }
}

fn account_forms<'r>(roster: &'r Roster, person: &'r Person, when: When) -> AccountForms<'r> {
    let accounts = roster.vendors.values().filter_map(|vendor| {
        let standing = VendorMentions::of(roster, person, &vendor.name, when);
        if !standing.is_told() {
            return None;
        }
        let form = AccountForm {
            id: standing.id,
            denied: !standing.gives_account(),
            attributes: resolve(roster, person, vendor, when).layered,
        };
        Some((vendor.name.as_ref(), form))
    });
    accounts.collect()
}
