//! What a journal tells: frozen structs of its format. An action is written in the one form that it has.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::action::Action;
use crate::model::context::Context;
use crate::model::digest::Digest;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::value::{ObservedAttributes, Value};

/// The number in `format`.
pub const FORMAT: u32 = 1;

/// One event. A field never changes its name, its meaning or its type; what is new comes as a
/// field that may be absent, or as another format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins; nothing was sent yet.
    RunStarted(Box<RunStarted>),
    /// An action is about to be carried out. A second one of the same number replaces the first:
    /// a create met an account that was there, and this is done instead.
    Intended(Box<Intended>),
    /// A write of this action is about to be sent; once more for every further attempt.
    Sent {
        /// The action's number in its run.
        number: u32,
    },
    /// The action's turn came: from here on a call of it can be on the wire. Only where lines outlive
    /// the process, see [`RunStarted::machine`].
    Begun {
        /// The action's number in its run.
        number: u32,
    },
    /// What became of an action.
    Outcome(Box<Ended>),
    /// What a later run found of an action that was sent and has no outcome.
    Settled(Settled),
    /// A later run took the journal over: from here on the lines are its own, and those of the run
    /// that began it are refused.
    TakenOver {
        /// The later run's machine.
        host: String,
        /// The number of its lease.
        epoch: u64,
        /// See [`RunStarted::machine`]; on another one it did not see all lines.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        machine: Option<String>,
    },
    /// The run is over and reported.
    RunEnded(RunEnded),
    /// The file ended within a line when it was opened to be continued; that piece was cut off.
    Torn {
        /// Its length.
        bytes: u64,
    },
}

/// The head of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`].
    pub format: u32,
    /// Program and version.
    pub tool: String,
    /// `apply` or `undo`.
    pub command: String,
    /// The digest of the roster's meaning.
    pub roster: Digest,
    /// The day that was planned for.
    pub on: Date,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// The vendors that take part.
    pub vendors: BTreeMap<Box<str>, Taking>,
    /// How many actions the plan has.
    pub actions: usize,
    /// The machine, since it was last started, if lines outlive the process there. Read on that
    /// machine, an action without [`Event::Begun`] is known not to have been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The run, as the notes of its reads name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<str>>,
    /// What the run knew of why it ran.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
}

/// A vendor that takes part in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taking {
    /// Its kind.
    pub kind: Box<str>,
    /// Its address.
    pub base_url: Box<str>,
}

/// An action with everything that undoing it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    /// Its number in the run, from 1.
    pub number: u32,
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// What the account showed before a removal, which may take more than the changes say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<BTreeMap<Box<str>, Option<Value>>>,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// The action's number.
    pub number: u32,
    /// The verdict.
    pub outcome: Verdict,
    /// The HTTP status that decided.
    pub status: Option<u16>,
    /// What there is to say.
    pub message: String,
    /// The vendor's id as far as it is known now.
    pub id: Option<Box<str>>,
    /// From start to end.
    pub seconds: f64,
}

/// What a later run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The action's number.
    pub number: u32,
    /// Whether the vendor shows its effect.
    pub happened: bool,
    /// How that was learnt.
    pub message: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the words of the report")]
pub struct RunEnded {
    pub applied: usize,
    pub unverified: usize,
    pub failed: usize,
    pub skipped: usize,
    /// The run was cut off, and a later one settled what it had left open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_later_run: bool,
}

impl Intended {
    /// The event of an action; `account` is what a removal takes away.
    pub fn of(number: u32, action: &Action, account: Option<&ObservedAttributes>) -> Self {
        Self {
            number,
            action: action.clone(),
            account: account.map(|shown| {
                let pairs = shown.iter();
                pairs.map(|(name, it)| (name.into(), it.clone())).collect()
            }),
        }
    }
}

impl Ended {
    /// The event of an outcome.
    pub fn of(number: u32, outcome: &Outcome) -> Self {
        let Outcome {
            action: _,
            verdict,
            status,
            message,
            id,
            seconds,
        } = outcome;
        Self {
            number,
            outcome: *verdict,
            status: *status,
            message: message.clone(),
            id: id.clone(),
            seconds: (seconds * 1_000.0).round() / 1_000.0,
        }
    }
}

impl RunEnded {
    /// The counts of some outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let count = |verdict| outcomes.iter().filter(|it| it.verdict == verdict).count();
        Self {
            applied: count(Verdict::Applied),
            unverified: count(Verdict::Unverified),
            failed: count(Verdict::Failed),
            skipped: count(Verdict::Skipped),
            by_later_run: false,
        }
    }
}

/// One line of a journal, its own hash aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the file, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The hash of the line before; `null` in the first.
    pub prev: Option<Box<str>>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
