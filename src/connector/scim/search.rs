//! Servers that can only be searched (`read: search`): everybody whom the roster names is looked up,
//! and what was found is remembered, so that somebody who was renamed there is found by id.
//!
//! That a search shows nobody is believed where some search of the same run showed somebody.
//! Strangers cannot be seen at all.

use std::collections::{BTreeSet, HashSet};
use std::pin::pin;

use futures::stream::{StreamExt as _, TryChunksError, TryStreamExt as _};
use serde_json::Value as Json;

use super::Scim;
use super::convert;
use super::discovery::hint;
use super::known::Match;
use super::setting;
use super::wire::{Page, Resource, equals};
use crate::http::{Call, HttpError, Permit};
use crate::model::current::Searched;
use crate::model::desired::{Desired, PersonKey};
use crate::model::email::{EmailKey, same_email, spellings};
use crate::model::odd::Odd;
use crate::state::record::{Accounts, Entry};

/// So many people are looked up before those of them who were found are remembered.
const CHUNK: usize = 50;

/// Everybody who was looked up.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) users: Vec<Resource>,
    pub(super) searched: Searched,
    /// Accounts that earlier runs found and that have another name now.
    pub(super) renamed: Vec<Odd>,
    pub(super) doubts: Vec<String>,
    pub(super) notices: Vec<String>,
}

/// What the look-ups of one person brought.
enum Shown {
    Search(Resource),
    Id(Resource),
    /// Nobody; the remembered account, if it is there under another name.
    Nobody(Option<Resource>),
}

impl Shown {
    /// Whom it found, as the person who was looked for.
    fn user(&self) -> Option<&Resource> {
        match self {
            Self::Search(user) | Self::Id(user) => Some(user),
            Self::Nobody(_) => None,
        }
    }
}

impl Scim {
    pub(super) fn searches(&self) -> bool {
        self.settings.text(setting::READ) == Some("search")
    }

    /// Looks everybody up whom the roster names.
    ///
    /// # Errors
    /// A search that is refused or not looked at: then nobody can be seen.
    pub(super) async fn look_up(&self, desired: &Desired<'_>) -> Result<Found, HttpError> {
        let mut found = Found::default();
        let known = match self.record.exists().and_then(|there| match there {
            true => self.record.load(),
            false => Ok(Accounts::default()),
        }) {
            Ok(known) => known,
            Err(error) => {
                let why = format!("what earlier runs found cannot be read: {error}");
                found.doubts.push(why);
                Accounts::default()
            }
        };
        let claims: Vec<PersonKey<'_>> = desired.person_keys().collect();
        let looks = (0..claims.len()).map(|at| self.look_one(&claims[at], &known));
        let looks = futures::stream::iter(looks).buffered(self.settings.limits.concurrency);
        let mut chunks = pin!(looks.try_chunks(CHUNK));
        let mut shown: Vec<Shown> = Vec::with_capacity(claims.len());
        while let Some(chunk) = chunks.next().await {
            // A run that dies on the way has remembered what it saw.
            let (chunk, failed) = match chunk {
                Ok(chunk) => (chunk, None),
                Err(TryChunksError(chunk, error)) => (chunk, Some(error)),
            };
            let users = chunk.iter().filter_map(Shown::user);
            found.notices.extend(self.keep(users, &known).await);
            if let Some(error) = failed {
                return Err(error);
            }
            shown.extend(chunk);
        }
        let mut ids = HashSet::new();
        let mut take = |user: Resource, users: &mut Vec<Resource>| {
            if ids.insert(user.id()) {
                users.push(user);
            }
        };
        for (claim, shown) in claims.iter().zip(shown) {
            let key = EmailKey::of(claim.email).into_owned();
            match shown {
                Shown::Search(user) => {
                    found.searched.works = true;
                    take(user, &mut found.users);
                }
                Shown::Id(user) => take(user, &mut found.users),
                Shown::Nobody(None) => {}
                Shown::Nobody(Some(user)) => {
                    let id = self.api.clean(&user.id().unwrap_or_default());
                    let name = self.api.clean(user.text("userName").unwrap_or_default());
                    let why = format!(
                        "was known as {} to earlier runs and is called {name} now (give its id in \
                         the roster if it is the same person's)",
                        claim.email
                    );
                    let odd = Odd::new(format!("the user {id}"), why);
                    found.renamed.push(odd.with(&Json::from(key.as_str())));
                }
            }
            found.searched.people.insert(key);
        }
        if !found.searched.works {
            found.searched.works = self.control(&known).await?;
        }
        found.notices.push(self.unseen(desired, &known));
        Ok(found)
    }

    async fn look_one(&self, claim: &PersonKey<'_>, known: &Accounts) -> Result<Shown, HttpError> {
        if let Some(id) = claim.id {
            let found = self.user_by_id(id).await?;
            return Ok(found.map_or(Shown::Nobody(None), Shown::Id));
        }
        for email in claim.emails() {
            if let Some(user) = self.search_for(email).await? {
                return Ok(Shown::Search(user));
            }
        }
        let remembered = claim
            .emails()
            .find_map(|email| known.get(&EmailKey::of(email).into_owned()));
        match remembered.and_then(|entry| entry.id.as_deref()) {
            Some(id) => Ok(Shown::Nobody(self.user_by_id(id).await?)),
            None => Ok(Shown::Nobody(None)),
        }
    }

    /// One user by e-mail, by searches alone; in both letter cases where they differ.
    ///
    /// # Errors
    /// A search that is refused, or that shows others.
    pub(super) async fn search_for(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        let key = EmailKey::of(email);
        let mut forms = spellings(email);
        if forms.iter().all(|form| **form != *key.as_str()) {
            forms.push(key.as_str().into());
        }
        for form in forms {
            let filter = equals(self.by().attribute(), &form);
            let call = Call::get("find user", self.users()).query("filter", filter);
            let reply = match self.send(call).await {
                Err(error) if error.status() == Some(404) => {
                    return Err(hint(error, setting::USERS_PATH));
                }
                other => other?,
            };
            let page = Page::of(reply.json::<Json>()?).map_err(|why| reply.unusable(why))?;
            let users: Vec<Resource> = page.resources().collect();
            let own = |user: &Resource| {
                let address = convert::address(user, self.by());
                address.is_ok_and(|it| same_email(&it, email))
            };
            // By `emails`, somebody else may have the address besides their own.
            let besides = |user: &Resource| {
                let mut all = user.values("emails").into_iter();
                self.by() == Match::Emails && all.any(|it| same_email(&it, email))
            };
            if users.iter().any(|user| !own(user) && !besides(user)) {
                let why = "the search shows people who do not fit it, so that it proves nothing";
                return Err(reply.unusable(why));
            }
            let mut users = users.into_iter().filter(own);
            match (users.next(), users.next()) {
                (Some(_), Some(_)) => {
                    return Err(reply.unusable("several users have one e-mail"));
                }
                (Some(user), None) => return Ok(Some(user)),
                (None, _) => {}
            }
        }
        Ok(None)
    }

    /// Whether a search shows somebody of whom an earlier run knew.
    async fn control(&self, known: &Accounts) -> Result<bool, HttpError> {
        for (_, entry) in known.iter().take(3) {
            if self.search_for(&entry.email).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn unseen(&self, desired: &Desired<'_>, known: &Accounts) -> String {
        let named: BTreeSet<EmailKey<'static>> = desired
            .person_keys()
            .flat_map(|claim| {
                let keys = claim.emails().map(|it| EmailKey::of(it).into_owned());
                keys.collect::<Vec<_>>()
            })
            .collect();
        let others = known.iter().filter(|(key, _)| !named.contains(*key));
        let more = match others.count() {
            0 => String::new(),
            count => format!("; {count} that earlier runs found were not looked for"),
        };
        format!(
            "this vendor is searched and not listed: accounts that the roster does not name cannot \
             be seen{more}"
        )
    }

    /// Remembers who was found, in a run that may write. Returns why that is not possible.
    async fn keep<'a>(
        &self,
        users: impl Iterator<Item = &'a Resource>,
        known: &Accounts,
    ) -> Option<String> {
        if self.permit != Permit::ReadWrite {
            return None;
        }
        let now = self.api.clock().wall();
        let mut entries: Vec<(EmailKey<'static>, Entry)> = Vec::new();
        for user in users {
            let Ok(account) = self.account(user) else {
                continue;
            };
            let key = account.email_key().into_owned();
            let same = known.get(&key).is_some_and(|it| it.id == account.id);
            if !same {
                let entry = Entry {
                    email: account.email.clone(),
                    id: account.id.clone(),
                    active: account.active,
                    updated_at: Some(now),
                    ..Entry::default()
                };
                entries.push((key, entry));
            }
        }
        if entries.is_empty() {
            return None;
        }
        let kept = self
            .record
            .commit(move |accounts| {
                for (key, entry) in &entries {
                    *accounts.slot(key) = Some(entry.clone());
                }
            })
            .await;
        let error = kept.err()?;
        Some(format!("who was found cannot be remembered: {error}"))
    }
}
