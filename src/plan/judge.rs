//! A proposed roster's plan, judged by the rules of its base too: whoever proposes a change of
//! people must not thereby change what holds it back.

use std::collections::{HashMap, HashSet};

use super::guard::{by_attribute, without};
use crate::model::action::{Action, ActionKind, Change};
use crate::model::canonical::{CanonicalAction, canonical};
use crate::model::plan::{Plan, VendorPlan, WithheldAction};

/// What whoever proposed the change can do.
const ADVICE: &str = "the rules of the base roster decide here: have their change reviewed and \
                      merged by itself, and plan again";

/// Holds every action that the same people get no such plan for under the base's rules.
///
/// `strict` is the plan of the same people, made from the same reads under those rules. The parts
/// are to be arranged anew.
pub fn hold_as_base(plan: &mut Plan, strict: &Plan) {
    let strict: HashMap<&str, &VendorPlan> =
        strict.vendors.iter().map(|it| (&*it.name, it)).collect();
    for vendor in &mut plan.vendors {
        if let Some(strict) = strict.get(&*vendor.name) {
            hold(vendor, strict);
        }
    }
}

fn hold(plan: &mut VendorPlan, strict: &VendorPlan) {
    let done: HashSet<CanonicalAction<'_>> = strict.actions.iter().map(canonical).collect();
    let kept = strict.manual.iter().chain(&strict.held);
    let why: HashMap<_, &str> = kept.map(|it| (account(&it.action), &*it.why)).collect();
    let parts = strict.actions.iter();
    let parts: HashMap<_, &Action> = parts.map(|it| (account(it), it)).collect();
    for action in std::mem::take(&mut plan.actions) {
        if done.contains(&canonical(&action)) {
            plan.actions.push(action);
            continue;
        }
        // Of an update the base's rules may hold a part.
        let part = parts.get(&account(&action));
        let part = part.filter(|it| it.kind == action.kind && is_part(it, &action));
        let action = part.map_or(action.clone(), |part| {
            plan.actions.push((**part).clone());
            without(&action, part)
        });
        let why = why.get(&account(&action)).copied();
        let why = why.unwrap_or("the base roster does not have this done");
        let why = format!("{why}; {ADVICE}");
        plan.held.push(WithheldAction { action, why });
    }
}

/// Whether each change of a part is one of the whole, or takes some of what that takes.
fn is_part(part: &Action, whole: &Action) -> bool {
    let whole: HashMap<&str, &Change> = by_attribute(&whole.changes).collect();
    let known = |(name, change): (&str, &Change)| {
        let of_whole = whole.get(name);
        of_whole.is_some_and(|it| it.before == change.before)
    };
    part.kind == ActionKind::Update && by_attribute(&part.changes).all(known)
}

/// Whose action it is.
fn account(action: &Action) -> (&str, Option<&str>) {
    (&action.email, action.id.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;
    use crate::plan::testing::{Case, Wants as _, account, leaver, person, text};

    fn plan(vendor: VendorPlan) -> Plan {
        Plan {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            on: "2026-01-05".parse().unwrap(),
            roster: crate::model::digest::Digest("sha256:0".into()),
            people: 0,
            vendors: vec![vendor],
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        }
    }

    fn case() -> Case {
        use testing::Shows as _;
        Case::new(
            &testing::API,
            vec![
                leaver("ada@example.com"),
                person("bob@example.com").wants("role", text("owner")),
                person("new@example.com").wants("role", text("reader")),
            ],
            vec![
                account("ada@example.com", "1").shows("role", text("reader")),
                account("bob@example.com", "2").shows("role", text("reader")),
                account("eve@example.com", "3").shows("role", text("reader")),
            ],
        )
    }

    #[track_caller]
    fn check(strict: &Case, held: &[(&str, &str)]) {
        let mut judged = plan(case().plan());
        let all = judged.vendors[0].actions.len();
        hold_as_base(&mut judged, &plan(strict.plan()));
        let vendor = &judged.vendors[0];
        assert_eq!(vendor.actions.len() + vendor.held.len(), all);
        let found: Vec<&str> = vendor.held.iter().map(|it| &*it.action.email).collect();
        let expected: Vec<&str> = held.iter().map(|(email, _)| *email).collect();
        assert_eq!(found, expected);
        for (kept, (_, why)) in vendor.held.iter().zip(held) {
            assert!(kept.why.contains(why), "no {why} in {}", kept.why);
            assert!(kept.why.ends_with(ADVICE), "{}", kept.why);
        }
    }

    #[test]
    fn the_same_rules_hold_nothing_more() {
        check(&case(), &[]);
    }

    #[test]
    fn what_a_dropped_rule_held_stays_held() {
        check(
            &case().protect("ada@*"),
            &[("ada@example.com", "is protected")],
        );
    }

    #[test]
    fn what_the_base_would_do_of_an_update_is_done() {
        use crate::roster::model::Bound;
        use testing::Shows as _;
        let people = vec![
            person("bob@example.com")
                .wants("tier", text("ADMIN"))
                .wants("company", text("X")),
        ];
        let there = account("bob@example.com", "2").shows("tier", text("BASIC"));
        let there = there.shows("company", None);
        let case = Case::new(&testing::ADMIN_TIER, people, vec![there]);
        let mut judged = plan(case.plan());
        let strict = case.with(|it| it.settings.max.admin_grants = Some(Bound::Count(0)));
        hold_as_base(&mut judged, &plan(strict.plan()));
        let names = |action: &Action| {
            let names = action.changes.iter().map(|it| it.attribute.to_string());
            names.collect::<Vec<_>>()
        };
        let vendor = &judged.vendors[0];
        assert_eq!(
            vendor.actions.iter().map(names).collect::<Vec<_>>(),
            [["company"]]
        );
        let held = vendor.held.iter().map(|it| names(&it.action));
        assert_eq!(held.collect::<Vec<_>>(), [["tier"]]);
    }

    #[test]
    fn what_only_the_base_would_change_is_not_done() {
        use testing::Shows as _;
        let bob = |name, value| {
            let there = account("bob@example.com", "2").shows("role", text("reader"));
            let there = there.shows("company", text("Y"));
            let wanted = person("bob@example.com").wants(name, text(value));
            Case::new(&testing::API, [wanted], [there])
        };
        let mut judged = plan(bob("role", "owner").plan());
        hold_as_base(&mut judged, &plan(bob("company", "X").plan()));
        let vendor = &judged.vendors[0];
        assert_eq!(vendor.actions, []);
        let held = vendor.held.iter().flat_map(|it| &it.action.changes);
        assert!(
            held.map(|it| &*it.attribute).eq(["role"]),
            "{:?}",
            vendor.held
        );
    }

    #[test]
    fn what_the_base_would_not_do_at_all_is_held() {
        let mut strict = case();
        strict.desired.retain(|it| &*it.email != "new@example.com");
        check(&strict, &[("new@example.com", "does not have this done")]);
    }
}
