//! Version 1 of what a plan's approver has to see first: frozen structs, and how they are made.

use serde::{Deserialize, Serialize};

use crate::reconcile::attention;
use crate::reconcile::value::Value;

/// What whoever approves a plan has to see first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Who becomes an administrator, and whose account of an administrator changes hands.
    pub administrators: Vec<AdminGrant>,
    /// What the base roster lists and this one does not.
    pub gone: Vec<Gone>,
    /// Rules that are not as the base roster has them.
    pub rules: Vec<RuleChange>,
}

/// Somebody who gets an administrator's rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminGrant {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The person's e-mail.
    pub email: Box<str>,
    /// The vendor's id; `null` where there is none yet.
    pub id: Option<Box<str>>,
    /// The e-mail that the account goes by until then; `null` where there is no account.
    pub account_email: Option<Box<str>>,
    /// How.
    pub how: GrantKind,
}

/// How somebody gets an administrator's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the words of the document")]
pub enum GrantKind {
    Becomes,
    ChangesHands,
}

/// Something that the base roster lists and this one does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// What it is.
    pub what: GoneKind,
    /// The right's attribute; only of a right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Box<str>>,
    /// What the base roster asked for; only of a right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The person's e-mail.
    pub email: Box<str>,
    /// The vendor's name in the roster; `null` for a person without an account.
    pub vendor: Option<Box<str>>,
    /// Whether it is an administrator's, or makes one.
    pub admin: bool,
    /// Whether it stays at the vendor.
    pub stays: bool,
    /// What becomes of it.
    pub text: String,
}

/// What the base roster lists and this one does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variants are the words of the document")]
pub enum GoneKind {
    Person,
    Account,
    Right,
}

/// A rule that is not as the base roster has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// The vendor's name in the roster; `null` for a rule of the whole roster.
    pub vendor: Option<Box<str>>,
    /// Its key.
    pub rule: Box<str>,
    /// What the base roster says; `null` for nothing.
    pub before: Option<String>,
    /// What this roster says; `null` for nothing.
    pub after: Option<String>,
}

impl From<&attention::Attention> for Attention {
    fn from(from: &attention::Attention) -> Self {
        let attention::Attention {
            administrators,
            gone,
            rules,
        } = from;
        Self {
            administrators: administrators.iter().map(AdminGrant::from).collect(),
            gone: gone.iter().map(Gone::from).collect(),
            rules: rules.iter().map(RuleChange::from).collect(),
        }
    }
}

impl From<&attention::AdminGrant> for AdminGrant {
    fn from(from: &attention::AdminGrant) -> Self {
        let attention::AdminGrant {
            vendor,
            email,
            id,
            account_email,
            how,
        } = from;
        Self {
            vendor: vendor.clone(),
            email: email.clone(),
            id: id.clone(),
            account_email: account_email.clone(),
            how: match how {
                attention::GrantKind::Becomes => GrantKind::Becomes,
                attention::GrantKind::ChangesHands => GrantKind::ChangesHands,
            },
        }
    }
}

impl From<&attention::Gone> for Gone {
    fn from(from: &attention::Gone) -> Self {
        let attention::Gone {
            what,
            email,
            vendor,
            admin,
            stays,
            text,
        } = from;
        let (what, attribute, value) = match what {
            attention::GoneKind::Person => (GoneKind::Person, None, None),
            attention::GoneKind::Account => (GoneKind::Account, None, None),
            attention::GoneKind::Right { attribute, value } => {
                let attribute = Some(attribute.as_ref().into());
                (GoneKind::Right, attribute, Some(value.clone()))
            }
        };
        Self {
            what,
            attribute,
            value,
            email: email.clone(),
            vendor: vendor.clone(),
            admin: *admin,
            stays: *stays,
            text: text.clone(),
        }
    }
}

impl From<&attention::RuleChange> for RuleChange {
    fn from(from: &attention::RuleChange) -> Self {
        let attention::RuleChange {
            vendor,
            rule,
            before,
            after,
        } = from;
        Self {
            vendor: vendor.clone(),
            rule: rule.clone(),
            before: before.clone(),
            after: after.clone(),
        }
    }
}
