//! The rules that concern a plan as a whole: proof, licence, `max`.

use std::collections::BTreeSet;

use super::admins::{Identity, subject};
use super::{Allowed, Guard, rights};
use crate::model::action::{Action, ActionKind};
use crate::model::current::Own;
use crate::model::email::compare_emails;
use crate::model::plan::{Level, Notice, VendorPlan, WithheldAction};
use crate::model::spec::{DeactivateMode, Rights};
use crate::roster::model::Bound;

/// The share of active accounts that a plan may switch off when `max.deactivations` is silent.
const DEFAULT_DEACTIVATION_PERCENT: u8 = 10;
/// The least that the default allows, so that a small company can lose three people in a week.
const DEFAULT_DEACTIVATIONS_AT_LEAST: u64 = 3;

/// The same at a vendor that a file describes and that nobody has tried at this tenant.
const MOST_UNTRIED: u64 = 3;

impl Guard<'_> {
    /// Applies the rules that concern the plan as a whole. `strangers` are the accounts that are
    /// switched off because the roster does not list them.
    ///
    /// What one rule holds no longer counts for the next; so the proof comes before the last
    /// administrator (a removal that is held takes nobody away) and `max`, which counts what is
    /// left, comes last.
    pub(in crate::plan) fn limit(
        &self,
        mut plan: VendorPlan,
        allowed: Allowed,
        strangers: &BTreeSet<Identity>,
    ) -> VendorPlan {
        self.keep_within_proof(&mut plan);
        self.keep_last_admin(&mut plan, strangers);
        self.keep_within_allowance(&mut plan);
        self.keep_removals_within_max(&mut plan, allowed);
        self.keep_creates_within_max(&mut plan, allowed);
        self.keep_admin_grants_within_max(&mut plan, allowed);
        plan.hints.admins = self.grants(&plan);
        plan.notices.extend(self.doubtful_rights(&plan));
        if self.own.is_empty() && self.known.current.own == Own::Unknown && self.could_hurt_itself()
        {
            plan.notices.push(Notice {
                level: Level::Warning,
                email: None,
                text: String::from(
                    "it is not known which account the credentials belong to; set own_account so \
                     that it is protected",
                ),
            });
        }
        plan
    }

    /// Whether this run could take something from its own account.
    fn could_hurt_itself(&self) -> bool {
        let mut attributes = self.settings.spec.attributes.iter();
        self.settings.deactivate.mode != DeactivateMode::Manual
            || attributes.any(|it| it.rights != Rights::None)
    }

    /// No removal and no create without proof of a complete read.
    fn keep_within_proof(&self, plan: &mut VendorPlan) {
        let Some(missing) = self.unproved() else {
            return;
        };
        let why = format!(
            "the read of {} is not proved complete: {missing}",
            self.settings.name
        );
        hold_where(plan, |action| {
            (action.kind.removes() || action.kind == ActionKind::Create).then(|| why.clone())
        });
        // Said even where nothing is held: a leaver whom such a read does not show may be there.
        plan.notices.push(Notice {
            level: Level::Warning,
            email: None,
            text: format!("{why}; creates and removals are held"),
        });
    }

    /// Creates beyond what the vendor's licence still allows; by e-mail, so that the same people
    /// come first in every run.
    fn keep_within_allowance(&self, plan: &mut VendorPlan) {
        let Some(allowance) = &self.known.current.allowance else {
            return;
        };
        let mut left = allowance.creates;
        plan.actions
            .sort_by(|one, other| compare_emails(&one.email, &other.email));
        hold_where(plan, |action| {
            if action.kind != ActionKind::Create {
                return None;
            }
            if left > 0 {
                left -= 1;
                return None;
            }
            Some(format!("no account left to create: {}", allowance.text))
        });
    }

    /// `max.deactivations`, counted before the first write.
    fn keep_removals_within_max(&self, plan: &mut VendorPlan, allowed: Allowed) {
        let removals = count(plan, ActionKind::removes);
        let bound = match self.settings.max.deactivations {
            Some(bound) => self.resolve(bound),
            None if self.settings.is_untried() => MOST_UNTRIED,
            None => self
                .resolve(Bound::Percent(DEFAULT_DEACTIVATION_PERCENT))
                .max(
                    self.settings
                        .max
                        .at_least
                        .unwrap_or(DEFAULT_DEACTIVATIONS_AT_LEAST),
                ),
        };
        let most = allowed.deactivations.unwrap_or(bound);
        if removals <= most {
            return;
        }
        // Accounts that are off lose nothing by waiting; leavers must not keep their access because
        // many graces end on one day.
        let staged = self.settings.delete_after.is_some();
        let fits = staged && count(plan, |kind| kind == ActionKind::Deactivate) <= most;
        let limit = match allowed.deactivations {
            Some(given) => format!("--allow-deactivations lets through ({given})"),
            None => format!(
                "max.deactivations allows ({bound} with {} active accounts)",
                self.active
            ),
        };
        let name = &self.settings.name;
        let why = format!(
            "{removals} removals at {name} are more than {limit}; if they are meant: \
             --allow-deactivations {name}={removals}"
        );
        let waits = |kind: ActionKind| match fits {
            true => kind == ActionKind::Delete,
            false => kind.removes(),
        };
        hold_where(plan, |action| waits(action.kind).then(|| why.clone()));
    }

    /// `max.creates`, counted before the first write; where the roster sets none, there is none.
    fn keep_creates_within_max(&self, plan: &mut VendorPlan, allowed: Allowed) {
        let Some(bound) = self.settings.max.creates.map(|it| self.resolve(it)) else {
            return;
        };
        let creates = count(plan, |kind| kind == ActionKind::Create);
        if creates <= allowed.creates.unwrap_or(bound) {
            return;
        }
        let limit = match allowed.creates {
            Some(given) => format!("--allow-creates lets through ({given})"),
            None => format!("max.creates allows ({bound})"),
        };
        let name = &self.settings.name;
        let why = format!(
            "{creates} creates at {name} are more than {limit}; if they are meant: \
             --allow-creates {name}={creates}"
        );
        hold_where(plan, |action| {
            (action.kind == ActionKind::Create).then(|| why.clone())
        });
    }

    /// `max.admin_grants`, counted before the first write; where the roster sets none, there is
    /// none. Whoever can edit the roster could otherwise make a hundred administrators with a line
    /// in a profile, or give themselves the account of one with an id.
    ///
    /// Steps for a person count too: done by hand, they do the same.
    fn keep_admin_grants_within_max(&self, plan: &mut VendorPlan, allowed: Allowed) {
        let Some(bound) = self.settings.max.admin_grants.map(|it| self.resolve(it)) else {
            return;
        };
        let steps = plan.manual.iter().map(|kept| &kept.action);
        let all = plan.actions.iter().chain(steps);
        let granted: BTreeSet<Identity> = all
            .filter(|it| self.grant(it).is_some())
            .map(subject)
            .collect();
        let grants = u64::try_from(granted.len()).unwrap_or(u64::MAX);
        if grants <= allowed.admin_grants.unwrap_or(bound) {
            return;
        }
        let limit = match allowed.admin_grants {
            Some(given) => format!("--allow-admin-grants lets through ({given})"),
            None => format!("max.admin_grants allows ({bound})"),
        };
        let name = &self.settings.name;
        let what = match grants {
            1 => String::from("1 person would become an administrator"),
            _ => format!("{grants} people would become administrators"),
        };
        let why = format!(
            "{what} or get the account of one at {name}, more than {limit}; if that is meant: \
             --allow-admin-grants {name}={grants}"
        );
        for action in std::mem::take(&mut plan.actions) {
            let Some(grant) = self.grant(&action) else {
                plan.actions.push(action);
                continue;
            };
            // What else the person is to get or to lose does not wait for it.
            let split = rights::but_for_the_grant(self.settings.spec, &action, &grant);
            let action = split.map_or(action, |(part, rest)| {
                plan.actions.push(part);
                rest
            });
            plan.held.push(WithheldAction {
                action,
                why: why.clone(),
            });
        }
        let steps = plan
            .manual
            .extract_if(.., |kept| self.grant(&kept.action).is_some());
        let steps = steps.map(|WithheldAction { action, why: _ }| WithheldAction {
            action,
            why: why.clone(),
        });
        plan.held.extend(steps);
    }

    /// Rights that are given and are called like an administrator's, but make none by any rule:
    /// whoever approves should know, and may want to say so in the roster.
    fn doubtful_rights(&self, plan: &VendorPlan) -> Option<Notice> {
        let changes = plan
            .all()
            .filter(|it| !it.kind.removes() && plan.hints.grant(it).is_none());
        let changes = changes.flat_map(|it| &it.changes);
        let names = changes.flat_map(|it| rights::like_admins(self.settings.spec, it));
        let names: BTreeSet<(&str, &str)> = names.collect();
        let ((attribute, first), more) = (names.first()?, names.len() - 1);
        let more = match more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(Notice {
            level: Level::Warning,
            email: None,
            text: format!(
                "a right called `{first}` is given{more}, which does not count as an \
                 administrator's; if it makes one, say so: `admins: {{ attribute: {attribute}, \
                 values: [{first}] }}`"
            ),
        })
    }

    fn resolve(&self, bound: Bound) -> u64 {
        match bound {
            Bound::Count(count) => count,
            Bound::Percent(percent) => {
                let share = self.active.saturating_mul(u64::from(percent)) / 100;
                share.max(self.settings.max.at_least.unwrap_or_default())
            }
        }
    }
}

fn count(plan: &VendorPlan, of: impl Fn(ActionKind) -> bool) -> u64 {
    let found = plan.actions.iter().filter(|action| of(action.kind)).count();
    u64::try_from(found).unwrap_or(u64::MAX)
}

/// Moves actions to `held` where a rule gives a reason.
fn hold_where(plan: &mut VendorPlan, mut rule: impl FnMut(&Action) -> Option<String>) {
    for action in std::mem::take(&mut plan.actions) {
        match rule(&action) {
            Some(why) => plan.held.push(WithheldAction { action, why }),
            None => plan.actions.push(action),
        }
    }
}
