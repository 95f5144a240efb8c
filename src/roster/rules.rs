//! Which rules a roster changes against its base: everything that decides what a plan may do, and
//! to whom. Whoever approves a change of people has to see that its own plan is judged by others.
//!
//! Rules are compared by what they mean and told in the roster's words. Where secrets come from is
//! compared and never told.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Roster, StatePlace, VendorSettings};
use super::said::{self, Rules, Said};
use super::untrusted::{as_written, states};
use crate::model::attention::RuleChange;
use crate::model::spec::Rights;
use crate::roster::diagnostic::Sources;

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
    let [before, now] = [base, roster].map(said::of_roster);
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

fn of_vendor(vendor: &VendorSettings, sources: &Sources) -> Rules {
    let mut rules = said::of_vendor(vendor, &as_written(vendor, sources));
    // What everybody gets is a rule as far as it carries rights.
    for entry in &vendor.defaults {
        let rights = vendor.spec.attribute(&entry.name).map(|it| it.rights);
        if rights.is_some_and(|it| it != Rights::None) {
            rules.value(&format!("defaults.{}", entry.name), &entry.value);
        }
    }
    rules
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
    for key in said::keys(before, now) {
        let (before, now) = (before.0.get(key), now.0.get(key));
        if before.map(Said::meaning) == now.map(Said::meaning) {
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
        let (gone, come) = (without(before, now), without(now, before));
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

/// The words of what one side says and the other does not mean.
fn without<'r>(one: Option<&'r Said>, other: Option<&Said>) -> Vec<&'r str> {
    let known = |meaning: &str| match other {
        Some(Said::Shown(values)) => values.contains_key(meaning),
        Some(Said::Hidden(_)) | None => false,
    };
    match one {
        Some(Said::Shown(values)) => {
            let left = values.iter().filter(|(meaning, _)| !known(meaning));
            left.map(|(_, words)| &**words).collect()
        }
        Some(Said::Hidden(_)) | None => Vec::new(),
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
