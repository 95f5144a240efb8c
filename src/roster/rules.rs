//! Which rules a roster changes against its base: everything that decides what a plan may do, and
//! to whom. Whoever approves a change of people has to see that its own plan is judged by others.
//!
//! Rules are compared by what they mean and told in the roster's words. Where secrets come from is
//! compared and never told.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{
    Bound, Limits, Max, Roster, SecretRef, Setting, StatePlace, Unlisted, VendorSettings,
};
use super::untrusted::{as_written, states};
use crate::diagnostic::Sources;
use crate::reconcile::attention::RuleChange;
use crate::reconcile::value::Value;
use crate::vendor::spec::Rights;

/// The rule under which a vendor comes or goes.
const VENDOR: &str = "vendor";

/// The rules that differ, with the files of both rosters: vendors that came or went first, then by
/// vendor and key.
pub fn rule_changes(
    (roster, sources): (&Roster, &Sources),
    (base, base_sources): (&Roster, &Sources),
) -> Vec<RuleChange> {
    let names: BTreeSet<&Box<str>> = roster.vendors.keys().chain(base.vendors.keys()).collect();
    let mut changes = Vec::new();
    let mut both: Vec<&str> = Vec::new();
    for name in names {
        let (now, before) = (roster.vendors.get(name), base.vendors.get(name));
        if let (Some(now), Some(before)) = (now, before) {
            both.push(name);
            let rules = [(before, base_sources), (now, sources)];
            let [before, now] = rules.map(|(vendor, sources)| of_vendor(vendor, sources));
            compare(Some(name), &before, &now, &mut changes);
        } else {
            let told = |it: &VendorSettings| format!("{} at {}", it.spec.kind, it.base_url);
            changes.push(RuleChange {
                vendor: Some(name.clone()),
                rule: VENDOR.into(),
                before: before.map(told),
                after: now.map(told),
            });
        }
    }
    for_all_vendors(&mut changes, &both);
    let [before, now] = [base, roster].map(of_roster);
    compare(None, &before, &now, &mut changes);
    let (before, now) = (states(base, base_sources), states(roster, sources));
    if before.is_disjoint(&now) {
        let told = |places: BTreeSet<Option<StatePlace>>| Some(places.into_iter().next()??.told());
        changes.push(RuleChange {
            vendor: None,
            rule: "state".into(),
            before: told(before),
            after: told(now),
        });
    }
    changes.sort_unstable();
    changes.sort_by_key(|it| &*it.rule != VENDOR);
    changes
}

/// What a roster says under one key.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// One thing.
    One(String),
    /// Several, each of which comes and goes by itself.
    Each(BTreeSet<String>),
    /// Something that is compared and not told.
    Hidden(Vec<String>),
}

/// By key; what a roster does not say is not there.
type Rules = BTreeMap<String, Said>;

fn of_roster(roster: &Roster) -> Rules {
    let Roster {
        vendors: _,  // each by itself
        profiles: _, // they are in the actions they lead to
        people: _,
        state: _, // with the files it may stand in
        assertions,
        released,
    } = roster;
    let mut rules = Rules::new();
    // Who may keep an account is not reported as a leaver.
    rules.each(
        "released",
        released.iter().map(|it| it.email.value.to_string()),
    );
    rules.each("assert", assertions.iter().map(|it| it.rule.to_string()));
    rules
}

fn of_vendor(vendor: &VendorSettings, sources: &Sources) -> Rules {
    let VendorSettings {
        name: _,
        span: _,
        spec,
        base_url,
        in_sandbox: _,
        auth,
        defaults,
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
    } = vendor;
    let written = as_written(vendor, sources);
    let mut rules = Rules::new();
    rules.one("kind", Some(spec.kind.to_owned()));
    rules.one("base_url", Some(base_url.to_string()));
    for key in auth.keys() {
        let secret = written.auth.get(key).map(secret_words);
        rules.insert(
            format!("auth.{key}"),
            Said::Hidden(secret.unwrap_or_default()),
        );
    }
    for entry in defaults {
        let rights = spec.attribute(&entry.name).map(|it| it.rights);
        if rights.is_some_and(|it| it != Rights::None) {
            rules.value(&format!("defaults.{}", entry.name), &entry.value);
        }
    }
    let strangers = match unlisted {
        Unlisted::Ignore => "ignore",
        Unlisted::Report => "report",
        Unlisted::Deactivate => "deactivate",
    };
    rules.one("unlisted", Some(strangers.to_owned()));
    rules.each("protect", protect.iter().map(|it| it.key().to_owned()));
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
    rules.one("own_account", own_account.as_deref().map(String::from));
    for mark in admins {
        let values = mark.values.iter().map(ToString::to_string);
        rules.each(&format!("admins.{}", mark.attribute), values);
    }
    let record = written.record.map(|path| path.display().to_string());
    rules.one("record", record);
    for (key, setting) in &written.settings {
        rules.setting(key, setting);
    }
    rules
}

/// How a roster comes to say something.
trait Says {
    fn one(&mut self, key: &str, said: Option<String>);
    fn each(&mut self, key: &str, said: impl Iterator<Item = String>);
    fn value(&mut self, key: &str, value: &Value);
    fn setting(&mut self, key: &str, setting: &Setting);
}

impl Says for Rules {
    fn one(&mut self, key: &str, said: Option<String>) {
        if let Some(said) = said {
            self.insert(key.to_owned(), Said::One(said));
        }
    }

    fn each(&mut self, key: &str, said: impl Iterator<Item = String>) {
        let said: BTreeSet<String> = said.collect();
        match self.get_mut(key) {
            Some(Said::Each(before)) => before.extend(said),
            Some(Said::One(_) | Said::Hidden(_)) | None => {
                self.insert(key.to_owned(), Said::Each(said));
            }
        }
    }

    fn value(&mut self, key: &str, value: &Value) {
        match value {
            Value::Flag(flag) => self.one(key, Some(flag.to_string())),
            Value::Text(text) => self.one(key, Some(text.to_string())),
            Value::Set(items) => self.each(key, items.iter().map(ToString::to_string)),
        }
    }

    fn setting(&mut self, key: &str, setting: &Setting) {
        match setting {
            Setting::Text(text) => self.one(key, Some(text.to_string())),
            Setting::Flag(flag) => self.one(key, Some(flag.to_string())),
            Setting::Count(count) => self.one(key, Some(count.to_string())),
            Setting::Names(names) => self.each(key, names.iter().map(ToString::to_string)),
            Setting::TextMap(map) => {
                for (name, text) in map {
                    self.one(&format!("{key}.{name}"), Some(text.to_string()));
                }
            }
        }
    }
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

fn compare(vendor: Option<&str>, before: &Rules, now: &Rules, into: &mut Vec<RuleChange>) {
    let mut push = |rule: &str, before: Option<String>, after: Option<String>| {
        into.push(RuleChange {
            vendor: vendor.map(Box::from),
            rule: rule.into(),
            before,
            after,
        });
    };
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for key in keys {
        let (before, now) = (before.get(key), now.get(key));
        if before == now {
            continue;
        }
        if matches!(before.or(now), Some(Said::Hidden(_))) {
            let told = |said: Option<&Said>, word: &str| said.map(|_| word.to_owned());
            push(
                key,
                told(before, "(not shown)"),
                told(now, "(another, not shown)"),
            );
            continue;
        }
        let (mut gone, mut come) = (items(before), items(now));
        let stays: Vec<&str> = gone.intersection(&come).copied().collect();
        for same in stays {
            gone.remove(same);
            come.remove(same);
        }
        let (gone, come): (Vec<&str>, Vec<&str>) =
            (gone.into_iter().collect(), come.into_iter().collect());
        if let ([gone], [come]) = (&*gone, &*come) {
            push(key, Some((*gone).to_owned()), Some((*come).to_owned()));
            continue;
        }
        for gone in gone {
            push(key, Some(gone.to_owned()), None);
        }
        for come in come {
            push(key, None, Some(come.to_owned()));
        }
    }
}

fn items(said: Option<&Said>) -> BTreeSet<&str> {
    match said {
        None | Some(Said::Hidden(_)) => BTreeSet::new(),
        Some(Said::One(text)) => BTreeSet::from([&**text]),
        Some(Said::Each(items)) => items.iter().map(|it| &**it).collect(),
    }
}

/// Tells once what changed in the same way at every vendor, as with the top-level `protect`.
fn for_all_vendors(changes: &mut Vec<RuleChange>, vendors: &[&str]) {
    if vendors.len() < 2 {
        return;
    }
    let without_vendor = |it: &RuleChange| RuleChange {
        vendor: None,
        ..it.clone()
    };
    let mut counts: BTreeMap<RuleChange, usize> = BTreeMap::new();
    for change in changes.iter().filter(|it| &*it.rule == "protect") {
        *counts.entry(without_vendor(change)).or_default() += 1;
    }
    counts.retain(|_, count| *count == vendors.len());
    changes.retain(|it| !counts.contains_key(&without_vendor(it)));
    changes.extend(counts.into_keys());
}
