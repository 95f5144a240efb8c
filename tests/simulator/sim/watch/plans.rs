//! What a run is about to do, before its first write.

use rosterctl::model::account::Account;
use rosterctl::model::action::{Action, ActionKind};
use rosterctl::model::plan::{Notice, Plan, VendorPlan};
use rosterctl::roster::model::Roster;

use super::{Access, Eyes, Held, May, key};
use crate::sim::wish::{Attribute, Wish};
use crate::sim::world::World;
use rosterctl::model::value::Value;

impl Eyes {
    /// `before` and `after` are what vendors held when their reading began and ended.
    pub(crate) fn planned(
        &self,
        world: &World,
        runner: &str,
        plan: &Plan,
        before: &Held,
        after: &Held,
    ) {
        for vendor in &plan.vendors {
            let Some(may) = self.vendors.get(&vendor.name) else {
                continue;
            };
            let (Some(before), Some(after)) = (before.get(&vendor.name), after.get(&vendor.name))
            else {
                continue;
            };
            let say = |what: String| world.breach(format!("{runner} at {}: {what}", vendor.name));
            if world.has_vanished(&vendor.name)
                && let Some(action) = vendor.actions.iter().find(|it| is_drastic(it))
            {
                say(format!(
                    "a list that lost most of its accounts is believed: {action:?}"
                ));
            }
            // Nothing shows that somebody moved from one page to another: where nobody counts, or where
            // one came and another went.
            let lists = ["scim:page-totals", "scim:uncounted", "logicgate:array-page"];
            let uncounted = lists.iter().any(|it| may.has_twist(it));
            let edits = world.edits(&vendor.name);
            if may.settings.kind == "surecloud" || uncounted && edits > 0 || edits > 1 {
                continue;
            }
            for action in &vendor.actions {
                if action.kind == ActionKind::Create {
                    may.is_missing(world, action, before, after, &say);
                }
            }
            if vendor.read.is_err() || self.only.is_some() {
                continue;
            }
            for wish in &may.wishes {
                // Who was edited while it was read may have been seen so or so.
                let edited = |email: &str| world.is_meddled(&vendor.name, email);
                if !wish.emails.iter().any(|it| edited(it)) {
                    may.is_dealt_with(wish, vendor, before, after, &say);
                }
            }
        }
    }

    /// All is as the roster says, but for those of whom the plan still speaks.
    pub(crate) fn is_as_wished<'a>(
        &self,
        world: &World,
        roster: &Roster,
        plan: &'a Plan,
    ) -> Result<(), String> {
        for (name, may) in &self.vendors {
            if may.settings.is_faithless() || !roster.vendors.contains_key(name) {
                continue;
            }
            let held = world.held(name);
            let here = plan.vendors.iter().filter(|it| it.name == *name);
            let held_back = |it: &'a VendorPlan| it.held.iter().map(|it| &it.action);
            let kept: Vec<_> = here
                .flat_map(|it| it.actions.iter().chain(held_back(it)))
                .collect();
            for wish in &may.wishes {
                if kept.iter().any(|it| wish.has(&it.email)) {
                    continue;
                }
                may.is_so(wish, &held)
                    .map_err(|why| format!("{} at {name} {why}: {wish:?}", wish.emails[0]))?;
            }
            for account in &held {
                let waits = kept.iter().any(|it| {
                    let theirs = it.account_email.as_ref();
                    theirs.is_some_and(|email| key(email) == key(&account.email))
                });
                if !waits && may.is_overdue(world, account) {
                    let here = plan.vendors.iter().filter(|it| it.name == *name);
                    let theirs = |it: &&Notice| {
                        it.email
                            .as_ref()
                            .is_some_and(|it| key(it) == key(&account.email))
                    };
                    let told: Vec<_> = here
                        .flat_map(|it| it.notices.iter().filter(theirs))
                        .collect();
                    return Err(format!(
                        "{name} should have deleted {account:?} long ago; {told:?}"
                    ));
                }
                // The last administrator stays.
                if account.active
                    && !may.is_admin(account)
                    && may.takes_strangers(&account.email)
                    && may.spares(account).is_ok()
                {
                    return Err(format!("a stranger has access at {name}: {account:?}"));
                }
            }
        }
        Ok(())
    }
}

/// Nights in which deleting somebody may fail or have to wait.
const PATIENCE: u64 = 9;

fn is_drastic(action: &Action) -> bool {
    action.kind.removes() || action.kind == ActionKind::Create
}

impl May {
    fn of<'a>(&self, wish: &Wish, held: &'a [Account]) -> Vec<&'a Account> {
        held.iter().filter(|it| wish.has(&it.email)).collect()
    }

    /// Whether an account is off, and is to be.
    pub(super) fn is_due(&self, account: &Account) -> bool {
        let leaves = self.is(&account.email, Access::Left) || self.takes_strangers(&account.email);
        leaves && !account.active
    }

    /// Whether an account is off for so long that it should be gone. Where a list may hide it, or
    /// nobody can tell that it is off, it stays.
    fn is_overdue(&self, world: &World, account: &Account) -> bool {
        let told = matches!(self.settings.kind, "bitsight" | "scim");
        let hides = self.settings.twists.iter().any(|it| it.contains("hides"));
        let Some(grace) = self.settings.grace.filter(|_| told && !hides) else {
            return false;
        };
        let since = world.due_since(self.settings.name, account);
        let days = (world.age().saturating_sub(since)).as_secs() / 86_400;
        let stays = self.is_admin(account) || self.spares(account).is_err();
        self.is_due(account) && !stays && days > grace + PATIENCE
    }

    /// Nobody gets an account who has one.
    fn is_missing(
        &self,
        world: &World,
        action: &Action,
        before: &[Account],
        after: &[Account],
        say: &dyn Fn(String),
    ) {
        let wish = self.wishes.iter().find(|wish| wish.has(&action.email));
        let Some(wish) = wish else {
            return say(format!("{} is about to be made", action.email));
        };
        if self.settings.is_faithless() {
            return;
        }
        for account in self.of(wish, before) {
            // Who was switched off and on again while it was read may have been seen so or so.
            let stays = after.iter().any(|it| it == account)
                && !world.is_meddled(self.settings.name, &account.email);
            if account.active && stays {
                say(format!(
                    "{} is about to be made and has {account:?}",
                    action.email
                ));
            }
        }
    }

    /// Everybody whose account is not as it should be stands in the plan.
    fn is_dealt_with(
        &self,
        wish: &Wish,
        plan: &rosterctl::model::plan::VendorPlan,
        before: &[Account],
        after: &[Account],
        say: &dyn Fn(String),
    ) {
        let proved = plan
            .read
            .as_ref()
            .is_ok_and(|it| it.proof.missing.is_none());
        let accounts = self.of(wish, before);
        let stands = accounts
            .iter()
            .all(|account| after.iter().any(|it| it == *account));
        if !proved || !stands || self.of(wish, after).len() != accounts.len() {
            return;
        }
        let mut all = plan.all();
        let told = all.any(|action| wish.has(&action.email));
        match (wish.access, accounts.as_slice()) {
            (Access::Granted, []) if !told => say(format!("{wish:?} is left without an account")),
            (Access::Left, [account]) if account.active && !told => {
                say(format!("{account:?} is left with access"));
            }
            _ => {}
        }
    }

    /// Whether somebody has what the roster says.
    fn is_so(&self, wish: &Wish, held: &[Account]) -> Result<(), String> {
        let theirs = self.of(wish, held);
        let says = |what: &str| Err(format!("{what}, {theirs:?}"));
        if self.is_spared(&wish.emails[0]) {
            return Ok(());
        }
        match (wish.access, theirs.as_slice()) {
            (_, [_, _, ..]) => says("is there twice"),
            (Access::Granted, []) => says("is lost"),
            (_, []) => Ok(()),
            (Access::Left, [account]) if account.active => says("still has access"),
            (Access::Left | Access::NotYet, [_]) => Ok(()),
            (Access::Granted, [account]) => {
                if !account.active {
                    return says("has no access");
                }
                if self.spec.email_change && key(&account.email) != wish.emails[0] {
                    return says("has an old address");
                }
                for (name, value) in &wish.attributes {
                    let now = account.attributes.get(name).and_then(Option::as_ref);
                    if !same(value, now) {
                        return says(&format!("differs in {name}"));
                    }
                }
                Ok(())
            }
        }
    }
}

fn same(wanted: &Attribute, now: Option<&Value>) -> bool {
    match (wanted, now) {
        (Attribute::Text(text), Some(Value::Text(now))) => **text == **now,
        (Attribute::Flag(flag), Some(Value::Flag(now))) => flag == now,
        (Attribute::Flag(flag), None) => !flag,
        (Attribute::Names(names), Some(Value::Set(now))) => {
            let mut now: Vec<&str> = now.iter().map(|it| &**it).collect();
            let mut names = names.clone();
            now.sort_unstable();
            names.sort_unstable();
            names == now
        }
        (Attribute::Names(names), None) => names.is_empty(),
        _ => false,
    }
}
