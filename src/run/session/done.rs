//! What a run that is done keeps for the next one.

use std::collections::BTreeMap;

use super::Session;
use crate::model::action::ActionKind;
use crate::model::current::LastRead;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::model::spec::ReadFrom;
use crate::state::reads;
use crate::state::small::SmallError;
use crate::state::success::{self, Success};

impl Session {
    /// Keeps the sizes of the lists that this apply went by, for the next run to compare with.
    ///
    /// # Errors
    /// [`SmallError`]: the state cannot be written.
    pub fn remember(&self, plan: &Plan, outcomes: &[Outcome]) -> Result<(), SmallError> {
        let mut sizes = BTreeMap::new();
        for member in &self.members {
            let settings = &member.settings;
            let planned = plan.vendors.iter().find(|it| it.name == settings.name);
            let Some(Ok(read)) = planned.map(|it| &it.read) else {
                continue;
            };
            if settings.read_from() == ReadFrom::Api && read.proof.missing.is_none() {
                let read_at = plan.created_at;
                let accounts = size_after(&settings.name, read.accounts, outcomes);
                sizes.insert(settings.name.clone(), LastRead { accounts, read_at });
            }
        }
        reads::save(&self.state, &sizes)
    }

    /// Notes that an apply did everything it had to.
    ///
    /// # Errors
    /// [`SmallError`]: the state cannot be written.
    pub fn succeeded(&self, plan: &Plan, applied: usize) -> Result<(), SmallError> {
        let success = Success {
            at: self.clock.wall(),
            roster: plan.roster.clone(),
            applied,
        };
        success::save(&self.state, &success)
    }
}

/// Accounts that a vendor's list has after an apply.
fn size_after(vendor: &str, read: usize, outcomes: &[Outcome]) -> u64 {
    let applied = |kind: ActionKind| {
        let mut of_this: Vec<&Outcome> = outcomes.iter().collect();
        of_this.retain(|it| {
            &*it.action.vendor == vendor && it.action.kind == kind && it.verdict == Verdict::Applied
        });
        of_this.len()
    };
    let size = (read + applied(ActionKind::Create)).saturating_sub(applied(ActionKind::Delete));
    u64::try_from(size).unwrap_or(u64::MAX)
}
