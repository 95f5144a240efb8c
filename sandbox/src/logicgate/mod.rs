//! LogicGate as a local server, as strict as its documentation.
//!
//! Where the documentation leaves something open, [`Behaviour`] has a switch; its default is the
//! reading that the connector takes to be safe.

mod answer;
mod fields;
mod people;
mod routes;
mod state;
mod twists;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;

use crate::account::Account;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
use state::State;
pub(crate) use twists::TWISTS;

/// What the documentation does not settle.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The form of the list of users.
    pub list: ListForm,
    /// The form of the search by e-mail.
    pub search: SearchForm,
    /// How a page of the list tells that it is the last one.
    pub ends: Ends,
    /// What a page's total counts.
    pub total: Total,
    /// Whether the list heeds `page`; otherwise every page has the rows of the first one.
    pub heeds_page: bool,
    /// Whether the list shows deactivated and external users.
    pub list_shows_off: bool,
    /// Whether the search shows deactivated and external users.
    pub search_shows_off: bool,
    /// Reads that still show the state before the last write.
    pub stale_reads: u32,
    /// Set: the address for one user does not exist; the status it answers with (404, 405).
    pub one_user: Option<u16>,
    /// What a PUT does with a settable field that it leaves out.
    pub omitted: Omitted,
    /// Settable fields whose changes a PUT ignores.
    pub not_sticking: &'static [&'static str],
    /// The status of a create that worked (200, 201).
    pub created: u16,
    /// The status of a create or update for an e-mail in use (400, 409, 422).
    pub duplicate: u16,
    /// The name of a role that attaches itself to new users.
    pub default_role: Option<&'static str>,
    /// What a disabled user shows besides `disabled: true`.
    pub off_form: OffForm,
    /// Whether minting a token ends the ones before.
    pub mint_revokes: bool,
    /// Whether all roles can be listed.
    pub lists_roles: bool,
    /// Whether `/api/v1/account` tells whose the token is.
    pub tells_owner: bool,
    /// Whether a PUT that changes `disabled` is refused.
    pub refuses_off: bool,
    /// Whether times are ISO texts instead of epoch milliseconds.
    pub iso_times: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            list: ListForm::Array,
            ends: Ends::Said,
            total: Total::All,
            heeds_page: true,
            search: SearchForm::Whole,
            list_shows_off: true,
            search_shows_off: true,
            stale_reads: 0,
            one_user: None,
            omitted: Omitted::Cleared,
            not_sticking: &[],
            created: 200,
            duplicate: 409,
            default_role: None,
            off_form: OffForm::Flag,
            mint_revokes: true,
            lists_roles: false,
            tells_owner: false,
            refuses_off: false,
            iso_times: false,
        }
    }
}

/// The form of the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListForm {
    /// One array with everybody.
    Array,
    /// An array with one page, 20 long where no size is asked for.
    ArrayPage,
    /// v1 pages.
    PageV1,
    /// v2 pages.
    PageV2,
}

/// How a page tells that it is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// By `last`, or by its links.
    Said,
    /// By its number and `totalPages` only.
    Numbers,
    /// Not at all.
    Silent,
}

/// What a page's total counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Everybody on all pages.
    All,
    /// The users of the page.
    Page,
    /// All, and one more on each page behind the first.
    Grows,
}

/// The form of the search by e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchForm {
    /// Whole users.
    Whole,
    /// Users as they are embedded elsewhere: `roleIds` instead of `roles`, few flags.
    Embedded,
    /// There is no search any more.
    Gone,
}

/// What a PUT does with a settable field that it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omitted {
    /// It is cleared; roles are taken away.
    Cleared,
    /// It stays as it is; roles are taken away all the same, as documented.
    Kept,
}

/// What a disabled user shows besides `disabled: true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffForm {
    /// Nothing else.
    Flag,
    /// Another `status` as well.
    Status,
    /// It is not shown at all any more.
    Hidden,
}

/// The local server.
pub struct Server {
    state: Arc<Mutex<State>>,
}

/// A server as the documentation describes it, but for what the seed twists.
pub(super) fn local(seed: Seed) -> Box<dyn LocalVendor> {
    let mut behaviour = Behaviour::default();
    turn(&mut behaviour, TWISTS, &seed.twists);
    Box::new(Server::new(seed, behaviour))
}

impl Server {
    /// A server with these accounts that behaves like this.
    pub fn new(seed: Seed, behaviour: Behaviour) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(seed, behaviour))),
        }
    }

    /// Changes how it behaves.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.lock().behaviour);
    }

    /// Sets a field of a user behind the API's back, whatever it is.
    pub fn set(&self, email: &str, field: &str, value: serde_json::Value) {
        self.lock().set(email, field, value);
    }

    /// Sets a field of a role behind the API's back.
    pub fn set_role(&self, name: &str, field: &str, value: serde_json::Value) {
        self.lock().set_role(name, field, value);
    }

    /// A field of a user as it is, unseen by any cache.
    pub fn get(&self, email: &str, field: &str) -> Option<serde_json::Value> {
        self.lock().get(email, field)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl LocalVendor for Server {
    fn router(&self) -> Router {
        routes::router(self.state.clone())
    }

    fn held(&self) -> Vec<Account> {
        self.lock().accounts()
    }

    fn keep(&self, account: Account) {
        self.lock().put(account);
    }

    fn remove(&self, email: &str) {
        self.lock().remove(email);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
