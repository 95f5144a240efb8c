//! A local SnapLogic environment: stateful, strict, and where the documentation leaves behaviour
//! open, with a switch for each reading.

mod fields;
mod quirks;
mod reply;
mod routes;
mod store;
mod twists;

pub use quirks::{KnownPost, MaintainersForm, Quirks, StatusPlace};

use crate::folded;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::Account;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
use store::{Person, Store};
pub(crate) use twists::TWISTS;

/// The server; clones share its state.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    /// The environment it serves.
    organization: String,
    /// The e-mail key of the caller.
    own: String,
    secrets: BTreeMap<&'static str, String>,
    page_cap: usize,
    /// Single sign-on is on, so password login may be switched off.
    sso: bool,
    store: Mutex<Store>,
    quirks: Mutex<Quirks>,
}

impl Server {
    /// An environment with the accounts and groups of the seed.
    pub fn new(seed: Seed) -> Self {
        let names = seed.names.get("groups").map(Vec::as_slice);
        let mut store = Store::new(names.unwrap_or_default());
        for account in &seed.accounts {
            store.put(account);
        }
        let mut quirks = Quirks::default();
        turn(&mut quirks, TWISTS, &seed.twists);
        Self {
            shared: Arc::new(Shared {
                organization: seed.text("organization").unwrap_or_default().to_owned(),
                own: folded(&seed.own),
                page_cap: seed.page_cap.unwrap_or(usize::MAX),
                sso: seed.flag("sso"),
                secrets: seed.secrets,
                store: Mutex::new(store),
                quirks: Mutex::new(quirks),
            }),
        }
    }

    /// Chooses among the readings of the documentation.
    pub fn choose(&self, choice: impl FnOnce(&mut Quirks)) {
        choice(&mut lock(&self.shared.quirks));
    }

    /// Puts an account into other environments: besides this one if it is here, else only there.
    pub fn elsewhere(&self, account: &Account, organizations: &[&str]) {
        let mut store = self.store();
        let person = store
            .people
            .entry(folded(&account.email))
            .or_insert_with(|| Person::of(account));
        person
            .elsewhere
            .extend(organizations.iter().map(|name| (*name).to_owned()));
    }

    /// Takes an account out of this environment; it goes on to exist.
    pub fn expel(&self, email: &str) {
        self.store().expel(email);
    }

    /// Replaces what is granted to a person.
    pub fn grant(&self, email: &str, apps: &[&str]) {
        if let Some(person) = self.store().people.get_mut(&folded(email)) {
            person.apps = apps.iter().map(|app| ((*app).to_owned(), true)).collect();
        }
    }

    /// The applications that are granted.
    pub fn apps(&self, email: &str) -> BTreeSet<String> {
        let store = self.store();
        let person = store.people.get(&folded(email));
        let apps = person.into_iter().flat_map(|person| &person.apps);
        apps.filter(|(_, granted)| **granted)
            .map(|(app, _)| app.clone())
            .collect()
    }

    /// How often the password of an account was made invalid.
    pub fn revocations(&self, email: &str) -> u32 {
        let store = self.store();
        store
            .people
            .get(&folded(email))
            .map_or(0, |person| person.revocations)
    }

    /// Failed logins of an account.
    pub fn failed_logins(&self, email: &str) -> u32 {
        let store = self.store();
        store
            .people
            .get(&folded(email))
            .map_or(0, |person| person.failed_logins)
    }

    /// Lets the record of an account show a use of Basic.
    pub fn used_basic(&self, email: &str) {
        if let Some(person) = self.store().people.get_mut(&folded(email)) {
            person.used_basic = true;
        }
    }

    /// The members of a group, reserved ones included.
    pub fn members(&self, group: &str) -> Vec<String> {
        let store = self.store();
        let group = store.groups.get(group);
        group.map(store::Group::list).unwrap_or_default()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.shared.store)
    }
}

impl LocalVendor for Server {
    fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }

    fn held(&self) -> Vec<Account> {
        self.store().accounts()
    }

    fn keep(&self, account: Account) {
        self.store().put(&account);
    }

    fn remove(&self, email: &str) {
        self.store().delete(email);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
