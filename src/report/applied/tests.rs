//! Whole reports, looked at as a reader sees them.

use super::*;
use crate::model::action::ActionKind;
use crate::report::samples;
use crate::report::samples::{action, outcome};
use crate::report::sanitize::is_unsafe;

fn shown(plan: &Plan, outcomes: &[Outcome]) -> String {
    let mut out = Vec::new();
    let style = Style::default();
    report(&samples::done(plan, outcomes, 12.4), &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn mixed() -> Vec<Outcome> {
    let bitsight = |kind, email| action(kind, email, "");
    let mut other = bitsight(ActionKind::Update, "ada.lovelace@example.com");
    other.vendor = "snaplogic".into();
    let ended = "the run of bitsight ended: the credentials were refused";
    vec![
        outcome(
            bitsight(ActionKind::Deactivate, "grace.hopper@example.com"),
            Verdict::Failed,
            409,
            "bitsight: change user (PATCH /ratings/v2/users/77) failed: HTTP 409: this user owns \
             three alert sets that have to be moved to somebody else before it can be switched off",
        ),
        outcome(
            bitsight(ActionKind::Update, "ada.lovelace@example.com"),
            Verdict::Failed,
            422,
            "role: unknown",
        ),
        outcome(
            bitsight(ActionKind::Create, "alan.turing@example.com"),
            Verdict::Unverified,
            0,
            "bitsight: create user failed: no answer within 60 s",
        ),
        outcome(
            bitsight(ActionKind::Create, "joan.clarke@example.com"),
            Verdict::Skipped,
            0,
            ended,
        ),
        outcome(
            bitsight(ActionKind::Create, "mary.jackson@example.com"),
            Verdict::Skipped,
            0,
            ended,
        ),
        outcome(other.clone(), Verdict::Applied, 200, ""),
        outcome(
            other,
            Verdict::Applied,
            200,
            "ui_access was switched off already",
        ),
    ]
}

#[test]
fn the_good_the_bad_and_what_to_do() {
    let shown = shown(&samples::plan(vec![samples::unread("surecloud")]), &mixed());
    let expected = "\
Applied 2 of 7 actions in 12 s
  bitsight   2 failed, 1 unverified, 2 skipped
  snaplogic  2 applied
  surecloud  could not be read, nothing was done here

Remarks (1): applied, with something to know
  snaplogic: ui_access was switched off already
      ~ update      ada.lovelace@example.com

Failed (2): did not happen, or not all of it
  bitsight: change user (PATCH /ratings/v2/users/77) failed: HTTP 409: this user owns three alert
    sets that have to be moved to somebody else before it can be switched off
      - deactivate  grace.hopper@example.com
  bitsight: HTTP 422: role: unknown
      ~ update      ada.lovelace@example.com

Unverified (1): may have happened, no read has shown it yet
  bitsight: create user failed: no answer within 60 s
      + create      alan.turing@example.com

Skipped (2): not tried
  bitsight: the run of bitsight ended: the credentials were refused
      + create      joan.clarke@example.com
      + create      mary.jackson@example.com

Access still open (1): was to be taken away and perhaps was not
  bitsight  grace.hopper@example.com

Next: correct what is named above, then apply again: a new run does only what is still missing
";
    assert!(shown == expected, "shown:\n{shown}");
}

#[test]
fn all_applied_is_two_lines() {
    let done = outcome(
        action(ActionKind::Update, "ada@example.com", ""),
        Verdict::Applied,
        200,
        "",
    );
    assert_eq!(
        shown(&samples::plan(vec![]), std::slice::from_ref(&done)),
        "Applied 1 of 1 action in 12 s\n  bitsight  1 applied\n"
    );
    // What was held or left to people does not get lost behind a success.
    assert_eq!(
        shown(&samples::plan(vec![samples::everything()]), &[done]),
        "Applied 1 of 1 action in 12 s\n  bitsight  1 applied\n\n\
         Next: look at what the plan holds back; each entry says what lets it through\n"
    );
}

#[test]
fn without_failures_the_next_run_is_the_remedy() {
    let open = outcome(
        action(ActionKind::Create, "ada@example.com", ""),
        Verdict::Unverified,
        524,
        "",
    );
    let shown = shown(&samples::plan(vec![]), &[open]);
    assert!(shown.contains("\n  bitsight: HTTP 524\n      + create      ada@example.com\n"));
    assert!(!shown.contains("Access still open"));
    assert!(shown.ends_with(
        "\nNext: apply again: a new run looks afresh and does only what is still missing\n"
    ));
}

#[test]
fn progress_is_one_line_each() {
    let lines: Vec<String> = (9..)
        .zip(&mixed()[..6])
        .map(|(done, outcome)| progress_line(outcome, done, 120))
        .collect();
    assert_eq!(
        lines,
        [
            "[  9/120] failed      bitsight  - deactivate  grace.hopper@example.com (0.4 s): change \
             user (PATCH /ratings/v2/users/77) failed: HTTP 409: this user owns three alert sets \
             that have to be moved to somebody else before it can be switched off",
            "[ 10/120] failed      bitsight  ~ update      ada.lovelace@example.com (0.4 s): HTTP \
             422: role: unknown",
            "[ 11/120] unverified  bitsight  + create      alan.turing@example.com (0.4 s): create \
             user failed: no answer within 60 s",
            "[ 12/120] skipped     bitsight  + create      joan.clarke@example.com (0.4 s): the run \
             of bitsight ended: the credentials were refused",
            "[ 13/120] skipped     bitsight  + create      mary.jackson@example.com (0.4 s): the \
             run of bitsight ended: the credentials were refused",
            "[ 14/120] applied     snaplogic  ~ update      ada.lovelace@example.com (0.4 s)",
        ]
    );
}

#[test]
fn nasty_text_stays_within_its_line() {
    let plan = samples::nasty();
    let outcomes: Vec<Outcome> = plan
        .actions()
        .map(|action| outcome(action.clone(), Verdict::Failed, 400, samples::NASTY))
        .collect();
    let shown = shown(&plan, &outcomes);
    assert!(shown.chars().all(|c| c == '\n' || !is_unsafe(c)));
    assert!(!shown.lines().any(|line| line.starts_with("+ create")));
    assert!(shown.contains(r"\u{1b}[2J"));
    for outcome in &outcomes {
        let line = progress_line(outcome, 1, 1);
        assert!(!line.chars().any(is_unsafe), "{line}");
        assert!(line.contains(r"HTTP 400: x\u{1b}[2J"), "{line}");
    }
}

#[test]
fn ten_thousand_outcomes_of_one_cause_tell_it_once() {
    let outcomes: Vec<Outcome> = (0..10_000)
        .map(|n| {
            let action = action(ActionKind::Create, &format!("p{n:05}@example.com"), "");
            outcome(action, Verdict::Skipped, 0, "the run ended")
        })
        .collect();
    let shown = shown(&samples::plan(vec![]), &outcomes);
    assert_eq!(shown.matches("the run ended").count(), 1);
    assert_eq!(shown.matches("\n      + create      p").count(), 10_000);
    assert!(shown.starts_with("Applied 0 of 10000 actions in 12 s\n  bitsight  10000 skipped\n"));
}

#[test]
fn every_report_tells_how_the_journal_ended() {
    let plan = samples::plan(vec![samples::everything()]);
    let hash = format!("sha256:{}", "7".repeat(64));
    let end = End {
        place: String::from(".rosterctl/journal/2026-01-05T020000Z-1b2c3d4e"),
        hash: hash.as_str().into(),
    };
    let outcomes = mixed();
    for outcomes in [&outcomes[..], &[]] {
        let done = Done {
            journal: Some(&end),
            ..samples::done(&plan, outcomes, 1.0)
        };
        let mut shown = vec![Vec::new(); 4];
        let [text, json, markdown, html] = &mut shown[..] else {
            unreachable!("there are four");
        };
        report(&done, &Style::default(), text).unwrap();
        crate::report::json::report(&done, json).unwrap();
        let options = crate::report::markdown::Options {
            limit: 65_536,
            mask: true,
            catalog: Vec::new(),
        };
        crate::report::markdown::report(&done, &options, markdown).unwrap();
        let options = crate::report::html::Options {
            mask: true,
            catalog: Vec::new(),
            exit: 0,
        };
        crate::report::html::report(&done, &options, html).unwrap();
        for shown in shown {
            let shown = String::from_utf8(shown).unwrap().replace("&#58;", ":");
            assert!(shown.contains(&hash), "{shown}");
        }
    }
}
