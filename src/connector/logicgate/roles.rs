//! Roles: there is no documented list of them, so they are learnt from the users who hold them,
//! and from the roster's `role_ids` for those that nobody holds yet.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value as Json;

use crate::connector::rest::row::Row;
use crate::model::current::{Directory, Entry};

/// What is known about roles in this run.
#[derive(Debug, Default)]
pub(super) struct Roles {
    seen: BTreeMap<Box<str>, Seen>,
    /// Name to id, from the roster.
    given: BTreeMap<Box<str>, Box<str>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Missing while only the id was seen.
    name: Option<Box<str>>,
    admin: bool,
    provisioned: bool,
}

impl Roles {
    /// Knows only what the roster gives.
    pub(super) fn new(given: BTreeMap<Box<str>, Box<str>>) -> Self {
        Self {
            seen: BTreeMap::new(),
            given,
        }
    }

    /// Learns the roles that a user shows.
    pub(super) fn learn(&mut self, user: &Row) {
        let roles = user.list("roles").chain(user.list("roleIds"));
        self.learn_some(roles);
    }

    /// Learns all roles that the vendor lists, and says what speaks against its list: it has to have
    /// those that users hold.
    pub(super) fn learn_all(&mut self, roles: &[Json]) -> Option<String> {
        let listed: HashSet<&str> = roles.iter().filter_map(role_id).collect();
        let lacking = self
            .seen
            .keys()
            .filter(|id| !listed.contains(&***id))
            .count();
        self.learn_some(roles);
        (lacking > 0).then(|| {
            format!("partial view: the list of roles lacks {lacking} of those that users hold")
        })
    }

    /// Learns roles, each an id or an object.
    fn learn_some<'j>(&mut self, roles: impl IntoIterator<Item = &'j Json>) {
        for role in roles {
            let Some(id) = role_id(role) else {
                continue;
            };
            let seen = self.slot(id);
            let name = role.get("name").and_then(Json::as_str);
            if name.is_some() && seen.name.as_deref() != name {
                seen.name = name.map(Into::into);
            }
            let flag = |name: &str| role.get(name) == Some(&Json::Bool(true));
            seen.admin |= flag("superAdmin");
            seen.provisioned |= flag("autoprovisioned");
        }
    }

    /// Learns what others have learnt since.
    pub(super) fn learn_from(&mut self, later: &Self) {
        for (id, theirs) in &later.seen {
            let seen = self.slot(id);
            if theirs.name.is_some() {
                seen.name.clone_from(&theirs.name);
            }
            seen.admin |= theirs.admin;
            seen.provisioned |= theirs.provisioned;
        }
    }

    fn slot(&mut self, id: &str) -> &mut Seen {
        // The id is copied once and not for each who holds the role.
        if !self.seen.contains_key(id) {
            self.seen.insert(id.into(), Seen::default());
        }
        self.seen.entry(id.into()).or_default()
    }

    /// The directory of the attribute `roles`, sorted by id. The vendor's name for a role wins over
    /// the roster's: plans have to show one word for it.
    pub(super) fn directory(&self) -> Directory {
        let mut named: BTreeMap<&str, (Option<&str>, bool)> = self
            .seen
            .iter()
            .map(|(id, seen)| (&**id, (seen.name.as_deref(), seen.admin)))
            .collect();
        for (name, id) in &self.given {
            named.entry(id).or_default().0.get_or_insert(name);
        }
        let entries = named
            .into_iter()
            .map(|(id, (name, admin))| Entry {
                id: id.into(),
                name: name.unwrap_or(id).into(),
                admin,
            })
            .collect();
        Directory::new("role", entries)
    }

    /// Whether the identity provider assigns this role.
    pub(super) fn provisioned(&self, id: &str) -> bool {
        self.seen.get(id).is_some_and(|seen| seen.provisioned)
    }

    /// Where the roster's `role_ids` and the vendor do not say the same.
    pub(super) fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, seen) in &self.seen {
            let name = seen.name.as_deref();
            by_name
                .entry(name.unwrap_or_default())
                .or_default()
                .push(id);
        }
        for (name, id) in &self.given {
            let seen = self.seen.get(id).and_then(|seen| seen.name.as_deref());
            if let Some(theirs) = seen.filter(|theirs| *theirs != &**name) {
                notices.push(format!(
                    "role_ids calls the role {id} \"{name}\", LogicGate calls it \"{theirs}\"; \
                     use LogicGate's name"
                ));
            }
            let mut namesakes = by_name.get(&**name).into_iter().flatten();
            if let Some(other) = namesakes.find(|other| **other != &**id) {
                notices.push(format!(
                    "role_ids gives the id {id} to \"{name}\", LogicGate shows a role of that \
                     name with the id {other}; give the id instead of the name"
                ));
            }
        }
        notices
    }
}

/// The id of a role, which may be all that is shown of it.
pub(super) fn role_id(role: &Json) -> Option<&str> {
    role.get("id").unwrap_or(role).as_str()
}
