//! The users of a list in our words, as they arrive: of the noisy objects nothing else is kept. Pure.

use serde_json::Value as Json;

use super::convert;
use super::roles::Roles;
use crate::connector::rest::list::Entry;
use crate::connector::rest::users::UserCollector;
use crate::connector::rest::whole::Take;
use crate::model::odd::Odd;

/// The accounts that users are, each id once, and what they show of roles.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Their roles are ids until all names are known.
    pub(super) all: UserCollector,
    pub(super) roles: Roles,
}

impl Take for Users {
    fn take(&mut self, entry: Entry) {
        let user = match entry {
            Ok(user) => user,
            Err(odd) => return self.all.push_odd(None, odd),
        };
        let id = user.text("id");
        if id.is_some_and(|id| self.has(id)) {
            return;
        }
        self.roles.learn(&user);
        if let Some(account) = convert::bare(&user) {
            return self.all.push(account);
        }
        let texts = ["id", "email", "first", "last"];
        let texts: Json = texts.into_iter().filter_map(|it| user.text(it)).collect();
        let name = id.map_or("an entry of the list".into(), |id| format!("the user {id}"));
        let odd = Odd::new(name, "has no id or no e-mail");
        self.all.push_odd(id, odd.with(&texts));
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
