//! Every vendor that speaks SCIM 2.0 (RFC 7643, RFC 7644).
//!
//! The loop's calls are here. What the standard can do is declared in `spec`, where the roster's
//! attributes stand in `field`; lists are read in `list`, put together in `read`, changed by way of
//! a `draft` in `change`, groups in `groups`, many creates at once in `bulk`. Servers differ: what
//! one says of itself is in `discovery`, what trying it taught in `known`. Every difference, its
//! setting and its test: docs/scim.md.

mod ask;
mod attempt;
mod auth;
mod bulk;
mod change;
mod convert;
mod create;
mod discovery;
mod doubt;
mod draft;
mod field;
mod find;
mod goal;
mod group_batches;
mod group_ways;
mod groups;
mod inside;
mod invited;
mod known;
mod ladder;
mod letters;
mod list;
mod look_alike;
mod loss;
mod member_filter;
mod membership;
mod open;
mod preset;
mod questions;
mod read;
mod refusal;
mod refused;
mod search;
mod setting;
mod slash;
mod spec;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::connector::asked::Questioned;
use async_trait::async_trait;

pub use spec::SPEC;

use super::{Connect, LookUp, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, Call, HttpError, Permit, Problem, Reply};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::outcome::Outcome;
use crate::roster::model::VendorSettings;
use crate::state::record::Record;
use bulk::Creates;
use find::Looks;
use group_batches::{GATHERED, Memberships};
use known::{Known, Learnt};
use open::Open;

/// How SCIM's parts are made.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

/// What an answer may be; some servers know only the second.
const ACCEPTED: &str = "application/scim+json, application/json";

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let Connect {
        settings,
        api,
        secrets,
        record,
        permit,
    } = with;
    let credentials = auth::credentials(&api, &settings, &secrets)?;
    Ok(Box::new(Scim {
        memberships: Memberships::new(
            settings.count(setting::GROUP_BATCH),
            u32::try_from(settings.limits.concurrency).unwrap_or(1),
        ),
        creates: Creates::new(),
        open: Mutex::default(),
        looks: Looks::default(),
        first_change: tokio::sync::Mutex::default(),
        api: api.with_credentials(credentials),
        record: Record::new(record, settings.name.clone(), Vec::new()),
        permit,
        settings,
        known: Mutex::default(),
        learnt: Mutex::default(),
    }))
}

/// The connector.
struct Scim {
    settings: Arc<VendorSettings>,
    api: Api,
    /// Who was invited and has not accepted yet, and whom searches found.
    record: Record,
    permit: Permit,
    /// What the last fetch brought, and what writes added.
    known: Mutex<Arc<Known>>,
    learnt: Mutex<Learnt>,
    memberships: Memberships,
    creates: Creates,
    /// Actions that are done but for the groups.
    open: Mutex<BTreeMap<String, Open>>,
    looks: Looks,
    /// Held while it is found out how users are changed.
    first_change: tokio::sync::Mutex<()>,
}

impl Scim {
    /// Sends a call in SCIM's media type, or in plain JSON where that is refused.
    async fn send(&self, call: Call) -> Result<Reply, HttpError> {
        self.send_typed(call, false).await
    }

    /// The same; `good`: the body is known to be in order, so that a complaint about it comes from
    /// a server that did not read it.
    async fn send_typed(&self, call: Call, good: bool) -> Result<Reply, HttpError> {
        let call = self.with_slash(call);
        match self.send_as(call.clone(), good).await {
            Err(error) => match self.slash_asked_for(&call, &error).await? {
                Some(slashed) => self.send_as(slashed, good).await,
                None => Err(error),
            },
            reply => reply,
        }
    }

    async fn send_as(&self, call: Call, good: bool) -> Result<Reply, HttpError> {
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
        let writes = call.body.is_some();
        match self.api.send(typed(call.clone(), plain)).await {
            // Some servers do not parse a type that they do not know, and complain about what they
            // did not see. The same body says whether that is so; a 400 has done nothing.
            Err(error)
                if writes
                    && !plain
                    && asked.is_none()
                    && !error.is_throttled()
                    && (error.status() == Some(415)
                        || (error.status() == Some(400)
                            && !self.learnt().scim_json
                            && (good || create::may_be_unread(&error)))) =>
            {
                match self.api.send(typed(call, true)).await {
                    Err(_) if error.status() == Some(400) => Err(error),
                    other => {
                        let reply = other?;
                        self.learnt().plain_json = true;
                        Ok(reply)
                    }
                }
            }
            other => {
                if writes && !plain && other.is_ok() {
                    self.learnt().scim_json = true;
                }
                other
            }
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

    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        self.look_up_one(key).await
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
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

    fn left_open(&self, action: &Action) -> bool {
        self.is_open(action)
    }

    async fn complete(&self, action: &Action) -> Result<Written, WriteError> {
        self.complete_open(action).await
    }

    fn gathers(&self) -> usize {
        // Groups are read before and after a write, however many people it moves.
        let groups = self.known().groups.is_some() && !self.groups_on_user();
        if groups { GATHERED } else { 0 }
    }

    fn doubts(&self, applied: &[&Outcome]) -> Vec<(usize, String)> {
        self.doubted(applied)
    }

    async fn finish(&self) -> Result<(), HttpError> {
        // Without a record there is nothing to tidy up, and none is made.
        let settled = match self.record.exists() {
            Ok(true) => self.record.compact().await,
            other => other.map(|_| ()),
        };
        let failed = |reason: String| self.api.problem("keep the record", Problem::Setup(reason));
        settled.map_err(|error| failed(error.to_string()))
    }

    fn actions_at_once(&self, calls: usize) -> usize {
        // Actions that wait for one call share it.
        calls.max(self.bulk_size())
    }
}
