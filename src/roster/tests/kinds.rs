//! Settings and attributes of every type that a declaration can have, as the SCIM one uses them.

use super::*;
use crate::model::value::Value;
use crate::roster::model::AccountEntry;

/// Reads a roster with one SCIM vendor, its further settings, and the attributes of one account.
fn scim(settings: &str, account: &str) -> Parsed {
    let text = format!(
        "version: 1
vendors:
  app:
    kind: scim
    base_url: https://app.example/scim
    auth: {{ token: {{ env: T }} }}
{settings}people:
  - email: ada@example.com
    accounts:
      app: {{ {account} }}
"
    );
    parse(vec![file("a.yaml", &text)], &crate::connector::specs())
}

#[test]
fn words_names_and_addresses_are_settings() {
    let parsed = scim(
        "    match: emails
    without: [title, nick_name]
    token_url: https://login.example/token/
",
        "",
    );
    assert_eq!(brief(&parsed), Vec::<String>::new());
    let app = &parsed.roster.vendors["app"];
    assert_eq!(app.text("match"), Some("emails"));
    assert_eq!(app.names("without"), ["title".into(), "nick_name".into()]);
    assert_eq!(app.text("token_url"), Some("https://login.example/token"));
    assert_eq!(app.said("bulk"), None);
}

#[test]
fn other_words_and_addresses_are_errors() {
    let parsed = scim(
        "    match: username
    without: title
    token_url: http://login.example/token
    bulk: yes
",
        "",
    );
    assert_eq!(
        brief(&parsed),
        [
            "unknown-choice 7:12",
            "wrong-type 8:14",
            "base-url 9:16",
            "wrong-type 10:11",
        ]
    );
    let help = parsed.diagnostics[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("userName"), "{help}");
}

#[test]
fn an_extension_is_taken_apart_by_its_names() {
    let parsed = scim(
        "",
        "manager: Boss@Example.com, \"urn:example:acme:2.0:User\": { cost_code: 7, remote: true, \
         desks: [b, a] }",
    );
    assert_eq!(brief(&parsed), Vec::<String>::new());
    let account = &parsed.roster.people[0].accounts.get("app").unwrap().value;
    let AccountEntry::Settings { id: _, attributes } = account else {
        panic!("{account:?}");
    };
    let read: Vec<(&str, &Value)> = attributes
        .iter()
        .map(|entry| (entry.name.as_ref(), &entry.value))
        .collect();
    assert_eq!(
        read,
        [
            ("manager", &Value::text("boss@example.com")),
            ("urn:example:acme:2.0:User.cost_code", &Value::text("7")),
            ("urn:example:acme:2.0:User.remote", &Value::Flag(true)),
            ("urn:example:acme:2.0:User.desks", &Value::set(["a", "b"])),
        ]
    );
}

#[test]
fn what_is_no_extension_is_an_error() {
    for (account, code) in [
        ("\"urn:example:User\": 7", "wrong-type"),
        ("\"urn:example:User\": { a: { b: c } }", "wrong-type"),
        ("uri:example: 7", "unknown-attribute"),
        ("manager: nobody", "not-an-email"),
    ] {
        let found = brief(&scim("", account));
        assert_eq!(found.len(), 1, "{account}: {found:?}");
        assert!(found[0].starts_with(code), "{account}: {found:?}");
    }
}

#[test]
fn what_chooses_among_tenants_is_part_of_the_place() {
    let text = "vendors:
  app: { kind: scim, base_url: 'https://a.example/scim', auth: { token: { env: T } }, users_path: /eu/Users, page_size: 50 }
  snaplogic: { base_url: 'https://s.example', organization: Acme, auth: { email: { env: E }, password: { env: P } } }
people: []
";
    let file = RosterFile {
        path: String::from("a.yaml"),
        folder: std::path::PathBuf::new(),
        text: text.to_owned(),
    };
    let mut parsed = parse(vec![file], &crate::connector::specs());
    assert_eq!(parsed.diagnostics, []);
    let vendors = &mut parsed.roster.vendors;
    assert_eq!(
        vendors["app"].place(),
        "https://a.example/scim, users_path /eu/Users"
    );
    assert_eq!(
        vendors["snaplogic"].place(),
        "https://s.example, organization Acme"
    );
    let app = vendors.get_mut("app").unwrap();
    app.in_sandbox = true;
    assert_eq!(app.place(), "the sandbox, users_path /eu/Users");
}
