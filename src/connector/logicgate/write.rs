//! Every write: one POST for a create, and a PUT of the whole object, freshly read, for the rest.

use std::collections::BTreeSet;

use super::LogicGate;
use super::check::{self, BY_HAND};
use super::convert::{self, Off};
use super::read::{self, User};
use super::request::{self, RoleIds, Switch};
use super::spec::{SPEC, USERS};
use crate::connector::rest::row::Row;
use crate::connector::rest::write::{demand_same_person, poll_until};
use crate::connector::{WriteError, Written};
use crate::http::{Call, Effect, HttpError};
use crate::model::action::{Action, ActionKind};

/// What is said of a user who is not there.
const GONE: &str = "LogicGate does not show this user any more";

impl LogicGate {
    /// Does one action.
    ///
    /// # Errors
    /// [`WriteError`].
    pub(super) async fn carry_out(&self, action: &Action) -> Result<Written, WriteError> {
        self.dispatch(action).await.map_err(|error| {
            // E-mails, ids and role names in these sentences are the vendor's.
            let clean = |text: String| self.api.clean(&text);
            match error {
                WriteError::There(text) => WriteError::There(clean(text)),
                WriteError::Stale(text) => WriteError::Stale(clean(text)),
                WriteError::Manual(text) => WriteError::Manual(clean(text)),
                WriteError::Refused {
                    status,
                    message,
                    account,
                } => WriteError::Refused {
                    status,
                    message: clean(message),
                    account,
                },
                WriteError::Http(_) | WriteError::Partly(_) => error,
            }
        })
    }

    async fn dispatch(&self, action: &Action) -> Result<Written, WriteError> {
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.put(action, Switch::Leave).await,
            ActionKind::Deactivate => self.put(action, Switch::Off).await,
            ActionKind::Reactivate => self.put(action, Switch::On).await,
            ActionKind::Delete => Err(WriteError::Manual(String::from(
                "LogicGate has no documented call that deletes a user",
            ))),
        }
    }

    async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        let roles = self.wanted_roles(action)?;
        // The list may leave out deactivated and external users, and a second account for one
        // e-mail must never come to be.
        if let Some(found) = read::by_email(&self.api, &action.email).await? {
            return Err(self.met(&found));
        }
        let call = Call::post("create user", &*USERS.path);
        let reply = self
            .api
            .send(call.json(&request::create_body(action)))
            .await?;
        let created = read::user(&self.api, &reply)?.row;
        let Some((id, _)) = convert::key(&created) else {
            return Err(reply.unusable("the created user has no id").into());
        };
        let mut notes = Vec::new();
        if let Some(rest) = request::left_after_create(action)
            && let Err(error) = self.complete(id, &rest, &roles, &mut notes).await
        {
            return Err(match error {
                // The engine looks, and brings in line what is there.
                WriteError::Http(error) if error.ends_run() || error.effect() != Effect::None => {
                    WriteError::Partly(error)
                }
                error => WriteError::Refused {
                    status: reply.status,
                    message: format!("the user was created, but not all of it was set: {error}"),
                    account: self.account(&created).map(Box::new),
                },
            });
        }
        // A default role may have come with it, and only a fresh read shows that. Without one the
        // engine looks for itself.
        let fresh = self.new_user(id).await.ok();
        let account = fresh.and_then(|fresh| self.account(&fresh.row));
        Ok(Written::new(account, notes))
    }

    /// A create met somebody.
    fn met(&self, found: &Row) -> WriteError {
        let id = found.text("id").unwrap_or_default();
        if convert::off(found) == Some(Off::External) {
            return WriteError::Manual(format!(
                "there is an external user with this e-mail ({id}), a form recipient without a \
                 login; convert it in {BY_HAND}"
            ));
        }
        WriteError::Refused {
            // As if the vendor had said so itself: the engine looks the account up and plans again.
            status: 409,
            message: format!("there is a user with this e-mail already ({id})"),
            account: self.account(found).map(Box::new),
        }
    }

    /// Sets what a create cannot carry, on the account it made.
    async fn complete(
        &self,
        id: &str,
        rest: &Action,
        roles: &RoleIds,
        notes: &mut Vec<String>,
    ) -> Result<(), WriteError> {
        let unmet = |row: &Row| request::unmet(row, rest, roles.as_deref());
        let fresh = match self.new_user(id).await {
            Ok(fresh) => fresh,
            // Where nobody is read alone, the search shows whether anything is left to do.
            Err(error) => {
                let found = read::search_only(&self.api, &rest.email).await;
                let found = found.ok().flatten();
                let found = found.filter(|it| it.text("id") == Some(id) && unmet(it).is_empty());
                return found.map(|_| ()).ok_or(error);
            }
        };
        if unmet(&fresh.row).is_empty() {
            return Ok(());
        }
        self.send_put(&fresh, rest, roles, Switch::Leave, notes)
            .await
    }

    /// Reads a user just created, whom a cached read may not know for some seconds.
    async fn new_user(&self, id: &str) -> Result<User, WriteError> {
        if let Some(lag) = self.settings.answers.number("read_lag_ms") {
            let most: u64 = SPEC.read_lag_ms.iter().sum();
            let lag = std::time::Duration::from_millis(lag.min(most));
            self.api.wait(lag, "reads were seen to lag behind").await;
        }
        let read = || async { Ok(read::get(&self.api, id).await) };
        let known = |user: &Result<User, HttpError>| match user {
            Ok(_) => true,
            Err(error) => error.status() != Some(404),
        };
        let user = poll_until(&self.api, SPEC.read_lag_ms, read, known).await?;
        Ok(user.map_err(read::unconfirmed)?)
    }

    async fn put(&self, action: &Action, switch: Switch) -> Result<Written, WriteError> {
        let roles = self.wanted_roles(action)?;
        let Some(fresh) = self.fresh(action).await? else {
            return match switch {
                Switch::Off => Ok(Written::noted(GONE)),
                Switch::Leave | Switch::On => Err(WriteError::Stale(GONE.into())),
            };
        };
        let Some((id, email)) = convert::key(&fresh.row) else {
            let lost = "the user has lost its id or e-mail since the plan";
            return Err(WriteError::Stale(lost.into()));
        };
        demand_same_person(action, id, email)?;
        let off = convert::off(&fresh.row);
        let done = match switch {
            Switch::Off => off.is_some(),
            Switch::On => {
                check::can_return(off)?;
                off.is_none()
            }
            Switch::Leave => true,
        };
        if done && request::unmet(&fresh.row, action, roles.as_deref()).is_empty() {
            return Ok(Written::new(
                self.account(&fresh.row),
                vec![String::from("nothing was left to do")],
            ));
        }
        if convert::managed(&fresh.row) {
            return Err(WriteError::Manual(String::from(
                "the identity provider owns this account; change it there",
            )));
        }
        if let Some(shield) = convert::shield(&fresh.row) {
            return Err(WriteError::Manual(format!(
                "this is a {}; change it in {BY_HAND}",
                shield.what
            )));
        }
        let mut notes = Vec::new();
        self.send_put(&fresh, action, &roles, switch, &mut notes)
            .await?;
        // No account: an answer may echo what was sent, and only a fresh read shows what stuck.
        Ok(Written::new(None, notes))
    }

    /// The whole user as it is now. Never what a search shows: it may be less than the whole, and
    /// a PUT of that would clear the rest.
    async fn fresh(&self, action: &Action) -> Result<Option<User>, WriteError> {
        if let Some(user) = self.just_read.take(action) {
            return Ok(Some(user));
        }
        let key = action.key();
        let id = match key.id {
            Some(id) => Some(String::from(id)),
            None => read::search(&self.api, &key.email)
                .await?
                .and_then(|user| user.text("id").map(str::to_owned)),
        };
        match id {
            Some(id) => Ok(read::by_id(&self.api, &id).await?),
            None => Ok(None),
        }
    }

    async fn send_put(
        &self,
        fresh: &User,
        action: &Action,
        roles: &RoleIds,
        switch: Switch,
        notes: &mut Vec<String>,
    ) -> Result<(), WriteError> {
        self.only_our_roles(fresh, roles)?;
        let body = request::put_body(fresh, action, roles.as_deref(), switch)
            .map_err(WriteError::Manual)?;
        let id = fresh.row.text("id").unwrap_or_default();
        let call = Call::put("update user", USERS.path_of(id)).json(&body);
        let reply = self.api.send(call).await.map_err(read::unconfirmed)?;
        if let Ok(answer) = read::user(&self.api, &reply) {
            notes.extend(check::doubts(&answer.row, action, roles, switch));
        }
        Ok(())
    }

    /// Roles of the identity provider are neither given nor taken here.
    fn only_our_roles(&self, fresh: &User, roles: &RoleIds) -> Result<(), WriteError> {
        let Some(wanted) = roles else {
            return Ok(());
        };
        let held = convert::role_ids(&fresh.row).unwrap_or_default();
        let known = self.roles();
        let wanted: BTreeSet<&str> = wanted.iter().map(|id| &**id).collect();
        let held: BTreeSet<&str> = held.into_iter().collect();
        let mut differ = wanted.symmetric_difference(&held);
        match differ.find(|id| known.provisioned(id)) {
            Some(id) => Err(WriteError::Manual(format!(
                "the identity provider assigns the role \"{}\"; change it there",
                known.directory().display_id(id)
            ))),
            None => Ok(()),
        }
    }

    fn wanted_roles(&self, action: &Action) -> Result<RoleIds, WriteError> {
        request::wanted_roles(action, &self.roles().directory()).map_err(WriteError::Manual)
    }
}
