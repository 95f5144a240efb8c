//! One user: by id, or by e-mail.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::Scim;
use super::read::LIST;
use super::setting;
use super::wire::{Listing, Page, Resource, equals};
use crate::connector::LookUp;
use crate::http::{Call, HttpError, Problem, segment};
use crate::model::account::AccountKey;
use crate::model::email::{same_email, spellings};

/// A user that was read so long ago is read again before it is written.
const FRESH: Duration = Duration::from_secs(2);

/// Users that were looked at, by id and each with when.
#[derive(Default)]
struct Seen {
    users: HashMap<String, (Instant, Resource)>,
    /// When the old ones were last dropped.
    swept: Option<Instant>,
}

/// What looks for single users share.
#[derive(Default)]
pub(super) struct Looks {
    /// Users that were just looked at: a removal is looked at right before it is sent.
    seen: Mutex<Seen>,
    /// Counts looks and lists, in the order of their beginnings.
    begun: AtomicU64,
    /// Looks that want the list.
    waiting: AtomicUsize,
    /// The last list that was read for one of them, and when it began.
    list: tokio::sync::Mutex<Option<(u64, Arc<Listing>)>>,
}

impl Looks {
    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed)
    }
}

impl Scim {
    /// Keeps a user that was just looked at, for a write right behind.
    pub(super) fn just_seen(&self, user: &Resource) {
        let now = self.api.clock().now();
        let seen = self.looks.seen.lock();
        let mut seen = seen.unwrap_or_else(PoisonError::into_inner);
        let fresh = |at: Instant| now.duration_since(at) <= FRESH;
        // Not at each look: many may be fresh.
        if !seen.swept.is_some_and(fresh) {
            seen.users.retain(|_, (at, _)| fresh(*at));
            seen.swept = Some(now);
        }
        let id = user.id().unwrap_or_default();
        seen.users.insert(id, (now, user.clone()));
    }

    /// A user that was just looked at, once, else read afresh.
    pub(super) async fn user_just_seen(&self, id: &str) -> Result<Option<Resource>, HttpError> {
        let seen = {
            let all = self.looks.seen.lock();
            let mut all = all.unwrap_or_else(PoisonError::into_inner);
            all.users.remove(id)
        };
        let now = self.api.clock().now();
        match seen.filter(|(at, _)| now.duration_since(*at) <= FRESH) {
            Some((_, user)) => Ok(Some(user)),
            None => self.user_by_id(id).await,
        }
    }

    /// Everybody, by a list that began after `look` did: looks that want it at the same time share
    /// it.
    async fn everybody(&self, look: u64) -> Result<Arc<Listing>, HttpError> {
        let looks = &self.looks;
        looks.waiting.fetch_add(1, Ordering::Relaxed);
        let mut list = looks.list.lock().await;
        let shared = list.as_ref().filter(|(begun, _)| *begun > look);
        let found = match shared {
            Some((_, read)) => Ok(Arc::clone(read)),
            None => {
                let begun = looks.begin();
                let read = self.list(LIST, &self.users()).await;
                read.map(|read| {
                    let read = Arc::new(read);
                    *list = Some((begun, Arc::clone(&read)));
                    read
                })
            }
        };
        if looks.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            *list = None;
        }
        found
    }

    /// One user by its id. `None`: the vendor says that there is none.
    pub(super) async fn user_by_id(&self, id: &str) -> Result<Option<Resource>, HttpError> {
        let path = format!("{}/{}", self.users(), segment(id));
        let reply = match self.send(Call::get("read user", path)).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let user = Resource::of(reply.json()?);
        match user.filter(|user| user.id().as_deref() == Some(id)) {
            Some(user) => Ok(Some(user)),
            None => Err(reply.unusable("it is not the user that was asked for")),
        }
    }

    /// One user by e-mail: with a filter, and where that shows none, in the whole list. A filter
    /// may be ignored, refused, answered empty or compare letter case. Of a list that is in doubt, only a
    /// filter that works shows that somebody is not there.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        let look = self.looks.begin();
        for spelling in asked_for(email) {
            if self.may_filter()
                && let Some(user) = self.search(&spelling).await?
            {
                return Ok(Some(user));
            }
        }
        if self.searches() {
            return self.search_for(email).await;
        }
        let list = self.everybody(look).await?;
        let found = list.resources.iter().find(|user| self.is_of(user, email));
        match &list.doubt {
            Some(doubt) if found.is_none() && !self.filter_works().await? => {
                let why = format!("it does not prove that somebody is not there: {doubt}");
                let path = format!("find user (GET {})", self.users());
                Err(self.api.problem(&path, Problem::Body(self.api.clean(&why))))
            }
            _ => Ok(found.cloned()),
        }
    }

    /// Asks for one person whom the list does not show, without reading it again.
    pub(super) async fn look_up_one(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        if let Some(id) = &key.id {
            return match self.user_by_id(id).await? {
                Some(user) => self.hidden(&user).await,
                None => Ok(LookUp::Nobody),
            };
        }
        for spelling in asked_for(&key.email) {
            if self.may_filter()
                && let Some(user) = self.search(&spelling).await?
            {
                return self.hidden(&user).await;
            }
        }
        Ok(match self.filter_works().await? {
            true => LookUp::Nobody,
            false => LookUp::Unknown(String::from(
                "this server cannot be asked for one person: its filter does not even show whom \
                 its list shows",
            )),
        })
    }

    /// Somebody whom the list hides, with groups.
    async fn hidden(&self, user: &Resource) -> Result<LookUp, HttpError> {
        self.meet_hidden(user).await?;
        Ok(LookUp::Account(Box::new(self.account(user)?)))
    }

    /// Whether a filter shows somebody whom the list shows; asked once a run.
    async fn filter_works(&self) -> Result<bool, HttpError> {
        if !self.may_filter() {
            return Ok(false);
        }
        if let Some(known) = self.learnt().filter_works {
            return Ok(known);
        }
        let listed = self.known().people.iter().next().map(|it| it.1.clone());
        let works = match listed {
            Some(email) => self.search(&email).await?.is_some() && self.may_filter(),
            None => false,
        };
        self.learnt().filter_works = Some(works);
        Ok(works)
    }

    fn may_filter(&self) -> bool {
        let said = self.known().discovered.filter != Some(false);
        self.settings.said(setting::FILTER).unwrap_or(said) && !self.learnt().no_filter
    }

    async fn search(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        let filter = equals(self.by().attribute(), email);
        let call = Call::get("find user", self.users()).query("filter", filter);
        let page = match self.send(call).await {
            Ok(reply) => reply.json::<Json>().map(Page::of),
            Err(error) if matches!(error.status(), Some(400 | 403 | 404 | 405 | 500 | 501)) => {
                self.learnt().no_filter = true;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // An answer that is no list shows nobody; the whole list decides.
        let Ok(Ok(page)) = page else {
            return Ok(None);
        };
        let users: Vec<Resource> = page.resources().collect();
        if users.iter().any(|user| !self.is_of(user, email)) {
            // It shows people who do not fit: the filter is not looked at.
            self.learnt().no_filter = true;
        }
        Ok(users.into_iter().find(|user| self.is_of(user, email)))
    }

    fn is_of(&self, user: &Resource, email: &str) -> bool {
        let account = self.account(user);
        account.is_ok_and(|account| same_email(&account.email, email))
    }
}

/// The spellings of an address that a filter is asked for: a vendor that compares texts may know either
/// form of the domain, and the address in small letters.
fn asked_for(email: &str) -> Vec<Cow<'_, str>> {
    let mut forms = spellings(email);
    for at in 0..forms.len() {
        let small = forms[at].to_ascii_lowercase();
        if !forms.iter().any(|it| **it == *small) {
            forms.push(small.into());
        }
    }
    forms
}
