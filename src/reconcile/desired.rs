//! What one vendor should hold, made from the roster: plain data, no YAML and no positions.

use super::value::{Attributes, Value};

/// What the roster asks of one vendor.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// One entry for each person that the roster gives (or denies) an account here, sorted by
    /// e-mail key.
    pub accounts: Vec<DesiredAccount>,
}

impl Desired {
    /// Whether any account sets an attribute of that name; connectors spare calls with it.
    pub fn manages(&self, attribute: &str) -> bool {
        self.accounts
            .iter()
            .any(|account| account.attributes.contains(attribute))
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
    /// to be told ([`crate::vendor::spec::OnCreate`]).
    pub on_create: Attributes,
}

impl DesiredAccount {
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
