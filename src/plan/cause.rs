//! Whether an action follows from a change of the roster or from drift that was there before.
//!
//! Two plans of the same reads are compared, one of the roster and one of its base. What the base
//! asks for in the very same way is drift; everything else is the change's doing. An update that
//! mixes both counts as `change`: whoever reviews the change has to look at it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::action::Action;
use crate::model::canonical::CanonicalAction;
use crate::model::canonical::canonical;
use crate::model::plan::{Plan, VendorPlan, WithheldAction};

/// What brought an action about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// This change of the roster.
    Change,
    /// Drift that was there before.
    Drift,
}

/// The cause of everything a plan would do or keeps back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Causes {
    /// In the order of [`Plan::actions`].
    pub actions: Vec<Cause>,
    /// Of manual steps, vendor by vendor.
    pub manual: Vec<Cause>,
    /// Of held actions, vendor by vendor.
    pub held: Vec<Cause>,
}

/// Finds the causes in a plan, given the plan of the base roster for the same reads.
///
/// Drift is an action that the base plan would do too. An action that a rule kept back in the base
/// plan and lets through now is caused by the change, and so is a hold that the base plan does not
/// have. A step for a person was there before if the base plan has it anywhere.
pub fn causes(plan: &Plan, base: &Plan) -> Causes {
    let done: HashSet<CanonicalAction<'_>> = base.actions().map(canonical).collect();
    let vendors = base.vendors.iter();
    let held = vendors.clone().flat_map(|vendor| &vendor.held);
    let held: HashSet<CanonicalAction<'_>> = held.map(|it| canonical(&it.action)).collect();
    let steps = vendors.flat_map(|vendor| &vendor.manual);
    let steps = steps.map(|it| canonical(&it.action));
    let known = done.iter().chain(&held).cloned().chain(steps).collect();
    let cause = |action: &Action, before: &HashSet<CanonicalAction<'_>>| match before
        .contains(&canonical(action))
    {
        true => Cause::Drift,
        false => Cause::Change,
    };
    let of_kept = |list: fn(&VendorPlan) -> &[WithheldAction], before| {
        let all = plan.vendors.iter().flat_map(list);
        all.map(|kept| cause(&kept.action, before)).collect()
    };
    Causes {
        actions: plan.actions().map(|action| cause(action, &done)).collect(),
        manual: of_kept(|vendor| &vendor.manual, &known),
        held: of_kept(|vendor| &vendor.held, &held),
    }
}

impl Causes {
    /// The part of a plan that has one cause. Strangers and notices have none and are in no part.
    pub fn part(&self, plan: &Plan, cause: Cause) -> Plan {
        let mut part = plan.clone();
        let (mut actions, mut manual, mut held) =
            (self.actions.iter(), self.manual.iter(), self.held.iter());
        for vendor in &mut part.vendors {
            vendor.actions.retain(|_| actions.next() == Some(&cause));
            vendor.manual.retain(|_| manual.next() == Some(&cause));
            vendor.held.retain(|_| held.next() == Some(&cause));
            vendor.unlisted.clear();
            vendor.notices.clear();
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;
    use crate::plan::testing::{Case, Wants as _, account, leaver, person, text};

    fn whole(case: &Case) -> Plan {
        Plan {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            on: "2026-01-05".parse().unwrap(),
            roster: crate::model::digest::Digest("sha256:0".into()),
            people: case.desired.len(),
            vendors: vec![case.plan()],
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        }
    }

    fn accounts() -> Vec<crate::model::account::Account> {
        use testing::Shows as _;
        vec![
            account("ada@example.com", "1").shows("role", text("reader")),
            account("bob@example.com", "2").shows("role", text("reader")),
            account("eve@example.com", "3").shows("role", text("reader")),
        ]
    }

    fn case(desired: Vec<crate::model::desired::DesiredAccount>) -> Case {
        Case::new(&testing::API, desired, accounts())
    }

    #[test]
    fn what_the_base_asks_for_as_well_is_drift() {
        let base = case(vec![
            person("ada@example.com").wants("role", text("admin")),
            person("bob@example.com").wants("role", text("reader")),
            leaver("eve@example.com"),
        ]);
        let now = case(vec![
            person("ada@example.com").wants("role", text("admin")),
            person("bob@example.com").wants("role", text("owner")),
            leaver("eve@example.com"),
            person("new@example.com").wants("role", text("reader")),
        ]);
        let (plan, base) = (whole(&now), whole(&base));
        let found = causes(&plan, &base);
        let shown: Vec<_> = plan
            .actions()
            .zip(&found.actions)
            .map(|(action, cause)| (&*action.email, *cause))
            .collect();
        assert_eq!(
            shown,
            [
                ("eve@example.com", Cause::Drift),
                ("ada@example.com", Cause::Drift),
                ("bob@example.com", Cause::Change),
                ("new@example.com", Cause::Change),
            ]
        );
        let parts = [Cause::Change, Cause::Drift].map(|it| found.part(&plan, it));
        let counts = parts.map(|part| part.summary().actions());
        assert_eq!(counts, [2, 2]);
    }

    #[test]
    fn an_unchanged_roster_has_drift_only() {
        let one = whole(&case(vec![leaver("ada@example.com")]));
        let found = causes(&one, &one);
        assert_eq!(found.actions, [Cause::Drift]);
    }

    #[test]
    fn what_a_rule_let_go_is_caused_by_the_change() {
        let base = case(vec![leaver("ada@example.com")]).protect("ada@*");
        let now = case(vec![leaver("ada@example.com")]);
        assert_eq!(causes(&whole(&now), &whole(&base)).actions, [Cause::Change]);
        // The change holds what its base would do.
        let held = |plan: &Case, base: &Case| causes(&whole(plan), &whole(base)).held;
        assert_eq!(held(&base, &now), [Cause::Change]);
        assert_eq!(held(&base, &base), [Cause::Drift]);
    }
}
