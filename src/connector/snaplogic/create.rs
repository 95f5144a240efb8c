//! Creates. Accounts are global: one may exist already, outside the environment, and is then
//! taken in instead of made.

use serde_json::json;

use super::answer::send;
use super::calls::{holds, user_path};
use super::convert::Facts;
use super::request::{check_email, create_body, update_body};
use super::write::{Moves, ends};
use super::{PREFIX, SnapLogic};
use crate::connector::rest::row::Row;
use crate::connector::rest::write::Steps;
use crate::connector::{WriteError, Written};
use crate::http::{Call, Effect, HttpError, Problem, segment};
use crate::model::account::Account;
use crate::model::action::{Action, Change};
use crate::model::value::Value;

impl SnapLogic {
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        if let Err(why) = check_email(&action.email) {
            return Err(WriteError::Manual(format!(
                "{} cannot be a SnapLogic user name: {why}",
                action.email
            )));
        }
        match self.user(&action.email).await? {
            Some(user) => self.take_in(action, user).await,
            None => self.make(action).await,
        }
    }

    async fn make(&self, action: &Action) -> Result<Written, WriteError> {
        let call = Call::post("create user", format!("{PREFIX}/users"))
            .json(&create_body(action, &self.organization));
        if let Err(error) = send(&self.api, call).await {
            // What a POST for a known e-mail answers is not documented. A lost answer is settled
            // by the engine, which looks before anything is sent again.
            if ends(&error) || error.effect() != Effect::None {
                return Err(error.into());
            }
            return match self.user(&action.email).await {
                Ok(Some(user)) => self.take_in(action, user).await,
                Ok(None) | Err(_) => Err(error.into()),
            };
        }
        self.finish(action)
            .await
            .map_err(WriteError::behind_a_write)
    }

    /// What comes after the call that makes the account.
    async fn finish(&self, action: &Action) -> Result<Written, WriteError> {
        // Being an administrator came with the create; the groups did not.
        let moves = Moves {
            administrator: None,
            ..Moves::of(action)
        };
        self.give(&action.email, &moves, &mut Steps::default())
            .await?;
        let notes = Vec::from_iter(self.revoked.forget(&action.email).await.err());
        let account = self.made(action, &action.email).await?;
        Ok(Written { account, notes })
    }

    /// Takes an account that exists elsewhere into the environment, then brings it in line.
    /// Settings that the roster is silent about keep what they have there.
    async fn take_in(&self, action: &Action, user: Row) -> Result<Written, WriteError> {
        let email = user.text("username").unwrap_or(&action.email).to_owned();
        if self.listed(&email).await?.is_some() {
            // The engine reads it and plans anew, with every safety rule.
            let call = Call::post("create user", format!("{PREFIX}/users"));
            let problem = Problem::Status {
                status: 409,
                message: format!("{email} is in the environment by now"),
                body: None,
            };
            return Err(self.api.problem(&call.describe(), problem).into());
        }
        if let Some(why) = another_kind(action, &user) {
            return Err(WriteError::Manual(format!(
                "{email} exists already outside the environment and {why}"
            )));
        }
        let flag = |name| action.after(name) == Some(&Value::Flag(true));
        let (home, mail) = (flag("create_home_directory"), flag("email_notification"));
        self.join(&email, home, mail).await?;
        let joined = self.bring_in_line(action, user, &email).await;
        joined.map_err(WriteError::behind_a_write)
    }

    /// Adds an account that exists to the environment:
    /// <https://docs.snaplogic.com/public-apis/put-add-users-org.html>.
    pub(super) async fn join(&self, email: &str, home: bool, mail: bool) -> Result<(), HttpError> {
        let path = format!("{}/org/{}", user_path(email), segment(&self.organization));
        let body = json!({ "create_home_directory": home, "send_email": mail });
        let call = Call::put("add user to environment", path).json(&body);
        send(&self.api, call).await.map(drop)
    }

    /// What comes after the call that adds the account to the environment.
    async fn bring_in_line(
        &self,
        action: &Action,
        user: Row,
        email: &str,
    ) -> Result<Written, WriteError> {
        let changes = self.asked_for(action);
        let fields = update_body(&changes)
            .into_iter()
            .filter(|(name, value)| user.told(name).as_json().as_ref() != Some(value))
            .collect::<serde_json::Map<_, _>>();
        if !fields.is_empty() {
            let before = self.present(email).await?;
            self.put_fields(email, fields, &before).await?;
        }
        let administers = holds(&self.members("admins").await?, email);
        let mut moves = Moves::of(action);
        moves.administrator = moves.administrator.filter(|wanted| *wanted != administers);
        let mut steps = Steps::default();
        self.take(email, &moves, &mut steps).await?;
        self.give(email, &moves, &mut steps).await?;

        let mut notes = Vec::from_iter(self.revoked.forget(email).await.err());
        let mut account = self.made(action, email).await?;
        if let Some(account) = &mut account {
            for change in &action.changes {
                if !changes.iter().any(|it| it.attribute == change.attribute) {
                    account.attributes.remove(&change.attribute);
                }
            }
        }
        let facts = Facts {
            user: Some(user),
            ..Facts::default()
        };
        let elsewhere = facts.elsewhere(&self.organization).join(", ");
        let place = if elsewhere.is_empty() {
            "another environment"
        } else {
            &elsewhere
        };
        notes.push(format!(
            "the account existed already in {place} and was added; its name and login settings \
             count there too"
        ));
        Ok(Written { account, notes })
    }

    /// The changes but for defaults of a create that the roster is silent about. Whether there is
    /// access at all (`ui_access`, `administrator` here) is not left to chance.
    fn asked_for(&self, action: &Action) -> Vec<Change> {
        let known = self.known();
        let asked = |name: &str| {
            matches!(name, "ui_access" | "administrator")
                || known.wanted.sets(&action.email, name) != Some(false)
        };
        action
            .changes
            .iter()
            .filter(|it| asked(&it.attribute))
            .cloned()
            .collect()
    }

    /// The account after a create, read afresh; `None` when it is not shown yet. The list has to
    /// show it: a create that was accepted for an account elsewhere may have changed nothing.
    async fn made(&self, action: &Action, email: &str) -> Result<Option<Account>, WriteError> {
        let (row, user) = (self.listed(email).await?, self.user(email).await?);
        if row.is_none() || user.is_none() {
            return Ok(None);
        }
        let facts = Facts {
            listed: row,
            user,
            admin: Some(holds(&self.members("admins").await?, email)),
            groups: action
                .after("groups")
                .and_then(Value::as_set)
                .map(|groups| groups.iter().map(ToString::to_string).collect()),
        };
        Ok(self.account(&facts).filter(|account| account.active))
    }
}

/// Why an account that exists cannot become what the roster asks for, if it cannot.
fn another_kind(action: &Action, user: &Row) -> Option<&'static str> {
    let wanted = |name| action.after(name) == Some(&Value::Flag(true));
    let is = |flag| user.flag(flag) == Some(true);
    match () {
        () if is("utility") && !wanted("utility") => Some("is a service account"),
        () if !is("utility") && wanted("utility") => Some("is no service account"),
        () if is("managed") && !wanted("managed") => Some("is a team account"),
        () if !is("managed") && wanted("managed") => Some("is no team account"),
        () => None,
    }
}
