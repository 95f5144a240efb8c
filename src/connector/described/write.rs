//! Writes: what an action sends, and what the answer shows. The engine reads every one of them back, unless
//! a certificate says that answers are true.

use serde_json::Value as Json;

use super::Described;
use super::calls::{Names, empty};
use super::fetch::GROUPS;
use crate::connector::rest::write::{Steps, deleted, demand_same_person, gone, gone_already};
use crate::connector::{WriteError, Written};
use crate::description::{self, Call, Pointer, needs_fresh, put};
use crate::http::{Repeat, Reply};
use crate::model::account::AccountKey;
use crate::model::action::{Action, Change};
use crate::model::current::Directory;
use crate::model::spec::LOGIN;
use crate::model::value::shown;

impl Described {
    /// Makes an account, unless somebody has that address by now.
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        if self.sought(&self.who(&action.key())).await?.is_some() {
            let why = format!("{} has an account there by now", action.email);
            return Err(WriteError::There(why));
        }
        self.send_create(action).await
    }

    /// Sends a create, whoever has that address.
    pub(super) async fn send_create(&self, action: &Action) -> Result<Written, WriteError> {
        let what = "create user";
        let Some(call) = &self.description.users.create else {
            return Err(by_hand("creating users is not described"));
        };
        let who = self.who(&action.key());
        let groups = self.groups().await?;
        let names = Names {
            email: Some(&action.email),
            login: who.login.as_deref(),
            action: Some(action),
            ..Names::default()
        };
        let mut object = empty();
        for change in changes(action) {
            let pair = (&*change.attribute, &change.after);
            put(&self.description, pair, &groups, None, &mut object).map_err(WriteError::Stale)?;
        }
        self.send(what, call, names, &mut object)?;
        let body = in_envelope(call, object);
        let mut steps = Steps::default();
        // Whatever the method: a create whose answer was lost is looked for.
        let mut sending = self.writing(what, call, Some(&body), names)?;
        sending.repeat = Repeat::LookFirst;
        let sent = self.ask(sending).await;
        let reply = steps.take(sent.map_err(WriteError::from))?;
        if let Some(wanted) = action.after(GROUPS) {
            let user = steps.check(self.sought(&who).await)?;
            let id = user.and_then(|it| description::key(&it, &self.description.users.id));
            let Some(id) = id else {
                let list = &self.description.users.list;
                let error = self.unusable("find user", list, "the new user is not shown yet");
                return Err(WriteError::Partly(error));
            };
            self.move_groups(&id, &action.email, wanted, &mut steps)
                .await?;
        }
        Ok(self.answered(call, &reply).await)
    }

    /// Changes what differs.
    pub(super) async fn update(&self, action: &Action) -> Result<Written, WriteError> {
        let mut steps = Steps::default();
        self.edit(action, &mut steps).await
    }

    /// Switches off.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let call = self.description.users.deactivate.as_ref();
        let mut steps = Steps::default();
        self.switch(action, "switch user off", call, &mut steps)
            .await
    }

    /// Switches on, after the attributes are as they should be: access comes last.
    pub(super) async fn reactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let mut steps = Steps::default();
        if !action.changes.is_empty() {
            self.edit(action, &mut steps).await?;
        }
        let call = self.description.users.reactivate.as_ref();
        self.switch(action, "switch user on", call, &mut steps)
            .await
    }

    /// Destroys.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        let Some(call) = &self.description.users.delete else {
            return Err(by_hand("deleting users is not described"));
        };
        let key = action.key();
        let Some(user) = self.user(&key).await? else {
            return Ok(gone_already());
        };
        let id = self.same_user(action, &user).await?;
        let names = Names {
            id: Some(&id),
            email: Some(&key.email),
            ..Names::default()
        };
        let sent = self
            .api
            .send(self.writing("delete user", call, None, names)?)
            .await;
        deleted(sent, async { Ok(self.user(&key).await?.is_some()) }).await
    }

    /// Sends the attributes and the groups that change.
    async fn edit(&self, action: &Action, steps: &mut Steps) -> Result<Written, WriteError> {
        let key = action.key();
        let user = steps.check(self.user(&key).await)?;
        let user = user.ok_or_else(|| gone(action))?;
        let id = self.same_user(action, &user).await?;
        let mut written = Written::default();
        if changes(action).next().is_some() {
            written = self.send_changes(action, &id, &user, steps).await?;
        }
        if let Some(wanted) = action.after(GROUPS) {
            self.move_groups(&id, &action.email, wanted, steps).await?;
        }
        Ok(written)
    }

    /// What the answer to a write shows of the account: in the envelope of a read, in that of what was
    /// sent, or bare.
    async fn answered(&self, call: &Call, reply: &Reply) -> Written {
        let shown = async {
            let body: Json = reply.json().ok()?;
            let users = &self.description.users;
            let read = users.get.as_ref().map(|it| &it.item);
            let bare = Pointer::default();
            let places = [read, Some(&call.at), Some(&bare)].into_iter().flatten();
            let mut shown = places.filter_map(|at| at.get(&body));
            let user = shown.find(|it| description::key(it, &users.id).is_some())?;
            let mut user = user.clone();
            self.without_secrets(&mut user);
            let groups = self.groups().await.ok()?;
            Some(self.account(&user, &groups).ok()?.0)
        };
        Written::new(shown.await, Vec::new())
    }

    async fn send_changes(
        &self,
        action: &Action,
        id: &str,
        user: &Json,
        steps: &mut Steps,
    ) -> Result<Written, WriteError> {
        let what = "update user";
        let Some(call) = &self.description.users.update else {
            return Err(by_hand("changing users is not described"));
        };
        let groups = steps.check(self.groups().await)?;
        let names = Names {
            id: Some(id),
            email: Some(&action.email),
            action: Some(action),
            ..Names::default()
        };
        let fresh = match changes(action).any(|it| self.needs_fresh(it)) {
            _ if call.whole => self.object(call, action, id, steps).await?,
            // What a list shows may be a part of it.
            true if self.description.users.get.is_some() => {
                let fresh = steps.check(self.user_by_id(id).await)?;
                fresh.ok_or_else(|| gone(action))?
            }
            _ => user.clone(),
        };
        let mut object = match call.whole {
            true => {
                self.as_planned(action, &fresh, &groups)?;
                fresh.clone()
            }
            false => empty(),
        };
        for change in changes(action) {
            let pair = (&*change.attribute, &change.after);
            put(&self.description, pair, &groups, Some(&fresh), &mut object)
                .map_err(WriteError::Stale)?;
        }
        for at in &call.drop {
            at.remove(&mut object);
        }
        steps.check(self.send(what, call, names, &mut object))?;
        let body = in_envelope(call, object);
        let sending = steps.check(self.writing(what, call, Some(&body), names))?;
        let sent = self.ask(sending).await;
        let reply = steps.take(sent.map_err(WriteError::from))?;
        Ok(self.answered(call, &reply).await)
    }

    /// The whole object of a user, as it is now. One that is read without its secrets does not go
    /// back: the vendor could take what is missing for empty.
    async fn object(
        &self,
        call: &Call,
        action: &Action,
        id: &str,
        steps: &mut Steps,
    ) -> Result<Json, WriteError> {
        let read = steps.check(self.whole_user(id).await)?;
        let (user, dropped) = read.ok_or_else(|| gone(action))?;
        let left_out = |at: &&String| !call.drop.iter().any(|drop| drop.to_string() == **at);
        match dropped.iter().find(left_out) {
            None => Ok(user),
            Some(at) => Err(by_hand(&format!(
                "{at} may hold a secret and is not read, so that the whole object cannot be sent back; if the \
                 vendor keeps what is not sent, write `drop: [{at}]`"
            ))),
        }
    }

    /// A whole object goes out only while what is to change is what the plan saw. The rest of it is
    /// as it was read a moment ago; a list may show less than a read of one user.
    fn as_planned(
        &self,
        action: &Action,
        fresh: &Json,
        groups: &Directory,
    ) -> Result<(), WriteError> {
        let account = self.account(fresh, groups);
        let (account, _) = account
            .map_err(|why| WriteError::Stale(format!("the account of {} {why}", action.email)))?;
        let differs = changes(action).find(|change| {
            let now = shown(&account.attributes, &change.attribute);
            now.is_some_and(|now| now != change.before.as_ref())
        });
        match differs {
            None => Ok(()),
            Some(change) => Err(WriteError::Stale(format!(
                "{} of {} is not what the plan saw any more",
                change.attribute, action.email
            ))),
        }
    }

    /// Whether a change can only be sent with what the account has beside it.
    fn needs_fresh(&self, change: &Change) -> bool {
        let head = change.attribute.split('.').next().unwrap_or_default();
        let mut attributes = self.description.attributes.iter();
        attributes.any(|it| *it.name == *head && needs_fresh(it))
    }

    async fn switch(
        &self,
        action: &Action,
        what: &'static str,
        call: Option<&Call>,
        steps: &mut Steps,
    ) -> Result<Written, WriteError> {
        let Some(call) = call else {
            return Err(by_hand("switching users off and on is not described"));
        };
        let key: AccountKey = action.key();
        let user = steps.check(self.user(&key).await)?;
        let user = match user {
            Some(user) => user,
            None if action.kind.removes() => return Ok(gone_already()),
            None => return Err(gone(action)),
        };
        let id = steps.check(self.same_user(action, &user).await)?;
        let names = Names {
            id: Some(&id),
            email: Some(&key.email),
            action: Some(action),
            ..Names::default()
        };
        let mut object = match call.whole {
            true => self.object(call, action, &id, steps).await?,
            false => empty(),
        };
        for at in &call.drop {
            at.remove(&mut object);
        }
        steps.check(self.send(what, call, names, &mut object))?;
        let has_body = call.whole || !call.send.is_empty();
        let body = in_envelope(call, object);
        let sending = self.writing(what, call, has_body.then_some(&body), names);
        let sent = self.ask(steps.check(sending)?).await;
        let reply = steps.take(sent.map_err(WriteError::from))?;
        Ok(self.answered(call, &reply).await)
    }

    /// The id of the user that was read, which has to be the one that the plan saw, and the same person's
    /// still: by the login, or else by the e-mail.
    async fn same_user(&self, action: &Action, user: &Json) -> Result<Box<str>, WriteError> {
        let id = description::key(user, &self.description.users.id);
        let id = id.filter(|id| action.id.as_ref().is_none_or(|planned| planned == id));
        let Some(id) = id else {
            return Err(WriteError::Stale(format!(
                "{} is another account by now",
                action.email
            )));
        };
        if !self.has_login(user, &self.who(&action.key())) {
            let groups = self.groups().await?;
            let account = self.account(user, &groups);
            let (mut account, _) = account.map_err(|why| {
                WriteError::Stale(format!("the account of {} {why}", action.email))
            })?;
            self.name(&mut account);
            demand_same_person(action, &id, &account.email)?;
        }
        Ok(id)
    }
}

/// What changes besides groups, and the login, which a call carries by name.
fn changes(action: &Action) -> impl Iterator<Item = &Change> {
    let all = action.changes.iter();
    all.filter(|it| it.attribute != GROUPS && it.attribute != LOGIN)
}

/// The body around what is sent.
fn in_envelope(call: &Call, object: Json) -> Json {
    let mut body = empty();
    call.at.put(&mut body, object);
    body
}

fn by_hand(why: &str) -> WriteError {
    WriteError::Manual(why.to_owned())
}
