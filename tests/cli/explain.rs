//! One person explained, with the real binary against the sandbox on loopback.

use serde_json::Value;

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
