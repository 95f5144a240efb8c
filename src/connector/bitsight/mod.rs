//! Bitsight Security Ratings: users of one company account, kept by its user API (`/ratings/v2`).
//!
//! The loop's three calls are here. What Bitsight can do and what it answers is declared in `spec`, a fetch is put
//! together in `fetch` from the calls in `read`, writing is in `write`, and what its users mean in
//! `convert`. Open questions and their tests: see the folder's README.

mod ask;
mod convert;
mod fetch;
mod questions;
mod read;
mod spec;
#[cfg(test)]
mod tests;
mod token;
mod users;
mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::connector::asked::Questioned;
use async_trait::async_trait;

pub use spec::SPEC;

use super::{Connect, LookUp, Vendor, VendorKind, WriteError, Written};
use crate::connector::rest::just_read::JustRead;
use crate::connector::rest::row::Row;
use crate::http::{Api, Credentials, HttpError};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::{Action, ActionKind};
use crate::model::current::{Current, Directory};
use crate::model::desired::Desired;
use crate::roster::model::VendorSettings;

/// How Bitsight's parts are made.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let credentials = Credentials::Basic {
        user: with.secret("token")?,
        password: None,
    };
    Ok(Box::new(Bitsight {
        settings: with.settings,
        api: with.api.with_credentials(credentials.clone()),
        credentials,
        groups: Mutex::new(None),
        ignores_filter: AtomicBool::new(false),
        just_read: JustRead::default(),
    }))
}

/// The connector.
struct Bitsight {
    settings: Arc<VendorSettings>,
    api: Api,
    credentials: Credentials,
    /// The groups as the last fetch saw them.
    groups: Mutex<Option<Arc<Directory>>>,
    /// Whether a list that was asked for one address has shown others.
    ignores_filter: AtomicBool,
    just_read: JustRead<Row>,
}

impl Bitsight {
    /// The groups that names of the roster refer to; read now unless a fetch did.
    async fn groups(&self) -> Result<Arc<Directory>, HttpError> {
        let known = self.lock_groups().clone();
        match known {
            Some(groups) => Ok(groups),
            None => {
                let groups = Arc::new(self.read_groups(&BTreeMap::new()).await?.0);
                *self.lock_groups() = Some(groups.clone());
                Ok(groups)
            }
        }
    }

    fn lock_groups(&self) -> std::sync::MutexGuard<'_, Option<Arc<Directory>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendor for Bitsight {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.fetch_current(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let user = match &key.id {
            Some(guid) => self.user_by_guid(guid).await?,
            None => self.user_by_email(&key.email).await?,
        };
        self.just_read.keep(key, user.clone());
        match user {
            Some(user) => self.account(&user, &*self.groups().await?),
            None => Ok(None),
        }
    }

    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        // Where no filter works, every look-up is the whole list once more, and still without whom it hides.
        let in_vain = || self.ignores_filter.load(Ordering::Relaxed);
        let found = match key.id.is_none() && in_vain() {
            true => None,
            false => self.find(key).await?,
        };
        Ok(match found {
            Some(account) => LookUp::Account(Box::new(account)),
            None if in_vain() => LookUp::Unknown(String::from(
                "this server cannot be asked for one person: it answers with others, too",
            )),
            None => LookUp::Nobody,
        })
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.update(action).await,
            ActionKind::Deactivate => self.deactivate(action).await,
            ActionKind::Reactivate => self.reactivate(action).await,
            ActionKind::Delete => self.delete(action).await,
        }
    }
}
