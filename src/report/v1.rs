//! Version 1 of the plan document and of the apply report: frozen structs.
//!
//! What the program works with in the very same form (`Action`, `Verdict`, …) is written as it is; a test
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
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::action::{Action, ActionKind};
use crate::model::context::Context;
use crate::model::digest::Digest;
use crate::model::outcome::Verdict;
use crate::model::plan::{Ending, Level, OwnSeen, Summary};
use crate::plan::cause::Cause;
use crate::state::journal::chain::End;

/// The number in `format`.
pub const FORMAT: u32 = 1;

/// What has to be done so that the vendors hold what the roster says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When, in whole seconds, UTC.
    pub created_at: Timestamp,
    /// The day the plan is for; `starts` and `ends` are compared with it.
    pub on: Date,
    /// The roster the plan was made from.
    pub roster: Roster,
    /// The vendors of the roster, by name.
    pub vendors: BTreeMap<Box<str>, Vendor>,
    /// How many of each.
    pub summary: Summary,
    /// What whoever approves the plan has to see first. Plans of former versions lack it; the digest
    /// does not cover it.
    #[serde(default)]
    pub attention: attention::Attention,
    /// What an apply would do, in the order in which it does it within a vendor.
    pub actions: Vec<Planned>,
    /// What a person has to do, because a vendor's API cannot.
    pub manual: Vec<WithheldAction>,
    /// What a safety rule keeps back.
    pub held: Vec<WithheldAction>,
    /// Active accounts that the roster does not name.
    pub unlisted: Vec<Unlisted>,
    /// What else there is to know.
    pub notices: Vec<Notice>,
    /// People whose access ends soon; absent when nobody's does, or nobody asked. The digest does not
    /// cover it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ending: Vec<Ending>,
    /// Of where it is done, the actions, and the accounts they were planned for: what a reviewer
    /// approves. Absent when a vendor could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// The roster of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Of the roster's meaning: a comment does not change it.
    pub digest: Digest,
    /// People in the roster.
    pub people: usize,
}

/// One vendor of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Vendor {
    /// It was read.
    Read(ReadVendor),
    /// It could not be read.
    Unread(UnreadVendor),
}

/// A vendor that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadVendor {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Where it was read.
    pub base_url: Box<str>,
    /// Whose accounts these are: the address and what chooses among tenants there; of a sandbox
    /// without its port. The digest covers it. Documents of former versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<str>>,
    /// It is only observed (`mode: observe`): actions here are shown and never carried out, and have no
    /// outcome. Absent where they are carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastRead {
    /// Accounts that were there after it.
    pub accounts: u64,
    /// When, in whole seconds, UTC.
    pub read_at: Timestamp,
}

/// A vendor that could not be read; nothing is planned there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadVendor {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Why not.
    pub error: String,
}

/// What the actions of a vendor will take at its limits, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Calls in all.
    pub calls: u64,
    /// Seconds in all.
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

/// An action that an apply does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Planned")]
pub struct Planned<A = Action> {
    /// The action.
    #[serde(flatten)]
    pub action: A,
    /// What brought it about; present when the plan was made against a base roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The files of the roster that it comes from, for their owners to be asked. The digest does not
    /// cover them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Box<str>>,
}

/// An action that an apply does not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Kept")]
pub struct WithheldAction<A = Action> {
    /// The action.
    #[serde(flatten)]
    pub action: A,
    /// What brought it about; present when the plan was made against a base roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The files of the roster that it comes from, for their owners to be asked. The digest does not
    /// cover them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Box<str>>,
    /// Why it is not done, and what lets it through.
    pub why: String,
}

/// An active account that the roster does not name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// What an apply was to do, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What was to be done.
    pub plan: Document,
    /// One for each action of the plan that was reached.
    pub outcomes: Vec<Outcome>,
    /// How the journal ended, where the run had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Journal>,
    /// What the run knew of why it ran: commit, actor, pull request, approvals, and who vouches for
    /// each; absent where nothing is known.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
}

/// A journal at the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    #[schemars(range(min = 100, max = 999))]
    pub status: Option<u16>,
    /// What there is to say about it; may be empty.
    pub message: String,
    /// From start to end, in thousandths at most.
    #[schemars(range(min = 0.0))]
    pub seconds: f64,
}
