//! What a run has to do with an earlier one: settle what it left open, keep what it takes away,
//! and take back what it did.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::{Reads, Scope, Session};
use crate::model::action::{Action, ActionKind};
use crate::model::desired::{Access, Desired, DesiredAccount};
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

/// Creates that wait, because an earlier run may have sent one that nobody could look for: by vendor
/// and by e-mail key, with why.
pub type Unclear = BTreeMap<(Box<str>, EmailKey<'static>), String>;

impl Session {
    /// Notes a create of which it is not known whether it happened.
    pub fn note_unclear(&self, unclear: &mut Unclear, action: &Action, why: &str) {
        let here = self.members.iter();
        let mut here = here.filter(|it| it.settings.name == action.vendor);
        let desired = here.next().map(|it| &*it.desired);
        for (email, why) in held_for(desired, action, why) {
            let key = (action.vendor.clone(), email);
            unclear.entry(key).or_insert(why);
        }
    }
}

/// Whose creates wait because of one that may have happened: by e-mail key, with why. Who has it as an
/// earlier address in the roster would get a second account.
fn held_for(
    desired: Option<&Desired<'_>>,
    action: &Action,
    why: &str,
) -> Vec<(EmailKey<'static>, String)> {
    let may_be = "an earlier run may have made this account already";
    let theirs = EmailKey::of(&action.email).into_owned();
    let mut held = vec![(theirs.clone(), format!("{may_be}; {why}"))];
    for person in desired.into_iter().flat_map(Desired::person_keys) {
        let mut earlier = person.previous_emails.iter();
        if earlier.any(|email| EmailKey::of(email) == theirs) {
            let now = EmailKey::of(person.email).into_owned();
            held.push((now, format!("{may_be}, as {}; {why}", action.email)));
        }
    }
    held
}

/// Holds back the creates that are [`Unclear`].
pub fn hold_unclear(plan: &mut VendorPlan, unclear: &Unclear) {
    for action in std::mem::take(&mut plan.actions) {
        let key = (plan.name.clone(), EmailKey::of(&action.email).into_owned());
        let why = unclear
            .get(&key)
            .filter(|_| action.kind == ActionKind::Create);
        match why.cloned() {
            Some(why) => plan.held.push(WithheldAction { action, why }),
            None => plan.actions.push(action),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{API, Case, Wants as _, account, person};

    #[test]
    fn who_has_another_address_by_now_waits_as_well() {
        let people = [
            person("new@x.com").formerly("Old@x.com"),
            person("else@x.com").formerly("other@x.com"),
        ];
        let mut plan = Case::new(&API, people.clone(), [account("ada@x.com", "1")]).plan();
        let open = Action {
            email: "old@x.com".into(),
            ..plan.actions[0].clone()
        };
        assert_eq!(open.kind, ActionKind::Create);
        let desired = Desired::listed("acme", people.to_vec());
        let held = held_for(Some(&desired), &open, "nobody could look");
        let unclear = held
            .into_iter()
            .map(|(email, why)| ((open.vendor.clone(), email), why));
        hold_unclear(&mut plan, &unclear.collect());
        let actions: Vec<&str> = plan.actions.iter().map(|it| &*it.email).collect();
        assert_eq!(actions, ["else@x.com"]);
        let why =
            "an earlier run may have made this account already, as old@x.com; nobody could look";
        assert_eq!(plan.held[0].why, why);
    }
}
