//! SureCloud: one PATCH that creates and changes users, and no way to read them.
//!
//! What a plan is made from is therefore the record of what earlier answers showed, see
//! `memory`. Everything is verified from the answer to the write itself.

mod ask;
mod batch;
mod claims;
mod convert;
mod import;
mod memory;
mod questions;
mod read;
mod spec;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
mod token;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connector::asked::Questioned;
use crate::connector::{Connect, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, Credentials, HttpError, Permit, Problem, Secret};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::Action;
use crate::model::current::{Current, Directory};
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::model::value::Shapes;
use crate::roster::model::VendorSettings;
use crate::state::record::{Accounts, Record, RecordError};
use async_trait::async_trait;
use batch::UserBatches;
use memory::{Listed, Wanted};
pub use spec::SPEC;
use spec::setting;
use token::{Endpoint, Mint, TenantAddress};

/// SureCloud's entry in the list of vendors.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

struct SureCloud {
    settings: Arc<VendorSettings>,
    api: Api,
    record: Record,
    /// The one secret that tells whose credentials these are.
    who: Who,
    permit: Permit,
    /// The tenant's own list call, where its pages show one.
    list: Option<TenantAddress>,
    /// The allowed roles; empty: any.
    roles: Directory,
    seen: Mutex<Seen>,
    batches: UserBatches,
}

enum Who {
    Jwt(Secret),
    Email(Secret),
}

/// What `fetch` learnt for the writes that follow.
#[derive(Default)]
struct Seen {
    wanted: Wanted,
    /// What the tenant's list call showed, and what answers showed since.
    listed: BTreeMap<EmailKey<'static>, Listed>,
    /// Whether the record holds `listed` by now.
    saved: bool,
}

fn connect(parts: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let Connect {
        settings,
        api,
        secrets,
        record,
        permit,
    } = parts;
    let setup = |reason: String| api.problem("set up", Problem::Setup(reason));
    let secret = |name: &'static str| {
        let found = secrets.get(name).cloned();
        found.ok_or_else(|| setup(format!("auth.{name} is missing")))
    };
    let (who, credentials) = if secrets.contains_key("jwt") {
        let jwt = secret("jwt")?;
        (Who::Jwt(jwt.clone()), Credentials::Bearer(jwt))
    } else {
        let email = secret("email")?;
        let endpoint = Endpoint::from_settings(&settings).map_err(setup)?;
        let mint = Mint::new(email.clone(), secret("secret_key")?, endpoint);
        (Who::Email(email), Credentials::Minted(Arc::new(mint)))
    };
    // Once there is a record the import file has done its work, and may be gone.
    let exists = || record.exists().map_err(|error| setup(error.to_string()));
    let known = match settings.text(setting::KNOWN_ACCOUNTS) {
        Some(path) if !exists()? => {
            import::load_known_accounts(Path::new(path), &SPEC).map_err(setup)?
        }
        _ => Vec::new(),
    };
    let list = settings
        .text(setting::LIST_PATH)
        .map(|text| TenantAddress::of_setting(&settings, setting::LIST_PATH, text))
        .transpose()
        .map_err(setup)?;
    let size = settings.count(setting::BATCH_SIZE);
    let size = size.and_then(|size| usize::try_from(size).ok());
    let batches = UserBatches::new(size.unwrap_or(1));
    Ok(Box::new(SureCloud {
        record: Record::new(record, settings.name.clone(), known),
        api: api.with_credentials(credentials),
        who,
        roles: roles(&settings),
        permit,
        list,
        settings,
        batches,
        seen: Mutex::default(),
    }))
}

fn roles(settings: &VendorSettings) -> Directory {
    let allowed = settings.text_map(setting::ROLES).into_iter();
    let names = allowed.flat_map(BTreeMap::keys);
    Directory::of_names("role", names.map(|role| &**role))
}

#[async_trait]
impl Vendor for SureCloud {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let wanted = Wanted::of(desired);
        let mut current = Current::default();
        current.accounts = match &self.list {
            None => self.look(|entries| memory::accounts(entries, &wanted))?,
            Some(place) => self.listed(place, &wanted, &mut current).await?,
        };
        if self.list.is_none() || !current.proof.missing.is_empty() {
            let path = self.record.path();
            current.refused =
                self.look(|entries| memory::unanswered(entries, &wanted, desired, path))?;
        }
        if self.permit == Permit::ReadOnly {
            // Nobody writes, so nobody asks again what it holds.
            self.record.let_go();
        }
        self.seen().wanted = wanted;
        if !self.roles.entries().is_empty() {
            current.directories.insert("role", self.roles.clone());
        }
        current.own = self.own(&mut current.notices).await?;
        Ok(current)
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        self.account(key, true).await
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        self.perform(action).await
    }

    async fn finish(&self) -> Result<(), HttpError> {
        if self.permit == Permit::ReadOnly {
            return Ok(());
        }
        let settled = self.record.compact().await;
        settled.map_err(|error| self.blocked(&error))
    }

    fn actions_at_once(&self, calls: usize) -> usize {
        calls.saturating_mul(self.batches.size())
    }
}

impl SureCloud {
    /// What the list shows, over what the record knows.
    async fn listed(
        &self,
        place: &TenantAddress,
        wanted: &Wanted,
        current: &mut Current,
    ) -> Result<Vec<Account>, HttpError> {
        let mut accounts = self.look(|entries| memory::view(entries, wanted))?;
        let known = accounts.len();
        let (listed, missing) = self.list(place, &accounts).await?;
        current.proof.missing = missing;
        let unlisted = accounts.keys().filter(|key| !listed.contains_key(*key));
        let unlisted = unlisted.count();
        if unlisted > 0 {
            current.notices.push(format!(
                "the list shows {} users and not {unlisted} of the {known} accounts that the record knows; those are kept as the record has them",
                listed.len(),
            ));
        }
        accounts.extend(read::accounts_of(&listed));
        self.remember_list(listed);
        let mut shapes = Shapes::default();
        let accounts = accounts.into_values();
        Ok(accounts.map(|account| account.pack(&mut shapes)).collect())
    }

    /// Asks the record something.
    fn look<T>(&self, ask: impl FnOnce(&Accounts) -> T) -> Result<T, HttpError> {
        self.record.look(ask).map_err(|error| self.blocked(&error))
    }

    /// A record that cannot be used: nothing was sent.
    fn blocked(&self, error: &RecordError) -> HttpError {
        self.api
            .problem("use the record", Problem::Setup(error.to_string()))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
