//! A list that is much smaller than at the last apply.

use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::current::LastRead;
use crate::model::plan::OwnSeen;
use crate::plan::testing::*;
use crate::roster::model::Bound;

/// One leaver and one new person; so many accounts now and at the last apply.
fn shrinking(last: u64, now: usize) -> Case {
    let accounts: Vec<Account> = (0..now)
        .map(|at| account(&format!("p{at:03}@x.com"), &at.to_string()))
        .collect();
    Case::new(&API, [leaver("p000@x.com"), person("new@x.com")], accounts).with(|it| {
        it.remembered.last_read = Some(LastRead {
            accounts: last,
            read_at: "2026-01-04T23:59:00Z".parse().unwrap(),
        });
    })
}

#[track_caller]
fn held(case: &Case, expected: bool) {
    let plan = case.plan();
    let changing = |kind: ActionKind| kind.removes() || kind == ActionKind::Create;
    let done = plan.actions.iter().filter(|it| changing(it.kind)).count();
    assert_eq!(
        (done, plan.held.len()),
        if expected { (0, 2) } else { (2, 0) }
    );
    let proof = plan.read.unwrap().proof;
    assert_eq!(proof.missing.is_some(), expected);
    assert_eq!(proof.last, case.remembered.last_read);
    assert_eq!(proof.own, OwnSeen::Nobody);
}

#[test]
fn a_fifth_may_go_and_at_least_five() {
    held(&shrinking(100, 100), false);
    held(&shrinking(100, 140), false);
    held(&shrinking(100, 80), false);
    held(&shrinking(100, 79), true);
    held(&shrinking(7, 2), false);
    held(&shrinking(8, 2), true);
    held(
        &shrinking(100, 2).with(|it| it.remembered.last_read = None),
        false,
    );
}

#[test]
fn the_roster_can_say_how_much() {
    let max =
        |last, now, bound| shrinking(last, now).with(|it| it.settings.max.shrinkage = Some(bound));
    held(&max(100, 98, Bound::Count(2)), false);
    held(&max(100, 97, Bound::Count(2)), true);
    held(&max(100, 50, Bound::Percent(50)), false);
    held(&max(100, 49, Bound::Percent(50)), true);
    held(&max(6, 5, Bound::Percent(10)), true);
    let least = max(6, 5, Bound::Percent(10)).with(|it| it.settings.max.at_least = Some(1));
    held(&least, false);
    held(&max(100, 99, Bound::Percent(0)), true);
}

#[test]
fn the_plan_gives_the_numbers_and_the_option_and_the_option_lets_it_through() {
    let case = shrinking(100, 60);
    let plan = case.plan();
    for part in [
        "from 100 accounts (2026-01-04) to 60",
        "(20)",
        "--allow-shrinkage acme",
    ] {
        assert!(plan.held[0].why.contains(part), "{}", plan.held[0].why);
        assert!(plan.notices[0].text.contains(part), "{:?}", plan.notices);
    }
    held(&case.with(|it| it.allowed.shrinkage = true), false);
}

#[test]
fn a_record_is_no_list() {
    held(
        &shrinking(100, 2).with(|it| it.settings.spec = &RECORD),
        false,
    );
}
