//! Writing users: read afresh, change by the way that works, read back.
//!
//! A way that is refused, or accepted without effect, is followed by the next one: PATCH with
//! paths, PATCH without, PUT of the whole object. What worked is remembered for the run.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value as Json;

use super::Scim;
use super::draft::{Draft, Ids};
use super::field::place;
use super::known::Way;
use super::spec::setting;
use super::wire::{Resource, patch};
use crate::http::{Call, HttpError, segment};
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::Directory;
use crate::reconcile::diff::unmet;
use crate::reconcile::plan::{Action, Change};
use crate::reconcile::value::Value;
use crate::vendor::spec::Means;
use crate::vendor::{WriteError, Written};

/// How often a write is worked out anew because the user changed underneath.
const VERSIONS: u32 = 3;

/// What a write makes of a user.
pub(super) struct Goal<'a> {
    pub(super) action: &'a Action,
    pub(super) changes: Vec<&'a Change>,
    pub(super) active: Option<bool>,
}

/// Groups to be in and out of, by id.
#[derive(Debug, Default)]
struct Moves {
    inside: BTreeSet<String>,
    outside: BTreeSet<String>,
}

impl Scim {
    /// Brings a user in line, and on where `active` says so.
    pub(super) async fn update(
        &self,
        action: &Action,
        active: Option<bool>,
    ) -> Result<Written, WriteError> {
        if active.is_some() && self.settings.deactivate.means == Means::Manual {
            return Err(WriteError::Manual(
                "switch the user on in the vendor's own user management".into(),
            ));
        }
        let user = self.target(action).await?.ok_or_else(|| gone(action))?;
        let goal = Goal {
            action,
            changes: action.changes.iter().collect(),
            active,
        };
        self.bring(&goal, user).await
    }

    /// Switches a user off.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        if self.settings.deactivate.means != Means::Reversible {
            return Err(WriteError::Manual(
                "switch the user off in the vendor's own user management".into(),
            ));
        }
        let Some(user) = self.target(action).await? else {
            return Ok(noted(None, "the user was gone already"));
        };
        let account = self.account(&user)?;
        if !account.active {
            return Ok(noted(Some(account), "the user was switched off already"));
        }
        let goal = Goal {
            action,
            changes: Vec::new(),
            active: Some(false),
        };
        self.bring(&goal, user).await
    }

    /// Deletes for good, where the roster says so.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        if self.settings.deactivate.means != Means::Delete {
            return Err(WriteError::Manual(
                "the roster does not say `deactivate: delete` for this vendor".into(),
            ));
        }
        let Some(user) = self.target(action).await? else {
            return Ok(noted(None, "the user was gone already"));
        };
        let id = user.id().unwrap_or_default();
        match self.send(Call::delete("delete user", self.path(&id))).await {
            Ok(_) => Ok(Written::default()),
            Err(error) if error.status() == Some(404) => {
                // An earlier try, whose answer was lost, may have done it.
                let found = self.user_by_id(&id).await.map_err(WriteError::Partly)?;
                match found {
                    None => Ok(noted(None, "the user was gone already")),
                    Some(_) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The user that the plan means, read afresh; `None` if there is none any more.
    async fn target(&self, action: &Action) -> Result<Option<Resource>, WriteError> {
        let id = action.id.as_deref().ok_or_else(|| gone(action))?;
        let Some(user) = self.user_by_id(id).await? else {
            return Ok(None);
        };
        let planned = action.account_email.as_ref().unwrap_or(&action.email);
        let now = self.account(&user)?;
        if now.email_key() == email_key(planned) || now.email_key() == email_key(&action.email) {
            return Ok(Some(user));
        }
        Err(WriteError::Stale(format!(
            "the user {} is not {planned} any more",
            self.api.clean(id)
        )))
    }

    /// Does everything that is left for a user that was just read.
    pub(super) async fn bring(
        &self,
        goal: &Goal<'_>,
        user: Resource,
    ) -> Result<Written, WriteError> {
        self.meet(&user).await?;
        let moves = self.moves(goal, &user)?;
        let mut notes = self.left_out(goal);
        let was = self.account(&user)?;
        let draft = self.draft(goal, &user)?;
        let mut written = false;
        let now = if draft.is_empty() {
            user
        } else {
            let (now, more) = self.change(goal, draft).await?;
            notes.extend(more);
            written = true;
            now
        };
        let id = now.id().unwrap_or_default();
        self.know(|known| {
            known.people.insert(id.clone(), was.email.to_string());
        });
        self.join(&id, &moves.inside, &moves.outside)
            .await
            .map_err(|error| match written {
                true => error.behind_a_write(),
                false => error,
            })?;
        let account = self.account(&now).map_err(WriteError::Partly)?;
        self.know(|known| {
            known.people.insert(id, account.email.to_string());
        });
        Ok(Written {
            account: Some(self.without_manager(goal, account)),
            notes,
        })
    }

    /// The change as a draft of the whole user.
    pub(super) fn draft(&self, goal: &Goal<'_>, user: &Resource) -> Result<Draft, WriteError> {
        let known = self.known();
        let mut ids = Ids {
            own: goal.action.email.to_string(),
            ..Ids::default()
        };
        for (id, email) in &known.people {
            ids.managers.insert(email_key(email), id.clone());
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
    async fn change(
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
            let now = self.read_back(goal, &id).await.map_err(WriteError::Partly)?;
            let now = now.ok_or_else(|| gone(goal.action).behind_a_write())?;
            let lacking = self.lacking(goal, &now)?;
            let lost = draft.lost(&now);
            let last = way == Way::Put;
            if lacking.is_empty() && (lost.is_empty() || last) {
                if tried > 0 {
                    self.learnt().user_way = Some(way);
                }
                let dropped = (!lost.is_empty()).then(|| {
                    format!("the vendor dropped {} from the user", lost.join(", "))
                });
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
                Way::Path => Call::patch("change user", self.path(id)).json(&patch(draft.by_path())),
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
            let fresh = self.user_by_id(id).await?.ok_or_else(|| gone(goal.action))?;
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

    /// A manager without an account yet cannot be set; the next run does it.
    fn without_manager(&self, goal: &Goal<'_>, mut account: Account) -> Account {
        if self.missing_manager(goal).is_some() {
            account.attributes.remove("manager");
        }
        account
    }

    fn missing_manager(&self, goal: &Goal<'_>) -> Option<String> {
        let mut changes = goal.changes.iter();
        let change = changes.find(|it| it.attribute == "manager")?;
        let wanted = change.after.as_text().filter(|it| !it.is_empty())?;
        let known = self.known();
        let mut people = known.people.values();
        let there = people.any(|email| email_key(email) == email_key(wanted));
        (!there).then(|| wanted.to_owned())
    }

    fn left_out(&self, goal: &Goal<'_>) -> Vec<String> {
        let missing = self.missing_manager(goal).map(|email| {
            format!("the manager {email} has no account yet; the next run sets it")
        });
        missing.into_iter().collect()
    }

    /// Which groups to enter and leave, where groups have members.
    fn moves(&self, goal: &Goal<'_>, user: &Resource) -> Result<Moves, WriteError> {
        let mut changes = goal.changes.iter();
        let change = changes.find(|it| it.attribute == "groups");
        let (Some(change), false) = (change, self.groups_on_user()) else {
            return Ok(Moves::default());
        };
        let known = self.known();
        let Some(groups) = &known.groups else {
            return Ok(Moves::default());
        };
        let id = user.id().unwrap_or_default();
        let have = groups.of.get(&id).cloned().unwrap_or_default();
        let wanted = resolve(&groups.directory, &change.after)?;
        let leaves = match self.additive() {
            true => self.named_before(change, &groups.directory),
            false => have.clone(),
        };
        Ok(Moves {
            inside: wanted.difference(&have).cloned().collect(),
            outside: leaves.difference(&wanted).cloned().collect(),
        })
    }

    /// The groups of a user that carries them itself.
    fn groups_of(&self, goal: &Goal<'_>, user: &Resource) -> Result<Vec<String>, WriteError> {
        let mut changes = goal.changes.iter();
        let Some(change) = changes.find(|it| it.attribute == "groups") else {
            return Ok(Vec::new());
        };
        let known = self.known();
        let Some(groups) = &known.groups else {
            return Ok(Vec::new());
        };
        let mut wanted = resolve(&groups.directory, &change.after)?;
        if self.additive() {
            let leaves = self.named_before(change, &groups.directory);
            let have = user.values("groups");
            wanted.extend(have.into_iter().filter(|id| !leaves.contains(id)));
        }
        Ok(wanted.into_iter().collect())
    }

    /// The groups that a change takes somebody out of by name.
    fn named_before(&self, change: &Change, directory: &Directory) -> BTreeSet<String> {
        let before = change.before.as_ref().and_then(Value::as_set);
        let names = before.unwrap_or_default().iter();
        let found = names.filter_map(|name| directory.lookup(name).ok());
        found.map(|entry| entry.id.to_string()).collect()
    }

    fn path(&self, id: &str) -> String {
        format!("{}/{}", self.users(), segment(id))
    }
}

/// The ids of groups by name.
fn resolve(directory: &Directory, value: &Value) -> Result<BTreeSet<String>, WriteError> {
    let names = value.as_set().unwrap_or_default();
    let ids = names.iter().map(|name| match directory.lookup(name) {
        Ok(entry) => Ok(entry.id.to_string()),
        Err(_) => Err(WriteError::Stale(format!("there is no group {name} any more"))),
    });
    ids.collect()
}

/// Whether another way may work where this one was refused.
fn tries_next(error: &HttpError) -> bool {
    matches!(error.status(), Some(400 | 403 | 404 | 405 | 500 | 501))
}

pub(super) fn gone(action: &Action) -> WriteError {
    WriteError::Stale(format!("{} is gone", action.email))
}

fn noted(account: Option<Account>, note: &str) -> Written {
    Written {
        account,
        notes: vec![note.to_owned()],
    }
}

/// The body of an answer as a resource, if it is one.
pub(super) fn answered(body: &[u8]) -> Option<Resource> {
    Resource::of(serde_json::from_slice::<Json>(body).ok()?)
}
