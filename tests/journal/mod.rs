//! The real binary when it is killed, stopped, run twice at once, out of time, or taken back.

mod boundaries;
mod silent;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::common::{Output, Sandbox, write};
use serde_json::Value;

/// Forty actions at one vendor: ten updates, ten removals, twenty creates.
struct Forty {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
}

impl Forty {
    /// `limits` is the vendor's, as the roster writes it.
    fn new(limits: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let before = roster("{}", |number| match number {
            0..20 => Some("{ bitsight: { role: customer_user, group: Before } }, active: true"),
            _ => None,
        });
        write(folder.path(), "before.yaml", &before);
        let after = roster(limits, |number| match number {
            0..10 => Some(
                "{ bitsight: { role: customer_user, group: Before, friendly_name: Q } }, active: true",
            ),
            10..20 => Some("{ bitsight: { role: customer_user, group: Before } }, active: false"),
            _ => Some("{ bitsight: { role: customer_user, group: Before } }, active: true"),
        });
        write(folder.path(), "users.yaml", &after);
        let sandbox = Sandbox::start(folder.path(), "before.yaml");
        // The sandbox begins with a mess of its own.
        let tidy = [
            "apply",
            "before.yaml",
            "--sandbox",
            "--yes",
            "--journal",
            "tidy.ndjson",
        ];
        let tidied = sandbox.run(folder.path(), &tidy);
        assert_eq!(tidied.code, 0, "{tidied:#?}");
        Self { folder, sandbox }
    }

    /// Takes the limits out of the roster.
    fn hurry(&self) {
        let path = self.path().join("users.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace(SLOW, "{}")).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.sandbox.run(self.path(), args)
    }

    /// An apply that goes on in the background.
    fn start(&self, options: &[&str]) -> Running {
        let args = [&["apply", "users.yaml", "--sandbox", "--yes"], options].concat();
        let mut child = self
            .sandbox
            .command(self.path(), &args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, lines }
    }

    /// A second run does what is left, and a third finds nothing; nobody has two accounts.
    fn converges(&self, journal: &str) -> Output {
        let again = self.run(&[
            "apply",
            "users.yaml",
            "--sandbox",
            "--yes",
            "--journal",
            journal,
        ]);
        assert_eq!(again.code, 0, "{again:#?}");
        let plan = self.run(&["plan", "users.yaml", "--sandbox", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{plan:#?}");
        // Forty people and three of the sandbox's own: no second account.
        assert!(plan.stdout.contains("43 accounts read"), "{}", plan.stdout);
        let verified = self.run(&["journal", "verify", journal]);
        assert_eq!(verified.code, 0, "{verified:#?}");
        again
    }
}

fn roster(limits: &str, entry: impl Fn(u32) -> Option<&'static str>) -> String {
    let mut text = format!(
        "version: 1\nvendors:\n  bitsight:\n    auth: {{ token: {{ env: T }} }}\n    \
         limits: {limits}\n    max: {{ deactivations: 100 }}\npeople:\n"
    );
    for number in 0..40 {
        if let Some(entry) = entry(number) {
            let email = format!("p{number:02}@example.com");
            text.push_str(&format!(
                "  - {{ email: {email}, first_name: P, last_name: N{number}, accounts: {entry} }}\n"
            ));
        }
    }
    text
}

/// An apply under way.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Waits for the n-th outcome.
    fn after(&mut self, outcomes: usize) {
        self.told(&format!("[{outcomes:>2}/40]"));
    }

    /// Waits for a line with this text.
    fn told(&mut self, mark: &str) {
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(mark)), "no line {mark}");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code (-1 after a fatal signal) and what is left of stderr.
    fn end(mut self) -> (i32, String) {
        let rest: Vec<String> = self.lines.map_while(Result::ok).collect();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, rest.join("\n"))
    }
}

/// A slow vendor: the writes take seconds.
const SLOW: &str = "{ per_second: 2, burst: 8, concurrency: 2 }";

#[test]
fn a_killed_run_is_finished_by_the_next_one() {
    for outcomes in [1, 12, 33] {
        let forty = Forty::new("{ per_second: 100, burst: 1 }");
        let mut running = forty.start(&["--journal", "run.ndjson"]);
        running.after(outcomes);
        running.signal("-KILL");
        assert_eq!(running.end().0, -1);
        let again = forty.converges("run.ndjson");
        assert!(again.stderr.contains("was cut off"), "{}", again.stderr);
    }
}

#[test]
fn a_run_that_dies_within_a_line_of_its_journal_is_finished_by_the_next_one() {
    // The system ends a process whose file grows past its limit, in the middle of a line. Blocks
    // have 512 or 1024 bytes; the whole journal has some 48 kB.
    for blocks in [1, 2, 7, 30] {
        let forty = Forty::new("{}");
        let program = env!("CARGO_BIN_EXE_rosterctl");
        let limited = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$@\"");
        let args = [
            "apply",
            "users.yaml",
            "--sandbox",
            "--yes",
            "--journal",
            "run.ndjson",
        ];
        let with_sandbox = forty.sandbox.command(forty.path(), &[]);
        let variables = with_sandbox
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let killed = Command::new("sh")
            .args(["-c", &limited, "sh", program])
            .args(args)
            .current_dir(forty.path())
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(killed.code(), None, "it was to die of a signal");
        let bytes = std::fs::read(forty.path().join("run.ndjson")).unwrap();
        assert_eq!(bytes.len() % 512, 0, "cut at the limit");
        let torn = bytes.last() != Some(&b'\n');
        forty.converges("run.ndjson");
        let text = std::fs::read_to_string(forty.path().join("run.ndjson")).unwrap();
        assert_eq!(text.contains("\"event\":\"torn\""), torn);
    }
}

#[test]
fn a_signal_lets_running_calls_end_and_the_exit_is_3() {
    let forty = Forty::new(SLOW);
    let mut running = forty.start(&["--journal", "run.ndjson"]);
    running.after(3);
    running.signal("-TERM");
    let (code, stderr) = running.end();
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("Stopping: no new actions"), "{stderr}");
    let journal = forty.run(&["journal", "show", "run.ndjson"]);
    assert!(journal.stdout.contains("Ended: "), "{}", journal.stdout);
    forty.hurry();
    let again = forty.converges("run.ndjson");
    assert!(!again.stderr.contains("was cut off"), "{}", again.stderr);
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_knows() {
    let forty = Forty::new(SLOW);
    let mut running = forty.start(&[]);
    running.after(1);
    running.signal("-TERM");
    let told = |line: String| line.contains("Once more to stop at once");
    let mut lines = running.lines.by_ref().map_while(Result::ok);
    assert!(lines.any(told));
    running.signal("-TERM");
    let (code, stderr) = running.end();
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("Stopped at once"), "{stderr}");
    forty.hurry();
    let again = forty.converges("next.ndjson");
    assert!(again.stderr.contains("was cut off"), "{}", again.stderr);
}

#[test]
fn two_applies_at_once_are_refused_and_a_plan_is_not() {
    let forty = Forty::new(SLOW);
    let mut running = forty.start(&[]);
    running.after(1);
    let apply = ["apply", "users.yaml", "--sandbox", "--yes"];
    let refused = forty.run(&apply);
    assert_eq!(refused.code, 1, "{refused:#?}");
    let holder = format!("process {} on ", running.child.id());
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    let plan = forty.run(&["plan", "users.yaml", "--sandbox"]);
    assert_eq!(plan.code, 0, "{plan:#?}");
    // Whoever waits takes over when the lock's process is dead.
    running.signal("-KILL");
    forty.hurry();
    let waited = forty.run(&[&apply[..], &["--lock-timeout", "60s"]].concat());
    assert_eq!(waited.code, 0, "{waited:#?}");
    assert_eq!(running.end().0, -1);
}

#[test]
fn past_the_deadline_nothing_new_is_begun() {
    let forty = Forty::new("{ per_second: 4, burst: 1, concurrency: 1 }");
    let args = [
        "apply",
        "users.yaml",
        "--sandbox",
        "--yes",
        "--deadline",
        "2s",
    ];
    let late = forty.run(&args);
    assert_eq!(late.code, 3, "{late:#?}");
    assert!(
        late.stderr.contains("the deadline leaves"),
        "{}",
        late.stderr
    );
    assert!(
        late.stdout.contains("not tried: the deadline has passed"),
        "{}",
        late.stdout
    );
    assert!(!late.stdout.contains("Applied 40 of 40"), "{}", late.stdout);
}

#[test]
fn what_cannot_be_put_on_record_is_not_done() {
    let forty = Forty::new("{}");
    write(forty.path(), "file", "");
    let apply = |journal: &str| {
        forty.run(&[
            "apply",
            "users.yaml",
            "--sandbox",
            "--yes",
            "--journal",
            journal,
        ])
    };
    let refused = apply("file/run.ndjson");
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused.stderr.contains("cannot be made"),
        "{}",
        refused.stderr
    );
    let full = apply("/dev/full");
    assert_eq!(full.code, 1, "{full:#?}");
    let plan = forty.run(&["plan", "users.yaml", "--sandbox", "--format", "json"]);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["actions"].as_array().unwrap().len(), 40);
}

#[test]
fn a_journal_that_was_touched_is_told_and_not_acted_upon() {
    let forty = Forty::new("{}");
    forty.converges("run.ndjson");
    let path = forty.path().join("run.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replacen("p03@example.com", "p04@example.com", 1),
    )
    .unwrap();
    let verify = forty.run(&["journal", "verify", "run.ndjson", "--format", "json"]);
    assert_eq!(verify.code, 1, "{verify:#?}");
    let document: Value = serde_json::from_str(&verify.stdout).unwrap();
    assert_eq!(document["sound"], false);
    let undo = forty.run(&["undo", "run.ndjson", "users.yaml", "--sandbox", "--yes"]);
    assert_eq!(undo.code, 1, "{undo:#?}");
    assert!(undo.stderr.contains("is not sound"), "{}", undo.stderr);
}

/// What a plan would change, by vendor and e-mail: the kind and the changes.
fn actions(plan: &Output) -> BTreeMap<(String, String), (String, Value)> {
    let document: Value = serde_json::from_str(&plan.stdout).unwrap();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    let list = document["actions"].as_array().unwrap();
    list.iter()
        .map(|item| {
            let key = (text(item, "vendor"), text(item, "email"));
            (key, (text(item, "action"), item["changes"].clone()))
        })
        .collect()
}

#[test]
fn an_undo_brings_every_vendor_back_to_where_the_run_began() {
    let folder = tempfile::tempdir().unwrap();
    let roster = crate::common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let run = |args: &[&str]| sandbox.run(folder.path(), args);
    let plan = || actions(&run(&["plan", &roster, "--sandbox", "--format", "json"]));
    let before = plan();
    let applied = run(&[
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--journal",
        "run.ndjson",
    ]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    assert!(plan().is_empty());
    let undo = [
        "undo",
        "run.ndjson",
        &roster,
        "--sandbox",
        "--yes",
        "--format",
        "json",
    ];
    let undone = run(&undo);
    assert_eq!(undone.code, 0, "{undone:#?}");
    let after = plan();
    assert_eq!(after.len(), before.len());
    for (key, (kind, changes)) in &before {
        let (kind_after, changes_after) = &after[key];
        if kind == "create" {
            // It exists now, switched off.
            assert_eq!(kind_after, "reactivate", "{key:?}");
        } else {
            assert_eq!((kind_after, changes_after), (kind, changes), "{key:?}");
        }
    }
    // Once is enough.
    let again: Value = serde_json::from_str(&run(&undo).stdout).unwrap();
    assert_eq!(
        again["plan"]["actions"],
        Value::Array(Vec::new()),
        "{again:#}"
    );
    let left: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left.len(), 2, "the roster and the journal: {left:?}");
}
