//! LogicGate Risk Cloud: users of the v1 API.
//!
//! Reads the list of users and learns the roles from it; writes whole users back, freshly read.
//! What the documentation leaves open is told in the folder's README, with the test that shows how
//! each case is handled.

mod ask;
mod auth;
mod check;
mod convert;
mod hidden;
mod questions;
mod read;
mod request;
mod roles;
mod spec;
mod users;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connector::asked::Questioned;
use async_trait::async_trait;

pub use spec::SPEC;

use crate::connector::rest::just_read::JustRead;
use crate::connector::rest::row::Row;
use crate::connector::rest::users::UserCollector;
use crate::connector::rest::walk::Listing;
use crate::connector::{Connect, LookUp, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, HttpError, Problem, Secrets};
use crate::model::account::{Account, AccountKey};
use crate::model::action::Action;
use crate::model::current::{Current, Own};
use crate::model::desired::Desired;
use crate::roster::model::VendorSettings;
use read::User;
use roles::Roles;
use users::Users;

/// The entry for the list of vendors.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

/// The connector.
struct LogicGate {
    api: Api,
    own: Own,
    settings: Arc<VendorSettings>,
    secrets: Secrets,
    /// Grows while users are read; writes resolve names with it.
    roles: Mutex<Roles>,
    just_read: JustRead<User>,
}

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let credentials = auth::credentials(&with.api, &with.secrets)?;
    let given = with.settings.text_map(spec::ROLE_IDS).cloned();
    // No documented call tells whose token it is.
    let own = with.settings.own_account.clone();
    Ok(Box::new(LogicGate {
        api: with.api.with_credentials(credentials),
        own: own.map_or(Own::Unknown, Own::Email),
        secrets: with.secrets,
        settings: with.settings,
        roles: Mutex::new(Roles::new(given.unwrap_or_default())),
        just_read: JustRead::default(),
    }))
}

#[async_trait]
impl Vendor for LogicGate {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let (mut users, mut listing) = read::list::<Users>(&self.api).await?;
        let answers = &self.settings.answers;
        // A list that is known to show who is off hides nobody who could be searched for.
        let (mut doubts, notice) = match answers.says("deactivated_listed", "yes") {
            true => (Vec::new(), None),
            false => hidden::add(&self.api, &mut users, &mut listing, desired).await?,
        };
        // A role that nobody holds yet may make administrators, too.
        let sets_roles = desired.accounts().any(|it| it.attributes.contains("roles"));
        let asks = match answers.says("roles_list", "yes") {
            true => true,
            false => sets_roles && !answers.says("roles_list", "no"),
        };
        if asks {
            let listed = self.all_roles().await?;
            doubts.extend(listed.and_then(|all| users.roles.learn_all(&all)));
        }
        let own = self.whose(&users).await?;
        let mut roles = self.roles();
        roles.learn_from(&users.roles);
        let mut current = current(users.all, listing, &roles, own);
        current.proof.missing.extend(doubts);
        current.notices.extend(notice);
        Ok(current)
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let Some(user) = self.locate(key).await? else {
            return Ok(None);
        };
        // Not "there is none": the user exists, only nobody's.
        let account = self.account(&user).ok_or_else(|| {
            let reason = String::from("the user came without id or e-mail");
            self.api.problem("read user", Problem::Body(reason))
        })?;
        Ok(Some(account))
    }

    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        let found = match key.id {
            Some(_) => self.locate(key).await?,
            None => match read::search_only(&self.api, &key.email).await {
                Err(error) if read::search_is_gone(&error) => {
                    let why = String::from("the vendor has no search by e-mail any more");
                    return Ok(LookUp::Unknown(why));
                }
                found => found?,
            },
        };
        let Some(user) = found else {
            return Ok(LookUp::Nobody);
        };
        // The search may show less than the whole user.
        let user = read::more(&self.api, user).await?;
        Ok(match self.account(&user) {
            Some(account) => LookUp::Account(Box::new(account)),
            None => LookUp::Unknown("the user came without id or e-mail".into()),
        })
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        self.carry_out(action).await
    }
}

impl LogicGate {
    async fn locate(&self, key: &AccountKey) -> Result<Option<Row>, HttpError> {
        match &key.id {
            Some(id) => {
                let user = read::by_id(&self.api, id).await?;
                self.just_read.keep(key, user.clone());
                Ok(user.map(|user| user.row))
            }
            None => read::by_email(&self.api, &key.email).await,
        }
    }

    /// The account that a user is, after learning the roles it shows.
    fn account(&self, user: &Row) -> Option<Account> {
        let mut roles = self.roles();
        roles.learn(user);
        convert::account(user, &roles, &roles.directory())
    }

    fn roles(&self) -> MutexGuard<'_, Roles> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The list of users in our words.
fn current(mut users: UserCollector, mut listing: Listing, roles: &Roles, own: Own) -> Current {
    let directory = roles.directory();
    convert::name_roles(&mut users, roles, &directory);
    listing.read = users.len() as u64;
    listing.doubts.extend(listing.difference("users"));
    Current {
        directories: BTreeMap::from([("roles", directory)]),
        own,
        notices: roles.notices(),
        ..users.into_current(listing)
    }
}
