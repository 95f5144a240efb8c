//! `import` and `import --merge` with the real binary.

use std::path::Path;

use super::common::{self, Sandbox, rosterctl, write};

/// The example's vendors alone, without its people and what it asserts about them.
fn vendors(folder: &Path) -> String {
    let text = include_str!("../../examples/users.yaml");
    let parts = text.split_once("# What has to hold");
    let (head, _) = parts.expect("the example asserts something");
    write(folder, "vendors.yaml", head)
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

#[test]
fn an_import_of_a_company_plans_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let roster = common::example(folder);
    let vendors = vendors(folder);
    let sandbox = Sandbox::start(folder, &roster);
    let done = sandbox.run(
        folder,
        &["import", &vendors, "--sandbox", "--out", "people.yaml"],
    );
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{done:#?}");
    assert!(
        done.stderr.contains("Planning from this finds no changes."),
        "{}",
        done.stderr
    );
    let people = text(folder, "people.yaml");
    assert!(
        people.starts_with("# People as the vendors hold them, read on 2026-01-05"),
        "{people}"
    );
    assert!(
        people.contains("  - email: grace.hopper@example.com\n    first_name: Grace\n"),
        "{people}"
    );
    assert!(
        people.contains("# a service account at snaplogic\n"),
        "{people}"
    );
    assert!(!people.contains("sandbox-"), "an invented secret is in it");
    let plan = sandbox.run(
        folder,
        &[
            "plan",
            &vendors,
            "people.yaml",
            "--sandbox",
            "--detailed-exitcode",
            "--format",
            "json",
        ],
    );
    assert_eq!(plan.code, 0, "{plan:#?}");
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert!(plan["roster"]["people"].as_u64().unwrap() > 12);
    assert_eq!(plan["summary"]["manual"], 0);
    assert_eq!(plan["summary"]["unlisted"], 0);
}

#[test]
fn a_merge_keeps_the_file_and_lists_every_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Strangers live in another domain than the example asserts.
    let example = include_str!("../../examples/users.yaml");
    let example = example.replace("domains: { only: [", "domains: { only: [sandbox.example, ");
    let roster = write(folder, "users.yaml", &example);
    let sandbox = Sandbox::start(folder, &roster);
    let plan = |name: &str| {
        let args = ["plan", name, "--sandbox", "--format", "json"];
        let done = sandbox.run(folder, &args);
        serde_json::from_str::<serde_json::Value>(&done.stdout).unwrap()
    };
    let before = plan(&roster);
    let done = sandbox.run(folder, &["import", "--merge", &roster, "--sandbox"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let behind = done.stdout.strip_prefix(example.as_str());
    assert!(behind.is_some_and(|more| more.contains("former.contractor@sandbox.example")));
    assert_eq!(
        text(folder, &roster),
        example,
        "nothing but stdout was asked for"
    );
    let same = ["import", "--merge", &roster, "--sandbox", "--out", &roster];
    let done = sandbox.run(folder, &same);
    assert_eq!(done.code, 0, "{done:#?}");
    let after = plan(&roster);
    assert_eq!(after["summary"]["unlisted"], 0, "{after:#}");
    assert!(before["summary"]["unlisted"].as_u64().unwrap() > 3);
    for kind in ["create", "update", "reactivate"] {
        assert_eq!(after["summary"][kind], before["summary"][kind], "{kind}");
    }
    let again = text(folder, &roster);
    let done = sandbox.run(folder, &same);
    assert!(done.stderr.contains("Added 0 people"), "{}", done.stderr);
    assert_eq!(text(folder, &roster), again);
}

#[test]
fn nothing_is_overwritten_that_was_not_named_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let vendors = vendors(folder);
    write(folder, "notes.txt", "mine");
    let refused = |args: &[&str], what: &str| {
        let mut all = vec!["import", &vendors, "--sandbox"];
        all.extend(args);
        let done = rosterctl(folder, &all);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:#?}");
        assert!(done.stderr.contains(what), "{}", done.stderr);
    };
    refused(&["--out", "notes.txt"], "notes.txt exists");
    refused(&["--out", &vendors, "--force"], "is a part of the roster");
    refused(&["--merge", "missing.yaml"], "missing.yaml");
    refused(
        &["--person", "nobody@x.com"],
        "no vendor that was read has an account of nobody@x.com",
    );
    refused(&["--vendor", "bitsigth"], "did you mean \"bitsight\"?");
    refused(&["--force"], "--out");
    assert_eq!(text(folder, "notes.txt"), "mine");
    let done = rosterctl(
        folder,
        &[
            "import",
            &vendors,
            "--sandbox",
            "--out",
            "notes.txt",
            "--force",
        ],
    );
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(text(folder, "notes.txt").contains("people:"));
}

#[test]
fn a_vendor_that_cannot_be_read_ends_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let vendors = vendors(folder.path());
    // No secret is in the environment of this run.
    let done = rosterctl(
        folder.path(),
        &[
            "import", &vendors, "--vendor", "bitsight", "--out", "p.yaml",
        ],
    );
    assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:#?}");
    assert!(done.stderr.contains("bitsight: "), "{}", done.stderr);
    assert!(
        done.stderr.contains("nothing was written"),
        "{}",
        done.stderr
    );
    assert!(!folder.path().join("p.yaml").exists());
}

#[test]
fn one_person_can_be_imported_alone() {
    let folder = tempfile::tempdir().unwrap();
    let vendors = vendors(folder.path());
    let args = [
        "import",
        &vendors,
        "--sandbox",
        "--person",
        "Former.Contractor@sandbox.example",
    ];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    assert_eq!(
        done.stdout.matches("- email:").count(),
        1,
        "{}",
        done.stdout
    );
    assert!(
        done.stderr.contains("Imported 1 person and 0 profiles."),
        "{}",
        done.stderr
    );
}

#[test]
fn a_roster_without_vendors_imports_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let roster = write(folder.path(), "users.yaml", "version: 1\npeople: []\n");
    let done = rosterctl(folder.path(), &["import", &roster, "--sandbox"]);
    assert_eq!((done.code, &*done.stdout), (1, ""), "{done:#?}");
    assert!(done.stderr.contains("names no vendor"), "{}", done.stderr);
}
