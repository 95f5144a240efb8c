//! Any vendor with a users API, as a file describes it: what is where, the file says; how a read is
//! proved, a create is looked for and a write is read back, the code here does, the same for all.
//!
//! The description itself is read and checked in [`crate::description`]. The calls of a list are in
//! `walk`, a fetch is put together in `fetch`, single users are sought in `find`, and writes are in
//! `write` and `groups`.

mod ask;
mod auth;
mod calls;
mod fetch;
mod find;
mod groups;
mod logins;
mod trial;
mod walk;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connector::asked::Questioned;
use async_trait::async_trait;

use self::logins::{Logins, Who};
use super::trial::Finding;
use super::{Connect, Vendor, WriteError, Written};
use crate::description::{self, Description, List};
use crate::http::{Api, Call, HttpError, Problem, Reply};
use crate::model::account::{Account, AccountKey};
use crate::model::action::{Action, ActionKind};
use crate::model::current::{Current, Directory};
use crate::model::desired::Desired;
use crate::roster::model::VendorSettings;

/// Makes the connector of a vendor that a file describes. Sends nothing.
///
/// # Errors
/// [`Problem::Setup`]: the description cannot be used; the roster's check lets none such through.
pub(super) fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let text = with.settings.description();
    let read = text.and_then(|it| description::read(&it.name, &it.text).description);
    let Some(description) = read else {
        let reason = String::from("its description cannot be used");
        return Err(with.api.problem("connect", Problem::Setup(reason)));
    };
    let (credentials, login) =
        auth::credentials(&description, &with.settings, &with.api, &with.secrets)?;
    let shield = description.users.shield.as_ref();
    Ok(Box::new(Described {
        shield: shield.map(|it| &*Box::leak(it.what.clone())),
        headers: calls::headers(&description),
        header_names: calls::header_names(&description),
        api: with.api.with_credentials(credentials),
        login,
        settings: with.settings,
        description,
        known: Mutex::default(),
    }))
}

/// The connector.
struct Described {
    settings: Arc<VendorSettings>,
    api: Api,
    description: Description,
    /// What the login call told of its owner.
    login: Option<Arc<auth::Login>>,
    /// What a shielded account is.
    shield: Option<&'static str>,
    /// The headers of every call.
    headers: Vec<(&'static str, String)>,
    /// Those that single calls have besides, by name.
    header_names: HashMap<Box<str>, &'static str>,
    known: Mutex<Known>,
}

/// What the reads of this run have shown.
#[derive(Default)]
struct Known {
    /// The groups by name and id.
    groups: Option<Arc<Directory>>,
    /// Whether the roster manages who is in which group.
    manages_groups: bool,
    /// The groups of each user, by the user's id; where members are listed.
    members: HashMap<Box<str>, Vec<Box<str>>>,
    /// Somebody whom the list shows: to see whether a look for one person works.
    listed: Option<Who>,
    /// Their id.
    listed_id: Option<Box<str>>,
    /// Whether a read by id shows them; asked once.
    reads: Option<bool>,
    /// Whose the logins of the roster are.
    logins: Logins,
    /// Whether a look for one person shows whom the list shows; asked once.
    finds: Option<bool>,
    /// Of the answers to writes that showed an account: whether a read showed the same.
    answers: Vec<bool>,
}

impl Described {
    /// Does an action; what its answer shows is not believed yet.
    async fn carry_out(&self, action: &Action) -> Result<Written, WriteError> {
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.update(action).await,
            ActionKind::Deactivate => self.deactivate(action).await,
            ActionKind::Reactivate => self.reactivate(action).await,
            ActionKind::Delete => self.delete(action).await,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a call; a refusal says what the description says where its words are.
    ///
    /// # Errors
    /// Those of the call.
    async fn ask(&self, call: Call) -> Result<Reply, HttpError> {
        self.api.send(call).await.map_err(|mut error| {
            let places = self.description.errors.iter();
            if let Problem::Status { message, body, .. } = &mut error.problem
                && let Some(words) = body
                    .as_ref()
                    .and_then(|body| places.filter_map(|at| at.get(body)?.as_str()).next())
            {
                *message = self.api.clean(words);
            }
            error
        })
    }

    /// An answer of that list that cannot be used.
    fn unusable(&self, what: &str, list: &List, reason: impl Into<String>) -> HttpError {
        let call = format!("{what} (GET {})", list.get);
        self.api.problem(&call, Problem::Body(reason.into()))
    }
}

#[async_trait]
impl Vendor for Described {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.fetch_current(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        self.find_account(key).await
    }

    async fn trial(&self) -> Result<Vec<Finding>, HttpError> {
        self.try_out().await
    }

    fn questioned(&self) -> Option<&dyn Questioned> {
        Some(self)
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        let mut written = self.carry_out(action).await?;
        // An answer is believed where a tenant was seen to answer so, and never about groups, which have
        // calls of their own.
        let believed = self.settings.answers.says("answer", "whole");
        if !believed || action.after(fetch::GROUPS).is_some() {
            written.account = None;
        }
        Ok(written)
    }
}
