//! What a create, a PUT and a PATCH do.

use crate::folded;
use serde_json::{Map, Value as Json, json};

use super::attributes;
use super::json::{ENTERPRISE, flag, get, value_of};
use super::patch;
use super::shape::{Ids, Names, Off, Patches};
use super::state::{Failure, State, failure};

/// Of a user who has not accepted an invitation yet.
pub(super) const INVITED: &str = "x-invited";

/// A body in which booleans were written as texts, as they have to be.
fn as_booleans(body: &Json) -> Result<Json, Failure> {
    Ok(match body {
        Json::Bool(_) => return failure(400, Some("invalidValue"), "booleans are texts here"),
        Json::String(text) if text == "True" || text == "False" => json!(text == "True"),
        Json::Array(items) => items.iter().map(as_booleans).collect::<Result<_, _>>()?,
        Json::Object(fields) => {
            let read = |(name, value): (&String, &Json)| Ok((name.clone(), as_booleans(value)?));
            fields
                .iter()
                .map(read)
                .collect::<Result<Map<_, _>, Failure>>()?
                .into()
        }
        other => other.clone(),
    })
}

impl State {
    /// Makes a user.
    pub(super) fn create(&mut self, body: &Map<String, Json>) -> Result<Json, Failure> {
        let mut user = self.checked(body)?;
        self.refuse(&Map::new(), &user)?;
        self.admit(&user, None)?;
        if self.users.len() >= self.shape.seats {
            return failure(403, None, "all seats of your license are in use");
        }
        let name = get(&user, "userName")
            .and_then(value_of)
            .unwrap_or_default();
        let id = self.next_id(&name);
        if self.shape.names == Names::Own {
            let local = name.split('@').next().unwrap_or_default();
            user.insert("userName".into(), json!(format!("{local}-{id}")));
        }
        if self.shape.invites {
            user.insert("active".into(), json!(false));
            user.insert(INVITED.into(), json!(true));
        }
        Ok(self.store(user, &id, None))
    }

    /// Replaces a user whole.
    pub(super) fn replace(&mut self, at: usize, body: &Map<String, Json>) -> Result<Json, Failure> {
        if let Some(status) = self.shape.put {
            return failure(status, None, "PUT is not supported");
        }
        let mut user = self.checked(body)?;
        if self.shape.put_keeps {
            for (name, value) in &self.users[at] {
                user.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.write(at, user)
    }

    /// Changes a user in part.
    pub(super) fn patch(&mut self, at: usize, body: &Json) -> Result<Json, Failure> {
        let shape = self.shape.patches;
        match shape {
            Patches::Refused(status) => return failure(status, None, "PATCH is not supported"),
            Patches::Lies => return Ok(self.shown(at)),
            _ => {}
        }
        let before = self.users[at].clone();
        let body = &match self.shape.text_active {
            true => as_booleans(body)?,
            false => body.clone(),
        };
        let mut user = patch::user(&before, body, shape, self.shape.text_booleans)?;
        if shape == Patches::Wipes {
            let kept = ["userName", "active", "id", "externalId"];
            user.retain(|name, value| kept.contains(&&**name) || before.get(name) != Some(value));
        }
        self.write(at, user)
    }

    /// Refuses a write that changes what no write may name.
    fn refuse(&self, before: &Map<String, Json>, after: &Map<String, Json>) -> Result<(), Failure> {
        match self.shape.refuses {
            Some(name) if before.get(name) != after.get(name) => failure(
                400,
                Some("mutability"),
                format!("{name} cannot be set here"),
            ),
            _ => Ok(()),
        }
    }

    fn checked(&self, body: &Map<String, Json>) -> Result<Map<String, Json>, Failure> {
        let refused = |detail| Failure::new(400, Some("invalidValue"), detail);
        attributes::check(body, self.shape.text_booleans).map_err(refused)
    }

    fn write(&mut self, at: usize, mut user: Map<String, Json>) -> Result<Json, Failure> {
        let before = self.users[at].clone();
        let id = Self::id_of(&before).to_owned();
        self.refuse(&before, &user)?;
        if before.contains_key(INVITED) {
            user.insert("active".into(), json!(false));
            user.insert(INVITED.into(), json!(true));
        }
        let off = user.get("active").and_then(flag) == Some(false);
        if self.shape.off == Off::Removes && off {
            let shown = self.shown(at);
            self.remove_at(at);
            return Ok(shown);
        }
        if let Some(name) = self.shape.forgets {
            match before.get(name) {
                Some(value) => user.insert(name.to_owned(), value.clone()),
                None => user.remove(name),
            };
        }
        self.admit(&user, Some(at))?;
        let name = get(&user, "userName")
            .and_then(value_of)
            .unwrap_or_default();
        let new = match self.shape.ids {
            Ids::Opaque => id.clone(),
            Ids::UserName => name,
        };
        for group in &mut self.groups {
            for member in group.members.iter_mut().filter(|member| **member == id) {
                member.clone_from(&new);
            }
        }
        Ok(self.store(user, &new, Some(at)))
    }

    fn store(&mut self, mut user: Map<String, Json>, id: &str, at: Option<usize>) -> Json {
        if let (Some(name), None) = (self.shape.forgets, at) {
            user.remove(name);
        }
        if let Some(groups) = user.remove("groups").filter(|_| self.shape.groups_on_user) {
            let ids: Vec<String> = groups
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(value_of)
                .collect();
            let named = self.groups.iter().filter(|group| ids.contains(&group.id));
            let names = named.map(|group| group.name.clone()).collect();
            self.enter(id, &names);
        }
        if !user.contains_key("active") {
            let on = if self.shape.text_booleans {
                json!("True")
            } else {
                json!(true)
            };
            user.insert("active".into(), on);
        }
        user.retain(|_, value| !matches!(value, Json::Array(items) if items.is_empty()));
        user.insert("id".into(), json!(id));
        self.touch(&mut user);
        let at = match at {
            Some(at) => {
                self.users[at] = user;
                at
            }
            None => {
                self.users.push(user);
                self.users.len() - 1
            }
        };
        self.shown(at)
    }

    /// Rules over several users.
    fn admit(&self, user: &Map<String, Json>, at: Option<usize>) -> Result<(), Failure> {
        let name = |user: &Map<String, Json>| {
            get(user, "userName")
                .and_then(value_of)
                .map(|it| folded(&it))
        };
        let wanted = name(user);
        let mut others = self
            .users
            .iter()
            .enumerate()
            .filter(|(other, _)| Some(*other) != at);
        if others.any(|(_, other)| name(other) == wanted) {
            let kind = (self.shape.duplicate != 500).then_some("uniqueness");
            return failure(self.shape.duplicate, kind, "userName already exists");
        }
        let manager = get(user, ENTERPRISE).and_then(Json::as_object);
        let manager = manager.and_then(|it| get(it, "manager")).and_then(value_of);
        if manager.is_some_and(|id| self.position_of(&id).is_none()) {
            return failure(400, Some("invalidValue"), "there is no such manager");
        }
        Ok(())
    }
}
