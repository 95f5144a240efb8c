//! A change to a user, worked out on the whole object: what it was, what it should be, and the
//! bodies that lead there; pure.
//!
//! Complex and multi-valued attributes are always sent whole, merged from what was read: servers
//! differ in what becomes of the parts that a PATCH leaves out, and few know filters in paths.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::convert::{own_address, primary};
use super::discovery::Discovered;
use super::field::{Place, Shape};
use super::known::Match;
use super::wire::{Resource, USER, entries, flag, get, key_of, scalar, value_of};
use crate::model::email::{EmailKey, same_email};
use crate::model::value::Value;

/// What names of the roster stand for.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// The person's own e-mail.
    pub(super) own: String,
    /// User ids of managers by e-mail key.
    pub(super) managers: HashMap<EmailKey<'static>, String>,
    /// The group ids that `groups` comes to.
    pub(super) groups: Vec<String>,
}

/// A user before and after.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) before: Resource,
    pub(super) after: Resource,
    /// What differs: extension and attribute, each once.
    touched: Vec<(Option<Box<str>>, Box<str>)>,
}

impl Draft {
    /// A change to a user as it was read.
    pub(super) fn of(user: &Resource) -> Self {
        Self {
            before: user.clone(),
            after: user.clone(),
            touched: Vec::new(),
        }
    }

    /// A new user; `text_boolean`: how the server writes booleans, if as texts.
    pub(super) fn new(text_boolean: Option<&str>) -> Self {
        let mut fields = Map::from_iter([("schemas".to_owned(), json!([USER]))]);
        if let Some(text) = text_boolean {
            fields.insert("active".into(), json!(text));
        }
        Self::of(&Resource(fields))
    }

    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        self.touched.is_empty()
    }

    /// Sets an attribute. An empty text or list takes it away.
    pub(super) fn set(&mut self, place: &Place, value: &Value, said: &Discovered, ids: &Ids) {
        let urn = place.urn.as_deref();
        // The vendor's own spelling, where its schema gives one.
        let declared = urn.and_then(|urn| said.attribute(urn, &place.attribute));
        let name = declared.map_or(&*place.attribute, |it| &*it.name);
        let have = self.have(urn, name).cloned();
        let json = match (place.shape, value) {
            (Shape::Emails, Value::Set(items)) => self.emails(items, &ids.own),
            (_, value) if value.is_empty() && place.part.is_none() => Json::Null,
            (Shape::Manager, Value::Text(email)) => match ids.managers.get(&EmailKey::of(email)) {
                None => return,
                Some(id) => match have {
                    Some(Json::String(_)) => json!(id),
                    _ => json!({ "value": id }),
                },
            },
            (Shape::Groups, _) => ids.groups.iter().map(|id| json!({ "value": id })).collect(),
            (_, Value::Set(items)) => {
                let complex = declared.is_none_or(|it| it.kind == "complex");
                merged(
                    have.as_ref(),
                    items,
                    complex && place.shape != Shape::Custom,
                )
            }
            (_, Value::Flag(flag)) => boolean(have.as_ref(), *flag),
            (Shape::Custom, Value::Text(text)) => {
                let kind = declared.map(|it| it.kind.as_str());
                let one = typed(kind, have.as_ref(), text);
                match declared.is_some_and(|it| it.many) {
                    true => json!([one]),
                    false => one,
                }
            }
            (_, Value::Text(text)) => match place.part {
                None => json!(text),
                Some(part) => self.part(have, part, text),
            },
        };
        self.put(urn, name, json);
    }

    /// Switches on or off, in the vendor's own kind of boolean; `as_text`: it takes no other here.
    pub(super) fn set_active(&mut self, active: bool, as_text: bool) {
        let have = self.have(None, "active");
        let json = match boolean(have, active) {
            json @ Json::Bool(_) if as_text && have != Some(&json) => {
                json!(if active { "True" } else { "False" })
            }
            json => json,
        };
        self.put(None, "active", json);
    }

    /// Gives the user another address, wherever the old one stood.
    pub(super) fn rename(&mut self, by: Match, email: &str) {
        let old = match by {
            Match::UserName => self.before.get("userName").and_then(scalar),
            Match::ExternalId => self.before.get("externalId").and_then(scalar),
            Match::Emails => primary(&self.before),
        };
        let was = |text: Option<String>| {
            text.as_deref().map(EmailKey::of) == old.as_deref().map(EmailKey::of)
        };
        if by == Match::ExternalId {
            self.put(None, "externalId", json!(email));
        }
        if by == Match::UserName || was(self.before.get("userName").and_then(scalar)) {
            self.put(None, "userName", json!(email));
        }
        let mut emails = entries(self.before.get("emails"));
        let mut found = false;
        for entry in &mut emails {
            if was(value_of(entry)) {
                found = true;
                match entry {
                    Json::Object(fields) => {
                        let key = key_of(fields, "value");
                        fields.insert(key, json!(email));
                    }
                    other => *other = json!(email),
                }
            }
        }
        if emails.is_empty() && self.before.id().is_none() {
            emails = vec![json!({ "value": email, "type": "work", "primary": true })];
            found = true;
        }
        if found {
            self.put(None, "emails", Json::Array(emails));
        }
    }

    /// The body of a POST or PUT: the whole object, but for what only the server sets.
    pub(super) fn whole(&self) -> Json {
        let mut fields = self.after.0.clone();
        let groups = self.touched.iter().any(|(_, name)| &**name == "groups");
        fields.retain(|key, value| {
            let served =
                key.eq_ignore_ascii_case("meta") || (key.eq_ignore_ascii_case("groups") && !groups);
            !served && !value.is_null()
        });
        Json::Object(fields)
    }

    /// PATCH operations, one for each attribute, by its path.
    pub(super) fn by_path(&self) -> Vec<Json> {
        let operation = |(urn, name): &(Option<Box<str>>, Box<str>)| {
            let path = match urn {
                None => name.to_string(),
                Some(urn) => format!("{urn}:{name}"),
            };
            match of(&self.after, urn.as_deref(), name) {
                Some(value) => json!({ "op": "replace", "path": path, "value": value }),
                None => json!({ "op": "remove", "path": path }),
            }
        };
        self.touched.iter().map(operation).collect()
    }

    /// One PATCH operation without a path.
    pub(super) fn by_value(&self) -> Vec<Json> {
        let mut fields = Map::new();
        for (urn, name) in &self.touched {
            let value = of(&self.after, urn.as_deref(), name).cloned();
            let value = value.unwrap_or_default();
            match urn {
                None => fields.insert(name.to_string(), value),
                // Whole, because some servers replace an extension as a whole.
                Some(urn) => {
                    let whole = self.after.get(urn).and_then(Json::as_object);
                    let mut whole = whole.cloned().unwrap_or_default();
                    whole.entry(name.to_string()).or_insert(value);
                    fields.insert(urn.to_string(), Json::Object(whole))
                }
            };
        }
        vec![json!({ "op": "replace", "value": fields })]
    }

    /// What the user had, nobody touched, and is gone now: a server that replaces more than it was
    /// asked to.
    pub(super) fn lost(&self, now: &Resource) -> Vec<String> {
        let mut lost = Vec::new();
        for (name, value) in &self.after.0 {
            let served = ["meta", "id", "schemas", "password", "groups"];
            if served.iter().any(|it| name.eq_ignore_ascii_case(it)) || is_nothing(value) {
                continue;
            }
            let had = self.before.get(name).is_some();
            match (now.get(name), value) {
                (None, _) if had => lost.push(name.clone()),
                (Some(Json::Object(now)), Json::Object(fields)) => {
                    for (part, value) in fields {
                        let before = self.before.get(name).and_then(Json::as_object);
                        let had = before.is_some_and(|before| get(before, part).is_some());
                        if had && !is_nothing(value) && get(now, part).is_none() {
                            lost.push(format!("{name}.{part}"));
                        }
                    }
                }
                _ => {}
            }
        }
        lost
    }

    fn have(&self, urn: Option<&str>, name: &str) -> Option<&Json> {
        of(&self.after, urn, name)
    }

    fn put(&mut self, urn: Option<&str>, name: &str, value: Json) {
        let fields = match urn {
            None => &mut self.after.0,
            Some(urn) => {
                let key = key_of(&self.after.0, urn);
                let value = self.after.0.entry(key).or_insert_with(|| json!({}));
                if !value.is_object() {
                    *value = json!({});
                }
                match value {
                    Json::Object(fields) => fields,
                    _ => return,
                }
            }
        };
        let key = key_of(fields, name);
        let was = fields.get(&key).cloned().unwrap_or_default();
        if was == value || (is_nothing(&was) && is_nothing(&value)) {
            return;
        }
        match value {
            value if is_nothing(&value) => fields.remove(&key),
            value => fields.insert(key.clone(), value),
        };
        if let Some(urn) = urn {
            self.declare(urn);
        }
        let touched = (urn.map(Box::from), Box::from(key));
        if !self.touched.contains(&touched) {
            self.touched.push(touched);
        }
    }

    /// Names an extension among `schemas` as long as it holds something.
    fn declare(&mut self, urn: &str) {
        let key = key_of(&self.after.0, urn);
        let empty = self.after.0.get(&key).is_some_and(is_nothing);
        if empty {
            self.after.0.remove(&key);
        }
        let schemas = self.after.0.entry("schemas").or_insert_with(|| json!([]));
        if let Json::Array(names) = schemas {
            let is = |name: &Json| name.as_str().is_some_and(|it| it.eq_ignore_ascii_case(urn));
            match (names.iter().any(is), empty) {
                (false, false) => names.push(json!(urn)),
                (true, true) => names.retain(|name| !is(name)),
                _ => {}
            }
        }
    }

    /// `name` with one part of it set. The full name follows where it was made of the two.
    fn part(&self, have: Option<Json>, part: &str, text: &str) -> Json {
        let mut fields = match have {
            Some(Json::Object(fields)) => fields,
            _ => Map::new(),
        };
        let full = |fields: &Map<String, Json>| {
            let text = |name| get(fields, name).and_then(Json::as_str);
            Some(format!("{} {}", text("givenName")?, text("familyName")?))
        };
        let follows = get(&fields, "formatted").and_then(Json::as_str) == full(&fields).as_deref();
        let key = key_of(&fields, part);
        match text.is_empty() {
            true => fields.remove(&key),
            false => fields.insert(key, json!(text)),
        };
        if follows
            && part != "formatted"
            && let Some(full) = full(&fields)
        {
            let key = key_of(&fields, "formatted");
            fields.insert(key, json!(full));
        }
        match fields.is_empty() {
            true => Json::Null,
            false => Json::Object(fields),
        }
    }

    /// The person's own address and these besides; entries that are there keep their type.
    fn emails(&self, others: &[Box<str>], own: &str) -> Json {
        let own = own_address(&self.after, own);
        let all = own.into_iter().map(Box::from).chain(others.iter().cloned());
        let all: Vec<Box<str>> = all.collect();
        merged(self.have(None, "emails"), &all, true)
    }
}

/// An attribute of a user or of one of its extensions.
fn of<'a>(user: &'a Resource, urn: Option<&str>, name: &str) -> Option<&'a Json> {
    match urn {
        None => user.get(name),
        Some(urn) => get(user.get(urn)?.as_object()?, name),
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// A boolean in the vendor's own way: some keep it as a text.
fn boolean(have: Option<&Json>, wanted: bool) -> Json {
    match have {
        Some(Json::String(text)) if have.and_then(flag).is_some() => {
            let capital = text.starts_with(|first: char| first.is_ascii_uppercase());
            json!(match (wanted, capital) {
                (true, true) => "True",
                (true, false) => "true",
                (false, true) => "False",
                (false, false) => "false",
            })
        }
        _ => json!(wanted),
    }
}

/// A text as the schema, or what stands there, types it.
fn typed(kind: Option<&str>, have: Option<&Json>, text: &str) -> Json {
    let number = matches!(kind, Some("integer" | "decimal"))
        || (kind.is_none() && matches!(have, Some(Json::Number(_))));
    match (kind, number) {
        (Some("boolean"), _) => boolean(have, text.eq_ignore_ascii_case("true")),
        (_, true) => text
            .parse::<serde_json::Number>()
            .map_or_else(|_| json!(text), Json::Number),
        _ => json!(text),
    }
}

/// A list with these values; entries that are there are kept as they are. New ones are objects
/// unless the others are plain.
fn merged(have: Option<&Json>, wanted: &[Box<str>], complex: bool) -> Json {
    let have = entries(have);
    let complex = have.first().map_or(complex, Json::is_object);
    let entry = |text: &str| {
        let same = |entry: &&Json| {
            let value = value_of(entry);
            value.is_some_and(|it| it == text || same_email(&it, text))
        };
        match have.iter().find(same) {
            Some(entry) => entry.clone(),
            None if complex => json!({ "value": text }),
            None => json!(text),
        }
    };
    Json::Array(wanted.iter().map(|text| entry(text)).collect())
}

#[cfg(test)]
mod tests;
