//! Every vendor that speaks SCIM 2.0 (RFC 7643, RFC 7644).
//!
//! The loop's calls are here. What the standard can do is declared in `spec`, where the roster's
//! attributes stand in `field`; lists are read in `list`, put together in `read`, changed by way of
//! a `draft` in `change`, groups in `groups`, many creates at once in `bulk`. Servers differ: what
//! one says of itself is in `discovery`, what trying it taught in `known`. Every difference, its
//! setting and its test: docs/scim.md.

mod auth;
mod bulk;
mod change;
mod convert;
mod create;
mod discovery;
mod draft;
mod field;
mod groups;
mod known;
mod letters;
mod list;
mod read;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod spec;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
mod wire;
mod write;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

pub use spec::SPEC;

use super::{AccountKey, Connect, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, Call, HttpError, Reply};
use crate::reconcile::account::Account;
use crate::reconcile::current::Current;
use crate::reconcile::desired::Desired;
use crate::reconcile::plan::{Action, ActionKind};
use crate::roster::model::VendorSettings;
use bulk::Creates;
use groups::Memberships;
use known::{Known, Learnt};
use spec::setting;

/// How SCIM's parts are made.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
    #[cfg(feature = "sandbox")]
    sandbox: sandbox::boxed,
};

/// What an answer may be; some servers know only the second.
const ACCEPTED: &str = "application/scim+json, application/json";

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let Connect {
        settings,
        api,
        secrets,
        record: _,
        permit: _,
    } = with;
    let credentials = auth::credentials(&api, &settings, &secrets)?;
    Ok(Box::new(Scim {
        memberships: Memberships::new(settings.count(setting::GROUP_BATCH)),
        creates: Creates::new(),
        api: api.with_credentials(credentials),
        settings,
        known: Mutex::default(),
        learnt: Mutex::default(),
    }))
}

/// The connector.
struct Scim {
    settings: Arc<VendorSettings>,
    api: Api,
    /// What the last fetch brought, and what writes added.
    known: Mutex<Arc<Known>>,
    learnt: Mutex<Learnt>,
    memberships: Memberships,
    creates: Creates,
}

impl Scim {
    /// Sends a call in SCIM's media type, or in plain JSON where that is refused.
    async fn send(&self, call: Call) -> Result<Reply, HttpError> {
        let asked = self.settings.text(setting::MEDIA_TYPE);
        let plain = asked == Some("json") || (asked.is_none() && self.learnt().plain_json);
        let typed = |call: Call, plain: bool| {
            let kind = if plain {
                "application/json"
            } else {
                "application/scim+json"
            };
            let call = call.header("accept", ACCEPTED).untyped_when_empty();
            match call.body {
                Some(_) => call.header("content-type", kind),
                // Some servers refuse a content type where there is nothing of that type.
                None => call,
            }
        };
        match self.api.send(typed(call.clone(), plain)).await {
            Err(error) if error.status() == Some(415) && asked.is_none() && !plain => {
                let reply = self.api.send(typed(call, true)).await?;
                self.learnt().plain_json = true;
                Ok(reply)
            }
            other => other,
        }
    }
}

#[async_trait]
impl Vendor for Scim {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.fetch_current(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        self.find_account(key).await
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.update(action, None).await,
            ActionKind::Reactivate => self.update(action, Some(true)).await,
            ActionKind::Deactivate => self.deactivate(action).await,
            ActionKind::Delete => self.delete(action).await,
        }
    }

    fn actions_at_once(&self, calls: usize) -> usize {
        // Actions that wait for one call share it.
        calls.max(self.bulk_size())
    }
}
