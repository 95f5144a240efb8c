//! Servers that can only be searched (`read: search`), with the real binary.

use rosterctl::sandbox::Start;
use rosterctl::sandbox::scim::{Lists, Shape};

use crate::common::scim::{Corp, person};
use crate::common::{rosterctl, write};

const SEARCH: &str = "    read: search\n";

const SEARCHED: Shape = Shape {
    lists: Lists::Searched,
    ..Shape::STANDARD
};

/// The names in the searches among requests.
fn searched<'a>(asked: &[String], names: &[&'a str]) -> Vec<&'a str> {
    let found = names.iter().copied();
    found
        .filter(|name| {
            asked
                .iter()
                .any(|it| it.contains("filter=") && it.contains(name))
        })
        .collect()
}

/// What `validate` says of a vendor with these settings, and of these assertions.
fn refused(settings: &str, assertions: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let roster = format!(
        "version: 1
vendors:
  corp:
    kind: scim
    base_url: https://corp.example/scim
    auth: {{ token: {{ env: CORP_TOKEN }} }}
    read: search
{settings}{assertions}people:
  - {{ email: ada@example.com, first_name: Ada, last_name: Byron, accounts: {{ corp: {{}} }} }}
"
    );
    let name = write(folder.path(), "users.yaml", &roster);
    let checked = rosterctl(folder.path(), &["validate", &name]);
    assert_eq!(checked.code, 1, "{checked:#?}");
    checked.stderr
}

#[test]
fn what_needs_to_know_everybody_is_an_error_of_validate() {
    let shares = "    unlisted: deactivate\n    max: { deactivations: 10%, shrinkage: 20% }\n";
    let said = refused(shares, "");
    for told in [
        "`unlisted: deactivate` needs to know all accounts",
        "`max.deactivations` is a share of all accounts",
        "`max.shrinkage` is a share of all accounts",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let admins = "    admins: { attribute: title, values: [Boss] }\n";
    for rule in [
        "seats: { vendor: corp, at_most: 5 }",
        "admins: { vendor: corp, at_least: 1 }",
    ] {
        let said = refused(admins, &format!("assert:\n  - {rule}\n"));
        let told = "nobody can count all accounts of corp: `read: search` sees only people";
        assert!(said.contains(told), "{rule}: {said}");
    }
}

#[test]
fn a_plan_looks_everybody_up_once_and_only_apply_remembers() {
    let people = person("ada", "") + &person("bob", "") + &person("eve", ", active: false");
    let corp = Corp::start(SEARCH, &people, Start::InSync, SEARCHED);
    let names = ["ada", "bob", "eve"];
    let (plan, asked) = corp.asked(&["plan", "users.yaml"]);
    assert_eq!(plan.code, 0, "{plan:#?}");
    assert_eq!(searched(&asked, &names), names, "leavers are looked up too");
    let searches = asked.iter().filter(|it| it.contains("filter="));
    assert_eq!(searches.count(), 3, "{asked:#?}");
    assert!(asked.iter().all(|it| it.starts_with("GET ")), "{asked:#?}");
    assert!(plan.stdout.contains("cannot be seen"), "{}", plan.stdout);
    let record = corp.path().join(".rosterctl/records/corp.json");
    assert!(!record.exists(), "a plan writes nothing");
    let leavers = corp.run(&["leavers", "users.yaml"]);
    assert!(!record.exists(), "{leavers:#?}");
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let kept = std::fs::read_to_string(&record).unwrap();
    assert!(kept.contains("ada@example.com"), "{kept}");
}

#[test]
fn with_a_base_only_whom_the_change_touches_is_looked_up() {
    let people = person("ada", "") + &person("bob", "") + &person("cid", "");
    let corp = Corp::start(SEARCH, &people, Start::InSync, SEARCHED);
    let changed = person("ada", "") + &person("bob", ", active: false") + &person("cid", "");
    corp.write("base.yaml", SEARCH, &people);
    corp.write("users.yaml", SEARCH, &changed);
    let (plan, asked) = corp.asked(&["plan", "users.yaml", "--base", "base.yaml"]);
    assert_eq!(plan.code, 0, "{plan:#?}");
    assert_eq!(
        searched(&asked, &["ada", "bob", "cid"]),
        ["bob"],
        "{asked:#?}"
    );
    assert!(plan.stdout.contains("deactivate"), "{}", plan.stdout);
    let told = "2 people were not looked up, whom this change does not touch";
    assert!(plan.stdout.contains(told), "{}", plan.stdout);
}

#[test]
fn a_first_run_goes_through_with_the_option_that_it_names() {
    let people = person("ada", "") + &person("bob", "");
    for settings in [SEARCH, ""] {
        let shape = match settings {
            SEARCH => SEARCHED,
            _ => Shape::STANDARD,
        };
        let corp = Corp::start(settings, &people, Start::Empty, shape);
        if settings.is_empty() {
            rosterctl::sandbox::LocalVendor::remove(&corp.server, "admin@sandbox.example");
        }
        let held = corp.run(&["apply", "users.yaml", "--yes"]);
        assert_eq!(held.code, 4, "{held:#?}");
        assert!(
            held.stdout.contains("--allow-empty corp"),
            "{}",
            held.stdout
        );
        let done = corp.run(&["apply", "users.yaml", "--yes", "--allow-empty", "corp"]);
        assert!(done.code == 0, "{done:#?}");
        assert!(corp.server.user("ada@example.com").is_some());
    }
}
