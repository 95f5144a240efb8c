//! State that outlives a runner, with the real binary and a folder that runners share. The same
//! against an S3 is `tests/objects`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::common::{Output, Sandbox, rosterctl, rosterctl_with, write};
use serde_json::Value;

const PEOPLE: usize = 16;
const SLOW: &str = "{ per_second: 4, burst: 4, concurrency: 2 }";

/// Vendors of its own, and a folder of state that every runner sees.
struct Shared {
    folder: tempfile::TempDir,
    _sandbox: Sandbox,
    vendors: Value,
}

impl Shared {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "sandbox.yaml", &roster("unused", None, "{}"));
        let sandbox = Sandbox::start(folder.path(), "sandbox.yaml");
        let vendors = sandbox.index()["vendors"].clone();
        let records = folder.path().join("state/records");
        std::fs::create_dir_all(&records).unwrap();
        let seeded = sandbox.state().join("records/surecloud.json");
        std::fs::copy(seeded, records.join("surecloud.json")).unwrap();
        Self {
            folder,
            _sandbox: sandbox,
            vendors,
        }
    }

    /// An empty disk with nothing but the roster.
    fn runner(&self, limits: &str) -> tempfile::TempDir {
        let runner = tempfile::tempdir().unwrap();
        let state = self.folder.path().join("state");
        let text = roster(&state.display().to_string(), Some(&self.vendors), limits);
        write(runner.path(), "users.yaml", &text);
        runner
    }

    fn secrets(&self) -> [(&str, &str); 2] {
        let secret = |vendor: &str, key: &str| {
            let secret = &self.vendors[vendor]["secrets"][key];
            secret.as_str().unwrap()
        };
        [
            ("BITSIGHT", secret("bitsight", "token")),
            ("SURECLOUD", secret("surecloud", "jwt")),
        ]
    }

    fn run(&self, runner: &Path, args: &[&str]) -> Output {
        rosterctl_with(runner, args, &self.secrets())
    }

    fn start(&self, runner: &Path) -> Child {
        crate::common::command(runner, &["apply", "users.yaml", "--yes"], &self.secrets())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

fn roster(state: &str, vendors: Option<&Value>, limits: &str) -> String {
    let mut text = format!("version: 1\nstate: {state}\nvendors:\n");
    for (name, secret) in [("bitsight", "token"), ("surecloud", "jwt")] {
        let there = vendors.and_then(|all| all[name]["base_url"].as_str());
        let base_url = there.unwrap_or("https://vendor.example");
        let variable = name.to_uppercase();
        text.push_str(&format!(
            "  {name}:\n    base_url: {base_url}\n    auth: {{ {secret}: {{ env: {variable} }} }}\n    \
             limits: {limits}\n    max: {{ deactivations: 100 }}\n"
        ));
    }
    text.push_str("people:\n");
    for number in 0..PEOPLE {
        let active = number % 4 != 3;
        text.push_str(&format!(
            "  - {{ email: p{number:02}@example.com, first_name: P, last_name: N{number}, active: \
             {active}, accounts: {{ bitsight: {{ role: customer_user, group: G }}, surecloud: {{ \
             role: CONTRIBUTOR }} }} }}\n"
        ));
    }
    text
}

#[cfg(unix)]
#[test]
fn a_killed_run_is_finished_by_a_runner_with_an_empty_disk() {
    let shared = Shared::new();
    let (a, b) = (shared.runner(SLOW), shared.runner("{}"));
    let mut first = shared.start(a.path());
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    let fourth = |line: String| line.contains("[ 4/") || line.contains("[4/");
    assert!(lines.any(|line| fourth(line.unwrap())), "it ended first");
    let refused = shared.run(b.path(), &["apply", "users.yaml", "--yes"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused.stderr.contains("another run is at work"),
        "{refused:#?}"
    );
    let lock = shared.run(b.path(), &["lock", "show", "--format", "json"]);
    let lock: Value = serde_json::from_str(&lock.stdout).unwrap();
    assert_eq!(lock["lease"]["pid"], first.id(), "{lock:#}");
    // A plan is nobody's business but the reader's.
    let plan = shared.run(b.path(), &["plan", "users.yaml"]);
    assert_eq!(plan.code, 0, "{plan:#?}");
    first.kill().unwrap();
    first.wait().unwrap();
    drop(a);

    let next = shared.run(b.path(), &["apply", "users.yaml", "--yes"]);
    assert_eq!(next.code, 0, "{next:#?}");
    assert!(next.stderr.contains("was cut off"), "{}", next.stderr);
    assert!(
        next.stderr.contains("did not give its lock back"),
        "{}",
        next.stderr
    );
    let plan = shared.run(
        b.path(),
        &["plan", "--detailed-exitcode", "--format", "json"],
    );
    assert_eq!(plan.code, 0, "{plan:#?}");
    let record = shared.run(
        b.path(),
        &["record", "show", "surecloud", "--format", "json"],
    );
    let record: Value = serde_json::from_str(&record.stdout).unwrap();
    for number in 0..PEOPLE {
        let entry = &record["accounts"][format!("p{number:02}@example.com")];
        let leaver = number % 4 == 3;
        assert!(leaver || entry["active"] == true, "{number}: {entry}");
        assert!(!leaver || entry["active"] != true, "{number}: {entry}");
        assert_eq!(entry["pending"], Value::Null, "{number}: {entry}");
    }
    let list = shared.run(b.path(), &["journal", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    let runs = list.as_array().unwrap();
    assert_eq!(runs.len(), 2, "{list:#}");
    for run in runs {
        assert_eq!(run["ended"], true, "{list:#}");
        let verified = shared.run(
            b.path(),
            &["journal", "verify", run["run"].as_str().unwrap()],
        );
        assert_eq!(verified.code, 0, "{verified:#?}");
    }
    let lock = shared.run(b.path(), &["lock", "show"]);
    assert!(
        lock.stdout.contains("free; last held by"),
        "{}",
        lock.stdout
    );
    let success = shared.folder.path().join("state/success.json");
    assert!(std::fs::read_to_string(success).unwrap().contains("\"at\""));
}

#[test]
fn a_state_that_cannot_be_used_stops_what_writes_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let write_with = |state: &str| {
        let text = roster(state, None, "{}");
        write(folder.path(), "users.yaml", &text);
    };
    write_with("ftp://host/x");
    let refused = rosterctl(folder.path(), &["validate"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("s3://"), "{}", refused.stderr);
    write_with("s3://AKIAIOSFODNN:hunter2@bucket/x");
    let refused = rosterctl(folder.path(), &["validate"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
    write(folder.path(), "file", "");
    write_with("file/state");
    let refused = rosterctl(folder.path(), &["apply", "--yes"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("file/state"), "{}", refused.stderr);
}

/// A port that nobody listens at stands for a store that is not there.
#[cfg(feature = "cloud")]
#[test]
fn a_store_that_is_not_there_is_named_and_nothing_runs_unlocked() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "users.yaml",
        &roster("s3://bucket/x", None, "{}"),
    );
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint = format!("http://127.0.0.1:{port}");
    let environment = [
        ("AWS_ENDPOINT_URL", &*endpoint),
        ("AWS_ACCESS_KEY_ID", "invented"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];
    let refused = rosterctl_with(folder.path(), &["apply", "--yes"], &environment);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused.stderr.contains("s3://bucket/x cannot be reached"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("nothing was written"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
}

#[test]
fn a_lock_is_shown_and_broken() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "users.yaml", &roster("state", None, "{}"));
    let lock = |args: &[&str]| rosterctl(folder.path(), &[&["lock"], args].concat());
    assert!(lock(&["show"]).stdout.contains("never locked"));
    let nothing = lock(&["break", "--yes"]);
    assert!(nothing.stderr.contains("nothing to break"), "{nothing:#?}");
    write(&folder.path().join("state"), "lease.json", "half of a le");
    let damaged = lock(&["show"]);
    assert_eq!(damaged.code, 1, "{damaged:#?}");
    assert!(damaged.stderr.contains("lock break"), "{damaged:#?}");
    let unasked = lock(&["break"]);
    assert_eq!(unasked.code, 1, "{unasked:#?}");
    let broken = lock(&["break", "--yes"]);
    assert_eq!(broken.code, 0, "{broken:#?}");
    assert!(lock(&["show"]).stdout.contains("taken away from"));
}

#[test]
fn a_fleet_goes_on_after_a_failure_and_sums_up() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = |name: &str, text: &str| {
        let folder = folder.path().join("tenants").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        write(&folder, "users.yaml", text);
    };
    let example = include_str!("../../examples/users.yaml");
    tenant("a", example);
    tenant("b", "people: [}\n");
    tenant("c", example);
    let fleet = |args: &[&str]| rosterctl(folder.path(), &[&["fleet"], args].concat());
    let options = ["--jobs", "2", "--yes", "--", "--sandbox"];
    let done = fleet(&[&["apply", "tenants"], &options[..]].concat());
    assert_eq!(done.code, 1, "{done:#?}");
    let summary = done.stdout.split("Fleet: ").nth(1).unwrap();
    assert_eq!(
        summary,
        "apply of 3 rosters: 1 error, 2 done\n  a  done\n  b  error: this is not YAML: while parsing a node, did not find expected node content; nothing was written\n  c  done\n"
    );
    let unasked = fleet(&["apply", "tenants"]);
    assert!(unasked.stderr.contains("needs --yes"), "{unasked:#?}");
    tenant("b", "state: ../shared\npeople: []\n");
    tenant("c", "state: ../shared\npeople: []\n");
    for state in ["../shared", "s3://ops/one"] {
        tenant("b", &format!("state: {state}\npeople: []\n"));
        tenant("c", &format!("state: {state}/\npeople: []\n"));
        let refused = fleet(&["plan", "tenants"]);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.stderr.contains("one `state`"), "{}", refused.stderr);
    }
    let nothing = fleet(&["plan", "."]);
    assert_eq!(nothing.code, 1, "{nothing:#?}");
}
