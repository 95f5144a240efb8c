//! Who is an administrator of a vendor, and what makes one: the one place that says so. Limits,
//! assertions, the last administrator and everything that is shown go by it.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::attention::{Grant, GrantKind};
use crate::model::current::{Directory, Entry};
use crate::model::email::same_email;
use crate::model::spec::{AdminRule, VendorSpec};
use crate::model::value::{Attributes, Value};
use crate::roster::model::{AdminMark, VendorSettings};

/// What makes an administrator at one vendor: its own rule, and the roster's `admins`.
#[derive(Debug, Clone)]
pub struct Admins<'a> {
    /// By attribute, what it has to hold: words in small letters.
    marks: BTreeMap<&'a str, BTreeSet<String>>,
}

/// Whether anything says who is an administrator at a vendor of that kind.
pub fn are_told(spec: &VendorSpec, marks: &[AdminMark]) -> bool {
    spec.admin != AdminRule::Unknown || !marks.is_empty()
}

impl<'a> Admins<'a> {
    /// For one vendor. Without its directories, roles that only these mark are not known.
    pub fn new(
        settings: &'a VendorSettings,
        directories: &BTreeMap<&'static str, Directory>,
    ) -> Self {
        let mut admins = Self {
            marks: BTreeMap::new(),
        };
        let entries = |attribute: &str| {
            let directory = directories.get(attribute);
            directory.map_or(&[][..], |directory| directory.entries())
        };
        match settings.spec.admin {
            AdminRule::Unknown => {}
            AdminRule::TextIs(attribute, word) => admins.add(attribute, word),
            AdminRule::FlagIs(attribute) => admins.add(attribute, "true"),
            AdminRule::Holds(attribute) => {
                for entry in entries(attribute).iter().filter(|it| it.admin) {
                    admins.add(attribute, &entry.id);
                    admins.add(attribute, &entry.name);
                }
            }
        }
        for AdminMark { attribute, values } in &settings.admins {
            for value in values {
                admins.add(attribute, value);
            }
        }
        for (attribute, words) in &mut admins.marks {
            let words_of =
                |entry: &Entry| [&entry.id, &entry.name].map(|it| it.to_ascii_lowercase());
            let known = entries(attribute).iter().map(words_of);
            // A plan has the name, or the id where the name is not unique.
            let meant = known.filter(|known| known.iter().any(|word| words.contains(word)));
            let meant: Vec<_> = meant.flatten().collect();
            words.extend(meant);
        }
        admins
    }

    /// Vendors compare such words without letter case (SCIM's `roles` do), and a plan must not pass
    /// over an administrator for one letter.
    fn add(&mut self, attribute: &'a str, word: &str) {
        let words = self.marks.entry(attribute).or_default();
        words.insert(word.to_ascii_lowercase());
    }

    /// By attribute, the words of which one has to be there, in small letters.
    pub fn words(&self) -> BTreeMap<Box<str>, BTreeSet<Box<str>>> {
        let words = |(attribute, words): (&&str, &BTreeSet<String>)| {
            let words = words.iter().map(|it| it.as_str().into()).collect();
            (Box::from(*attribute), words)
        };
        self.marks.iter().map(words).collect()
    }

    /// Whether an account has the rights of an administrator, switched on or not.
    pub fn is(&self, account: &Account) -> bool {
        let shown = account.attributes.iter();
        shown
            .filter_map(|(attribute, value)| Some((attribute, value.as_ref()?)))
            .any(|(attribute, value)| self.makes(attribute, value))
    }

    /// Whether an account with these attributes would have them.
    pub fn would_be(&self, attributes: &Attributes) -> bool {
        let mut attributes = attributes.iter();
        attributes.any(|(attribute, value)| self.makes(attribute, value))
    }

    /// Whether an attribute's value makes an administrator.
    fn makes(&self, attribute: &str, value: &Value) -> bool {
        let words = self.marks.get(attribute);
        words.is_some_and(|words| holds(words, value))
    }

    /// Whether an account has the rights after an action. `account` is what is there before.
    pub fn will_be(&self, action: &Action, account: Option<&Account>) -> bool {
        let after = |it: &Change| self.makes(&it.attribute, &it.after);
        let changed = LazyCell::new(|| {
            let changes = action.changes.iter();
            changes.map(|it| &*it.attribute).collect::<HashSet<_>>()
        });
        let stays = |account: &Account| {
            let shown = account.attributes.iter();
            shown
                .filter_map(|(attribute, value)| Some((attribute, value.as_ref()?)))
                .any(|(name, value)| self.makes(name, value) && !changed.contains(name))
        };
        action.changes.iter().any(after) || account.is_some_and(stays)
    }

    /// Whether an action takes the rights of an administrator away.
    pub fn ends(&self, action: &Action, account: &Account) -> bool {
        let is = self.is(account);
        is && (action.kind.removes() || !self.will_be(action, Some(account)))
    }

    /// What an action gives of an administrator's rights, if it does. `account` is what is there
    /// before. That they may not be used before (an account that is off) makes no difference:
    /// switched on again, they count anew.
    pub fn grant(&self, action: &Action, account: Option<&Account>) -> Option<Grant> {
        if action.kind.removes() {
            return None;
        }
        let is = account.is_some_and(|it| self.is(it));
        let will = self.will_be(action, account);
        let moves = account.is_some_and(|account| !same_email(&account.email, &action.email));
        let how = if moves && (is || will) {
            GrantKind::ChangesHands
        } else if will && (!is || action.kind == ActionKind::Reactivate) {
            GrantKind::Becomes
        } else {
            return None;
        };
        let brings = |attribute: &str, value: &Value| {
            (moves && attribute == "email") || self.makes(attribute, value)
        };
        let changes = action.changes.iter();
        let through = changes.filter(|it| brings(&it.attribute, &it.after));
        Some(Grant {
            how,
            through: through.map(|it| it.attribute.clone()).collect(),
        })
    }
}

/// Whether a value is, or has in it, one of these words.
fn holds(words: &BTreeSet<String>, value: &Value) -> bool {
    let known = |word: &str| {
        let word = match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(word.to_ascii_lowercase()),
            false => Cow::Borrowed(word),
        };
        words.contains(&*word)
    };
    match value {
        Value::Flag(flag) => known(if *flag { "true" } else { "false" }),
        Value::Text(text) => known(text),
        Value::Set(items) => items.iter().any(|item| known(item)),
    }
}
