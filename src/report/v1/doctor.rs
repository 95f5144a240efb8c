//! Version 1 of the document of `doctor`: frozen structs, under the same rules as the plan's.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FORMAT;
use super::convert::whole_seconds;
use crate::plan::checkup as core;

/// Whether this machine and the vendors of a roster are ready for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Doctor {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// As it should be.
    pub ok: usize,
    /// It works, and somebody should look.
    pub warn: usize,
    /// It does not work.
    pub fail: usize,
    /// Nobody can tell from here.
    pub unknown: usize,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The vendor's name in the roster; `null`: it is about this machine.
    pub vendor: Option<Box<str>>,
    /// What was looked at.
    #[schemars(extend("enum" = core::Topic::ALL.map(check_word)))]
    pub check: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do next; `null` when nothing has to be done.
    pub next: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
    /// Nobody can tell from here.
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
                ok: checkup.count(core::Health::Ok),
                warn: checkup.count(core::Health::Warn),
                fail: checkup.count(core::Health::Fail),
                unknown: checkup.count(core::Health::Unknown),
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
                core::Health::Ok => State::Ok,
                core::Health::Warn => State::Warn,
                core::Health::Fail => State::Fail,
                core::Health::Unknown => State::Unknown,
            },
            found: found.clone(),
            next: next.clone(),
        }
    }
}
