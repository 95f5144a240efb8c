//! The users of a list in our words, as they arrive: of the noisy objects nothing else is kept. Pure.

use super::convert;
use super::roles::Roles;
use super::spec::USERS;
use crate::connector::rest::list::{Entry, Take};
use crate::connector::rest::users::UserCollector;

/// The accounts that users are, each id once, and what they show of roles.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Their roles are ids until all names are known.
    pub(super) all: UserCollector,
    pub(super) roles: Roles,
}

impl Take for Users {
    fn take(&mut self, entry: Entry) {
        if let Ok(user) = &entry {
            if user.text("id").is_some_and(|id| self.has(id)) {
                return;
            }
            self.roles.learn(user);
        }
        self.all.take(&USERS, entry, |user| {
            let account = convert::bare(user).ok_or("has no id or no e-mail")?;
            Ok(Some(account))
        });
    }

    fn count(&self) -> usize {
        self.all.len()
    }

    fn has(&self, id: &str) -> bool {
        self.all.has(id)
    }

    fn is_no_list(&self) -> Option<String> {
        self.all.is_no_list()
    }
}
