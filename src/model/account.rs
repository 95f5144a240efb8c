//! One account at one vendor, as the vendor (or its record) shows it, in our words.

use std::ops::{Deref, DerefMut};

use jiff::Timestamp;

use super::spec::LOGIN;
use super::value::{Key, ObservedAttributes, Shapes};
use crate::model::email::EmailKey;

/// One person's account at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The vendor's own key, in the vendor's spelling; opaque and case-sensitive.
    /// `None` where the vendor has none (the e-mail is the key).
    pub id: Option<Box<str>>,
    /// The login e-mail, in the vendor's spelling; compared by its [`EmailKey`].
    pub email: Box<str>,
    /// Whether the account should be able to log in as it stands. An invitation that was not
    /// taken up yet counts as active.
    pub active: bool,
    /// The attributes the vendor shows, under their roster names. A map attribute that was shown
    /// has, besides its entries, a marker under its own name with `None`, so that an entry the
    /// vendor left out reads as `null` and not as "cannot be read".
    pub attributes: ObservedAttributes,
    /// When somebody last logged in with it, where the vendor shows that. No plan goes by it.
    pub last_login: Option<Timestamp>,
    /// What few accounts have; read and written as if it were here.
    pub special: Special,
}

/// What few accounts have, apart from what all have: 112 bytes that the others are spared.
#[derive(Debug, Clone, Default)]
pub struct Special(Option<Box<AccountFlags>>);

/// What there can be besides of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFlags {
    /// Set when something else owns the account (an identity provider): every change to it is a
    /// manual step. The text completes "this account is managed by …".
    pub managed_by: Option<Box<str>>,
    /// Set for accounts that are not people.
    pub shield: Option<Shield>,
    /// Attributes that the vendor says cannot be changed on this account, with the reason.
    pub fixed: Vec<(Key, Box<str>)>,
    /// Set when only a person can bring the account into a state that the API can work with: every
    /// change to it is a manual step. The text completes "by hand in …: {text}".
    pub by_hand: Option<Box<str>>,
    /// What a person should know before this account is changed ("is also a member of …").
    pub cautions: Vec<Box<str>>,
    /// Set when the account must not be deleted after a grace, whatever its clock says: what
    /// deleting it would break, or why it may not be off at all.
    pub undeletable: Option<Box<str>>,
    /// Set when what was read does not say whether the account is on: it counts as active, so that a
    /// leaver is dealt with, and proves nothing of somebody who was switched on.
    pub unseen: bool,
}

/// Of an account that has none of them.
const PLAIN: &AccountFlags = &AccountFlags {
    managed_by: None,
    shield: None,
    fixed: Vec::new(),
    by_hand: None,
    cautions: Vec::new(),
    undeletable: None,
    unseen: false,
};

impl PartialEq for Special {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.0.as_deref(), other.0.as_deref());
        one.unwrap_or(PLAIN) == other.unwrap_or(PLAIN)
    }
}

impl Eq for Special {}

impl Deref for Account {
    type Target = AccountFlags;

    fn deref(&self) -> &AccountFlags {
        self.special.0.as_deref().unwrap_or(PLAIN)
    }
}

impl DerefMut for Account {
    fn deref_mut(&mut self) -> &mut AccountFlags {
        self.special.0.get_or_insert_default()
    }
}

/// Why an account is not to be touched as a person's account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shield {
    /// What it is, as in "is a {what}": `service account`, `company API token`.
    pub what: &'static str,
    /// `true`: not even when the roster names it. `false`: the roster naming it is enough.
    pub always: bool,
}

impl Account {
    /// The same account, with the names of its attributes shared.
    #[must_use]
    pub fn pack(mut self, shapes: &mut Shapes) -> Self {
        self.attributes = shapes.share(self.attributes);
        self
    }

    /// An active account with no attributes.
    pub fn new(email: impl Into<Box<str>>) -> Self {
        Self {
            id: None,
            email: email.into(),
            active: true,
            attributes: ObservedAttributes::new(),
            last_login: None,
            special: Special::default(),
        }
    }

    /// The key two spellings of one e-mail share.
    pub fn email_key(&self) -> EmailKey<'_> {
        EmailKey::of(&self.email)
    }

    /// The login name, where accounts are known by one.
    pub fn login(&self) -> Option<&str> {
        self.attributes.get(LOGIN)?.as_ref()?.as_text()
    }

    /// Whether that is its e-mail or its login.
    pub fn goes_by(&self, key: &EmailKey<'_>) -> bool {
        self.email_key() == *key || self.login().is_some_and(|it| EmailKey::of(it) == *key)
    }
}

/// How to find one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey {
    /// The vendor's id, where it is known.
    pub id: Option<Box<str>>,
    /// The e-mail, in the vendor's spelling where it is known.
    pub email: Box<str>,
    /// The login name, where accounts are known by one and it is known.
    pub login: Option<Box<str>>,
}
