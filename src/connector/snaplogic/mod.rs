//! SnapLogic: people's accounts in one environment of a control plane.
//!
//! This file ties the parts together: `spec` declares what the vendor can do and what it answers;
//! `read` reads through `calls`; `write`, `create` and `revoke` write; `convert` and `request` turn
//! answers into the program's words and back. The README of this folder tells which
//! calls are made and what is not confirmed.

mod answer;
mod ask;
mod calls;
mod convert;
mod create;
mod known;
mod members;
mod own;
mod questions;
mod read;
mod request;
mod revoke;
mod revoked;
mod spec;
mod write;

#[cfg(all(test, feature = "sandbox"))]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connector::asked::Questioned;
use async_trait::async_trait;

pub use spec::SPEC;

use super::rest::row::Row;
use super::{Connect, LookUp, Vendor, VendorKind, WriteError, Written};
use crate::connector::rest::just_read::JustRead;
use crate::http::{Api, Credentials, HttpError, Problem, Secrets};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::roster::model::VendorSettings;

/// The documented path after `base_url`.
const PREFIX: &str = "/api/1/rest/public";

/// The kind `snaplogic`.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

/// The connector.
struct SnapLogic {
    api: Api,
    settings: Arc<VendorSettings>,
    secrets: Secrets,
    organization: Box<str>,
    known: Mutex<known::Known>,
    just_read: JustRead<convert::Facts>,
    revoked: revoked::Revoked,
}

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let secret = |name| with.secrets.get(name).cloned();
    let credentials = match (secret("email"), secret("jwt")) {
        (Some(user), _) => Some(Credentials::Basic {
            user,
            password: secret("password"),
        }),
        (None, jwt) => jwt.map(Credentials::Bearer),
    };
    let api = credentials.map(|it| with.api.with_credentials(it));
    Ok(Box::new(SnapLogic {
        api: api.unwrap_or(with.api),
        // The roster reader demands it; an empty one would only bring 404s.
        organization: with
            .settings
            .text("organization")
            .unwrap_or_default()
            .into(),
        revoked: revoked::Revoked::new(with.record, &with.settings.name),
        settings: with.settings,
        secrets: with.secrets,
        known: Mutex::default(),
        just_read: JustRead::default(),
    }))
}

impl SnapLogic {
    fn known(&self) -> MutexGuard<'_, known::Known> {
        // Each change to it is one assignment: a panic elsewhere leaves it whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendor for SnapLogic {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.read_all(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        self.read_one(key).await
    }

    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        let here = |user: &Row| {
            let mut all = convert::organizations(user);
            all.any(|name| *name == *self.organization)
        };
        // Who is no member of the environment by the list, the group and the record is not there.
        Ok(match self.user(&key.email).await? {
            Some(user) if here(&user) => LookUp::Unknown(
                "the user's own record names this environment, and the list does not show them"
                    .into(),
            ),
            Some(_) | None => LookUp::Nobody,
        })
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        self.carry_out(action).await
    }

    async fn finish(&self) -> Result<(), HttpError> {
        let settled = self.revoked.compact().await;
        settled.map_err(|why| self.api.problem("keep the record", Problem::Setup(why)))
    }
}
