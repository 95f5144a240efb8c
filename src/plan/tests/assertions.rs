//! Assertions on the planned end state: what breaks one is held, the rest goes on.

use crate::connector;
use crate::model::plan::VendorPlan;
use crate::plan::assertions::{Planned, hold_breaches};
use crate::plan::testing::*;
use crate::roster::diagnostic::Span;
use crate::roster::model::{Assertion, Field, Holding, Roster, Rule};
use crate::roster::{RosterFile, parse};

/// The plans of two vendors that hold the same, `acme` and `other`, with what breaks rules held.
fn plans(case: &Case, people: &str, rules: &[Rule]) -> [VendorPlan; 2] {
    let rules = rules.iter().cloned().map(|rule| Assertion {
        span: Span::NOWHERE,
        place: "users.yaml:7:5".into(),
        rule,
    });
    let file = RosterFile {
        path: String::from("users.yaml"),
        folder: std::path::PathBuf::new(),
        text: format!("version: 1\npeople: [{people}]\n"),
    };
    let roster = Roster {
        assertions: rules.collect(),
        ..parse(vec![file], &connector::specs()).roster
    };
    let other = case.clone().with(|it| it.settings.name = "other".into());
    let mut plans = [case.plan(), other.plan()];
    let planned = plans.iter_mut().zip([case, &other]);
    let planned = planned.map(|(plan, case)| Planned {
        settings: &case.settings,
        current: &case.current,
        plan,
    });
    hold_breaches(&roster, planned.collect());
    plans
}

/// What is done, held and told at `acme`; held for the assertion, and nothing else.
fn told(case: &Case, people: &str, rules: &[Rule]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let [plan, _] = plans(case, people, rules);
    let name = |it: &crate::model::action::Action| format!("{} {}", it.kind.as_str(), it.email);
    for kept in &plan.held {
        let why = &kept.why;
        assert!(why.contains("the assertion at users.yaml:7:5: "), "{why}");
    }
    let notices = plan.notices.iter().map(|it| it.text.clone());
    (
        plan.actions.iter().map(name).collect(),
        plan.held.iter().map(|it| name(&it.action)).collect(),
        notices.filter(|it| it.contains("assertion")).collect(),
    )
}

fn admins(least: Option<u64>, most: Option<u64>) -> Rule {
    Rule::Admins {
        vendor: "acme".into(),
        at_least: least,
        at_most: most,
    }
}

fn seats(vendor: &str, at_most: u64) -> Rule {
    Rule::Seats {
        vendor: vendor.into(),
        at_most,
    }
}

/// One leaves, one comes as an administrator, one is promoted, one is switched on again, one is
/// an administrator that nobody named, one is a program.
fn company() -> Case {
    let admin = || text("ADMIN");
    Case::new(
        &ADMIN_TIER,
        [
            leaver("gone@x.com"),
            person("new@x.com").wants("tier", admin()),
            person("up@x.com").wants("tier", admin()),
            person("back@x.com").wants("tier", text("PRO")),
        ],
        [
            account("gone@x.com", "1").shows("tier", admin()),
            account("up@x.com", "2").shows("tier", text("PRO")),
            inactive("back@x.com", "3").shows("tier", admin()),
            account("stranger@x.com", "4").shows("tier", admin()),
            account("program@x.com", "5")
                .shows("tier", admin())
                .shield(false),
        ],
    )
}

const LEAVES: &str = "deactivate gone@x.com";

#[test]
fn administrators_beyond_the_number_wait_the_last_first() {
    let case = company();
    let all = [
        LEAVES,
        "update up@x.com",
        "reactivate back@x.com",
        "create new@x.com",
    ];
    let (done, held, notices) = told(&case, "", &[admins(Some(3), Some(3))]);
    assert_eq!(
        (done.as_slice(), held.len(), notices.len()),
        (&all.map(String::from)[..], 0, 0)
    );
    let (done, held, notices) = told(&case, "", &[admins(None, Some(2))]);
    assert_eq!(held, ["create new@x.com"]);
    assert_eq!(done, all[..3]);
    assert_eq!(notices, [""; 0]);
    let (_, held, _) = told(&case, "", &[admins(None, Some(1))]);
    assert_eq!(held, ["update up@x.com", "create new@x.com"]);
    // The stranger was there before: nothing adds to that, and it is told.
    let (done, held, notices) = told(&case, "", &[admins(None, Some(0))]);
    assert_eq!(held, ["update up@x.com", "create new@x.com"]);
    assert!(done.contains(&LEAVES.to_owned()), "{done:?}");
    let [notice] = notices.as_slice() else {
        panic!("{notices:?}")
    };
    for part in [
        "1 administrator at acme",
        "at most 0",
        "users.yaml:7",
        "so before",
        "stranger@x.com",
    ] {
        assert!(notice.contains(part), "no {part} in {notice}");
    }
}

#[test]
fn nobody_keeps_access_because_too_few_administrators_are_left() {
    let case = company().with(|it| {
        it.desired
            .push(person("down@x.com").wants("tier", text("PRO")));
        it.current
            .accounts
            .push(account("down@x.com", "6").shows("tier", text("ADMIN")));
    });
    // Four stay without them: the demotion waits, the leaver does not.
    let (done, held, notices) = told(&case, "", &[admins(Some(4), None)]);
    assert_eq!(held, ["update down@x.com"]);
    assert!(done.contains(&LEAVES.to_owned()), "{done:?}");
    assert_eq!(notices, [""; 0]);
    let (done, held, notices) = told(&case, "", &[admins(Some(9), None)]);
    assert_eq!(held, ["update down@x.com"]);
    assert!(done.contains(&LEAVES.to_owned()), "{done:?}");
    assert!(
        notices[0].contains("4 administrators at acme, at least 9"),
        "{notices:?}"
    );
    assert!(
        notices[0].contains("removals are done all the same"),
        "{notices:?}"
    );
}

#[test]
fn seats_are_active_accounts_of_anybody() {
    let case = company();
    assert_eq!(told(&case, "", &[seats("acme", 5)]).1, [""; 0]);
    let (done, held, notices) = told(&case, "", &[seats("acme", 4)]);
    assert_eq!(held, ["create new@x.com"]);
    assert_eq!((done.len(), notices.len()), (3, 0));
    let (done, held, notices) = told(&case, "", &[seats("acme", 0)]);
    assert_eq!(held, ["reactivate back@x.com", "create new@x.com"]);
    assert_eq!(done, [LEAVES, "update up@x.com"]);
    assert!(
        notices[0].contains("3 active accounts at acme, at most 0"),
        "{notices:?}"
    );
    let unread = told(&case, "", &[seats("unread", 0)]);
    assert_eq!(
        (unread.1.len(), unread.2.len()),
        (0, 0),
        "not judged unseen"
    );
}

#[test]
fn a_hold_of_one_assertion_is_seen_by_the_others() {
    let admin = || text("ADMIN");
    let case = Case::new(
        &ADMIN_TIER,
        [
            person("a@x.com").wants("tier", text("PRO")),
            person("b@x.com").wants("tier", admin()),
        ],
        [
            account("a@x.com", "1").shows("tier", admin()),
            account("b@x.com", "2").shows("tier", text("PRO")),
            account("c@x.com", "3").shows("tier", admin()),
        ],
    );
    // One goes and one comes: two. The one who goes has to stay, so that the other cannot come.
    assert_eq!(told(&case, "", &[admins(Some(2), Some(2))]).1, [""; 0]);
    let rules = [admins(None, Some(2)), admins(Some(3), None)];
    assert_eq!(
        told(&case, "", &rules).1,
        ["update a@x.com", "update b@x.com"]
    );
}

#[test]
fn somebody_of_another_domain_gets_nothing_new_and_keeps_what_is_there() {
    let people = "{email: in@x.com}, {email: new@y.com}, {email: old@y.com}, {email: moved@y.com, previous_emails: [moved@x.com]}, {email: gone@y.com, active: false}";
    let case = Case::new(
        &API,
        [
            person("in@x.com"),
            person("new@y.com"),
            person("old@y.com").wants("company", text("New")),
            person("moved@y.com").formerly("moved@x.com"),
            leaver("gone@y.com"),
        ],
        [
            account("old@y.com", "1").shows("company", text("Old")),
            account("moved@x.com", "2"),
            account("gone@y.com", "3"),
        ],
    );
    let only = |vendor: Option<&str>| Rule::Domains {
        vendor: vendor.map(Box::from),
        only: vec!["x.com".into()],
    };
    for rule in [only(None), only(Some("acme"))] {
        let (done, held, notices) = told(&case, people, &[rule]);
        assert_eq!(held, ["update moved@y.com", "create new@y.com"]);
        assert_eq!(
            done,
            [
                "deactivate gone@y.com",
                "update old@y.com",
                "create in@x.com"
            ]
        );
        let told = &notices[0];
        assert!(
            told.contains("another domain") && told.contains("old@y.com"),
            "{notices:?}"
        );
        assert!(!told.contains("new@y.com"), "{notices:?}");
    }
    assert_eq!(told(&case, people, &[only(Some("other"))]).1, [""; 0]);
}

#[test]
fn somebody_without_a_field_gets_no_account() {
    let people = "{email: a@x.com, job_title: Lead}, {email: b@x.com}, {email: c@x.com}";
    let case = Case::new(
        &API,
        [person("a@x.com"), person("b@x.com"), person("c@x.com")],
        [account("c@x.com", "1")],
    );
    let rule = Rule::Has {
        field: Field::JobTitle,
    };
    let (done, held, notices) = told(&case, people, &[rule]);
    assert_eq!(done, ["create a@x.com"]);
    assert_eq!(held, ["create b@x.com"]);
    assert!(notices[0].ends_with("concerns c@x.com"), "{notices:?}");
}

fn holding(vendor: &str, attribute: &str, value: &str) -> Holding {
    Holding {
        vendor: vendor.into(),
        attribute: attribute.into(),
        value: value.into(),
    }
}

#[test]
fn what_nobody_may_hold_together_is_not_given_and_rights_are_taken_all_the_same() {
    let case = Case::new(
        &API,
        [
            person("a@x.com"),
            person("b@x.com")
                .wants("company", text("New"))
                .wants("roles", set(&["Pay"])),
        ],
        [
            account("a@x.com", "1")
                .shows("roles", set(&["7"]))
                .shows("tier", text("PRO")),
            account("b@x.com", "2")
                .shows("company", text("Old"))
                .shows("roles", set(&["Approve", "Other"]))
                .shows("tier", text("PRO")),
            inactive("c@x.com", "3")
                .shows("roles", set(&["Pay"]))
                .shows("tier", text("PRO")),
        ],
    )
    .directory(
        "roles",
        "role",
        &[
            ("7", "7", false),
            ("8", "Pay", false),
            ("9", "Approve", false),
            ("10", "Other", false),
        ],
    );
    let both = |value: &str| Rule::NeverBoth {
        first: holding("acme", "roles", value),
        second: holding("other", "tier", "PRO"),
    };
    // By its id as well as by its name.
    for value in ["Pay", "8"] {
        let [plan, other] = plans(&case, "", &[both(value)]);
        assert_eq!(plan.held.len(), 1);
        assert_eq!(&*plan.held[0].action.email, "b@x.com");
        let left = &plan.actions[0];
        assert_eq!(left.changes.len(), 1, "{left:?}");
        assert_eq!(
            left.after("roles"),
            Some(&set(&[])),
            "what it takes goes on"
        );
        assert_eq!((other.held.len(), other.actions.len()), (0, 1));
    }
    let (_, held, notices) = told(&case, "", &[both("7")]);
    assert_eq!(held, [""; 0]);
    assert!(notices[0].ends_with("concerns a@x.com"), "{notices:?}");
    // After the plan nobody holds the old one.
    let (_, held, notices) = told(&case, "", &[both("Approve")]);
    assert_eq!((held.len(), notices.len()), (0, 0));
}

#[test]
fn of_two_new_things_that_nobody_may_hold_together_the_last_one_waits() {
    let case = Case::new(
        &API,
        [person("a@x.com").wants("tier", text("PRO"))],
        [account("z@x.com", "1")],
    );
    let rule = Rule::NeverBoth {
        first: holding("other", "tier", "PRO"),
        second: holding("acme", "tier", "PRO"),
    };
    let [plan, other] = plans(&case, "", &[rule]);
    assert_eq!((plan.held.len(), plan.actions.len()), (0, 1));
    assert_eq!((other.held.len(), other.actions.len()), (1, 0));
}
