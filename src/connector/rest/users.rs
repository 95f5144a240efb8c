//! The users of a list in our words, as they arrive: of a page nothing else is kept. Pure.

use std::collections::{BTreeSet, HashMap};

use super::list::{Entry, List};
use super::row::Row;
use super::walk::Listing;
use crate::model::account::Account;
use crate::model::current::{Completeness, Current, Directory};
use crate::model::desired::PersonKey;
use crate::model::email::{EmailKey, same_email};
use crate::model::fingerprint::{EmailIndex, FingerprintIndex};
use crate::model::odd::Odd;
use crate::model::value::{Shapes, Value};

/// The place of users who are nobody's account.
const NOWHERE: usize = usize::MAX;

/// Users that were read, with what is known of them by id and by e-mail.
#[derive(Debug, Default)]
pub(crate) struct UserCollector {
    /// In the vendor's order.
    accounts: Vec<Account>,
    shapes: Shapes,
    ids: FingerprintIndex,
    emails: EmailIndex,
    /// Addresses that several people's accounts share.
    shared: BTreeSet<EmailKey<'static>>,
    /// Users who are nobody's account, by id.
    nobodies: Vec<Box<str>>,
    /// Entries that cannot be understood.
    odd: Vec<Odd>,
}

impl UserCollector {
    /// Takes the next entry of a list, with the account that it is: none where it is nobody's, or
    /// what is odd about it.
    pub(crate) fn take(
        &mut self,
        list: &List,
        entry: Entry,
        account: impl FnOnce(&Row) -> Result<Option<Account>, String>,
    ) {
        let user = match entry {
            Ok(user) => user,
            Err(odd) => return self.odd.push(odd),
        };
        let id = user.text(&list.key);
        match account(&user) {
            Ok(Some(account)) => return self.push(account),
            Ok(None) => self.nobodies.extend(id.map(Into::into)),
            Err(why) => self.odd.push(list.odd_one(&user, &why)),
        }
        if let Some(id) = id {
            self.ids.insert(id, NOWHERE);
        }
    }

    /// Takes the next account.
    pub(crate) fn push(&mut self, account: Account) {
        let place = self.accounts.len();
        if let Some(id) = &account.id {
            self.ids.insert(id, place);
        }
        let before = self.emails.insert(&account.email, place);
        if before.is_some() && account.shield.is_none() {
            self.shared.insert(account.email_key().into_owned());
        }
        self.accounts.push(account.pack(&mut self.shapes));
    }

    /// Takes the users of another list; none of them is here yet.
    pub(crate) fn append(&mut self, more: Self) {
        self.odd.extend(more.odd);
        more.accounts.into_iter().for_each(|it| self.push(it));
        for id in more.nobodies {
            self.ids.insert(&id, NOWHERE);
            self.nobodies.push(id);
        }
    }

    /// Users so far.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len() + self.nobodies.len() + self.odd.len()
    }

    /// Their accounts.
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The same, to be completed.
    pub(crate) fn accounts_mut(&mut self) -> &mut [Account] {
        &mut self.accounts
    }

    /// Entries that cannot be understood.
    pub(crate) fn odd(&self) -> &[Odd] {
        &self.odd
    }

    /// Whether a user with that id is here.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The account with that id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Account> {
        self.accounts.get(self.ids.get(id)?)
    }

    /// The first account with that e-mail.
    pub(crate) fn by_email(&self, email: &str) -> Option<&Account> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| same_email(&account.email, email))
    }

    /// Whether an account with that e-mail is here.
    pub(crate) fn has_email(&self, email: &str) -> bool {
        self.emails.contains(email)
    }

    /// Where the account is that a person may own, by the strongest sign (roster rule 5).
    pub(crate) fn place_of(&self, wanted: &PersonKey<'_>) -> Option<usize> {
        match wanted.id {
            Some(id) => self.ids.get(id).filter(|at| *at < self.accounts.len()),
            None => wanted.emails().find_map(|email| self.emails.get(email)),
        }
    }

    /// Addresses that several people's accounts share but for letter case: matching them is a guess.
    pub(crate) fn doubles(&self) -> Vec<String> {
        let mut doubles = Vec::new();
        for email in &self.shared {
            let people = self.accounts.iter().filter(|it| it.shield.is_none());
            let of_email = people.filter(|account| account.email_key() == *email);
            let ids: Vec<&str> = of_email.filter_map(|it| it.id.as_deref()).collect();
            if ids.len() > 1 {
                let ids = ids.join(", ");
                doubles.push(format!("several users have the email {email}: {ids}"));
            }
        }
        doubles
    }

    /// Why it is no list of users, where nothing of it can be understood.
    pub(crate) fn is_no_list(&self) -> Option<String> {
        is_no_list(self.accounts.len(), &self.odd)
    }

    /// Shows the things that an attribute holds by their names: until here by ids, since the names
    /// are known only when all users are.
    pub(crate) fn name(&mut self, attribute: &'static str, directory: &Directory) {
        let mut names: HashMap<Box<str>, Box<str>> = HashMap::new();
        let mut name = |id: &str| match names.get(id) {
            Some(name) => name.clone(),
            None => {
                let name: Box<str> = directory.display_id(id).into();
                names.insert(id.into(), name.clone());
                name
            }
        };
        for account in &mut self.accounts {
            let named = match account.attributes.get(attribute) {
                Some(Some(Value::Text(id))) => Value::text(name(id)),
                Some(Some(Value::Set(ids))) => Value::set(ids.iter().map(|id| name(id))),
                _ => continue,
            };
            account.attributes.insert(attribute, Some(named));
            let named = std::mem::replace(account, Account::new(""));
            *account = named.pack(&mut self.shapes);
        }
    }

    /// Ends the list: what there is now, proved by what its pages said.
    pub(crate) fn into_current(self, listing: Listing) -> Current {
        Current {
            accounts: self.accounts,
            odd: self.odd,
            proof: Completeness {
                pages: listing.pages,
                counted: listing.counted,
                missing: listing.doubts,
            },
            ..Current::default()
        }
    }

    /// Ends the list; what only helps to look into it goes away.
    pub(crate) fn into_accounts(self) -> Vec<Account> {
        self.accounts
    }
}

/// Why it is no list of users, where nothing of it can be understood.
pub(crate) fn is_no_list(read: usize, odd: &[Odd]) -> Option<String> {
    let first = odd.first().filter(|_| read == 0)?;
    Some(format!(
        "none of its {} entries can be understood; {} {}",
        odd.len(),
        first.name,
        first.why
    ))
}
