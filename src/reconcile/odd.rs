//! Entries of a vendor's list that cannot be understood. They count as seen and are left alone; what
//! could be one of them is not made anew, and is not said to be gone. Pure.

use serde_json::Value as Json;

use super::desired::{Claim, DesiredAccount};
use crate::email::EmailKey;
use crate::vendor::spec::{FromPerson, VendorSpec};

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

    /// Whether a text stands in it, in any letter case.
    pub fn mentions(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.texts.contains(&text)
    }

    /// Whether it could be the account of somebody: an address in it is theirs, or it has their
    /// full name, in one text or in two.
    fn could_be(&self, claim: &Claim<'_>, names: Option<&(String, String)>) -> bool {
        let has = |text: &str| self.texts.iter().any(|have| have == text);
        let name = names.is_some_and(|(first, last)| {
            let both = has(first) && has(last) && !first.is_empty() && !last.is_empty();
            both || has(&format!("{first} {last}"))
        });
        let id = claim
            .id
            .is_some_and(|id| has(id) || has(&id.to_lowercase()));
        id || name
            || claim
                .emails()
                .any(|email| has(EmailKey::of(email).as_str()))
    }
}

/// The entry that could be somebody's account, if there is one.
pub(crate) fn candidate<'a>(
    all: &'a [Odd],
    spec: &VendorSpec,
    want: &DesiredAccount,
) -> Option<&'a Odd> {
    if all.is_empty() {
        return None;
    }
    let names = full_name(spec, want);
    let claim = want.claim();
    all.iter().find(|odd| odd.could_be(&claim, names.as_ref()))
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
