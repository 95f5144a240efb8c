//! Entries of a vendor's list that cannot be understood. They count as seen and are left alone; what
//! could be one of them is not made anew, and is not said to be gone. Pure.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value as Json;

use super::desired::DesiredAccount;
use crate::model::email::EmailKey;
use crate::model::spec::{FromPerson, VendorSpec};

/// An entry that is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// What it is called in messages: `the user id-7`, `entry 7 of the list`.
    pub name: String,
    /// What is odd about it, as in "the user id-7 {…}".
    pub why: String,
    /// Every text in it in small letters, and e-mails as they are compared.
    texts: Vec<String>,
}

impl Odd {
    /// An entry of which nothing can be read.
    pub fn new(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            why: why.into(),
            texts: Vec::new(),
        }
    }

    /// The same with what stands in it.
    #[must_use]
    pub fn with(mut self, entry: &Json) -> Self {
        gather(entry, &mut self.texts);
        self
    }

    /// An entry of a list, called by its own key where it shows one.
    pub fn of(entry: &Json, key: &str, why: impl Into<String>) -> Self {
        let name = match entry.get(key) {
            Some(Json::String(id)) => format!("the user {id}"),
            Some(Json::Number(id)) => format!("the user {id}"),
            _ => String::from("an entry of the list"),
        };
        Self::new(name, why).with(entry)
    }
}

/// All odd entries by the texts in them: there may be as many of them as people.
#[derive(Debug, Default)]
pub(crate) struct OddIndex<'a> {
    all: &'a [Odd],
    /// Places of the entries that have a text.
    places: HashMap<&'a str, BTreeSet<usize>>,
}

impl<'a> OddIndex<'a> {
    pub(crate) fn new(all: &'a [Odd]) -> Self {
        let mut places: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (at, odd) in all.iter().enumerate() {
            for text in &odd.texts {
                places.entry(text).or_default().insert(at);
            }
        }
        Self { all, places }
    }

    /// Whether a text stands in one of them, in any letter case.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        !self.places.is_empty() && self.places.contains_key(&*text.trim().to_lowercase())
    }

    /// The first that could be somebody's account: the id or an address in it is theirs, or it has
    /// their full name, in one text or in two.
    pub(crate) fn candidate(&self, spec: &VendorSpec, want: &DesiredAccount) -> Option<&'a Odd> {
        if self.all.is_empty() {
            return None;
        }
        let first = |text: &str| self.places.get(text)?.first().copied();
        let claim = want.person_key();
        let id = claim.id.map(|id| [first(id), first(&id.to_lowercase())]);
        let emails = claim.emails();
        let emails = emails.map(|email| first(EmailKey::of(email).as_str()));
        let name = full_name(spec, want);
        let name = name.map(|(one, other)| {
            let both = self.first_with(&one, &other);
            [both, first(&format!("{one} {other}"))]
        });
        let found = id.into_iter().chain(name).flatten().chain(emails);
        self.all.get(found.flatten().min()?)
    }

    /// The place of the first that has both texts.
    fn first_with(&self, one: &str, other: &str) -> Option<usize> {
        if one.is_empty() || other.is_empty() {
            return None;
        }
        let (one, other) = (self.places.get(one)?, self.places.get(other)?);
        one.intersection(other).next().copied()
    }
}

/// First and last name as the roster gives them to this vendor, in small letters.
fn full_name(spec: &VendorSpec, want: &DesiredAccount) -> Option<(String, String)> {
    let of = |from: FromPerson| {
        let mut named = spec
            .attributes
            .iter()
            .filter(|it| it.from_person == Some(from));
        let text = named.find_map(|it| want.initial(it.name)?.as_text());
        // Where the roster gives names under attributes of the vendor's own.
        let own = match from {
            FromPerson::FirstName => want.initial("first_name"),
            FromPerson::LastName => want.initial("last_name"),
            FromPerson::FullName
            | FromPerson::JobTitle
            | FromPerson::Company
            | FromPerson::Email => None,
        };
        let text = text.or_else(|| own?.as_text());
        text.map(|text| text.trim().to_lowercase())
    };
    match (of(FromPerson::FirstName), of(FromPerson::LastName)) {
        (Some(first), Some(last)) => Some((first, last)),
        _ => {
            let full = of(FromPerson::FullName)?;
            let (first, last) = full.split_once(' ')?;
            Some((first.to_owned(), last.to_owned()))
        }
    }
}

fn gather(json: &Json, texts: &mut Vec<String>) {
    match json {
        Json::String(text) => {
            texts.push(text.trim().to_lowercase());
            if text.contains('@') {
                texts.push(EmailKey::of(text).to_string());
            }
        }
        Json::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Json::Object(fields) => fields.values().for_each(|value| gather(value, texts)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
