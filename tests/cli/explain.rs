//! One person explained, with the real binary against the sandbox on loopback.

use serde_json::Value;

#[cfg(unix)]
use crate::common::repository::Repository;
use crate::common::{self, Sandbox, rosterctl};

#[test]
fn a_person_is_explained_with_places_and_what_follows() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["explain", "Ada.Lovelace@example.com", &roster, "--sandbox"];
    let shown = rosterctl(folder.path(), &args);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert!(shown.stdout.starts_with("ada.lovelace@example.com on "));
    for part in [
        "logicgate  roster: ",
        "account, users.yaml:",
        "person, users.yaml:",
        "profile ",
        "holds ",
    ] {
        assert!(shown.stdout.contains(part), "no {part} in {}", shown.stdout);
    }
    let json = rosterctl(folder.path(), &[&args[..], &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["email"], "ada.lovelace@example.com");
    let attributes = document["vendors"]["logicgate"]["attributes"]
        .as_array()
        .unwrap();
    let text = std::fs::read_to_string(folder.path().join(&roster)).unwrap();
    let first = attributes
        .iter()
        .find(|it| it["attribute"] == "first")
        .unwrap();
    let line = first["sources"][0]["line"].as_u64().unwrap();
    let line = text
        .lines()
        .nth(usize::try_from(line).unwrap() - 1)
        .unwrap();
    assert!(line.contains("first_name"), "{line}");
}

#[test]
fn what_follows_is_what_the_plan_says() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let args = ["plan", &roster, "--sandbox", "--format", "json"];
    let plan = sandbox.run(folder.path(), &args);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let actions = plan["actions"].as_array().unwrap();
    let action = actions.iter().find(|it| it["action"] == "update").unwrap();
    let (email, vendor) = (
        action["email"].as_str().unwrap(),
        action["vendor"].as_str().unwrap(),
    );
    let args = ["explain", email, &roster, "--sandbox", "--format", "json"];
    let shown = sandbox.run(folder.path(), &args);
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(document["vendors"][vendor]["actions"][0], *action);
    let change = &action["changes"][0];
    let attribute = document["vendors"][vendor]["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["attribute"] == change["attribute"])
        .cloned();
    if let Some(attribute) = attribute {
        assert_eq!(attribute["current"], change["before"]);
    }
}

#[test]
fn somebody_who_is_not_there_is_an_error_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["explain", "ada.lovelase@example.com", &roster, "--sandbox"];
    let refused = rosterctl(folder.path(), &args);
    assert_eq!(refused.code, 1);
    assert_eq!(refused.stdout, "");
    assert!(
        refused
            .stderr
            .contains("did you mean \"ada.lovelace@example.com\"?"),
        "{}",
        refused.stderr
    );
}

#[cfg(unix)]
fn written_in(folder: &std::path::Path, roster: &str, attribute: &str) -> Value {
    let args = [
        "explain",
        "ada@example.com",
        "--sandbox",
        "--format",
        "json",
    ];
    let shown = rosterctl(folder, &[&args[..], &["--", roster]].concat());
    assert_eq!(shown.code, 0, "{shown:#?}");
    let document: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let attributes = document["vendors"]["bitsight"]["attributes"].as_array();
    let mut attributes = attributes.expect("a list").iter();
    let found = attributes.find(|it| it["attribute"] == attribute);
    found.expect("the attribute")["sources"][0]["written"].clone()
}

#[cfg(unix)]
const ADA: &str = "version: 1
vendors:
  bitsight:
    auth: { token: { env: UNUSED } }
people:
  - email: ada@example.com
    first_name: Ada
    last_name: Lovelace
    accounts:
      bitsight:
        role: customer_user
        group: Europe
";

#[cfg(unix)]
#[test]
fn each_value_tells_the_commit_that_wrote_it() {
    let repository = Repository::new();
    // Git must not take it for an option.
    let roster = common::write(repository.path(), "-users.yaml", ADA);
    repository.commit("Begin the roster");
    let asia = ADA.replace("Europe", "Asia");
    common::write(repository.path(), &roster, &asia);
    repository.commit("Move Ada to \u{1b}[31mAsia\u{202e}");
    let edited = format!(
        "# A line more.\n{}",
        asia.replace("first_name: Ada", "first_name: Ava")
    );
    common::write(repository.path(), &roster, &edited);

    let role = written_in(repository.path(), &roster, "role");
    assert_eq!(role["by"], "commit");
    assert_eq!(role["subject"], "Begin the roster");
    assert_eq!(role["author"], "Ann b");
    assert_eq!(role["date"], "2025-12-24");
    assert_eq!(role["hash"].as_str().unwrap().len(), 10);
    assert_ne!(
        written_in(repository.path(), &roster, "group")["hash"],
        role["hash"]
    );
    let name = written_in(repository.path(), &roster, "friendly_name");
    assert_eq!(name, serde_json::json!({ "by": "not_committed" }));

    let args = ["explain", "ada@example.com", "--sandbox", "--", &*roster];
    let text = rosterctl(repository.path(), &args).stdout;
    assert!(
        text.contains("of 2025-12-24 by Ann b \"Begin the roster\""),
        "{text}"
    );
    assert!(text.contains("not committed yet"), "{text}");
    assert!(text.contains("Move Ada to"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");

    let untracked = common::write(repository.path(), "new.yaml", ADA);
    let role = written_in(repository.path(), &untracked, "role");
    assert_eq!(role["by"], "not_committed");
}

#[cfg(unix)]
#[test]
fn a_clone_that_is_cut_off_names_no_wrong_commit() {
    let repository = Repository::new();
    let roster = common::write(repository.path(), "users.yaml", ADA);
    repository.commit("Begin the roster");
    common::write(repository.path(), &roster, &ADA.replace("Ada\n", "Ava\n"));
    repository.commit("Rename Ada");
    common::write(repository.path(), &roster, &ADA.replace("Europe", "Asia"));
    repository.commit("Move Ada");
    let origin = format!("file://{}", repository.path().display());
    let clones = Repository::new();
    clones.git(&["clone", "--quiet", "--depth=2", &origin, "cut"]);
    let cut = clones.path().join("cut");
    let role = written_in(&cut, &roster, "role");
    assert_eq!(role, serde_json::json!({ "by": "older_than_clone" }));
    assert_eq!(written_in(&cut, &roster, "group")["subject"], "Move Ada");
}

#[cfg(unix)]
#[test]
fn without_git_or_a_work_tree_there_is_less_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::write(folder.path(), "users.yaml", ADA);
    assert_eq!(written_in(folder.path(), &roster, "role"), Value::Null);
    let repository = Repository::new();
    let roster = common::write(repository.path(), "users.yaml", ADA);
    repository.commit("Begin the roster");
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_str().unwrap();
    let args = ["explain", "ada@example.com", &roster, "--sandbox"];
    let bare = common::rosterctl_with(repository.path(), &args, &[("PATH", path)]);
    assert_eq!(bare.code, 0, "{bare:#?}");
    assert!(bare.stdout.contains("users.yaml:11\n"), "{}", bare.stdout);
    assert_eq!(bare.stderr, "");
}

/// Whoever gives us a repository must not thereby run a program.
#[cfg(unix)]
#[test]
fn a_repository_runs_no_program_of_its_own() {
    let repository = Repository::new();
    let roster = common::write(repository.path(), "users.yaml", ADA);
    common::write(
        repository.path(),
        ".gitattributes",
        "*.yaml filter=evil diff=evil\n",
    );
    repository.commit("Begin the roster");
    let trace = repository.name_programs();
    std::fs::write(
        repository.path().join("users.yaml"),
        ADA.replace("Europe", "Asia"),
    )
    .unwrap();
    assert_eq!(
        written_in(repository.path(), &roster, "role")["by"],
        "commit"
    );
    assert_eq!(
        written_in(repository.path(), &roster, "group")["by"],
        "not_committed"
    );
    assert!(
        !trace.exists(),
        "{}",
        std::fs::read_to_string(&trace).unwrap()
    );
}
