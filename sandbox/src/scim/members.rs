//! Groups: how their members are shown, and written.

use serde_json::{Map, Value as Json, json};

use super::json::GROUP;
use super::shape::Members;
use super::state::{Failure, Group, State, failure};

impl State {
    /// Whether somebody is in a group by way of another one alone.
    pub(super) fn is_above(&self, group: &Group, id: &String) -> bool {
        let inner = |it: &&Group| group.members.contains(&it.id);
        let mut inner = self.groups.iter().filter(inner);
        !group.members.contains(id) && inner.any(|it| it.members.contains(id))
    }

    /// A group as answers show it.
    pub(super) fn shown_group(&self, group: &Group, with_members: bool) -> Json {
        let mut shown = json!({ "schemas": [GROUP], "id": group.id, "displayName": group.name,
            "meta": { "resourceType": "Group" } });
        let some = match self.shape.members {
            Members::First(some) => some,
            _ => usize::MAX,
        };
        let value = |id: &String| match (self.shape.members, self.position_of(id)) {
            (Members::Names, Some(at)) => self.users[at].get("userName").cloned(),
            _ => Some(json!(id)),
        };
        let members = group.members.iter().take(some);
        match self.shape.members {
            Members::Absent => {}
            Members::Empty => shown["members"] = json!([]),
            _ if with_members && !group.members.is_empty() => {
                let entry = |id: &String| match self.shape.members {
                    Members::Refs => json!({ "$ref": self.place_of(id) }),
                    Members::Capitals => json!({ "value": id.to_uppercase() }),
                    _ if self.position_of(id).is_none() => json!({ "value": id, "type": "Group" }),
                    _ => json!({ "value": value(id) }),
                };
                shown["members"] = members.map(entry).collect();
            }
            _ => {}
        }
        shown
    }

    /// The address of a member.
    fn place_of(&self, id: &str) -> String {
        let kind = match self.position_of(id) {
            Some(_) => "Users",
            None => "Groups",
        };
        format!("https://scim.example/v2/{kind}/{id}")
    }

    /// A group as its members are written here.
    pub(super) fn named_members(&self, at: usize) -> Group {
        let mut group = self.groups[at].clone();
        if self.shape.members == Members::Capitals {
            for member in &mut group.members {
                *member = member.to_uppercase();
            }
        }
        if self.shape.members == Members::Names {
            for member in &mut group.members {
                let user = self.position_of(member).map(|at| &self.users[at]);
                let name = user
                    .and_then(|it| it.get("userName"))
                    .and_then(Json::as_str);
                if let Some(name) = name {
                    *member = name.to_owned();
                }
            }
        }
        group
    }

    /// Replaces a group.
    pub(super) fn replace_group(&mut self, at: usize, mut new: Group) -> Result<(), Failure> {
        if self.shape.members == Members::Names {
            // A server that writes names takes them, too.
            for member in &mut new.members {
                let named = |user: &Map<String, Json>| {
                    user.get("userName").and_then(Json::as_str) == Some(member)
                };
                if let Some(user) = self.users.iter().find(|user| named(user)) {
                    *member = Self::id_of(user).to_owned();
                }
            }
        }
        if self.shape.members == Members::Capitals {
            let ids = self.users.iter().map(Self::id_of);
            let ids: Vec<&str> = ids.chain(self.groups.iter().map(|it| &*it.id)).collect();
            for member in &mut new.members {
                if let Some(id) = ids.iter().find(|it| it.eq_ignore_ascii_case(member)) {
                    *member = (*id).to_owned();
                }
            }
            new.members.sort_unstable();
            new.members.dedup();
        }
        let known = |id: &String| {
            self.position_of(id).is_some() || self.groups.iter().any(|it| it.id == *id)
        };
        if !new.members.iter().all(known) {
            return failure(400, Some("invalidValue"), "there is no such member");
        }
        self.groups[at] = new;
        Ok(())
    }
}
