//! One user: by id, or by e-mail.

use serde_json::Value as Json;

use super::Scim;
use super::read::LIST;
use super::spec::setting;
use super::wire::{Page, Resource, equals};
use crate::email::{same_email, spellings};
use crate::http::{Call, HttpError, segment};
use crate::vendor::{AccountKey, LookUp};

impl Scim {
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
    /// may be ignored, refused, answered empty or compare letter case.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        // The vendor compares texts and may know either form of a domain.
        for spelling in spellings(email) {
            if self.may_filter()
                && let Some(user) = self.search(&spelling).await?
            {
                return Ok(Some(user));
            }
        }
        if self.searches() {
            return self.search_for(email).await;
        }
        let users = self.list(LIST, &self.users()).await?;
        let mut users = users.resources.into_iter();
        let found = users.find(|user| self.is_of(user, email));
        Ok(found)
    }

    /// Asks for one person whom the list does not show, without reading it again.
    pub(super) async fn look_up_one(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        let account = |user: &Resource| {
            let account = self.account(user);
            account.map(|it| LookUp::Account(Box::new(it)))
        };
        if let Some(id) = &key.id {
            let found = self.user_by_id(id).await?;
            return found.as_ref().map_or(Ok(LookUp::Nobody), account);
        }
        for spelling in spellings(&key.email) {
            if self.may_filter()
                && let Some(user) = self.search(&spelling).await?
            {
                return account(&user);
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

    /// Whether a filter shows somebody whom the list shows; asked once a run.
    async fn filter_works(&self) -> Result<bool, HttpError> {
        if !self.may_filter() {
            return Ok(false);
        }
        if let Some(known) = self.learnt().filter_works {
            return Ok(known);
        }
        let listed = self.known().people.values().next().cloned();
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
