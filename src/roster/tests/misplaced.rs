//! Keys in the wrong place, and words that people use for others.

use super::*;

/// The help of the one problem with that code.
#[track_caller]
fn help(text: &str, code: &str) -> String {
    let parsed = parse_files(&[("a.yaml", text)]);
    let list = parsed.diagnostics.iter();
    let mut found = list.filter(|it| it.code.as_str() == code);
    let problem = found
        .next()
        .unwrap_or_else(|| panic!("{text}: {:?}", parsed.diagnostics));
    format!(
        "{}; {}",
        problem.message,
        problem.help.clone().unwrap_or_default()
    )
}

#[test]
fn a_key_under_a_person_is_told_where_it_belongs() {
    for (key, words) in [
        (
            "role: x",
            "(second): write it under `accounts`, as in `accounts: { second: { role: … } }`",
        ),
        ("acme: { role: x }", "`accounts: { acme: { … } }`"),
        ("second: {}", "`accounts: { second: { … } }`"),
        ("name: Ada Lovelace", "`first_name` and `last_name`"),
        ("id: x1", "`accounts.<vendor>.id`"),
        ("frist_name: x", "did you mean `first_name`?"),
    ] {
        let text = format!(
            "vendors:\n  second: {{ kind: acme, auth: {{ token: {{ env: T }} }} }}\npeople:\n  - email: a@b.io\n    {key}\n"
        );
        let said = help(&text, "unknown-key");
        assert!(said.contains(words), "{key}: {said}");
    }
}

#[test]
fn an_attribute_under_a_person_names_kinds_where_no_vendor_is_known() {
    let said = help("people:\n  - email: a@b.io\n    role: x\n", "unknown-key");
    assert!(said.contains("at a vendor of the kind acme"), "{said}");
    assert!(said.contains("{ VENDOR: { role: … } }"), "{said}");
}

#[test]
fn words_for_an_address_name_base_url() {
    for key in ["url", "host", "endpoint"] {
        let text = format!("vendors:\n  acme:\n    {key}: https://x.example\n");
        let said = help(&text, "unknown-key");
        assert!(said.contains("is `base_url`"), "{key}: {said}");
    }
}

#[test]
fn a_base_url_ends_before_the_documented_path() {
    for path in ["/v9", "/v9/users", "/prefix/v9/", "/v9?"] {
        let text = format!("vendors:\n  acme:\n    base_url: https://x.example{path}\n");
        help(&text, "base-url");
    }
    let said = help(
        "vendors:\n  acme:\n    base_url: https://x.example/v9/users\n",
        "base-url",
    );
    assert!(
        said.starts_with("`base_url` has `/v9` in it, which is appended"),
        "{said}"
    );
    let fine =
        "vendors:\n  acme:\n    base_url: https://x.example/v90\n    auth: { token: { env: T } }\n";
    assert!(parse_files(&[("a.yaml", fine)]).is_usable());
}

#[test]
fn a_literal_secret_names_its_key() {
    for (auth, key) in [("{ token: S3CRET }", "`token`"), ("S3CRET", "`auth`")] {
        let said = help(
            &format!("vendors:\n  acme:\n    auth: {auth}\n"),
            "literal-secret",
        );
        assert!(said.starts_with(key) && !said.contains("S3CRET"), "{said}");
    }
}
