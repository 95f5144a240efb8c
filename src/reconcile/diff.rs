//! Drift of one account: which managed attributes differ, and what is to be said about the rest.

use std::collections::BTreeMap;

use super::account::{Account, email_key};
use super::current::{Directory, LookupError};
use super::plan::Change;
use super::value::{Attributes, Key, Shown, Value};
use crate::vendor::spec::{AttributeKind, Mode, VendorSpec};

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
    let wanted = canonical(spec, directories, desired, &mut drift.unknown);
    for (name, after) in wanted.iter() {
        let mode = spec.attribute(name).map_or(Mode::ReadWrite, |it| it.mode);
        let Some(before) = shown(&account.attributes, name) else {
            continue;
        };
        if mode == Mode::CreateOnly || same(before, after) {
            continue;
        }
        if let Some((key, why)) = account.fixed.iter().find(|(key, _)| key == name) {
            drift.locked.push((key.clone(), why.clone()));
            continue;
        }
        let change = Change {
            attribute: Key::from(name.to_owned()),
            before: before.cloned(),
            after: after.clone(),
        };
        match mode {
            Mode::Fixed => drift.fixed.push(change),
            Mode::ReadWrite | Mode::CreateOnly => drift.changes.push(change),
        }
    }
    drift
}

/// Every attribute that a create sets, with `before: null`; and what is unknown at the vendor.
pub fn initial_changes(
    spec: &VendorSpec,
    directories: &BTreeMap<&'static str, Directory>,
    desired: &Attributes,
    on_create: &Attributes,
) -> (Vec<Change>, Vec<String>) {
    let mut unknown = Vec::new();
    let mut all = canonical(spec, directories, desired, &mut unknown);
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
                return change.after.as_text().map(email_key) != Some(account.email_key());
            }
            let written_only = spec
                .attribute(&change.attribute)
                .is_some_and(|attribute| attribute.mode == Mode::CreateOnly);
            match shown(&account.attributes, &change.attribute) {
                Some(now) => !written_only && !same(now, &change.after),
                None => false,
            }
        })
        .collect()
}

/// What the vendor shows of an attribute: outer `None` not shown, inner `None` its `null`.
pub(crate) fn shown<'a>(attributes: &'a Shown, name: &str) -> Option<Option<&'a Value>> {
    match attributes.get(name) {
        Some(value) => Some(value.as_ref()),
        // An entry missing from a map that was shown is the vendor's `null`.
        None => {
            let (map, _) = name.split_once('.')?;
            attributes.contains(map).then_some(None)
        }
    }
}

/// Whether two values say the same: `null`, an empty text and an empty list do.
fn same(before: Option<&Value>, after: &Value) -> bool {
    match before {
        Some(before) => before == after || (before.is_empty() && after.is_empty()),
        None => after.is_empty(),
    }
}

/// The desired values in the words that plans use: names of groups and roles instead of ids,
/// e-mails of lists in lower case.
fn canonical(
    spec: &VendorSpec,
    directories: &BTreeMap<&'static str, Directory>,
    desired: &Attributes,
    unknown: &mut Vec<String>,
) -> Attributes {
    desired
        .iter()
        .map(|(name, value)| {
            let kind = spec.attribute(name).map(|attribute| attribute.kind);
            let value = match (directories.get(name), kind, value) {
                (Some(directory), _, Value::Text(text)) => {
                    Value::Text(resolve(directory, text, unknown))
                }
                (Some(directory), _, Value::Set(items)) => {
                    Value::set(items.iter().map(|item| resolve(directory, item, unknown)))
                }
                (None, Some(AttributeKind::EmailSet), Value::Set(items)) => {
                    Value::set(items.iter().map(|item| email_key(item)))
                }
                (_, _, value) => value.clone(),
            };
            (Key::from(name.to_owned()), value)
        })
        .collect()
}

fn resolve(directory: &Directory, wanted: &str, unknown: &mut Vec<String>) -> Box<str> {
    // Empty means "none", which is no name to look up.
    if wanted.is_empty() {
        return wanted.into();
    }
    match directory.lookup(wanted) {
        Ok(entry) => directory.display(entry).into(),
        Err(error) => {
            unknown.push(explain_unknown(directory, wanted, error));
            wanted.into()
        }
    }
}

fn explain_unknown(directory: &Directory, wanted: &str, error: LookupError) -> String {
    let noun = directory.noun;
    match error {
        LookupError::Ambiguous => {
            let ids: Vec<&str> = directory
                .entries
                .iter()
                .filter(|entry| &*entry.name == wanted)
                .map(|entry| &*entry.id)
                .collect();
            format!(
                "several {noun}s are called \"{wanted}\"; give the id of one: {}",
                ids.join(", ")
            )
        }
        LookupError::Unknown => {
            let names = directory.entries.iter().map(|entry| &*entry.name);
            match crate::nearest::neighbours(wanted, names).as_slice() {
                [] => format!("the vendor shows no {noun} \"{wanted}\""),
                near => format!(
                    "the vendor shows no {noun} \"{wanted}\"; near: {}",
                    near.iter()
                        .map(|name| format!("\"{name}\""))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            }
        }
    }
}
