//! Notes: one line for each read of the vendors and each end of a run, so that "the same", "not
//! read" and "not ended" can be told apart long after. Plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::ActionKind;
use super::context::Context;
use super::digest::Digest;
use super::plan::OwnSeen;

/// Notes that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// In the order in which they were written.
    pub notes: Vec<Note>,
    /// What is wrong with them, one sentence each; empty where nobody touched them.
    pub flaws: Vec<String>,
    /// The hash of the last one.
    pub last: Option<Box<str>>,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When it was written.
    pub at: Timestamp,
    /// The hash of the note before; `null` in the first.
    pub prev: Option<Box<str>>,
    /// What happened.
    #[serde(flatten)]
    pub event: NoteEvent,
}

/// What a note tells. A field never changes its name, its meaning or its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum NoteEvent {
    /// Vendors were read.
    Read(Box<ReadNote>),
    /// A run that was to write came to its end.
    Ended(EndNote),
    /// Journals and inventories of before a day were dropped.
    Dropped {
        /// What is younger stayed.
        before: Date,
        /// How many journals went.
        journals: usize,
        /// How many months of inventories and notes went.
        months: usize,
    },
    /// What was kept of one person was made anonymous: hashes of before do not fit any more.
    Erased {
        /// How many journals and documents had something of them.
        changed: usize,
    },
}

/// A read of the vendors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadNote {
    /// Tells the run from every other one; its journal has it too.
    pub run: Box<str>,
    /// `apply`, `undo` or `access`.
    pub command: Box<str>,
    /// The digest of the roster's meaning.
    pub roster: Digest,
    /// The day that was planned for.
    pub on: Date,
    /// What the run knew of why it ran.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    /// Each vendor that was to be read.
    pub vendors: BTreeMap<Box<str>, VendorNote>,
    /// How many actions were about to be carried out.
    pub actions: usize,
    /// Options that let something through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// What a safety rule kept back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldNote>,
}

/// A vendor that was to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorNote {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// The digest of the inventory; absent where the read was not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What speaks for the read; absent where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ReadProof>,
    /// Why it could not be read, or not completely; with a digest, what its reads cannot show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What speaks for a complete read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadProof {
    /// Accounts seen.
    pub accounts: usize,
    /// Pages read; 0 where there is no paging.
    pub pages: u32,
    /// The vendor's own count of accounts, where it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
    /// Whether the account behind the credentials was in the list.
    pub own: OwnSeen,
}

/// An action that a safety rule kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldNote {
    /// The vendor's name in the roster.
    pub vendor: Box<str>,
    /// What was to be done.
    pub action: ActionKind,
    /// To whom.
    pub email: Box<str>,
    /// Why it was not.
    pub why: String,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndNote {
    /// [`ReadNote::run`].
    pub run: Box<str>,
    /// Where its journal is; absent where nothing had to be put on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Box<str>>,
    /// The hash of the journal's last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Box<str>>,
    /// Actions that are done.
    pub applied: usize,
    /// Actions that are not.
    pub not_applied: usize,
    /// Whether it was not cut off.
    pub complete: bool,
}
