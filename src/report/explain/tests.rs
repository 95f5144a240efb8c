//! One person explained, as text and as JSON.

use super::*;
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::plan::WithheldAction;
use crate::model::value::{Key, Value};
use crate::plan::explain::AttributeExplanation;
use crate::report::samples::{NASTY, action, change, update};
use crate::report::sanitize::is_unsafe;
use crate::roster::history::Commit;
use crate::roster::{Layered, ProfileBy};

pub(in crate::report) fn sample(email: &str) -> (Explanation, Sources, History) {
    let mut sources = Sources::default();
    let file = sources.add("users.yaml", "people: []\n");
    let span = Span::new(file, 7, 3, 4);
    let source = |layer, value: &str, span| Source {
        layer,
        value: Value::text(value),
        span,
    };
    let mut account = Account::new(email);
    account.id = Some("41".into());
    account
        .attributes
        .insert("role", Some(Value::text("reader")));
    account
        .attributes
        .insert("time_zone", Some(Value::text("UTC")));
    let attributes = vec![AttributeExplanation {
        layered: Layered {
            name: Key::from("role"),
            value: Value::text("owner"),
            sources: vec![source(
                Layer::Profile {
                    name: "risk".into(),
                    by: ProfileBy::Team("analysts".into()),
                    through: None,
                },
                "owner",
                Some(span),
            )],
        },
        current: Some(Some(Value::text("reader"))),
    }];
    let role = change("role", Some(Value::text("reader")), Value::text("owner"));
    let read = VendorExplanation {
        files: std::sync::Arc::default(),
        name: "acme".into(),
        kind: "acme",
        access: Some(Access::Granted),
        account: Ok(Some(account)),
        attributes,
        actions: vec![update(email, vec![role])],
        held: vec![WithheldAction {
            action: action(ActionKind::Deactivate, email, "left"),
            why: String::from("protected"),
        }],
        manual: Vec::new(),
        notices: vec![String::from(email)],
        preset: Some(format!("preset acme: paging: {email} (roster)")),
    };
    let unread = VendorExplanation {
        name: "down".into(),
        access: None,
        account: Err(String::from("HTTP 503")),
        attributes: Vec::new(),
        actions: Vec::new(),
        held: Vec::new(),
        notices: Vec::new(),
        preset: None,
        ..read.clone()
    };
    let explanation = Explanation {
        email: email.into(),
        on: "2026-01-05".parse().unwrap(),
        vendors: vec![read, unread],
    };
    let commit = Commit {
        hash: "3f2a91bc0d".into(),
        date: "2025-12-24".parse().unwrap(),
        author: email.into(),
        subject: format!("Give {email} a role").into(),
    };
    let mut history = History::default();
    history.lines.insert((file, 7), Origin::Commit(commit));
    (explanation, sources, history)
}

fn shown(email: &str) -> String {
    let (explanation, sources, mut history) = sample(email);
    let by = vec![String::from("lead (the author's own)")];
    history.approved.insert("3f2a91bc0d".into(), by);
    let mut out = Vec::new();
    let style = Style::default();
    text(&explanation, &sources, &history, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_person_is_told_vendor_by_vendor() {
    assert_eq!(
        shown("ada@example.com"),
        "ada@example.com on 2026-01-05\n\
         \n\
         acme  roster: access\n  \
         vendor: active account ada@example.com, id 41\n  \
         role  owner  holds reader  profile risk of the team analysts, users.yaml:7, 3f2a91bc0d of 2025-12-24 by ada@example.com \"Give ada@example.com a role\", approved by lead (the author's own)\n  \
         left alone: time_zone\n  \
         follows: ~ update      role differs\n      \
         role  reader → owner\n  \
         held: - deactivate  left\n      \
         protected\n  \
         notice: ada@example.com\n  \
         settings: preset acme: paging: ada@example.com (roster)\n\
         \n\
         down  roster: names no account here\n  \
         vendor: could not be read: HTTP 503\n"
    );
}

#[test]
fn nasty_text_stays_within_its_line() {
    let nasty = shown(NASTY);
    assert!(!nasty.chars().any(|c| c != '\n' && is_unsafe(c)));
    let lines = |text: &str| text.lines().count();
    assert_eq!(lines(&nasty), lines(&shown("ada@example.com")));
}

#[test]
fn the_document_says_the_same() {
    let (explanation, sources, history) = sample("ada@example.com");
    let mut out = Vec::new();
    json(&explanation, &sources, &history, &mut out).unwrap();
    let document: Json = serde_json::from_slice(&out).unwrap();
    let acme = &document["vendors"]["acme"];
    assert_eq!(acme["attributes"][0]["sources"][0]["line"], 7);
    let written = &acme["attributes"][0]["sources"][0]["written"];
    assert_eq!(written["hash"], "3f2a91bc0d");
    assert_eq!(written["subject"], "Give ada@example.com a role");
    assert_eq!(acme["attributes"][0]["current"], "reader");
    assert_eq!(acme["held"][0]["why"], "protected");
    assert_eq!(document["vendors"]["down"]["error"], "HTTP 503");
}
