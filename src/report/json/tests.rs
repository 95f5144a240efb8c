//! The plan document as scripts see it.

use super::*;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::digest::Digest;
use crate::model::outcome::Verdict;
use crate::model::plan::{Plan, Read};
use crate::model::value::Value;
use crate::plan::cause::Cause;
use crate::report::samples;
use crate::report::samples::{change, update};
use crate::state::journal::event::Intended;

fn shown(made: &Plan) -> String {
    let mut out = Vec::new();
    plan(made, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// As the contract shows it: names, order and types of all fields.
#[test]
fn the_document_is_the_one_of_the_contract() {
    let mut vendor = samples::vendor(
        "bitsight",
        vec![update(
            "ada.lovelace@example.com",
            vec![
                change("features.fq-access", None, Value::Flag(true)),
                change(
                    "role",
                    Some(Value::text("customer_user")),
                    Value::text("customer_group_admin"),
                ),
            ],
        )],
    );
    let everything = samples::everything();
    vendor.unlisted = everything.unlisted;
    vendor.notices = everything.notices;
    vendor.held = everything.held[..1].to_vec();
    vendor.held[0].why = String::from("protected");
    let made = samples::plan(vec![vendor, samples::unread("surecloud")]);
    let expected = r#"{
  "format": 1,
  "tool": "rosterctl VERSION",
  "created_at": "2026-01-05T02:00:00Z",
  "on": "2026-01-05",
  "roster": {
    "digest": "sha256:a0",
    "people": 212
  },
  "vendors": {
    "bitsight": {
      "kind": "bitsight",
      "base_url": "https://api.bitsight.example",
      "place": "https://api.bitsight.example",
      "accounts": 41,
      "unchanged": 38,
      "proof": {
        "complete": true,
        "pages": 1,
        "counted": 41,
        "own": "seen",
        "last": {
          "accounts": 42,
          "read_at": "2026-01-04T02:00:00Z"
        },
        "missing": null
      },
      "forecast": {
        "calls": 2,
        "seconds": 0,
        "per_hour": 18000,
        "within_seconds": 3600,
        "share_percent": 1
      }
    },
    "surecloud": {
      "kind": "bitsight",
      "error": "surecloud: list users (GET /users) failed: HTTP 503: try again later"
    }
  },
  "summary": {
    "create": 0,
    "update": 1,
    "deactivate": 0,
    "reactivate": 0,
    "delete": 0,
    "manual": 0,
    "held": 1,
    "unlisted": 2
  },
  "attention": {
    "administrators": [],
    "gone": [],
    "rules": []
  },
  "actions": [
    {
      "vendor": "bitsight",
      "action": "update",
      "email": "ada.lovelace@example.com",
      "account_email": "ada.lovelace@example.com",
      "id": "id-of-ada.lovelace@example.com",
      "changes": [
        {
          "attribute": "features.fq-access",
          "before": null,
          "after": true
        },
        {
          "attribute": "role",
          "before": "customer_user",
          "after": "customer_group_admin"
        }
      ],
      "reason": "role differs",
      "current": "sha256:c0"
    }
  ],
  "manual": [],
  "held": [
    {
      "vendor": "bitsight",
      "action": "deactivate",
      "email": "claude.shannon@example.com",
      "account_email": "claude.shannon@example.com",
      "id": "id-of-claude.shannon@example.com",
      "changes": [],
      "reason": "active: false in the roster",
      "current": "sha256:c0",
      "why": "protected"
    }
  ],
  "unlisted": [
    {
      "vendor": "bitsight",
      "email": "nightly-export@example.com",
      "id": "77",
      "why": "nightly-export@example.com is a service account"
    },
    {
      "vendor": "bitsight",
      "email": "x@example.com",
      "id": null
    }
  ],
  "notices": [
    {
      "level": "warning",
      "vendor": "bitsight",
      "email": "ada.lovelace@example.com",
      "text": "company differs and is left as it is: set by the vendor"
    },
    {
      "level": "info",
      "vendor": "bitsight",
      "text": "3 licences are left"
    }
  ]
}
"#;
    let expected = expected.replace("VERSION", env!("CARGO_PKG_VERSION"));
    let shown = shown(&made);
    assert!(shown == expected, "shown:\n{shown}");
}

#[test]
fn a_plan_of_readable_vendors_ends_with_its_digest() {
    let made = samples::plan(vec![samples::everything()]);
    let digest = made.digest().unwrap();
    let end = format!("  ],\n  \"digest\": \"{digest}\"\n}}\n");
    assert!(shown(&made).ends_with(&end));
}

#[test]
fn what_is_written_is_read_back() {
    for made in [
        samples::plan(vec![]),
        samples::plan(vec![samples::everything(), samples::unread("surecloud")]),
        samples::nasty(),
    ] {
        let parsed = parse(shown(&made).as_bytes()).unwrap();
        assert_eq!(parsed, v1::Document::from(&made));
    }
}

#[test]
fn nothing_that_steers_a_terminal_is_written_raw_and_nothing_is_lost() {
    let made = samples::nasty();
    let json = shown(&made);
    assert!(json.chars().all(|c| c == '\n' || !is_unsafe(c)));
    let parsed = parse(json.as_bytes()).unwrap();
    assert_eq!(&*parsed.actions[0].action.email, samples::NASTY);
    let tagged = serde_json::to_string("a\u{e0041}\u{7f}").unwrap();
    assert_eq!(visible(&tagged), r#""a\udb40\udc41\u007f""#);
}

#[test]
fn another_format_is_refused_by_its_number_whatever_else_it_holds() {
    let error = parse(br#"{ "format": 2, "layers": [] }"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plan format 2 is not known here, only 1; plan again with this version"
    );
    assert!(matches!(
        parse(b"{ \"format\": \"\xc2\x9b1\" }"),
        Err(ParseError::Format(found)) if found == r#""\u009b1""#
    ));
}

#[test]
fn what_is_no_plan_document_is_refused() {
    let whole = shown(&samples::plan(vec![samples::everything()]));
    let half = &whole[..whole.len() / 2];
    let twice = whole.replacen("\"on\":", "\"on\": \"2026-01-06\", \"on\":", 1);
    let bad_word = whole.replacen("\"deactivate\",", "\"promote\",", 1);
    assert_ne!(bad_word, whole);
    for text in ["", "[]", "{}", "null", half, &twice, &bad_word] {
        assert!(
            matches!(parse(text.as_bytes()), Err(ParseError::Malformed(_))),
            "{text}"
        );
    }
}

#[test]
fn the_report_holds_the_plan_and_every_outcome() {
    let made = samples::plan(vec![samples::vendor("bitsight", vec![])]);
    let mut lost = samples::outcome(
        samples::action(
            crate::model::action::ActionKind::Create,
            "a@example.com",
            "",
        ),
        Verdict::Unverified,
        0,
        "no answer",
    );
    lost.seconds = f64::NAN;
    let done = samples::outcome(update("b@example.com", vec![]), Verdict::Applied, 204, "");
    let mut out = Vec::new();
    let outcomes = [lost, done];
    report(&samples::done(&made, &outcomes, 1.0), &mut out).unwrap();
    let read: v1::Report = serde_json::from_slice(&out).unwrap();
    assert_eq!(read.plan, v1::Document::from(&made));
    let text = String::from_utf8(out).unwrap();
    let outcomes = text.split_once("  \"outcomes\": ").unwrap().1;
    assert_eq!(
        outcomes,
        r#"[
    {
      "vendor": "bitsight",
      "action": "create",
      "email": "a@example.com",
      "id": null,
      "outcome": "unverified",
      "status": null,
      "message": "no answer",
      "seconds": 0.0
    },
    {
      "vendor": "bitsight",
      "action": "update",
      "email": "b@example.com",
      "id": "id-of-b@example.com",
      "outcome": "applied",
      "status": 204,
      "message": "",
      "seconds": 0.412
    }
  ]
}
"#
    );
}

#[test]
fn counts_of_ten_thousand_actions_agree() {
    let actions = (0..10_000)
        .map(|n| update(&format!("p{n:05}@example.com"), vec![]))
        .collect();
    let made = samples::plan(vec![samples::vendor("bitsight", actions)]);
    let parsed = parse(shown(&made).as_bytes()).unwrap();
    assert_eq!(
        (parsed.actions.len(), parsed.summary.update),
        (10_000, 10_000)
    );
    let v1::Vendor::Read(vendor) = &parsed.vendors["bitsight"] else {
        panic!("was read");
    };
    let Ok(Read { forecast, .. }) = &made.vendors[0].read else {
        panic!("was read");
    };
    assert_eq!(vendor.forecast.calls, forecast.calls);
}

/// What is made while it is written is the document that scripts and `apply --plan` read.
#[test]
fn what_is_made_while_it_is_written_is_the_document() {
    let mut full = samples::plan(vec![samples::everything(), samples::unread("surecloud")]);
    full.ending = samples::ending();
    let empty = samples::plan(vec![samples::vendor("bitsight", vec![])]);
    for made in [full, empty, samples::nasty()] {
        let all: Vec<Cause> = [Cause::Change, Cause::Drift].repeat(50);
        let causes = Causes {
            actions: all[..made.actions().count()].to_vec(),
            manual: all[..made.summary().manual].to_vec(),
            held: all[..made.summary().held].to_vec(),
        };
        let document = v1::Document::from(&made);
        let whole = |document: &v1::Document| {
            let mut out = Vec::new();
            write(document, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(&made), whole(&document));
        let mut out = Vec::new();
        plan_by_cause(&made, &causes, &mut out).unwrap();
        let document = document.with_causes(&causes);
        assert_eq!(String::from_utf8(out).unwrap(), whole(&document));
        assert_eq!(parse(whole(&document).as_bytes()).unwrap(), document);
    }
}

#[test]
fn the_layout_is_that_of_pretty_json_at_any_depth() {
    let mut deep = serde_json::json!({"empty": [], "none": {}, "list": [1, [], {"a": null}]});
    for level in 0..40 {
        deep = match level % 2 {
            0 => serde_json::json!([deep, level]),
            _ => serde_json::json!({"in": deep, "level": "\u{7f}x"}),
        };
    }
    let mut out = Vec::new();
    write(&deep, &mut out).unwrap();
    let pretty = serde_json::to_string_pretty(&deep).unwrap();
    let pretty = pretty.replace('\u{7f}', "\\u007f") + "\n";
    assert_eq!(String::from_utf8(out).unwrap(), pretty);
}

#[test]
fn what_needs_attention_is_told_with_its_own_words() {
    let document: serde_json::Value =
        serde_json::from_str(&shown(&samples::only_attention())).unwrap();
    let expected = serde_json::json!({
        "administrators": [
            { "vendor": "bitsight", "email": "new.root@example.com", "id": null, "account_email": null, "how": "becomes" },
            { "vendor": "bitsight", "email": "eve@attacker.example", "id": "id-of-root", "account_email": "root@example.com", "how": "changes_hands" },
        ],
        "gone": [
            { "what": "person", "email": "dorothy.vaughan@example.com", "vendor": "bitsight", "admin": true, "stays": true, "text": "the account old.dorothy@example.com stays on" },
            { "what": "right", "attribute": "group", "value": "Europe", "email": "annie.easley@example.com", "vendor": "bitsight", "admin": false, "stays": true, "text": "group Europe stays" },
        ],
        "rules": [
            { "vendor": "bitsight", "rule": "protect", "before": "breakglass@example.com", "after": null },
            { "vendor": "bitsight", "rule": "max.creates", "before": "5", "after": "500" },
            { "vendor": null, "rule": "assert", "before": null, "after": "domains: only example.com" },
        ],
    });
    assert_eq!(document["attention"], expected);
}

#[test]
fn an_action_has_one_form_in_journal_and_document() {
    let mut action = Action {
        vendor: "bitsight".into(),
        kind: ActionKind::Update,
        email: "ada@example.com".into(),
        account_email: Some("Ada@example.com".into()),
        id: Some("7".into()),
        changes: vec![
            Change {
                attribute: "admin".into(),
                before: None,
                after: Value::Flag(true),
            },
            Change {
                attribute: "groups".into(),
                before: Some(Value::text("//A")),
                after: Value::set(["//B", "//A"]),
            },
        ],
        reason: String::from("because"),
        current: Some(Digest("sha256:77".into())),
    };
    let full = r#""vendor":"bitsight","action":"update","email":"ada@example.com","account_email":"Ada@example.com","id":"7","changes":[{"attribute":"admin","before":null,"after":true},{"attribute":"groups","before":"//A","after":["//A","//B"]}],"reason":"because","current":"sha256:77""#;
    one_form(&action, full);
    action.kind = ActionKind::Create;
    (action.account_email, action.id, action.current) = (None, None, None);
    action.changes.clear();
    let bare = r#""vendor":"bitsight","action":"create","email":"ada@example.com","id":null,"changes":[],"reason":"because","current":null"#;
    one_form(&action, bare);
}

/// The fields of an action, as the core, a journal and a document write them, and read them back.
#[track_caller]
fn one_form(action: &Action, fields: &str) {
    let text = serde_json::to_string(action).unwrap();
    assert_eq!(text, format!("{{{fields}}}"));
    assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), *action);
    let intended = Intended::of(3, action, None);
    let text = serde_json::to_string(&intended).unwrap();
    assert_eq!(text, format!("{{\"number\":3,{fields}}}"));
    assert_eq!(serde_json::from_str::<Intended>(&text).unwrap(), intended);
    let kept = v1::WithheldAction {
        action: action.clone(),
        cause: Some(Cause::Drift),
        files: vec!["people.yaml".into()],
        why: String::from("held"),
    };
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(
        text,
        format!("{{{fields},\"cause\":\"drift\",\"files\":[\"people.yaml\"],\"why\":\"held\"}}")
    );
    assert_eq!(
        serde_json::from_str::<v1::WithheldAction>(&text).unwrap(),
        kept
    );
    let planned = v1::Planned::from(action.clone());
    let text = serde_json::to_string(&planned).unwrap();
    assert_eq!(text, format!("{{{fields}}}"));
    assert_eq!(serde_json::from_str::<v1::Planned>(&text).unwrap(), planned);
}
