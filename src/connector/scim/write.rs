//! Writing users: what each action means here. How a change is sent is in `change`.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Scim;
use super::goal::Goal;
use super::open::{Moves, Open};
use super::wire::Resource;
use crate::connector::rest::write::{deleted, demand_same_person, gone, gone_already};
use crate::connector::{WriteError, Written};
use crate::http::{Call, HttpError, Reply, segment};
use crate::model::account::Account;
use crate::model::action::{Action, Change};
use crate::model::current::Directory;
use crate::model::value::Value;

impl Scim {
    /// Brings a user in line, and on where `active` says so.
    pub(super) async fn update(
        &self,
        action: &Action,
        active: Option<bool>,
    ) -> Result<Written, WriteError> {
        let user = self.target(action).await?.ok_or_else(|| gone(action))?;
        let goal = Goal {
            action,
            changes: action.changes.iter().collect(),
            active,
        };
        let open = self.bring(&goal, user).await?;
        self.close_or_wait(action, open).await
    }

    /// Switches a user off.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let Some(user) = self.target(action).await? else {
            return Ok(gone_already());
        };
        let account = self.account(&user)?;
        self.forget_invited(&account.email).await;
        if !account.active {
            return Ok(noted(Some(account), "the user was switched off already"));
        }
        let goal = Goal {
            action,
            changes: Vec::new(),
            active: Some(false),
        };
        let open = self.bring(&goal, user).await?;
        self.close_or_wait(action, open).await
    }

    /// Deletes for good.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        let Some(user) = self.target(action).await? else {
            return Ok(gone_already());
        };
        let id = user.id().unwrap_or_default();
        let sent = self.remove(&id, &user).await;
        if sent.is_ok() {
            self.forget_member(&id);
        }
        let there = async || Ok(self.user_by_id(&id).await?.is_some());
        deleted(sent, there()).await
    }

    /// Sends the removal, with the version where the server asks for one.
    async fn remove(&self, id: &str, user: &Resource) -> Result<Reply, HttpError> {
        loop {
            let needs_version = self.learnt().needs_version;
            let version = user
                .version()
                .filter(|_| needs_version && self.sends_version());
            let mut call = Call::delete("delete user", self.path(id));
            if let Some(version) = version {
                call = call.header("if-match", version);
            }
            match self.send(call).await {
                Err(error) if error.status() == Some(428) && !needs_version => {
                    self.learnt().needs_version = true;
                }
                ended => return ended,
            }
        }
    }

    /// The user that the plan means, read afresh; `None` if there is none any more.
    async fn target(&self, action: &Action) -> Result<Option<Resource>, WriteError> {
        let id = action.id.as_deref().ok_or_else(|| gone(action))?;
        let user = match action.kind.removes() {
            // The engine has looked at it.
            true => self.user_just_seen(id).await?,
            false => self.user_by_id(id).await?,
        };
        let Some(user) = user else {
            return Ok(None);
        };
        let now = self.account(&user)?;
        demand_same_person(action, &self.api.clean(id), &now.email)?;
        Ok(Some(user))
    }

    /// Brings a user that was just read in line, but for the groups. What the vendor does not take
    /// stops only itself, and is told at the end.
    pub(super) async fn bring(&self, goal: &Goal<'_>, user: Resource) -> Result<Open, WriteError> {
        self.meet(&user).await?;
        let moves = self.moves(goal, &user)?;
        let mut notes = self.left_out(goal);
        let was = self.account(&user)?;
        let changed = self.change(goal, user).await?;
        notes.extend(changed.notes);
        if let Some(now) = &changed.now {
            let id = now.id().unwrap_or_default();
            self.know(|known| known.people.insert(id, was.email.to_string()));
            // Where members are written by name, it may be another one by now.
            self.learn_groups(|groups| groups.learn(now));
        }
        Ok(Open {
            now: changed.now,
            moves,
            written: changed.written,
            notes,
            refusals: changed.refusals,
            made: None,
        })
    }

    /// A manager without an account yet cannot be set; the next run does it.
    pub(super) fn without_manager(&self, goal: &Goal<'_>, mut account: Account) -> Account {
        if self.missing_manager(goal).is_some() {
            account.attributes.remove("manager");
        }
        account
    }

    fn missing_manager(&self, goal: &Goal<'_>) -> Option<String> {
        let mut changes = goal.changes.iter();
        let change = changes.find(|it| it.attribute == "manager")?;
        let wanted = change.after.as_text().filter(|it| !it.is_empty())?;
        let there = self.known().people.id(wanted).is_some();
        (!there).then(|| wanted.to_owned())
    }

    fn left_out(&self, goal: &Goal<'_>) -> Vec<String> {
        let missing = self
            .missing_manager(goal)
            .map(|email| format!("the manager {email} has no account yet; the next run sets it"));
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
        let have = groups.of.groups(&id).cloned().unwrap_or_default();
        let inherited = groups.inherited.get(&id);
        let wanted = resolve(&groups.directory, &change.after)?;
        let leaves = match self.additive() {
            true => self.named_before(change, &groups.directory),
            false => have.clone(),
        };
        Ok(Moves {
            // Who is in a group by way of another one is in it.
            inside: wanted
                .difference(&have)
                .filter(|group| !inherited.is_some_and(|it| it.contains(*group)))
                .cloned()
                .collect(),
            outside: leaves.difference(&wanted).cloned().collect(),
        })
    }

    /// The groups of a user that carries them itself.
    pub(super) fn groups_of(
        &self,
        goal: &Goal<'_>,
        user: &Resource,
    ) -> Result<Vec<String>, WriteError> {
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

    pub(super) fn path(&self, id: &str) -> String {
        format!("{}/{}", self.users(), segment(id))
    }
}

/// The ids of groups by name.
fn resolve(directory: &Directory, value: &Value) -> Result<BTreeSet<String>, WriteError> {
    let names = value.as_set().unwrap_or_default();
    let ids = names.iter().map(|name| match directory.lookup(name) {
        Ok(entry) => Ok(entry.id.to_string()),
        Err(_) => Err(WriteError::Stale(format!(
            "there is no group {name} any more"
        ))),
    });
    ids.collect()
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
