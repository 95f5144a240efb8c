//! The sandbox: every vendor as a stateful local server, as strict as its documentation.
//!
//! One loopback port, one path prefix per vendor (`http://127.0.0.1:PORT/bitsight`). The servers
//! live beside their connectors (`vendor/<name>/sandbox.rs`); here is what they share: the seed,
//! the connection loop, faults, and the log of requests.

mod distort;
mod fault;
mod keyed;
mod playground;
mod repeat;
mod seed;
mod server;
mod spoil;

pub use fault::{Canned, Fault, Faults, Request};
pub(crate) use keyed::{Keyed, Keys, folded};
pub use playground::{ENVIRONMENT, Index, IndexVendor, Playground, PlaygroundError};
pub use seed::{Start, seed, seed_as};
pub use server::{Sandbox, Served};
pub use spoil::Spoil;

use std::sync::Arc;

use crate::reconcile::account::Account;
use crate::roster::model::VendorSettings;

/// What a local vendor starts with.
#[derive(Clone)]
pub struct Seed {
    /// The vendor's settings; its `auth` keys tell which form of credentials to demand.
    pub settings: Arc<VendorSettings>,
    /// The accounts it holds, attributes under their roster names; groups and roles by name.
    /// [`Account::id`] may be `None`: the server makes one. Shields: `service account`,
    /// `super user`, `API token`.
    pub accounts: Vec<Account>,
    /// Names of groups or roles that exist even if nobody is in them, by attribute.
    pub names: std::collections::BTreeMap<&'static str, Vec<Box<str>>>,
    /// The e-mail of the account behind the credentials; one of `accounts`, an administrator.
    pub own: Box<str>,
    /// The texts of the secrets to accept, by their key under `auth`.
    pub secrets: std::collections::BTreeMap<&'static str, String>,
    /// Page size the server caps lists at, if it is to be smaller than documented.
    pub page_cap: Option<usize>,
}

/// One local vendor.
pub trait LocalVendor: Send + Sync {
    /// Its routes, below the vendor's prefix, with state inside.
    fn router(&self) -> axum::Router;

    /// What it holds now, for tests: attributes under their roster names, as the roster would
    /// write them, even those that the API never shows.
    fn accounts(&self) -> Vec<Account>;

    /// Changes what it holds behind the API's back, as an administrator in the vendor's own pages
    /// would: replaces the account with that e-mail, or adds it.
    fn put(&self, account: Account);

    /// Removes an account behind the API's back.
    fn remove(&self, email: &str);
}
