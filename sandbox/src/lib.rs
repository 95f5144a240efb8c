//! The vendors of `rosterctl` as stateful local servers, each as strict as its documentation.
//!
//! One loopback port, one path prefix per vendor (`http://127.0.0.1:PORT/bitsight`). The servers have a
//! folder each and share the connection loop, faults and the log of requests. They know the vendors'
//! documentation and nothing of the connectors that are tested against them: no type, no parser.

mod account;
pub mod bitsight;
mod distort;
mod fault;
mod keyed;
pub mod logicgate;
mod repeat;
pub mod rest;
pub mod scim;
mod server;
pub mod snaplogic;
mod spoil;
pub mod surecloud;
mod twist;

pub use account::{Account, Attributes, Name, Shield, Value};
pub use fault::{Canned, Fault, Faults, Request};
pub(crate) use keyed::{Keyed, Keys, folded};
pub use server::{Answered, Sandbox, Served};
pub use spoil::Spoil;
pub use twist::{Twist, twists};

use std::collections::BTreeMap;

/// What a local vendor starts with.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Its name, which is the path prefix.
    pub name: Box<str>,
    /// The address that clients believe to call.
    pub base_url: Box<str>,
    /// The tenant's settings, under the keys and in the form that a roster has them.
    pub settings: BTreeMap<Box<str>, serde_json::Value>,
    /// The accounts it holds; groups and roles by name.
    pub accounts: Vec<Account>,
    /// Names of groups or roles that exist even if nobody is in them, by attribute.
    pub names: BTreeMap<&'static str, Vec<Box<str>>>,
    /// The e-mail of the account behind the credentials; one of `accounts`, an administrator.
    pub own: Box<str>,
    /// The texts of the secrets to accept, by their key under `auth`; the keys tell which form of
    /// credentials to demand.
    pub secrets: BTreeMap<&'static str, String>,
    /// Page size the server caps lists at, if it is to be smaller than documented.
    pub page_cap: Option<usize>,
    /// Names of the switches of behaviour to turn, see [`twists`].
    pub twists: Vec<Box<str>>,
}

impl Seed {
    /// A text among the settings.
    pub fn text(&self, setting: &str) -> Option<&str> {
        self.settings.get(setting)?.as_str()
    }

    /// A boolean among the settings; absent means `false`.
    pub fn flag(&self, setting: &str) -> bool {
        let flag = self.settings.get(setting).and_then(|it| it.as_bool());
        flag.unwrap_or_default()
    }

    /// Names and texts of a map among the settings.
    pub fn map(&self, setting: &str) -> impl Iterator<Item = (&str, &str)> {
        let map = self.settings.get(setting).and_then(|it| it.as_object());
        let pairs = map.into_iter().flatten();
        pairs.filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)))
    }
}

/// One local vendor.
pub trait LocalVendor: Send + Sync {
    /// Its routes, below the vendor's prefix, with state inside.
    fn router(&self) -> axum::Router;

    /// What it holds now, for tests: even attributes that the API never shows.
    fn held(&self) -> Vec<Account>;

    /// Changes what it holds behind the API's back, as an administrator in the vendor's own pages
    /// would: replaces the account with that e-mail, or adds it.
    fn keep(&self, account: Account);

    /// Removes an account behind the API's back.
    fn remove(&self, email: &str);
}

/// The local server of a seed; `None`: there is none of its kind, or none can be made from its
/// description.
pub fn local(seed: Seed) -> Option<Box<dyn LocalVendor>> {
    Some(match &*seed.kind {
        "bitsight" => bitsight::boxed(seed),
        "logicgate" => logicgate::local(seed),
        "rest" => return rest::boxed(seed),
        "scim" => scim::boxed(seed),
        "snaplogic" => Box::new(snaplogic::Server::new(seed)),
        "surecloud" => Box::new(surecloud::Server::new(seed)),
        _ => return None,
    })
}
