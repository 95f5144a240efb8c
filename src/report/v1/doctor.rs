//! Version 1 of the document of `doctor`: frozen structs, under the same rules as the plan's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::FORMAT;
use super::convert::whole_seconds;
use crate::plan::checkup as core;

/// What `doctor --format json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doctor {
    /// [`FORMAT`].
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When it ended, in whole seconds, UTC.
    pub made_at: Timestamp,
    /// How many of each.
    pub summary: Summary,
    /// This machine first, then vendor by vendor.
    pub checks: Vec<Check>,
}

/// How many checks are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the words of the document")]
pub struct Summary {
    pub ok: usize,
    pub warn: usize,
    pub fail: usize,
    pub unknown: usize,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The vendor's name in the roster; `null`: it is about this machine.
    pub vendor: Option<Box<str>>,
    /// What was looked at: `reach`, `own_account`, …
    pub check: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do next; `null` when nothing has to be done.
    pub next: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variants are the words of the document")]
pub enum State {
    Ok,
    Warn,
    Fail,
    Unknown,
}

/// The word for a check in the document.
pub fn check_word(topic: core::Topic) -> String {
    topic.as_str().replace(' ', "_")
}

impl From<&core::Checkup> for Doctor {
    fn from(checkup: &core::Checkup) -> Self {
        let core::Checkup { made_at, checks } = checkup;
        Self {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            made_at: whole_seconds(*made_at),
            summary: Summary {
                ok: checkup.count(core::State::Ok),
                warn: checkup.count(core::State::Warn),
                fail: checkup.count(core::State::Fail),
                unknown: checkup.count(core::State::Unknown),
            },
            checks: checks.iter().map(Check::from).collect(),
        }
    }
}

impl From<&core::Check> for Check {
    fn from(check: &core::Check) -> Self {
        let core::Check {
            vendor,
            topic,
            state,
            found,
            next,
        } = check;
        Self {
            vendor: vendor.clone(),
            check: check_word(*topic),
            state: match state {
                core::State::Ok => State::Ok,
                core::State::Warn => State::Warn,
                core::State::Fail => State::Fail,
                core::State::Unknown => State::Unknown,
            },
            found: found.clone(),
            next: next.clone(),
        }
    }
}
