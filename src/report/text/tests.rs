//! Whole plans, looked at as a reader sees them.

use super::*;
use crate::model::action::ActionKind;
use crate::model::forecast::Forecast;
use crate::model::plan::UnlistedAccount;
use crate::model::value::Value;
use crate::report::samples;
use crate::report::samples::{action, change, update};
use crate::report::sanitize::is_unsafe;

fn shown_in(made: &Plan, colour: bool) -> String {
    let mut out = Vec::new();
    plan(
        made,
        &Style {
            colour,
            ..Style::default()
        },
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

fn shown(made: &Plan) -> String {
    shown_in(made, false)
}

/// With `-v`.
fn shown_in_full(made: &Plan) -> String {
    let style = Style {
        verbose: true,
        ..Style::default()
    };
    let mut out = Vec::new();
    plan(made, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check(made: &Plan, expected: &str) {
    let shown = shown(made);
    // The digest is a function of the plan and has its own tests.
    let shown = match made.digest() {
        Some(digest) => shown.replace(&*digest.0, "sha256:…"),
        None => shown,
    };
    assert!(shown == expected, "shown:\n{shown}\nexpected:\n{expected}");
}

/// A vendor where nothing is to be done.
fn quiet(name: &str) -> VendorPlan {
    let mut vendor = samples::vendor(name, vec![]);
    vendor.read = Ok(Read {
        accounts: 1,
        asked: 1,
        unchanged: 1,
        proof: samples::proof(),
        forecast: Forecast::default(),
    });
    vendor
}

#[test]
fn one_of_everything() {
    check(
        &samples::plan(vec![samples::everything(), quiet("bitsight-eu")]),
        "\
Plan for 2026-01-05, 212 people in the roster

bitsight  https://api.bitsight.example  41 accounts read, 38 unchanged, 5 actions
  - deactivate  grace.hopper@example.com (account grace.murray@example.com)  access ended on 2026-01-04
  ! delete      former.contractor@msp.example.net  not in the roster
  ~ update      ada.lovelace@example.com           features.fq-access, formal_name, group, groups and role differ
      features.fq-access  false         → true
      formal_name         - Augusta Ada King, Countess of Lovelace, [-Analyst of Engines-]
                          + Augusta Ada King, Countess of Lovelace, {+Controls Lead+}
      group               (none)        → Europe
      groups              + Risk Reader
                          - Old Role
                            (1 stays)
      role                customer_user → customer_group_admin
  ^ reactivate  alan.turing@example.com            the roster gives access, the account is switched off
      role  (none) → customer_user
  + create      linus.pauling@example.com          no account here yet
      formal_name  Linus Pauling
      groups       Risk Reader, Viewer
      role         customer_user

bitsight-eu (bitsight)  https://api.bitsight-eu.example  1 account read, 1 unchanged

Manual (1): steps for a person, not done by this run
  bitsight: by hand in Bitsight: e-mails are fixed here; a person has to move the account to the new address
    ~ update      mary.jackson@example.com  email differs
      email  mary.winston@example.com → mary.jackson@example.com

Held (2): kept back by a safety rule, not done by this run
  bitsight: 12 removals at bitsight are more than max.deactivations allows (4 with 41 active accounts); if they are meant: --allow-deactivations bitsight=12
    - deactivate  claude.shannon@example.com  active: false in the roster
    - deactivate  joan.clarke@example.com     active: false in the roster

Unlisted (2): active accounts that the roster does not name
  bitsight
    nightly-export@example.com  nightly-export@example.com is a service account
    x@example.com

Notices (2): what else there is to know
  warning  bitsight, ada.lovelace@example.com: company differs and is left as it is: set by the vendor
  info     bitsight: 3 licences are left

Forecast: to apply this takes at least
  bitsight  10 calls, 2 s at its limits, 1 % of the calls allowed in 1 h

Plan: 1 to create, 1 to update, 1 to deactivate, 1 to reactivate, 1 to delete; 2 held; 1 manual; 2 unlisted
digest sha256:…
",
    );
}

#[test]
fn the_proof_is_shown_to_who_wants_to_see_it() {
    let mut made = samples::plan(vec![
        quiet("bitsight"),
        samples::vendor("logicgate", vec![]),
    ]);
    made.vendors[1].read.as_mut().unwrap().proof = Completeness {
        missing: Some(String::from("the list is empty")),
        ..Completeness::default()
    };
    let style = Style {
        verbose: true,
        ..Style::default()
    };
    let mut out = Vec::new();
    plan(&made, &style, &mut out).unwrap();
    let shown = String::from_utf8(out).unwrap();
    for line in [
        "\n  complete: 1 page, the vendor counts 41, own account seen, 42 on 2026-01-04\n",
        "\n  not proved complete: the list is empty; own account unknown\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn whose_access_ends_soon() {
    let mut made = samples::plan(vec![quiet("bitsight")]);
    made.ending = samples::ending();
    check(
        &made,
        "\
Plan for 2026-01-05, 212 people in the roster

bitsight  https://api.bitsight.example  1 account read, 1 unchanged

Ending soon (2): the last day with access is near; nothing is done yet
  2026-01-05  grace.hopper@example.com  bitsight, surecloud
  2026-01-19  john@example.com          bitsight

No changes. Every managed account is as the roster says.
digest sha256:…
",
    );
}

#[test]
fn nothing_to_do() {
    check(
        &samples::plan(vec![]),
        "\
Plan for 2026-01-05, 212 people in the roster

Warning: the roster names no vendor, so nothing was compared.
digest sha256:…
",
    );
    let mut one = samples::plan(vec![quiet("bitsight"), quiet("bitsight-eu")]);
    one.people = 1;
    check(
        &one,
        "\
Plan for 2026-01-05, 1 person in the roster

bitsight  https://api.bitsight.example  1 account read, 1 unchanged
bitsight-eu (bitsight)  https://api.bitsight-eu.example  1 account read, 1 unchanged

No changes. Every managed account is as the roster says.
digest sha256:…
",
    );
}

#[test]
fn no_changes_still_shows_what_is_left_to_people() {
    let everything = samples::everything();
    let left = VendorPlan {
        held: everything.held[..1].to_vec(),
        unlisted: everything.unlisted[1..].to_vec(),
        ..quiet("bitsight")
    };
    check(
        &samples::plan(vec![left]),
        "\
Plan for 2026-01-05, 212 people in the roster

bitsight  https://api.bitsight.example  1 account read, 1 unchanged

Held (1): kept back by a safety rule, not done by this run
  bitsight: 12 removals at bitsight are more than max.deactivations allows (4 with 41 active accounts); if they are meant: --allow-deactivations bitsight=12
    - deactivate  claude.shannon@example.com  active: false in the roster

Unlisted (1): active accounts that the roster does not name
  bitsight
    x@example.com

No changes. 1 held; 1 unlisted
digest sha256:…
",
    );
}

#[test]
fn a_vendor_that_could_not_be_read() {
    check(
        &samples::plan(vec![quiet("bitsight"), samples::unread("surecloud")]),
        "\
Plan for 2026-01-05, 212 people in the roster

bitsight  https://api.bitsight.example  1 account read, 1 unchanged

surecloud (bitsight)  https://api.surecloud.example  could not be read
  surecloud: list users (GET /users) failed: HTTP 503: try again later
  Nothing is planned here until it can be read.

No changes at the vendors that were read.
surecloud could not be read: this plan has no digest and cannot be approved
",
    );
    let update = update("ada@example.com", vec![]);
    let mixed = samples::plan(vec![
        samples::vendor("bitsight", vec![update]),
        samples::unread("a"),
        samples::unread("b"),
    ]);
    assert!(shown(&mixed).ends_with(
        "Plan: 1 to update\na, b could not be read: this plan has no digest and cannot be approved\n"
    ));
}

#[test]
fn an_account_without_an_e_mail_goes_by_its_id() {
    let mut vendor = quiet("bitsight");
    vendor.unlisted = vec![UnlistedAccount {
        email: "".into(),
        id: Some("77".into()),
        why: None,
    }];
    assert!(shown(&samples::plan(vec![vendor])).contains("\n    (no e-mail) id 77\n"));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let made = samples::plan(vec![samples::everything(), samples::unread("surecloud")]);
    let coloured = shown_in(&made, true);
    assert!(coloured.contains("\u{1b}[31m- deactivate\u{1b}[0m  grace.hopper"));
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31m! delete    \u{1b}[0m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, shown(&made));
}

#[test]
fn nasty_text_stays_within_its_line_wherever_it_stands() {
    let made = samples::nasty();
    let nasty = shown(&made);
    assert!(nasty.chars().all(|c| c == '\n' || !is_unsafe(c)));
    // The same plan with harmless text has the same lines.
    let escaped =
        r"x\u{1b}[2J\u{9b}31m\r\n\n+ create  evil\u{202e}gpj\u{200b}\u{2028}\u{7}@example.com";
    assert!(!nasty.lines().any(|line| line.starts_with("+ create")));
    let at_start = |lines: &str| nasty.lines().filter(|line| line.starts_with(lines)).count();
    assert_eq!(at_start("  - deactivate  x\\u{1b}[2J"), 1);
    assert_eq!(at_start("  + create      x\\u{1b}[2J"), 1);
    assert_eq!(at_start("    ~ update      x\\u{1b}[2J"), 2);
    assert_eq!(at_start(&format!("    {escaped}  {escaped}")), 1);
    assert_eq!(
        at_start(&format!("    (no e-mail) id {escaped}  {escaped}")),
        1
    );
    assert_eq!(
        at_start(&format!("  info     {escaped}, {escaped}: {escaped}")),
        1
    );
    assert_eq!(at_start(&format!("  {escaped}: {escaped}")), 2);
    assert_eq!(at_start(&format!("{escaped} could not be read:")), 1);
    assert_eq!(at_start(&format!("{escaped} (bitsight)")), 2);
    // In colour every escape sequence is one of ours: a colour and its end.
    for sequence in shown_in(&made, true).split("\u{1b}[").skip(1) {
        let code = sequence.split_once('m').unwrap().0;
        assert!(
            ["0", "1", "2", "31", "32", "33", "36"].contains(&code),
            "{code}"
        );
    }
}

#[test]
fn long_values_are_shown_whole_and_do_not_widen_the_others() {
    let long = "Controls, ".repeat(20);
    let address = format!("{}@example.com", "a".repeat(60));
    let made = samples::plan(vec![samples::vendor(
        "bitsight",
        vec![
            update(
                &address,
                vec![
                    change("formal_name", Some(Value::text("Ada")), Value::text(&*long)),
                    change("role", Some(Value::text("user")), Value::text("admin")),
                ],
            ),
            update("ada@example.com", vec![]),
        ],
    )]);
    let text = shown(&made);
    assert!(text.contains(&format!(
        "  ~ update      {address}  role differs
      formal_name  - Ada
                   + \"{long}\"
      role         user → admin
  ~ update      ada@example.com  role differs
"
    )));
}

#[test]
fn ten_thousand_actions_are_all_there_for_who_wants_to_see_them() {
    let many = |kind, count: usize| {
        (0..count).map(move |n| action(kind, &format!("p{n:05}@example.com"), "because"))
    };
    let mut vendor = samples::vendor("bitsight", many(ActionKind::Update, 10_000).collect());
    vendor.held = many(ActionKind::Deactivate, 3_000)
        .map(|action| WithheldAction {
            action,
            why: String::from("3000 are too many"),
        })
        .collect();
    let made = samples::plan(vec![vendor]);
    let text = shown_in_full(&made);
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("  ~ update      p"), 10_000);
    assert_eq!(count("    - deactivate  p"), 3_000);
    // One cause is told once.
    assert_eq!(text.matches("3000 are too many").count(), 1);
    assert!(text.contains(
        "\n  bitsight  20000 calls, 1 h 6 min at its limits, 112 % of the calls allowed in 1 h\n"
    ));
    assert!(text.contains("\nPlan: 10000 to update; 3000 held\n"));
}

/// Forty people get a role, thirty are made with another, two become administrators, one leaves.
fn crowd() -> VendorPlan {
    use crate::model::value::Value;
    use samples::{action, change, update};
    let role = |after: &str| change("role", Some(Value::text("a")), Value::text(after));
    let mut actions: Vec<_> = (0..40)
        .map(|at| update(&format!("p{at}@example.com"), vec![role("b")]))
        .collect();
    actions.extend((0..30).map(|at| {
        let mut create = action(ActionKind::Create, &format!("n{at}@example.com"), "new");
        let name = Value::text(format!("Person {at}"));
        create.changes = vec![
            change("formal_name", None, name),
            change("role", None, Value::text("c")),
        ];
        create
    }));
    actions.push(update("odd@example.com", vec![role("z")]));
    actions.push(update("boss@example.com", vec![role("customer_admin")]));
    let mut vendor = samples::vendor("bitsight", actions);
    vendor.hints.names.insert("formal_name");
    vendor
}

#[test]
fn the_same_change_of_many_is_one_line_and_administrators_come_first() {
    let text = shown(&samples::plan(vec![crowd()]));
    let (_, body) = text.split_once("72 actions\n").unwrap();
    let (body, _) = body.split_once("\nForecast").unwrap();
    assert_eq!(
        body,
        "  ~ update      boss@example.com  role differs; makes an administrator\n      \
         role  a → customer_admin\n  \
         ~ update      40 people         role differs\n      \
         role  a → b\n      \
         p0@example.com, p1@example.com, p2@example.com and 37 more; -v lists all\n  \
         + create      30 people         new\n      \
         role  c\n      \
         n0@example.com, n1@example.com, n2@example.com and 27 more; -v lists all\n  \
         ~ update      odd@example.com   role differs\n      \
         role  a → z\n"
    );
}

#[test]
fn verbose_names_everybody_with_everything() {
    let text = shown_in_full(&samples::plan(vec![crowd()]));
    for name in [
        "p39@example.com",
        "n29@example.com",
        "Person 29",
        "boss@example.com",
    ] {
        assert!(text.contains(name), "no {name} in {text}");
    }
    assert!(!text.contains("people  "), "{text}");
}

#[test]
fn removals_are_named_up_to_a_bound_and_the_rest_is_counted() {
    let removals = (0..230).map(|at| {
        let email = format!("leaver{at}@example.com");
        samples::action(ActionKind::Deactivate, &email, "left")
    });
    let text = shown(&samples::plan(vec![samples::vendor(
        "bitsight",
        removals.collect(),
    )]));
    assert_eq!(text.matches("- deactivate  leaver").count(), 200);
    assert!(
        text.contains("  … and 30 more removals and administrators; -v lists all\n"),
        "{text}"
    );
}

#[test]
fn what_needs_attention_stands_on_top_and_no_changes_is_not_all() {
    check(
        &samples::only_attention(),
        "Plan for 2026-01-05, 212 people in the roster

Administrators (2): who becomes one, and whose account of one changes hands
  bitsight  new.root@example.com  becomes an administrator
  bitsight  eve@attacker.example  takes over the administrator's account of root@example.com

No longer in the roster (2): the base roster lists them, this one does not
  bitsight  dorothy.vaughan@example.com  administrator: the account old.dorothy@example.com stays on
  bitsight  annie.easley@example.com     group Europe stays

Changed rules (3): what a plan may do is not as in the base roster
  bitsight  protect      removed: breakglass@example.com
  bitsight  max.creates  5 → 500
  (roster)  assert       added: domains: only example.com

bitsight  https://api.bitsight.example  41 accounts read, 38 unchanged

No changes to accounts. look at: 2 administrators, 2 no longer in the roster, 3 changed rules
digest sha256:…
",
    );
}

#[test]
fn a_long_list_for_attention_is_cut_and_counted() {
    let mut made = samples::only_attention();
    let rule = made.attention.rules[1].clone();
    made.attention.rules = vec![rule; 250];
    let text = shown(&made);
    assert!(text.contains("Changed rules (250)"), "{text}");
    assert!(text.contains("  … and 50 more; -v lists all\n"), "{text}");
    assert!(!shown_in_full(&made).contains("more; -v"));
}
