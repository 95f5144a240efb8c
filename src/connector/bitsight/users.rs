//! The users of a list in our words, and what they show of groups, roles and statuses. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::convert;
use super::spec::{ROLES, USERS};
use crate::connector::rest::list::Entry;
use crate::connector::rest::row::Row;
use crate::connector::rest::users::UserCollector;
use crate::model::current::Directory;
use crate::model::desired::Desired;

/// Users that were read, each once.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Their groups are guids until their names are known; nobodies are the pseudo-users of company
    /// tokens without an e-mail.
    pub(super) all: UserCollector,
    /// The groups that users were seen in: guid and name.
    pub(super) groups: BTreeMap<Box<str>, Box<str>>,
    /// Roles that somebody holds and that are not documented.
    roles: BTreeSet<Box<str>>,
    /// Statuses that are not documented.
    statuses: BTreeSet<Box<str>>,
    /// What is odd about one user.
    notices: Vec<String>,
}

impl Users {
    /// Takes the next entry of a list.
    pub(super) fn add(&mut self, entry: Entry) {
        if let Ok(user) = &entry {
            self.look(user);
        }
        // Without a directory a group is shown by its guid; the names are not known yet.
        let account = |user: &Row| convert::account(user, &Directory::default());
        self.all.take(&USERS, entry, account);
    }

    /// Takes the users of another list; none of them is here yet.
    pub(super) fn append(&mut self, more: Self) {
        self.all.append(more.all);
        for (guid, name) in more.groups {
            self.groups.entry(guid).or_insert(name);
        }
        self.roles.extend(more.roles);
        self.statuses.extend(more.statuses);
        self.notices.extend(more.notices);
    }

    fn look(&mut self, user: &Row) {
        if let Some((guid, name)) = convert::group(user)
            && !self.groups.contains_key(guid)
        {
            self.groups.insert(guid.into(), name.unwrap_or(guid).into());
        }
        let slugs = convert::role_slugs(user);
        if slugs.len() > 1 {
            self.notices.push(format!(
                "the user {} holds several roles ({}); the API takes one, so settle it in Bitsight",
                user.text("email").or(user.text("guid")).unwrap_or_default(),
                slugs.join(", ")
            ));
        }
        let new = slugs.into_iter().filter(|slug| !self.knows_role(slug));
        let new: Vec<Box<str>> = new.map(Into::into).collect();
        self.roles.extend(new);
        if let Some(status) = user.text("status")
            && !matches!(status, "Created" | "Activated" | "Deactivated")
            && !self.statuses.contains(status)
        {
            self.statuses.insert(status.into());
        }
    }

    /// Whether it is the pseudo-user of a company token without an e-mail.
    pub(super) fn is_nameless(&self, guid: &str) -> bool {
        self.all.has(guid) && self.all.by_id(guid).is_none()
    }

    /// Whether somebody who should have access is not here.
    pub(super) fn lacks_wanted(&self, desired: &Desired<'_>) -> bool {
        let mut wanted = desired
            .person_keys()
            .filter(|wanted| wanted.access.granted());
        wanted.any(|wanted| match wanted.id {
            Some(id) => !self.all.has(id),
            None => !self.all.has_email(wanted.email),
        })
    }

    /// Whether a role is documented, or somebody holds it.
    pub(super) fn knows_role(&self, role: &str) -> bool {
        ROLES.contains(&role) || self.roles.contains(role)
    }

    /// What is odd about the users.
    pub(super) fn notices(&self) -> Vec<String> {
        let statuses = self
            .statuses
            .iter()
            .map(|status| format!("the status {status} is not documented and counts as access"));
        self.notices.iter().cloned().chain(statuses).collect()
    }
}
