//! Version 1 of what a plan's approver has to see first: frozen structs, and how they are made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::attention::{self, AdminGrant, RuleChange};
use crate::model::value::Value;

/// What whoever approves a plan has to see first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Everybody who becomes an administrator, and every administrator's account that changes hands.
    pub administrators: Vec<AdminGrant>,
    /// What the base roster lists and this one does not, administrators first; empty without a base
    /// roster.
    pub gone: Vec<Gone>,
    /// Rules that are not as the base roster has them, and vendors that came or went; empty without
    /// a base roster.
    pub rules: Vec<RuleChange>,
}

/// Something that the base roster lists and this one does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// What it is.
    pub what: GoneKind,
    /// The right's attribute; only of a right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Box<str>>,
    /// What the base roster asked for, of a list the member; only of a right.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GoneKind {
    /// A person.
    Person,
    /// The account of somebody who is still listed.
    Account,
    /// One right of an account that is still listed.
    Right,
}

impl From<&attention::Attention> for Attention {
    fn from(from: &attention::Attention) -> Self {
        let attention::Attention {
            administrators,
            gone,
            rules,
        } = from;
        Self {
            administrators: administrators.clone(),
            gone: gone.iter().map(Gone::from).collect(),
            rules: rules.clone(),
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
