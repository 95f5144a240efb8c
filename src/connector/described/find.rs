//! One user, afresh: by id, or by e-mail in every form the vendor may know.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use crate::description;
use crate::http::{Call, HttpError};
use crate::model::account::{Account, AccountKey};
use crate::model::current::Directory;
use crate::model::email::{EmailKey, same_email, spellings};

const WHAT: &str = "read user";
const FIND: &str = "find user";

impl Described {
    /// The account with that key; `None` where every way to it shows nobody.
    pub(super) async fn find_account(
        &self,
        key: &AccountKey,
    ) -> Result<Option<Account>, HttpError> {
        let Some(user) = self.user(key).await? else {
            return Ok(None);
        };
        self.refresh_members().await?;
        let groups = self.groups().await?;
        let account = self.account(&user, &groups);
        let (account, _) = account.map_err(|why| self.unusable(WHAT, format!("the user {why}")))?;
        Ok(Some(account))
    }

    /// The user with that key as the vendor has it.
    pub(super) async fn user(&self, key: &AccountKey) -> Result<Option<Json>, HttpError> {
        if let Some(id) = &key.id {
            let found = self.user_by_id(id).await?;
            if found.is_some() {
                return Ok(found);
            }
            let of_id = |user: &Json| {
                description::key(user, &self.description.users.id).as_deref() == Some(id)
            };
            // "There is none" counts only if looking for the person agrees.
            let by_email = self.user_by_email(&key.email).await?.filter(of_id);
            if by_email.is_some() || self.description.users.get.is_some() {
                return Ok(by_email);
            }
            // Nothing else is asked by id, and the address may have changed.
            let users = &self.description.users;
            let walked = self.walk(FIND, &users.list, &users.id, &[], Names::default());
            return Ok(walked.await?.entries.into_iter().find(of_id));
        }
        self.user_by_email(&key.email).await
    }

    /// One user by id, as `users.get` shows it.
    pub(super) async fn user_by_id(&self, id: &str) -> Result<Option<Json>, HttpError> {
        let Some(one) = &self.description.users.get else {
            return Ok(None);
        };
        let names = Names {
            id: Some(id),
            ..Names::default()
        };
        let path = self.path(WHAT, &one.get, names)?;
        let call = self.dressed(Call::get(WHAT, path), &one.query, names)?;
        let reply = match self.ask(call).await {
            Ok(reply) => reply,
            Err(error) if error.status().is_some_and(|it| one.missing.contains(&it)) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let body: Json = reply.json()?;
        let Some(user) = one.item.get(&body) else {
            return Err(reply.unusable(format!("there is no user at {}", one.item)));
        };
        let mut user = user.clone();
        self.without_secrets(&mut user);
        match description::key(&user, &self.description.users.id).as_deref() == Some(id) {
            true => Ok(Some(user)),
            false => Err(reply.unusable("it is not the user that was asked for")),
        }
    }

    /// The one user with an e-mail. Each hit is compared; a look that shows nobody counts only where
    /// it shows whom the list shows.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Json>, HttpError> {
        let described = &self.description.users;
        let is_id = described
            .email
            .as_ref()
            .is_some_and(|it| it.take.is_none() && it.at == described.id);
        if is_id && described.get.is_some() {
            return self.user_by_id(email).await;
        }
        let quoted = email.contains(['\'', '"', '\\']);
        if self.description.users.find.is_some() && !quoted {
            if let Some(user) = self.look(email).await? {
                return Ok(Some(user));
            }
            if self.looks_work().await? {
                return Ok(None);
            }
        }
        let users = &self.description.users;
        let walked = self.walk(FIND, &users.list, &users.id, &[], Names::default());
        let hit = self.only(walked.await?.entries, email)?;
        self.whole(hit).await
    }

    /// Whether a look shows somebody whom the list shows; asked once a run.
    async fn looks_work(&self) -> Result<bool, HttpError> {
        let (known, listed) = {
            let known = self.known();
            (known.finds, known.listed.clone())
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let works = match listed {
            Some(email) => self.look(&email).await?.is_some(),
            None => false,
        };
        self.known().finds = Some(works);
        Ok(works)
    }

    /// Looks for somebody in every form of the address.
    pub(super) async fn look(&self, email: &str) -> Result<Option<Json>, HttpError> {
        let users = &self.description.users;
        let Some(find) = &users.find else {
            return Ok(None);
        };
        // Some searches compare with small letters.
        let small = EmailKey::of(email).as_str().to_owned();
        let mut forms = spellings(email);
        if forms.iter().all(|it| **it != small) {
            forms.push(small.into());
        }
        for spelling in forms {
            let names = Names {
                email: Some(&spelling),
                ..Names::default()
            };
            let hits = match &find.get {
                None => {
                    let walked = self.walk(FIND, &users.list, &users.id, &find.query, names);
                    walked.await?.entries
                }
                Some(get) => {
                    let path = self.path(FIND, get, names)?;
                    let call = self.dressed(Call::get(FIND, path), &find.query, names)?;
                    match self.ask(call).await {
                        Err(error)
                            if error.status().is_some_and(|it| find.missing.contains(&it)) =>
                        {
                            Vec::new()
                        }
                        Err(error) => return Err(error),
                        Ok(reply) => {
                            let body: Json = reply.json()?;
                            match &find.items {
                                Some(at) => {
                                    let list = at.get(&body).and_then(Json::as_array);
                                    let list = list.ok_or_else(|| {
                                        reply.unusable(format!("there is no list at {at}"))
                                    })?;
                                    list.clone()
                                }
                                None => find.item.get(&body).cloned().into_iter().collect(),
                            }
                        }
                    }
                }
            };
            let hit = self.only(hits, email)?;
            if hit.is_some() {
                return match find.then_get {
                    true => self.read_whole(hit).await,
                    false => self.whole(hit).await,
                };
            }
        }
        Ok(None)
    }

    /// The one of some users who has that address.
    fn only(&self, users: Vec<Json>, email: &str) -> Result<Option<Json>, HttpError> {
        // Somebody who cannot be understood in full is there all the same.
        let mut found = users.into_iter().filter(|user| {
            let theirs = description::email(&self.description, user);
            theirs.is_some_and(|it| same_email(&it, email))
        });
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(self.unusable(FIND, "several users have this e-mail")),
            (mut one, _) => {
                if let Some(user) = &mut one {
                    self.without_secrets(user);
                }
                Ok(one)
            }
        }
    }

    /// A user of a list that shows only a part of each is read on its own.
    async fn whole(&self, hit: Option<Json>) -> Result<Option<Json>, HttpError> {
        match self.description.users.list.each {
            true => self.read_whole(hit).await,
            false => Ok(hit),
        }
    }

    async fn read_whole(&self, hit: Option<Json>) -> Result<Option<Json>, HttpError> {
        let id = hit.as_ref();
        let id = id.and_then(|it| description::key(it, &self.description.users.id));
        match id {
            Some(id) => self.user_by_id(&id).await,
            None => Ok(None),
        }
    }

    /// The groups that names refer to; read now unless a fetch did.
    pub(super) async fn groups(&self) -> Result<Arc<Directory>, HttpError> {
        let known = self.known().groups.clone();
        if let Some(groups) = known {
            return Ok(groups);
        }
        let groups = Arc::new(self.read_groups().await?.0);
        self.known().groups = Some(groups.clone());
        Ok(groups)
    }
}
