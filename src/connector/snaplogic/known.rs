//! What a fetch leaves to the reads and writes that follow. It is there while a plan is made, so it
//! holds of each account what was not read elsewhere, and no text.

use super::convert::Wants;
use crate::model::current::Directory;
use crate::model::desired::Desired;
use crate::model::fingerprint::EmailIndex;
use crate::model::value::Attributes;

/// What a fetch learnt.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The roster's word.
    pub(super) wanted: Wanted,
    /// How each account was read.
    pub(super) read: Looks,
    /// The groups, if the roster manages them.
    pub(super) groups: Option<Directory>,
    /// Set once a PUT changed what it did not send: no further PUT goes out but those that take
    /// access away.
    pub(super) put_replaces: bool,
    /// Whether the list that was read had several pages.
    pub(super) several_pages: bool,
}

/// What the roster says of accounts, by e-mail, earlier e-mails included.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Places among the desired accounts.
    places: EmailIndex,
    /// Of each account, and the number of the names that it sets.
    words: Vec<(Wants, u32)>,
    /// Names of attributes: accounts mostly set the same ones.
    names: Vec<Vec<Box<str>>>,
}

impl Wanted {
    pub(super) fn new(desired: &Desired<'_>) -> Self {
        let mut wanted = Self::default();
        for (place, person) in desired.accounts().enumerate() {
            let names = wanted.number(&person.attributes);
            wanted.words.push((Wants::of(&person), names));
            for email in &person.previous_emails {
                if !wanted.places.contains(email) {
                    wanted.places.insert(email, place);
                }
            }
        }
        // A person's present e-mail counts more than somebody else's earlier one.
        for (place, person) in desired.person_keys().enumerate() {
            wanted.places.insert(person.email, place);
        }
        wanted
    }

    fn number(&mut self, attributes: &Attributes) -> u32 {
        let alike = |names: &Vec<Box<str>>| {
            let own = attributes.iter().map(|(name, _)| name);
            own.eq(names.iter().map(|name| &**name))
        };
        let at = self.names.iter().position(alike).unwrap_or_else(|| {
            let own = attributes.iter().map(|(name, _)| name.into());
            self.names.push(own.collect());
            self.names.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Where an account is among the desired ones, if the roster names it.
    pub(super) fn place(&self, email: &str) -> Option<usize> {
        self.places.get(email)
    }

    /// The roster's word about an account, if it has one.
    pub(super) fn of(&self, email: &str) -> Option<Wants> {
        let (wants, _) = self.words.get(self.place(email)?)?;
        Some(*wants)
    }

    /// Whether the roster sets that attribute of an account; `None`: it does not name it.
    pub(super) fn sets(&self, email: &str, attribute: &str) -> Option<bool> {
        let (_, names) = self.words.get(self.place(email)?)?;
        let names = self.names.get(*names as usize)?;
        Some(names.iter().any(|name| **name == *attribute))
    }
}

/// How accounts were read, by e-mail.
#[derive(Debug, Default)]
pub(super) struct Looks(EmailIndex);

/// From the list alone.
const THIN: usize = 1;

/// It is a service account.
const UTILITY: usize = 2;

impl Looks {
    pub(super) fn insert(&mut self, email: &str, thin: bool, utility: bool) {
        let look = usize::from(thin) * THIN + usize::from(utility) * UTILITY;
        self.0.insert(email, look);
    }

    /// Whether it was read from the list alone. A later read of it shows no more than that, so that
    /// an unchanged account looks unchanged.
    pub(super) fn thin(&self, email: &str) -> bool {
        self.0.get(email).is_some_and(|look| look & THIN != 0)
    }

    /// Whether it was a service account; `None`: it was not read.
    pub(super) fn utility(&self, email: &str) -> Option<bool> {
        self.0.get(email).map(|look| look & UTILITY != 0)
    }
}
