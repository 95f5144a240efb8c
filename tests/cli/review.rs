//! Reviewed in a pull request: saved plans, digests, base rosters and comments, with the real
//! binary against the sandbox on loopback.

use std::path::Path;

use serde_json::Value;

use crate::common::{self, Output, Sandbox, rosterctl};

/// A folder with the example roster, and a running sandbox for it.
fn start() -> (tempfile::TempDir, String, Sandbox) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    (folder, roster, sandbox)
}

fn save(sandbox: &Sandbox, folder: &Path, roster: &str, more: &[&str]) -> Output {
    let args = ["plan", roster, "--sandbox", "--out", "plan.json"];
    let done = sandbox.run(folder, &[&args, more].concat());
    assert_eq!(done.code, 0, "{done:#?}");
    done
}

fn edit(folder: &Path, name: &str, change: impl FnOnce(String) -> String) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("the test wrote it");
    std::fs::write(path, change(text)).expect("a test's folder can be written");
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:#?}"))
}

#[test]
fn a_saved_plan_is_applied_and_then_stale() {
    let (folder, roster, sandbox) = start();
    save(&sandbox, folder.path(), &roster, &[]);
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--plan",
        "plan.json",
    ];
    let applied = sandbox.run(folder.path(), &args);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let again = sandbox.run(folder.path(), &args);
    assert_eq!(again.code, 1, "{again:#?}");
    assert!(again.stderr.contains("gone"), "{}", again.stderr);
    assert!(again.stderr.contains("nothing was written"));
    let skipping = sandbox.run(folder.path(), &[&args[..], &["--skip-stale"]].concat());
    assert_eq!(skipping.code, 0, "all is done already: {skipping:#?}");
    assert!(skipping.stdout.contains("was done before this run"));
}

#[test]
fn a_saved_plan_for_another_place_is_refused_and_says_why() {
    let (folder, roster, sandbox) = start();
    save(&sandbox, folder.path(), &roster, &[]);
    edit(folder.path(), "plan.json", |text| {
        let here = "\"place\": \"the sandbox\"";
        assert!(text.contains(here), "{text}");
        text.replacen(here, "\"place\": \"https://a.example\"", 1)
    });
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--plan",
        "plan.json",
    ];
    let refused = sandbox.run(folder.path(), &args);
    assert_eq!(refused.code, 1, "{refused:#?}");
    let why = "bitsight: approved for bitsight at https://a.example, this roster says bitsight at \
               the sandbox";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert!(refused.stderr.contains("nothing was written"));
    let skipping = sandbox.run(folder.path(), &[&args[..], &["--skip-stale"]].concat());
    assert_eq!(skipping.code, 3, "{skipping:#?}");
    assert!(
        skipping
            .stdout
            .contains("approved for bitsight at https://a.example")
    );
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let args = ["apply", &roster, "--sandbox", "--yes", "--digest", digest];
    let refused = sandbox.run(folder.path(), &args);
    assert_eq!(refused.code, 1, "{refused:#?}");
    let place = "it is for bitsight: bitsight at the sandbox";
    assert!(refused.stderr.contains(place), "{}", refused.stderr);
    let usage = sandbox.run(folder.path(), &[&args[..], &["--skip-stale"]].concat());
    assert_eq!(usage.code, 1, "{usage:#?}");
    assert!(usage.stderr.contains("--skip-stale"), "{}", usage.stderr);
}

#[test]
fn embedded_sandboxes_have_one_digest() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = [
        "plan",
        &roster,
        "--sandbox",
        "--format",
        "json",
        "--on",
        "2026-01-05",
    ];
    let digests = [(); 2].map(|()| json(&rosterctl(folder.path(), &args))["digest"].clone());
    assert!(digests[0].is_string(), "{digests:?}");
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn summaries_of_a_plan_and_of_its_apply_are_appended_to_one_file() {
    let (folder, roster, sandbox) = start();
    let path = folder.path().join("summary.md");
    std::fs::write(&path, "before\n").unwrap();
    let summary = ["--sandbox", "--summary", "summary.md"];
    let args = ["plan", &roster, "--format", "markdown", "--limit", "4096"];
    let planned = sandbox.run(folder.path(), &[&args[..], &summary].concat());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("before\n<!-- rosterctl-plan -->\n### Plan for"));
    assert!(
        planned.stdout.len() <= 4096 && text.len() > 4096,
        "the summary is whole where the comment is cut: {}",
        text.len()
    );
    let args = ["apply", &roster, "--yes"];
    let applied = sandbox.run(folder.path(), &[&args[..], &summary].concat());
    assert_eq!(applied.code, 0, "{applied:#?}");
    let after = std::fs::read_to_string(&path).unwrap();
    let report = after.strip_prefix(&text).expect("the plan is still there");
    assert!(report.starts_with("<!-- rosterctl-apply -->\n"), "{report}");
    let nowhere = ["plan", &roster, "--sandbox", "--summary", "none/summary.md"];
    let failed = sandbox.run(folder.path(), &nowhere);
    assert_eq!(failed.code, 1, "{failed:#?}");
    assert!(
        failed
            .stderr
            .contains("cannot write the summary none/summary.md")
    );
}

#[test]
fn a_roster_that_changed_makes_a_saved_plan_stale_and_nothing_is_written() {
    let (folder, roster, sandbox) = start();
    save(&sandbox, folder.path(), &roster, &["--format", "json"]);
    let plan = ["plan", &roster, "--sandbox", "--format", "json"];
    let before = json(&sandbox.run(folder.path(), &plan));
    // One action of the file is somebody else's idea now.
    edit(folder.path(), "plan.json", |text| {
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let actions = document["actions"].as_array_mut().unwrap();
        actions.pop();
        document["digest"] = Value::from("sha256:anything");
        document.to_string()
    });
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--plan",
        "plan.json",
    ];
    let refused = sandbox.run(folder.path(), &args);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("1 difference\n"), "{refused:#?}");
    assert!(refused.stderr.contains("  new      "), "{refused:#?}");
    let after = json(&sandbox.run(folder.path(), &plan));
    assert_eq!(before["digest"], after["digest"], "nothing was written");
    let salvaged = sandbox.run(
        folder.path(),
        &[&args[..], &["--skip-stale", "--format", "json"]].concat(),
    );
    let count = before["actions"].as_array().unwrap().len();
    let outcomes = json(&salvaged)["outcomes"].as_array().unwrap().len();
    assert_eq!(outcomes, count - 1, "nothing outside the file is done");
    let left = json(&sandbox.run(folder.path(), &plan));
    assert_eq!(left["actions"].as_array().unwrap().len(), 1);
}

#[test]
fn an_account_that_changed_is_skipped_and_named() {
    let (folder, roster, sandbox) = start();
    save(&sandbox, folder.path(), &roster, &[]);
    let first = {
        let text = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut actions = document["actions"].as_array().unwrap().clone();
        actions.retain(|it| it["action"] == "update");
        let email = actions[0]["email"].as_str().unwrap().to_owned();
        let altered = text.replacen(
            actions[0]["current"].as_str().unwrap(),
            &format!("sha256:{}", "0".repeat(64)),
            1,
        );
        std::fs::write(folder.path().join("plan.json"), altered).unwrap();
        email
    };
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--plan",
        "plan.json",
        "--skip-stale",
        "--format",
        "json",
    ];
    let done = sandbox.run(folder.path(), &args);
    assert_eq!(done.code, 3, "{done:#?}");
    let document = json(&done);
    let skipped: Vec<&Value> = document["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["outcome"] == "skipped")
        .collect();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0]["email"], first);
    let message = skipped[0]["message"].as_str().unwrap();
    assert!(
        message.contains("the account has changed since"),
        "{message}"
    );
}

#[test]
fn a_digest_lets_through_its_own_plan_only() {
    let (folder, roster, sandbox) = start();
    let plan = ["plan", &roster, "--sandbox", "--format", "json"];
    let digest = json(&sandbox.run(folder.path(), &plan))["digest"].clone();
    let digest = digest.as_str().unwrap();
    let apply = |digest: &str| {
        let args = ["apply", &roster, "--sandbox", "--yes", "--digest", digest];
        sandbox.run(folder.path(), &args)
    };
    let other = apply(&format!("sha256:{}", "0".repeat(64)));
    assert_eq!(other.code, 1, "{other:#?}");
    assert!(other.stderr.contains(digest), "{}", other.stderr);
    assert!(other.stdout.contains("digest sha256:"), "the plan is shown");
    assert_eq!(apply("sha256:12").code, 1);
    let applied = apply(digest);
    assert_eq!(applied.code, 0, "{applied:#?}");
}

#[test]
fn what_is_no_plan_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let refused = |text: &str, more: &[&str]| {
        std::fs::write(folder.path().join("plan.json"), text).unwrap();
        let args = [
            "apply",
            &roster,
            "--sandbox",
            "--yes",
            "--plan",
            "plan.json",
        ];
        let done = rosterctl(folder.path(), &[&args, more].concat());
        assert_eq!(done.code, 1, "{done:#?}");
        done.stderr
    };
    assert!(refused("{\"format\": 2}", &[]).contains("plan format 2 is not known here"));
    assert!(refused("hello", &[]).contains("not a plan document"));
    let digest = format!("sha256:{}", "0".repeat(64));
    assert!(refused("{}", &["--digest", &digest]).contains("cannot be used with"));
    assert!(refused("{}", &["--on", "2026-01-01"]).contains("cannot be used with"));
    let alone = rosterctl(folder.path(), &["apply", &roster, "--yes", "--skip-stale"]);
    assert!(alone.stderr.contains("--plan"), "{alone:#?}");
}

#[test]
fn a_plan_against_its_base_tells_change_from_drift() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    std::fs::copy(folder.path().join(&roster), folder.path().join("base.yaml")).unwrap();
    edit(folder.path(), &roster, |text| {
        text + "\n  - email: new.person@example.com\n    first_name: New\n    last_name: Person\n    accounts: { logicgate: { tier: LIMITED } }\n"
    });
    let args = ["plan", &roster, "--sandbox", "--base", "base.yaml"];
    let shown = rosterctl(folder.path(), &args);
    assert_eq!(shown.code, 0, "{shown:#?}");
    let (change, drift) = shown.stdout.split_once("\nDrift (").unwrap();
    assert!(change.contains("Change (1)"), "{}", shown.stdout);
    assert!(change.contains("new.person@example.com"));
    assert!(drift.contains("deactivate"), "{}", shown.stdout);
    let document = json(&rosterctl(
        folder.path(),
        &[&args[..], &["--format", "json"]].concat(),
    ));
    let causes: Vec<(&str, &str)> = document["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["email"].as_str().unwrap(), it["cause"].as_str().unwrap()))
        .collect();
    for (email, cause) in causes {
        let new = email == "new.person@example.com";
        assert_eq!(cause, if new { "change" } else { "drift" }, "{email}");
    }
}

#[test]
fn a_plan_and_a_report_are_comments_too() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["plan", &roster, "--sandbox", "--format", "markdown"];
    let shown = rosterctl(folder.path(), &args);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert!(
        shown
            .stdout
            .starts_with("<!-- rosterctl-plan -->\n### Plan for ")
    );
    assert!(!shown.stdout.contains('@'));
    let masked = rosterctl(folder.path(), &[&args[..], &["--mask"]].concat());
    assert!(!masked.stdout.contains("example"), "{}", masked.stdout);
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--format",
        "markdown",
    ];
    let applied = rosterctl(folder.path(), &args);
    assert_eq!(applied.code, 0, "{applied:#?}");
    assert!(
        applied
            .stdout
            .starts_with("<!-- rosterctl-apply -->\n### Applied for ")
    );
}
