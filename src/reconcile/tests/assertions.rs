//! Assertions on the planned end state.

use crate::diagnostic::Span;
use crate::reconcile::assertions::{Planned, broken_by_plan};
use crate::reconcile::testing::*;
use crate::roster::model::{Assertion, Holding, Roster, Rule};

/// What breaks at two vendors that hold the same.
fn broken(case: &Case, rule: Rule) -> Vec<String> {
    let roster = Roster {
        assertions: vec![Assertion {
            span: Span::NOWHERE,
            rule,
        }],
        ..Roster::default()
    };
    let mut other = case.settings.clone();
    other.name = "other".into();
    let plan = case.plan();
    let planned = |settings| Planned {
        settings,
        current: &case.current,
        plan: &plan,
    };
    broken_by_plan(&roster, &[planned(&case.settings), planned(&other)])
        .into_iter()
        .map(|it| format!("{}; {}", it.message, it.help.unwrap_or_default()))
        .collect()
}

fn admins(least: u64, most: u64) -> Rule {
    Rule::Admins {
        vendor: "acme".into(),
        at_least: Some(least),
        at_most: Some(most),
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

#[test]
fn administrators_are_counted_after_the_plan() {
    let case = company();
    assert_eq!(broken(&case, admins(3, 3)), [""; 0]);
    let few = broken(&case, admins(4, 9));
    assert_eq!(few.len(), 1);
    assert!(
        few[0].contains("3 administrators at acme, at least 4"),
        "{few:?}"
    );
    let many = broken(&case, admins(0, 2));
    assert!(many[0].contains("at most 2"), "{many:?}");
    for who in ["new@x.com", "up@x.com", "stranger@x.com"] {
        assert!(many[0].contains(who), "{many:?}");
    }
    // What is held does not happen.
    let held = case.protect("gone@x.com");
    assert_eq!(broken(&held, admins(4, 4)), [""; 0]);
}

#[test]
fn seats_are_active_accounts_of_anybody() {
    let case = company();
    assert_eq!(broken(&case, seats("acme", 5)), [""; 0]);
    let many = broken(&case, seats("acme", 4));
    assert!(many[0].contains("5 active accounts at acme"), "{many:?}");
    assert_eq!(
        broken(&case, seats("unread", 0)),
        [""; 0],
        "not judged unseen"
    );
}

#[test]
fn what_nobody_may_hold_together_is_found_where_the_roster_is_silent() {
    let holding = |vendor: &str, attribute: &str, value: &str| Holding {
        vendor: vendor.into(),
        attribute: attribute.into(),
        value: value.into(),
    };
    let case = Case::new(
        &API,
        [
            person("a@x.com"),
            person("b@x.com").wants("roles", set(&["Pay"])),
        ],
        [
            account("a@x.com", "1")
                .shows("roles", set(&["7"]))
                .shows("tier", text("PRO")),
            account("b@x.com", "2")
                .shows("roles", set(&["Approve"]))
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
        ],
    );
    let both = |value: &str| Rule::NeverBoth {
        first: holding("acme", "roles", value),
        second: holding("other", "tier", "PRO"),
    };
    let found = broken(&case, both("Pay"));
    assert!(found[0].ends_with("concerns b@x.com"), "{found:?}");
    // By its id as well as by its name; and after the plan nobody holds the old one.
    assert!(broken(&case, both("8"))[0].ends_with("concerns b@x.com"));
    assert!(broken(&case, both("7"))[0].ends_with("concerns a@x.com"));
    assert_eq!(broken(&case, both("Approve")), [""; 0]);
}
