//! Who left and still has access, as a reader sees it.

use super::*;
use crate::model::digest::Digest;
use crate::model::off::{DeactivatedSince, How};
use crate::plan::leavers::Former;
use crate::report::samples::NASTY;
use crate::report::sanitize::is_unsafe;
use crate::report::{json, v1};
use crate::roster::history::departed::Commit;

fn leaver(email: &str, state: LeaverState, why: &str) -> Leaver {
    let there = matches!(state, LeaverState::StillActive | LeaverState::Deactivated);
    Leaver {
        email: email.into(),
        reason: String::from("active: false in the roster"),
        state,
        account_email: there.then(|| email.into()),
        id: there.then(|| "7".into()),
        why: why.to_owned(),
        since: None,
    }
}

/// The same, off since a time.
fn off(email: &str, how: How) -> Leaver {
    let at = "2025-12-31T02:00:07.5Z".parse().unwrap();
    Leaver {
        since: Some(DeactivatedSince { at, how }),
        ..leaver(email, LeaverState::Deactivated, "")
    }
}

fn vendor(name: &str, leavers: Vec<Leaver>) -> VendorLeavers {
    VendorLeavers {
        name: name.into(),
        kind: "bitsight",
        base_url: "https://api.example".into(),
        accounts: Some(41),
        problem: None,
        leavers,
        former: Vec::new(),
    }
}

pub(crate) fn check() -> LeaversCheck {
    let mary = "mary.jackson@example.com";
    let down = "surecloud: list users failed";
    LeaversCheck {
        read_at: "2026-01-05T02:00:00.25Z".parse().unwrap(),
        on: "2026-01-05".parse().unwrap(),
        roster: Digest::of(&"roster"),
        vendors: vec![
            vendor(
                "bitsight",
                vec![
                    leaver("john.backus@example.com", LeaverState::NoAccount, ""),
                    leaver(
                        mary,
                        LeaverState::StillActive,
                        "an apply will deactivate it",
                    ),
                ],
            ),
            vendor(
                "logicgate",
                vec![
                    off("john.backus@example.com", How::SwitchedOff),
                    leaver(mary, LeaverState::Deactivated, ""),
                    off("tim@example.com", How::Seen),
                ],
            ),
            VendorLeavers {
                accounts: None,
                problem: Some(down.to_owned()),
                ..vendor(
                    "surecloud",
                    vec![leaver(mary, LeaverState::CannotBeSeen, down)],
                )
            },
        ],
        past: None,
    }
}

fn shown(check: &LeaversCheck) -> String {
    let mut out = Vec::new();
    leavers(check, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_most_urgent_comes_first() {
    let expected = "\
Leavers on 2026-01-05, 3 people, read at 2026-01-05T02:00:00Z

  bitsight   41 accounts read
  logicgate  41 accounts read
  surecloud  could not be read: surecloud: list users failed

Still active (1): access that should have ended
  bitsight: active: false in the roster; an apply will deactivate it
    mary.jackson@example.com

Cannot be seen (1): nobody can tell from here
  surecloud: active: false in the roster; surecloud: list users failed
    mary.jackson@example.com

Deactivated (3): there is an account, and it is switched off
  logicgate: active: false in the roster
    john.backus@example.com; deactivated since 2025-12-31T02:00:07Z
    mary.jackson@example.com; deactivated, since when is not known
    tim@example.com; deactivated since before 2025-12-31T02:00:07Z

No account (1): the vendor was read completely and has none
  bitsight: active: false in the roster
    john.backus@example.com

Leavers: 1 still active, 1 cannot be seen, 3 deactivated, 1 no account
";
    let shown = shown(&check());
    assert!(shown == expected, "{shown}");
}

/// The same with two people who are gone, one of them released, and a history of some trouble.
pub(crate) fn with_former() -> LeaversCheck {
    let mut check = check();
    let commit = |hash: &str| Commit {
        hash: hash.into(),
        day: "2026-01-03".parse().unwrap(),
    };
    let former = |email: &str, state, why: &str, released| Former {
        leaver: Leaver {
            reason: String::from("gone from the roster since 1a2b3c4d5e (2026-01-03)"),
            ..leaver(email, state, why)
        },
        since: Some(commit("1a2b3c4d5e")),
        released,
    };
    let release = Release {
        note: Some("parental leave".into()),
        until: Some("2026-06-30".parse().unwrap()),
    };
    check.vendors[0].former = vec![
        former(
            "ann@example.com",
            LeaverState::StillActive,
            "nothing is planned",
            None,
        ),
        former(
            "bea@example.com",
            LeaverState::StillActive,
            "nothing is planned",
            None,
        ),
        former(
            "zoe@example.com",
            LeaverState::StillActive,
            "nothing is planned",
            Some(release),
        ),
    ];
    let mut past = Past::new("2024-12-01".parse().unwrap());
    past.commits = 34;
    past.unread = vec![(commit("9f04d315d6"), String::from("users.yaml:3: no YAML"))];
    check.past = Some(past);
    check
}

#[test]
fn who_is_gone_stands_apart_and_a_reason_once() {
    let text = shown(&with_former());
    for part in [
        "people who are gone from the roster: 34 states of it looked at, back to 2024-12-01\n",
        "  the roster of 9f04d315d6 (2026-01-03) could not be read whole: users.yaml:3: no YAML\n",
        "Gone from the roster, still active (2): access that should have ended\n  \
         bitsight: gone from the roster since 1a2b3c4d5e (2026-01-03); nothing is planned\n    \
         ann@example.com\n    bea@example.com\n",
        "Released (1): gone from the roster, which says that an account may stay\n  \
         bitsight: gone from the roster since 1a2b3c4d5e (2026-01-03); may keep an account until \
         2026-06-30: parental leave\n    zoe@example.com\n",
        "Leavers: 3 still active, 1 cannot be seen, 3 deactivated, 1 no account, 1 released\n",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let mut absent = with_former();
    absent.past.as_mut().unwrap().absent = Some(String::from("there is no git"));
    assert!(shown(&absent).contains("were not looked for: there is no git\n"));
}

#[test]
fn nobody_left() {
    let mut quiet = check();
    quiet.vendors.truncate(1);
    quiet.vendors[0].leavers.clear();
    assert!(shown(&quiet).ends_with("\nLeavers: nobody has left\n"));
}

#[test]
fn nothing_of_a_vendor_reaches_the_terminal_as_it_is() {
    let mut nasty = check();
    for vendor in &mut nasty.vendors {
        vendor.name = NASTY.into();
        vendor.problem = Some(NASTY.to_owned());
        for leaver in &mut vendor.leavers {
            leaver.email = NASTY.into();
            leaver.account_email = Some(format!("x{NASTY}").into());
            leaver.why = NASTY.to_owned();
        }
    }
    let lines = shown(&nasty);
    assert!(
        !lines.chars().any(|c| c != '\n' && is_unsafe(c)),
        "{lines:?}"
    );
    let mut out = Vec::new();
    json::leavers(&nasty, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text:?}");
    let back: v1::leavers::Leavers = serde_json::from_str(&text).unwrap();
    assert_eq!(&*back.leavers[0].email, NASTY);
}
