//! One account that is to be written down: which of its attributes a roster can keep, and what has
//! to be written for that over what the layers below give anyway.

use super::Attributed;
use crate::model::account::Account;
use crate::model::current::Current;
use crate::model::spec::{AttributeKind, AttributeSpec, LOGIN, Mode, Required, Rights};
use crate::model::value::{Attributes, Key, Value, beyond};
use crate::plan::diff::{Locks, diff};
use crate::roster::diagnostic::Span;
use crate::roster::model::{AttributeEntry, VendorSettings};
use crate::roster::refused_email;

/// One account of a newcomer.
#[derive(Debug, Clone)]
pub(super) struct ImportedAccount<'a> {
    /// The vendor.
    pub(super) settings: &'a VendorSettings,
    /// All of the vendor, for its directories.
    pub(super) current: &'a Current,
    /// The account.
    pub(super) account: &'a Account,
    /// Whether the e-mail alone would not find it.
    pub(super) by_id: bool,
    /// What the roster is to keep in line.
    pub(super) kept: Attributes,
    /// What cannot be written and why, one clause each.
    pub(super) remarks: Vec<String>,
}

impl<'a> ImportedAccount<'a> {
    /// Everything of an active account that the vendor shows and lets be changed; of one that is
    /// off, what a roster needs for switching it on again.
    pub(super) fn of(
        settings: &'a VendorSettings,
        current: &'a Current,
        account: &'a Account,
        by_id: bool,
        attributes: &Attributed,
    ) -> Self {
        let mut seat = Self {
            settings,
            current,
            account,
            by_id,
            kept: Attributes::new(),
            remarks: Vec::new(),
        };
        let locks = Locks::of(account);
        for spec in settings.spec.attributes {
            let wanted = attributes.takes(spec);
            if wanted && (account.active || spec.required == Required::Roster) {
                seat.keep(spec, &locks);
            }
        }
        seat.drop_conflicts();
        seat
    }

    fn keep(&mut self, spec: &'static AttributeSpec, locks: &Locks<'_>) {
        if matches!(spec.kind, AttributeKind::FlagMap | AttributeKind::Family) {
            for (name, value) in self.account.attributes.iter() {
                if is_member(spec, name)
                    && let Some(value) = value
                {
                    self.keep_value(spec, Key::Owned(name.to_owned()), value, locks);
                }
            }
        } else if let Some(Some(value)) = self.account.attributes.get(spec.name) {
            self.keep_value(spec, Key::Borrowed(spec.name), value, locks);
        }
    }

    fn keep_value(
        &mut self,
        spec: &'static AttributeSpec,
        name: Key,
        value: &Value,
        locks: &Locks<'_>,
    ) {
        let required = spec.required == Required::Roster;
        let locked = locks.get(&name).is_some();
        if !worth_keeping(spec, value) || (locked && !required) {
            return;
        }
        // Such a value may stay where it is, and nobody may ask for it.
        let forbidden = spec.needs.is_some_and(|needs| {
            *value == Value::from(needs.value) && !self.settings.flag(needs.setting)
        });
        if forbidden {
            return;
        }
        match inexpressible(spec.kind, &name, value) {
            Some(why) => self.remarks.push(format!("{name} is left alone: {why}")),
            None => self.kept.insert(name, value.clone()),
        }
    }

    /// Leaves out what the vendor's own rules between attributes do not let a roster ask for.
    fn drop_conflicts(&mut self) {
        for conflict in (self.settings.spec.check)(&self.kept) {
            if self.kept.remove(conflict.attribute).is_some() {
                self.remarks.push(format!(
                    "{} is left alone: {}",
                    conflict.attribute, conflict.message
                ));
            }
        }
    }

    /// What has to be written over the layers below so that nothing follows for the account.
    ///
    /// # Errors
    /// Why no text can do that, one clause each.
    pub(super) fn to_write(&self, below: &Attributes) -> Result<Attributes, Vec<String>> {
        let mut written = Attributes::new();
        let mut whys = Vec::new();
        for (name, want) in self.kept.iter() {
            match (below.get(name), want) {
                (Some(have), want) if have == want => {}
                (Some(Value::Set(have)), Value::Set(want)) => {
                    if let Some(extra) = beyond(have, want).next() {
                        whys.push(format!(
                            "the roster gives \"{extra}\" in {name} and the account does not have it"
                        ));
                    }
                    let more = beyond(want, have).cloned();
                    written.insert(name.to_owned(), Value::set(more));
                }
                (_, want) => written.insert(name.to_owned(), want.clone()),
            }
        }
        if !self.account.active {
            return Ok(written);
        }
        let spec = self.settings.spec;
        let drift = diff(
            spec,
            &self.current.directories,
            &overlay(below, &written),
            self.account,
        );
        // A login is written on the person.
        let drifted = drift.changes.into_iter().chain(drift.fixed);
        for change in drifted.filter(|it| it.attribute != LOGIN) {
            let name = change.attribute;
            let kind = spec.attribute(&name).map(|it| it.kind);
            let empty = change.before.as_ref().is_none_or(Value::is_empty);
            // What a layer gives and the account does not have can be emptied again.
            if empty && kind == Some(AttributeKind::Text) && !self.kept.contains(&name) {
                written.insert(name, Value::text(""));
            } else if whys.is_empty() {
                whys.push(format!("the roster gives {name} another value"));
            }
        }
        whys.extend(drift.unknown);
        let all = overlay(below, &written);
        let conflicts = (spec.check)(&all);
        whys.extend(
            conflicts
                .into_iter()
                .map(|it| format!("{}: {}", it.attribute, it.message)),
        );
        for attribute in spec.attributes {
            let there = all.get(attribute.name).is_some_and(|it| !it.is_empty());
            let is_written_here = attribute.name != LOGIN;
            if attribute.required == Required::Roster && is_written_here && !there {
                whys.push(format!("the vendor shows no {}", attribute.name));
            }
        }
        if whys.is_empty() {
            Ok(written)
        } else {
            Err(whys)
        }
    }

    /// Attributes as entries of a roster.
    pub(super) fn entries(&self, attributes: &Attributes) -> Vec<AttributeEntry> {
        entries(self.settings, attributes)
    }
}

/// Attributes as entries of a roster: the required ones first, then in the order of the declaration.
pub(super) fn entries(settings: &VendorSettings, attributes: &Attributes) -> Vec<AttributeEntry> {
    let specs = settings.spec.attributes;
    let place = |name: &str| {
        let spec = settings.spec.attribute(name)?;
        specs.iter().position(|it| it.name == spec.name)
    };
    // What an account cannot be without says most about it.
    let needed = |name: &str| {
        let spec = settings.spec.attribute(name);
        spec.is_some_and(|spec| spec.required == Required::Roster)
    };
    let mut entries: Vec<AttributeEntry> = attributes
        .iter()
        .map(|(name, value)| AttributeEntry {
            name: Key::Owned(name.to_owned()),
            value: value.clone(),
            span: Span::NOWHERE,
        })
        .collect();
    entries.sort_by_key(|entry| (!needed(&entry.name), place(&entry.name)));
    entries
}

/// Stronger attributes over weaker ones, as the layers do it.
pub(super) fn overlay(below: &Attributes, above: &Attributes) -> Attributes {
    let stronger = above.iter().map(|(name, value)| {
        let value = match (below.get(name), value) {
            (Some(Value::Set(have)), Value::Set(more)) => {
                Value::set(have.iter().chain(more).cloned())
            }
            (_, value) => value.clone(),
        };
        (name.to_owned(), value)
    });
    let weaker = below.iter().map(|(name, it)| (name.to_owned(), it.clone()));
    weaker.chain(stronger).collect()
}

/// Whether a name is that of one key of this map, or of a map of this family.
fn is_member(spec: &AttributeSpec, name: &str) -> bool {
    member(name).is_some_and(|(map, _)| match spec.kind {
        AttributeKind::Family => map.starts_with(spec.name),
        _ => map == spec.name,
    })
}

/// A map and one key of it. A map of a family is called by a URN, which may have dots itself
/// (`urn:example:acme:2.0:User.cost_code`).
pub(super) fn member(name: &str) -> Option<(&str, &str)> {
    let first = name.find(['.', ':'])?;
    let from = match name[first..].starts_with(':') {
        true => name.rfind(':')? + 1,
        false => first,
    };
    let dot = from + name[from..].find('.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

/// Whether the roster gains something by naming this value.
fn worth_keeping(spec: &AttributeSpec, value: &Value) -> bool {
    match spec.mode {
        Mode::CreateOnly => false,
        // The vendor's own ids are found by e-mail, and nobody can change a plain "no".
        Mode::Fixed => match value {
            Value::Text(_) => false,
            Value::Flag(flag) => *flag,
            Value::Set(items) => !items.is_empty(),
        },
        // An empty list of rights is worth watching; an empty text says nothing.
        Mode::ReadWrite => !value.is_empty() || spec.rights == Rights::Set,
    }
}

/// Why the roster's reader would refuse this value, if it would.
fn inexpressible(kind: AttributeKind, name: &str, value: &Value) -> Option<String> {
    let bad = |text: &str| text.chars().any(char::is_control);
    let blank = |text: &str| text.trim().is_empty();
    let control = || String::from("it has control characters, which no roster can have");
    match (kind, value) {
        (AttributeKind::Choice(words), Value::Text(text)) if !words.contains(&&**text) => {
            Some(format!("\"{text}\" is none of {}", words.join(", ")))
        }
        (AttributeKind::Slug(_), Value::Text(text)) if blank(text) => {
            Some(String::from("it is blank"))
        }
        (AttributeKind::FlagMap | AttributeKind::Family, _)
            if member(name).is_none_or(|(map, slug)| bad(map) || bad(slug) || blank(slug)) =>
        {
            Some(String::from("its name cannot be written"))
        }
        (AttributeKind::Email, Value::Text(text)) => {
            let why = refused_email(text)?;
            Some(format!("\"{text}\" is no e-mail for a roster: {why}"))
        }
        (AttributeKind::EmailSet, Value::Set(items)) => items.iter().find_map(|item| {
            let why = refused_email(item)?;
            Some(format!("\"{item}\" is no e-mail for a roster: {why}"))
        }),
        (_, Value::Set(items)) if items.iter().any(|item| bad(item)) => Some(control()),
        (_, Value::Set(items)) if items.iter().any(|item| blank(item)) => {
            Some(String::from("one of its names is blank"))
        }
        (_, Value::Text(text)) if bad(text) => Some(control()),
        (
            AttributeKind::Text | AttributeKind::Choice(_) | AttributeKind::Slug(_),
            Value::Text(_),
        )
        | (AttributeKind::Family, _)
        | (AttributeKind::Flag | AttributeKind::FlagMap, Value::Flag(_))
        | (AttributeKind::NameSet, Value::Set(_)) => None,
        _ => Some(String::from("it is of another type than documented")),
    }
}
