//! Version 1 of the plan document and of the apply report: frozen structs.
//!
//! What the program works with in the very same form (`Change`, `Verdict`, …) is written as it is; a test
//! on bytes holds that form. Other documents stand apart from it. A field here never changes its name, its meaning or its type; what is
//! new comes as a field that may be absent, or as format 2.
//!
//! Order of fields is order in the document. Fields that do not apply are absent where the struct
//! says so, and `null` where scripts would otherwise have to ask twice (`id`, `current`, `status`).

pub mod attention;
mod convert;
pub mod doctor;
pub mod leavers;
mod restore;
pub(super) mod streamed;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::action::{ActionKind, Change};
use crate::model::digest::Digest;
use crate::model::outcome::Verdict;
use crate::model::plan::{Ending, Level, OwnSeen, Summary};
use crate::plan::cause::Cause;
use crate::state::journal::chain::End;

/// The number in `format`.
pub const FORMAT: u32 = 1;

/// A plan document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When, in whole seconds, UTC.
    pub created_at: Timestamp,
    /// The day it was planned for.
    pub on: Date,
    /// The roster it was planned from.
    pub roster: Roster,
    /// By name.
    pub vendors: BTreeMap<Box<str>, Vendor>,
    /// How many of each.
    pub summary: Summary,
    /// What whoever approves it has to see first; plans of former versions lack it.
    #[serde(default)]
    pub attention: attention::Attention,
    /// In the order they are carried out within a vendor.
    pub actions: Vec<Action>,
    /// Steps for a person.
    pub manual: Vec<Kept>,
    /// Actions that a safety rule keeps back.
    pub held: Vec<Kept>,
    /// Accounts that the roster does not name.
    pub unlisted: Vec<Unlisted>,
    /// What else there is to say.
    pub notices: Vec<Notice>,
    /// Whose access ends soon; absent when nobody's does, or nobody asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ending: Vec<Ending>,
    /// What to approve; absent when a vendor could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// The roster of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Of its meaning, not of its bytes.
    pub digest: Digest,
    /// People in it.
    pub people: usize,
}

/// One vendor of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Vendor {
    /// It was read.
    Read(ReadVendor),
    /// It could not be read.
    Unread(UnreadVendor),
}

/// A vendor that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadVendor {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Where it was read.
    pub base_url: Box<str>,
    /// Whose accounts these are; documents of former versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<str>>,
    /// Accounts seen.
    pub accounts: usize,
    /// Managed accounts that are as the roster says.
    pub unchanged: usize,
    /// What speaks for a complete read.
    pub proof: Proof,
    /// What the actions will take.
    pub forecast: Forecast,
}

/// What speaks for and against a complete read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Whether nothing speaks against it; otherwise creates and removals are held.
    pub complete: bool,
    /// Pages read; 0 where there is no paging.
    pub pages: u32,
    /// The vendor's own count of accounts; `null` where it gives none.
    pub counted: Option<u64>,
    /// Whether the account behind the credentials was in the list.
    pub own: OwnSeen,
    /// The size of the list at the last apply; `null` where none is known.
    pub last: Option<LastRead>,
    /// What speaks against it; `null` if nothing does.
    pub missing: Option<String>,
}

/// The size of a list at the last apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRead {
    /// Accounts that were there after it.
    pub accounts: u64,
    /// When, in whole seconds, UTC.
    pub read_at: Timestamp,
}

/// A vendor that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreadVendor {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Why not.
    pub error: String,
}

/// What the actions of a vendor will take at its limits, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Calls.
    pub calls: u64,
    /// Seconds.
    pub seconds: u64,
    /// Calls that an hour at the vendor's limits allows.
    #[serde(default)]
    pub per_hour: u64,
    /// Seconds that the share is of: an hour, or what the deadline leaves.
    #[serde(default)]
    pub within_seconds: u64,
    /// How much of what is allowed in that time the actions take, rounded up.
    #[serde(default)]
    pub share_percent: u64,
}

/// One step for one account at one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// What it does.
    pub action: ActionKind,
    /// The person's e-mail.
    pub email: Box<str>,
    /// The vendor's id; `null` where there is none yet.
    pub id: Option<Box<str>>,
    /// What it changes, sorted by attribute.
    pub changes: Vec<Change>,
    /// Why, in one clause.
    pub reason: String,
    /// The digest of the account as it was read; `null` for a create.
    pub current: Option<Digest>,
    /// What brought it about; present when the plan was made against a base roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// An action that is not done, and why. All fields of [`Action`], then `why`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of an action")]
pub struct Kept {
    pub vendor: Box<str>,
    pub action: ActionKind,
    pub email: Box<str>,
    pub id: Option<Box<str>>,
    pub changes: Vec<Change>,
    pub reason: String,
    pub current: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Why it is not done, and what lets it through.
    pub why: String,
}

/// An account that the roster does not name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlisted {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// The vendor's e-mail for it.
    pub email: Box<str>,
    /// The vendor's id; `null` where there is none.
    pub id: Option<Box<str>>,
    /// Why it is only listed although strangers are to be deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Something to know that is no action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// The vendor's name in the roster; absent where it concerns all of the roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Box<str>>,
    /// Whom it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Box<str>>,
    /// One sentence.
    pub text: String,
}

/// What `apply --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What was to be done.
    pub plan: Document,
    /// What became of each action.
    pub outcomes: Vec<Outcome>,
    /// How the journal ended, where the run had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Journal>,
}

/// A journal at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The file, or the place among the state.
    pub place: String,
    /// The hash of its last line, for `journal verify --head`.
    pub head: Box<str>,
}

impl From<&End> for Journal {
    fn from(end: &End) -> Self {
        let End { place, hash } = end;
        Self {
            place: place.clone(),
            head: hash.clone(),
        }
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// What was to be done.
    pub action: ActionKind,
    /// The person's e-mail.
    pub email: Box<str>,
    /// The vendor's id as far as it is known now; `null` where it is not.
    pub id: Option<Box<str>>,
    /// What became of it.
    pub outcome: Verdict,
    /// The HTTP status of the call that decided; `null` where there was none.
    pub status: Option<u16>,
    /// What there is to say about it; may be empty.
    pub message: String,
    /// From start to end, in thousandths at most.
    pub seconds: f64,
}
