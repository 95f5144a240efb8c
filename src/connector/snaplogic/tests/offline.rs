//! What needs no server: the declaration, its rules, and the shapes of the API.

use serde_json::json;

use super::*;
use crate::connector::rest::row::{Row, Told};
use crate::connector::snaplogic::convert::Facts;
use crate::connector::snaplogic::request::check_email;
use crate::connector::snaplogic::spec::{Group, USER, USERS};

/// An attribute and its value.
type Given = (&'static str, Value);

fn broken(attributes: &[Given]) -> Vec<&'static str> {
    let attributes = attributes.iter().cloned().collect();
    let conflicts = (SPEC.check)(&attributes);
    conflicts
        .iter()
        .map(|conflict| conflict.attribute)
        .collect()
}

#[test]
fn rules_between_attributes() {
    let cases: [(&[Given], &[&str]); 10] = [
        (
            &[("utility", flag(true)), ("ui_access", flag(true))],
            &["ui_access"],
        ),
        (&[("utility", flag(true)), ("ui_access", flag(false))], &[]),
        (&[("utility", flag(true))], &[]),
        (&[("managed", flag(true))], &["managed"]),
        (
            &[("managed", flag(true)), ("maintainers", set(&["a@x.org"]))],
            &[],
        ),
        (
            &[
                ("managed", flag(true)),
                ("maintainers", set(&["a@x.org"])),
                ("administrator", flag(true)),
            ],
            &["administrator"],
        ),
        (
            &[
                ("mfa_login", flag(true)),
                ("allow_password_login", flag(false)),
            ],
            &["mfa_login"],
        ),
        (&[("groups", set(&["Flows", "admins"]))], &["groups"]),
        (&[("groups", set(&["Admins"]))], &[]),
        (&[], &[]),
    ];
    for (attributes, expected) in cases {
        assert_eq!(broken(attributes), expected, "{attributes:?}");
    }
}

#[test]
fn email_rules() {
    for good in ["a@x.org", "+a@x.org", "1@7.example.co", "o'neil@x-y.org"] {
        assert_eq!(check_email(good), Ok(()), "{good}");
    }
    for bad in [
        "a", "@x.org", ".a@x.org", "(a@x.org", "a@org", "a@-x.org", "a@x.o", "a@x.",
    ] {
        assert!(check_email(bad).is_err(), "{bad}");
    }
}

#[test]
fn calls_at_once_and_their_time_are_cautious() {
    assert_eq!(SPEC.limits.concurrency, 2);
    assert_eq!(SPEC.limits.timeout_seconds, 60);
}

#[test]
fn unknown_fields_are_ignored_and_missing_ones_tolerated() {
    let page = r#"{"users": [{}, {"username": "a@x.org", "first_name": null, "new": [1], "user_setting": null}], "total": 9}"#;
    let page = USERS.page_of(serde_json::from_str(page).unwrap()).unwrap();
    let [bare, named] = &page.entries[..] else {
        panic!("{} rows", page.entries.len());
    };
    let (bare, named) = (bare.as_ref().unwrap(), named.as_ref().unwrap());
    for field in [
        "username",
        "first_name",
        "ui_access",
        "utility",
        "user_setting",
    ] {
        assert!(!bare.shows(field), "{field}");
    }
    assert_eq!(
        named.told("first_name"),
        &Told::Null,
        "null is not the same as not there"
    );
    let user = user(json!({"email": "a@x.org", "organizations": null})).unwrap();
    assert!(!user.shows("managed") && !user.shows("maintainers"));
}

fn user(json: serde_json::Value) -> Option<Row> {
    Row::of(&json, &USER).ok()
}

#[test]
fn flags_may_be_texts_and_nothing_else() {
    let managed = |value: serde_json::Value| user(json!({"managed": value})).unwrap();
    assert_eq!(managed(json!("True")).flag("managed"), Some(true));
    assert_eq!(managed(json!(false)).flag("managed"), Some(false));
    assert_eq!(managed(json!(null)).flag("managed"), None);
    assert!(user(json!({"managed": "yes"})).is_none());
    assert!(user(json!({"managed": 1})).is_none());
}

#[test]
fn maintainers_in_every_printed_form() {
    let read = |json: serde_json::Value| {
        let user = user(json!({"maintainers": json})).unwrap();
        user.value("maintainers").cloned()
    };
    let one = Some(set(&["a@x.org"]));
    assert_eq!(read(json!(["a@x.org"])), one);
    assert_eq!(read(json!({"/": ["a@x.org"]})), one);
    assert_eq!(read(json!({"/": null})), Some(set(&[])));
    assert_eq!(read(json!(null)), Some(set(&[])));
}

#[test]
fn an_application_in_an_unknown_form_counts_as_granted() {
    let apps = json!({"a": true, "b": false, "c": "FALSE", "d": null, "e": "admin"});
    let facts = Facts {
        listed: user(json!({"user_setting": {"app_access": {"E": apps}}})),
        ..Facts::default()
    };
    assert_eq!(facts.apps("E").into_iter().collect::<Vec<_>>(), ["a", "e"]);
}

#[test]
fn a_group_without_members_is_no_group() {
    assert!(serde_json::from_str::<Group>(r#"{"name": "admins"}"#).is_err());
}
