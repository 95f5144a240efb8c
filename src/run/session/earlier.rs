//! What a run has to do with an earlier one: settle what it left open, keep what it takes away,
//! and take back what it did.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::{Reads, Scope, Session};
use crate::model::action::Action;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::email::EmailKey;
use crate::model::plan::{Level, Notice, Plan, VendorPlan, WithheldAction};
use crate::model::value::Attributes;
use crate::plan::known::Known;
use crate::plan::planner::{Done, plan_undo, unread_vendor};
use crate::roster::model::Roster;
use crate::run::apply::{Recovered, recover};
use crate::state::journal::Images;
use crate::state::journal::event::Taking;
use crate::state::journal::undo::Deeds;

impl Session {
    /// Looks for the effects of actions that an earlier run left in flight, at all vendors side by
    /// side, and tells each by its place in `actions` once it is known. One is not told whose vendor
    /// takes no part in this run, lives elsewhere now, or could not be read. `since` is how long ago
    /// that run wrote its last line.
    pub async fn recover(
        &self,
        reads: &mut Reads,
        actions: &[&Action],
        vendors: &BTreeMap<Box<str>, Taking>,
        since: Duration,
        tell: &dyn Fn(usize, Recovered),
    ) {
        let at_vendors = self.members.iter().zip(reads).filter_map(|(member, read)| {
            let settings = &member.settings;
            let same = vendors.get(&settings.name)?.base_url == settings.base_url;
            let vendor = member.vendor.as_ref().ok().filter(|_| same)?;
            let current = &mut read.as_mut().ok()?.current;
            let places: Vec<usize> = (0..actions.len())
                .filter(|at| actions[*at].vendor == settings.name)
                .collect();
            Some(async move {
                let here: Vec<&Action> = places.iter().map(|at| actions[*at]).collect();
                let tell = |at: usize, it| tell(places[at], it);
                let clock = &self.clock;
                recover(
                    vendor.as_ref(),
                    settings,
                    clock,
                    since,
                    current,
                    &here,
                    &tell,
                )
                .await;
            })
        });
        join_all(at_vendors).await;
    }

    /// What the accounts showed that a plan removes.
    pub fn images(&self, plan: &Plan, reads: &Reads) -> Images {
        let mut images = Images::new();
        for (member, read) in self.members.iter().zip(reads) {
            let Ok(Known { current, .. }) = read else {
                continue;
            };
            let removed: HashSet<_> = super::actions_of(plan, &member.settings.name)
                .iter()
                .filter(|action| action.kind.removes())
                .map(|action| {
                    (
                        action.id.clone(),
                        EmailKey::of(&action.key().email).into_owned(),
                    )
                })
                .collect();
            for account in &current.accounts {
                let key = (account.id.clone(), account.email_key().into_owned());
                if removed.contains(&key) {
                    let key = (member.settings.name.clone(), key.0, key.1);
                    images.insert(key, account.attributes.clone());
                }
            }
        }
        images
    }

    /// The vendors that take part, for the head of a journal.
    pub fn vendors(&self) -> BTreeMap<Box<str>, Taking> {
        let settings = self.members.iter().map(|member| &member.settings);
        settings
            .map(|it| {
                let taking = Taking {
                    kind: it.spec.kind.into(),
                    base_url: it.base_url.clone(),
                };
                (it.name.clone(), taking)
            })
            .collect()
    }

    /// Has the next read show everything that taking back needs, whatever the roster asks for
    /// by now. Plans of the roster itself are not to be made from such a session.
    pub fn attend_to(&mut self, deeds: &Deeds) {
        for member in &mut self.members {
            let here = |done: &&Done| done.action.vendor == member.settings.name;
            let done = deeds.done.iter().filter(here);
            let attended = member.desired.with(|accounts| attend(accounts, done));
            member.desired = Arc::new(attended);
        }
    }

    /// Plans to take back what a run did. `vendors` is where that run did it.
    pub fn plan_undo(
        &self,
        roster: &Roster,
        reads: &Reads,
        scope: &Scope,
        deeds: &Deeds,
        vendors: &BTreeMap<Box<str>, Taking>,
        created_at: jiff::Timestamp,
    ) -> Plan {
        let in_scope = |action: &Action| {
            let people = scope.people.as_ref();
            people.is_none_or(|people| people.contains(&EmailKey::of(&action.email)))
        };
        let mut plans = Vec::new();
        for (member, read) in self.members.iter().zip(reads) {
            let settings = &*member.settings;
            let here = |action: &Action| action.vendor == settings.name && in_scope(action);
            let done: Vec<Done> = deeds
                .done
                .iter()
                .filter(|done| here(&done.action))
                .cloned()
                .collect();
            let Some(there) = vendors.get(&settings.name) else {
                continue;
            };
            let mut plan = match read {
                _ if there.base_url != settings.base_url => {
                    let there = &there.base_url;
                    unread_vendor(settings, format!("that run was at {there}, not here"))
                }
                Err(error) => unread_vendor(settings, error.clone()),
                Ok(known) => {
                    let allowed = scope.allowed.get(&*settings.name).copied();
                    plan_undo(settings, known, &done, allowed.unwrap_or_default())
                }
            };
            let unclear = deeds.unclear.iter().filter(|(action, _)| here(action));
            plan.notices.extend(unclear.map(|(action, why)| Notice {
                level: Level::Warning,
                email: Some(action.email.clone()),
                text: format!("{}: {why}", action.kind.as_str()),
            }));
            plans.push(plan);
        }
        Plan {
            created_at,
            on: self.on,
            roster: self.digest(roster),
            people: roster.people.len(),
            vendors: plans,
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        }
    }
}

/// Adds what taking back `done` needs to know.
fn attend<'a>(accounts: &mut Vec<DesiredAccount>, done: impl Iterator<Item = &'a Done>) {
    let mut places: HashMap<EmailKey<'static>, usize> = HashMap::new();
    for (at, account) in accounts.iter().enumerate() {
        let key = EmailKey::of(&account.email).into_owned();
        places.entry(key).or_insert(at);
    }
    for done in done {
        let changes = done.action.changes.iter();
        let changes = changes.map(|it| (it.attribute.clone(), it.after.clone()));
        let image = done.account.iter().flat_map(|shown| shown.iter());
        let image =
            image.filter_map(|(name, value)| Some((name.to_owned().into(), value.clone()?)));
        let attributes: Attributes = image.chain(changes).collect();
        match places.entry(EmailKey::of(&done.action.email).into_owned()) {
            Entry::Occupied(place) => {
                let wanted = &mut accounts[*place.get()].attributes;
                let pairs = |it: &Attributes| -> Vec<_> {
                    let pairs = it.iter();
                    pairs
                        .map(|(name, it)| (name.to_owned(), it.clone()))
                        .collect()
                };
                // What is wanted already stays as it is.
                *wanted = pairs(&attributes)
                    .into_iter()
                    .chain(pairs(wanted))
                    .collect();
            }
            Entry::Vacant(place) => {
                place.insert(accounts.len());
                accounts.push(DesiredAccount {
                    email: done.action.email.clone(),
                    previous_emails: Vec::new(),
                    id: None,
                    access: Access::Excluded,
                    attributes,
                    on_create: Attributes::new(),
                });
            }
        }
    }
}

/// Holds back creates of which an earlier run may have sent one that nobody could look for.
pub fn hold_unclear(plan: &mut Plan, unclear: &[(Action, String)]) {
    let mut whys = HashMap::new();
    for (open, why) in unclear {
        let key = (&open.vendor, EmailKey::of(&open.email));
        whys.entry(key).or_insert(why);
    }
    let why = |plan: &VendorPlan, action: &Action| {
        let why = whys.get(&(&plan.name, EmailKey::of(&action.email)))?;
        Some(format!(
            "an earlier run may have made this account already; {why}"
        ))
    };
    for vendor in &mut plan.vendors {
        for action in std::mem::take(&mut vendor.actions) {
            let create = action.kind == crate::model::action::ActionKind::Create;
            match why(vendor, &action).filter(|_| create) {
                Some(why) => vendor.held.push(WithheldAction { action, why }),
                None => vendor.actions.push(action),
            }
        }
    }
}
