//! `admins:`, and what counts administrators where nothing makes one.

use super::*;
use crate::connector;
use crate::roster::diagnostic::render;
use crate::roster::digest;
use crate::roster::model::AdminMark;

fn vendor(kind: &str, rest: &str) -> Parsed {
    let secret = if kind == "surecloud" { "jwt" } else { "token" };
    let text = format!(
        "version: 1\nvendors:\n  it: {{kind: {kind}, base_url: https://a.example, auth: {{{secret}: \
         {{env: T}}}}, {rest}}}\npeople: []\n"
    );
    parse(vec![file("a.yaml", &text)], &connector::specs())
}

fn shown(parsed: &Parsed) -> String {
    let mut out = Vec::new();
    for problem in &parsed.diagnostics {
        render(problem, &parsed.sources, false, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn mark(attribute: &str, values: &[&str]) -> AdminMark {
    AdminMark {
        attribute: attribute.into(),
        values: values.iter().map(|it| Box::from(*it)).collect(),
    }
}

#[test]
fn one_entry_or_a_list_is_read() {
    let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department";
    for (kind, text, expected) in [
        (
            "scim",
            "{attribute: roles, values: [admin, 7]}".to_owned(),
            vec![mark("roles", &["admin", "7"])],
        ),
        (
            "scim",
            format!(
                "[{{attribute: groups, values: [Ops]}}, {{attribute: '{department}', values: [IT]}}]"
            ),
            vec![mark("groups", &["Ops"]), mark(department, &["IT"])],
        ),
        (
            "bitsight",
            "{attribute: features.fq-access, values: [true]}".to_owned(),
            vec![mark("features.fq-access", &["true"])],
        ),
        (
            "logicgate",
            "{attribute: tier, values: [PRIMARY]}".to_owned(),
            vec![mark("tier", &["PRIMARY"])],
        ),
    ] {
        let parsed = vendor(kind, &format!("admins: {text}"));
        assert!(parsed.is_usable(), "{}", shown(&parsed));
        assert_eq!(parsed.roster.vendors["it"].admins, expected);
    }
}

#[test]
fn what_could_mark_nobody_is_refused() {
    for (kind, text, code, part) in [
        (
            "scim",
            "{attribute: rolles, values: [a]}",
            "unknown-attribute",
            "`roles`",
        ),
        (
            "scim",
            "{attribute: roles.x, values: [a]}",
            "unknown-attribute",
            "roles.x",
        ),
        (
            "scim",
            "{attribute: roles, values: []}",
            "out-of-range",
            "`values` is empty",
        ),
        ("scim", "[]", "out-of-range", "`admins` is empty"),
        ("scim", "{attribute: roles}", "missing-key", "`values`"),
        ("scim", "{values: [a]}", "missing-key", "`attribute`"),
        (
            "scim",
            "{attribute: roles, value: [a]}",
            "unknown-key",
            "`values`",
        ),
        (
            "scim",
            "{attribute: roles, values: a}",
            "wrong-type",
            "values",
        ),
        ("scim", "admin", "wrong-type", "admins"),
        (
            "bitsight",
            "{attribute: features, values: [true]}",
            "wrong-type",
            "features.KEY",
        ),
        (
            "bitsight",
            "{attribute: features.a, values: [yes]}",
            "wrong-type",
            "boolean",
        ),
        (
            "logicgate",
            "{attribute: tier, values: [PRIMARI]}",
            "unknown-choice",
            "PRIMARY",
        ),
        (
            "logicgate",
            "{attribute: send_email, values: [true]}",
            "conflict",
            "does not show",
        ),
    ] {
        let parsed = vendor(kind, &format!("admins: {text}"));
        let shown = shown(&parsed);
        assert!(!parsed.is_usable(), "{kind} {text}");
        assert!(
            shown.contains(code) && shown.contains(part),
            "{kind} {text}: {shown}"
        );
    }
}

#[test]
fn a_limit_that_would_count_nobody_is_an_error() {
    let max = "max: {admin_grants: 0}";
    for kind in ["scim", "surecloud"] {
        let silent = vendor(kind, max);
        let text = shown(&silent);
        assert!(
            !silent.is_usable() && text.contains("would have no effect"),
            "{text}"
        );
        assert!(text.contains("admins: { attribute:"), "{text}");
        let told = format!("{max}, admins: {{attribute: groups, values: [X]}}");
        let told = vendor(kind, &told);
        assert!(told.is_usable(), "{}", self::shown(&told));
    }
    for kind in ["bitsight", "logicgate"] {
        let own = vendor(kind, max);
        assert!(own.is_usable(), "{}", shown(&own));
    }
    let asserted = "version: 1\nassert: [{admins: {vendor: scim, at_most: 3}}]\nvendors:\n  scim: {base_url: https://a.example, auth: {token: {env: T}}}\npeople: []\n";
    let asserted = parse(vec![file("a.yaml", asserted)], &connector::specs());
    let text = shown(&asserted);
    assert!(
        text.contains("this assertion would have no effect"),
        "{text}"
    );
}

#[test]
fn the_digest_covers_what_makes_an_administrator() {
    let of = |text: &str| digest(&vendor("scim", text).roster);
    let silent = of("");
    let one = of("admins: {attribute: roles, values: [a, b]}");
    assert_ne!(silent, one);
    assert_eq!(one, of("admins: [{attribute: roles, values: [B, a]}]"));
    assert_ne!(one, of("admins: {attribute: roles, values: [a]}"));
}

#[test]
fn the_roster_alone_breaks_an_assertion_by_what_it_says_itself() {
    let text = "version: 1\nassert: [{admins: {vendor: scim, at_most: 0}}]\nvendors:\n  scim: {base_url: https://a.example, auth: {token: {env: T}}, admins: {attribute: roles, values: [Owner]}}\npeople:\n  - {email: ada@x.com, accounts: {scim: {roles: [owner]}}}\n";
    let parsed = parse(vec![file("a.yaml", text)], &connector::specs());
    let text = shown(&parsed);
    assert!(
        text.contains("1 administrator at scim, at most 0"),
        "{text}"
    );
}
