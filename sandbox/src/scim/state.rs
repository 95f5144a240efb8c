//! What the server holds, and what a write does to it.

use crate::folded;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::attributes;
use super::people::{self, Address};
use super::shape::{Ids, Nests, Shape, Versions};
use super::writes::INVITED;
use crate::Seed;
use crate::account::Account;
use crate::account::Value;

/// The group that has another one in it.
const PARENT: &str = "Parent";

/// A refusal.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) kind: Option<&'static str>,
    pub(super) detail: String,
}

impl Failure {
    pub(super) fn new(status: u16, kind: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            detail: detail.into(),
        }
    }
}

pub(super) fn failure<T>(
    status: u16,
    kind: Option<&'static str>,
    detail: impl Into<String>,
) -> Result<T, Failure> {
    Err(Failure::new(status, kind, detail))
}

#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) members: Vec<String>,
}

pub(super) struct State {
    pub(super) shape: Shape,
    /// In the order of their making, each with `id` and a count of its versions.
    pub(super) users: Vec<Map<String, Json>>,
    pub(super) groups: Vec<Group>,
    by: Address,
    made: u64,
    /// Pages handed out, for lists that move.
    pub(super) pages: u64,
    /// Writes that arrived.
    pub(super) writes: usize,
}

impl State {
    pub(super) fn new(seed: &Seed, shape: Shape) -> Self {
        let mut state = Self {
            shape,
            users: Vec::new(),
            groups: Vec::new(),
            by: Address::of(seed.text("match")),
            made: 0,
            pages: 0,
            writes: 0,
        };
        for name in seed.names.get("groups").into_iter().flatten() {
            state.group_named(name);
        }
        // Twice, because somebody's manager may stand behind them.
        let led = |it: &&Account| it.attributes.contains("manager");
        for account in seed.accounts.iter().chain(seed.accounts.iter().filter(led)) {
            state.put(account);
        }
        if let (Some(first), true) = (state.groups.first(), shape.nests != Nests::No) {
            let inner = first.id.clone();
            state.group_named(PARENT);
            let parent = state.groups.iter_mut().find(|it| it.name == PARENT);
            parent
                .into_iter()
                .for_each(|it| it.members.push(inner.clone()));
        }
        state
    }

    pub(super) fn id_of(user: &Map<String, Json>) -> &str {
        user.get("id").and_then(Json::as_str).unwrap_or_default()
    }

    /// Where the user of that e-mail stands.
    pub(super) fn position(&self, email: &str) -> Option<usize> {
        let key = folded(email);
        let mut users = self.users.iter();
        users.position(|user| self.by.read(user).is_some_and(|it| folded(&it) == key))
    }

    pub(super) fn position_of(&self, id: &str) -> Option<usize> {
        self.users.iter().position(|user| Self::id_of(user) == id)
    }

    /// All accounts, in the order of the users.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let address = |user| Some((Self::id_of(user).to_owned(), self.by.read(user)?));
        let addresses = self.users.iter().filter_map(address).collect();
        let account = |user: &Map<String, Json>| {
            let id = Self::id_of(user);
            let is_in = |it: &&Group| it.members.iter().any(|member| member == id);
            let groups = self.groups.iter().filter(is_in);
            let names = groups.map(|it| it.name.clone());
            people::account(user, self.by, names, &addresses)
        };
        self.users.iter().map(account).collect()
    }

    /// Replaces the account with that e-mail, or adds it, as an administrator would.
    pub(super) fn put(&mut self, account: &Account) {
        let at = self.position(&account.email);
        let id = |email: &str| {
            let at = self.position(email)?;
            Some(Self::id_of(&self.users[at]).to_owned())
        };
        let mut user = people::user(account, self.by, id);
        if self.shape.text_booleans {
            user.insert(
                "active".into(),
                json!(if account.active { "True" } else { "False" }),
            );
        }
        let id = match at {
            Some(at) => Self::id_of(&self.users[at]).to_owned(),
            None => match &account.id {
                Some(id) if self.position_of(id).is_none() => id.to_string(),
                _ => self.next_id(&account.email),
            },
        };
        user.insert("id".into(), json!(id));
        self.touch(&mut user);
        match at {
            Some(at) => self.users[at] = user,
            None => self.users.push(user),
        }
        if let Some(Some(Value::Set(names))) = account.attributes.get("groups") {
            self.enter(&id, &names.iter().map(ToString::to_string).collect());
        }
    }

    /// Makes a user a member of exactly these groups, by name.
    pub(super) fn enter(&mut self, id: &str, names: &BTreeSet<String>) {
        for name in names {
            self.group_named(name);
        }
        for group in &mut self.groups {
            group.members.retain(|member| member != id);
            if names.contains(&group.name) {
                group.members.push(id.to_owned());
            }
        }
    }

    pub(super) fn remove(&mut self, email: &str) {
        if let Some(at) = self.position(email) {
            self.remove_at(at);
        }
    }

    pub(super) fn remove_at(&mut self, at: usize) {
        let id = Self::id_of(&self.users[at]).to_owned();
        self.users.remove(at);
        for group in &mut self.groups {
            group.members.retain(|member| *member != id);
        }
    }

    fn group_named(&mut self, name: &str) {
        if !self.groups.iter().any(|group| group.name == *name) {
            let id = format!("group-{}", self.groups.len() + 1);
            self.groups.push(Group {
                id,
                name: name.to_owned(),
                members: Vec::new(),
            });
        }
    }

    pub(super) fn next_id(&mut self, name: &str) -> String {
        self.made += 1;
        match self.shape.ids {
            Ids::Opaque => format!("{:08x}-5c1e", self.made),
            Ids::UserName => name.to_owned(),
        }
    }

    pub(super) fn touch(&mut self, user: &mut Map<String, Json>) {
        self.made += 1;
        let version = format!("W/\"{}\"", self.made);
        user.insert(
            "meta".into(),
            json!({ "resourceType": "User", "version": version }),
        );
        attributes::schemas(user);
    }

    /// A user as answers show it.
    pub(super) fn shown(&self, at: usize) -> Json {
        let mut user = self.users[at].clone();
        let id = Self::id_of(&user).to_owned();
        let of = self.groups.iter().filter(|it| it.members.contains(&id));
        let mut of: Vec<Json> = of
            .map(|it| json!({ "value": it.id, "display": it.name, "type": "direct" }))
            .collect();
        for above in self.groups.iter().filter(|it| self.is_above(it, &id)) {
            of.push(json!({ "value": above.id, "display": above.name, "type": "indirect" }));
        }
        if self.shape.nests == Nests::Bare {
            for group in of.iter_mut().filter_map(Json::as_object_mut) {
                group.remove("type");
            }
        }
        if !of.is_empty() && self.shape.own_groups {
            user.insert("groups".into(), Json::Array(of));
        }
        if let Some(name) = self.shape.unseen {
            user.remove(name);
        }
        user.remove(INVITED);
        if self.shape.versions == Versions::None
            && let Some(Json::Object(meta)) = user.get_mut("meta")
        {
            meta.remove("version");
        }
        Json::Object(user)
    }

    /// Whether this write is asked to wait.
    pub(super) fn waits(&mut self) -> bool {
        self.writes += 1;
        self.shape.waits > 0 && self.writes.is_multiple_of(self.shape.waits)
    }

    /// The version check of a write.
    pub(super) fn check_version(&self, at: usize, sent: Option<&str>) -> Result<(), Failure> {
        let version = self.users[at]
            .get("meta")
            .and_then(|meta| meta.get("version"));
        let stale = match (self.shape.versions, sent) {
            (Versions::Required, None) => {
                return failure(428, None, "a write has to name a version");
            }
            (Versions::Refused, Some(_)) => true,
            (Versions::Checked | Versions::Required, Some(sent)) => {
                version.and_then(Json::as_str) != Some(sent)
            }
            _ => false,
        };
        match stale {
            true => failure(412, None, "the user has another version"),
            false => Ok(()),
        }
    }
}
