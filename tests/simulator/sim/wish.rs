//! What somebody should have at a vendor, by the simulator's own understanding of the roster: not by the
//! program's, which may be wrong.

use std::fmt;

/// Whether somebody is to have access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Granted,
    NotYet,
    Left,
}

/// What an attribute should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    Text(Box<str>),
    Flag(bool),
    Names(Vec<&'static str>),
}

/// As a roster has it.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Names(names) => write!(f, "{names:?}"),
        }
    }
}

/// What somebody should have at a vendor.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// Keys of all addresses, the one of now first.
    pub(crate) emails: Vec<Box<str>>,
    pub(crate) access: Access,
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
}

/// What all spellings of an address have in common: not the program's own rule.
pub(crate) fn key(email: &str) -> Box<str> {
    let email = email.to_ascii_lowercase();
    email
        .replace("bücher.example", "xn--bcher-kva.example")
        .into()
}

impl Wish {
    /// Whether an account with that address is this person's.
    pub(crate) fn has(&self, email: &str) -> bool {
        let key = key(email);
        self.emails.contains(&key)
    }
}
