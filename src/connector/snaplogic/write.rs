//! Writing: what every action shares, and updates.

use serde_json::{Map, Value as Json, json};

use super::answer::send;
use super::calls::{holds, user_path};
use super::convert::{Facts, NEEDS_SSO};
use super::request::{group_moves, shows, unsent_changes, update_body};
use super::spec::USERS;
use super::{PREFIX, SnapLogic};
use crate::connector::rest::row::{Row, Told};
use crate::connector::rest::write::{Steps, refused};
use crate::connector::{WriteError, Written};
use crate::http::{Call, HttpError};
use crate::model::action::{Action, ActionKind};
use crate::model::email::EmailKey;
use crate::model::value::Value;

impl SnapLogic {
    pub(super) async fn carry_out(&self, action: &Action) -> Result<Written, WriteError> {
        if let Some(why) = self.by_hand(action) {
            return Err(WriteError::Manual(why));
        }
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.update(action).await,
            ActionKind::Deactivate => self.deactivate(action).await,
            ActionKind::Reactivate => self.reactivate(action).await,
            ActionKind::Delete => self.delete(action).await,
        }
    }

    /// What no call can do, or must not.
    fn by_hand(&self, action: &Action) -> Option<String> {
        if action.after("allow_password_login") == Some(&Value::Flag(false))
            && !self.settings.flag("sso")
        {
            return Some(NEEDS_SSO.to_owned());
        }
        if action.kind == ActionKind::Create {
            return None;
        }
        ["email", "managed", "maintainers"]
            .into_iter()
            .find(|name| action.after(name).is_some())
            .map(|name| format!("{name} of an existing account cannot be changed through the API"))
    }

    /// Rights go first, so that a run that dies in between leaves nobody with more than planned. What a
    /// group answers of somebody who has no account is not documented: who is gone is told before.
    async fn update(&self, action: &Action) -> Result<Written, WriteError> {
        let email = action.key().email;
        let moves = Moves::of(action);
        let before = self.present(&email).await?;
        let mut steps = Steps::default();
        self.take(&email, &moves, &mut steps).await?;
        let fields = update_body(&action.changes);
        let user = match fields.is_empty() {
            true => before,
            false => {
                // The record shows who administers: it is another one by now.
                let before = match moves.takes() {
                    true => steps.check(self.present(&email).await)?,
                    false => before,
                };
                steps.take(self.put_fields(&email, fields, &before).await)?
            }
        };
        self.give(&email, &moves, &mut steps).await?;
        let facts = Facts {
            listed: Some(Row::empty(&USERS.table).with("username", Told::text(&email))),
            user: Some(user),
            admin: moves.administrator,
            groups: action
                .after("groups")
                .and_then(Value::as_set)
                .map(|groups| groups.iter().map(ToString::to_string).collect()),
        };
        Ok(Written {
            // Without the applications, which only the list shows, an account without the user
            // interface looks switched off: a whole read has to tell.
            account: self.account(&facts).filter(|account| account.active),
            notes: Vec::new(),
        })
    }

    /// Takes the rights away that the action ends.
    pub(super) async fn take(
        &self,
        email: &str,
        moves: &Moves,
        steps: &mut Steps,
    ) -> Result<(), WriteError> {
        if moves.administrator == Some(false) {
            steps.take(self.set_member("admins", email, false).await)?;
        }
        for group in &moves.leave {
            steps.take(self.set_member(group, email, false).await)?;
        }
        Ok(())
    }

    /// Gives the rights that the action brings.
    pub(super) async fn give(
        &self,
        email: &str,
        moves: &Moves,
        steps: &mut Steps,
    ) -> Result<(), WriteError> {
        for group in &moves.join {
            steps.take(self.set_member(group, email, true).await)?;
        }
        if moves.administrator == Some(true) {
            steps.take(self.set_member("admins", email, true).await)?;
        }
        Ok(())
    }

    /// Adds one person to a group or takes one out: one call each, and a fresh read to see it.
    /// What the vendor answers when there is nothing to do is not documented, so the read decides
    /// even after a refusal.
    pub(super) async fn set_member(
        &self,
        group: &str,
        email: &str,
        member: bool,
    ) -> Result<(), WriteError> {
        // Exactly one of the two: https://docs.snaplogic.com/public-apis/patch-groups-org-group.html
        let (what, body) = match member {
            true => ("add to group", json!({ "add_user": email })),
            false => ("remove from group", json!({ "remove_user": email })),
        };
        let call = Call::patch(what, self.group_path(group))
            .json(&body)
            .repeatable();
        let sent = send(&self.api, call).await;
        if let Err(error) = &sent
            && ends(error)
        {
            return Err(error.clone().into());
        }
        let read = self
            .poll_until(|| self.members(group), |it| holds(it, email) == member)
            .await;
        match (sent, read) {
            (_, Ok(members)) if holds(&members, email) == member => Ok(()),
            // The call may have come twice, and the second been refused: nobody could look.
            (Err(error), Err(unread)) => Err(unread.and(&error.to_string())),
            (Err(error), Ok(_)) => Err(error.into()),
            (Ok(_), Err(unread)) => Err(unread),
            (Ok(_), Ok(_)) => Err(refused(format!(
                "the group {group} still {} {email}",
                if member { "lacks" } else { "holds" }
            ))),
        }
    }

    /// The user as they are right before a change, still of the kind that the plan saw.
    pub(super) async fn present(&self, email: &str) -> Result<Row, WriteError> {
        let Some(user) = self.user(email).await? else {
            return Err(WriteError::Stale(format!(
                "there is no account {email} any more"
            )));
        };
        self.demand_same_kind(email, user.flag("utility"))?;
        Ok(user)
    }

    /// Changes some fields of a user, and makes sure that no other changed.
    pub(super) async fn put_fields(
        &self,
        email: &str,
        fields: Map<String, Json>,
        before: &Row,
    ) -> Result<Row, WriteError> {
        if self.known().put_replaces {
            return Err(WriteError::Manual(String::from(
                "an earlier change of this run changed fields that were not sent; no further ones \
                 are tried",
            )));
        }
        let (after, unsent) = self.put(email, &fields, before).await?;
        if unsent.is_empty() {
            return Ok(after);
        }
        let facts = Facts {
            user: Some(after),
            ..Facts::default()
        };
        Err(WriteError::Refused {
            status: 200,
            message: format!(
                "the vendor also changed {}, which was not sent; compare the account with its \
                 history",
                unsent.join(", ")
            ),
            account: self.account(&facts).map(Box::new),
        })
    }

    /// Sends fields and reads the user again. Also returns what changed without having been sent,
    /// and remembers that this vendor does such things.
    pub(super) async fn put(
        &self,
        email: &str,
        fields: &Map<String, Json>,
        before: &Row,
    ) -> Result<(Row, Vec<&'static str>), WriteError> {
        let call = Call::put("update user", user_path(email)).json(fields);
        send(&self.api, call).await?;
        let read = || self.user(email);
        let good = |user: &Option<Row>| user.as_ref().is_some_and(|user| shows(user, fields));
        let Some(after) = self.poll_until(read, good).await? else {
            return Err(refused(format!("the account {email} went away meanwhile")));
        };
        let sent: Vec<&str> = fields.keys().map(String::as_str).collect();
        let unsent = unsent_changes(before, &after, &sent);
        if !unsent.is_empty() {
            self.known().put_replaces = true;
        }
        Ok((after, unsent))
    }

    /// Grants exactly these applications (none: takes all); the batch answers for each person by name:
    /// <https://docs.snaplogic.com/public-apis/post-assetapi-user-app-access.html>.
    pub(super) async fn put_apps(&self, email: &str, apps: &[&str]) -> Result<(), WriteError> {
        let granted: Map<String, Json> = apps
            .iter()
            .map(|app| ((*app).to_owned(), true.into()))
            .collect();
        let body = json!({
            "org_path": format!("/{}", self.organization),
            "users": [{ "username": email, "app_access": granted }],
        });
        // The whole grant is in the body: sending it twice changes nothing.
        let call = Call::post(
            "set applications",
            format!("{PREFIX}/assetapi/user/app_access"),
        )
        .json(&body)
        .repeatable();
        let answers: Vec<Map<String, Json>> = send(&self.api, call).await?.parse()?;
        let key = EmailKey::of(email);
        let said = answers
            .iter()
            .flatten()
            .find(|(name, _)| EmailKey::of(name) == key)
            .map(|(_, said)| said.as_str().unwrap_or("something else than a word"));
        // Of whom the answer does not speak, the list tells.
        if said.is_some_and(|said| said != "success") {
            return Err(refused(format!("the applications of {email} were not set")));
        }
        let shown = |row: &Option<Row>| {
            let facts = Facts {
                listed: row.clone(),
                ..Facts::default()
            };
            let granted = facts.apps(&self.organization);
            granted.len() == apps.len() && apps.iter().all(|app| granted.contains(*app))
        };
        let row = self.poll_until(|| self.listed(email), shown).await?;
        if shown(&row) {
            Ok(())
        } else {
            Err(refused(format!(
                "the list still shows other applications of {email}"
            )))
        }
    }

    /// An account that was a person's and is a service's now (or the other way round) is not what
    /// the plan saw.
    pub(super) fn demand_same_kind(
        &self,
        email: &str,
        utility: Option<bool>,
    ) -> Result<(), WriteError> {
        let planned = self.known().read.utility(email);
        match (planned, utility) {
            (Some(planned), Some(now)) if planned != now => Err(WriteError::Stale(format!(
                "{email} {} a service account when the plan was made",
                if planned { "was" } else { "was not" }
            ))),
            _ => Ok(()),
        }
    }
}

/// The changes that are memberships.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// `true` makes an administrator.
    pub(super) administrator: Option<bool>,
    /// Groups to join.
    pub(super) join: Vec<Box<str>>,
    /// Groups to leave.
    pub(super) leave: Vec<Box<str>>,
}

impl Moves {
    /// Whether they end any right.
    fn takes(&self) -> bool {
        self.administrator == Some(false) || !self.leave.is_empty()
    }

    pub(super) fn of(action: &Action) -> Self {
        let (join, leave) = group_moves(action);
        Self {
            administrator: action.after("administrator").and_then(Value::as_flag),
            join,
            leave,
        }
    }
}

/// Whether looking again after this failure could not help.
pub(super) fn ends(error: &HttpError) -> bool {
    error.ends_run() || error.status() == Some(403)
}
