//! What needs no server: the declaration, its rules, and the shapes of the API.

use super::*;
use crate::connector::snaplogic::request::check_email;
use crate::connector::snaplogic::wire::{Group, ListedUser, Maintainers, User, UserPage};

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
    let page: UserPage = serde_json::from_str(page).unwrap();
    assert_eq!(page.users[0], ListedUser::default());
    assert_eq!(
        page.users[1].first_name,
        Some(None),
        "null is not the same as not there"
    );
    let user: User =
        serde_json::from_str(r#"{"email": "a@x.org", "organizations": null}"#).unwrap();
    assert_eq!((user.managed, user.maintainers.0), (None, None));
}

#[test]
fn flags_may_be_texts_and_nothing_else() {
    let user = |text: &str| serde_json::from_str::<User>(&format!(r#"{{"managed": {text}}}"#));
    assert_eq!(user("\"True\"").unwrap().managed, Some(true));
    assert_eq!(user("false").unwrap().managed, Some(false));
    assert_eq!(user("null").unwrap().managed, None);
    assert!(user("\"yes\"").is_err());
    assert!(user("1").is_err());
}

#[test]
fn maintainers_in_every_printed_form() {
    let read = |text| serde_json::from_str::<Maintainers>(text).unwrap().0;
    let one = Some(vec![String::from("a@x.org")]);
    assert_eq!(read(r#"["a@x.org"]"#), one);
    assert_eq!(read(r#"{"/": ["a@x.org"]}"#), one);
    assert_eq!(read(r#"{"/": null}"#), Some(vec![]));
    assert_eq!(read("null"), Some(vec![]));
}

#[test]
fn an_application_in_an_unknown_form_counts_as_granted() {
    let row = r#"{"user_setting": {"app_access": {"E": {"a": true, "b": false, "c": "FALSE", "d": null, "e": "admin"}}}}"#;
    let row: ListedUser = serde_json::from_str(row).unwrap();
    let facts = crate::connector::snaplogic::convert::Facts {
        listed: Some(row),
        ..Default::default()
    };
    assert_eq!(facts.apps("E").into_iter().collect::<Vec<_>>(), ["a", "e"]);
}

#[test]
fn a_group_without_members_is_no_group() {
    assert!(serde_json::from_str::<Group>(r#"{"name": "admins"}"#).is_err());
}
