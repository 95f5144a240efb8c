//! An approved plan against a fresh one: is it still the same, and if not, what of it still holds.
//!
//! Pure. Only fresh actions are ever handed on to be carried out; the approved ones decide which.

mod place;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::civil::Date;

use super::diff::unmet;
use super::guard::{Allowed, Guard};
use super::known::Known;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::canonical::CanonicalAction;
use crate::model::canonical::canonical;
use crate::model::email::EmailKey;
use crate::model::plan::{Plan, VendorPlan};
use crate::model::spec::ReadFrom;
use crate::roster::model::VendorSettings;
use place::places;

pub use place::{ApprovedVendor, place_told};

/// What somebody approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The day it was planned for.
    pub on: Date,
    /// Where it was planned, by name.
    pub vendors: Vec<ApprovedVendor>,
    /// Its actions.
    pub actions: Vec<Action>,
}

/// One way in which a fresh plan is not the approved one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<'a> {
    /// A vendor is another one, or elsewhere; a side is `None` where it has no such vendor.
    Place {
        /// Its name.
        vendor: &'a str,
        /// The kind and place that the approval was given for.
        approved: Option<String>,
        /// Those that the roster says.
        fresh: Option<String>,
    },
    /// Nobody approved this action.
    New(&'a Action),
    /// The approved action does not follow any more.
    Gone {
        /// The approved action.
        approved: &'a Action,
        /// What became of it, where the fresh plan says.
        now: Option<String>,
    },
    /// Another action follows for the same account, or the same for another state of it.
    Changed {
        /// The approved action.
        approved: &'a Action,
        /// The action that follows now.
        fresh: &'a Action,
        /// In what they differ; never empty.
        parts: Vec<Part<'a>>,
    },
}

/// One part in which two actions for one account differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// They do something else.
    Kind,
    /// They name the person differently.
    Email,
    /// They are for another id.
    Id,
    /// One attribute; a side is `None` where that action leaves the attribute alone.
    Attribute {
        /// As approved.
        approved: Option<&'a Change>,
        /// As it follows now.
        fresh: Option<&'a Change>,
    },
    /// The account is not as the approved plan saw it.
    Account,
}

/// Every difference of a fresh plan from the approved one; empty when it is the same plan. Vendors
/// come first, then approved actions, in their order, then what is new.
pub fn differences<'a>(approved: &'a Approved, fresh: &'a Plan) -> Vec<Difference<'a>> {
    let (lost, mut extra) = unequal(&approved.actions, fresh);
    let mut partner: HashMap<usize, &Action> = HashMap::new();
    // The id tells accounts apart; the e-mail alone pairs a create with what came after it.
    for by_id in [true, false] {
        let mut waiting: HashMap<_, VecDeque<usize>> = HashMap::new();
        for (at, action) in extra.iter().enumerate() {
            waiting
                .entry(account_of(action, by_id))
                .or_default()
                .push_back(at);
        }
        let mut used = HashSet::new();
        for (at, action) in lost.iter().enumerate() {
            if !partner.contains_key(&at)
                && let Some(other) = waiting
                    .get_mut(&account_of(action, by_id))
                    .and_then(VecDeque::pop_front)
            {
                partner.insert(at, extra[other]);
                used.insert(other);
            }
        }
        let mut places = 0..;
        extra.retain(|_| places.next().is_some_and(|at| !used.contains(&at)));
    }
    let kept = WithheldAction::of(fresh);
    let known = lost.iter().enumerate().map(|(at, approved)| {
        let approved: &'a Action = approved;
        match partner.get(&at) {
            Some(fresh) => Difference::Changed {
                approved,
                fresh,
                parts: parts(approved, fresh),
            },
            None => Difference::Gone {
                approved,
                now: kept.now(approved),
            },
        }
    });
    let mut all = places(&approved.vendors, fresh);
    all.extend(known);
    all.into_iter()
        .chain(extra.into_iter().map(Difference::New))
        .collect()
}

/// What of an approved plan still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// The fresh plan, without every action that was not approved as it is.
    pub plan: Plan,
    /// Approved actions whose effect is there already.
    pub done: Vec<Action>,
    /// Approved actions that do not hold any more, and why.
    pub stale: Vec<(Action, String)>,
}

/// Keeps of the fresh plan what was approved exactly so, for the same state of the same account.
/// `is_done` says whether the effect of an approved action is there already ([`is_done`]).
pub fn remaining(
    approved: &Approved,
    fresh: &Plan,
    is_done: impl Fn(&Action) -> bool,
) -> Remaining {
    let mut done = Vec::new();
    let mut stale = Vec::new();
    let mut elsewhere: HashMap<&str, String> = HashMap::new();
    for difference in differences(approved, fresh) {
        let (action, why) = match difference {
            Difference::Place {
                vendor,
                approved: Some(approved),
                fresh: Some(fresh),
            } => {
                let why = place_told(Some(&approved), Some(&fresh));
                elsewhere.insert(vendor, why);
                continue;
            }
            // Its actions are gone, or new.
            Difference::Place { .. } => continue,
            Difference::New(_) => continue,
            Difference::Gone { approved, now } => (
                approved,
                now.unwrap_or_else(|| String::from("it does not follow any more")),
            ),
            Difference::Changed {
                approved,
                fresh,
                parts,
            } => (approved, in_words(fresh, &parts)),
        };
        if elsewhere.contains_key(&*action.vendor) {
            continue;
        }
        if is_done(action) {
            done.push(action.clone());
        } else {
            stale.push((action.clone(), format!("not as approved: {why}")));
        }
    }
    let mut left: HashMap<_, usize> = HashMap::new();
    for action in &approved.actions {
        // Accounts of another tenant are others, whatever their ids are.
        if let Some(why) = elsewhere.get(&*action.vendor) {
            stale.push((action.clone(), why.clone()));
            continue;
        }
        *left.entry(canonical(action)).or_default() += 1;
    }
    let mut keep = fresh.actions().map(|action| take(&mut left, action));
    let mut plan = fresh.clone();
    for vendor in &mut plan.vendors {
        vendor.actions.retain(|_| keep.next() == Some(true));
    }
    Remaining { plan, done, stale }
}

/// Whether an account already is as an action would leave it. That somebody has no account counts
/// only where the read is proved complete.
pub fn is_done(action: &Action, settings: &VendorSettings, known: &Known) -> bool {
    let mut found = known
        .current
        .accounts
        .iter()
        .filter(|it| is_subject(action, it));
    let account = match (found.next(), found.next()) {
        (Some(account), None) => account,
        // Of two, nobody can say which one was meant.
        (Some(_), Some(_)) => return false,
        (None, _) => {
            return action.kind.removes()
                && settings.spec.read == ReadFrom::Api
                && Guard::new(settings, known, Allowed::default())
                    .unproved()
                    .is_none();
        }
    };
    match action.kind {
        ActionKind::Delete => false,
        ActionKind::Deactivate => !account.active,
        ActionKind::Create | ActionKind::Update | ActionKind::Reactivate => {
            account.active && unmet(settings.spec, &action.changes, account).is_empty()
        }
    }
}

fn is_subject(action: &Action, account: &Account) -> bool {
    match &action.id {
        Some(id) => account.id.as_ref() == Some(id),
        None => account.email_key() == EmailKey::of(&action.email),
    }
}

/// The actions that only one side has. A side may have one action twice; then both count.
fn unequal<'a>(approved: &'a [Action], fresh: &'a Plan) -> (Vec<&'a Action>, Vec<&'a Action>) {
    let mut counts: HashMap<_, usize> = HashMap::new();
    for action in fresh.actions() {
        *counts.entry(canonical(action)).or_default() += 1;
    }
    let lost = approved
        .iter()
        .filter(|it| !take(&mut counts, it))
        .collect();
    // What is left of each was not approved.
    let extra = fresh.actions().filter(|it| take(&mut counts, it)).collect();
    (lost, extra)
}

/// Takes one action out of the counted ones; `false` if there is none left.
fn take<'a>(counts: &mut HashMap<CanonicalAction<'a>, usize>, action: &'a Action) -> bool {
    match counts.get_mut(&canonical(action)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        Some(_) | None => false,
    }
}

fn account_of(action: &Action, by_id: bool) -> (&str, EmailKey<'_>, Option<&str>) {
    match (&action.id, by_id) {
        (Some(id), true) => (&action.vendor, EmailKey::of(""), Some(id)),
        (_, _) => (&action.vendor, EmailKey::of(&action.email), None),
    }
}

fn parts<'a>(approved: &'a Action, fresh: &'a Action) -> Vec<Part<'a>> {
    let Action {
        vendor: _,
        kind,
        email,
        account_email: _,
        id,
        changes,
        reason: _,
        current,
    } = approved;
    let mut parts = Vec::new();
    if *kind != fresh.kind {
        parts.push(Part::Kind);
    }
    if *email != fresh.email {
        parts.push(Part::Email);
    }
    if *id != fresh.id {
        parts.push(Part::Id);
    }
    let mut names: BTreeMap<&str, (Option<&Change>, Option<&Change>)> = BTreeMap::new();
    for change in changes {
        names.entry(&change.attribute).or_default().0 = Some(change);
    }
    for change in &fresh.changes {
        names.entry(&change.attribute).or_default().1 = Some(change);
    }
    let differing = names.into_values().filter(|(one, other)| one != other);
    parts.extend(differing.map(|(approved, fresh)| Part::Attribute { approved, fresh }));
    if *current != fresh.current {
        parts.push(Part::Account);
    }
    parts
}

fn in_words(fresh: &Action, parts: &[Part<'_>]) -> String {
    let name = |change: Option<&Change>| change.map(|it| it.attribute.to_string());
    let clauses: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Kind => format!("{} follows now", fresh.kind.as_str()),
            Part::Email => format!("the person is {} now", fresh.email),
            Part::Id => match &fresh.id {
                Some(id) => format!("the account is {id} now"),
                None => String::from("there is no account now"),
            },
            Part::Attribute { approved, fresh } => {
                let name = name(*approved).or_else(|| name(*fresh)).unwrap_or_default();
                format!("{name} would be changed otherwise")
            }
            Part::Account => String::from("the account has changed since"),
        })
        .collect();
    clauses.join("; ")
}

/// Where the fresh plan keeps actions back, by account.
struct WithheldAction<'a> {
    why: HashMap<(&'a str, EmailKey<'a>, Option<&'a str>), String>,
    vendors: HashMap<&'a str, &'a VendorPlan>,
}

impl<'a> WithheldAction<'a> {
    fn of(fresh: &'a Plan) -> Self {
        let mut why = HashMap::new();
        for vendor in &fresh.vendors {
            for (kept, word) in [(&vendor.manual, "manual"), (&vendor.held, "held")] {
                for it in kept {
                    for by_id in [true, false] {
                        let text = format!("it is {word} now: {}", it.why);
                        why.insert(account_of(&it.action, by_id), text);
                    }
                }
            }
        }
        Self {
            why,
            vendors: fresh.vendors.iter().map(|it| (&*it.name, it)).collect(),
        }
    }

    /// What became of an approved action that does not follow any more.
    fn now(&self, approved: &'a Action) -> Option<String> {
        match self.vendors.get(&*approved.vendor) {
            None => return Some(format!("{} is not part of this run", approved.vendor)),
            Some(vendor) => {
                if let Err(error) = &vendor.read {
                    return Some(format!("{} could not be read: {error}", vendor.name));
                }
            }
        }
        let find = |by_id| self.why.get(&account_of(approved, by_id)).cloned();
        find(true).or_else(|| find(false))
    }
}

#[cfg(test)]
mod tests;
