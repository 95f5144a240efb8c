//! Whole pages: what comes first, what a mask hides, what nasty text can do, how long they get.

use base64::Engine as _;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::model::action::{Action, ActionKind};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::{Level, Notice, WithheldAction};
use crate::model::value::Value;
use crate::plan::cause::Cause;
use crate::report::samples::{action, change, outcome, update, vendor};
use crate::report::sanitize::line;
use crate::report::{samples, schema, v1};

fn options() -> Options {
    Options {
        mask: false,
        catalog: crate::connector::specs(),
        exit: 0,
    }
}

fn shown(made: &Plan, options: &Options) -> String {
    let mut out = Vec::new();
    plan(made, None, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn reported(made: &Plan, outcomes: &[Outcome], options: &Options) -> String {
    let mut out = Vec::new();
    report(&samples::done(made, outcomes, 84.0), options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn everything() -> Plan {
    let mut plan = samples::plan(vec![samples::everything()]);
    plan.ending = samples::ending();
    plan
}

/// The text between two marks.
#[track_caller]
fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let (_, rest) = text
        .split_once(open)
        .unwrap_or_else(|| panic!("no {open} in\n{text}"));
    rest.split_once(close).unwrap().0
}

/// What is there without a script.
fn body(page: &str) -> &str {
    between(page, "<body>", "<script")
}

fn data(page: &str, id: &str) -> serde_json::Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    serde_json::from_str(between(page, &open, "</script>")).unwrap()
}

#[test]
fn the_policy_names_the_one_style_and_the_one_script_and_allows_nothing_else() {
    let page = shown(&everything(), &options());
    let hash = |text: &str| {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        format!("'sha256-{hash}'")
    };
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script type=\"module\">", "</script>"));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; \
             form-action 'none'"
        )
    );
    assert_eq!(page.matches("<style").count(), 1);
    assert_eq!(page.matches("<script").count(), 4);
    for reaching_out in ["src=", "url(", "@import", "fetch(", "style=\""] {
        assert!(!page.contains(reaching_out), "{reaching_out}");
    }
}

#[test]
fn what_is_grave_comes_first_and_everything_is_there_without_a_script() {
    let made = everything();
    let page = shown(&made, &options());
    let text = body(&page);
    let places: Vec<usize> = [
        "1 to create, 1 to update, 1 to deactivate, 1 to reactivate, 1 to delete; 2 held",
        made.digest().unwrap().0.as_ref(),
        "Removals and administrators",
        "grace.hopper@example.com",
        "Held by a safety rule",
        "<b>2 people</b> at bitsight",
        "<code>--allow-deactivations bitsight=12</code>",
        "<li>claude.shannon@example.com</li><li>joan.clarke@example.com</li>",
        "Steps for a person",
        "mary.jackson@example.com",
        "<svg class=\"bar\"",
        "aria-label=\"bitsight: 1 deactivate, 1 delete, 1 update, 1 reactivate, 1 create, 2 held, 1 manual\"",
        "3 licences are left",
        "nightly-export@example.com",
        "last day with access is 2026-01-19",
        "needs JavaScript",
    ]
    .iter()
    .map(|part| text.find(part).unwrap_or_else(|| panic!("no {part} in\n{text}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
}

#[test]
fn the_same_removal_of_many_is_one_entry_and_nobody_is_left_out() {
    let at = |vendor: &str| {
        let actions = (0..30).map(|at| crate::model::action::Action {
            vendor: vendor.into(),
            ..action(
                ActionKind::Deactivate,
                &format!("p{at}@example.com"),
                "left",
            )
        });
        samples::vendor(vendor, actions.collect())
    };
    let page = shown(
        &samples::plan(vec![at("bitsight"), at("surecloud")]),
        &options(),
    );
    let section = between(&page, "<section id=\"grave\"", "</section>");
    assert!(
        section.contains("<b>30 people</b> at bitsight, surecloud"),
        "{section}"
    );
    assert_eq!(section.matches("<details").count(), 1, "{section}");
    assert_eq!(section.matches("<li>").count(), 30);
    let (near, far) = section.split_once("<noscript>").unwrap();
    assert_eq!(near.matches("<li>").count(), 12);
    assert!(far.contains("p29@example.com"));
    assert!(
        near.contains("<a href=\"#do=removal\">All 30 in the table</a>"),
        "{near}"
    );
}

#[test]
fn many_reasons_are_cut_for_the_script_and_whole_without_it() {
    let actions = (0..60).flat_map(|reason| {
        (0..20).map(move |at| {
            let email = format!("p{reason}.{at}@example.com");
            action(ActionKind::Deactivate, &email, &format!("reason {reason}"))
        })
    });
    let made = samples::plan(vec![vendor("bitsight", actions.collect())]);
    let page = shown(&made, &options());
    let section = between(&page, "<section id=\"grave\"", "</section>");
    let mut scripted = String::new();
    for part in section.split("<noscript>") {
        let (hidden, seen) = part.split_once("</noscript>").unwrap_or(("", part));
        assert!(!hidden.contains("noscript"), "one in another: {hidden}");
        scripted.push_str(seen);
    }
    assert_eq!(section.matches("<li>").count(), 1200);
    assert_eq!(scripted.matches("<details").count(), 40);
    assert_eq!(scripted.matches("<li>").count(), 40 * 12);
    assert!(scripted.contains("20 more entries, all in "), "{scripted}");
}

#[test]
fn a_new_administrator_is_grave() {
    let role = |after: &str| {
        let before = Some(Value::text("customer_user"));
        vec![
            change("group", None, Value::text("Europe")),
            change("role", before, Value::text(after)),
        ]
    };
    let made = samples::plan(vec![vendor(
        "bitsight",
        vec![
            update("ada@example.com", role("customer_admin")),
            update("bob@example.com", role("customer_portfolio_manager")),
        ],
    )]);
    let page = shown(&made, &options());
    let section = between(&page, "<section id=\"grave\"", "</section>");
    assert!(
        section.contains("<b>ada@example.com</b> at bitsight"),
        "{section}"
    );
    assert!(
        section.contains("update: role customer_user → customer_admin"),
        "{section}"
    );
    assert!(!section.contains("bob@"), "{section}");
    assert_eq!(
        data(&page, "marks")["actions"]["grants"],
        serde_json::json!([[0, 1]])
    );
}

#[test]
fn whom_only_the_directory_knows_as_an_administrator_is_shown_as_one() {
    let roles = |after: &str| {
        let before = Some(Value::set(["Reader"]));
        vec![change("roles", before, Value::set(["Reader", after]))]
    };
    let actions = vec![
        update("ada@example.com", roles("Risk Ops")),
        action(ActionKind::Reactivate, "bob@example.com", "listed again"),
        update("eve@example.com", roles("Auditor")),
    ];
    let mut vendor = vendor("logicgate", actions);
    vendor.hints.admins = [
        ("ada@example.com", &["roles"][..]),
        ("bob@example.com", &[]),
    ]
    .map(|(email, through)| (email.into(), samples::grant(through)))
    .into();
    let page = shown(&samples::plan(vec![vendor]), &options());
    let section = between(&page, "<section id=\"grave\"", "</section>");
    for told in [
        "ada@example.com",
        "update: roles",
        "reactivate: listed again",
    ] {
        assert!(section.contains(told), "no {told} in {section}");
    }
    assert!(!section.contains("eve@"), "{section}");
}

#[test]
fn nothing_to_do_is_a_short_page() {
    let page = shown(&samples::plan(vec![vendor("bitsight", vec![])]), &options());
    let text = body(&page);
    assert!(text.contains("No changes. Every managed account is as the roster says."));
    assert!(text.contains("41 accounts read, 38 unchanged"));
    for absent in ["id=\"people\"", "<svg", "id=\"held\"", "id=\"grave\""] {
        assert!(!text.contains(absent), "{absent} in\n{text}");
    }
}

#[test]
fn a_vendor_with_a_problem_is_named_before_anything_is_listed() {
    let mut doubtful = samples::everything();
    let read = doubtful.read.as_mut().unwrap();
    read.proof.missing = Some(String::from("page 2 is missing"));
    let made = samples::plan(vec![doubtful, samples::unread("surecloud")]);
    let page = shown(
        &made,
        &Options {
            exit: 1,
            ..options()
        },
    );
    let text = body(&page);
    assert!(text.contains("This plan cannot be approved: a vendor could not be read."));
    assert!(!text.contains("id=\"digest\""));
    let section = between(text, "<section id=\"unread\"", "</section>");
    assert!(section.contains("HTTP 503: try again later"), "{section}");
    assert!(section.contains("page 2 is missing; creates and removals are held here"));
    assert!(text.find("id=\"unread\"") < text.find("id=\"grave\""));
}

#[test]
fn a_report_names_open_access_first_and_joins_outcomes_and_actions() {
    let made = everything();
    let mut outcomes: Vec<_> = made
        .actions()
        .map(|it| match it.kind {
            ActionKind::Deactivate => outcome(it.clone(), Verdict::Failed, 503, "try later"),
            _ => outcome(it.clone(), Verdict::Applied, 200, ""),
        })
        .collect();
    outcomes.reverse();
    let earlier = action(ActionKind::Deactivate, "gone@example.com", "left");
    outcomes.push(outcome(earlier, Verdict::Applied, 0, "done already"));
    let page = reported(
        &made,
        &outcomes,
        &Options {
            exit: 3,
            ..options()
        },
    );
    let text = body(&page);
    assert!(
        text.contains("5 applied, 1 failed in 1 min 24 s; not done by this run: 2 held, 1 manual")
    );
    let open = between(text, "<section id=\"open\"", "</section>");
    assert!(open.contains("grace.hopper@example.com"), "{open}");
    assert!(open.contains("deactivate: HTTP 503: try later"), "{open}");
    assert!(!open.contains("former.contractor"), "{open}");
    assert!(text.find("id=\"open\"") < text.find("id=\"grave\""));
    assert!(text.contains("aria-label=\"bitsight: 1 failed, 5 applied, 2 held, 1 manual\""));
    assert_eq!(
        data(&page, "marks")["outcomes"],
        serde_json::json!([4, 3, 2, 1, 0, null])
    );
}

/// A warning about many people stands open, and above the table.
#[test]
fn warnings_are_open_whomever_they_concern() {
    let mut made = everything();
    let warn = |level, number: usize| Notice {
        level,
        email: Some(format!("p{number}@example.com").into()),
        text: String::from("the vendor shows two accounts of this person"),
    };
    let notices = &mut made.vendors[0].notices;
    notices.clear();
    notices.extend((0..9).map(|number| warn(Level::Warning, number)));
    let page = shown(&made, &options());
    let text = body(&page);
    let section = text.split("<section id=\"warnings\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    assert!(
        section.contains("<details class=\"group\" open"),
        "{section}"
    );
    assert!(section.contains("p8@example.com"), "{section}");
    assert!(text.find("id=\"warnings\"") < text.find("id=\"people\""));
}

#[test]
fn a_mask_shows_nobody() {
    let made = everything();
    let masked = Options {
        mask: true,
        ..options()
    };
    let outcomes: Vec<_> = made
        .actions()
        .map(|it| {
            outcome(
                it.clone(),
                Verdict::Failed,
                400,
                "ada.lovelace@example.com is taken",
            )
        })
        .collect();
    for page in [shown(&made, &masked), reported(&made, &outcomes, &masked)] {
        let (before, script) = page.split_once("<script type=\"module\">").unwrap();
        assert!(script.contains("</html>"));
        for word in [
            "ada.",
            "lovelace",
            "Augusta",
            "hopper",
            "murray",
            "mary.",
            "pauling",
            "contractor",
            "id-of",
            "nightly",
            "@example",
            "msp.example",
        ] {
            assert!(!before.contains(word), "{word} in\n{before}");
        }
        assert!(before.contains("GH-"), "{before}");
        assert!(before.contains("(masked)"), "{before}");
    }
}

#[test]
fn the_data_is_the_plan_document() {
    let validator = jsonschema::draft202012::new(&schema::plan()).unwrap();
    for made in [everything(), samples::nasty(), samples::plan(vec![])] {
        for mask in [false, true] {
            let mut found = data(&shown(&made, &Options { mask, ..options() }), "plan");
            // Samples have short digests.
            found["roster"]["digest"] = format!("sha256:{}", "0".repeat(64)).into();
            let problems: Vec<String> = validator
                .iter_errors(&found)
                .map(|it| it.to_string())
                .collect();
            assert_eq!(problems, Vec::<String>::new());
        }
    }
    let found: v1::Document =
        serde_json::from_value(data(&shown(&everything(), &options()), "plan")).unwrap();
    let mut wanted = v1::Document::from(&everything());
    // Only an apply needs the digests of accounts; the page tells their other e-mails elsewhere.
    let bare = |it: &mut Action| (it.current, it.account_email) = (None, None);
    wanted
        .actions
        .iter_mut()
        .for_each(|it| bare(&mut it.action));
    let kept = wanted.held.iter_mut().chain(&mut wanted.manual);
    kept.for_each(|it| bare(&mut it.action));
    assert_eq!(found, wanted);
}

#[test]
fn causes_and_words_reach_the_page() {
    let made = everything();
    let causes = Causes {
        actions: vec![
            Cause::Change,
            Cause::Drift,
            Cause::Change,
            Cause::Drift,
            Cause::Drift,
        ],
        manual: vec![Cause::Drift],
        held: vec![Cause::Change, Cause::Drift],
    };
    let mut out = Vec::new();
    plan(&made, Some(&causes), &options(), &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert_eq!(data(&page, "plan")["actions"][1]["cause"], "drift");
    assert!(page.contains("<select name=\"cause\""));
    assert!(!shown(&made, &options()).contains("<select name=\"cause\""));
    let marks = data(&page, "marks");
    let words = &marks["actions"]["words"][0];
    assert_eq!((&words[0], &words[1]), (&2.into(), &1.into()));
    assert_eq!(
        words[2][0],
        serde_json::json!(["=", "Augusta Ada King, Countess of Lovelace, "])
    );
    assert_eq!(
        marks["actions"]["accounts"],
        serde_json::json!([[0, "grace.murray@example.com"]])
    );
}

/// A plan with one text wherever a text can be.
fn filled_with(text: &str) -> (Plan, Vec<Outcome>) {
    let mut made = samples::nasty();
    for vendor in &mut made.vendors {
        vendor.name = text.into();
        vendor.base_url = text.into();
        if let Err(error) = &mut vendor.read {
            *error = text.to_owned();
        } else if let Ok(read) = &mut vendor.read {
            read.proof.missing = Some(text.to_owned());
        }
        let fill = |it: &mut crate::model::action::Action| {
            it.vendor = text.into();
            it.email = text.into();
            it.account_email = None;
            it.id = it.id.is_some().then(|| text.into());
            it.reason = text.to_owned();
            it.changes = vec![
                change(
                    "role",
                    Some(Value::text("customer_user")),
                    Value::text("customer_admin"),
                ),
                crate::model::action::Change {
                    attribute: text.to_owned().into(),
                    before: Some(Value::text(text)),
                    after: Value::set([text]),
                },
            ];
        };
        vendor.actions.iter_mut().for_each(fill);
        let kept = |it: &mut WithheldAction| {
            fill(&mut it.action);
            it.why = text.to_owned();
        };
        vendor.held.iter_mut().for_each(kept);
        vendor.manual.iter_mut().for_each(kept);
        vendor.unlisted.truncate(1);
        for it in &mut vendor.unlisted {
            (it.email, it.id, it.why) = (text.into(), Some(text.into()), Some(text.to_owned()));
        }
        for it in &mut vendor.notices {
            (it.email, it.text) = (Some(text.into()), text.to_owned());
        }
    }
    for it in &mut made.ending {
        (it.email, it.vendors) = (text.into(), vec![text.into()]);
    }
    let outcomes = made
        .actions()
        .map(|it| outcome(it.clone(), Verdict::Failed, 400, text));
    let outcomes = outcomes.collect();
    (made, outcomes)
}

/// The tags of a page with the names of their attributes, in order. Options that stand out in a
/// text are left aside: a text may hold one.
fn tags(page: &str) -> Vec<String> {
    let code = |tag: &str| ["code", "/code"].contains(&tag);
    let mut tags = Vec::new();
    let mut rest = page.split_once("<body>").unwrap().1;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        let parts = tag.split('"').step_by(2);
        let tag: String = parts.map(|it| it.trim()).collect::<Vec<_>>().join(" ");
        rest = match tag.as_str() {
            "script type=" => panic!("an attribute without its end"),
            it if it.starts_with("script") => after.split_once("</script>").unwrap().1,
            _ => after,
        };
        if !code(&tag) {
            tags.push(tag);
        }
    }
    tags
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_ever_becomes_markup(
        text in r#"x(</script>|</noscript>|<!--|-->|]]>|"|'|&|<|>|&lt;|--allow-x a=1|[\\{}u\u{0}-\u{1f}\u{202e}\u{2028}\u{feff}]|.){0,12}"#
    ) {
        let (plain, plain_outcomes) = filled_with("x");
        let (made, outcomes) = filled_with(&text);
        for (page, wanted) in [
            (shown(&made, &options()), shown(&plain, &options())),
            (reported(&made, &outcomes, &options()), reported(&plain, &plain_outcomes, &options())),
        ] {
            prop_assert_eq!(tags(&page), tags(&wanted));
            prop_assert_eq!(page.matches("<script").count(), 4);
            prop_assert_eq!(page.matches("</script").count(), 4);
            prop_assert_eq!(page.matches("<!--").count(), 0);
            prop_assert!(!page.contains(|c| c != '\n' && crate::report::sanitize::is_unsafe(c)));
            let found = data(&page, "plan");
            prop_assert_eq!(&found["held"][0]["why"], &serde_json::Value::from(line(&text)));
        }
    }
}

#[test]
fn a_page_grows_with_its_actions_and_no_faster() {
    let with = |count: usize| {
        let actions = (0..count).map(|at| match at % 4 {
            0 => action(
                ActionKind::Deactivate,
                &format!("p{at:05}@example.com"),
                "left",
            ),
            _ => {
                let after = Value::text(format!("title {at:05}"));
                update(
                    &format!("p{at:05}@example.com"),
                    vec![change("job_title", None, after)],
                )
            }
        });
        shown(
            &samples::plan(vec![vendor("bitsight", actions.collect())]),
            &options(),
        )
    };
    let (none, some, many) = (with(0).len(), with(1000).len(), with(10_000));
    let (each, of_many) = ((some - none) / 1000, (many.len() - none) / 10_000);
    assert!(each < 300, "{each} bytes for each action");
    assert!(
        of_many <= each,
        "{of_many} bytes for each of many, {each} of some"
    );
    // What a browser lays out before the script runs is bounded, whatever the plan.
    let text = body(&many);
    let laid_out: usize = text
        .split("<noscript>")
        .map(|it| it.split("</noscript>").last().unwrap().len())
        .sum();
    assert!(laid_out < 20_000, "{laid_out} bytes of markup");
    assert_eq!(
        data(&many, "plan")["actions"].as_array().unwrap().len(),
        10_000
    );
}

#[test]
fn what_needs_attention_is_markup_above_everything_else() {
    let people = [
        "new.root@example.com",
        "eve@attacker.example",
        "root@example.com",
        "dorothy.vaughan@example.com",
        "old.dorothy@example.com",
        "annie.easley@example.com",
        "breakglass@example.com",
    ];
    let mut made = everything();
    made.attention = samples::attention();
    for made in [made, samples::only_attention()] {
        let page = shown(&made, &options());
        let text = body(&page);
        let top = text.split("id=\"grave\"").next().unwrap();
        let top = top.split("<noscript").next().unwrap();
        let top = top.split("<details").next().unwrap();
        for seen in people.iter().chain(&["max.creates: 5 → 500"]) {
            assert!(top.contains(seen), "no {seen} in\n{top}");
        }
        let masking = Options {
            mask: true,
            ..options()
        };
        let masked = shown(&made, &masking);
        for seen in people {
            assert!(!masked.contains(seen), "{seen} in\n{masked}");
        }
        let reported = reported(&made, &[], &options());
        assert!(body(&reported).contains("dorothy.vaughan@example.com"));
    }
    let page = shown(&samples::only_attention(), &options());
    let sums = "look at: 2 administrators, 2 no longer in the roster, 3 changed rules";
    assert!(body(&page).contains(&format!("No changes to accounts. {sums}")));
}
