//! Kinds of endings to exit codes, in one place.

use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::plan::cause::{Cause, Causes};
use crate::plan::checkup::{Checkup, Health};
use crate::plan::leavers::{LeaverState, LeaversCheck};

/// How a command ended. Where several hold, the first of 1, 3, 4, 2 wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1: usage, roster, secrets, a vendor could not be read; nothing was written.
    Error,
    /// 2: `plan --detailed-exitcode` and there are changes; `leavers` and somebody has access.
    Changes,
    /// 3: apply ended with actions failed, unverified or skipped.
    Unfinished,
    /// 4: a safety rule held actions back.
    Held,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Unfinished => 3,
            Self::Held => 4,
        }
    }

    /// The exit of `plan`. With causes, only what the change itself gets held counts: drift that
    /// is held is no fault of whoever proposes the change, and turns the nightly run red.
    pub(super) fn of_plan(plan: &Plan, causes: Option<&Causes>, detailed: bool) -> Self {
        let summary = plan.summary();
        let held = match causes {
            Some(causes) => causes.held.contains(&Cause::Change),
            None => summary.held > 0,
        };
        if plan.unread().next().is_some() {
            Self::Error
        } else if held {
            Self::Held
        } else if detailed && summary.actions() > 0 {
            Self::Changes
        } else {
            Self::Done
        }
    }

    /// The exit of `doctor`.
    pub(super) fn of_checkup(checkup: &Checkup) -> Self {
        match checkup.count(Health::Fail) {
            0 => Self::Done,
            _ => Self::Error,
        }
    }

    /// The exit of `leavers`.
    pub(super) fn of_leavers(check: &LeaversCheck) -> Self {
        if check.has_problems() {
            Self::Error
        } else if check.count(LeaverState::StillActive) > 0 {
            Self::Changes
        } else {
            Self::Done
        }
    }

    /// The exit of an apply that could read at least one vendor. `left` is the plan made
    /// afterwards, where one was.
    pub(super) fn of_apply(plan: &Plan, outcomes: &[Outcome], left: Option<&Plan>) -> Self {
        let unfinished = plan.unread().next().is_some()
            || outcomes.iter().any(|it| it.verdict != Verdict::Applied)
            || left
                .is_some_and(|left| left.summary().actions() > 0 || left.unread().next().is_some());
        if unfinished {
            Self::Unfinished
        } else if plan.summary().held > 0 {
            Self::Held
        } else {
            Self::Done
        }
    }
}
