//! One step for one account at one vendor.

use serde::{Deserialize, Serialize};

use super::account::AccountKey;
use super::digest::Digest;
use super::value::{Key, Value};

/// What one action does to one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// Switches an account off.
    Deactivate,
    /// Destroys an account.
    Delete,
    /// Changes attributes.
    Update,
    /// Switches an account on again, and brings its attributes in line.
    Reactivate,
    /// Makes an account.
    Create,
}

impl ActionKind {
    /// The word in plans and outcomes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
        }
    }

    /// Whether access ends with it.
    pub fn removes(self) -> bool {
        matches!(self, Self::Deactivate | Self::Delete)
    }
}

/// One attribute before and after. A rename is a change of the attribute `email`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The attribute's roster name.
    pub attribute: Key,
    /// What the vendor holds; `None` is `null` (and every attribute of a create).
    pub before: Option<Value>,
    /// What the roster asks.
    pub after: Value,
}

/// One step for one account at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// What it does.
    pub kind: ActionKind,
    /// The person's e-mail, in the roster's spelling; the vendor's for a stranger.
    pub email: Box<str>,
    /// The account's e-mail in the vendor's spelling, where there is an account.
    pub account_email: Option<Box<str>>,
    /// The vendor's id, where there is one.
    pub id: Option<Box<str>>,
    /// Sorted by attribute. Empty for `deactivate` and `delete`.
    pub changes: Vec<Change>,
    /// Why, in one clause.
    pub reason: String,
    /// The digest of the account as it was read; `None` for a create.
    pub current: Option<Digest>,
}

impl Action {
    /// What the action sets `attribute` to.
    pub fn after(&self, attribute: &str) -> Option<&Value> {
        self.changes
            .iter()
            .find(|change| change.attribute == attribute)
            .map(|change| &change.after)
    }

    /// How to find its account afresh.
    pub fn key(&self) -> AccountKey {
        AccountKey {
            id: self.id.clone(),
            email: self
                .account_email
                .clone()
                .unwrap_or_else(|| self.email.clone()),
        }
    }
}
