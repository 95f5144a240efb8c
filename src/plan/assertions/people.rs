//! Whose address it is.

use std::collections::HashMap;

use crate::model::email::{EmailKey, compare_emails};
use crate::roster::model::{Person, Roster};

/// The people of a roster by every address that they have or had.
pub(super) struct People<'r> {
    pub(super) roster: &'r Roster,
    earlier: HashMap<EmailKey<'r>, &'r Person>,
}

impl<'r> People<'r> {
    pub(super) fn of(roster: &'r Roster) -> Self {
        let mut earlier = HashMap::new();
        for person in &roster.people {
            for previous in &person.previous_emails {
                let key = EmailKey::of(&previous.value);
                earlier.entry(key).or_insert(person);
            }
        }
        Self { roster, earlier }
    }

    /// Whose address it is or was.
    pub(super) fn with(&self, email: &str) -> Option<&'r Person> {
        let people = &self.roster.people;
        match people.binary_search_by(|it| compare_emails(&it.email.value, email)) {
            Ok(at) => people.get(at),
            Err(_) => self.earlier.get(&EmailKey::of(email)).copied(),
        }
    }

    /// The key of the person's present e-mail; of the e-mail itself where it is nobody's.
    pub(super) fn key<'e>(&self, email: &'e str) -> EmailKey<'e>
    where
        'r: 'e,
    {
        let person = self.with(email);
        EmailKey::of(person.map_or(email, |person| &*person.email.value))
    }
}
