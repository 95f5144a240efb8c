//! A plan: plain data, sorted, comparable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{Action, ActionKind};
use super::attention::{AdminGrant, Attention};
use super::canonical::canonical;
use super::current::LastRead;
use super::digest::Digest;
use super::email::compare_emails;
use super::forecast::Forecast;
use super::hints::Hints;

/// An action that is not done by this run, and why: held by a safety rule, or a step for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldAction {
    /// The action.
    pub action: Action,
    /// Why it is not done, and what lets it through.
    pub why: String,
}

/// An account that the roster does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlistedAccount {
    /// The vendor's e-mail for it.
    pub email: Box<str>,
    /// The vendor's id.
    pub id: Option<Box<str>>,
    /// Why it is only listed although the roster says to deactivate strangers.
    pub why: Option<String>,
}

/// How much a notice matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// Somebody should look.
    Warning,
}

/// Something to know that is no action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// Whom it concerns, if one person.
    pub email: Option<Box<str>>,
    /// One sentence.
    pub text: String,
}

/// What is planned at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorPlan {
    /// The name in the roster.
    pub name: Box<str>,
    /// The kind of vendor.
    pub kind: &'static str,
    /// Where it was read.
    pub base_url: Box<str>,
    /// Whose accounts these are; an approval holds for no other place.
    pub place: Box<str>,
    /// Whether actions here are shown and never carried out (`mode: observe`).
    pub observed: bool,
    /// What was read, or why it could not be.
    pub read: Result<Read, String>,
    /// In the order they are carried out: removals first, then updates, reactivations, creates;
    /// by e-mail within each. Access is taken away before it is given, and a leaver never waits
    /// behind thousands of creates.
    pub actions: Vec<Action>,
    /// Kept back by a safety rule.
    pub held: Vec<WithheldAction>,
    /// For a person to do.
    pub manual: Vec<WithheldAction>,
    /// Accounts that the roster does not list.
    pub unlisted: Vec<UnlistedAccount>,
    /// What else there is to say.
    pub notices: Vec<Notice>,
    /// What the vendor knows about the actions, for whoever shows them.
    pub hints: Hints,
}

/// How a vendor was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Accounts seen.
    pub accounts: usize,
    /// Accounts that the roster asks for or has ended.
    pub asked: usize,
    /// Accounts that the roster manages and that are as it says.
    pub unchanged: usize,
    /// What speaks for a complete read.
    pub proof: Completeness,
    /// Calls and time that the actions will take.
    pub forecast: Forecast,
}

/// What speaks for and against a complete read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Pages read; 0 where there is no paging.
    pub pages: u32,
    /// The vendor's own count of accounts, where it gives one.
    pub counted: Option<u64>,
    /// The account behind the credentials.
    pub own: OwnSeen,
    /// The size of the list at the last apply.
    pub last: Option<LastRead>,
    /// Why the read is not proved complete; `None` if nothing speaks against it.
    pub missing: Option<String>,
}

/// Whether the account behind the credentials was in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnSeen {
    /// It was.
    Seen,
    /// It was not.
    Missing,
    /// Nobody knows which account it is.
    #[default]
    Unknown,
    /// The credentials belong to no account.
    Nobody,
}

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When it was made; the only part that differs between two runs on the same inputs.
    pub created_at: jiff::Timestamp,
    /// The day it is for.
    pub on: jiff::civil::Date,
    /// The digest of the roster's meaning.
    pub roster: Digest,
    /// People in the roster.
    pub people: usize,
    /// Sorted by name.
    pub vendors: Vec<VendorPlan>,
    /// What whoever approves it has to see first.
    pub attention: Attention,
    /// Whose access ends soon, where that was asked for; by day, then by e-mail. Nothing is done
    /// about it yet, so the digest does not cover it.
    pub ending: Vec<Ending>,
}

/// Somebody whose access ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The person's e-mail in the roster.
    pub email: Box<str>,
    /// The last day with access.
    pub ends: jiff::civil::Date,
    /// Vendors where the person has an account, by name.
    pub vendors: Vec<Box<str>>,
}

/// How many of each there are, over all vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Accounts to create.
    pub create: usize,
    /// Accounts to change.
    pub update: usize,
    /// Accounts to switch off.
    pub deactivate: usize,
    /// Accounts to switch on again.
    pub reactivate: usize,
    /// Accounts to destroy.
    pub delete: usize,
    /// Steps for a person.
    pub manual: usize,
    /// Actions that a safety rule keeps back.
    pub held: usize,
    /// Accounts that the roster does not list.
    pub unlisted: usize,
}

impl Summary {
    /// Actions that would be carried out.
    pub fn actions(&self) -> usize {
        let Self {
            create,
            update,
            deactivate,
            reactivate,
            delete,
            manual: _,
            held: _,
            unlisted: _,
        } = self;
        create + update + deactivate + reactivate + delete
    }

    fn add(&mut self, vendor: &VendorPlan) {
        for action in &vendor.actions {
            match action.kind {
                ActionKind::Create => self.create += 1,
                ActionKind::Update => self.update += 1,
                ActionKind::Deactivate => self.deactivate += 1,
                ActionKind::Reactivate => self.reactivate += 1,
                ActionKind::Delete => self.delete += 1,
            }
        }
        self.manual += vendor.manual.len();
        self.held += vendor.held.len();
        self.unlisted += vendor.unlisted.len();
    }
}

impl Plan {
    /// Takes out what is shown and not written, at vendors that are only observed; the plan as it was, if
    /// that was anything.
    pub fn leave_observed(&mut self) -> Option<Self> {
        let left = |it: &VendorPlan| it.observed && !it.actions.is_empty();
        let whole = self.vendors.iter().any(left).then(|| self.clone())?;
        for vendor in self.vendors.iter_mut().filter(|it| it.observed) {
            vendor.actions.clear();
        }
        Some(whole)
    }
}

impl VendorPlan {
    /// Every action, also what is held and what is for a person to do.
    pub fn all(&self) -> impl Iterator<Item = &Action> {
        let kept = self.held.iter().chain(&self.manual);
        self.actions.iter().chain(kept.map(|kept| &kept.action))
    }

    /// The counts of this vendor alone.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        summary.add(self);
        summary
    }
}

impl Plan {
    /// The counts of all vendors.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for vendor in &self.vendors {
            summary.add(vendor);
        }
        summary
    }

    /// Why there was nothing to compare, if there was not.
    pub fn emptiness(&self) -> Option<&'static str> {
        if self.vendors.is_empty() {
            Some("the roster names no vendor, so nothing was compared")
        } else if self.people == 0 {
            Some("the roster lists nobody, so no account was compared")
        } else if self.asks_nothing() {
            Some("the roster gives nobody an account at these vendors, so none was compared")
        } else {
            None
        }
    }

    /// Whether the roster asks for nothing at all at the vendors that were read, of which there are
    /// some.
    fn asks_nothing(&self) -> bool {
        let read = self.vendors.iter().filter_map(|it| it.read.as_ref().ok());
        let asked: Vec<usize> = read.map(|read| read.asked).collect();
        !asked.is_empty() && asked.iter().all(|count| *count == 0)
    }

    /// All actions, vendor by vendor.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.vendors.iter().flat_map(|vendor| &vendor.actions)
    }

    /// Vendors that could not be read.
    pub fn unread(&self) -> impl Iterator<Item = (&VendorPlan, &str)> {
        self.vendors
            .iter()
            .filter_map(|vendor| Some((vendor, vendor.read.as_ref().err()?.as_str())))
    }

    /// The digest of what would be done: where, the actions, and the state each of them was planned
    /// for.
    /// Neither the day nor the order counts: a pull request that is merged a day later does what
    /// was approved as long as the same actions follow.
    ///
    /// `None` when a vendor could not be read: such a plan is not to be approved.
    pub fn digest(&self) -> Option<Digest> {
        if self.unread().next().is_some() {
            return None;
        }
        let mut actions: Vec<_> = self.actions().map(canonical).collect();
        actions.sort_unstable();
        let places = self.vendors.iter().map(|it| (&it.name, it.kind, &it.place));
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        Some(Digest::of(&(places, actions)))
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
