//! What a run says of its actions, against what vendors hold.

use std::collections::BTreeSet;

use rosterctl::model::account::Account;
use rosterctl::model::action::{Action, ActionKind};
use rosterctl::model::outcome::{Outcome, Verdict};
use rosterctl::model::spec::{Mode, ReadFrom, VendorSpec};
use rosterctl::model::value::Value;

use super::{Eyes, Held, key};
use crate::sim::world::World;

impl Eyes {
    /// After a run: whom it did not mean is as before. Where something went wrong on the way, they are in
    /// all their groups at least, or somebody is told that they are not.
    pub(crate) fn untouched(
        &self,
        world: &World,
        runner: &str,
        before: &Held,
        outcomes: &[Outcome],
    ) {
        let calm = world.is_calm();
        let told = outcomes
            .iter()
            .any(|it| it.message.contains("others out of group"));
        for (vendor, before) in before {
            let after = world.held(vendor);
            let Some(may) = self.vendors.get(vendor) else {
                continue;
            };
            for account in before {
                let meant = outcomes.iter().any(|it| {
                    let action = &it.action;
                    let emails = [Some(&action.email), action.account_email.as_ref()];
                    let mut emails = emails.iter().flatten();
                    action.vendor == *vendor && emails.any(|it| key(it) == key(&account.email))
                });
                let now = may.same(&after, account);
                let same = match now {
                    _ if calm => after.iter().any(|it| it == account),
                    Some(now) if !told => keeps_groups(account, now),
                    _ => true,
                };
                if !meant && !same && !world.is_meddled(vendor, &account.email) {
                    world.breach(format!(
                        "{runner} changed at {vendor} whom it did not mean: {account:?} {now:?}"
                    ));
                }
            }
        }
    }

    /// After an action that is called applied.
    pub(crate) fn applied(&self, world: &World, runner: &str, outcome: &Outcome) {
        let action = &outcome.action;
        let told = matches!(outcome.verdict, Verdict::Applied | Verdict::Failed);
        let addresses = [Some(&action.email), action.account_email.as_ref()];
        if !told || world.is_crowded() {
            return;
        }
        let held = world.held(&action.vendor);
        // Where ids are user names, a rename gives another one. One that is made beside an account that
        // no call shows is known by its id alone.
        let made = action.kind == ActionKind::Create;
        let told = outcome.id.as_ref().filter(|_| made || action.id.is_some());
        let id = told.or(action.id.as_ref());
        let named = |it: &&Account| match (id, &it.id) {
            (Some(id), Some(its)) => id == its,
            _ => addresses
                .iter()
                .flatten()
                .any(|email| key(email) == key(&it.email)),
        };
        let invited = self.vendors.get(&action.vendor);
        if invited.is_some_and(|may| may.has_twist("scim:invites")) {
            return;
        }
        let theirs = |it: &Account| {
            addresses
                .iter()
                .flatten()
                .any(|email| key(email) == key(&it.email))
        };
        let edited = addresses
            .iter()
            .flatten()
            .any(|email| world.is_meddled(&action.vendor, email));
        let account = held.iter().find(named);
        // Somebody else's by now.
        let account = account.filter(|it| !edited || theirs(it));
        let spec = self.vendors.get(&action.vendor).map(|may| may.spec);
        match (outcome.verdict, is_so(action, account, spec)) {
            (Verdict::Applied, Err(why)) => {
                world.breach(format!(
                    "{runner} says applied, and {why}: {outcome:?} {account:?}"
                ));
            }
            // A removal may have left memberships, and a create may have found somebody.
            // What people did meanwhile may be why.
            (Verdict::Failed, Ok(()))
                if !edited && !action.kind.removes()
                    // Where nobody can look, an earlier run may have done what is sent again.
                    && spec.is_none_or(|it| it.read != ReadFrom::Record)
                    && !outcome.message.starts_with("done in part")
                    && !outcome.message.contains("is there")
                    // It says that somebody edited the account meanwhile.
                    && !outcome.message.contains("also changed")
                    // It says so itself.
                    && !outcome.message.contains("the account was created")
                    && !outcome.message.contains("the user was created")
                    // It is only not remembered.
                    && !outcome.message.contains("did it") =>
            {
                world.breach(format!("{runner} says failed, and it is so: {outcome:?}"));
            }
            _ => {}
        }
    }
}

/// Whether an account is in all groups in which it was.
fn keeps_groups(was: &Account, now: &Account) -> bool {
    let groups = |of: &Account| match of.attributes.get("groups") {
        Some(Some(Value::Set(groups))) => groups.iter().map(ToString::to_string).collect(),
        _ => BTreeSet::new(),
    };
    groups(was).is_subset(&groups(now))
}

/// Whether an account is as an action leaves it.
fn is_so(
    action: &Action,
    account: Option<&Account>,
    spec: Option<&'static VendorSpec>,
) -> Result<(), String> {
    let active = match (action.kind, account) {
        (ActionKind::Delete, None) | (ActionKind::Deactivate, None) => return Ok(()),
        (ActionKind::Delete, Some(_)) => return Err(String::from("it is there")),
        (_, None) => return Err(String::from("it is not there")),
        (ActionKind::Deactivate, Some(account)) => {
            return match account.active {
                true => Err(String::from("it is active")),
                false => Ok(()),
            };
        }
        (_, Some(account)) => account,
    };
    if action.kind != ActionKind::Update && !active.active {
        return Err(String::from("it is off"));
    }
    for change in &action.changes {
        let attribute = spec.and_then(|spec| spec.attribute(&change.attribute));
        if attribute.is_some_and(|it| it.mode == Mode::CreateOnly) {
            continue;
        }
        if change.attribute == "email" {
            let after = change.after.as_text().unwrap_or_default();
            if key(after) != key(&active.email) {
                return Err(format!("its address is {}", active.email));
            }
            continue;
        }
        let now = active
            .attributes
            .get(&change.attribute)
            .and_then(Option::as_ref);
        let same = match now {
            Some(now) => *now == change.after,
            None => change.after.is_empty() || !active.attributes.contains(&change.attribute),
        };
        if !same {
            return Err(format!("{} is {now:?}", change.attribute));
        }
    }
    Ok(())
}
