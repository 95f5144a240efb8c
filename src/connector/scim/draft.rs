//! A change to a user, worked out on the whole object: what it was, what it should be, and the
//! bodies that lead there; pure.
//!
//! Complex and multi-valued attributes are always sent whole, merged from what was read: servers
//! differ in what becomes of the parts that a PATCH leaves out, and few know filters in paths.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use super::convert::{own_address, primary};
use super::discovery::Discovered;
use super::field::{AttributePlace, Shape};
use super::known::{Match, People};
use super::wire::{Resource, USER, by_name, entries, flag, get, key_of, scalar, value_of};
use crate::model::email::EmailKey;
use crate::model::value::Value;

/// What names of the roster stand for.
#[derive(Debug)]
pub(super) struct Ids<'a> {
    /// The person's own e-mail.
    pub(super) own: &'a str,
    /// Who can be a manager.
    pub(super) people: &'a People,
    /// The group ids that `groups` comes to.
    pub(super) groups: Vec<String>,
}

/// A user before and after.
#[derive(Debug, Clone)]
pub(super) struct UserDraft {
    pub(super) before: Resource,
    pub(super) after: Resource,
    /// What differs, each once, in the order of the changes.
    touched: Vec<Touched>,
    /// Attributes by their extension (the core's is empty) and their names in small letters: there
    /// may be thousands of either.
    keys: HashMap<Box<str>, HashMap<String, Spelt>>,
}

/// An attribute as it is spelt: its extension, if it is in one, and its name.
type Touched = (Option<Box<str>>, Box<str>);

/// How an attribute is spelt that stands there, or stood there.
#[derive(Debug, Clone)]
struct Spelt {
    key: Box<str>,
    touched: bool,
}

impl UserDraft {
    /// A change to a user as it was read.
    pub(super) fn of(user: &Resource) -> Self {
        Self {
            before: user.clone(),
            after: user.clone(),
            touched: Vec::new(),
            keys: HashMap::new(),
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

    /// Sets an attribute; whether that changed it. An empty text or list takes it away.
    pub(super) fn set(
        &mut self,
        place: &AttributePlace,
        value: &Value,
        said: &Discovered,
        ids: &Ids<'_>,
    ) -> bool {
        let urn = place.urn.as_deref();
        // The vendor's own spelling, where its schema gives one.
        let declared = urn.and_then(|urn| said.attribute(urn, &place.attribute));
        let name = declared.map_or(&*place.attribute, |it| &*it.name);
        let have = self.have(urn, name).cloned();
        let json = match (place.shape, value) {
            (Shape::Emails, Value::Set(items)) => self.emails(items, ids.own),
            (_, value) if value.is_empty() && place.part.is_none() => Json::Null,
            (Shape::Manager, Value::Text(email)) => match ids.people.id(email) {
                None => return false,
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
        self.put(urn, name, json)
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
        self.declare(&mut fields);
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
        let operation = |touched: &Touched| {
            let path = match touched {
                (None, name) => name.to_string(),
                (Some(urn), name) => format!("{urn}:{name}"),
            };
            match self.now(touched) {
                Some(value) => json!({ "op": "replace", "path": path, "value": value }),
                None => json!({ "op": "remove", "path": path }),
            }
        };
        self.touched.iter().map(operation).collect()
    }

    /// One PATCH operation without a path.
    pub(super) fn by_value(&self) -> Vec<Json> {
        let mut all = Map::new();
        for touched in &self.touched {
            let (urn, name) = touched;
            let fields = match urn {
                None => &mut all,
                // Whole, because some servers replace an extension as a whole.
                Some(urn) => {
                    let whole = || self.after.0.get(&**urn).cloned().unwrap_or_default();
                    match all.entry(&**urn).or_insert_with(whole) {
                        Json::Object(fields) => fields,
                        _ => continue,
                    }
                }
            };
            let value = self.now(touched).cloned().unwrap_or_default();
            fields.insert(name.to_string(), value);
        }
        vec![json!({ "op": "replace", "value": all })]
    }

    /// What the user had, nobody touched, and is gone now: a server that replaces more than it was
    /// asked to.
    pub(super) fn lost(&self, now: &Resource) -> Vec<String> {
        let mut lost = Vec::new();
        let (had, has) = (by_name(&self.before.0), by_name(&now.0));
        for (name, value) in &self.after.0 {
            let lower = name.to_ascii_lowercase();
            let served = ["meta", "id", "schemas", "password", "groups"];
            if served.contains(&&*lower) || is_nothing(value) {
                continue;
            }
            let Some(before) = had.get(&lower) else {
                continue;
            };
            match (has.get(&lower), value) {
                (None, _) => lost.push(name.clone()),
                (Some(Json::Object(now)), Json::Object(fields)) => {
                    let had = before.as_object().map(by_name).unwrap_or_default();
                    let has = by_name(now);
                    for (part, value) in fields {
                        let lower = part.to_ascii_lowercase();
                        let had = had.contains_key(&lower) && !is_nothing(value);
                        if had && !has.contains_key(&lower) {
                            lost.push(format!("{name}.{part}"));
                        }
                    }
                }
                _ => {}
            }
        }
        lost
    }

    /// How an attribute is spelt that stands there, or stood there; else its proper name. `home` is
    /// the extension as it is spelt.
    fn spelt(&mut self, home: Option<&str>, name: &str) -> &mut Spelt {
        let after = &self.after.0;
        let keys = self.keys.entry(home.unwrap_or_default().into());
        let keys = keys.or_insert_with(|| {
            let fields = match home {
                None => Some(after),
                Some(home) => after.get(home).and_then(Json::as_object),
            };
            let keys = fields.into_iter().flat_map(Map::keys);
            keys.map(|key| (key.to_ascii_lowercase(), Spelt::as_it_is(key)))
                .collect()
        });
        let spelt = keys.entry(name.to_ascii_lowercase());
        spelt.or_insert_with(|| Spelt::as_it_is(name))
    }

    /// The place of an attribute as it is spelt.
    fn exact(&mut self, urn: Option<&str>, name: &str) -> Touched {
        let home = urn.map(|urn| self.spelt(None, urn).key.clone());
        let key = self.spelt(home.as_deref(), name).key.clone();
        (home, key)
    }

    /// What stands there now.
    fn now(&self, (home, key): &Touched) -> Option<&Json> {
        let fields = match home {
            None => &self.after.0,
            Some(home) => self.after.0.get(&**home)?.as_object()?,
        };
        fields.get(&**key).filter(|value| !value.is_null())
    }

    fn have(&mut self, urn: Option<&str>, name: &str) -> Option<&Json> {
        let exact = self.exact(urn, name);
        self.now(&exact)
    }

    /// Sets what stands there; whether that changed it.
    fn put(&mut self, urn: Option<&str>, name: &str, value: Json) -> bool {
        let (home, key) = self.exact(urn, name);
        let fields = match &home {
            None => &mut self.after.0,
            Some(home) => {
                let value = self.after.0.entry(&**home).or_insert_with(|| json!({}));
                if !value.is_object() {
                    *value = json!({});
                }
                match value {
                    Json::Object(fields) => fields,
                    _ => return false,
                }
            }
        };
        let was = fields.get(&*key).cloned().unwrap_or_default();
        if was == value || (is_nothing(&was) && is_nothing(&value)) {
            return false;
        }
        match value {
            value if is_nothing(&value) => fields.remove(&*key),
            value => fields.insert(key.to_string(), value),
        };
        if !std::mem::replace(&mut self.spelt(home.as_deref(), name).touched, true) {
            self.touched.push((home, key));
        }
        true
    }

    /// Names the extensions that were changed among `schemas` as long as they hold something.
    fn declare(&self, fields: &mut Map<String, Json>) {
        let homes = self.touched.iter().filter_map(|(home, _)| home.as_deref());
        let homes: BTreeSet<&str> = homes.collect();
        if homes.is_empty() {
            return;
        }
        let is_empty = |home: &&str| fields.get(*home).is_some_and(is_nothing);
        let (empty, held): (Vec<&str>, Vec<&str>) = homes.into_iter().partition(is_empty);
        for home in &empty {
            fields.remove(*home);
        }
        let empty: HashSet<String> = empty.iter().map(|it| it.to_ascii_lowercase()).collect();
        let schemas = fields.entry("schemas").or_insert_with(|| json!([]));
        if let Json::Array(names) = schemas {
            let urn = |name: &Json| name.as_str().map(str::to_ascii_lowercase);
            names.retain(|name| !urn(name).is_some_and(|it| empty.contains(&it)));
            let named: HashSet<String> = names.iter().filter_map(urn).collect();
            let new = held.into_iter();
            let new = new.filter(|it| !named.contains(&it.to_ascii_lowercase()));
            names.extend(new.map(Json::from));
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
        merged(self.after.get("emails"), &all, true)
    }
}

impl Spelt {
    fn as_it_is(key: &str) -> Self {
        Self {
            key: key.into(),
            touched: false,
        }
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
    let mut known: HashMap<EmailKey<'static>, &Json> = HashMap::new();
    for entry in &have {
        if let Some(value) = value_of(entry) {
            let key = EmailKey::of(&value).into_owned();
            known.entry(key).or_insert(entry);
        }
    }
    let entry = |text: &str| match known.get(&EmailKey::of(text)) {
        Some(entry) => (*entry).clone(),
        None if complex => json!({ "value": text }),
        None => json!(text),
    };
    Json::Array(wanted.iter().map(|text| entry(text)).collect())
}

#[cfg(test)]
mod tests;
