//! One change of one user: worked out, sent by the way that works, and read back.
//!
//! A way that is refused, or accepted without effect, is followed by the next one: PATCH with
//! paths, PATCH without, PUT of the whole object. What worked is remembered for the run.

use std::time::Duration;

use super::Scim;
use super::draft::{Draft, Ids};
use super::field::place;
use super::known::Way;
use super::spec::setting;
use super::wire::{Resource, patch};
use super::write::gone;
use crate::email::EmailKey;
use crate::http::{Call, HttpError};
use crate::reconcile::diff::unmet;
use crate::reconcile::plan::{Action, Change};
use crate::reconcile::value::Value;
use crate::vendor::WriteError;

/// How often a write is worked out anew because the user changed underneath.
const VERSIONS: u32 = 3;

/// What a write makes of a user.
pub(super) struct Goal<'a> {
    pub(super) action: &'a Action,
    pub(super) changes: Vec<&'a Change>,
    pub(super) active: Option<bool>,
}

impl Scim {
    /// The change as a draft of the whole user.
    pub(super) fn draft(&self, goal: &Goal<'_>, user: &Resource) -> Result<Draft, WriteError> {
        let known = self.known();
        let mut ids = Ids {
            own: goal.action.email.to_string(),
            ..Ids::default()
        };
        for (id, email) in &known.people {
            ids.managers
                .insert(EmailKey::of(email).into_owned(), id.clone());
        }
        if self.groups_on_user() {
            ids.groups = self.groups_of(goal, user)?;
        }
        let mut draft = if user.id().is_some() {
            Draft::of(user)
        } else {
            Draft::new(known.text_boolean.as_deref())
        };
        if user.id().is_none() {
            draft.rename(self.by(), &goal.action.email);
            // The address is the login name unless the roster has another one.
            let name = goal.action.after("user_name").and_then(Value::as_text);
            if let Some(place) = place("user_name") {
                let name = Value::text(name.unwrap_or(&goal.action.email));
                draft.set(&place, &name, &known.discovered, &ids);
            }
        }
        for change in &goal.changes {
            let name = change.attribute.as_ref();
            match (name, &change.after) {
                ("email", after) => {
                    let email = after.as_text().unwrap_or(&goal.action.email);
                    draft.rename(self.by(), email);
                }
                ("groups", _) if !self.groups_on_user() => {}
                _ if known.absent.contains(name) => {}
                (_, after) => {
                    let place = place(name).ok_or_else(|| {
                        WriteError::Stale(format!("a SCIM user has no attribute {name}"))
                    })?;
                    draft.set(&place, after, &known.discovered, &ids);
                }
            }
        }
        if let Some(active) = goal.active {
            draft.set_active(active);
        }
        Ok(draft)
    }

    /// Changes a user by one way after the other until a fresh read shows the change.
    pub(super) async fn change(
        &self,
        goal: &Goal<'_>,
        mut draft: Draft,
    ) -> Result<(Resource, Vec<String>), WriteError> {
        let id = draft.before.id().unwrap_or_default();
        let mut refused: Option<HttpError> = None;
        let mut ignored: Option<(u16, String)> = None;
        let learnt = self.learnt().user_way;
        for (tried, way) in self.ways(learnt).into_iter().enumerate() {
            let status = match self.send_version(goal, &id, &mut draft, way).await {
                Ok(status) => status,
                Err(WriteError::Http(error)) if tries_next(&error) => {
                    let unclear = error.status() == Some(500);
                    refused.get_or_insert(error);
                    if !unclear {
                        continue;
                    }
                    500
                }
                // An earlier way was accepted and may have done something.
                Err(error) if ignored.is_some() => return Err(error.behind_a_write()),
                Err(error) => return Err(error),
            };
            let now = self
                .read_back(goal, &id)
                .await
                .map_err(WriteError::Partly)?;
            let now = now.ok_or_else(|| gone(goal.action).behind_a_write())?;
            let lacking = self.lacking(goal, &now)?;
            let lost = draft.lost(&now);
            let last = way == Way::Put;
            if lacking.is_empty() && (lost.is_empty() || last) {
                if tried > 0 {
                    self.learnt().user_way = Some(way);
                }
                let dropped = (!lost.is_empty())
                    .then(|| format!("the vendor dropped {} from the user", lost.join(", ")));
                return Ok((now, dropped.into_iter().collect()));
            }
            if status != 500 {
                ignored = Some((status, [lacking, lost].concat().join(", ")));
            }
        }
        match (refused, ignored) {
            (_, Some((status, what))) => Err(WriteError::Refused {
                status,
                message: format!(
                    "the change was accepted, and a fresh read does not show it: {what}; if the \
                     vendor does not keep this, name it under `without`"
                ),
                account: None,
            }),
            (Some(error), None) => Err(error.into()),
            (None, None) => Err(gone(goal.action)),
        }
    }

    /// Sends a change for the version that was read; reads again where that has passed.
    async fn send_version(
        &self,
        goal: &Goal<'_>,
        id: &str,
        draft: &mut Draft,
        way: Way,
    ) -> Result<u16, WriteError> {
        let mut sent = 1;
        loop {
            let mut call = match way {
                Way::Put => Call::put("replace user", self.path(id)).json(&draft.whole()),
                Way::Path => {
                    Call::patch("change user", self.path(id)).json(&patch(draft.by_path()))
                }
                Way::Plain => {
                    Call::patch("change user", self.path(id)).json(&patch(draft.by_value()))
                }
            };
            let version = draft.before.version().filter(|_| self.sends_version());
            if let Some(version) = version {
                call = call.header("if-match", version);
            }
            // It sets values, so twice is the same as once.
            let error = match self.send(call.repeatable()).await {
                Ok(reply) => return Ok(reply.status),
                Err(error) => error,
            };
            if error.status() != Some(412) || version.is_none() || sent == VERSIONS {
                return Err(error.into());
            }
            sent += 1;
            let fresh = self
                .user_by_id(id)
                .await?
                .ok_or_else(|| gone(goal.action))?;
            if fresh.version() == version {
                // It refuses the very version that it shows.
                self.learnt().no_version = true;
            }
            *draft = self.draft(goal, &fresh)?;
        }
    }

    pub(super) fn sends_version(&self) -> bool {
        let said = self.known().discovered.etag == Some(true);
        self.settings.said(setting::ETAG).unwrap_or(said) && !self.learnt().no_version
    }

    /// The user afresh, again after each lag while it does not show the goal.
    pub(super) async fn read_back(
        &self,
        goal: &Goal<'_>,
        id: &str,
    ) -> Result<Option<Resource>, HttpError> {
        let mut now = self.again(goal, id).await?;
        for pause in self.settings.spec.read_lag_ms {
            if let Some(user) = &now
                && self.lacking(goal, user)?.is_empty()
            {
                break;
            }
            self.api.clock().sleep(Duration::from_millis(*pause)).await;
            now = self.again(goal, id).await?;
        }
        Ok(now)
    }

    async fn again(&self, goal: &Goal<'_>, id: &str) -> Result<Option<Resource>, HttpError> {
        match self.user_by_id(id).await? {
            // An id that is the user name has changed with it.
            None if goal.changes.iter().any(|it| it.attribute == "email") => {
                self.user_by_email(&goal.action.email).await
            }
            found => Ok(found),
        }
    }

    /// What a user lacks of a goal, groups aside where they are no part of it.
    pub(super) fn lacking(
        &self,
        goal: &Goal<'_>,
        user: &Resource,
    ) -> Result<Vec<String>, HttpError> {
        let account = self.without_manager(goal, self.account(user)?);
        let changes: Vec<Change> = goal
            .changes
            .iter()
            .filter(|it| it.attribute != "groups" || self.groups_on_user())
            .map(|it| (*it).clone())
            .collect();
        let unmet = unmet(self.settings.spec, &changes, &account);
        let mut names: Vec<String> = unmet.iter().map(|it| it.attribute.to_string()).collect();
        if goal.active.is_some_and(|active| active != account.active) {
            names.push("active".into());
        }
        Ok(names)
    }
}

/// Whether another way may work where this one was refused.
fn tries_next(error: &HttpError) -> bool {
    matches!(error.status(), Some(400 | 403 | 404 | 405 | 500 | 501))
}
