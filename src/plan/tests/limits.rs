//! Limits of a whole plan: licence, `max`, and what counts for them.

use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::current::Allowance;
use crate::model::desired::DesiredAccount;
use crate::model::spec::DeactivateMode;
use crate::plan::guard::Allowed;
use crate::plan::testing::*;
use crate::roster::model::{Bound, Max, Unlisted};

/// So many leavers among so many active accounts.
fn leaving(leavers: usize, active: usize) -> Case {
    let people: Vec<DesiredAccount> = (0..active)
        .map(|at| match at < leavers {
            true => leaver(&format!("p{at:03}@x.com")),
            false => person(&format!("p{at:03}@x.com")),
        })
        .collect();
    let accounts: Vec<Account> = (0..active)
        .map(|at| account(&format!("p{at:03}@x.com"), &at.to_string()))
        .collect();
    Case::new(&API, people, accounts)
}

fn joining(new: usize, active: usize) -> Case {
    leaving(0, active).with(|it| {
        let people = (0..new).map(|at| person(&format!("n{at:03}@x.com")));
        it.desired.extend(people);
    })
}

/// How many removals and creates are planned and held.
fn counts(case: &Case) -> (usize, usize) {
    let plan = case.plan();
    (plan.actions.len(), plan.held.len())
}

fn max(deactivations: Option<Bound>, creates: Option<Bound>) -> impl FnOnce(&mut Case) {
    move |it| {
        it.settings.max = Max {
            creates,
            deactivations,
            ..Max::default()
        }
    }
}

#[test]
fn the_default_is_a_tenth_and_at_least_three() {
    assert_eq!(counts(&leaving(3, 4)), (3, 0));
    assert_eq!(counts(&leaving(4, 4)), (0, 4));
    assert_eq!(counts(&leaving(4, 49)), (4, 0));
    assert_eq!(counts(&leaving(5, 49)), (0, 5));
    assert_eq!(counts(&leaving(5, 50)), (5, 0));
}

#[test]
fn a_number_or_a_share_of_the_active_accounts_replaces_it() {
    let with = |bound| max(Some(bound), None);
    assert_eq!(counts(&leaving(1, 9).with(with(Bound::Count(0)))), (0, 1));
    assert_eq!(counts(&leaving(9, 9).with(with(Bound::Count(9)))), (9, 0));
    assert_eq!(
        counts(&leaving(1, 9).with(with(Bound::Percent(10)))),
        (0, 1)
    );
    assert_eq!(
        counts(&leaving(1, 10).with(with(Bound::Percent(10)))),
        (1, 0)
    );
    assert_eq!(
        counts(&leaving(9, 9).with(with(Bound::Percent(100)))),
        (9, 0)
    );
    // Accounts that are off are not part of the share.
    let off = leaving(2, 10).with(|it| {
        let more = (0..90).map(|at| inactive(&format!("o{at}@x.com"), &format!("o{at}")));
        it.current.accounts.extend(more);
    });
    assert_eq!(counts(&off.with(with(Bound::Percent(10)))), (0, 2));
}

#[test]
fn the_message_gives_the_option_that_lets_it_through() {
    let case = leaving(5, 9);
    let plan = case.plan();
    assert_eq!(
        plan.held[0].why,
        "5 removals at acme are more than max.deactivations allows (3 with 9 active accounts); \
         if they are meant: --allow-deactivations acme=5"
    );
    let allow = |deactivations| {
        let case = case.clone();
        case.with(|it| it.allowed.deactivations = Some(deactivations))
    };
    assert_eq!(counts(&allow(5)), (5, 0));
    assert_eq!(counts(&allow(4)), (0, 5));
    let why = &allow(4).plan().held[0].why;
    assert!(why.contains("more than --allow-deactivations lets through (4)"));
}

#[test]
fn deletes_count_and_steps_for_a_person_do_not() {
    assert_eq!(counts(&leaving(4, 9).mode(DeactivateMode::Delete)), (0, 4));
    let manual = leaving(4, 9).mode(DeactivateMode::Manual).plan();
    assert_eq!((manual.manual.len(), manual.held.len()), (4, 0));
}

#[test]
fn what_another_rule_holds_does_not_count() {
    // Four leavers of nine; one is protected, so three removals are left: the default.
    let case = leaving(4, 9).protect("p000@x.com");
    assert_eq!(counts(&case), (3, 1));
    let unproved = leaving(4, 9).with(|it| it.current.proof.missing.push("cut".into()));
    let held = unproved.plan().held;
    assert!(held.iter().all(|it| it.why.contains("not proved complete")));
}

#[test]
fn strangers_count_too() {
    let case = leaving(2, 9).unlisted(Unlisted::Deactivate);
    let more = |case: Case, count: usize| {
        case.with(|it| {
            let more = (0..count).map(|at| account(&format!("s{at}@x.com"), &format!("s{at}")));
            it.current.accounts.extend(more);
        })
    };
    assert_eq!(counts(&more(case.clone(), 1)), (3, 0));
    assert_eq!(counts(&more(case, 2)), (0, 4));
}

#[test]
fn a_narrow_scope_counts_what_it_plans_against_everybody() {
    let case = leaving(5, 9).only(&["p000@x.com", "p001@x.com"]);
    assert_eq!(counts(&case), (2, 0));
    assert_eq!(counts(&case.with(max(Some(Bound::Count(1)), None))), (0, 2));
}

#[test]
fn a_removal_limit_holds_no_update_and_no_create() {
    let case = leaving(5, 9).with(|it| {
        it.desired.push(person("new@x.com"));
        it.desired
            .push(person("w@x.com").wants("company", text("X")));
        let w = account("w@x.com", "w").shows("company", text("Y"));
        it.current.accounts.push(w);
    });
    let plan = case.plan();
    let kinds: Vec<ActionKind> = plan.actions.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [ActionKind::Update, ActionKind::Create]);
    assert_eq!(plan.held.len(), 5);
}

#[test]
fn creates_have_no_default_limit() {
    assert_eq!(counts(&joining(50, 1)), (50, 0));
    let limited = joining(5, 20).with(max(None, Some(Bound::Count(4))));
    assert_eq!(counts(&limited), (0, 5));
    assert_eq!(
        limited.plan().held[0].why,
        "5 creates at acme are more than max.creates allows (4); if they are meant: \
         --allow-creates acme=5"
    );
    let allow = |creates| Allowed {
        creates: Some(creates),
        ..Allowed::default()
    };
    assert_eq!(
        counts(&limited.clone().with(|it| it.allowed = allow(5))),
        (5, 0)
    );
    let short = limited.with(|it| it.allowed = allow(3)).plan();
    assert!(
        short.held[0]
            .why
            .contains("more than --allow-creates lets through (3)")
    );
    let share = joining(5, 20).with(max(None, Some(Bound::Percent(25))));
    assert_eq!(counts(&share), (5, 0));
}

#[test]
fn a_licence_gives_its_last_accounts_to_the_first_addresses() {
    let licence = |creates| {
        move |it: &mut Case| {
            it.current.allowance = Some(Allowance {
                creates,
                text: "20 of 20 licences are used".into(),
            });
        }
    };
    let mut case = joining(3, 1).with(licence(2));
    case.desired.reverse();
    case.check(&[
        "create n000@x.com",
        "create n001@x.com",
        "held create n002@x.com | no account left to create: 20 of 20 licences are used",
    ]);
    // What the licence holds does not count for `max`.
    assert_eq!(counts(&case.with(max(None, Some(Bound::Count(2))))), (2, 1));
}

#[test]
fn the_forecast_counts_what_will_be_done() {
    let case = leaving(3, 30).with(|it| it.desired.push(person("new@x.com")));
    let read = case.plan().read.unwrap();
    // Three removals of three calls and a create of two; five start at once, five a second after.
    assert_eq!((read.forecast.calls, read.forecast.seconds), (11, 2));
    assert_eq!((read.accounts, read.unchanged), (30, 27));
    let held = leaving(9, 9).plan().read.unwrap();
    assert_eq!((held.forecast.calls, held.forecast.seconds), (0, 0));
}
