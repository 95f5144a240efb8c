//! `assert`: reading it, and what the roster alone breaks.

use super::{brief, parse_people, sound};
use crate::roster::digest;
use crate::roster::model::{Field, Rule};

const PEOPLE: &str = "people:
  - { email: ada@x.com, job_title: Lead, accounts: { acme: { tier: HIGH, role: admin, roles: [A, B], bot: true }, plain: { first_name: Ada } } }
  - { email: bob@Y.com, accounts: { acme: { tier: LOW } } }
  - { email: gone@z.com, active: false, accounts: { acme: { tier: LOW } } }
  - { email: none@z.com }
  - { email: never@z.com, accounts: { acme: false } }
";

fn with(assertion: &str) -> String {
    format!("assert:\n  - {assertion}\n{PEOPLE}")
}

#[test]
fn every_kind_that_holds_is_silent() {
    for assertion in [
        "admins: { vendor: acme, at_least: 2, at_most: 5 }",
        "never_both: { first: { vendor: acme, attribute: role, value: user }, second: { vendor: plain, attribute: first_name, value: Ada } }",
        "domains: { only: [x.com, y.com] }",
        "domains: { vendor: plain, only: ['@X.com'] }",
        "seats: { vendor: acme, at_most: 2 }",
    ] {
        let parsed = parse_people(&with(assertion));
        assert_eq!(
            brief(&parsed),
            [""; 0],
            "{assertion}: {:#?}",
            parsed.diagnostics
        );
        assert_eq!(parsed.roster.assertions.len(), 1);
    }
    let roster = sound("assert:\n  - has: { field: company }\npeople: []\n");
    let has = Rule::Has {
        field: Field::Company,
    };
    assert_eq!(roster.assertions[0].rule, has);
}

#[test]
fn one_that_the_roster_alone_breaks_is_an_error_that_names_people() {
    let both = |first: &str, second: &str| {
        format!("never_both: {{ first: {{ {first} }}, second: {{ {second} }} }}")
    };
    let ada = "vendor: plain, attribute: first_name, value: Ada";
    for (assertion, message, people) in [
        (
            "domains: { only: [x.com] }".to_owned(),
            "a person with an account is of another domain than x.com",
            Some("concerns bob@Y.com"),
        ),
        (
            "has: { field: job_title }".to_owned(),
            "a person with an account has no `job_title`",
            Some("concerns bob@Y.com"),
        ),
        (
            "has: { field: company }".to_owned(),
            "each of 2 people",
            Some("concerns ada@x.com, bob@Y.com"),
        ),
        (
            "seats: { vendor: acme, at_most: 1 }".to_owned(),
            "2 active accounts at acme, at most 1 are allowed",
            None,
        ),
        (
            both("vendor: acme, attribute: role, value: admin", ada),
            "1 person holds both role `admin` at acme and first_name `Ada` at plain",
            Some("concerns ada@x.com"),
        ),
        (
            both("vendor: acme, attribute: roles, value: B", ada),
            "1 person holds both",
            Some("concerns ada@x.com"),
        ),
        (
            both("vendor: acme, attribute: bot, value: true", ada),
            "1 person holds both",
            Some("concerns ada@x.com"),
        ),
    ] {
        let parsed = parse_people(&with(&assertion));
        assert_eq!(brief(&parsed), ["broken-assertion 2:5"], "{assertion}");
        let problem = &parsed.diagnostics[0];
        assert!(problem.message.contains(message), "{}", problem.message);
        assert_eq!(problem.help.as_deref(), people);
    }
}

#[test]
fn what_makes_no_sense_is_an_error_with_its_place() {
    for (assertion, expected) in [
        ("seat: { vendor: acme }", "unknown-key 2:5"),
        ("{}", "wrong-type 2:5"),
        (
            "{ seats: { vendor: acme, at_most: 9 }, has: { field: company } }",
            "wrong-type 2:5",
        ),
        ("seats: { vendor: acme }", "missing-key 2:5"),
        ("seats: { vendor: acmee, at_most: 9 }", "unknown-vendor 2:5"),
        ("admins: { vendor: acme }", "missing-key 2:5"),
        (
            "admins: { vendor: acme, at_least: 3, at_most: 2 }",
            "out-of-range 2:5",
        ),
        ("has: { field: titel }", "unknown-choice 2:19"),
        ("domains: { only: x.com }", "wrong-type 2:22"),
        ("domains: { only: [x.com], on: 1 }", "unknown-key 2:31"),
        (
            "never_both: { first: { vendor: acme, attribute: rol, value: a }, second: { vendor: acme, attribute: role, value: b } }",
            "unknown-attribute 2:5",
        ),
    ] {
        let parsed = parse_people(&with(assertion));
        assert_eq!(
            brief(&parsed),
            [expected],
            "{assertion}: {:#?}",
            parsed.diagnostics
        );
    }
}

#[test]
fn it_is_part_of_the_meaning_and_its_order_is_not() {
    let one = "  - seats: { vendor: acme, at_most: 9 }\n";
    let two = "  - domains: { only: [x.com, y.com] }\n";
    let of = |list: &[&str]| digest(&sound(&format!("assert:\n{}{PEOPLE}", list.concat())));
    assert_eq!(of(&[one, two]), of(&[two, one]));
    assert_ne!(of(&[one, two]), of(&[two]));
}
