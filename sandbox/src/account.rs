//! An account as tests and the mess ask about it: attributes under the names that a roster uses.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// One account of a local vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The vendor's id; `None` in a seed: the server makes one.
    pub id: Option<Box<str>>,
    /// The e-mail, as it is shown.
    pub email: Box<str>,
    /// Whether it is on.
    pub active: bool,
    /// By roster name; `None` is the vendor's `null`.
    pub attributes: Attributes,
    /// Who owns it, if an identity provider does.
    pub managed_by: Option<Box<str>>,
    /// What it is, if it is no person's.
    pub shield: Option<Shield>,
    /// Attributes that cannot be changed on this account, with the reason.
    pub fixed: Vec<(Name, Box<str>)>,
}

/// The name of an attribute.
pub type Name = Cow<'static, str>;

/// An account that is no person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shield {
    /// `service account`, `super user`, `company API token`.
    pub what: &'static str,
    /// Whether not even a roster that names it may change it.
    pub always: bool,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A boolean.
    Flag(bool),
    /// A text.
    Text(Box<str>),
    /// A set of texts, sorted.
    Set(Box<[Box<str>]>),
}

impl Account {
    /// An active account with nothing but its e-mail.
    pub fn new(email: impl Into<Box<str>>) -> Self {
        Self {
            id: None,
            email: email.into(),
            active: true,
            attributes: Attributes::default(),
            managed_by: None,
            shield: None,
            fixed: Vec::new(),
        }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A set: sorted, doubles dropped.
    pub fn set<T: Into<Box<str>>>(items: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<Box<str>> = items.into_iter().map(Into::into).collect();
        items.sort_unstable();
        items.dedup();
        Self::Set(items.into())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Set(_) => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(_) | Self::Set(_) => None,
        }
    }

    /// The items, if it is a set.
    pub fn as_set(&self) -> Option<&[Box<str>]> {
        match self {
            Self::Set(items) => Some(items),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }

    /// Whether it is an empty text or set.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Flag(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::Set(items) => items.is_empty(),
        }
    }
}

/// Attributes by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<Name, Option<Value>>);

impl Attributes {
    /// What is shown of an attribute: outer `None` nothing, inner `None` its `null`.
    pub fn get(&self, name: &str) -> Option<&Option<Value>> {
        self.0.get(name)
    }

    /// Whether an attribute is shown.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Shows an attribute.
    pub fn insert(&mut self, name: impl Into<Name>, value: Option<Value>) {
        self.0.insert(name.into(), value);
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Option<Value>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<N: Into<Name>> FromIterator<(N, Option<Value>)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, Option<Value>)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value));
        Self(pairs.collect())
    }
}
