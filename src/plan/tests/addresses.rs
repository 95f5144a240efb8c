//! One address in two forms is one person, wherever addresses are compared.

use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::email::EmailKey;
use crate::model::mask::masked;
use crate::model::off::Who;
use crate::plan::guard::Allowed;
use crate::plan::planner::{Done, plan_undo};
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

/// As people read it, and in A-labels.
const FORMS: [&str; 2] = ["dan@bücher.example", "Dan@xn--bcher-kva.example"];

/// Both ways to give one form to the roster and the other one to the vendor.
fn both_ways() -> [(&'static str, &'static str); 2] {
    [(FORMS[0], FORMS[1]), (FORMS[1], FORMS[0])]
}

#[test]
fn another_form_is_no_drift_and_no_stranger() {
    for (listed, there) in both_ways() {
        let case = Case::new(&API, [person(listed)], [account(there, "1")]);
        case.unlisted(Unlisted::Deactivate).check(&[]);
    }
}

#[test]
fn a_pattern_in_the_other_form_protects() {
    for (pattern, there) in both_ways() {
        let domain = pattern.split('@').next_back().unwrap();
        for pattern in [pattern.to_owned(), format!("*@{domain}")] {
            let others = [account(there, "1"), account("z@x.com", "2")];
            let case = Case::new(&API, [person("z@x.com")], others);
            let plan = case.unlisted(Unlisted::Deactivate).protect(&pattern).plan();
            assert_eq!(plan.actions, [], "{pattern}");
        }
    }
}

#[test]
fn the_own_account_is_known_in_either_form() {
    for (own, there) in both_ways() {
        let accounts = [account(there, "1"), account("z@x.com", "2")];
        let case = Case::new(&API, [leaver(there), person("z@x.com")], accounts).own(own);
        let plan = case.plan();
        assert_eq!((plan.actions.len(), plan.held.len()), (0, 1), "{own}");
    }
}

#[test]
fn an_earlier_address_is_found_in_either_form() {
    for (previous, there) in both_ways() {
        let now = person("dan@x.com").formerly(previous);
        let plan = Case::new(&API, [now], [account(there, "1")]).plan();
        let [action] = plan.actions.as_slice() else {
            panic!("{plan:?}");
        };
        assert_eq!(
            (action.kind, action.id.as_deref()),
            (ActionKind::Update, Some("1"))
        );
    }
}

#[test]
fn a_person_is_chosen_in_either_form() {
    for (chosen, listed) in both_ways() {
        let people = [person(listed), person("z@x.com")];
        let plan = Case::new(&API, people, []).only(&[chosen]).plan();
        assert_eq!(plan.actions.len() + plan.held.len(), 1, "{plan:?}");
    }
}

#[test]
fn two_accounts_with_one_address_are_left_alone_unless_an_id_decides() {
    let accounts = [account(FORMS[0], "1"), account(FORMS[1], "2")];
    let case = Case::new(&API, [leaver(FORMS[0])], accounts.clone());
    assert_eq!(case.plan().actions, []);
    let case = Case::new(&API, [leaver(FORMS[0]).by_id("2")], accounts);
    let plan = case.plan();
    let ids: Vec<_> = plan.actions.iter().map(|it| it.id.as_deref()).collect();
    assert_eq!(ids, [Some("2")]);
}

#[test]
fn a_domain_that_reads_like_anothers_is_nobodys() {
    let others = [
        account("kim@\u{212a}iosk.example", "1"),
        account("z@x.com", "2"),
    ];
    let people = [person("kim@kiosk.example"), person("z@x.com")];
    let plan = Case::new(&API, people, others).plan();
    let created = plan
        .actions
        .iter()
        .filter(|it| it.kind == ActionKind::Create);
    assert_eq!(created.count(), 1, "{plan:?}");
    assert_eq!(plan.unlisted.len(), 1, "{plan:?}");
}

#[test]
fn off_times_and_masks_are_those_of_the_address() {
    let [one, other] = FORMS;
    assert_eq!(Who::of(None, one), Who::of(None, other));
    assert_eq!(Who::of(None, one), Who::Email(EmailKey::of(other)));
    assert_eq!(masked(one), masked(other));
    assert_ne!(masked(one), masked("dan@bucher.example"));
}

#[test]
fn an_undo_finds_the_account_in_either_form() {
    for (done, there) in both_ways() {
        let change = Change {
            attribute: "company".into(),
            before: Some(text("X")),
            after: text("Y"),
        };
        let action = Action {
            vendor: "acme".into(),
            kind: ActionKind::Update,
            email: done.into(),
            account_email: None,
            id: None,
            changes: vec![change],
            reason: String::new(),
            current: None,
        };
        let done = [Done {
            action,
            account: None,
        }];
        let there = Account::new(there).shows("company", text("Y"));
        let case = Case::new(&API, [], [there]);
        let plan = plan_undo(&case.settings, &case.known(), &done, Allowed::default());
        assert_eq!(plan.actions.len(), 1, "{plan:?}");
    }
}
