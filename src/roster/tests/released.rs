//! `released`: who may keep an account although the roster lists them no more.

use super::*;

#[track_caller]
fn check(entry: &str, wanted: &[&str]) {
    let text = format!("released: [{entry}]\npeople: [{{ email: ada@example.com }}]\n");
    let parsed = parse_files(&[("a.yaml", &text)]);
    let codes = parsed.diagnostics.iter().map(|it| it.code.as_str());
    assert_eq!(
        codes.collect::<Vec<_>>(),
        wanted,
        "{entry}: {:#?}",
        parsed.diagnostics
    );
}

#[test]
fn what_an_entry_may_say() {
    check("{ email: bob@example.com }", &[]);
    check(
        "{ email: bob@example.com, note: leave, until: 2026-03-01 }",
        &[],
    );
    // Whether a day has passed is for the day on which somebody looks.
    check("{ email: bob@example.com, until: 2001-01-01 }", &[]);
    for (entry, wanted) in [
        ("{ note: leave }", "missing-key"),
        ("{ email: bob }", "not-an-email"),
        (
            "{ email: bob@example.com, untill: 2026-03-01 }",
            "unknown-key",
        ),
        (
            "{ email: bob@example.com, until: 2026-02-30 }",
            "not-a-date",
        ),
        (
            "{ email: bob@example.com, until: 01/03/2026 }",
            "not-a-date",
        ),
        ("{ email: bob@example.com, until: soon }", "not-a-date"),
        ("{ email: bob@example.com, until: }", "null-value"),
        ("{ email: bob@example.com, note: }", "null-value"),
        ("bob@example.com", "wrong-type"),
    ] {
        check(entry, &[wanted]);
    }
}

#[test]
fn who_is_listed_again_needs_no_release() {
    for email in ["ada@example.com", "ADA@Example.COM"] {
        check(&format!("{{ email: {email} }}"), &["released-is-listed"]);
    }
    let text = "released: [{ email: old@example.com }]\n\
                people: [{ email: ada@example.com, previous_emails: [old@example.com] }]\n";
    let parsed = parse_files(&[("a.yaml", text)]);
    assert!(parsed.is_usable(), "a warning stops nobody");
    assert_eq!(parsed.diagnostics[0].code.as_str(), "released-is-listed");
}

#[test]
fn one_person_is_released_once() {
    let one = "{ email: bob@example.com }, { email: BOB@example.com }";
    check(one, &["defined-twice"]);
    // Also from several files.
    let files = [
        (
            "a.yaml",
            "released: [{ email: bob@example.com }]\npeople: []\n",
        ),
        (
            "b.yaml",
            "released: [{ email: bob@example.com, until: 2026-03-01 }]\n",
        ),
    ];
    let parsed = parse_files(&files);
    assert!(!parsed.is_usable(), "{:#?}", parsed.diagnostics);
}
