//! The certificate as its reader sees it.

use super::*;
use crate::reconcile::digest::Digest;
use crate::reconcile::off::{How, OffSince};
use crate::render::{json, samples::NASTY, sanitize::is_unsafe, v1};

fn leaver(email: &str, state: State, why: &str) -> Leaver {
    let there = matches!(state, State::StillActive | State::Deactivated);
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
        since: Some(OffSince { at, how }),
        ..leaver(email, State::Deactivated, "")
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
    }
}

pub(crate) fn certificate() -> Certificate {
    let mary = "mary.jackson@example.com";
    let down = "surecloud: list users failed";
    Certificate {
        read_at: "2026-01-05T02:00:00.25Z".parse().unwrap(),
        on: "2026-01-05".parse().unwrap(),
        roster: Digest::of(&"roster"),
        vendors: vec![
            vendor(
                "bitsight",
                vec![
                    leaver("john.backus@example.com", State::NoAccount, ""),
                    leaver(mary, State::StillActive, "an apply will deactivate it"),
                ],
            ),
            vendor(
                "logicgate",
                vec![
                    off("john.backus@example.com", How::SwitchedOff),
                    leaver(mary, State::Deactivated, ""),
                    off("tim@example.com", How::Seen),
                ],
            ),
            VendorLeavers {
                accounts: None,
                problem: Some(down.to_owned()),
                ..vendor("surecloud", vec![leaver(mary, State::CannotBeSeen, down)])
            },
        ],
    }
}

fn shown(certificate: &Certificate) -> String {
    let mut out = Vec::new();
    leavers(certificate, &Style::default(), &mut out).unwrap();
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
  bitsight  mary.jackson@example.com  active: false in the roster; an apply will deactivate it

Cannot be seen (1): nobody can tell from here
  surecloud  mary.jackson@example.com  active: false in the roster; surecloud: list users failed

Deactivated (3): there is an account, and it is switched off
  logicgate  john.backus@example.com   active: false in the roster; deactivated since 2025-12-31T02:00:07Z
  logicgate  mary.jackson@example.com  active: false in the roster; deactivated, since when is not known
  logicgate  tim@example.com           active: false in the roster; deactivated since before 2025-12-31T02:00:07Z

No account (1): the vendor was read completely and has none
  bitsight  john.backus@example.com  active: false in the roster

Leavers: 1 still active, 1 cannot be seen, 3 deactivated, 1 no account
";
    let shown = shown(&certificate());
    assert!(shown == expected, "{shown}");
}

#[test]
fn nobody_left() {
    let mut quiet = certificate();
    quiet.vendors.truncate(1);
    quiet.vendors[0].leavers.clear();
    assert!(shown(&quiet).ends_with("\nLeavers: nobody has left\n"));
}

#[test]
fn nothing_of_a_vendor_reaches_the_terminal_as_it_is() {
    let mut nasty = certificate();
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
