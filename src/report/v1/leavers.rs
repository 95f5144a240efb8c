//! Version 1 of the document of `leavers`: frozen structs, under the same rules as the plan's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::model::digest::Digest;
use crate::model::off::How;
use crate::plan::leavers as core;
use crate::roster::history::departed::Past;

/// Whether people who should have no access still have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leavers {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When the vendors were read, in whole seconds, UTC.
    pub read_at: Timestamp,
    /// The day that decides who is a leaver.
    pub on: Date,
    /// Of the roster's meaning.
    pub roster: Digest,
    /// The vendors of the roster, by name.
    pub vendors: BTreeMap<Box<str>, Vendor>,
    /// How many of each.
    pub summary: Summary,
    /// One for each leaver at each vendor that the roster names for them.
    pub leavers: Vec<Leaver>,
    /// One for each person who is gone from the roster, at each vendor where they had access or have
    /// it.
    pub gone: Vec<Former>,
    /// What the roster's history showed; `null` where nobody asked for it.
    pub history: Option<History>,
}

/// Somebody who is gone from the roster, at one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Former {
    /// What is known of the account.
    #[serde(flatten)]
    pub leaver: Leaver,
    /// The first commit without them; `null` where it is not committed yet.
    pub commit: Option<Commit>,
    /// Set where the roster says that the account may stay.
    pub released: Option<Released>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The first digits of its hash.
    pub hash: Box<str>,
    /// The day it was committed, UTC.
    pub day: Date,
}

/// Why somebody may keep an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// In the roster's words.
    pub note: Option<Box<str>>,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

/// How far the roster's history was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The first day looked at.
    pub from: Date,
    /// States of the roster looked at.
    pub commits: usize,
    /// Why there is none, where none is to be expected.
    pub absent: Option<String>,
    /// Why somebody may have been missed.
    pub problem: Option<String>,
    /// Commits whose roster could not be read whole.
    pub unread: Vec<UnreadCommit>,
}

/// A commit whose roster could not be read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadCommit {
    /// The first digits of its hash.
    pub hash: Box<str>,
    /// The day it was committed, UTC.
    pub day: Date,
    /// What is wrong with it.
    pub why: String,
}

/// How one vendor was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Where it was read.
    pub base_url: Box<str>,
    /// Accounts seen; `null` where it could not be read.
    pub accounts: Option<usize>,
    /// Why it could not be read, or not completely; `null` if it was.
    pub problem: Option<String>,
}

/// How many of each there are, over all vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Different people.
    pub people: usize,
    /// Accounts of leavers with access.
    pub still_active: usize,
    /// Accounts that nobody can tell about from here.
    pub cannot_be_seen: usize,
    /// Accounts that are switched off.
    pub deactivated: usize,
    /// Leavers without an account at a vendor.
    pub no_account: usize,
    /// Accounts of people who are gone, which the roster says may stay; the others count above.
    pub released: usize,
}

/// One leaver at one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Leaver {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The person's e-mail.
    pub email: Box<str>,
    /// Whether there is access.
    pub state: State,
    /// Why there should be none, in one clause.
    pub reason: String,
    /// The account's e-mail at the vendor; `null` where there is no account.
    pub account_email: Option<Box<str>>,
    /// The vendor's id; `null` where there is none.
    pub id: Option<Box<str>>,
    /// What keeps the account active, or why it cannot be seen; `null` otherwise.
    pub why: Option<String>,
    /// Since when a deactivated account is off; `null` where that is not known, and for all others.
    pub since: Option<Since>,
}

/// When an account went off, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// In whole seconds, UTC.
    pub at: Timestamp,
    /// `true`: an apply switched it off then. `false`: it was off already when an apply first saw
    /// it then.
    pub exact: bool,
}

/// Whether a leaver has access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Access is open.
    StillActive,
    /// Nobody can tell from here.
    CannotBeSeen,
    /// The account is switched off.
    Deactivated,
    /// The vendor was read completely and has none.
    NoAccount,
}

impl From<&core::LeaversCheck> for Leavers {
    fn from(check: &core::LeaversCheck) -> Self {
        let core::LeaversCheck {
            read_at,
            on,
            roster,
            vendors,
            past,
        } = check;
        let count = |state| check.count(state);
        let released = check.former().filter(|(_, it)| it.released.is_some());
        Self {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            read_at: Timestamp::from_second(read_at.as_second()).unwrap_or(*read_at),
            on: *on,
            roster: roster.clone(),
            vendors: vendors
                .iter()
                .map(|vendor| (vendor.name.clone(), Vendor::from(vendor)))
                .collect(),
            summary: Summary {
                people: check.people(),
                still_active: count(core::LeaverState::StillActive),
                cannot_be_seen: count(core::LeaverState::CannotBeSeen),
                deactivated: count(core::LeaverState::Deactivated),
                no_account: count(core::LeaverState::NoAccount),
                released: released.count(),
            },
            leavers: vendors
                .iter()
                .flat_map(|vendor| vendor.leavers.iter().map(|it| leaver(&vendor.name, it)))
                .collect(),
            gone: check
                .former()
                .map(|(vendor, it)| former(&vendor.name, it))
                .collect(),
            history: past.as_ref().map(History::from),
        }
    }
}

impl From<&core::VendorLeavers> for Vendor {
    fn from(vendor: &core::VendorLeavers) -> Self {
        let core::VendorLeavers {
            name: _,
            kind,
            base_url,
            accounts,
            problem,
            leavers: _,
            former: _,
        } = vendor;
        Self {
            kind: (*kind).into(),
            base_url: base_url.clone(),
            accounts: *accounts,
            problem: problem.clone(),
        }
    }
}

impl From<&Past> for History {
    fn from(past: &Past) -> Self {
        let Past {
            from,
            commits,
            departed: _,
            unread,
            absent,
            problem,
        } = past;
        let unread = unread.iter().map(|(commit, why)| UnreadCommit {
            hash: commit.hash.clone(),
            day: commit.day,
            why: why.clone(),
        });
        Self {
            from: *from,
            commits: *commits,
            absent: absent.clone(),
            problem: problem.clone(),
            unread: unread.collect(),
        }
    }
}

fn former(vendor: &str, former: &core::Former) -> Former {
    let core::Former {
        leaver: known,
        since,
        released,
    } = former;
    Former {
        leaver: leaver(vendor, known),
        commit: since.as_ref().map(|commit| Commit {
            hash: commit.hash.clone(),
            day: commit.day,
        }),
        released: released.as_ref().map(|release| Released {
            note: release.note.clone(),
            until: release.until,
        }),
    }
}

fn leaver(vendor: &str, leaver: &core::Leaver) -> Leaver {
    let core::Leaver {
        email,
        reason,
        state,
        account_email,
        id,
        why,
        since,
    } = leaver;
    Leaver {
        vendor: vendor.into(),
        email: email.clone(),
        state: match state {
            core::LeaverState::StillActive => State::StillActive,
            core::LeaverState::CannotBeSeen => State::CannotBeSeen,
            core::LeaverState::Deactivated => State::Deactivated,
            core::LeaverState::NoAccount => State::NoAccount,
        },
        reason: reason.clone(),
        account_email: account_email.clone(),
        id: id.clone(),
        why: (!why.is_empty()).then(|| why.clone()),
        since: since.map(|since| Since {
            at: Timestamp::from_second(since.at.as_second()).unwrap_or(since.at),
            exact: since.how == How::SwitchedOff,
        }),
    }
}
