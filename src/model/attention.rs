//! What whoever approves a plan has to see first: plain data, filled by whoever finds it.
//!
//! A plan's digest does not cover it: it follows from the actions, and from rosters that are
//! reviewed by themselves.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Key, Value};

/// A grant of an administrator's rights, and by which attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// How.
    pub how: GrantKind,
    /// Attributes of the action's changes that bring it about; empty where only the kind of the
    /// action does.
    pub through: BTreeSet<Key>,
}

/// What whoever approves a plan has to see first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attention {
    /// Everybody who becomes an administrator, and every administrator's account that changes
    /// hands.
    pub administrators: Vec<AdminGrant>,
    /// With a base roster: people, accounts and rights that it lists and this roster does not;
    /// administrators first.
    pub gone: Vec<Gone>,
    /// With a base roster: rules that changed, and vendors that came or went.
    pub rules: Vec<RuleChange>,
}

impl Attention {
    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        let Self {
            administrators,
            gone,
            rules,
        } = self;
        administrators.is_empty() && gone.is_empty() && rules.is_empty()
    }
}

/// Somebody who gets an administrator's rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminGrant {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The person's e-mail in the roster.
    pub email: Box<str>,
    /// The vendor's id for the account; `null` where there is none yet.
    pub id: Option<Box<str>>,
    /// The e-mail that the account goes by until then; `null` where there is no account.
    pub account_email: Option<Box<str>>,
    /// How the person gets them.
    pub how: GrantKind,
}

/// How somebody gets an administrator's rights.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// By a change of rights.
    Becomes,
    /// By taking over the account of an administrator.
    ChangesHands,
}

/// Something that the base roster lists and this roster does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// What it is.
    pub what: GoneKind,
    /// The person's e-mail in the base roster.
    pub email: Box<str>,
    /// The vendor's name; `None` for a person without an account anywhere.
    pub vendor: Option<Box<str>>,
    /// Whether it is an administrator's, or makes one.
    pub admin: bool,
    /// Whether it stays at the vendor although the roster does not list it.
    pub stays: bool,
    /// What becomes of it, in one clause.
    pub text: String,
}

/// What the base roster lists and this roster does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoneKind {
    /// A whole person.
    Person,
    /// The account of somebody who is still listed.
    Account,
    /// One right of an account that is still listed.
    Right {
        /// The attribute's roster name.
        attribute: Key,
        /// What the vendor shows of it; what the base roster asked for where it shows nothing.
        value: Value,
    },
}

/// A rule that is not as the base roster has it, in the roster's words; never a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// The vendor's name in the roster; `null` for a rule of the whole roster.
    pub vendor: Option<Box<str>>,
    /// The key, such as `protect` or `max.creates`; `vendor` for a vendor that came or went.
    pub rule: Box<str>,
    /// What the base roster says; `null` for nothing.
    pub before: Option<String>,
    /// What this roster says; `null` for nothing.
    pub after: Option<String>,
}
