//! `leavers: { delete_after }`: where it is allowed, and what is said where it is not.

use super::*;
use crate::connector;
use crate::model::off::Grace;
use crate::roster::diagnostic::render;

fn parsed(vendor: &str) -> Parsed {
    let text = format!("version: 1\nvendors:\n  {vendor}\npeople: []\n");
    parse(vec![file("a.yaml", &text)], &connector::specs())
}

fn bitsight(rest: &str) -> Parsed {
    parsed(&format!(
        "bitsight: {{auth: {{token: {{env: T}}}}, {rest}}}"
    ))
}

fn shown(parsed: &Parsed) -> String {
    let mut out = Vec::new();
    for problem in &parsed.diagnostics {
        render(problem, &parsed.sources, false, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn days_and_weeks_are_read() {
    for (text, days) in [
        ("30d", 30),
        ("4w", 28),
        ("1d", 1),
        ("3650d", 3650),
        ("007d", 7),
    ] {
        let parsed = bitsight(&format!("leavers: {{delete_after: {text}}}"));
        assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
        let settings = &parsed.roster.vendors["bitsight"];
        assert_eq!(settings.delete_after, Some(Grace(days)), "{text}");
    }
    let silent = bitsight("leavers: {}");
    assert_eq!(silent.roster.vendors["bitsight"].delete_after, None);
}

#[test]
fn anything_else_is_refused() {
    for (rest, wanted) in [
        ("leavers: {delete_after: 0d}", "out-of-range"),
        ("leavers: {delete_after: 0w}", "out-of-range"),
        ("leavers: {delete_after: 3651d}", "out-of-range"),
        ("leavers: {delete_after: 9999999w}", "out-of-range"),
        ("leavers: {delete_after: 30}", "not-a-duration"),
        ("leavers: {delete_after: d}", "not-a-duration"),
        ("leavers: {delete_after: 1.5d}", "not-a-duration"),
        ("leavers: {delete_after: -1d}", "not-a-duration"),
        ("leavers: {delete_after: 10m}", "not-a-duration"),
        ("leavers: {delete_after: }", "null-value"),
        ("leavers: {deleted_after: 30d}", "unknown-key"),
        ("leavers: 30d", "wrong-type"),
    ] {
        let found = brief(&bitsight(rest));
        let codes: Vec<&str> = found.iter().filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(codes, [wanted], "{rest}: {found:?}");
    }
}

#[test]
fn it_needs_a_vendor_that_can_delete_and_an_off_switch_before() {
    let grace = "leavers: {delete_after: 30d}";
    let logicgate = parsed(&format!(
        "logicgate: {{base_url: https://x.example, auth: {{token: {{env: T}}}}, deactivate: disable, {grace}}}"
    ));
    assert_eq!(brief(&logicgate), ["conflict 3:114"]);
    let text = shown(&logicgate);
    assert!(
        text.contains("LogicGate Risk Cloud has no call that deletes"),
        "{text}"
    );
    assert!(text.contains("take `leavers` out"), "{text}");
    for (word, part) in [
        ("manual", "nobody can tell since when"),
        (
            "delete",
            "`deactivate: delete` deletes at once; nothing is left to delete after 30 days",
        ),
    ] {
        // The order of the keys changes nothing.
        for rest in [
            format!("{grace}, deactivate: {word}"),
            format!("deactivate: {word}, {grace}"),
        ] {
            let parsed = bitsight(&rest);
            let text = shown(&parsed);
            assert_eq!(parsed.diagnostics.len(), 1, "{text}");
            assert!(text.contains(part), "{text}");
            assert!(text.contains("write `deactivate: status`"), "{text}");
        }
    }
    assert!(bitsight(&format!("{grace}, deactivate: status")).is_usable());
}

#[test]
fn the_digest_tells_graces_apart_and_silence_is_as_before() {
    let digest = |rest: &str| crate::roster::digest(&bitsight(rest).roster);
    assert_eq!(digest("leavers: {}"), digest("unlisted: report"));
    assert_ne!(
        digest("leavers: {delete_after: 30d}"),
        digest("leavers: {}")
    );
    let weeks = digest("leavers: {delete_after: 4w}");
    assert_eq!(weeks, digest("leavers: {delete_after: 28d}"));
}
