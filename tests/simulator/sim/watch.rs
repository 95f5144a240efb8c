//! What must never happen, looked at with the vendors' own eyes: after each write, and after each run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rosterctl::model::account::Account;
use rosterctl::model::action::{Action, ActionKind};

use rosterctl::model::outcome::{Outcome, Verdict};
use rosterctl::model::spec::{DeactivateMode, Mode, VendorSpec};
use rosterctl::roster::desired;
use rosterctl::roster::model::{Roster, Unlisted};

use super::people::PROTECTED;
use super::world::World;

/// What one run may do, by vendor.
pub(crate) struct Eyes {
    on: Date,
    vendors: BTreeMap<Box<str>, May>,
}

/// What a run may do at one vendor.
struct May {
    /// Addresses of people who should have access.
    granted: BTreeSet<Box<str>>,
    /// Addresses of people who should have none.
    leavers: BTreeSet<Box<str>>,
    /// Strangers may lose their access.
    strangers: bool,
    deletes: bool,
    own: Box<str>,
    spec: &'static VendorSpec,
}

/// Not the program's own rule, which may be wrong.
fn key(email: &str) -> Box<str> {
    email.to_ascii_lowercase().into()
}

impl Eyes {
    pub(crate) fn new(world: &World, roster: &Arc<Roster>, on: Date) -> Self {
        let vendors = roster.vendors.values().map(|settings| {
            let wanted = desired(roster.clone(), &settings.name, on);
            let (mut granted, mut leavers) = (BTreeSet::new(), BTreeSet::new());
            for claim in wanted.person_keys() {
                let of = match claim.access.granted() {
                    true => &mut granted,
                    false => &mut leavers,
                };
                of.extend(claim.emails().map(key));
            }
            let may = May {
                granted,
                leavers,
                strangers: settings.unlisted == Unlisted::Deactivate,
                deletes: settings.delete_after.is_some()
                    || settings.deactivate.mode == DeactivateMode::Delete,
                own: key(&world.own(&settings.name)),
                spec: settings.spec,
            };
            (settings.name.clone(), may)
        });
        Self {
            on,
            vendors: vendors.collect(),
        }
    }

    /// After one write.
    pub(crate) fn look(
        &self,
        world: &World,
        runner: &str,
        vendor: &str,
        before: &[Account],
        after: &[Account],
    ) {
        let Some(may) = self.vendors.get(vendor) else {
            return world.breach(format!(
                "{runner} writes at {vendor}, which it does not have"
            ));
        };
        for account in before {
            let now = after.iter().find(|it| is_same(it, account));
            let off = account.active && now.is_none_or(|now| !now.active);
            if off && let Err(why) = may.switch_off(account) {
                world.breach(format!(
                    "{runner} took access at {vendor} from {account:?}: {why}"
                ));
            }
            if now.is_none()
                && !account.active
                && let Err(why) = may.delete(account)
            {
                world.breach(format!("{runner} deleted at {vendor} {account:?}: {why}"));
            }
            if !now.is_some_and(|now| is_like(now, account))
                && !world.is_on_record(self.on, &account.email, now)
            {
                world.breach(format!(
                    "{runner} changed {} at {vendor}, and no journal knows",
                    account.email
                ));
            }
        }
        for account in after {
            let same = |it: &&Account| key(&it.email) == key(&account.email);
            let (was, is) = (before.iter().filter(same), after.iter().filter(same));
            if is.count() > was.count().max(1) {
                world.breach(format!("{runner} doubled {} at {vendor}", account.email));
            }
            let is_new = !before.iter().any(|it| is_same(it, account));
            if is_new && !may.granted.contains(&key(&account.email)) {
                world.breach(format!("{runner} made {} at {vendor}", account.email));
            }
            if is_new && !world.is_on_record(self.on, &account.email, None) {
                world.breach(format!(
                    "{runner} made {} at {vendor}, and no journal knows",
                    account.email
                ));
            }
        }
    }

    /// After a run in which nothing went wrong on the way: whom it did not mean is as before.
    pub(crate) fn untouched(
        &self,
        world: &World,
        runner: &str,
        before: &BTreeMap<Box<str>, Vec<Account>>,
        outcomes: &[Outcome],
    ) {
        for (vendor, before) in before {
            let after = world.held(vendor);
            for account in before {
                let meant = outcomes.iter().any(|it| {
                    let action = &it.action;
                    let emails = [Some(&action.email), action.account_email.as_ref()];
                    let mut emails = emails.iter().flatten();
                    action.vendor == *vendor && emails.any(|it| key(it) == key(&account.email))
                });
                let same = after.iter().any(|it| it == account);
                if !meant && !same && !world.is_meddled(vendor, &account.email) {
                    let now = after.iter().find(|it| is_same(it, account));
                    world.breach(format!(
                        "{runner} changed at {vendor} whom it did not mean: {account:?} {now:?}"
                    ));
                }
            }
        }
    }

    /// What all vendors hold.
    pub(crate) fn all(&self, world: &World) -> BTreeMap<Box<str>, Vec<Account>> {
        let vendors = self.vendors.keys();
        vendors.map(|it| (it.clone(), world.held(it))).collect()
    }

    /// After an action that is called applied.
    pub(crate) fn applied(&self, world: &World, runner: &str, outcome: &Outcome) {
        let action = &outcome.action;
        let told = matches!(outcome.verdict, Verdict::Applied | Verdict::Failed);
        if !told || world.is_meddled(&action.vendor, &action.email) {
            return;
        }
        let held = world.held(&action.vendor);
        let addresses = [Some(&action.email), action.account_email.as_ref()];
        let named = |it: &&Account| match (&action.id, &it.id) {
            (Some(id), Some(its)) => id == its,
            _ => addresses
                .iter()
                .flatten()
                .any(|email| key(email) == key(&it.email)),
        };
        let account = held.iter().find(named);
        let spec = self.vendors.get(&action.vendor).map(|may| may.spec);
        match (outcome.verdict, is_so(action, account, spec)) {
            (Verdict::Applied, Err(why)) => {
                world.breach(format!(
                    "{runner} says applied, and {why}: {outcome:?} {account:?}"
                ));
            }
            // A removal may have left memberships, and a create may have found somebody.
            (Verdict::Failed, Ok(()))
                if matches!(action.kind, ActionKind::Create | ActionKind::Reactivate)
                    && !outcome.message.starts_with("done in part")
                    && !outcome.message.contains("is there")
                    // It is only not remembered.
                    && !outcome.message.contains("did it") =>
            {
                world.breach(format!("{runner} says failed, and it is so: {outcome:?}"));
            }
            _ => {}
        }
    }
}

/// Whether they differ in groups at most: a vendor may take all out where one leaves.
fn is_like(one: &Account, other: &Account) -> bool {
    let (mut one, mut other) = (one.clone(), other.clone());
    one.attributes.remove("groups");
    other.attributes.remove("groups");
    one == other
}

fn is_same(one: &Account, other: &Account) -> bool {
    match (&one.id, &other.id) {
        (Some(one), Some(other)) => one == other,
        _ => key(&one.email) == key(&other.email),
    }
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

impl May {
    fn spares(&self, account: &Account) -> Result<Box<str>, String> {
        let key = key(&account.email);
        if *key == *PROTECTED {
            return Err(String::from("it is protected"));
        }
        if key == self.own {
            return Err(String::from("these are the run's own credentials"));
        }
        if account.shield.is_some() {
            return Err(String::from("it is no person"));
        }
        if self.granted.contains(&key) {
            return Err(String::from("the roster gives it access"));
        }
        Ok(key)
    }

    fn switch_off(&self, account: &Account) -> Result<(), String> {
        let key = self.spares(account)?;
        match self.leavers.contains(&key) || self.strangers {
            true => Ok(()),
            false => Err(String::from("nobody asked for that")),
        }
    }

    fn delete(&self, account: &Account) -> Result<(), String> {
        let key = self.spares(account)?;
        match self.deletes && (self.leavers.contains(&key) || self.strangers) {
            true => Ok(()),
            false => Err(String::from("nothing is deleted here")),
        }
    }
}
