//! Writes: one action, one or two calls, and what the answers prove.

use serde::Serialize;

use super::Bitsight;
use super::convert;
use super::read::{USERS, is_token};
use super::wire::{StatusBody, User, UserBody, Wrapped};
use crate::connector::{WriteError, Written};
use crate::http::{Call, HttpError, Reply, segment};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::current::Directory;
use crate::model::email::EmailKey;
use crate::model::spec::Means;

impl Bitsight {
    /// Creates. Never with a status: the person activates the account from the welcome mail.
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        let groups = self.groups().await?;
        let body = convert::create_body(action, &groups).map_err(WriteError::Stale)?;
        let call = self.with_body(Call::post("create user", USERS), &body);
        let reply = self.api.send(call).await?;
        Ok(Written {
            account: shown(&reply, action, &groups),
            notes: Vec::new(),
        })
    }

    /// Edits what changes.
    pub(super) async fn update(&self, action: &Action) -> Result<Written, WriteError> {
        let fresh = if convert::changes_features(action) {
            Some(self.target(action).await?.ok_or_else(|| gone(action))?)
        } else {
            None
        };
        self.edit(action, fresh.as_ref()).await
    }

    /// Switches off by status, where the roster says so.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        if self.settings.deactivate.means != Means::Reversible {
            return Err(WriteError::Manual(
                "switch the user off in Bitsight's own user management".into(),
            ));
        }
        let Some(user) = self.target(action).await? else {
            return Ok(already("the user was gone already"));
        };
        if !convert::active(&user) {
            let mut written = already("the user was deactivated already");
            written.account = self.account(&user, &*self.groups().await?)?;
            return Ok(written);
        }
        self.set_status(&user, "Deactivated").await
    }

    /// Switches on again, after the attributes are as they should be: access comes last.
    pub(super) async fn reactivate(&self, action: &Action) -> Result<Written, WriteError> {
        if self.settings.deactivate.means == Means::Manual {
            return Err(WriteError::Manual(
                "switch the user on in Bitsight's own user management".into(),
            ));
        }
        let user = self.target(action).await?.ok_or_else(|| gone(action))?;
        let edited = !action.changes.is_empty();
        let mut written = Written::default();
        if edited {
            written = self.edit(action, Some(&user)).await?;
        }
        if convert::active(&user) {
            written.notes.push("the user was active already".into());
            return Ok(written);
        }
        let switched = self.set_status(&user, "Activated").await;
        switched.map_err(|error| {
            if edited {
                error.behind_a_write()
            } else {
                error
            }
        })
    }

    /// Deletes for good, where the roster says so.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        let staged = self.settings.delete_after.is_some();
        if self.settings.deactivate.means != Means::Delete && !staged {
            return Err(WriteError::Manual(
                "the roster says neither `deactivate: delete` nor `leavers: { delete_after: … }` \
                 for this vendor"
                    .into(),
            ));
        }
        let Some(user) = self.target(action).await? else {
            return Ok(already("the user was gone already"));
        };
        if staged && convert::active(&user) {
            return Err(WriteError::Stale(format!(
                "{} was switched on meanwhile",
                action.email
            )));
        }
        let call = Call::delete("delete user", path(&user));
        match self.api.send(call).await {
            Ok(_) => Ok(already("shared folders that the user made are deleted too")),
            Err(error) if error.status() == Some(404) => {
                // An earlier try, whose answer was lost, may have done it.
                let found = self.user_by_guid(&user.guid).await;
                match found.map_err(WriteError::Partly)? {
                    None => Ok(already("the user was gone already")),
                    Some(_) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn edit(&self, action: &Action, fresh: Option<&User>) -> Result<Written, WriteError> {
        let groups = self.groups().await?;
        let body = convert::update_body(action, &groups, fresh).map_err(WriteError::Stale)?;
        if body == UserBody::default() {
            return Ok(Written::default());
        }
        let guid = action.id.as_deref().ok_or_else(|| gone(action))?;
        let call = Call::patch("edit user", format!("{USERS}/{}", segment(guid)));
        // It sets values, so twice is the same as once.
        let call = self.with_body(call, &body).repeatable();
        let reply = self.api.send(call).await?;
        Ok(Written {
            account: shown(&reply, action, &groups),
            notes: Vec::new(),
        })
    }

    /// Asks for another status, which the edit call does not list: it may work, be ignored or be
    /// refused, and only a fresh read tells.
    async fn set_status(&self, user: &User, status: &'static str) -> Result<Written, WriteError> {
        let call = self.with_body(
            Call::patch("set user status", path(user)),
            &StatusBody { status },
        );
        let answered = match self.api.send(call.repeatable()).await {
            Ok(reply) => reply.status,
            Err(error) if matches!(error.status(), Some(400 | 405 | 422)) => {
                return Err(WriteError::Refused {
                    status: error.status().unwrap_or_default(),
                    message: by_hand(status, &error.problem.to_string()),
                    // The refusal is the news, whether or not this read goes through.
                    account: self
                        .fresh(user)
                        .await
                        .ok()
                        .flatten()
                        .map(|(_, account)| Box::new(account)),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let wanted = status != "Deactivated";
        let mut waits = self.settings.spec.read_lag_ms.iter();
        loop {
            let found = self.fresh(user).await.map_err(WriteError::Partly)?;
            if found.as_ref().is_some_and(|(active, _)| *active == wanted) {
                return Ok(Written {
                    account: found.map(|(_, account)| account),
                    notes: Vec::new(),
                });
            }
            if found.is_none() && !wanted {
                return Ok(already("the user is gone"));
            }
            let Some(wait) = waits.next() else {
                return Err(WriteError::Refused {
                    status: answered,
                    message: by_hand(status, "the call was accepted and changed nothing"),
                    account: found.map(|(_, account)| Box::new(account)),
                });
            };
            let wait = std::time::Duration::from_millis(*wait);
            self.api.clock().sleep(wait).await;
        }
    }

    async fn fresh(&self, user: &User) -> Result<Option<(bool, Account)>, HttpError> {
        let Some(user) = self.user_by_guid(&user.guid).await? else {
            return Ok(None);
        };
        let account = self.account(&user, &*self.groups().await?)?;
        Ok(account.map(|account| (account.active, account)))
    }

    /// The user that the plan means, read afresh; `None` if there is none any more.
    async fn target(&self, action: &Action) -> Result<Option<User>, WriteError> {
        let guid = action.id.as_deref().ok_or_else(|| gone(action))?;
        let Some(user) = self.user_by_guid(guid).await? else {
            return Ok(None);
        };
        let planned = action.account_email.as_ref().unwrap_or(&action.email);
        let same = user.email.as_deref().map(EmailKey::of) == Some(EmailKey::of(planned));
        if same && !is_token(&user) {
            return Ok(Some(user));
        }
        Err(WriteError::Stale(format!(
            "the user {guid} is not {planned} any more"
        )))
    }

    fn with_body(&self, call: Call, body: &impl Serialize) -> Call {
        if self.settings.flag("wrap_user") {
            call.json(&Wrapped { user: body })
        } else {
            call.json(body)
        }
    }
}

fn path(user: &User) -> String {
    format!("{USERS}/{}", segment(&user.guid))
}

fn gone(action: &Action) -> WriteError {
    WriteError::Stale(format!("{} is gone", action.email))
}

fn already(note: &str) -> Written {
    Written {
        account: None,
        notes: vec![note.to_owned()],
    }
}

fn by_hand(status: &str, why: &str) -> String {
    format!("{why}; this needs a manual step: set the user to {status} in Bitsight itself")
}

/// The account in an answer. What an edit answers is not documented: unless it is the whole user,
/// with everything that was changed, a fresh read has to show the write.
fn shown(reply: &Reply, action: &Action, groups: &Directory) -> Option<Account> {
    /// As the vendor's OpenAPI has it.
    #[derive(serde::Deserialize)]
    struct Inside {
        user: User,
    }
    let user: User = serde_json::from_slice(&reply.body)
        .or_else(|_| serde_json::from_slice(&reply.body).map(|Inside { user }| user))
        .ok()?;
    let account = convert::account(&user, groups).ok()??;
    let same = match &action.id {
        Some(id) => account.id.as_ref() == Some(id),
        None => account.email_key() == EmailKey::of(&action.email),
    };
    let whole = action.changes.iter().all(|change| {
        change.attribute == "email" || account.attributes.contains(&change.attribute)
    });
    (same && whole && user.status.is_some()).then_some(account)
}
