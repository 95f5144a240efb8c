//! One step for one account at one vendor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::AccountKey;
use super::digest::Digest;
use super::spec::LOGIN;
use super::value::{Key, Value, beyond};

/// What one action does to one account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its name in the roster; `features.fq-access` is one key of a map.
    pub attribute: Key,
    /// What the vendor holds; `null` for nothing, and in every create.
    pub before: Option<Value>,
    /// What the roster asks.
    pub after: Value,
}

/// One step for one account at one vendor.
///
/// Journals and documents write it in this form, which never changes: what is new comes as a field
/// that may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// What it does.
    #[serde(rename = "action")]
    pub kind: ActionKind,
    /// The person's e-mail, in the roster's spelling; the vendor's for a stranger.
    pub email: Box<str>,
    /// The account's e-mail in the vendor's spelling; absent where there is no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_email: Option<Box<str>>,
    /// The vendor's id for the account; `null` where there is none yet.
    pub id: Option<Box<str>>,
    /// Sorted by attribute; empty where access ends.
    pub changes: Vec<Change>,
    /// Why, in one clause.
    pub reason: String,
    /// The digest of the account as it was read; `null` for a create.
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

    /// What the action adds to a list, and what it takes out.
    pub(crate) fn moves(
        &self,
        attribute: &str,
    ) -> (
        impl Iterator<Item = &Box<str>>,
        impl Iterator<Item = &Box<str>>,
    ) {
        let mut changes = self.changes.iter();
        let change = changes.find(|change| change.attribute == attribute);
        let before = change.and_then(|change| change.before.as_ref()?.as_set());
        let after = change.and_then(|change| change.after.as_set());
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        (beyond(after, before), beyond(before, after))
    }

    /// How to find its account afresh.
    pub fn key(&self) -> AccountKey {
        AccountKey {
            id: self.id.clone(),
            email: self
                .account_email
                .clone()
                .unwrap_or_else(|| self.email.clone()),
            login: match self.after(LOGIN) {
                Some(Value::Text(login)) => Some(login.as_str().into()),
                _ => None,
            },
        }
    }
}
