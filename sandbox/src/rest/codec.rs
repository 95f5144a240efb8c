//! Attributes of an account, as a user of the vendor's has them: put there, read there, and checked
//! when somebody sends them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::file::{Attribute, Kind, as_text};
use super::pointer::Pointer;
use crate::account::{Account, Value};

/// Names of groups and their ids.
pub(super) type Groups = BTreeMap<String, String>;

impl Attribute {
    /// Puts a value of the roster's where the vendor shows it.
    pub(super) fn show(&self, name: &str, value: &Value, groups: &Groups, user: &mut Json) {
        let Some(at) = &self.at else { return };
        if let (Kind::Flags, Some((_, slug)), Value::Flag(flag)) =
            (self.kind, name.split_once('.'), value)
        {
            let sent = json!([self.flag(slug, json!(flag))]);
            self.merge(at, &sent, user);
            return;
        }
        let wire = match value {
            Value::Set(items) => {
                let items = items.iter();
                Json::Array(
                    items
                        .map(|it| self.in_each(self.wire(it, groups)))
                        .collect(),
                )
            }
            Value::Text(text) => self.wire(text, groups),
            Value::Flag(flag) if self.values.is_empty() => json!(flag),
            Value::Flag(flag) => self.wire(&flag.to_string(), groups),
        };
        let wire = match (&self.entry, self.one) {
            (Some((filter, take)), _) => {
                let mut list = at.of(user).and_then(Json::as_array).cloned();
                let list_now = list.get_or_insert_default();
                let place = list_now.iter().position(|it| holds(filter, it));
                let place = place.unwrap_or_else(|| {
                    let mut made = json!({});
                    filter
                        .iter()
                        .for_each(|(at, is)| at.put(&mut made, is.clone()));
                    list_now.push(made);
                    list_now.len() - 1
                });
                take.put(&mut list_now[place], wire);
                Json::Array(list.unwrap_or_default())
            }
            (None, true) => json!([self.in_each(wire)]),
            (None, false) => wire,
        };
        at.put(user, wire);
    }

    /// Adds what a user shows of it to an account.
    pub(super) fn read(&self, name: &str, user: &Json, groups: &Groups, account: &mut Account) {
        let Some(there) = self.at.as_ref().and_then(|at| at.of(user)) else {
            return;
        };
        if self.kind == Kind::Flags {
            for entry in there.as_array().into_iter().flatten() {
                let slug = self.key.of(entry).map(as_text).unwrap_or_default();
                let name = format!("{name}.{slug}");
                let flag = self.value.of(entry).and_then(Json::as_bool);
                if self.is_locked(entry) {
                    account
                        .fixed
                        .push((name.clone().into(), "it is locked".into()));
                }
                account.attributes.insert(name, flag.map(Value::Flag));
            }
            return;
        }
        let one = match (&self.entry, self.one) {
            (Some((filter, take)), _) => {
                let mut entries = there.as_array().into_iter().flatten();
                entries
                    .find(|it| holds(filter, it))
                    .and_then(|it| take.of(it))
            }
            (None, true) => there.get(0).and_then(|it| self.of_each(it)),
            (None, false) => Some(there),
        };
        let word = |wire: &Json| self.word(wire, groups);
        let value = match (one, self.kind) {
            (None | Some(Json::Null), _) => None,
            (Some(Json::Array(items)), Kind::Set) => {
                let items = items.iter().filter_map(|it| self.of_each(it)).map(word);
                Some(Value::set(items.collect::<Vec<String>>()))
            }
            (Some(wire), Kind::Flag) => Some(Value::Flag(word(wire) == "true")),
            (Some(wire), _) => Some(Value::text(word(wire))),
        };
        account.attributes.insert(name.to_owned(), value);
    }

    /// Whether the vendor takes what was sent; of a form every scalar is a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(&self, sent: &Json, user: &Json, groups: &Groups) -> Result<(), String> {
        let list = |what: &str| {
            sent.as_array()
                .ok_or_else(|| format!("is no list of {what}"))
        };
        if self.kind == Kind::Flags {
            let mut seen = Vec::new();
            for entry in list("flags")? {
                let slug = self.key.of(entry).ok_or("has a flag without its key")?;
                if !self.value.of(entry).is_some_and(Json::is_boolean) {
                    return Err(String::from("has a flag that is none"));
                }
                if seen.contains(&slug) || *entry != self.flag_of(slug.clone(), entry) {
                    return Err(String::from("has a flag with more than key and value"));
                }
                let there = self.at.as_ref().and_then(|at| at.of(user)?.as_array());
                let mut there = there.into_iter().flatten();
                if there.any(|it| self.key.of(it) == Some(slug) && self.is_locked(it)) {
                    return Err(String::from("has a flag that is locked"));
                }
                seen.push(slug);
            }
            return Ok(());
        }
        match (&self.entry, self.one, self.kind) {
            (Some((filter, take)), ..) => {
                let mut found = list("entries")?.iter().filter(|it| holds(filter, it));
                match (found.next(), found.next()) {
                    (Some(one), None) => {
                        self.check_one(take.of(one).unwrap_or(&Json::Null), groups)
                    }
                    (None, _) => Ok(()),
                    _ => Err(String::from("has one entry twice")),
                }
            }
            (None, true, _) => match list("one")?.as_slice() {
                [one] => self.check_each(one, groups),
                _ => Err(String::from("has to have exactly one entry")),
            },
            (None, false, Kind::Set) => {
                let items = list("values")?;
                let double = (1..items.len()).any(|at| items[..at].contains(&items[at]));
                if double {
                    return Err(String::from("has an entry twice"));
                }
                items.iter().try_for_each(|it| self.check_each(it, groups))
            }
            (None, false, _) => self.check_one(sent, groups),
        }
    }

    fn check_each(&self, entry: &Json, groups: &Groups) -> Result<(), String> {
        let inner = self
            .of_each(entry)
            .ok_or("has an entry without its value")?;
        if *entry != self.in_each(inner.clone()) {
            return Err(String::from("has an entry with unknown fields"));
        }
        self.check_one(inner, groups)
    }

    fn check_one(&self, value: &Json, groups: &Groups) -> Result<(), String> {
        let good = match self.kind {
            _ if self.of_groups => value
                .as_str()
                .is_some_and(|it| groups.values().any(|id| id == it)),
            _ if !self.values.is_empty() => self.values.values().any(|it| it == value),
            Kind::Flag => value.is_boolean(),
            Kind::Number => value.is_number(),
            Kind::Email => value.as_str().is_some_and(|it| it.contains('@')),
            Kind::Text | Kind::Choice | Kind::Set | Kind::Flags => value.is_string(),
        };
        match good {
            true => Ok(()),
            false => Err(format!("cannot be {value}")),
        }
    }

    /// Stores what was sent, which [`Attribute::check`] has found good; `whole`: it is all there is.
    pub(super) fn store(&self, sent: Json, whole: bool, user: &mut Json) {
        let Some(at) = &self.at else { return };
        if self.kind != Kind::Flags {
            at.put(user, sent);
            return;
        }
        if (whole || self.sends_all)
            && let Some(Json::Array(now)) = at.of(user).cloned()
        {
            let locked = now.into_iter().filter(|it| self.is_locked(it));
            at.put(user, Json::Array(locked.collect()));
        }
        self.merge(at, &sent, user);
    }

    /// Sets some flags beside the others.
    fn merge(&self, at: &Pointer, sent: &Json, user: &mut Json) {
        let mut list = at
            .of(user)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default();
        for entry in sent.as_array().into_iter().flatten() {
            let same = |it: &&mut Json| self.key.of(it) == self.key.of(entry);
            match (list.iter_mut().find(same), self.value.of(entry)) {
                (Some(there), Some(value)) => self.value.put(there, value.clone()),
                (None, Some(_)) => {
                    let mut made = entry.clone();
                    if let Some(fixed) = &self.fixed {
                        fixed.at.put(&mut made, other_than(&fixed.is));
                    }
                    list.push(made);
                }
                (_, None) => {}
            }
        }
        at.put(user, Json::Array(list));
    }

    /// Locks a flag.
    pub(super) fn lock(&self, slug: &str, user: &mut Json) {
        let (Some(at), Some(fixed)) = (&self.at, &self.fixed) else {
            return;
        };
        let Some(Json::Array(mut list)) = at.of(user).cloned() else {
            return;
        };
        let mut entries = list.iter_mut();
        let entry = entries.find(|it| self.key.of(it) == Some(&json!(slug)));
        if let (Some(entry), Some(is)) = (entry, fixed.is.first()) {
            fixed.at.put(entry, is.clone());
        }
        at.put(user, Json::Array(list));
    }

    fn is_locked(&self, entry: &Json) -> bool {
        self.fixed.as_ref().is_some_and(|fixed| {
            let value = fixed.at.of(entry).unwrap_or(&Json::Null);
            fixed.is.contains(value)
        })
    }

    fn flag(&self, slug: &str, value: Json) -> Json {
        let mut made = json!({});
        self.key.put(&mut made, json!(slug));
        self.value.put(&mut made, value);
        made
    }

    /// The entry of a flag with that key and nothing more.
    fn flag_of(&self, slug: Json, entry: &Json) -> Json {
        let mut made = json!({});
        self.key.put(&mut made, slug);
        self.value
            .put(&mut made, self.value.of(entry).cloned().unwrap_or_default());
        made
    }

    fn in_each(&self, wire: Json) -> Json {
        match &self.each {
            Some(each) => {
                let mut made = json!({});
                each.put(&mut made, wire);
                made
            }
            None => wire,
        }
    }

    fn of_each<'j>(&self, entry: &'j Json) -> Option<&'j Json> {
        match &self.each {
            Some(each) => each.of(entry),
            None => Some(entry),
        }
    }

    fn wire(&self, word: &str, groups: &Groups) -> Json {
        if let Some(id) = groups.get(word).filter(|_| self.of_groups) {
            return json!(id);
        }
        match (self.values.get(word), self.kind) {
            (Some(wire), _) => wire.clone(),
            (None, Kind::Number) => serde_json::from_str(word).unwrap_or(Json::Null),
            (None, _) => json!(word),
        }
    }

    fn word(&self, wire: &Json, groups: &Groups) -> String {
        let group = |(name, id): (&String, &String)| {
            (self.of_groups && wire.as_str() == Some(id)).then(|| name.clone())
        };
        let value = |(word, it): (&String, &Json)| (it == wire).then(|| word.clone());
        let known = groups.iter().find_map(group);
        let known = known.or_else(|| self.values.iter().find_map(value));
        known.unwrap_or_else(|| as_text(wire))
    }
}

/// Whether all of these stand in an entry.
pub(super) fn holds(filter: &BTreeMap<Pointer, Json>, entry: &Json) -> bool {
    filter.iter().all(|(at, is)| at.of(entry) == Some(is))
}

/// A value that is none of these, of their type.
pub(super) fn other_than(these: &[Json]) -> Json {
    match these.first() {
        Some(Json::Bool(flag)) => json!(!flag),
        Some(Json::Number(_)) => {
            let numbers = these.iter().filter_map(Json::as_i64);
            json!(numbers.max().unwrap_or_default() + 1)
        }
        Some(Json::String(_)) => json!("plain"),
        _ => Json::Null,
    }
}
