//! Who is in which group, by user, and by group once a group is to be changed: there may be as many
//! groups to change as users.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

/// Direct memberships. A user who is not here is not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    groups: HashMap<String, BTreeSet<String>>,
    /// User ids by group id, once somebody asked.
    users: OnceLock<HashMap<String, BTreeSet<String>>>,
}

impl Inside {
    /// The groups of a user.
    pub(super) fn groups(&self, user: &str) -> Option<&BTreeSet<String>> {
        self.groups.get(user)
    }

    /// Who is known to be in a group.
    pub(super) fn users(&self, group: &str) -> impl Iterator<Item = &String> {
        let users = self.users.get_or_init(|| {
            let mut users: HashMap<String, BTreeSet<String>> = HashMap::new();
            for (user, groups) in &self.groups {
                for group in groups {
                    let inside = users.entry(group.clone()).or_default();
                    inside.insert(user.clone());
                }
            }
            users
        });
        users.get(group).into_iter().flatten()
    }

    /// Whether a user is known.
    pub(super) fn knows(&self, user: &str) -> bool {
        self.groups.contains_key(user)
    }

    /// Every known user.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &String> {
        self.groups.keys()
    }

    /// A user is known, and in these groups at least; whether any of them is new.
    pub(super) fn join(&mut self, user: &str, groups: impl IntoIterator<Item = String>) -> bool {
        let of = self.groups.entry(user.to_owned()).or_default();
        let mut new = false;
        for group in groups {
            if let Some(users) = self.users.get_mut() {
                let inside = users.entry(group.clone()).or_default();
                inside.insert(user.to_owned());
            }
            new |= of.insert(group);
        }
        new
    }

    /// A user is known, and not in that group.
    pub(super) fn leave(&mut self, user: &str, group: &str) {
        let of = self.groups.entry(user.to_owned()).or_default();
        of.remove(group);
        self.drop_from(user, group);
    }

    /// A user is not known any more.
    pub(super) fn forget(&mut self, user: &str) {
        for group in self.groups.remove(user).unwrap_or_default() {
            self.drop_from(user, &group);
        }
    }

    fn drop_from(&mut self, user: &str, group: &str) {
        if let Some(inside) = self.users.get_mut().and_then(|it| it.get_mut(group)) {
            inside.remove(user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_say_the_same_after_each_change() {
        let mut inside = Inside::default();
        let check = |inside: &Inside| {
            for group in ["g", "h"] {
                let has = |user: &&String| inside.groups[*user].contains(group);
                let users: BTreeSet<&String> = inside.all().filter(has).collect();
                assert_eq!(
                    inside.users(group).collect::<BTreeSet<_>>(),
                    users,
                    "{group}"
                );
            }
        };
        assert!(inside.join("ada", ["g".to_owned()]));
        check(&inside);
        assert!(inside.join("bob", ["g".to_owned(), "h".to_owned()]));
        assert!(!inside.join("bob", ["h".to_owned()]));
        check(&inside);
        inside.leave("ada", "g");
        inside.leave("eve", "h");
        check(&inside);
        inside.forget("bob");
        check(&inside);
        assert!(inside.knows("eve") && !inside.knows("bob"));
    }
}
