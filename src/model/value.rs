//! Attribute values in the roster's words, and sorted lists of them.
//!
//! Vendors speak in wire types; everything behind a connector's `convert.rs` speaks in these.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The roster name of an attribute: `role`, or `features.fq-access` for one key of a map.
pub type Key = Cow<'static, str>;

/// The value of one attribute.
///
/// A map of the roster never appears here: it is taken apart into one key per entry
/// (`features.fq-access`), so that maps are compared key by key.
///
/// It takes 24 bytes, and a text of up to 24 bytes nothing besides: there are millions of them.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged)]
pub enum Value {
    /// A YAML 1.2 boolean.
    Flag(bool),
    /// One text, compared byte for byte.
    Text(#[schemars(with = "String")] CompactString),
    /// A list compared as a set: sorted, without doubles. Build it with [`Value::set`].
    Set(Box<[Box<str>]>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<CompactString>) -> Self {
        Self::Text(text.into())
    }

    /// A set value: sorted, doubles dropped.
    pub fn set<T: Into<Box<str>>>(items: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<Box<str>> = items.into_iter().map(Into::into).collect();
        items.sort_unstable();
        items.dedup();
        Self::Set(items.into_boxed_slice())
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

/// The items of one list that another does not have. Neither need be short or sorted: both may come
/// from a vendor.
pub(crate) fn beyond<'a>(
    items: &'a [Box<str>],
    others: &'a [Box<str>],
) -> impl Iterator<Item = &'a Box<str>> {
    let others: HashSet<&str> = others.iter().map(AsRef::as_ref).collect();
    items.iter().filter(move |item| !others.contains(&***item))
}

/// A list of named things, sorted by name, each name once.
#[derive(Clone)]
pub struct Named<T>(List<T>);

/// What the roster asks of one account.
pub type Attributes = Named<Value>;

/// What a vendor shows of one account: a name that is missing was not shown and is not compared,
/// `None` is the vendor's `null`.
pub type ObservedAttributes = Named<Option<Value>>;

#[derive(Clone)]
enum List<T> {
    /// With names of its own.
    Loose(Vec<(Key, T)>),
    /// With names that other lists have too: a third of the memory.
    Packed(Arc<[Key]>, Box<[T]>),
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(List::Loose(Vec::new()))
    }
}

impl<T> Named<T> {
    /// Of pairs that are sorted by name, each name once.
    pub(crate) fn of_sorted(pairs: impl Iterator<Item = (Key, T)>) -> Self {
        let list: Vec<(Key, T)> = pairs.collect();
        debug_assert!(list.is_sorted_by(|(a, _), (b, _)| a < b));
        Self(List::Loose(list))
    }

    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        let at = self.position(name).ok()?;
        Some(self.pair(at).1)
    }

    /// Whether `name` is there.
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Sets `name`, replacing what it had.
    pub fn insert(&mut self, name: impl Into<Key>, value: T) {
        let name = name.into();
        let place = self.position(&name);
        let list = self.loosen();
        match place {
            Ok(at) => list[at].1 = value,
            Err(at) => list.insert(at, (name, value)),
        }
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        let at = self.position(name).ok()?;
        Some(self.loosen().remove(at).1)
    }

    /// All pairs, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        (0..self.len()).map(|at| self.pair(at))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            List::Loose(list) => list.len(),
            List::Packed(_, values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        match &self.0 {
            List::Loose(list) => list.binary_search_by(|(have, _)| have.as_ref().cmp(name)),
            List::Packed(names, _) => names.binary_search_by(|have| have.as_ref().cmp(name)),
        }
    }

    fn pair(&self, at: usize) -> (&str, &T) {
        match &self.0 {
            List::Loose(list) => (&list[at].0, &list[at].1),
            List::Packed(names, values) => (&names[at], &values[at]),
        }
    }

    /// The list with names of its own, to be changed.
    fn loosen(&mut self) -> &mut Vec<(Key, T)> {
        if let List::Packed(names, values) = &mut self.0 {
            let values = std::mem::take(values).into_vec();
            self.0 = List::Loose(names.iter().cloned().zip(values).collect());
        }
        match &mut self.0 {
            List::Loose(list) => list,
            List::Packed(..) => unreachable!("it was loosened"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Named<T> {}

impl<T: Hash> Hash for Named<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|pair| pair.hash(state));
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
        Self(List::Loose(list))
    }
}

/// The lists of names that accounts of one vendor have: few, so each is kept once.
#[derive(Debug, Default)]
pub struct Shapes {
    known: HashSet<Arc<[Key]>>,
    /// Those of the list before: mostly the next one has them too, and needs no hash.
    last: Option<Arc<[Key]>>,
}

impl Shapes {
    /// The same, with its names shared.
    #[must_use]
    pub fn share<T>(&mut self, named: Named<T>) -> Named<T> {
        let List::Loose(list) = named.0 else {
            return named;
        };
        let (names, values): (Vec<Key>, Vec<T>) = list.into_iter().unzip();
        let last = self.last.take().filter(|last| **last == *names);
        let names = match last.or_else(|| self.known.get(names.as_slice()).cloned()) {
            Some(known) => known,
            None => {
                let names: Arc<[Key]> = names.into();
                self.known.insert(names.clone());
                names
            }
        };
        self.last = Some(names.clone());
        Named(List::Packed(names, values.into_boxed_slice()))
    }
}

/// What the vendor shows of an attribute: outer `None` not shown, inner `None` its `null`.
pub fn shown<'a>(attributes: &'a ObservedAttributes, name: &str) -> Option<Option<&'a Value>> {
    match attributes.get(name) {
        Some(value) => Some(value.as_ref()),
        // An entry missing from a map that was shown is the vendor's `null`.
        None => {
            let mut maps = name.match_indices('.').map(|(at, _)| &name[..at]);
            maps.any(|map| attributes.contains(map)).then_some(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&'static str, &str)]) -> ObservedAttributes {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (*name, Some(Value::text(*value))))
            .collect()
    }

    #[test]
    fn a_value_is_small() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Option<Value>>(), 24);
    }

    #[test]
    fn packed_lists_say_the_same_share_names_and_can_be_changed() {
        let mut shapes = Shapes::default();
        let ada = shown(&[("last", "Lovelace"), ("first", "Ada")]);
        let bob = shown(&[("first", "Bob"), ("last", "Byte")]);
        let (packed, other) = (shapes.share(ada.clone()), shapes.share(bob.clone()));
        assert_eq!((&packed, &other), (&ada, &bob));
        assert_eq!(format!("{packed:?}"), format!("{ada:?}"));
        assert_eq!(shapes.known.len(), 1);
        let mut changed = packed.clone();
        changed.insert("first", None);
        changed.insert("company", None);
        assert_eq!(changed.get("first"), Some(&None));
        assert_eq!(changed.remove("company"), Some(None));
        assert_eq!(changed.len(), 2);
        assert_eq!(packed, ada, "what shares the names is left alone");
        let mut same = shapes.share(changed);
        same.insert("first", Some(Value::text("Ada")));
        assert_eq!(same, ada);
    }
}
