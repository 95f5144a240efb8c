//! The users of a list in our words, as they arrive: of the noisy objects nothing else is kept. Pure.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::convert;
use super::roles::Roles;
use super::wire::Fields;
use crate::connector::entries::is_no_list;
use crate::model::account::Account;
use crate::model::current::Directory;
use crate::model::marks::{EmailMarks, Marks};
use crate::model::odd::Odd;
use crate::model::value::Shapes;

/// What becomes of users that are read.
pub(super) trait Take: Default + Send + 'static {
    /// Takes the next one, if it was not there yet.
    fn take(&mut self, user: Fields);

    /// Takes an entry that cannot be understood.
    fn odd(&mut self, odd: Odd);

    /// How many were taken.
    fn count(&self) -> usize;

    /// Whether a user with that id was.
    fn has(&self, id: &str) -> bool;

    /// Why it is no list of users, where nothing of it can be understood.
    fn is_no_list(&self) -> Option<String>;
}

/// Users as the vendor shows them, each id once. Those without an id cannot be told apart and all
/// stay.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub(super) users: Vec<Fields>,
    ids: Marks,
}

impl Take for Whole {
    fn take(&mut self, user: Fields) {
        let at = self.users.len();
        let known = user.id.as_deref().and_then(|id| self.ids.insert(id, at));
        if known.is_none() {
            self.users.push(user);
        }
    }

    // Nobody is looked for among them.
    fn odd(&mut self, _: Odd) {}

    fn count(&self) -> usize {
        self.users.len()
    }

    fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn is_no_list(&self) -> Option<String> {
        None
    }
}

/// The accounts that users are, each id once. Their roles are numbers until all names are known.
#[derive(Debug, Default)]
pub(super) struct Roll {
    accounts: Vec<Account>,
    shapes: Shapes,
    /// Entries that cannot be understood, and users without id or e-mail.
    odd: Vec<Odd>,
    ids: Marks,
    emails: EmailMarks,
    /// What the users showed of roles.
    roles: Roles,
    /// The number of each role, in the order of appearance.
    numbers: HashMap<Box<str>, u32>,
    /// The roles of all accounts, one after the other.
    held: Vec<u32>,
    /// Where in `held` those of each account end; `None`: it does not show roles.
    ends: Vec<Option<u32>>,
}

/// The place of users who are nobody's account.
const NOWHERE: usize = usize::MAX;

impl Take for Roll {
    fn take(&mut self, user: Fields) {
        if user.id.as_deref().is_some_and(|id| self.has(id)) {
            return;
        }
        self.roles.learn(&user);
        let account = convert::bare(&user);
        let place = match account {
            Some(_) => self.accounts.len(),
            None => NOWHERE,
        };
        if let Some(id) = &user.id {
            self.ids.insert(id, place);
        }
        let Some(account) = account else {
            let texts = [&user.id, &user.email].into_iter().chain([
                user.first.as_ref().unwrap_or(&None),
                user.last.as_ref().unwrap_or(&None),
            ]);
            let texts: Json = texts.flatten().map(|it| Json::from(it.as_str())).collect();
            let name = match &user.id {
                Some(id) => format!("the user {id}"),
                None => String::from("an entry of the list"),
            };
            self.odd(Odd::new(name, "has no id or no e-mail").with(&texts));
            return;
        };
        self.emails.insert(&account.email, place);
        self.accounts.push(account.pack(&mut self.shapes));
        let shown = user.role_ids();
        let end = shown.map(|ids| {
            for id in ids {
                let number = self.number(id);
                self.held.push(number);
            }
            u32::try_from(self.held.len()).unwrap_or(u32::MAX)
        });
        self.ends.push(end);
    }

    fn odd(&mut self, odd: Odd) {
        self.odd.push(odd);
    }

    fn count(&self) -> usize {
        self.accounts.len() + self.odd.len()
    }

    fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn is_no_list(&self) -> Option<String> {
        is_no_list(self.accounts.len(), &self.odd)
    }
}

impl Roll {
    /// Entries that are nobody's account.
    pub(super) fn odd_ones(&self) -> &[Odd] {
        &self.odd
    }

    /// Whether an account with that id is here.
    pub(super) fn has_account(&self, id: &str) -> bool {
        let place = self.ids.get(id);
        place.is_some_and(|place| place < self.accounts.len())
    }

    /// Whether an account with that e-mail is here.
    pub(super) fn has_email(&self, email: &str) -> bool {
        self.emails.contains(email)
    }

    /// What the users showed of roles.
    pub(super) fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The accounts, with the names of their roles.
    pub(super) fn into_accounts(self, roles: &Roles, directory: &Directory) -> Vec<Account> {
        let Self {
            mut accounts,
            mut shapes,
            odd: _,
            ids: _,
            emails: _,
            roles: _,
            numbers,
            held,
            ends,
        } = self;
        let mut known = vec![convert::Held::default(); numbers.len()];
        for (id, number) in &numbers {
            known[*number as usize] = convert::Held::of(id, roles, directory);
        }
        let mut begin = 0;
        for (account, end) in accounts.iter_mut().zip(ends) {
            let Some(end) = end else {
                continue;
            };
            let own = &held[begin..end as usize];
            convert::hold(account, own.iter().map(|at| &known[*at as usize]));
            begin = end as usize;
            let named = std::mem::replace(account, Account::new(""));
            *account = named.pack(&mut shapes);
        }
        accounts
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.into(), number);
        number
    }
}
