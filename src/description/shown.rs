//! A user of the vendor's, as JSON, to an account in our words. Pure.

use serde_json::Value as Json;

use super::check::is_active;
use super::model::{Attribute, AttributeMode, AttributeType, Description, EmailAt};
use super::pointer::Pointer;
use crate::model::account::Account;
use crate::model::current::Directory;
use crate::model::spec::LOGIN;
use crate::model::value::{Key, ObservedAttributes, Value};

/// What one user shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account, without a shield.
    pub account: Account,
    /// What the shield says it is.
    pub shielded: bool,
    /// Values that tell access and are in neither list of the description: they count as access.
    pub undescribed: Vec<String>,
}

/// Reads a user; `groups` gives names to ids.
///
/// # Errors
/// Why it cannot be understood, in one clause that quotes nothing of it.
pub fn user(description: &Description, json: &Json, groups: &Directory) -> Result<User, String> {
    if !json.is_object() {
        return Err(String::from("is no object"));
    }
    let users = &description.users;
    let id = key(json, &users.id).ok_or_else(|| format!("has no usable id at {}", users.id))?;
    let login = users.login.as_ref().and_then(|at| key(json, at));
    let email = email(description, json).ok_or("has no usable e-mail")?;
    if users.email.is_none() && login.is_none() {
        return Err(String::from("has no usable login"));
    }
    let mut account = Account::new(email);
    account.id = Some(id);
    let mut undescribed = Vec::new();
    for condition in &users.active {
        let value = condition.at.get(json).unwrap_or(&Json::Null);
        let described = undescribed.len();
        account.active &= is_active_or_new(condition, value, &mut undescribed);
        if undescribed.len() > described && value.is_null() {
            account.unseen = true;
        }
    }
    let mut shown = ObservedAttributes::new();
    for attribute in &description.attributes {
        attribute_of(attribute, json, groups, &mut shown, &mut account)
            .map_err(|why| format!("has a `{}` that {why}", attribute.name))?;
    }
    if let Some(login) = login {
        shown.insert(LOGIN, Some(Value::text(&*login)));
    }
    account.attributes = shown;
    let shielded = users.shield.as_ref().is_some_and(|shield| {
        let value = shield.at.get(json).unwrap_or(&Json::Null);
        let mut entries = value.as_array().into_iter().flatten();
        shield.is.contains(value) || entries.any(|it| shield.is.contains(it))
    });
    Ok(User {
        account,
        shielded,
        undescribed,
    })
}

/// The e-mail of a user, whatever else of it can be understood; the login stands for one that is not
/// there.
pub fn email(description: &Description, json: &Json) -> Option<Box<str>> {
    let users = &description.users;
    let email: Option<Box<str>> = match &users.email {
        Some(at) => match (&at.take, at.at.get(json)) {
            (None, found) => found.and_then(Json::as_str).map(Box::from),
            (Some(take), found) => entry(found, &at.filter)
                .and_then(|it| take.get(it)?.as_str())
                .map(Box::from),
        },
        None => None,
    };
    let email = email.filter(|it| !it.trim().is_empty());
    let lacks = users.email.as_ref().is_none_or(|at| has_none(at, json));
    email.or_else(|| key(json, users.login.as_ref().filter(|_| lacks)?))
}

/// Whether a user has no e-mail at all, and not one that cannot be understood.
fn has_none(email: &EmailAt, json: &Json) -> bool {
    let found = email.at.get(json).unwrap_or(&Json::Null);
    match (&email.take, found) {
        (_, Json::Null) => true,
        (None, Json::String(text)) => text.trim().is_empty(),
        (Some(take), Json::Array(_)) => entry(Some(found), &email.filter)
            .is_none_or(|it| take.get(it).is_none_or(Json::is_null)),
        _ => false,
    }
}

/// A value in neither list counts as access, and is told.
fn is_active_or_new(
    condition: &super::model::Condition,
    value: &Json,
    undescribed: &mut Vec<String>,
) -> bool {
    if condition.active.contains(value) || condition.inactive.contains(value) {
        return is_active(condition, value);
    }
    // Where both lists are given, they should have it.
    if !condition.active.is_empty() {
        undescribed.push(format!("{value} at {}", condition.at));
    }
    true
}

/// An id or a login: a text, or a number as its text.
pub fn key(json: &Json, at: &Pointer) -> Option<Box<str>> {
    match at.get(json)? {
        Json::String(text) if !text.is_empty() => Some(text.as_str().into()),
        Json::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The entry of an array in which all of these stand.
pub(super) fn entry<'j>(array: Option<&'j Json>, filter: &[(Pointer, Json)]) -> Option<&'j Json> {
    let mut entries = array?.as_array()?.iter();
    entries.find(|it| filter.iter().all(|(at, is)| at.get(it) == Some(is)))
}

/// Adds what a user shows of one attribute.
fn attribute_of(
    it: &Attribute,
    json: &Json,
    groups: &Directory,
    shown: &mut ObservedAttributes,
    account: &mut Account,
) -> Result<(), &'static str> {
    let Some(at) = it.at.as_ref().filter(|_| is_read(it)) else {
        return Ok(());
    };
    let name = || it.name.to_string();
    match at.get(json) {
        None => {}
        Some(Json::Null) => shown.insert(name(), None),
        Some(found) if it.kind == AttributeType::Flags => {
            flags(it, found, shown, account)?;
        }
        Some(found) => shown.insert(name(), value(it, found, groups)?),
    }
    Ok(())
}

/// Whether it is ever read.
pub(super) fn is_read(it: &Attribute) -> bool {
    !matches!(it.mode, AttributeMode::Create | AttributeMode::Write)
}

/// The value at an attribute's place; `None` is the vendor's nothing.
fn value(it: &Attribute, found: &Json, groups: &Directory) -> Result<Option<Value>, &'static str> {
    let one = match (&it.entry, it.one) {
        (Some(entry), _) => {
            let array = found.as_array().ok_or("is no list")?;
            let matching = |entry_of: &&Json| {
                let mut filter = entry.filter.iter();
                filter.all(|(at, is)| at.get(entry_of) == Some(is))
            };
            match array
                .iter()
                .find(matching)
                .and_then(|it| entry.take.get(it))
            {
                None | Some(Json::Null) => return Ok(None),
                Some(value) => value,
            }
        }
        (None, true) => match found.as_array().ok_or("is no list")?.as_slice() {
            [] => return Ok(None),
            [one] => match &it.each {
                Some(each) => each.get(one).ok_or("has an entry without its value")?,
                None => one,
            },
            _ => return Err("has several entries where one is described"),
        },
        (None, false) => found,
    };
    if it.kind == AttributeType::Set {
        let entries = one.as_array().ok_or("is no list")?.iter();
        let texts: Option<Vec<Box<str>>> = entries
            .map(|entry| {
                let item = match &it.each {
                    Some(each) => each.get(entry)?,
                    None => entry,
                };
                Some(word(it, &scalar(item)?, item, groups))
            })
            .collect();
        return Ok(Some(Value::set(
            texts.ok_or("has an entry that is no text")?,
        )));
    }
    let text = scalar(one).ok_or("is no single value")?;
    match it.kind {
        AttributeType::Flag if it.values.is_empty() => {
            Ok(Some(Value::Flag(one.as_bool().ok_or("is no boolean")?)))
        }
        AttributeType::Flag => match &*word(it, &text, one, groups) {
            "true" => Ok(Some(Value::Flag(true))),
            "false" => Ok(Some(Value::Flag(false))),
            _ => Err("is neither of its two values"),
        },
        AttributeType::Number if !one.is_number() => Err("is no number"),
        AttributeType::Text | AttributeType::Email if it.values.is_empty() && !one.is_string() => {
            Err("is no text")
        }
        _ => Ok(Some(Value::text(&*word(it, &text, one, groups)))),
    }
}

/// A scalar as text.
fn scalar(json: &Json) -> Option<Box<str>> {
    match json {
        Json::String(text) => Some(text.as_str().into()),
        Json::Number(number) => Some(number.to_string().into()),
        Json::Bool(flag) => Some(flag.to_string().into()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The roster's word for a wire value: by `values`, or the group's name; else the value itself, so
/// that one which is not described is seen as it is.
fn word(it: &Attribute, text: &str, wire: &Json, groups: &Directory) -> Box<str> {
    if let Some((word, _)) = it.values.iter().find(|(_, value)| value == wire) {
        return word.clone();
    }
    match it.of_groups {
        true => groups.display_id(text).into(),
        false => text.into(),
    }
}

/// The flags of an array, each under its own name.
fn flags(
    it: &Attribute,
    found: &Json,
    shown: &mut ObservedAttributes,
    account: &mut Account,
) -> Result<(), &'static str> {
    let Some(parts) = &it.flags else {
        return Ok(());
    };
    shown.insert(it.name.to_string(), None);
    for entry in found.as_array().ok_or("is no list")? {
        let slug = key(entry, &parts.key).ok_or("has an entry without its key")?;
        let name = format!("{}.{slug}", it.name);
        let value = parts.value.get(entry).unwrap_or(&Json::Null);
        let locked = parts.fixed.as_ref().is_some_and(|(at, is)| {
            let value = at.get(entry).unwrap_or(&Json::Null);
            is.contains(value)
        });
        match (value, locked) {
            (Json::Bool(flag), false) => shown.insert(name, Some(Value::Flag(*flag))),
            (Json::Bool(flag), true) => {
                let why = "the vendor says that it cannot be changed on this account";
                account.fixed.push((Key::from(name.clone()), why.into()));
                shown.insert(name, Some(Value::Flag(*flag)));
            }
            (Json::Null, _) => shown.insert(name, None),
            _ => {
                let why = "the vendor holds a value that is neither true nor false";
                account.fixed.push((Key::from(name.clone()), why.into()));
                shown.insert(name, None);
            }
        }
    }
    Ok(())
}
