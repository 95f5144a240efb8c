//! A local SCIM server, as strict as the standard, with a switch for each way in which real ones
//! differ.

mod attributes;
mod bulk;
mod json;
mod lists;
mod members;
mod patch;
mod people;
mod routes;
mod shape;
mod slashes;
mod state;
mod twists;
mod writes;

pub use shape::{
    Errors, Filters, Ids, Joins, Leaves, Lists, Locations, Members, Names, Nests, Off, Patches,
    Shape, Slashes, Versions,
};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::Account;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
use state::State;
pub(crate) use twists::TWISTS;

/// The server; clones share its state.
#[derive(Clone)]
pub struct Server {
    state: Arc<Mutex<State>>,
    secrets: Arc<BTreeMap<&'static str, String>>,
    /// The name in the roster, which its address begins with.
    name: Arc<str>,
}

/// The server of a seed, behind the trait.
pub fn boxed(seed: Seed) -> Box<dyn LocalVendor> {
    Box::new(Server::new(seed))
}

impl Server {
    /// A server that keeps to the standard but for what the seed twists, with the accounts and groups of the seed.
    pub fn new(seed: Seed) -> Self {
        let groups_on_user = seed.text("groups") == Some("user");
        let mut shape = Shape {
            page_cap: seed.page_cap.unwrap_or(usize::MAX),
            groups_on_user,
            ..Shape::default()
        };
        turn(&mut shape, TWISTS, &seed.twists);
        Self::shaped(seed, shape)
    }

    /// A server that differs.
    pub fn shaped(seed: Seed, shape: Shape) -> Self {
        Self {
            secrets: Arc::new(seed.secrets.clone()),
            name: seed.name.as_ref().into(),
            state: Arc::new(Mutex::new(State::new(&seed, shape))),
        }
    }

    /// Changes how it differs, in mid-run.
    pub fn choose(&self, choice: impl FnOnce(&mut Shape)) {
        choice(&mut self.state().shape);
    }

    /// The members of a group, by user id.
    pub fn members(&self, group: &str) -> Vec<String> {
        let state = self.state();
        let group = state.groups.iter().find(|it| it.name == group);
        group.map(|it| it.members.clone()).unwrap_or_default()
    }

    /// All users as they are kept.
    pub fn users(&self) -> Vec<serde_json::Value> {
        let state = self.state();
        let users = state.users.iter().cloned();
        users.map(serde_json::Value::Object).collect()
    }

    /// A person accepts an invitation.
    pub fn accept(&self, email: &str) {
        let mut state = self.state();
        if let Some(at) = state.position(email) {
            state.users[at].remove(writes::INVITED);
            state.users[at].insert("active".into(), serde_json::Value::Bool(true));
        }
    }

    /// An administrator switches a user off.
    pub fn switch_off(&self, email: &str) {
        let mut state = self.state();
        if let Some(at) = state.position(email) {
            state.users[at].insert("active".into(), serde_json::Value::Bool(false));
        }
    }

    /// A user as it is kept, by e-mail.
    pub fn user(&self, email: &str) -> Option<serde_json::Value> {
        let state = self.state();
        let at = state.position(email)?;
        Some(serde_json::Value::Object(state.users[at].clone()))
    }

    /// Makes something else of a user, as somebody else would.
    pub fn change(&self, email: &str, user: serde_json::Value) {
        let mut state = self.state();
        if let (Some(at), serde_json::Value::Object(user)) = (state.position(email), user) {
            state.users[at] = user;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalVendor for Server {
    fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }

    fn held(&self) -> Vec<Account> {
        self.state().accounts()
    }

    fn keep(&self, account: Account) {
        self.state().put(&account);
    }

    fn remove(&self, email: &str) {
        self.state().remove(email);
    }
}
