//! What one vendor should hold, made from the roster: plain data, no YAML and no positions.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use super::spec::LOGIN;
use super::value::{Attributes, Key, Value};

/// What the roster asks of one vendor: one entry for each person that it gives (or denies) an
/// account here.
///
/// What is asked of an account is put together when it is looked at: all of it at once took as much
/// memory as the roster and the vendor's accounts together.
#[derive(Debug, Clone)]
pub struct Desired<'r> {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    accounts: Accounts<'r>,
    /// Attributes that tell who is an administrator.
    telling: BTreeSet<Key>,
    /// What those who asked have seen so far.
    managed: Arc<Mutex<Managed>>,
}

#[derive(Debug, Clone)]
enum Accounts<'r> {
    Listed(Vec<DesiredAccount>),
    Made(Arc<dyn DesiredSource + 'r>),
}

/// The attributes that accounts set.
#[derive(Debug, Default)]
struct Managed {
    /// Names of all that the accounts seen set.
    names: BTreeSet<Key>,
    /// So many accounts were seen, from the first on.
    seen: usize,
}

/// Where desired accounts come from; places count from 0, in the order of the e-mail keys.
pub trait DesiredSource: Debug + Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Whose the account in a place is.
    fn person_key(&self, place: usize) -> PersonKey<'_>;

    /// All that is asked of the account in a place.
    fn account(&self, place: usize) -> DesiredAccount;
}

/// By what a person owns an account, and whether there should be access: a [`DesiredAccount`]
/// without its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKey<'a> {
    /// [`DesiredAccount::email`].
    pub email: &'a str,
    /// [`DesiredAccount::previous_emails`].
    pub previous_emails: Vec<&'a str>,
    /// [`DesiredAccount::id`].
    pub id: Option<&'a str>,
    /// The login name, where accounts are known by one.
    pub login: Option<&'a str>,
    /// [`DesiredAccount::access`].
    pub access: Access,
}

impl<'a> PersonKey<'a> {
    /// The present e-mail, then earlier ones.
    pub fn emails(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.email).chain(self.previous_emails.iter().copied())
    }
}

impl Default for Desired<'_> {
    fn default() -> Self {
        Self::listed("", Vec::new())
    }
}

impl<'r> Desired<'r> {
    /// Of accounts that are there already.
    pub fn listed(vendor: impl Into<Box<str>>, accounts: Vec<DesiredAccount>) -> Self {
        Self::new(vendor.into(), Accounts::Listed(accounts))
    }

    /// Of accounts that are made when they are looked at.
    pub fn made(vendor: impl Into<Box<str>>, wishes: Arc<dyn DesiredSource + 'r>) -> Self {
        Self::new(vendor.into(), Accounts::Made(wishes))
    }

    fn new(vendor: Box<str>, accounts: Accounts<'r>) -> Self {
        Self {
            vendor,
            accounts,
            telling: BTreeSet::new(),
            managed: Arc::default(),
        }
    }

    /// The same, at a vendor where these attributes tell who is an administrator.
    #[must_use]
    pub fn telling(mut self, attributes: impl Iterator<Item = Key>) -> Self {
        self.telling.extend(attributes);
        self
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        match &self.accounts {
            Accounts::Listed(list) => list.len(),
            Accounts::Made(wishes) => wishes.count(),
        }
    }

    /// Whether nobody is named here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whose each account is.
    pub fn person_keys(&self) -> impl Iterator<Item = PersonKey<'_>> {
        (0..self.len()).map(|place| self.person_key(place))
    }

    /// Whose the account in a place is.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn person_key(&self, place: usize) -> PersonKey<'_> {
        match &self.accounts {
            Accounts::Listed(list) => list[place].person_key(),
            Accounts::Made(wishes) => wishes.person_key(place),
        }
    }

    /// Every account with all that is asked of it.
    pub fn accounts(&self) -> impl Iterator<Item = Cow<'_, DesiredAccount>> {
        (0..self.len()).map(|place| self.account(place))
    }

    /// The account in a place.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn account(&self, place: usize) -> Cow<'_, DesiredAccount> {
        match &self.accounts {
            Accounts::Listed(list) => Cow::Borrowed(&list[place]),
            Accounts::Made(wishes) => Cow::Owned(wishes.account(place)),
        }
    }

    /// The same with accounts changed, or others besides.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Vec<DesiredAccount>)) -> Self {
        let mut accounts: Vec<_> = self.accounts().map(Cow::into_owned).collect();
        change(&mut accounts);
        Self::listed(self.vendor.clone(), accounts).telling(self.telling.iter().cloned())
    }

    /// Whether any account sets an attribute of that name, or it tells who is an administrator;
    /// connectors spare calls with it.
    pub fn manages(&self, attribute: &str) -> bool {
        if self.telling.contains(attribute) {
            return true;
        }
        let managed = self.managed.lock();
        let mut managed = managed.unwrap_or_else(PoisonError::into_inner);
        // Mostly one of the first accounts sets it, and an account is dear to put together.
        while !managed.names.contains(attribute) && managed.seen < self.len() {
            let account = self.account(managed.seen);
            managed.seen += 1;
            for (name, _) in account.attributes.iter() {
                if !managed.names.contains(name) {
                    managed.names.insert(Key::Owned(name.to_owned()));
                }
            }
        }
        managed.names.contains(attribute)
    }
}

/// One account as the roster wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredAccount {
    /// The person's e-mail in the roster's spelling.
    pub email: Box<str>,
    /// Earlier e-mails of the person, for matching.
    pub previous_emails: Vec<Box<str>>,
    /// `accounts.<vendor>.id`: then nothing else matches.
    pub id: Option<Box<str>>,
    /// Whether there should be access, and if not, why.
    pub access: Access,
    /// The managed attributes, after all layers. Kept for people without access too: a
    /// reactivation needs them.
    pub attributes: Attributes,
    /// Attributes to send with a create only, because the roster is silent and the vendor wants
    /// to be told ([`crate::model::spec::OnCreate`]).
    pub on_create: Attributes,
}

impl DesiredAccount {
    /// Whose it is.
    pub fn person_key(&self) -> PersonKey<'_> {
        PersonKey {
            email: &self.email,
            previous_emails: self.previous_emails.iter().map(|email| &**email).collect(),
            id: self.id.as_deref(),
            login: self.attributes.get(LOGIN).and_then(Value::as_text),
            access: self.access,
        }
    }

    /// The value of an attribute as a create would set it.
    pub fn initial(&self, name: &str) -> Option<&Value> {
        self.attributes
            .get(name)
            .or_else(|| self.on_create.get(name))
    }
}

/// Whether the person should have access on the day of the plan (roster rule 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// `active: false`.
    Left,
    /// The day is before `starts`.
    NotYet(jiff::civil::Date),
    /// The day is after `ends`.
    Ended(jiff::civil::Date),
    /// `accounts.<vendor>: false`.
    Excluded,
}

impl Access {
    /// Whether there should be access.
    pub fn granted(self) -> bool {
        self == Self::Granted
    }
}
