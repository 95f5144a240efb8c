//! Small rosters and what is wrong with them: code, line, column.

use super::*;
use crate::roster::diagnostic::render;

fn check(text: &str, wanted: &[&str]) {
    assert_eq!(brief(&parse_people(text)), wanted, "{text}");
}

#[test]
fn people() {
    for (text, wanted) in [
        ("people: []\n", &[][..]),
        ("# nothing but a comment\n", &[]),
        ("", &[]),
        ("people:\n", &["null-value 1:7"]),
        ("people:\n- ada@example.com\n", &["wrong-type 2:3"]),
        ("people:\n- first_name: Ada\n", &["missing-key 2:3"]),
        ("people: {a@example.com: {}}\n", &["wrong-type 1:1"]),
        ("- email: a@example.com\n", &["wrong-type 1:1"]),
        ("hello\n", &["wrong-type 1:1"]),
        ("poeple: []\n", &["unknown-key 1:1"]),
        ("people: []\npeople: []\n", &["duplicate-key 2:1"]),
        ("version: 2\n", &["version 1:10"]),
        ("version: 1\npeople: []\n---\nversion: 1\npeople: []\n", &[]),
        ("state: a\n---\nstate: b\n", &["defined-twice 3:8"]),
        ("state: ftp://host/x\n", &["state 1:8"]),
        ("state: s3://ops/rosterctl/prod\n", &[]),
        (
            "people:\n- {email: ada, profiles: []}\n",
            &["not-an-email 2:11"],
        ),
        (
            "people:\n- {email: a@example.com, mail: x}\n",
            &["unknown-key 2:26"],
        ),
        (
            "people:\n- {email: a@example.com, first_name: [Ada]}\n",
            &["wrong-type 2:38"],
        ),
        (
            "people:\n- {email: a@example.com, first_name: }\n",
            &["null-value 2:36"],
        ),
        (
            "people:\n- {email: a@example.com, first_name: true}\n",
            &["wrong-type 2:38"],
        ),
        ("people:\n- {email: a@example.com, first_name: 007}\n", &[]),
        (
            "people:\n- {email: a@example.com, active: yes}\n",
            &["wrong-type 2:34"],
        ),
        (
            "people:\n- {email: a@example.com, active: 'true'}\n",
            &["wrong-type 2:34"],
        ),
        (
            "people:\n- {email: a@example.com, starts: 2026-02-29}\n",
            &["not-a-date 2:34"],
        ),
        (
            "people:\n- {email: a@example.com, starts: 2026-2-9}\n",
            &["not-a-date 2:34"],
        ),
        (
            "people:\n- {email: a@example.com, starts: 2026-01-02, ends: 2026-01-01}\n",
            &["ends-before-starts 2:52"],
        ),
        (
            "people:\n- {email: a@example.com, starts: 2026-01-02, ends: 2026-01-02}\n",
            &[],
        ),
        (
            "people:\n- {email: a@example.com}\n- {email: A@EXAMPLE.com}\n",
            &["duplicate-email 3:11"],
        ),
        (
            "people:\n- {email: a@example.com}\n- {email: b@example.com, previous_emails: [A@example.com]}\n",
            &["duplicate-email 3:44"],
        ),
        (
            "people:\n- {email: a@example.com, previous_emails: a@example.com}\n",
            &["wrong-type 2:43"],
        ),
        (
            "people:\n- {email: a@example.com, profiles: [nobody]}\n",
            &["unknown-profile 2:37"],
        ),
        (
            "people:\n- {email: a@example.com, accounts: {acne: {}}}\n",
            &["unknown-vendor 2:37"],
        ),
        (
            "people:\n- {email: a@example.com, accounts: []}\n",
            &["wrong-type 2:36"],
        ),
    ] {
        check(text, wanted);
    }
}

#[test]
fn accounts_and_attributes() {
    let account = |account: &str| {
        let text = format!("people:\n- email: a@example.com\n  accounts:\n    acme: {account}\n");
        brief(&parse_people(&text))
    };
    for (text, wanted) in [
        ("{tier: LOW}", &[][..]),
        ("false", &[]),
        ("", &["null-value 4:5"]),
        ("true", &["wrong-type 4:11"]),
        ("{}", &["missing-attribute 4:5"]),
        ("{tier: low}", &["unknown-choice 4:18"]),
        ("{tier: LOW, teir: x}", &["unknown-attribute 4:23"]),
        ("{tier: LOW, features.x: true}", &["unknown-attribute 4:23"]),
        ("{tier: LOW, role: usr}", &["unknown-slug 4:29"]),
        ("{tier: LOW, role: [user]}", &["wrong-type 4:29"]),
        ("{tier: LOW, roles: Reader}", &["wrong-type 4:30"]),
        ("{tier: LOW, roles: [Reader, ~]}", &["null-value 4:39"]),
        ("{tier: LOW, roles: ~}", &["null-value 4:30"]),
        ("{tier: LOW, group: ~}", &["null-value 4:30"]),
        ("{tier: LOW, group: ''}", &[]),
        ("{tier: LOW, roles: []}", &[]),
        ("{tier: LOW, maintainers: [x]}", &["not-an-email 4:37"]),
        ("{tier: LOW, features: {a: yes}}", &["wrong-type 4:37"]),
        ("{tier: LOW, features: [a]}", &["wrong-type 4:33"]),
        ("{tier: LOW, bot: true, entry: true}", &["conflict 4:41"]),
        ("{tier: LOW, id: 17}", &[]),
        ("{tier: LOW, id: ''}", &["wrong-type 4:27"]),
        ("{tier: LOW, tier: HIGH}", &["duplicate-key 4:23"]),
    ] {
        let mut found = account(text);
        let mut wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn somebody_without_access_needs_no_attributes() {
    check(
        "people:\n- {email: a@example.com, active: false, accounts: {acme: {}}}\n",
        &[],
    );
}

#[test]
fn vendors() {
    let auth = "auth: {token: {env: T}}";
    for (text, wanted) in [
        (format!("acme: {{{auth}}}"), &[][..]),
        (format!("other: {{kind: acme, {auth}}}"), &[]),
        (format!("acne: {{{auth}}}"), &["unknown-kind 2:3"]),
        (format!("x: {{kind: acne, {auth}}}"), &["unknown-kind 2:13"]),
        ("acme: {}".to_owned(), &["missing-key 2:3"]),
        ("acme:".to_owned(), &["null-value 2:7"]),
        (format!("'a/b': {{kind: acme, {auth}}}"), &["bad-name 2:3"]),
        (
            "plain: {auth: {jwt: {env: J}}}".to_owned(),
            &["missing-key 2:3", "missing-key 2:3"],
        ),
        (
            format!("acme: {{{auth}, base_url: example.com}}"),
            &["base-url 2:45"],
        ),
        (
            format!("acme: {{{auth}, unlisted: drop}}"),
            &["unknown-choice 2:45"],
        ),
        (
            format!("acme: {{{auth}, unlistd: report}}"),
            &["unknown-key 2:35"],
        ),
        (
            format!("acme: {{{auth}, deactivate: manual}}"),
            &["unknown-choice 2:47"],
        ),
        (
            format!("acme: {{{auth}, own_account: x}}"),
            &["not-an-email 2:48"],
        ),
        (
            format!("acme: {{{auth}, protect: x@example.com}}"),
            &["wrong-type 2:44"],
        ),
        (
            format!("acme: {{{auth}, protect: [x, '*@example.com']}}"),
            &["not-an-email 2:45"],
        ),
        (
            format!("acme: {{{auth}, defaults: {{teir: LOW}}}}"),
            &["unknown-attribute 2:46"],
        ),
        (
            format!("acme: {{{auth}, limits: {{per_second: 0}}}}"),
            &["out-of-range 2:56"],
        ),
        (
            format!("acme: {{{auth}, limits: {{per_second: fast}}}}"),
            &["wrong-type 2:56"],
        ),
        (
            format!(
                "acme: {{{auth}, limits: {{per_second: 0.5, burst: 1, concurrency: 1, timeout: 10m, max_wait: 1h}}}}"
            ),
            &[],
        ),
        (
            format!("acme: {{{auth}, limits: {{burst: 0}}}}"),
            &["out-of-range 2:51"],
        ),
        (
            format!("acme: {{{auth}, limits: {{timeout: 60}}}}"),
            &["not-a-duration 2:53"],
        ),
        (
            format!("acme: {{{auth}, limits: {{timeout: 99h}}}}"),
            &["out-of-range 2:53"],
        ),
        (
            format!("acme: {{{auth}, limits: {{speed: 1}}}}"),
            &["unknown-key 2:44"],
        ),
        (
            format!("acme: {{{auth}, max: {{creates: 300, deactivations: 10%}}}}"),
            &[],
        ),
        (
            format!("acme: {{{auth}, max: {{creates: 101%}}}}"),
            &["out-of-range 2:50"],
        ),
        (
            format!("acme: {{{auth}, max: {{creates: few}}}}"),
            &["wrong-type 2:50"],
        ),
        (format!("acme: {{{auth}, sso: yes}}"), &["wrong-type 2:40"]),
        (
            format!("acme: {{{auth}, pages: 0}}"),
            &["out-of-range 2:42"],
        ),
        (
            format!(
                "acme: {{{auth}, fields: {{a: b}}, owner: o@example.com, ca: ca.pem, sso: true}}"
            ),
            &[],
        ),
        (
            "acme: {auth: {client_id: {env: A}}}".to_owned(),
            &["auth-form 2:10"],
        ),
        (
            "acme: {auth: {token: {env: A}, client_id: {env: A}}}".to_owned(),
            &["auth-form 2:10"],
        ),
        (
            "acme: {auth: {tokn: {env: A}}}".to_owned(),
            &["unknown-key 2:17"],
        ),
        ("acme: {auth: {token: {file: a/b}}}".to_owned(), &[]),
        (
            "acme: {auth: {token: {command: [op, read]}}}".to_owned(),
            &[],
        ),
        (
            "acme: {auth: {token: {command: op read}}}".to_owned(),
            &["literal-secret 2:34"],
        ),
        (
            "acme: {auth: {token: {env: A, file: b}}}".to_owned(),
            &["literal-secret 2:24"],
        ),
        (
            "acme: {auth: {token: {vault: A}}}".to_owned(),
            &["literal-secret 2:25"],
        ),
        (
            "acme: {auth: {token: abc}}".to_owned(),
            &["literal-secret 2:24"],
        ),
        ("acme: {auth: abc}".to_owned(), &["literal-secret 2:10"]),
    ] {
        let parsed = parse_files(&[("a.yaml", &format!("vendors:\n  {text}\n"))]);
        assert_eq!(brief(&parsed), wanted, "{text}");
    }
}

#[test]
fn a_name_defined_twice_shows_both_places() {
    let parsed = parse_files(&[
        (
            "a.yaml",
            "profiles: {p: {}}\npeople: [{email: a@example.com}]\n",
        ),
        ("b.yaml", VENDORS),
        (
            "c.yaml",
            "profiles: {p: {}}\nvendors: {acme: {auth: {token: {env: T}}}}\npeople: [{email: a@example.com}]\n",
        ),
    ]);
    assert_eq!(
        brief(&parsed),
        [
            "defined-twice c.yaml:1:12",
            "defined-twice c.yaml:2:11",
            "duplicate-email c.yaml:3:18"
        ]
    );
    let related: Vec<String> = parsed
        .diagnostics
        .iter()
        .map(|problem| parsed.sources.locate(problem.related[0].0))
        .collect();
    assert_eq!(related, ["a.yaml:1:12", "b.yaml:2:3", "a.yaml:2:18"]);
}

#[test]
fn a_broken_file_does_not_stop_the_others() {
    let parsed = parse_files(&[
        (
            "a.yaml",
            "people:\n- {email: a@example.com, profiles: [p], accounts: {acme: {}}}\n",
        ),
        ("b.yaml", "profiles:\n  p: {acme: {tier: LOW}\n"),
        ("c.yaml", "people:\n- {email: nobody}\n"),
    ]);
    assert_eq!(
        brief(&parsed),
        ["syntax b.yaml:2:6", "not-an-email c.yaml:2:11"]
    );
    assert_eq!(parsed.roster.people.len(), 1);
}

#[test]
fn control_characters_are_reported_where_they_are() {
    let parsed = parse_people("people:\n- {email: a@example.com, first_name: \"A\u{7f}da\"}\n");
    assert_eq!(brief(&parsed), ["control-character 2:40"]);
    let parsed = parse_people("people:\n- email: a@example.com\n\0- email: b\n");
    assert_eq!(brief(&parsed), ["control-character 3:1"]);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_move_nothing() {
    let parsed = parse_people("\u{feff}people:\r\n- email: nobody\r\n");
    assert_eq!(brief(&parsed), ["not-an-email 2:10"]);
}

#[test]
fn everything_wrong_is_shown_in_one_go() {
    let text = "\
vendors:
  acme: { auth: { token: literal } }
  acne: { auth: { token: { env: T } } }
  plain: { base_url: 'http://plain.example', organization: x, auth: { jwt: { env: J } } }
profiles:
  low: { acme: { tier: LOWW } }
people:
- email: ada
- email: b@example.com
  active: on
  starts: 2026-13-01
  profiles: [lwo]
- email: c@example.com
  frist_name: C
  accounts: { acme: { tier: LOW, roles: Reader }, snap: {} }
- email: C@example.com
- email: d@example.com
  starts: 2026-02-01
  ends: 2026-01-01
  email: e@example.com
";
    let parsed = parse_files(&[("a.yaml", text)]);
    assert_eq!(
        brief(&parsed),
        [
            "literal-secret 2:26",
            "unknown-kind 3:3",
            "base-url 4:22",
            "unknown-choice 6:24",
            "not-an-email 8:10",
            "wrong-type 10:11",
            "not-a-date 11:11",
            "unknown-profile 12:14",
            "unknown-key 14:3",
            "wrong-type 15:41",
            "unknown-vendor 15:51",
            "duplicate-email 16:10",
            "ends-before-starts 19:9",
            "duplicate-key 20:3",
        ]
    );
    for problem in &parsed.diagnostics {
        let mut out = Vec::new();
        render(problem, &parsed.sources, false, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(
            !out.contains("literal\n") && !out.contains("token: literal"),
            "{out}"
        );
    }
}

#[test]
fn a_typo_among_ten_thousand_people_is_marked_exactly() {
    let person = |number: usize, tier: &str| {
        format!("- email: person{number}@example.com\n  accounts:\n    acme: {{ tier: {tier} }}\n")
    };
    let files: Vec<RosterFile> = (0..100)
        .map(|part| {
            let people: String = (part * 100..(part + 1) * 100)
                .map(|number| person(number, if number == 4_312 { "HIHG" } else { "HIGH" }))
                .collect();
            file(
                &format!("roster/{part:02}.yaml"),
                &format!("people:\n{people}"),
            )
        })
        .chain([file("roster/vendors.yaml", VENDORS)])
        .collect();
    let parsed = parse(files, CATALOG);
    assert_eq!(parsed.roster.people.len(), 10_000);
    let problem = &parsed.diagnostics[0];
    let (span, _) = problem.place.as_ref().unwrap();
    assert_eq!(parsed.sources.locate(*span), "roster/43.yaml:40:19");
    assert_eq!(span.length(), 4);
    let mut out = Vec::new();
    render(problem, &parsed.sources, false, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    error[unknown-choice]: `HIHG` is no value of `tier`
      --> roster/43.yaml:40:19
       |
    40 |     acme: { tier: HIHG }
       |                   ^^^^
       |
       = help: did you mean `HIGH`?
    ");
}

#[test]
fn what_to_write_instead_is_said() {
    for (account, help) in [
        ("{}", "one of `LOW`, `HIGH`"),
        ("{tier: LOW, role: [user]}", "`role: user`"),
        ("{tier: LOW, role: [user, admin]}", "one value"),
    ] {
        let text = format!("people:\n- {{email: a@example.com, accounts: {{acme: {account}}}}}\n");
        let parsed = parse_people(&text);
        let said = parsed.diagnostics[0].help.as_deref().unwrap_or_default();
        assert!(said.contains(help), "{account}: {said}");
    }
}
