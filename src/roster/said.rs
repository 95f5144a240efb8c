//! Everything that a roster says besides its people, as a list of keys and values: what a plan may
//! do and to whom. The digest covers this list, and a change of rules is a difference of two of
//! them, so that a new setting can be forgotten in neither.
//!
//! Each value has a meaning, which is compared, and the roster's words, which are shown.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Bound, Limits, Max, Roster, SecretRef, Setting, Unlisted, VendorSettings};
use super::untrusted::AsWritten;
use crate::model::email::EmailKey;
use crate::model::value::Value;

/// What a roster says under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Values by what they mean, each in the roster's words.
    Shown(BTreeMap<String, String>),
    /// Something that is compared and not told.
    Hidden(Vec<String>),
}

impl Said {
    /// What it means; the words make no difference.
    pub(super) fn meaning(&self) -> Vec<&str> {
        match self {
            Self::Shown(values) => values.keys().map(|it| &**it).collect(),
            Self::Hidden(words) => words.iter().map(|it| &**it).collect(),
        }
    }
}

/// By key; what a roster does not say is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rules(pub(super) BTreeMap<String, Said>);

/// The value of `mode` by which a vendor is planned and never written to.
pub(super) const OBSERVE: &str = "observe";

/// What stands in place of a list without anything in it.
const EMPTY: &str = "(empty)";

impl Rules {
    /// One text, whose meaning it is.
    fn one(&mut self, key: &str, said: Option<String>) {
        self.each(key, said.into_iter().map(|it| (it.clone(), it)));
    }

    /// Several values, each of which comes and goes by itself, after those that are there.
    fn each(&mut self, key: &str, said: impl IntoIterator<Item = (String, String)>) {
        let said: BTreeMap<String, String> = said.into_iter().collect();
        if said.is_empty() {
            return;
        }
        let there = self.0.entry(key.to_owned());
        match there.or_insert_with(|| Said::Shown(BTreeMap::new())) {
            Said::Shown(values) => values.extend(said),
            Said::Hidden(_) => {}
        }
    }

    /// A value of an attribute, or a list that may be empty and says something all the same.
    pub(super) fn value(&mut self, key: &str, value: &Value) {
        match value {
            Value::Flag(flag) => self.one(key, Some(flag.to_string())),
            Value::Text(text) => self.one(key, Some(text.to_string())),
            Value::Set(items) if items.is_empty() => {
                self.each(key, [(String::new(), EMPTY.to_owned())]);
            }
            Value::Set(items) => {
                self.each(key, items.iter().map(|it| (it.to_string(), it.to_string())));
            }
        }
    }

    fn setting(&mut self, key: &str, setting: &Setting) {
        match setting {
            Setting::Text(text) => self.one(key, Some(text.to_string())),
            Setting::Flag(flag) => self.one(key, Some(flag.to_string())),
            Setting::Count(count) => self.one(key, Some(count.to_string())),
            Setting::Names(names) => self.value(key, &Value::set(names.iter().cloned())),
            Setting::Description(it) => {
                self.one(key, Some(format!("{} ({})", it.name, it.digest)));
            }
            Setting::TextMap(map) => {
                for (name, text) in map {
                    self.one(&format!("{key}.{name}"), Some(text.to_string()));
                }
            }
        }
    }
}

/// What a roster says for all its vendors.
pub(super) fn of_roster(roster: &Roster) -> Rules {
    let Roster {
        vendors: _,  // each by itself
        profiles: _, // they are in the accounts they lead to
        everyone: _, // so are these
        teams: _,    // they are among the profiles of their members
        sources: _,  // no plan goes by them
        people: _,
        state: _, // with the files it may stand in
        keep,
        assertions,
        released,
        files: _, // where it stands is no rule
    } = roster;
    let mut rules = Rules::default();
    // Who may keep an account is not reported as a leaver.
    let released = released.iter().map(|it| {
        let (email, mut more) = (&it.email.value, String::new());
        if let Some(until) = it.until {
            more.push_str(&format!(" until {until}"));
        }
        if let Some(note) = &it.note {
            more.push_str(&format!(" ({note})"));
        }
        let key = EmailKey::of(email).to_string();
        (key + &more, format!("{email}{more}"))
    });
    rules.each("released", released);
    rules.one("keep", keep.map(|days| days.to_string()));
    let assertions = assertions.iter().map(|it| it.rule.to_string());
    rules.each("assert", assertions.map(|it| (it.clone(), it)));
    rules
}

/// What a roster says of one vendor; paths are as in `written`.
pub(super) fn of_vendor(vendor: &VendorSettings, written: &AsWritten<'_>) -> Rules {
    let VendorSettings {
        name: _,
        span: _,
        spec,
        base_url,
        in_sandbox: _,
        auth: _,     // as written, below
        defaults: _, // they are in the accounts they lead to
        unlisted,
        protect,
        limits:
            Limits {
                per_second,
                burst,
                concurrency,
                timeout,
                max_wait,
            },
        max:
            Max {
                creates,
                deactivations,
                shrinkage,
                admin_grants,
                at_least,
            },
        deactivate,
        delete_after,
        own_account,
        admins,
        record: _, // as written, below
        settings: _,
        by_preset: _, // they are among the settings
        observe,
        certificate,
        answers: _, // they follow from the certificate and the day
    } = vendor;
    let mut rules = Rules::default();
    rules.one("kind", Some(spec.kind.to_owned()));
    rules.one("base_url", Some(base_url.to_string()));
    for (key, secret) in &written.auth {
        let hidden = Said::Hidden(secret_words(secret));
        rules.0.insert(format!("auth.{key}"), hidden);
    }
    let strangers = match unlisted {
        Unlisted::Ignore => "ignore",
        Unlisted::Report => "report",
        Unlisted::Deactivate => "deactivate",
    };
    rules.one("unlisted", Some(strangers.to_owned()));
    let protect = protect.iter().map(|it| it.key().to_owned());
    rules.each("protect", protect.map(|it| (it.clone(), it)));
    rules.one("limits.per_second", Some(per_second.to_string()));
    rules.one("limits.burst", Some(burst.to_string()));
    rules.one("limits.concurrency", Some(concurrency.to_string()));
    for (key, duration) in [("timeout", timeout), ("max_wait", max_wait)] {
        let seconds = format!("{}s", duration.as_secs());
        rules.one(&format!("limits.{key}"), Some(seconds));
    }
    for (key, bound) in [
        ("creates", creates),
        ("deactivations", deactivations),
        ("shrinkage", shrinkage),
        ("admin_grants", admin_grants),
    ] {
        rules.one(&format!("max.{key}"), bound.map(bound_words));
    }
    rules.one("max.at_least", at_least.map(|it| it.to_string()));
    rules.one("deactivate", Some(deactivate.name.to_owned()));
    let grace = delete_after.map(|grace| format!("{}d", grace.0));
    rules.one("leavers.delete_after", grace);
    let own = own_account.as_deref();
    let own = own.map(|email| (EmailKey::of(email).to_string(), email.to_owned()));
    rules.each("own_account", own);
    for mark in admins {
        // Vendors compare such words without letter case.
        let values = mark.values.iter();
        let values = values.map(|it| (it.to_ascii_lowercase(), it.to_string()));
        rules.each(&format!("admins.{}", mark.attribute), values);
    }
    rules.one("mode", observe.then(|| OBSERVE.to_owned()));
    let seen = certificate.as_deref();
    rules.one(
        "certificate",
        seen.map(|it| format!("{} ({})", it.name, it.digest)),
    );
    let record = written.record.as_deref();
    rules.one("record", record.map(|path| path.display().to_string()));
    for (key, setting) in &written.settings {
        rules.setting(key, setting);
    }
    rules
}

fn bound_words(bound: Bound) -> String {
    match bound {
        Bound::Count(count) => count.to_string(),
        Bound::Percent(percent) => format!("{percent}%"),
    }
}

fn secret_words(secret: &SecretRef) -> Vec<String> {
    let (way, words) = match secret {
        SecretRef::Env(name) => ("env", vec![name.to_string()]),
        SecretRef::File(path) => ("file", vec![path.display().to_string()]),
        SecretRef::Command(words) => ("command", words.iter().map(ToString::to_string).collect()),
    };
    std::iter::once(way.to_owned()).chain(words).collect()
}

/// The keys that either side has.
pub(super) fn keys<'r>(one: &'r Rules, other: &'r Rules) -> BTreeSet<&'r str> {
    let keys = one.0.keys().chain(other.0.keys());
    keys.map(|it| &**it).collect()
}
