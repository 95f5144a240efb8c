//! Layers (rule 2): each managed attribute of an account, and where its value comes from.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::grants::{Given, Giver, When, at_vendor};
use super::model::{AccountEntry, AttributeEntry, Person, Roster, Spanned, VendorSettings};
use crate::model::spec::{FromPerson, LOGIN};
use crate::model::value::{Key, Value};
use crate::roster::diagnostic::Span;

/// Where each managed attribute of that person's account comes from, sorted by name. [`super::desired()`]
/// is made from the same. Empty for a vendor that the roster does not have.
pub fn layers(roster: &Roster, person: &Person, vendor: &str, when: When) -> Vec<Layered> {
    match roster.vendors.get(vendor) {
        Some(settings) => {
            let layered = resolve(roster, person, settings, when).layered;
            layered.into_iter().map(Layered::from).collect()
        }
        None => Vec::new(),
    }
}

/// A layer, weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The declaration of the vendor's kind.
    Default,
    /// The vendor's `defaults`.
    VendorDefaults,
    /// A field of the person.
    Person,
    /// A profile.
    Profile {
        /// Its name.
        name: Box<str>,
        /// Who gives it.
        by: ProfileBy,
        /// The profile that includes it, if it came with one.
        through: Option<Box<str>>,
    },
    /// The person's `accounts`.
    Account,
}

/// Who gives a profile to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileBy {
    /// The profile itself, with `everyone: true`.
    Everyone,
    /// A team, by name.
    Team(Box<str>),
    /// The person's own entry.
    Person,
}

/// One managed attribute of one account, after all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layered {
    /// Its roster name; `features.fq-access` for one key of a map.
    pub name: Key,
    /// The value that holds.
    pub value: Value,
    /// Where it comes from: the layer that won, or, for a list, every layer that adds to it,
    /// weakest first. Never empty.
    pub sources: Vec<Source>,
}

/// What one layer says about an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The layer.
    pub layer: Layer,
    /// What it says.
    pub value: Value,
    /// Where; `None` for the declaration's own default.
    pub span: Option<Span>,
}

/// The layers of one account, and what did not go together. It borrows: this is done for every
/// account in every command, and hardly anybody asks where a value comes from.
pub(super) struct Resolved<'r> {
    /// Sorted by name.
    pub(super) layered: Vec<Managed<'r>>,
    pub(super) clashes: Vec<Clash<'r>>,
}

/// Two profiles that disagree about a scalar, with `accounts` silent (rule 2).
pub(super) struct Clash<'r> {
    pub(super) name: Key,
    pub(super) first: Said<'r>,
    pub(super) second: Said<'r>,
}

/// A [`Layered`] that borrows from the roster.
pub(super) struct Managed<'r> {
    pub(super) name: Key,
    /// The layer that won, or the last one that adds to a list.
    pub(super) top: Said<'r>,
    /// The others that add to a list, weakest first.
    lower: Vec<Said<'r>>,
    /// The list that holds, where there are others; made once all of them are known.
    united: Option<Value>,
}

/// A [`Source`] that borrows from the roster.
#[derive(Clone)]
pub(super) struct Said<'r> {
    /// The profile that says it, or which other layer.
    pub(super) by: By<'r>,
    value: Cow<'r, Value>,
    pub(super) span: Option<Span>,
}

/// A [`Layer`] that borrows from the roster.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By<'r> {
    Default,
    VendorDefaults,
    Person,
    Profile(Given<'r>),
    Account,
}

impl<'r> Managed<'r> {
    /// The value that holds.
    pub(super) fn value(&self) -> &Value {
        self.united.as_ref().unwrap_or(&self.top.value)
    }

    /// Its name and the value that holds.
    pub(super) fn into_pair(self) -> (Key, Value) {
        let value = match self.united {
            Some(value) => value,
            None => self.top.value.into_owned(),
        };
        (self.name, value)
    }

    /// Whether the layers that `said` comes over were lists like it; then they are to be united.
    fn adds(&mut self, said: &Said<'r>) -> bool {
        let both = matches!(
            (&*self.top.value, &*said.value),
            (Value::Set(_), Value::Set(_))
        );
        if both {
            let below = std::mem::replace(&mut self.top, said.clone());
            self.lower.push(below);
        }
        both
    }

    /// Unites the lists, all in one go: each may be long, and there may be many.
    fn unite(&mut self) {
        if !self.lower.is_empty() {
            let all = self.lower.iter().chain([&self.top]);
            let items = all.flat_map(|said| said.value.as_set().unwrap_or_default());
            self.united = Some(Value::set(items.cloned()));
        }
    }
}

impl From<Managed<'_>> for Layered {
    fn from(managed: Managed<'_>) -> Self {
        let value = managed.value().clone();
        let sources = managed.lower.into_iter().chain([managed.top]);
        Self {
            name: managed.name,
            value,
            sources: sources.map(Source::from).collect(),
        }
    }
}

impl From<Said<'_>> for Source {
    fn from(said: Said<'_>) -> Self {
        Self {
            layer: match said.by {
                By::Default => Layer::Default,
                By::VendorDefaults => Layer::VendorDefaults,
                By::Person => Layer::Person,
                By::Profile(given) => Layer::Profile {
                    name: given.profile.into(),
                    by: match given.by {
                        Giver::Everyone => ProfileBy::Everyone,
                        Giver::Team(team) => ProfileBy::Team(team.into()),
                        Giver::Person => ProfileBy::Person,
                    },
                    through: given.through.map(Box::from),
                },
                By::Account => Layer::Account,
            },
            value: said.value.into_owned(),
            span: said.span,
        }
    }
}

/// Puts the layers of one account on top of each other (rule 2).
pub(super) fn resolve<'r>(
    roster: &'r Roster,
    person: &'r Person,
    vendor: &'r VendorSettings,
    when: When,
) -> Resolved<'r> {
    let mut stack = Stack {
        layered: Vec::with_capacity(vendor.spec.attributes.len().min(Stack::FEW)),
        ..Stack::default()
    };
    for spec in vendor.spec.attributes {
        if let Some(literal) = spec.default {
            let said = Said {
                by: By::Default,
                value: Cow::Owned(Value::from(literal)),
                span: None,
            };
            stack.push(Key::Borrowed(spec.name), said);
        }
    }
    stack.push_all(By::VendorDefaults, &vendor.defaults);
    for spec in vendor.spec.attributes {
        let named = || {
            vendor
                .names("from_person")
                .iter()
                .any(|it| **it == *spec.name)
        };
        let from = spec
            .from_person
            .or_else(|| spec.offered.filter(|_| named()));
        if let Some((value, span)) = from.and_then(|from| field(person, from)) {
            let said = Said {
                by: By::Person,
                value: Cow::Owned(value),
                span: Some(span),
            };
            stack.push(Key::Borrowed(spec.name), said);
        }
    }
    let entries = || at_vendor(roster, person, &vendor.name);
    let nested = entries().filter(|it| it.is_nested() && it.given.holds(when));
    let nested: Vec<_> = nested.collect();
    for it in entries() {
        let AccountEntry::Settings { id: _, attributes } = &it.entry.value else {
            continue;
        };
        let by = By::Profile(it.given);
        if !it.given.holds(when) {
            stack.push_emptied(by, attributes);
        } else if nested.is_empty() {
            stack.push_all(by, attributes);
        } else {
            let decided = |name: &str| nested.iter().any(|up| up.decides(it.given.profile, name));
            stack.push_all(by, attributes.iter().filter(|it| !decided(&it.name)));
        }
    }
    if let Some(entry) = person.accounts.get(&vendor.name)
        && let AccountEntry::Settings { id: _, attributes } = &entry.value
    {
        stack.push_all(By::Account, attributes);
        if !stack.clashes.is_empty() {
            let decided: HashSet<&str> = attributes.iter().map(|it| &*it.name).collect();
            let open = |clash: &Clash<'_>| !decided.contains(&*clash.name);
            stack.clashes.retain(open);
        }
    }
    if let Some((login, span)) = person.login(vendor) {
        let said = Said {
            by: By::Person,
            value: Cow::Owned(Value::text(login)),
            span: Some(span),
        };
        stack.push(Key::Borrowed(LOGIN), said);
    }
    let mut layered = stack.layered;
    layered.iter_mut().for_each(Managed::unite);
    layered.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    Resolved {
        layered,
        clashes: stack.clashes,
    }
}

/// The layers while they are put on top of each other.
#[derive(Default)]
struct Stack<'r> {
    layered: Vec<Managed<'r>>,
    /// Places in `layered`, once there are many.
    places: HashMap<Key, usize>,
    clashes: Vec<Clash<'r>>,
}

impl<'r> Stack<'r> {
    fn push_all(&mut self, by: By<'r>, entries: impl IntoIterator<Item = &'r AttributeEntry>) {
        for entry in entries {
            let AttributeEntry { name, value, span } = entry;
            let said = Said {
                by,
                value: Cow::Borrowed(value),
                span: Some(*span),
            };
            self.push(name.clone(), said);
        }
    }

    /// What is left of a profile outside of its days: its lists are managed, and it puts nothing
    /// into them (rule 14).
    fn push_emptied(&mut self, by: By<'r>, entries: &'r [AttributeEntry]) {
        for AttributeEntry { name, value, span } in entries {
            if matches!(value, Value::Set(_)) {
                let said = Said {
                    by,
                    value: Cow::Owned(Value::set([""; 0])),
                    span: Some(*span),
                };
                self.push(name.clone(), said);
            }
        }
    }

    /// Up to so many attributes looking through them is quicker than hashing.
    const FEW: usize = 24;

    /// Where an attribute is that a layer below named.
    fn place(&self, name: &Key) -> Option<usize> {
        match self.places.is_empty() {
            true => self.layered.iter().position(|it| it.name == *name),
            false => self.places.get(name).copied(),
        }
    }

    fn add(&mut self, name: Key, top: Said<'r>) {
        let at = self.layered.len();
        if at == Self::FEW {
            let names = self.layered.iter().map(|it| it.name.clone());
            self.places = names.zip(0..).collect();
        }
        if at >= Self::FEW {
            self.places.insert(name.clone(), at);
        }
        self.layered.push(Managed {
            name,
            top,
            lower: Vec::new(),
            united: None,
        });
    }

    fn push(&mut self, name: Key, said: Said<'r>) {
        let place = self.place(&name);
        let Some(below) = place.and_then(|at| self.layered.get_mut(at)) else {
            self.add(name, said);
            return;
        };
        if below.adds(&said) {
            return;
        }
        let profiles = |a: By<'_>, b: By<'_>| matches!((a, b), (By::Profile(_), By::Profile(_)));
        if profiles(below.top.by, said.by) {
            // The first profile stays, so that the answer does not hang on a broken roster.
            if below.top.value != said.value {
                self.clashes.push(Clash {
                    name,
                    first: below.top.clone(),
                    second: said,
                });
            }
            return;
        }
        below.top = said;
        below.lower.clear();
    }
}

/// The value of a person field, and where it stands.
fn field(person: &Person, from: FromPerson) -> Option<(Value, Span)> {
    let one = |field: &Option<Spanned<Arc<str>>>| {
        let field = field.as_ref()?;
        Some((Value::text(&*field.value), field.span))
    };
    match from {
        FromPerson::FirstName => one(&person.first_name),
        FromPerson::LastName => one(&person.last_name),
        FromPerson::JobTitle => one(&person.job_title),
        FromPerson::Company => one(&person.company),
        FromPerson::Email => Some((Value::text(&*person.email.value), person.email.span)),
        FromPerson::FullName => {
            let parts = [&person.first_name, &person.last_name];
            let given: Vec<_> = parts.into_iter().flatten().collect();
            let span = given.first()?.span;
            let words: Vec<&str> = given
                .iter()
                .map(|part| part.value.as_ref())
                .filter(|part| !part.is_empty())
                .collect();
            Some((Value::text(words.join(" ")), span))
        }
    }
}
