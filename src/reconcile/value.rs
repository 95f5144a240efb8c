//! Attribute values in the roster's words, and sorted lists of them.
//!
//! Vendors speak in wire types; everything behind a connector's `convert.rs` speaks in these.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The roster name of an attribute: `role`, or `features.fq-access` for one key of a map.
pub type Key = Cow<'static, str>;

/// The value of one attribute.
///
/// A map of the roster never appears here: it is taken apart into one key per entry
/// (`features.fq-access`), so that maps are compared key by key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A YAML 1.2 boolean.
    Flag(bool),
    /// One text, compared byte for byte.
    Text(Box<str>),
    /// A list compared as a set: sorted, without doubles. Build it with [`Value::set`].
    Set(Vec<Box<str>>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A set value: sorted, doubles dropped.
    pub fn set<T: Into<Box<str>>>(items: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<Box<str>> = items.into_iter().map(Into::into).collect();
        items.sort_unstable();
        items.dedup();
        Self::Set(items)
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Set(_) => None,
        }
    }

    /// The flag, if this is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(_) | Self::Set(_) => None,
        }
    }

    /// The members, if this is a set.
    pub fn as_set(&self) -> Option<&[Box<str>]> {
        match self {
            Self::Set(items) => Some(items),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }

    /// Whether it says the same as a vendor's `null`: an empty text or an empty list.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Flag(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::Set(items) => items.is_empty(),
        }
    }
}

/// A list of named things, sorted by name, each name once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named<T>(Vec<(Key, T)>);

/// What the roster asks of one account.
pub type Attributes = Named<Value>;

/// What a vendor shows of one account: a name that is missing was not shown and is not compared,
/// `None` is the vendor's `null`.
pub type Shown = Named<Option<Value>>;

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// Of pairs that are sorted by name, each name once.
    pub(crate) fn of_sorted(pairs: impl Iterator<Item = (Key, T)>) -> Self {
        let list: Vec<(Key, T)> = pairs.collect();
        debug_assert!(list.is_sorted_by(|(a, _), (b, _)| a < b));
        Self(list)
    }

    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        let at = self.position(name).ok()?;
        Some(&self.0[at].1)
    }

    /// Whether `name` is there.
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Sets `name`, replacing what it had.
    pub fn insert(&mut self, name: impl Into<Key>, value: T) {
        let name = name.into();
        match self.position(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        let at = self.position(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// All pairs, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(have, _)| have.as_ref().cmp(name))
    }
}

impl<N: Into<Key>, T> FromIterator<(N, T)> for Named<T> {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut list: Vec<(Key, T)> = pairs.map(|(name, value)| (name.into(), value)).collect();
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        // Of a name that comes twice the last value counts.
        list.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        list.shrink_to_fit();
        Self(list)
    }
}
