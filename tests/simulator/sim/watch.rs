//! What must never happen, looked at with the vendors' own eyes: after each write, and after each run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rosterctl::model::account::Account;
use rosterctl::model::value::Value;
use rosterctl::roster::model::Roster;

use super::people::{GUEST, PROTECTED, People};
use super::person::day;
use super::vendor::Vendor;
use super::wish::{Access, Wish, key};
use super::world::World;

mod ends;
mod plans;

/// Accounts by vendor.
pub(crate) type Held = BTreeMap<Box<str>, Vec<Account>>;

/// What one run may do, by vendor.
pub(crate) struct Eyes {
    on: u64,
    vendors: BTreeMap<Box<str>, May>,
    /// What vendors held when the run began.
    begin: Held,
    /// What they held when it had read them.
    read: Mutex<Held>,
    did: Mutex<BTreeMap<Box<str>, Did>>,
    /// Keys of the people whom the run is about; `None`: everybody.
    only: Option<BTreeSet<Box<str>>>,
    /// Nothing limits how much the run does.
    unlimited: bool,
}

/// What a run has done at a vendor: keys of accounts.
#[derive(Default)]
struct Did {
    removed: BTreeSet<Box<str>>,
    made: BTreeSet<Box<str>>,
    raised: BTreeSet<Box<str>>,
}

/// What a run may do at one vendor.
struct May {
    wishes: Vec<Wish>,
    settings: Vendor,
    /// The account behind the credentials, where they are somebody's.
    own: Option<Box<str>>,
    spec: &'static rosterctl::model::spec::VendorSpec,
}

impl Eyes {
    pub(crate) fn new(
        world: &World,
        people: &People,
        roster: &Roster,
        on: u64,
        only: Option<BTreeSet<Box<str>>>,
        unlimited: bool,
    ) -> Self {
        let vendors = people.vendors.iter().enumerate();
        let vendors = vendors.filter_map(|(at, vendor)| {
            let may = May {
                wishes: people.wishes(at, on),
                settings: vendor.clone(),
                own: vendor.is_somebodys().then(|| key(&vendor.own())),
                spec: roster.vendors.get(vendor.name)?.spec,
            };
            Some((Box::from(vendor.name), may))
        });
        let vendors: BTreeMap<Box<str>, May> = vendors.collect();
        let begin = vendors.keys().map(|it| (it.clone(), world.held(it)));
        let begin: Held = begin.collect();
        for (name, may) in &vendors {
            let held = begin.get(name).into_iter().flatten();
            world.note_due(name, held.filter(|it| may.is_due(it)));
        }
        Self {
            begin,
            read: Mutex::default(),
            on,
            vendors,
            did: Mutex::default(),
            only,
            unlimited,
        }
    }

    /// The run has read all vendors, which held that then.
    pub(crate) fn has_read(&self, held: &Held) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = held.clone();
    }

    fn did(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Did>> {
        self.did.lock().unwrap_or_else(PoisonError::into_inner)
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
        let say = |what: String| world.breach(format!("{runner} at {vendor}: {what}"));
        for account in before {
            let now = may.same(after, account);
            if account.active && now.is_none_or(|now| !now.active) {
                if let Err(why) = may.switch_off(account, now.is_some()) {
                    say(format!("took access from {account:?}: {why}"));
                }
                let mut did = self.did();
                let did = did.entry(vendor.into()).or_default();
                did.removed.insert(key(&account.email));
            }
            if now.is_none()
                && !account.active
                && let Err(why) = self.delete(world, may, account)
            {
                say(format!("deleted {account:?}: {why}"));
            }
            if let Some(now) = now
                && let Some(what) = may.takes(account, now)
            {
                say(format!("took {what} from {account:?}, which is spared"));
            }
            // A journal has people's names and not the vendor's.
            if !may.has_twist("scim:own-names")
                && !now.is_some_and(|now| is_like(now, account))
                && !world.is_on_record(day(self.on), &account.email, now)
            {
                say(format!("changed {}, and no journal knows", account.email));
            }
            self.is_in_scope(may, account, now, &say);
        }
        for account in after {
            let same = |it: &&Account| key(&it.email) == key(&account.email);
            let (was, is) = (before.iter().filter(same), after.iter().filter(same));
            if is.count() > was.count().max(1) && !may.settings.is_faithless() {
                say(format!("doubled {}", account.email));
            }
            let known = may.same(before, account);
            if may.is_admin(account) && !known.is_some_and(|it| may.is_admin(it)) {
                let mut did = self.did();
                let did = did.entry(vendor.into()).or_default();
                did.raised.insert(key(&account.email));
            }
            if known.is_none() {
                self.makes(world, may, account, &say);
            }
        }
        self.within_limits(may, vendor, &say);
        let person = |it: &&Account| may.is_admin(it) && it.active && it.shield.is_none();
        if before.iter().any(|it| person(&it)) && !after.iter().any(|it| person(&it)) {
            say(String::from("left no administrator"));
        }
    }

    /// Somebody has an account who had none.
    fn makes(&self, world: &World, may: &May, account: &Account, say: &dyn Fn(String)) {
        let of_its_own = may.has_twist("scim:own-names");
        if !may.is(&account.email, Access::Granted) && !of_its_own {
            say(format!("made {}", account.email));
        }
        if !of_its_own && !world.is_on_record(day(self.on), &account.email, None) {
            say(format!("made {}, and no journal knows", account.email));
        }
        let mut did = self.did();
        let did = did.entry(may.settings.name.into()).or_default();
        did.made.insert(key(&account.email));
    }

    /// No more than the roster lets one run do.
    fn within_limits(&self, may: &May, vendor: &str, say: &dyn Fn(String)) {
        let mut did = self.did();
        let did = did.entry(vendor.into()).or_default();
        let settings = &may.settings;
        let begin = self.begin.get(vendor).map_or(&[][..], Vec::as_slice);
        // Those that other runs make meanwhile count too.
        // Who was invited counts as active.
        let invited = may.has_twist("scim:invites");
        let active = |held: &[Account]| held.iter().filter(|it| it.active || invited).count();
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read.get(vendor).map_or(0, |held| active(held));
        let active = active(begin).max(read) + did.made.len();
        // Who was asked for and never answered counts where there is no list.
        let asked = match settings.kind {
            "surecloud" => may.wishes.len(),
            _ => 0,
        };
        let active = active + asked;
        // Nobody finds what was made there under another name, so it is made again.
        let made = match may.has_twist("scim:own-names") {
            true => 0,
            false => did.made.len(),
        };
        for (what, done, most) in [
            (
                "removals",
                did.removed.len(),
                settings.most_removals(active as u64),
            ),
            ("creates", made, settings.most_creates()),
            ("administrators", did.raised.len(), settings.most_admins()),
        ] {
            if done as u64 > most && !self.unlimited {
                say(format!("{done} {what}, and only {most} are let through"));
            }
        }
    }

    /// Whether an account that is off may be deleted.
    fn delete(&self, world: &World, may: &May, account: &Account) -> Result<(), String> {
        let key = may.spares(account)?;
        let Some(grace) = may.settings.grace else {
            // It was on when the run began.
            let begin = self.begin.get(may.settings.name);
            let was = begin.and_then(|all| may.same(all, account));
            let meant = may.settings.deletes && was.is_some_and(|it| it.active);
            return match meant {
                true => Ok(()),
                false => Err(String::from("nothing that is off is deleted here")),
            };
        };
        if !may.is(&key, Access::Left) && !may.takes_strangers(&key) {
            return Err(String::from("nobody asked for that"));
        }
        let since = world.off_since(may.settings.name, account);
        let over = since.as_secs() + grace * 86_400;
        match self.on * 86_400 >= over {
            true => Ok(()),
            false => Err(format!("off since {since:?}, which is less than {grace} d")),
        }
    }

    /// A run that is about some people leaves all others alone.
    fn is_in_scope(
        &self,
        may: &May,
        account: &Account,
        now: Option<&Account>,
        say: &dyn Fn(String),
    ) {
        let Some(only) = &self.only else {
            return;
        };
        let wish = may.wishes.iter().find(|wish| wish.has(&account.email));
        let meant = wish.is_some_and(|wish| only.contains(&wish.emails[0]));
        if !meant && !now.is_some_and(|now| is_like(now, account)) {
            say(format!("changed {account:?}, whom it is not about"));
        }
    }

    /// What all vendors hold.
    pub(crate) fn all(&self, world: &World) -> Held {
        let vendors = self.vendors.keys();
        vendors.map(|it| (it.clone(), world.held(it))).collect()
    }
}

/// Whether they differ in groups at most: a vendor may take all out where one leaves.
fn is_like(one: &Account, other: &Account) -> bool {
    let (mut one, mut other) = (one.clone(), other.clone());
    one.attributes.remove("groups");
    other.attributes.remove("groups");
    one == other
}

impl May {
    fn has_twist(&self, name: &str) -> bool {
        self.settings.twists.iter().any(|it| **it == *name)
    }

    /// That account among others; of two that a person has, the one with its address.
    fn same<'a>(&self, all: &'a [Account], account: &Account) -> Option<&'a Account> {
        let at = |it: &&Account| key(&it.email) == key(&account.email);
        let mut same = all.iter().filter(|it| self.is_same(it, account));
        same.clone().find(at).or_else(|| same.next())
    }

    fn is_same(&self, one: &Account, other: &Account) -> bool {
        match (&one.id, &other.id) {
            (Some(one), Some(other)) if !self.has_twist("scim:ids-are-names") => one == other,
            _ if key(&one.email) == key(&other.email) => true,
            _ => self
                .wishes
                .iter()
                .any(|wish| wish.has(&one.email) && wish.has(&other.email)),
        }
    }

    fn is_admin(&self, account: &Account) -> bool {
        match self.settings.kind {
            "bitsight" => {
                account.attributes.get("role") == Some(&Some(Value::text("customer_admin")))
            }
            "snaplogic" => {
                account.attributes.get("administrator") == Some(&Some(Value::Flag(true)))
            }
            _ => false,
        }
    }

    /// Whether that is what the roster says of whoever has that address.
    fn is(&self, email: &str, access: Access) -> bool {
        let mut wishes = self.wishes.iter().filter(|wish| wish.has(email));
        wishes.any(|wish| wish.access == access)
    }

    /// Strangers may lose their access, and this is one.
    fn takes_strangers(&self, email: &str) -> bool {
        let known = self.wishes.iter().any(|wish| wish.has(email));
        self.settings.unlisted == "deactivate" && self.settings.kind != "surecloud" && !known
    }

    fn is_spared(&self, email: &str) -> bool {
        let key = key(email);
        *key == *PROTECTED || *key == *GUEST || self.own.as_ref() == Some(&key)
    }

    fn spares(&self, account: &Account) -> Result<Box<str>, String> {
        let key = key(&account.email);
        if self.is_spared(&key) {
            return Err(String::from("it is spared"));
        }
        if account.shield.is_some() {
            return Err(String::from("it is no person"));
        }
        if self.is(&key, Access::Granted) {
            return Err(String::from("the roster gives it access"));
        }
        Ok(key)
    }

    /// What an account lost that nothing is to be taken from.
    fn takes(&self, account: &Account, now: &Account) -> Option<&'static str> {
        if !self.is_spared(&account.email) {
            return None;
        }
        if self.is_admin(account) && !self.is_admin(now) {
            return Some("an administrator's rights");
        }
        (key(&account.email) != key(&now.email)).then_some("the address")
    }

    /// `there`: it is still there.
    fn switch_off(&self, account: &Account, there: bool) -> Result<(), String> {
        let key = self.spares(account)?;
        if !there && !self.settings.deletes && !self.has_twist("scim:off-removes") {
            return Err(String::from("nothing is deleted here that is on"));
        }
        let leaves = self.is(&key, Access::Left) || self.is(&key, Access::NotYet);
        match leaves || self.takes_strangers(&key) {
            true => Ok(()),
            false => Err(String::from("nobody asked for that")),
        }
    }
}
