//! Drift of one account: which managed attributes differ, and what is to be said about the rest.

use std::collections::{BTreeMap, HashMap};

use crate::model::account::Account;
use crate::model::action::Change;
use crate::model::current::Directory;
use crate::model::email::{EmailKey, same_email};
use crate::model::few::FEW;
use crate::model::spec::{AttributeKind, Mode, VendorSpec};
use crate::model::value::shown;
use crate::model::value::{Attributes, Key, Value};

/// What a comparison of one account brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// What an update would change, sorted by attribute.
    pub changes: Vec<Change>,
    /// Differences that the vendor does not let anybody write on an existing account.
    pub fixed: Vec<Change>,
    /// Differences in attributes that the vendor locked on this account, with its reason.
    pub locked: Vec<(Key, Box<str>)>,
    /// Why the action has to be held: what only the vendor can know (an unknown role or group).
    pub unknown: Vec<String>,
}

/// Compares the managed attributes of one account. Attributes that the vendor does not show, and
/// those of [`Mode::CreateOnly`], are left out of drift (roster rule 6).
pub fn diff(
    spec: &VendorSpec,
    directories: &BTreeMap<&'static str, Directory>,
    desired: &Attributes,
    account: &Account,
) -> Drift {
    let mut drift = Drift::default();
    let locks = Locks::of(account);
    for (name, value) in desired.iter() {
        let attribute = spec.attribute(name);
        let mode = attribute.map_or(Mode::ReadWrite, |it| it.mode);
        let Some(before) = shown(&account.attributes, name) else {
            continue;
        };
        if mode == Mode::CreateOnly {
            continue;
        }
        let kind = attribute.map(|it| it.kind);
        let (after, unknown) = canonical(directories.get(name), kind, value);
        if same(before, &after, kind) {
            continue;
        }
        if let Some(why) = locks.get(name) {
            drift.locked.push((Key::from(name.to_owned()), why.into()));
            continue;
        }
        // Only now: a name that the vendor hides and the account has all the same is no drift.
        drift.unknown.extend(unknown);
        let change = Change {
            attribute: Key::from(name.to_owned()),
            before: before.cloned(),
            after,
        };
        match mode {
            Mode::Fixed => drift.fixed.push(change),
            Mode::ReadWrite | Mode::CreateOnly => drift.changes.push(change),
        }
    }
    drift
}

/// What the vendor does not let anybody change on one account. A lock on a map (`features`) is one on
/// each of its entries.
pub(crate) struct Locks<'a>(HashMap<&'a str, &'a str>);

impl<'a> Locks<'a> {
    /// Those of an account.
    pub(crate) fn of(account: &'a Account) -> Self {
        let locks = account.fixed.iter();
        Self(locks.map(|(name, why)| (&**name, &**why)).collect())
    }

    /// Why the vendor does not let this attribute be changed, if it says so.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let head = || name.split('.').next().unwrap_or(name);
        self.0.get(name).or_else(|| self.0.get(head())).copied()
    }
}

/// Every attribute that a create sets, with `before: null`; and what is unknown at the vendor.
pub fn initial_changes(
    spec: &VendorSpec,
    directories: &BTreeMap<&'static str, Directory>,
    desired: &Attributes,
    on_create: &Attributes,
) -> (Vec<Change>, Vec<String>) {
    let mut unknown = Vec::new();
    let mut all = Attributes::new();
    for (name, value) in desired.iter() {
        let kind = spec.attribute(name).map(|it| it.kind);
        let (value, why) = canonical(directories.get(name), kind, value);
        all.insert(name.to_owned(), value);
        unknown.extend(why);
    }
    for (name, value) in on_create.iter() {
        if !all.contains(name) {
            all.insert(name.to_owned(), value.clone());
        }
    }
    let changes = all
        .iter()
        .map(|(name, value)| Change {
            attribute: Key::from(name.to_owned()),
            before: None,
            after: value.clone(),
        })
        .collect();
    (changes, unknown)
}

/// What an account still lacks after a write: the changes it does not show. Attributes that the
/// account does not show at all cannot be checked and are taken as written.
pub fn unmet<'a>(spec: &VendorSpec, changes: &'a [Change], account: &Account) -> Vec<&'a Change> {
    changes
        .iter()
        .filter(|change| {
            if change.attribute == "email" {
                return change.after.as_text().map(EmailKey::of) != Some(account.email_key());
            }
            let attribute = spec.attribute(&change.attribute);
            let written_only = attribute.is_some_and(|it| it.mode == Mode::CreateOnly);
            let kind = attribute.map(|it| it.kind);
            match shown(&account.attributes, &change.attribute) {
                Some(now) => !written_only && !same(now, &change.after, kind),
                None => false,
            }
        })
        .collect()
}

/// Whether two values say the same: `null`, an empty text and an empty list do.
fn same(before: Option<&Value>, after: &Value, kind: Option<AttributeKind>) -> bool {
    let Some(before) = before else {
        return after.is_empty();
    };
    if before == after || (before.is_empty() && after.is_empty()) {
        return true;
    }
    match (before, kind) {
        (Value::Text(text), Some(AttributeKind::Email)) => {
            after.as_text().is_some_and(|after| same_email(text, after))
        }
        (Value::Set(items), Some(AttributeKind::EmailSet)) => keyed(items) == *after,
        // A record that somebody edited need not be sorted.
        (Value::Set(items), _) => Value::set(items.iter().cloned()) == *after,
        (Value::Flag(_) | Value::Text(_), _) => false,
    }
}

/// A desired value in the words that plans use (names of groups and roles instead of ids, e-mails
/// of lists as their keys), and what is unknown at the vendor.
fn canonical(
    directory: Option<&Directory>,
    kind: Option<AttributeKind>,
    value: &Value,
) -> (Value, Vec<String>) {
    let mut unknown = Unknown::default();
    let value = match (directory, kind, value) {
        (Some(directory), _, Value::Text(text)) => Value::text(unknown.resolve(directory, text)),
        (Some(directory), _, Value::Set(items)) => {
            Value::set(items.iter().map(|item| unknown.resolve(directory, item)))
        }
        (None, Some(AttributeKind::EmailSet), Value::Set(items)) => keyed(items),
        (_, _, value) => value.clone(),
    };
    (value, unknown.whys(directory))
}

fn keyed(items: &[Box<str>]) -> Value {
    Value::set(items.iter().map(|item| EmailKey::of(item)))
}

/// Names of one value that mean nothing at the vendor.
#[derive(Default)]
struct Unknown {
    told: Vec<String>,
    /// How many more there are.
    more: usize,
}

impl Unknown {
    fn resolve(&mut self, directory: &Directory, wanted: &str) -> Box<str> {
        // Empty means "none", which is no name to look up.
        if wanted.is_empty() {
            return wanted.into();
        }
        match directory.lookup(wanted) {
            Ok(entry) => return directory.display(entry).into(),
            Err(_) if self.told.len() == FEW => self.more += 1,
            Err(error) => self.told.push(directory.explain(wanted, error)),
        }
        wanted.into()
    }

    fn whys(mut self, directory: Option<&Directory>) -> Vec<String> {
        if let (Some(directory), 1..) = (directory, self.more) {
            let (more, noun) = (self.more, directory.noun);
            self.told
                .push(format!("nor {more} more {noun}s that the roster gives"));
        }
        self.told
    }
}
