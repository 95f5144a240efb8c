//! One user, afresh: by id, or by login or e-mail in every form the vendor may know.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use super::logins::Who;
use crate::description::{self, EmailAt, Find};
use crate::http::{Call, HttpError};
use crate::model::account::{Account, AccountKey};
use crate::model::current::Directory;
use crate::model::email::{EmailKey, same_email, spellings};

/// How often a list is read in all that changes meanwhile.
const READS: usize = 4;

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
        let (mut account, _) = account.map_err(|why| {
            self.unusable(
                WHAT,
                &self.description.users.list,
                format!("the user {why}"),
            )
        })?;
        // A user without an e-mail who was sought by a login is who has it.
        let who = Who::of(&account);
        if who.login.as_ref() == Some(&who.email) && self.has_login(&user, &self.who(key)) {
            self.learn_login(&who.email, &key.email);
            self.name(&mut account);
        }
        Ok(Some(account))
    }

    /// The user with that key as the vendor has it.
    pub(super) async fn user(&self, key: &AccountKey) -> Result<Option<Json>, HttpError> {
        let who = self.who(key);
        let Some(id) = &key.id else {
            return self.sought(&who).await;
        };
        let found = self.user_by_id(id).await?;
        if found.is_some() {
            return Ok(found);
        }
        let of_id =
            |user: &Json| description::key(user, &self.description.users.id).as_deref() == Some(id);
        // "There is none" counts only if looking for the person agrees.
        let sought = self.sought(&who).await?.filter(of_id);
        if sought.is_some() || self.reads_work().await? {
            return Ok(sought);
        }
        // Nothing else is asked by id, and the address may have changed.
        let everybody = self.everybody_with(|users| users.iter().any(of_id)).await?;
        Ok(everybody.into_iter().find(of_id))
    }

    /// Whether a read by id shows somebody whom the list shows, asked once a run: a wrong path shows
    /// nobody, and would have everybody gone.
    async fn reads_work(&self) -> Result<bool, HttpError> {
        let (known, listed) = {
            let known = self.known();
            (known.reads, known.listed_id.clone())
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let works = match listed {
            Some(id) => self.user_by_id(&id).await?.is_some(),
            None => false,
        };
        self.known().reads = Some(works);
        Ok(works)
    }

    /// All users, as the list shows them.
    pub(super) async fn everybody(&self) -> Result<Vec<Json>, HttpError> {
        let users = &self.description.users;
        let walked = self.walk(FIND, &users.list, &users.id, &[], Names::default());
        Ok(walked.await?.entries)
    }

    /// All users, among whom somebody is sought. Where the list does not show them, it is read until
    /// two in a row are as long and nothing speaks against it: one that shrinks between two pages
    /// leaves somebody out.
    async fn everybody_with(
        &self,
        is_there: impl Fn(&[Json]) -> bool,
    ) -> Result<Vec<Json>, HttpError> {
        let users = &self.description.users;
        let mut before = None;
        for _ in 0..READS {
            let walked = self.walk(FIND, &users.list, &users.id, &[], Names::default());
            let walked = walked.await?;
            let count = walked.entries.len();
            // A count that stayed the same tells as much as a second look.
            let still = walked.pages <= 1 || walked.counted.is_some() || before == Some(count);
            let proved = walked.doubts.is_empty() && still;
            if proved || is_there(&walked.entries) {
                return Ok(walked.entries);
            }
            before = Some(count);
        }
        let reason = "it does not prove that somebody is not there";
        Err(self.unusable(FIND, &users.list, reason))
    }

    /// One user by id, as `users.get` shows it.
    pub(super) async fn user_by_id(&self, id: &str) -> Result<Option<Json>, HttpError> {
        let mut read = self.read_one(id, |shown| shown == id).await?;
        if let Some(user) = &mut read {
            self.without_secrets(user);
        }
        Ok(read)
    }

    /// The same to be sent back whole, with the fields that were dropped because they may hold
    /// secrets.
    pub(super) async fn whole_user(
        &self,
        id: &str,
    ) -> Result<Option<(Json, Vec<String>)>, HttpError> {
        let Some(mut user) = self.read_one(id, |shown| shown == id).await? else {
            return Ok(None);
        };
        let mut dropped = keys(&user);
        self.without_secrets(&mut user);
        let kept: HashSet<String> = keys(&user).into_iter().collect();
        dropped.retain(|it| !kept.contains(it));
        Ok(Some((user, dropped)))
    }

    /// What `users.get` shows in a place, all of it; it has to be who was asked for.
    async fn read_one(
        &self,
        id: &str,
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<Option<Json>, HttpError> {
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
        let shown = description::key(user, &self.description.users.id);
        match shown.is_some_and(|it| is_asked(&it)) {
            true => Ok(Some(user.clone())),
            false => Err(reply.unusable("it is not the user that was asked for")),
        }
    }

    /// The one user who is sought. Each hit is compared; a look that shows nobody counts only where
    /// it shows whom the list shows.
    pub(super) async fn sought(&self, who: &Who) -> Result<Option<Json>, HttpError> {
        let users = &self.description.users;
        let plain = |it: &&EmailAt| it.take.is_none() && it.at == users.id;
        let email_is_id = users.email.as_ref().filter(plain).is_some();
        let login_is_id = users.login.as_ref() == Some(&users.id);
        let by_id = match &who.login {
            Some(login) if login_is_id => Some(login),
            _ if email_is_id => Some(&who.email),
            _ => None,
        };
        if let Some(id) = by_id.filter(|_| users.get.is_some()) {
            for form in forms(id) {
                let found = self.read_one(&form, |shown| same_email(shown, id)).await?;
                if let Some(mut user) = found {
                    self.without_secrets(&mut user);
                    return Ok(Some(user));
                }
            }
            // Somebody with the address and another login is who is sought all the same.
            let find = users.find.as_ref().filter(|it| !it.says_login());
            if email_is_id || users.email.is_none() || find.is_none() {
                return Ok(None);
            }
        }
        let quoted = |it: &str| it.contains(['\'', '"', '\\']);
        let is_quoted = quoted(&who.email) || who.login.as_deref().is_some_and(quoted);
        if users.find.is_some() && !is_quoted {
            if let Some(user) = self.looked(who).await? {
                return Ok(Some(user));
            }
            if self.looks_work().await? {
                return Ok(None);
            }
        }
        let is_there = |users: &[Json]| users.iter().any(|it| self.is(it, who));
        let hit = self.only(self.everybody_with(is_there).await?, who)?;
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
            Some(who) => self.looked(&who).await?.is_some(),
            None => false,
        };
        self.known().finds = Some(works);
        Ok(works)
    }

    /// Looks for somebody; a vendor that refuses to be searched shows nobody that way.
    async fn looked(&self, who: &Who) -> Result<Option<Json>, HttpError> {
        match self.look(who).await {
            Err(error) if matches!(error.status(), Some(400 | 403..=405 | 422 | 501)) => {
                self.known().finds = Some(false);
                Ok(None)
            }
            other => other,
        }
    }

    /// Looks for somebody by what the call asks with, in every form of it.
    pub(super) async fn look(&self, who: &Who) -> Result<Option<Json>, HttpError> {
        let Some(find) = &self.description.users.find else {
            return Ok(None);
        };
        let by_login = find.says_login();
        let sought = match &who.login {
            Some(login) if by_login => login,
            None if by_login => return Ok(None),
            _ => &who.email,
        };
        for form in forms(sought) {
            let names = match by_login {
                true => Names {
                    login: Some(&form),
                    ..Names::default()
                },
                false => Names {
                    email: Some(&form),
                    ..Names::default()
                },
            };
            let hit = self.only(self.hits(find, names).await?, who)?;
            if hit.is_some() {
                return match find.then_get {
                    true => self.read_whole(hit).await,
                    false => self.whole(hit).await,
                };
            }
        }
        Ok(None)
    }

    /// Whom a look shows.
    pub(super) async fn hits(&self, find: &Find, names: Names<'_>) -> Result<Vec<Json>, HttpError> {
        let users = &self.description.users;
        let Some(get) = &find.get else {
            let walked = self.walk(FIND, &users.list, &users.id, &find.query, names);
            return Ok(walked.await?.entries);
        };
        let path = self.path(FIND, get, names)?;
        let call = self.dressed(Call::get(FIND, path), &find.query, names)?;
        let reply = match self.ask(call).await {
            Ok(reply) => reply,
            Err(error) if error.status().is_some_and(|it| find.missing.contains(&it)) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let body: Json = reply.json()?;
        let Some(at) = &find.items else {
            return Ok(find.item.get(&body).cloned().into_iter().collect());
        };
        let list = at.get(&body).and_then(Json::as_array).cloned();
        list.ok_or_else(|| reply.unusable(format!("there is no list at {at}")))
    }

    /// The one of some users who is sought: who has the login, or else who has the address.
    fn only(&self, users: Vec<Json>, who: &Who) -> Result<Option<Json>, HttpError> {
        // Somebody who cannot be understood in full is there all the same.
        let mut found: Vec<Json> = users.into_iter().filter(|it| self.is(it, who)).collect();
        if found.iter().any(|it| self.has_login(it, who)) {
            found.retain(|it| self.has_login(it, who));
        }
        if found.len() > 1 {
            return Err(self.unusable(
                FIND,
                &self.description.users.list,
                "several users are who is sought",
            ));
        }
        let mut user = found.pop();
        if let Some(user) = &mut user {
            self.without_secrets(user);
        }
        Ok(user)
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

/// The forms in which a vendor may know an address or a login: some compare with small letters.
fn forms(text: &str) -> Vec<Cow<'_, str>> {
    let mut forms = spellings(text);
    let small = EmailKey::of(text);
    if forms.iter().all(|it| **it != *small.as_str()) {
        forms.push(Cow::Owned(small.as_str().to_owned()));
    }
    forms
}

/// The pointers of everything in an object, at any depth; what is in a list counts as the list.
fn keys(json: &Json) -> Vec<String> {
    fn add(json: &Json, at: &str, found: &mut Vec<String>) {
        match json {
            Json::Object(map) => {
                for (key, value) in map {
                    let at = format!("{at}/{key}");
                    add(value, &at, found);
                    found.push(at);
                }
            }
            Json::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    add(item, &format!("{at}/{place}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    add(json, "", &mut found);
    found
}
