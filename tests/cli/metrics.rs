//! `--metrics FILE` of the real binary: there after success and after failure, whole, for anybody
//! to read.

use std::path::Path;

use crate::common::{example, rosterctl, rosterctl_with, write};

/// The value of one series.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    let line = line.unwrap_or_else(|| panic!("no {series} in\n{text}"));
    line.trim().parse().expect("a number")
}

fn read(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("run.prom")).expect("the metrics were written")
}

#[test]
fn an_apply_tells_what_it_did_and_what_went_over_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--metrics",
        "run.prom",
    ];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    let text = read(folder.path());
    for (series, wanted) in [
        ("rosterctl_run_exit_code{command=\"apply\"}", 0.0),
        (
            "rosterctl_run_timestamp_seconds{command=\"apply\"}",
            1_767_578_400.0,
        ),
        (
            "rosterctl_last_success_timestamp_seconds{command=\"apply\"}",
            1_767_578_400.0,
        ),
        (
            "rosterctl_vendor_read_ok{command=\"apply\",vendor=\"surecloud\"}",
            1.0,
        ),
        (
            "rosterctl_accounts_read{command=\"apply\",vendor=\"bitsight\"}",
            9.0,
        ),
        (
            "rosterctl_planned_actions{command=\"apply\",vendor=\"bitsight\",action=\"deactivate\"}",
            3.0,
        ),
        (
            "rosterctl_action_outcomes{command=\"apply\",vendor=\"bitsight\",action=\"deactivate\",outcome=\"applied\"}",
            3.0,
        ),
        (
            "rosterctl_action_outcomes{command=\"apply\",vendor=\"bitsight\",action=\"create\",outcome=\"failed\"}",
            0.0,
        ),
        (
            "rosterctl_http_requests{command=\"apply\",vendor=\"logicgate\",class=\"5xx\"}",
            0.0,
        ),
        (
            "rosterctl_http_throttles{command=\"apply\",vendor=\"snaplogic\"}",
            0.0,
        ),
    ] {
        assert!(
            (value(&text, series) - wanted).abs() < 0.1,
            "{series}\n{text}"
        );
    }
    let requests = "rosterctl_http_requests{command=\"apply\",vendor=\"bitsight\",class=\"2xx\"}";
    assert!(value(&text, requests) > 10.0, "{text}");
    assert!(value(&text, "rosterctl_run_duration_seconds{command=\"apply\"}") > 0.0);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("run.prom"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o644);
    }
}

#[test]
fn a_run_that_fails_says_so_and_keeps_the_time_of_the_last_success() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = ["plan", &roster, "--sandbox", "--metrics", "run.prom"];
    assert_eq!(rosterctl(folder.path(), &args).code, 0);
    let last = "rosterctl_last_success_timestamp_seconds{command=\"plan\"}";
    let exit = "rosterctl_run_exit_code{command=\"plan\"}";
    let ended = "rosterctl_run_timestamp_seconds{command=\"plan\"}";
    assert!((value(&read(folder.path()), last) - 1_767_578_400.0).abs() < 0.1);

    // A day later nothing can be read: no vendor has its secrets.
    let later = [("SOURCE_DATE_EPOCH", "1767664800")];
    let args = ["plan", &roster, "--metrics", "run.prom"];
    let failed = rosterctl_with(folder.path(), &args, &later);
    assert_eq!(failed.code, 1, "{failed:#?}");
    let text = read(folder.path());
    assert!((value(&text, last) - 1_767_578_400.0).abs() < 0.1, "{text}");
    assert!((value(&text, exit) - 1.0).abs() < 0.1, "{text}");
    assert!(
        (value(&text, ended) - 1_767_664_800.0).abs() < 0.1,
        "{text}"
    );
    let read_ok = "rosterctl_vendor_read_ok{command=\"plan\",vendor=\"bitsight\"}";
    assert!(value(&text, read_ok).abs() < 0.1, "{text}");

    // A roster that cannot be used, and an old file that somebody spoiled.
    let broken = write(folder.path(), "broken.yaml", "version: 1\npeople: 7\n");
    let args = ["plan", &broken, "--metrics", "run.prom"];
    assert_eq!(rosterctl_with(folder.path(), &args, &later).code, 1);
    assert!((value(&read(folder.path()), last) - 1_767_578_400.0).abs() < 0.1);
    std::fs::write(folder.path().join("run.prom"), b"\xff\xfe rosterctl_last").unwrap();
    assert_eq!(rosterctl_with(folder.path(), &args, &later).code, 1);
    assert!(value(&read(folder.path()), last).abs() < 0.1);
}

#[test]
fn metrics_that_cannot_be_written_do_not_change_how_a_run_ends() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = [
        "plan",
        &roster,
        "--sandbox",
        "--metrics",
        "nowhere/run.prom",
    ];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    let warning = "warning: the metrics are not written to nowhere/run.prom";
    assert!(done.stderr.contains(warning), "{}", done.stderr);
}

#[test]
fn leavers_are_counted_by_state() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = ["leavers", &roster, "--sandbox", "--metrics", "run.prom"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 2, "{done:#?}");
    let text = read(folder.path());
    let active =
        "rosterctl_leavers{command=\"leavers\",vendor=\"bitsight\",state=\"still_active\"}";
    assert!(value(&text, active) > 0.5, "{text}");
}
