//! Groups: their names, who is in them, and moving people in and out.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Described;
use super::calls::{Names, empty};
use crate::connector::WriteError;
use crate::connector::rest::write::Steps;
use crate::description::{self, Groups, Members, Pointer};
use crate::http::HttpError;
use crate::model::current::{Directory, Entry};
use crate::model::value::Value;

const LIST: &str = "list groups";
const MEMBERS: &str = "list members";

impl Described {
    /// All groups and, where they show members, who is in them; what speaks against seeing all; and
    /// what is to be said of members that cannot be understood.
    pub(super) async fn read_groups(
        &self,
    ) -> Result<(Directory, Vec<String>, Vec<String>), HttpError> {
        let manages = self.known().manages_groups;
        let mut attributes = self.description.attributes.iter();
        let matter = manages || attributes.any(|it| it.of_groups);
        let Some(groups) = self.description.groups.as_ref().filter(|_| matter) else {
            return Ok((Directory::default(), Vec::new(), Vec::new()));
        };
        let walked = self
            .walk(LIST, &groups.list, &groups.id, &[], Names::default())
            .await?;
        let mut doubts: Vec<String> = walked.doubts;
        let (mut entries, mut strange) = (Vec::new(), Vec::new());
        let mut members: std::collections::HashMap<Box<str>, Vec<Box<str>>> =
            std::collections::HashMap::new();
        for entry in &walked.entries {
            let Some(id) = description::key(entry, &groups.id) else {
                return Err(self.unusable(LIST, &groups.list, "a group has no usable id"));
            };
            let name = description::key(entry, &groups.name).unwrap_or_else(|| id.clone());
            let is_managed = groups.managed.is_empty() || groups.managed.contains(&name);
            if is_managed && manages {
                let (inside, at, more) = self.members(groups, entry, &id).await?;
                doubts.extend(more);
                for member in inside {
                    match description::key(&member, at) {
                        Some(user) => members.entry(user).or_default().push(id.clone()),
                        None => {
                            let name = self.api.clean(&name);
                            strange.push(format!("a member of {name} has no usable id"));
                        }
                    }
                }
            }
            entries.push(Entry {
                admin: self.is_admin_group(&name),
                id,
                name,
            });
        }
        let mut ids = walked.entries.iter().filter_map(|it| groups.id.get(it));
        let numbers = !walked.entries.is_empty() && ids.all(Json::is_number);
        self.known().members = members;
        let doubts = doubts.into_iter().map(|it| format!("of the groups, {it}"));
        let mut directory = Directory::new("group", entries);
        directory.numbers = numbers;
        Ok((directory, doubts.collect(), strange))
    }

    /// Whether being in a group makes an administrator.
    fn is_admin_group(&self, name: &str) -> bool {
        let mut attributes = self.description.attributes.iter().filter(|it| it.of_groups);
        attributes.any(|it| it.admin.as_ref().and_then(Json::as_str) == Some(name))
    }

    /// The members of a group, where each has its id, and what speaks against seeing all.
    async fn members<'g>(
        &self,
        groups: &'g Groups,
        group: &Json,
        id: &str,
    ) -> Result<(Vec<Json>, &'g Pointer, Vec<String>), HttpError> {
        match &groups.members {
            None => Ok((Vec::new(), &groups.id, Vec::new())),
            Some(Members::Inside { at, user }) => {
                let inside = at.get(group).and_then(Json::as_array);
                let inside = inside.ok_or_else(|| {
                    self.unusable(LIST, &groups.list, format!("a group has no list at {at}"))
                })?;
                Ok((inside.clone(), user, Vec::new()))
            }
            Some(Members::Listed { list, user }) => {
                let names = Names {
                    group: Some(id),
                    ..Names::default()
                };
                let walked = self.walk(MEMBERS, list, user, &[], names).await?;
                Ok((walked.entries, user, walked.doubts))
            }
        }
    }

    /// Reads anew who is in which group, so that a fresh read of a user shows it.
    pub(super) async fn refresh_members(&self) -> Result<(), HttpError> {
        let manages = self.known().manages_groups;
        if manages {
            let (directory, ..) = self.read_groups().await?;
            self.known().groups = Some(std::sync::Arc::new(directory));
        }
        Ok(())
    }

    /// Moves a user into the groups of `wanted` and out of all others.
    pub(super) async fn move_groups(
        &self,
        id: &str,
        email: &str,
        wanted: &Value,
        steps: &mut Steps,
    ) -> Result<(), WriteError> {
        let groups = self.description.groups.as_ref();
        let calls = groups.and_then(|it| Some((it, it.add.as_ref()?, it.remove.as_ref()?)));
        let Some((groups, add, remove)) = calls else {
            let why = String::from("groups are not described so that they can be changed");
            return Err(WriteError::Manual(why));
        };
        let (directory, ..) = steps.check(self.read_groups().await)?;
        let mut goal = BTreeSet::new();
        for name in wanted.as_set().unwrap_or_default() {
            let entry = directory.resolve(name).map_err(WriteError::Stale)?;
            goal.insert(entry.id.clone());
        }
        let now: BTreeSet<Box<str>> = {
            let known = self.known();
            known
                .members
                .get(id)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        let managed = |group: &str| {
            let name = directory.display_id(group);
            groups.managed.is_empty() || groups.managed.iter().any(|it| **it == *name)
        };
        let out = now.difference(&goal).filter(|it| managed(it));
        let into = goal.difference(&now);
        let moves = out.map(|it| (remove, it)).chain(into.map(|it| (add, it)));
        for (call, group) in moves {
            let names = Names {
                id: Some(id),
                email: Some(email),
                group: Some(group),
                ..Names::default()
            };
            let what = "change group";
            let mut body = empty();
            steps.check(self.send(what, call, names, &mut body))?;
            let body = (!call.send.is_empty()).then_some(&body);
            let call_now = steps.check(self.writing(what, call, body, names))?;
            let sent = match self.ask(call_now).await {
                Ok(_) => Ok(()),
                Err(error) if error.status().is_some_and(|it| call.done.contains(&it)) => Ok(()),
                Err(error) => Err(WriteError::from(error)),
            };
            steps.take(sent)?;
        }
        Ok(())
    }
}
