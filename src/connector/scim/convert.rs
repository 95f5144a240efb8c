//! A SCIM user as an account; pure.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value as Json;

use super::field::{AttributePlace, Shape, known, place, snake};
use super::known::{Known, Match};
use super::wire::{ENTERPRISE, Resource, entries, flag, get, scalar, value_of};
use crate::model::account::Account;
use crate::model::email::{EmailKey, same_email};
use crate::model::value::{Key, Value};

/// How users become accounts at this vendor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) by: Match,
    pub(super) additive: bool,
    pub(super) groups_on_user: bool,
}

/// The account that a user is.
///
/// An attribute that is not of its type is shown as empty and locked.
///
/// # Errors
/// What makes the user unusable, as in "the user ID {…}".
pub(super) fn account(user: &Resource, rules: Rules, seen: &Known) -> Result<Account, String> {
    let id = user.id().ok_or("has no id")?;
    let email = address(user, rules.by)?;
    let active = match user.get("active") {
        // RFC 7643, 4.1.1: what "active" means is the vendor's, and so is leaving it out.
        None => true,
        Some(value) => flag(value).ok_or_else(|| unfit("active", "true or false"))?,
    };
    let mut attributes: Vec<(Key, Option<Value>)> = Vec::new();
    // What is odd about an attribute concerns that attribute alone.
    let mut locked = Vec::new();
    let mut readable = |name: &'static str, value: Result<Option<Value>, String>| {
        value.unwrap_or_else(|why| {
            locked.push((name.into(), format!("the user {why}").into()));
            None
        })
    };
    for name in known() {
        let held_by_email = match rules.by {
            Match::UserName => name == "user_name",
            Match::ExternalId => name == "external_id",
            Match::Emails => false,
        };
        if held_by_email || seen.absent.contains(name) {
            continue;
        }
        let place = place(name).ok_or("has an attribute without a place")?;
        let value = match place.shape {
            Shape::Groups => match groups(user, &id, &email, rules, seen) {
                Some(groups) => Some(groups),
                None => continue,
            },
            Shape::Emails => Some(Value::set(others(user, &email))),
            Shape::Manager => readable(name, manager(user, seen)),
            Shape::Text | Shape::Set | Shape::Custom => readable(name, plain(user, &place)),
        };
        attributes.push((name.into(), value));
    }
    extensions(user, seen, &mut attributes);
    let mut account = Account {
        id: Some(id.into()),
        attributes: attributes.into_iter().collect(),
        active,
        ..Account::new(email)
    };
    if !locked.is_empty() {
        account.fixed = locked;
    }
    Ok(account)
}

fn unfit(name: &str, wanted: &str) -> String {
    format!("has a `{name}` that is not {wanted}")
}

/// What the person's e-mail is compared with.
pub(super) fn address(user: &Resource, by: Match) -> Result<String, String> {
    // RFC 7643, 4.1.1: required, never empty.
    let name = user.get("userName").and_then(scalar);
    let name = name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or("has no `userName`")?;
    Ok(match by {
        Match::UserName => name,
        Match::ExternalId => match user.get("externalId") {
            None => name,
            Some(value) => scalar(value).ok_or_else(|| unfit("externalId", "a text"))?,
        },
        Match::Emails => primary(user).unwrap_or(name),
    })
}

/// The primary e-mail, else the first.
pub(super) fn primary(user: &Resource) -> Option<String> {
    let emails = entries(user.get("emails"));
    let is_primary = |entry: &&Json| {
        let primary = entry.as_object().and_then(|it| get(it, "primary"));
        primary.and_then(flag) == Some(true)
    };
    let found = emails.iter().find(is_primary).or(emails.first())?;
    value_of(found).filter(|email| !email.is_empty())
}

/// The entry of `emails` that is the person's own: the one with that address, else the primary.
pub(super) fn own_address(user: &Resource, email: &str) -> Option<String> {
    let mut all = user.values("emails").into_iter();
    all.find(|it| same_email(it, email))
        .or_else(|| primary(user))
}

/// The addresses besides the person's own.
fn others(user: &Resource, email: &str) -> Vec<String> {
    let own = own_address(user, email);
    let is_own = |it: &String| own.as_ref().is_some_and(|own| same_email(own, it));
    let others = user.values("emails").into_iter().filter(|it| !is_own(it));
    others.map(|it| EmailKey::of(&it).to_string()).collect()
}

/// The fields that an attribute stands among.
fn home<'a>(
    user: &'a Resource,
    place: &AttributePlace,
) -> Option<&'a serde_json::Map<String, Json>> {
    match &place.urn {
        None => Some(&user.0),
        Some(urn) => user.get(urn)?.as_object(),
    }
}

fn plain(user: &Resource, place: &AttributePlace) -> Result<Option<Value>, String> {
    let found = home(user, place).and_then(|fields| get(fields, &place.attribute));
    let Some(found) = found else {
        return Ok(None);
    };
    if place.shape == Shape::Set {
        return match found {
            Json::Object(_) | Json::Array(_) | Json::String(_) => {
                let values = entries(Some(found));
                Ok(Some(Value::set(values.iter().filter_map(value_of))))
            }
            _ => Err(unfit(&place.attribute, "a list")),
        };
    }
    let found = match place.part {
        None => found,
        Some(part) => {
            let fields = found.as_object();
            let fields = fields.ok_or_else(|| unfit(&place.attribute, "a group of names"))?;
            match get(fields, part) {
                None => return Ok(None),
                Some(found) => found,
            }
        }
    };
    match scalar(found) {
        Some(text) => Ok(Some(Value::text(text))),
        None => Err(unfit(&place.attribute, "a text")),
    }
}

/// The manager's e-mail; the id where nobody here has it.
fn manager(user: &Resource, seen: &Known) -> Result<Option<Value>, String> {
    let extension = user.get(ENTERPRISE).and_then(Json::as_object);
    let Some(found) = extension.and_then(|it| get(it, "manager")) else {
        return Ok(None);
    };
    let fields = found.as_object();
    if fields.is_some_and(|fields| get(fields, "value").is_none()) {
        return Ok(None);
    }
    let id = value_of(found).ok_or_else(|| unfit("manager", "the id of a user"))?;
    let email = seen
        .people
        .email(&id)
        .map(|email| EmailKey::of(email).to_string());
    Ok(Some(Value::text(email.unwrap_or(id))))
}

/// The groups somebody is in, by name; `None`: nobody asked, or it is not known.
fn groups(user: &Resource, id: &str, email: &str, rules: Rules, seen: &Known) -> Option<Value> {
    let all = seen.groups.as_ref()?;
    let directory = &all.directory;
    let wanted = seen.wanted.get(&EmailKey::of(email));
    let ids: BTreeSet<String> = if rules.groups_on_user {
        user.values("groups").into_iter().collect()
    } else {
        // Who is in a group by way of another one is in it; nobody can be taken out of it so.
        let asked = wanted.into_iter().flatten();
        let asked = asked.filter_map(|name| directory.lookup(name).ok());
        let inherited = all.inherited.get(id);
        let above = asked.filter(|it| inherited.is_some_and(|above| above.contains(&*it.id)));
        let above: Vec<String> = above.map(|it| it.id.to_string()).collect();
        all.of.groups(id)?.iter().cloned().chain(above).collect()
    };
    let names = ids.iter().map(|id| directory.display_id(id));
    let counted: Option<HashSet<&str>> = wanted.filter(|_| rules.additive).map(|wanted| {
        let shown = wanted.iter().map(|it| match directory.lookup(it) {
            Ok(entry) => directory.display(entry),
            Err(_) => it,
        });
        shown.collect()
    });
    let counts = |name: &&str| counted.as_ref().is_none_or(|all| all.contains(name));
    Some(Value::set(names.filter(counts)))
}

/// Custom extensions, each attribute under the roster's spelling or its own in small letters; of a
/// name that comes twice the last value counts.
fn extensions(user: &Resource, seen: &Known, shown: &mut Vec<(Key, Option<Value>)>) {
    // What the roster sets reads as `null` where it is not there.
    for name in &seen.custom {
        if !seen.absent.contains(name) {
            shown.push((name.clone().into(), None));
        }
    }
    for (urn, fields) in &user.0 {
        let (true, Some(fields)) = (urn.to_lowercase().starts_with("urn:"), fields.as_object())
        else {
            continue;
        };
        for (attribute, value) in fields {
            let name = match seen.spelling(urn, attribute) {
                Some(name) => name.to_owned(),
                // Its attributes have names of their own.
                None if urn.eq_ignore_ascii_case(ENTERPRISE) => continue,
                None => format!("{urn}.{}", snake(attribute)),
            };
            let declared = seen.discovered.attribute(urn, attribute);
            let boolean = declared.is_some_and(|it| it.kind == "boolean");
            if seen.absent.contains(&name) {
                continue;
            }
            let value = match value {
                Json::Null => None,
                Json::Bool(flag) => Some(Value::Flag(*flag)),
                Json::String(_) if boolean => flag(value).map(Value::Flag),
                Json::Array(items) => Some(Value::set(items.iter().filter_map(value_of))),
                other => match value_of(other) {
                    Some(text) => Some(Value::text(text)),
                    // A complex attribute of somebody's own is neither compared nor written.
                    None => continue,
                },
            };
            shown.push((name.into(), value));
        }
    }
}
