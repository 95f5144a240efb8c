//! Whole pages: order, length, structure, and what nasty text can do.

use super::*;
use crate::model::action::ActionKind;
use crate::model::outcome::Verdict;
use crate::model::value::Value;
use crate::plan::cause::Cause;
use crate::report::samples;
use crate::report::samples::{action, change, outcome, update, vendor};

fn options() -> Options {
    Options {
        limit: 65_536,
        mask: false,
        catalog: crate::connector::specs(),
    }
}

fn shown(made: &Plan, causes: Option<&Causes>, options: &Options) -> String {
    let mut out = Vec::new();
    plan(made, causes, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn everything() -> Plan {
    samples::plan(vec![samples::everything()])
}

/// Details are opened and closed in turn, and the page is no longer than it may be.
#[track_caller]
fn check_structure(text: &str, limit: usize) {
    assert!(text.len() <= limit, "{} bytes", text.len());
    let mut depth = 0;
    for line in text.lines() {
        depth += line.matches("<details>").count();
        assert!(depth <= 1, "nested: {line}");
        depth -= line.matches("</details>").count();
        let tags = ["code", "summary"];
        for tag in tags {
            let open = line.matches(&format!("<{tag}>")).count();
            assert_eq!(open, line.matches(&format!("</{tag}>")).count(), "{line}");
        }
    }
    assert_eq!(depth, 0, "details are left open");
}

#[test]
fn what_is_grave_comes_first_and_everything_is_there() {
    let text = shown(&everything(), None, &options());
    check_structure(&text, 65_536);
    let digest = everything().digest().unwrap().to_string();
    assert!(text.starts_with("<!-- rosterctl-plan -->\n### Plan for 2026-01-05: 1 to create"));
    assert!(text.contains(&format!("Digest `{digest}`")));
    let places: Vec<usize> = [
        "#### Removals and administrators",
        "grace.hopper",
        "#### Held by a safety rule",
        "claude.shannon",
        "#### Warnings",
        "#### Changes",
        "linus.pauling",
        "#### Steps for a person",
        "mary.jackson",
        "3 licences",
        "nightly-export",
    ]
    .iter()
    .map(|part| {
        text.find(part)
            .unwrap_or_else(|| panic!("no {part} in\n{text}"))
    })
    .collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
}

#[test]
fn a_new_administrator_is_grave() {
    let role = |after: &str| {
        let before = Some(Value::text("customer_user"));
        vec![change("role", before, Value::text(after))]
    };
    let made = samples::plan(vec![vendor(
        "bitsight",
        vec![
            update("ada@example.com", role("customer_admin")),
            update("bob@example.com", role("customer_portfolio_manager")),
        ],
    )]);
    let text = shown(&made, None, &options());
    let (grave, rest) = text.split_once("#### Changes").unwrap();
    assert!(grave.contains("ada&#64;example.com"), "{text}");
    assert!(grave.contains("**administrator:** update"), "{text}");
    assert!(rest.contains("bob&#64;example.com"), "{text}");
}

#[test]
fn the_same_change_of_many_is_one_line_that_opens() {
    let role = || vec![change("role", Some(Value::text("a")), Value::text("b"))];
    let actions = (0..30).map(|at| update(&format!("p{at}@example.com"), role()));
    let made = samples::plan(vec![vendor("bitsight", actions.collect())]);
    let text = shown(&made, None, &options());
    assert_eq!(text.matches("<details>").count(), 1, "{text}");
    assert!(
        text.contains("| **30 people** | update: <code>role</code>"),
        "{text}"
    );
    assert!(text.contains("<summary>30 people: update: <code>role</code>"));
    assert!(text.contains(" at <code>bitsight</code></summary>"));
    assert_eq!(text.matches("\n- ").count(), 30);
}

#[test]
fn nothing_to_do_is_one_quiet_line() {
    let made = samples::plan(vec![vendor("bitsight", vec![])]);
    let text = shown(&made, None, &options());
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("**rosterctl**: no changes for 2026-01-05, 212 people"));
}

#[test]
fn causes_make_two_groups() {
    let made = everything();
    let causes = Causes {
        actions: made
            .actions()
            .map(|it| match it.kind {
                ActionKind::Create => Cause::Change,
                _ => Cause::Drift,
            })
            .collect(),
        ..Causes::default()
    };
    let text = shown(&made, Some(&causes), &options());
    let drift = "<details><summary>Drift that was there before (";
    let (before, drift) = text.split_once(drift).unwrap();
    let (grave, change) = before
        .split_once("#### Caused by this change (1 person)")
        .unwrap();
    assert!(change.contains("linus.pauling"));
    assert!(drift.contains("alan.turing"));
    assert!(grave.contains("(drift)"), "{grave}");
}

#[test]
fn twenty_thousand_actions_fit_and_the_rest_is_named() {
    let removals = (0..5000).map(|at| {
        action(
            ActionKind::Deactivate,
            &format!("leaver{at}@example.com"),
            "left",
        )
    });
    let updates = (0..15_000).map(|at| {
        let after = Value::text(format!("title {at}"));
        update(
            &format!("person{at}@example.com"),
            vec![change("job_title", None, after)],
        )
    });
    let mut big = samples::everything();
    big.actions = removals.chain(updates).collect();
    let made = samples::plan(vec![big]);
    for limit in [4096, 65_536, 1 << 20] {
        let text = shown(&made, None, &Options { limit, ..options() });
        check_structure(&text, limit);
        assert!(text.len() > limit / 3, "{} of {limit}", text.len());
        assert!(
            text.contains("15000 to update, 5000 to deactivate"),
            "{text}"
        );
        assert!(
            text.contains("5000 people: deactivate: <code>left</code> at <code>bitsight</code>")
        );
        assert!(text.contains("**Cut for length:**"));
        if limit > 4096 {
            assert!(text.contains("claude.shannon"), "what is held stays");
        }
    }
}

/// The text without what stands in `<code>` elements, after a look at it.
fn frame(text: &str) -> String {
    let mut frame = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<code>") {
        let (inside, behind) = after.split_once("</code>").unwrap();
        let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || " ,-./&#;".contains(c);
        assert!(inside.chars().all(plain), "{inside}");
        assert_eq!(inside.matches('&').count(), inside.matches("&#").count());
        frame.push_str(before);
        rest = behind;
    }
    frame.push_str(rest);
    frame
}

#[test]
fn nasty_text_stays_in_its_place() {
    let evil = "@octocat</code></details><!-- [x](http://www.evil.example) **b** `c` | #1\n# T";
    let mut made = samples::nasty();
    let mut more = samples::nasty().vendors.remove(0);
    more.name = evil.into();
    for action in &mut more.actions {
        action.vendor = evil.into();
        action.email = evil.into();
        action.reason = evil.into();
    }
    more.held[0].why = evil.into();
    more.notices[0].text = evil.into();
    more.unlisted[0].email = evil.into();
    made.vendors.push(more);
    let outcomes: Vec<_> = made
        .actions()
        .map(|it| outcome(it.clone(), Verdict::Failed, 400, evil))
        .collect();
    for mask in [false, true] {
        let options = Options { mask, ..options() };
        let mut reported = Vec::new();
        report(
            &samples::done(&made, &outcomes, 1.0),
            &options,
            &mut reported,
        )
        .unwrap();
        for text in [
            shown(&made, None, &options),
            String::from_utf8(reported).unwrap(),
        ] {
            check_structure(&text, 65_536);
            assert!(!text.contains('@'));
            let frame = frame(&text);
            for word in ["octocat", "evil", "http", "[", "](", "\u{1b}", "\u{202e}"] {
                assert!(!frame.contains(word), "{word} in\n{frame}");
            }
            assert_eq!(frame.matches("<!--").count(), 1);
            assert!(!text.lines().any(|line| line.starts_with("# ")));
        }
    }
}

#[test]
fn a_mask_shows_nobody() {
    let options = Options {
        mask: true,
        ..options()
    };
    let text = shown(&everything(), None, &options);
    for word in [
        "ada.", "lovelace", "Augusta", "hopper", "mary.", "pauling", "example",
    ] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
    assert!(text.contains("<code>GH-"), "{text}");
}

#[test]
fn a_report_names_open_access_first() {
    let made = everything();
    let outcomes: Vec<_> = made
        .actions()
        .map(|it| match it.kind {
            ActionKind::Deactivate => outcome(it.clone(), Verdict::Failed, 503, "try later"),
            _ => outcome(it.clone(), Verdict::Applied, 200, ""),
        })
        .collect();
    let mut out = Vec::new();
    report(&samples::done(&made, &outcomes, 84.0), &options(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    check_structure(&text, 65_536);
    assert!(text.starts_with(
        "<!-- rosterctl-apply -->\n### Applied for 2026-01-05: 4 applied, 1 failed in 1 min 24 s"
    ));
    let open = text.find("Access still open").unwrap();
    assert!(open < text.find("Failed: 1 action").unwrap());
    assert!(text.contains("HTTP 503 try later"));
}

/// Everybody whom the sample of attention names, rules too.
const SEEN_FIRST: [&str; 7] = [
    "new.root",
    "eve&#64;attacker.example",
    "root&#64;example.com",
    "dorothy.vaughan",
    "old.dorothy",
    "annie.easley",
    "breakglass",
];

#[test]
fn what_needs_attention_stands_open_above_everything_else() {
    let mut made = everything();
    made.attention = samples::attention();
    for made in [made, samples::only_attention()] {
        let text = shown(&made, None, &options());
        check_structure(&text, 65_536);
        let open = text.split("<details>").next().unwrap();
        let open = open.split("#### Removals").next().unwrap();
        for seen in SEEN_FIRST {
            assert!(open.contains(seen), "no {seen} in\n{open}");
        }
        let sums = "look at: 2 administrators, 2 no longer in the roster, 3 changed rules";
        assert!(text.contains(sums), "{text}");
        assert!(!text.contains("**rosterctl**: no changes"), "{text}");
    }
}

#[test]
fn a_mask_leaves_nobody_in_what_needs_attention() {
    let masking = Options {
        mask: true,
        ..options()
    };
    let text = shown(&samples::only_attention(), None, &masking);
    for seen in SEEN_FIRST {
        assert!(!text.contains(seen), "{seen} in\n{text}");
    }
}

#[test]
fn very_much_that_needs_attention_leaves_room_and_is_counted() {
    let mut made = everything();
    let one = samples::attention();
    for _ in 0..5000 {
        made.attention
            .administrators
            .extend(one.administrators.clone());
        made.attention.gone.extend(one.gone.clone());
        made.attention.rules.extend(one.rules.clone());
    }
    let text = shown(&made, None, &options());
    check_structure(&text, 65_536);
    for title in [
        "#### Administrators (10000)",
        "#### No longer in the roster (10000)",
        "#### Changed rules (15000)",
        "#### Removals and administrators",
        "of Changed rules",
    ] {
        assert!(text.contains(title), "no {title}");
    }
}

#[test]
fn a_report_tells_what_needs_attention_too() {
    let mut out = Vec::new();
    let made = samples::only_attention();
    report(&samples::done(&made, &[], 0.0), &options(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for seen in SEEN_FIRST {
        assert!(text.contains(seen), "no {seen} in\n{text}");
    }
}

/// So many people who get an account at three vendors, and what else a pull request brings.
fn joiners(count: usize, alike: bool) -> Plan {
    let names = ["bitsight", "logicgate", "surecloud"];
    let vendors = names.map(|name| {
        let people = (0..count).map(|at| {
            let role = if alike {
                String::from("reader")
            } else {
                format!("role {at}")
            };
            let mut action = action(ActionKind::Create, &format!("p{at}@example.com"), "new");
            action.vendor = name.into();
            action.changes = vec![change("tier", None, Value::text(role))];
            action
        });
        let mut vendor = vendor(name, people.collect());
        vendor.notices = vec![crate::model::plan::Notice {
            level: Level::Warning,
            email: None,
            text: String::from("a slug that nobody knows"),
        }];
        vendor
    });
    samples::plan(vendors.into())
}

#[test]
fn a_person_is_one_row_with_all_vendors() {
    let text = shown(&joiners(3, false), None, &options());
    check_structure(&text, 65_536);
    let (open, _) = text.split_once("<details>").unwrap_or((&text, ""));
    let rows: Vec<&str> = open
        .lines()
        .filter(|it| it.starts_with("| <code>"))
        .collect();
    assert_eq!(rows.len(), 3, "{text}");
    assert_eq!(
        rows[1],
        "| <code>p1&#64;example.com</code> | create: <code>tier</code> <code>role 1</code> | \
         <code>bitsight</code>, <code>logicgate</code>, <code>surecloud</code> |"
    );
}

#[test]
fn what_differs_by_vendor_stands_line_by_line() {
    let mut made = joiners(1, true);
    made.vendors[1].actions[0].kind = ActionKind::Deactivate;
    made.vendors[1].actions[0].changes.clear();
    let text = shown(&made, None, &options());
    let row = "| create: <code>tier</code> <code>reader</code><br>deactivate: <code>new</code> | \
               <code>bitsight</code>, <code>surecloud</code><br><code>logicgate</code> |";
    assert!(text.contains(row), "{text}");
}

#[test]
fn three_hundred_people_fit_and_warnings_stay_open() {
    for alike in [true, false] {
        let text = shown(&joiners(300, alike), None, &options());
        check_structure(&text, 65_536);
        assert!(!text.contains("Cut for length"), "{}", text.len());
        assert_eq!(text.matches("p299&#64;example.com").count(), 1, "{alike}");
        let (open, _) = text.split_once("#### Changes (300 people)").unwrap();
        assert!(!open.contains("<details>"), "{open}");
        assert_eq!(open.matches("a slug that nobody knows").count(), 3);
    }
}
