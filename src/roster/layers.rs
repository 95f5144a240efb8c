//! Layers (rule 2): each managed attribute of an account, and where its value comes from.

use super::model::{AccountEntry, AttributeEntry, Person, Roster, Spanned, VendorSettings};
use crate::diagnostic::Span;
use crate::reconcile::value::{Key, Value};
use crate::vendor::spec::FromPerson;

/// Where each managed attribute of that person's account comes from, sorted by name. [`super::desired()`]
/// is made from the same. Empty for a vendor that the roster does not have.
pub fn layers(roster: &Roster, person: &Person, vendor: &str) -> Vec<Layered> {
    match roster.vendors.get(vendor) {
        Some(settings) => resolve(roster, person, settings).layered,
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
    /// A profile, by name.
    Profile(Box<str>),
    /// The person's `accounts`.
    Account,
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

/// The layers of one account, and what did not go together.
pub(super) struct Resolved {
    pub(super) layered: Vec<Layered>,
    pub(super) clashes: Vec<Clash>,
}

/// Two profiles that disagree about a scalar, with `accounts` silent (rule 2).
pub(super) struct Clash {
    pub(super) name: Key,
    pub(super) first: Source,
    pub(super) second: Source,
}

/// Puts the layers of one account on top of each other (rule 2).
pub(super) fn resolve(roster: &Roster, person: &Person, vendor: &VendorSettings) -> Resolved {
    let mut stack = Stack::default();
    for spec in vendor.spec.attributes {
        if let Some(literal) = spec.default {
            stack.push(
                Key::Borrowed(spec.name),
                Layer::Default,
                Value::from(literal),
                None,
            );
        }
    }
    stack.push_all(&Layer::VendorDefaults, &vendor.defaults);
    for spec in vendor.spec.attributes {
        if let Some((value, span)) = spec.from_person.and_then(|from| field(person, from)) {
            stack.push(Key::Borrowed(spec.name), Layer::Person, value, Some(span));
        }
    }
    for (mention, entry) in profile_entries(roster, person, &vendor.name) {
        if let AccountEntry::Settings { id: _, attributes } = &entry.value {
            stack.push_all(&Layer::Profile(mention.value.clone()), attributes);
        }
    }
    if let Some(entry) = person.accounts.get(&vendor.name)
        && let AccountEntry::Settings { id: _, attributes } = &entry.value
    {
        stack.push_all(&Layer::Account, attributes);
    }
    let mut layered = stack.layered;
    layered.sort_by(|left, right| left.name.cmp(&right.name));
    Resolved {
        layered,
        clashes: stack.clashes,
    }
}

/// What the person's profiles say about a vendor, with where the person mentions the profile.
pub(super) fn profile_entries<'r>(
    roster: &'r Roster,
    person: &'r Person,
    vendor: &str,
) -> impl Iterator<Item = (&'r Spanned<Box<str>>, &'r Spanned<AccountEntry>)> {
    person.profiles.iter().filter_map(move |mention| {
        let profile = roster.profiles.get(&mention.value)?;
        Some((mention, profile.accounts.get(vendor)?))
    })
}

/// The layers while they are put on top of each other.
#[derive(Default)]
struct Stack {
    layered: Vec<Layered>,
    clashes: Vec<Clash>,
}

impl Stack {
    fn push_all(&mut self, layer: &Layer, entries: &[AttributeEntry]) {
        for entry in entries {
            let AttributeEntry { name, value, span } = entry;
            self.push(name.clone(), layer.clone(), value.clone(), Some(*span));
        }
    }

    fn push(&mut self, name: Key, layer: Layer, value: Value, span: Option<Span>) {
        let source = Source { layer, value, span };
        let Some(below) = self.layered.iter_mut().find(|below| below.name == name) else {
            self.layered.push(Layered {
                name,
                value: source.value.clone(),
                sources: vec![source],
            });
            return;
        };
        if let (Value::Set(have), Value::Set(more)) = (&below.value, &source.value) {
            below.value = Value::set(have.iter().chain(more).cloned());
            below.sources.push(source);
            return;
        }
        let top = below.sources.last();
        let equals = top.is_some_and(|top| is_profile(top) && is_profile(&source));
        match top {
            Some(top) if equals => {
                // The first profile stays, so that the answer does not hang on a broken roster.
                if top.value != source.value {
                    self.clashes.push(Clash {
                        name,
                        first: top.clone(),
                        second: source,
                    });
                }
            }
            Some(_) | None => {
                if source.layer == Layer::Account {
                    self.clashes.retain(|clash| clash.name != name);
                }
                below.value = source.value.clone();
                below.sources = vec![source];
            }
        }
    }
}

fn is_profile(source: &Source) -> bool {
    matches!(source.layer, Layer::Profile(_))
}

/// The value of a person field, and where it stands.
fn field(person: &Person, from: FromPerson) -> Option<(Value, Span)> {
    let one = |field: &Option<Spanned<Box<str>>>| {
        let field = field.as_ref()?;
        Some((Value::Text(field.value.clone()), field.span))
    };
    match from {
        FromPerson::FirstName => one(&person.first_name),
        FromPerson::LastName => one(&person.last_name),
        FromPerson::JobTitle => one(&person.job_title),
        FromPerson::Company => one(&person.company),
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
