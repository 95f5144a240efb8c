//! What whoever approves a plan has to see first: plain data, filled by whoever finds it.
//!
//! A plan's digest does not cover it: it follows from the actions, and from rosters that are
//! reviewed by themselves.

use super::plan::{Action, VendorPlan};
use super::value::{Key, Value};
use crate::email::compare_emails;

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

/// Who gets an administrator's rights by any action of these plans, also by one that is held or a
/// step for a person; each person once at a vendor.
pub fn administrators(vendors: &[VendorPlan]) -> Vec<AdminGrant> {
    let of_vendor = |vendor: &VendorPlan| {
        let grant = |action: &Action| {
            let grant = vendor.hints.grant(action)?;
            Some(AdminGrant {
                vendor: vendor.name.clone(),
                email: action.email.clone(),
                id: action.id.clone(),
                account_email: action.account_email.clone(),
                how: grant.how,
            })
        };
        let mut grants: Vec<AdminGrant> = vendor.all().filter_map(grant).collect();
        grants.sort_by(|one, other| compare_emails(&one.email, &other.email));
        grants.dedup_by(|one, other| one.email == other.email && one.id == other.id);
        grants
    };
    vendors.iter().flat_map(of_vendor).collect()
}

/// Somebody who gets an administrator's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminGrant {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The person's e-mail in the roster.
    pub email: Box<str>,
    /// The vendor's id for the account, where there is one.
    pub id: Option<Box<str>>,
    /// The e-mail that the account goes by until then, where there is an account.
    pub account_email: Option<Box<str>>,
    /// How the person gets them.
    pub how: GrantKind,
}

/// How somebody gets an administrator's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleChange {
    /// The vendor's name; `None` for a rule of the whole roster.
    pub vendor: Option<Box<str>>,
    /// The key, such as `protect` or `max.creates`; `vendor` for a vendor that came or went.
    pub rule: Box<str>,
    /// What the base roster says; `None`: nothing.
    pub before: Option<String>,
    /// What this roster says; `None`: nothing.
    pub after: Option<String>,
}
