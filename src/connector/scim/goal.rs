//! What a write makes of a user, the parts of it that can be sent by themselves, and what of it a
//! read shows.

use std::collections::BTreeMap;

use super::Scim;
use super::draft::{Ids, UserDraft};
use super::field::place;
use super::wire::Resource;
use crate::connector::WriteError;
use crate::http::HttpError;
use crate::model::action::{Action, Change};
use crate::model::value::Value;
use crate::plan::diff::unmet;

/// What switches a user on and off.
pub(super) const ACTIVE: &str = "active";

/// What a write makes of a user.
#[derive(Clone)]
pub(super) struct Goal<'a> {
    pub(super) action: &'a Action,
    pub(super) changes: Vec<&'a Change>,
    pub(super) active: Option<bool>,
}

impl<'a> Goal<'a> {
    /// The parts that a vendor can take or refuse by themselves, one for each attribute of the
    /// user; what switches on or off is the first.
    pub(super) fn parts(&self) -> Vec<(String, Self)> {
        let part = |changes, active| Self {
            action: self.action,
            changes,
            active,
        };
        let mut parts: BTreeMap<String, Vec<&'a Change>> = BTreeMap::new();
        for change in &self.changes {
            let key = place(&change.attribute).map(|place| match &place.urn {
                None => place.attribute.to_string(),
                Some(urn) => format!("{urn}:{}", place.attribute),
            });
            let key = key.unwrap_or_else(|| change.attribute.to_string());
            parts.entry(key).or_default().push(change);
        }
        let active = self.active.map(|active| part(Vec::new(), Some(active)));
        let first = active.map(|active| (ACTIVE.to_owned(), active));
        let rest = parts.into_iter();
        let rest = rest.map(|(key, changes)| (key, part(changes, None)));
        first.into_iter().chain(rest).collect()
    }

    /// Some of its parts, as one.
    pub(super) fn with(&self, parts: &[(String, Self)]) -> Self {
        let changes = parts.iter().flat_map(|(_, part)| part.changes.clone());
        Self {
            action: self.action,
            changes: changes.collect(),
            active: parts.iter().find_map(|(_, part)| part.active),
        }
    }

    /// Its attributes in the roster's words.
    pub(super) fn names(&self) -> Vec<String> {
        let active = self.active.map(|_| ACTIVE.to_owned());
        let changes = self.changes.iter().map(|it| it.attribute.to_string());
        active.into_iter().chain(changes).collect()
    }
}

impl Scim {
    /// The change as a draft of the whole user.
    pub(super) fn draft(&self, goal: &Goal<'_>, user: &Resource) -> Result<UserDraft, WriteError> {
        let known = self.known();
        let mut ids = Ids {
            own: &goal.action.email,
            people: &known.people,
            groups: Vec::new(),
        };
        if self.groups_on_user() {
            ids.groups = self.groups_of(goal, user)?;
        }
        let mut draft = if user.id().is_some() {
            UserDraft::of(user)
        } else {
            UserDraft::new(known.text_boolean.as_deref())
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
            draft.set_active(active, self.learnt().text_active);
        }
        Ok(draft)
    }

    /// The user afresh, again after each lag while it does not show the goal.
    pub(super) async fn read_back(
        &self,
        goal: &Goal<'_>,
        id: &str,
    ) -> Result<Option<Resource>, HttpError> {
        let mut now = self.again(goal, id).await?;
        for pause in self.settings.spec.read_lag_ms {
            match &now {
                Some(user) if self.lacking(goal, user)?.is_empty() => break,
                // Nobody can be more off.
                None if goal.active == Some(false) => break,
                _ => {}
            }
            let pause = std::time::Duration::from_millis(*pause);
            self.api.clock().sleep(pause).await;
            now = self.again(goal, id).await?;
        }
        Ok(now)
    }

    /// One read of the user.
    pub(super) async fn again(
        &self,
        goal: &Goal<'_>,
        id: &str,
    ) -> Result<Option<Resource>, HttpError> {
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
            names.push(ACTIVE.into());
        }
        Ok(names)
    }
}
