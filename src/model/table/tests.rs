//! The README is fresh, and a declaration is all there is to a capability: what is taken out of one
//! is gone from plan, schema and tables with no other edit.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::*;
use crate::connector::{bitsight, specs};
use crate::model::account::Account;
use crate::model::desired::DesiredAccount;
use crate::model::question::Counts;
use crate::plan::testing::*;
use crate::roster::schema::schema;

/// Holds a section of a page against what it is made from, or renews it with `ROSTERCTL_BLESS` set.
#[track_caller]
pub(crate) fn assert_fresh(page: &str, section: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {section}:begin -->\n"),
        format!("<!-- {section}:end -->"),
    );
    let begin = text.find(&begin).expect("the page has the section") + begin.len();
    let end = text.find(&end).expect("the section ends");
    let fresh = format!("\n{fresh}\n");
    if std::env::var_os("ROSTERCTL_BLESS").is_some() {
        let renewed = format!("{}{fresh}{}", &text[..begin], &text[end..]);
        fs::write(&path, renewed).unwrap();
        return;
    }
    assert!(
        text[begin..end] == fresh,
        "the {section} of {page} are stale; renew them with: ROSTERCTL_BLESS=1 cargo test --lib"
    );
}

#[test]
fn the_page_of_vendors_says_what_the_declarations_say() {
    let tables = section(&specs());
    assert_fresh("docs/vendors.md", "vendors", &tables);
}

#[test]
fn each_kinds_page_has_its_open_questions() {
    for spec in specs() {
        let page = format!("src/connector/{}/README.md", spec.kind);
        assert_fresh(&page, "questions", &questions(spec.questions));
    }
    let described = questions(crate::description::QUESTIONS);
    assert_fresh("docs/connectors.md", "questions", &described);
}

/// What people and certificates can rely on: names are words, and every question has what it needs.
#[test]
fn every_question_has_what_a_certificate_needs() {
    let kinds = specs();
    let kinds = kinds.iter().map(|it| it.questions);
    for questions in kinds.chain([crate::description::QUESTIONS]) {
        let ids: std::collections::BTreeSet<&str> = questions.iter().map(|it| it.id).collect();
        assert_eq!(ids.len(), questions.len());
        for question in questions {
            let id = question.id;
            let is_word = |it: char| it.is_ascii_lowercase() || it == '_';
            assert!(id.chars().all(is_word), "{id}");
            assert!(!question.answers.is_empty(), "{id}");
            assert_eq!(
                question.calls.is_empty(),
                question.by == AnsweredBy::Person,
                "{id}"
            );
            for answer in question.answers {
                // What nobody can look at again must not let anything happen.
                let by_word = question.by == AnsweredBy::Person;
                assert!(!by_word || answer.counts == Counts::Everywhere, "{id}");
                assert!(!answer.changes.is_empty(), "{id}");
                let found = question.answer(answer.word).unwrap();
                assert_eq!(found.word, answer.word, "{id}");
            }
        }
    }
}

#[test]
fn every_row_has_every_cell() {
    let text = section(&specs());
    let mut cells = None;
    for line in text.lines() {
        if !line.starts_with('|') {
            cells = None;
            continue;
        }
        let here = line.replace("\\|", "").matches('|').count();
        assert_eq!(*cells.get_or_insert(here), here, "{line}");
    }
}

/// Bitsight's declaration with something changed.
fn changed(change: impl FnOnce(&mut VendorSpec)) -> &'static VendorSpec {
    let mut spec = bitsight::SPEC.clone();
    change(&mut spec);
    Box::leak(Box::new(spec))
}

fn with_attribute(name: &str, change: impl FnOnce(&mut AttributeSpec)) -> &'static VendorSpec {
    changed(|spec| {
        let mut attributes = spec.attributes.to_vec();
        change(attributes.iter_mut().find(|it| it.name == name).unwrap());
        spec.attributes = attributes.leak();
    })
}

/// Ada, with a new address and another role.
fn ada() -> DesiredAccount {
    DesiredAccount {
        previous_emails: vec!["old@x.com".into()],
        ..person("ada@x.com")
    }
    .wants("role", text("customer_user"))
}

/// What the plan says of the desired account when the vendor holds the other one.
fn plan(spec: &'static VendorSpec, want: DesiredAccount, have: Account) -> Vec<String> {
    let case = Case::new(spec, [want], [have]).with(|it| {
        it.settings.deactivate = spec.deactivate[0];
        // A vendor that was never seen says so.
        it.settings.in_sandbox = true;
    });
    lines(&case.plan())
        .into_iter()
        .map(|(line, _)| line)
        .collect()
}

fn holding(role: &str) -> Account {
    account("ada@x.com", "1").shows("role", text(role))
}

/// What the schema says of the vendor and of an account there.
fn in_schema(spec: &'static VendorSpec, part: &str) -> Json {
    schema(&[spec])["$defs"][part].clone()
}

/// The cell of that column in the one row of the overview.
fn cell(spec: &VendorSpec, head: &str) -> String {
    let table = overview(&[spec]);
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let at = lines[0].iter().position(|it| *it == head).unwrap();
    lines[2][at].to_owned()
}

const RENAME: &str = "update ada@x.com #1, email old@x.com > ada@x.com";

#[test]
fn without_email_change_a_rename_is_manual() {
    let old = || account("old@x.com", "1").shows("role", text("customer_user"));
    let spec = changed(|spec| spec.email_change = false);
    assert_eq!(plan(&bitsight::SPEC, ada(), old()), [RENAME]);
    assert_eq!(plan(spec, ada(), old()), [format!("manual {RENAME}")]);
    let described = |spec| in_schema(spec, "bitsight-vendor")["description"].to_string();
    assert!(!described(&bitsight::SPEC).contains("E-mails cannot be changed"));
    assert!(described(spec).contains("E-mails cannot be changed"));
    assert_eq!(cell(&bitsight::SPEC, "e-mail change"), "yes");
    assert_eq!(cell(spec, "e-mail change"), "by hand");
    assert!(cell(spec, "stays manual").contains("a new e-mail"));
}

#[test]
fn with_manual_only_nobody_is_switched_off_or_on() {
    let manual = bitsight::SPEC
        .deactivate
        .iter()
        .filter(|it| it.mode == DeactivateMode::Manual);
    let spec = changed(|spec| spec.deactivate = manual.copied().collect::<Vec<_>>().leak());
    let leaver = || DesiredAccount {
        access: crate::model::desired::Access::Left,
        ..ada()
    };
    let off = || inactive("ada@x.com", "1").shows("role", text("customer_user"));
    for (spec, prefix) in [(&bitsight::SPEC, ""), (spec, "manual ")] {
        assert_eq!(
            plan(spec, leaver(), holding("customer_user")),
            [format!("{prefix}deactivate ada@x.com #1")]
        );
        assert_eq!(
            plan(spec, ada(), off()),
            [format!("{prefix}reactivate ada@x.com #1")]
        );
    }
    let choices =
        |spec| in_schema(spec, "bitsight-vendor")["properties"]["deactivate"]["oneOf"].clone();
    assert_eq!(choices(&bitsight::SPEC).as_array().unwrap().len(), 3);
    assert_eq!(choices(spec).as_array().unwrap().len(), 1);
    assert_eq!(cell(&bitsight::SPEC, "on again"), "with `status`");
    assert_eq!(cell(spec, "on again"), "by hand");
    assert_eq!(cell(spec, "switch off (default first)"), "`manual`");
}

const DEMOTION: &str = "update ada@x.com #1, role customer_group_admin > customer_user";

#[test]
fn a_fixed_attribute_is_manual_and_a_create_only_one_is_not_compared() {
    let fixed = with_attribute("role", |it| it.mode = Mode::Fixed);
    let once = with_attribute("role", |it| it.mode = Mode::CreateOnly);
    let planned = |spec| plan(spec, ada(), holding("customer_group_admin"));
    assert_eq!(planned(&bitsight::SPEC), [DEMOTION]);
    assert_eq!(planned(fixed), [format!("manual {DEMOTION}")]);
    assert_eq!(planned(once), [""; 0]);
    let described = |spec| {
        in_schema(spec, "bitsight-attributes")["properties"]["role"]["description"].to_string()
    };
    assert!(described(fixed).contains("cannot be changed afterwards"));
    assert!(described(once).contains("Only new accounts take it"));
    assert!(cell(&bitsight::SPEC, "updates").contains("`role`"));
    for spec in [fixed, once] {
        assert!(!cell(spec, "updates").contains("`role`"));
    }
    assert!(cell(fixed, "stays manual").contains("`role` of an existing account"));
    assert!(super::attributes(once).contains("on create only"));
}

#[test]
fn an_attribute_that_is_taken_out_is_unknown() {
    let spec = changed(|spec| {
        let kept = spec.attributes.iter().filter(|it| it.name != "group");
        spec.attributes = kept.cloned().collect::<Vec<_>>().leak();
    });
    let properties = |spec| in_schema(spec, "bitsight-attributes")["properties"].clone();
    assert!(properties(&bitsight::SPEC).get("group").is_some());
    assert_eq!(properties(spec).get("group"), None);
    assert!(super::attributes(&bitsight::SPEC).contains("`group`"));
    assert!(!super::attributes(spec).contains("`group`"));
    let roster = "vendors: { bitsight: { auth: { token: { env: T } } } }
people: [{ email: ada@x.com, first_name: A, last_name: L, accounts: { bitsight: { role: customer_user, group: Europe } } }]
";
    let read = |spec| {
        let file = crate::roster::RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text: roster.to_owned(),
        };
        crate::roster::parse(vec![file], &[spec])
    };
    assert!(read(&bitsight::SPEC).is_usable());
    assert!(!read(spec).is_usable());
}
