//! What a roster that is not trusted may not change.

use std::path::PathBuf;

use super::*;
use crate::roster::model::{SecretRef, Setting, StatePlace};
use crate::roster::untrusted::{check, take_over, under_rules_of};

const BASE: &str = "state: ../var
vendors:
  acme:
    base_url: https://api.acme.example
    auth: { token: { file: ../token } }
    record: acme.json
    ca: acme.pem
    sso: true
    fields: { mail: email }
people: []
";

/// Parses a text as a file of a folder.
fn parsed(folder: &str, text: &str) -> Parsed {
    let file = RosterFile {
        path: format!("{folder}/a.yaml"),
        folder: PathBuf::from(folder),
        text: text.to_owned(),
    };
    let parsed = parse(vec![file], &[&ACME, &PLAIN]);
    assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
    parsed
}

/// What is refused of the base roster with one text put in place of another.
fn refused(from: &str, to: &str) -> Vec<String> {
    assert!(BASE.contains(from), "{from}");
    let head = parsed("head/roster", &BASE.replacen(from, to, 1));
    let found = check(&head, &parsed("base/roster", BASE));
    found.into_iter().map(|it| it.message).collect()
}

#[test]
fn where_secrets_come_from_and_go_is_not_for_a_pull_request_to_say() {
    let of = |keys: &str| vec![format!("{keys} of `acme` must be as in the base roster")];
    for (from, to, keys) in [
        ("api.acme.example", "evil.example", "`base_url`"),
        ("{ file: ../token }", "{ file: ../other }", "`auth`"),
        ("{ file: ../token }", "{ file: /etc/passwd }", "`auth`"),
        ("{ file: ../token }", "{ env: OTHER }", "`auth`"),
        ("{ file: ../token }", "{ command: [sh, -c, id] }", "`auth`"),
        ("record: acme.json", "record: /etc/acme.json", "`record`"),
        ("record: acme.json", "unlisted: report", "`record`"),
        ("ca: acme.pem", "ca: other.pem", "`ca`"),
        ("    sso: true\n", "", "`sso`"),
        ("mail: email", "mail: password", "`fields`"),
    ] {
        assert_eq!(refused(from, to), of(keys), "{to}");
    }
    assert_eq!(
        refused(
            "https://api.acme.example",
            "http://127.0.0.1:1\n    pages: 2"
        ),
        of("`base_url`, `pages`")
    );
    let plain = "vendors:
  acme: { kind: plain, base_url: 'https://api.acme.example', organization: O, auth: { jwt: { env: J } } }
state: ../var
";
    let head = parsed("head/roster", plain);
    let found = check(&head, &parsed("base/roster", BASE));
    assert!(found[0].message.starts_with("`kind`, "), "{found:#?}");
}

#[test]
fn neither_a_new_vendor_nor_another_state_is() {
    let new = "people: []\nversion: 1\n";
    assert_eq!(refused("people: []\n", new), Vec::<String>::new());
    let more = "  more: { kind: acme, auth: { token: { env: T } } }\npeople: []\n";
    assert_eq!(
        refused("people: []\n", more),
        ["the base roster has no vendor `more`"]
    );
    let state = ["the top-level `state` must be as in the base roster"];
    assert_eq!(refused("state: ../var\n", ""), state);
    assert_eq!(refused("state: ../var\n", "state: /etc\n"), state);
}

#[test]
fn everything_else_is() {
    for (from, to) in [
        (
            "people: []",
            "people: [{ email: a@example.com, accounts: { acme: false } }]",
        ),
        (
            "    sso: true\n",
            "    sso: true\n    unlisted: ignore\n    max: { creates: 3 }\n",
        ),
        (
            "    sso: true\n",
            "    sso: true\n    limits: { per_second: 1 }\n    protect: ['*']\n",
        ),
        (
            "    sso: true\n",
            "    sso: true\n    deactivate: delete\n    own_account: a@example.com\n",
        ),
    ] {
        assert_eq!(refused(from, to), Vec::<String>::new(), "{to}");
    }
    let head = parsed("head/roster", "people: []\nstate: ../var\n");
    assert_eq!(check(&head, &parsed("base/roster", BASE)), []);
}

#[test]
fn what_is_acted_on_is_the_base() {
    let mut head = parsed("head/roster", BASE);
    let base = parsed("base/roster", BASE);
    take_over(&mut head.roster, &base.roster);
    let vendor = &head.roster.vendors["acme"];
    let at = |path: &str| PathBuf::from("base/roster").join(path);
    assert_eq!(vendor.auth["token"], SecretRef::File(at("../token")));
    assert_eq!(vendor.record, Some(at("acme.json")));
    assert_eq!(
        vendor.settings["ca"],
        Setting::Text(at("acme.pem").to_string_lossy().into())
    );
    assert_eq!(head.roster.state, Some(StatePlace::Folder(at("../var"))));
}

#[test]
fn the_place_is_named_and_a_line_with_secrets_is_not_shown() {
    let text = "vendors: { acme: { auth: { token: { env: OTHER } } } }\n";
    let base = "vendors: { acme: { auth: { token: { env: TOKEN } } } }\n";
    let head = parsed("head", text);
    let found = check(&head, &parsed("base", base));
    let (span, _) = found[0].place.as_ref().unwrap();
    assert_eq!(head.sources.locate(*span), "head/a.yaml:1:12");
    assert!(found[0].hide_source);
}

#[test]
fn a_judge_has_the_people_of_the_roster_and_the_rules_of_its_base() {
    let rules = "    sso: true\n    max: { creates: 1 }\n    protect: [a@example.com]\n";
    let assertion = "assert: [{ domains: { only: [example.com] } }]\n";
    let base = BASE.replacen("    sso: true\n", rules, 1) + assertion;
    let base = parsed("base/roster", &base);
    let evil = "people: [{ email: eve@evil.example, accounts: { acme: { tier: LOW } } }]";
    let head = parsed("head/roster", &BASE.replacen("people: []", evil, 1));
    let judge = under_rules_of(&base.roster, &head.roster);
    let acme = &judge.vendors["acme"];
    assert_eq!(acme.max, base.roster.vendors["acme"].max);
    assert_eq!(acme.protect, base.roster.vendors["acme"].protect);
    assert_eq!(judge.people.len(), 1);
    assert_eq!(judge.assertions, base.roster.assertions);
    assert_eq!(judge.assertions.len(), 1);
}
