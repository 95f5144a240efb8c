//! `--format html`: one file, from plan to report.

use crate::common::{self, rosterctl};

const START: &str = "<!doctype html>\n<html lang=\"en\">";

#[test]
fn a_plan_is_one_page_on_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["plan", &roster, "--sandbox", "--format", "html"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.starts_with(START), "{}", done.stdout);
    assert!(done.stdout.ends_with("</html>\n"));
    assert!(done.stdout.contains("<h1>Plan for 2026-01-05</h1>"));
    assert!(done.stdout.contains("mary.jackson@example.com"));
}

#[test]
fn a_masked_page_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["plan", &roster, "--sandbox", "--format", "html", "--mask"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for word in ["mary.jackson", "Lovelace", "@example.com"] {
        assert!(!done.stdout.contains(word), "{word} in\n{}", done.stdout);
    }
}

#[test]
fn an_apply_ends_in_one_page_with_its_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["apply", &roster, "--sandbox", "--yes", "--format", "html"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.starts_with(START), "{}", done.stdout);
    assert_eq!(done.stdout.matches("<!doctype").count(), 1);
    assert!(done.stdout.contains("Everything that was planned is done."));
    assert!(done.stdout.contains("\"outcome\":\"applied\""));
    assert!(
        done.stderr.contains("Second plan: no changes."),
        "{}",
        done.stderr
    );
}

#[test]
fn leavers_have_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["leavers", &roster, "--sandbox", "--format", "html"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!((done.code, &*done.stdout), (1, ""));
    assert!(
        done.stderr.contains("text, JSON or Markdown only"),
        "{}",
        done.stderr
    );
}
