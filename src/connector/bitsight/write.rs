//! Writes: one action, one or two calls, and what the answers prove.

use serde_json::{Value as Json, json};

use super::Bitsight;
use super::convert::{self, Body, is_token};
use super::spec::{USER, USERS};
use crate::connector::rest::row::Row;
use crate::connector::rest::write::{
    Steps, deleted, demand_same_person, gone, gone_already, poll_until,
};
use crate::connector::{WriteError, Written};
use crate::http::{Call, HttpError, Reply};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::current::Directory;
use crate::model::email::EmailKey;

impl Bitsight {
    /// Creates. Never with a status: the person activates the account from the welcome mail.
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        let groups = self.groups().await?;
        let body = convert::create_body(action, &groups).map_err(WriteError::Stale)?;
        let call = self.with_body(Call::post("create user", &*USERS.path), body);
        let reply = self.api.send(call).await?;
        Ok(Written::new(shown(&reply, action, &groups), Vec::new()))
    }

    /// Edits what changes.
    pub(super) async fn update(&self, action: &Action) -> Result<Written, WriteError> {
        // An edit names the user by id alone: whose account that is by now, only a read tells.
        let user = self.target(action).await?.ok_or_else(|| gone(action))?;
        // Where a tenant was seen to keep what it is not sent, the other features are not needed.
        let merges = self.settings.answers.says("partial_features", "merged");
        let features = convert::changes_features(action) && !merges;
        self.edit(action, features.then_some(&user)).await
    }

    /// Switches off by status.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let Some(user) = self.target(action).await? else {
            return Ok(gone_already());
        };
        if !convert::active(&user) {
            let mut written = Written::noted("the user was deactivated already");
            written.account = self.account(&user, &*self.groups().await?)?;
            return Ok(written);
        }
        self.set_status(&user, "Deactivated").await
    }

    /// Switches on again, after the attributes are as they should be: access comes last.
    pub(super) async fn reactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let user = self.target(action).await?.ok_or_else(|| gone(action))?;
        let edited = !action.changes.is_empty();
        let mut written = Written::default();
        let mut steps = Steps::default();
        if edited {
            written = steps.take(self.edit(action, Some(&user)).await)?;
        }
        if convert::active(&user) {
            written.notes.push("the user was active already".into());
            return Ok(written);
        }
        steps.take(self.set_status(&user, "Activated").await)
    }

    /// Deletes for good.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        let Some(user) = self.target(action).await? else {
            return Ok(gone_already());
        };
        let sent = self
            .api
            .send(Call::delete("delete user", USERS.path_of(guid(&user))));
        let there = async || Ok(self.user_by_guid(guid(&user)).await?.is_some());
        let mut written = deleted(sent.await, there()).await?;
        if written.notes.is_empty() {
            let folders = "shared folders that the user made are deleted too";
            written.notes.push(folders.into());
        }
        Ok(written)
    }

    async fn edit(&self, action: &Action, fresh: Option<&Row>) -> Result<Written, WriteError> {
        let groups = self.groups().await?;
        let body = convert::update_body(action, &groups, fresh).map_err(WriteError::Stale)?;
        if body == Body::new() {
            return Ok(Written::default());
        }
        let guid = action.id.as_deref().ok_or_else(|| gone(action))?;
        let call = Call::patch("edit user", USERS.path_of(guid));
        // It sets values, so twice is the same as once.
        let call = self.with_body(call, body).repeatable();
        let reply = self.api.send(call).await?;
        Ok(Written::new(shown(&reply, action, &groups), Vec::new()))
    }

    /// Asks for another status, which the edit call does not list: it may work, be ignored or be
    /// refused, and only a fresh read tells.
    async fn set_status(&self, user: &Row, status: &'static str) -> Result<Written, WriteError> {
        // Sent alone, and never with a create.
        let body = Body::from_iter([("status".to_owned(), status.into())]);
        let call = self.with_body(
            Call::patch("set user status", USERS.path_of(guid(user))),
            body,
        );
        let answered = match self.api.send(call.repeatable()).await {
            Ok(reply) => reply.status,
            Err(error) if matches!(error.status(), Some(400 | 405 | 422)) => {
                return Err(WriteError::Refused {
                    status: error.status().unwrap_or_default(),
                    message: by_hand(status, &error.problem.to_string()),
                    // The refusal is the news, whether or not this read goes through.
                    account: self.fresh(user).await.ok().flatten().map(Box::new),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let on = status != "Deactivated";
        let done = |found: &Option<Account>| found.as_ref().map_or(!on, |it| it.active == on);
        let waits = self.settings.spec.read_lag_ms;
        let found = poll_until(&self.api, waits, || self.fresh(user), done).await;
        match found? {
            None if !on => Ok(Written::noted("the user is gone")),
            Some(account) if account.active == on => Ok(Written::new(Some(account), Vec::new())),
            found => Err(WriteError::Refused {
                status: answered,
                message: by_hand(status, "the call was accepted and changed nothing"),
                account: found.map(Box::new),
            }),
        }
    }

    async fn fresh(&self, user: &Row) -> Result<Option<Account>, HttpError> {
        match self.user_by_guid(guid(user)).await? {
            Some(user) => self.account(&user, &*self.groups().await?),
            None => Ok(None),
        }
    }

    /// The user that the plan means, read afresh; `None` if there is none any more.
    async fn target(&self, action: &Action) -> Result<Option<Row>, WriteError> {
        let guid = action.id.as_deref().ok_or_else(|| gone(action))?;
        let user = match self.just_read.take(action) {
            Some(user) => Some(user),
            None => self.user_by_guid(guid).await?,
        };
        let Some(user) = user else {
            return Ok(None);
        };
        if is_token(&user) {
            let token = format!("the user {guid} is a company API token by now");
            return Err(WriteError::Stale(token));
        }
        demand_same_person(action, guid, user.text("email").unwrap_or_default())?;
        Ok(Some(user))
    }

    /// With the wrapper that the vendor's OpenAPI shows and its help pages do not, if it is asked for.
    fn with_body(&self, call: Call, body: Body) -> Call {
        match self.settings.flag("wrap_user") {
            true => call.json(&json!({ "user": body })),
            false => call.json(&body),
        }
    }
}

fn guid(user: &Row) -> &str {
    user.text("guid").unwrap_or_default()
}

fn by_hand(status: &str, why: &str) -> String {
    format!("{why}; this needs a manual step: set the user to {status} in Bitsight itself")
}

/// The account in an answer. What an edit answers is not documented: unless it is the whole user,
/// with everything that was changed, a fresh read has to show the write.
fn shown(reply: &Reply, action: &Action, groups: &Directory) -> Option<Account> {
    let user = match Row::read(&reply.body, &USER)? {
        Ok(user) => user,
        // As the vendor's OpenAPI has it.
        Err(_) => {
            let answer: Json = serde_json::from_slice(&reply.body).ok()?;
            Row::of(answer.get("user")?, &USER).ok()?
        }
    };
    let account = convert::account(&user, groups).ok()??;
    let same = match &action.id {
        Some(id) => account.id.as_ref() == Some(id),
        None => account.email_key() == EmailKey::of(&action.email),
    };
    let whole = action.changes.iter().all(|change| {
        change.attribute == "email" || account.attributes.contains(&change.attribute)
    });
    (same && whole && user.text("status").is_some()).then_some(account)
}
