//! Signals at any time, and what they leave behind.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{command, example, rosterctl, write};

/// A vendor that takes a call and never answers.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn roster(&self, folder: &Path) {
        let port = self.0.local_addr().unwrap().port();
        let text = format!(
            "version: 1\nvendors:\n  app:\n    kind: scim\n    \
             base_url: http://127.0.0.1:{port}/scim/v2\n    \
             auth: {{ token: {{ env: TOKEN }} }}\n\
             people:\n  - {{ email: ada@example.com, accounts: {{ app: {{}} }} }}\n"
        );
        write(folder, "users.yaml", &text);
    }

    /// Waits until the vendor is being read.
    fn called(&self) -> std::net::TcpStream {
        self.0.accept().unwrap().0
    }
}

fn start(folder: &Path, args: &[&str]) -> Child {
    let mut run = command(folder, args, &[("TOKEN", "a-token")]);
    run.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    run.spawn().unwrap()
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_run_that_is_stopped_while_it_reads_gives_its_lock_back() {
    let folder = tempfile::tempdir().unwrap();
    let vendor = Silent::new();
    vendor.roster(folder.path());
    for (name, args, code) in [
        ("-TERM", &["apply", "users.yaml", "--yes"][..], 3),
        (
            "-INT",
            &["apply", "users.yaml", "--yes", "--metrics", "m.txt"],
            3,
        ),
        (
            "-HUP",
            &["apply", "users.yaml", "--yes", "--format", "json"],
            3,
        ),
        ("-TERM", &["plan", "users.yaml"], 1),
        ("-HUP", &["leavers", "users.yaml"], 1),
        ("-INT", &["doctor", "users.yaml"], 1),
    ] {
        let run = start(folder.path(), args);
        let call = vendor.called();
        signal(name, run.id());
        let done = run.wait_with_output().unwrap();
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(code), "{name} {args:?}: {stderr}");
        assert!(stderr.contains("Stopped"), "{stderr}");
        drop(call);
        let lock = rosterctl(folder.path(), &["lock", "show", "users.yaml"]);
        let is_free = ["free; last held", "never locked"].iter();
        let mut is_free = is_free.map(|words| lock.stdout.contains(words));
        assert!(is_free.any(|it| it), "{args:?}: {lock:#?}");
    }
    let metrics = std::fs::read_to_string(folder.path().join("m.txt")).unwrap();
    assert!(metrics.contains("rosterctl_"), "{metrics}");
}

#[test]
fn a_run_that_is_the_first_process_hears_signals() {
    let shell = Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .output();
    if !shell.is_ok_and(|it| it.status.success()) {
        // It takes rights that not every machine gives; the other tests still run.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let vendor = Silent::new();
    vendor.roster(folder.path());
    let mut run = Command::new("unshare");
    let run = run
        .args(["--pid", "--fork", "--", env!("CARGO_BIN_EXE_rosterctl")])
        .args(["apply", "users.yaml", "--yes"])
        .current_dir(folder.path())
        .env("TOKEN", "a-token")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _call = vendor.called();
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    let first = std::fs::read_to_string(children).unwrap();
    signal("-TERM", first.trim().parse().unwrap());
    let done = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(3), "{stderr}");
}

#[test]
fn a_command_that_is_stuck_in_a_call_of_the_system_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let vendor = Silent::new();
    vendor.roster(folder.path());
    let pipe = folder.path().join("plan.json");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let run = start(folder.path(), &["apply", "--plan", "plan.json", "--yes"]);
    // Opening the other end waits until the run has opened its own.
    let _writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    signal("-TERM", run.id());
    let done = run.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{done:?}");
}

#[test]
fn a_process_leaves_no_file_of_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = |program: &[&str]| {
        let script = "ulimit -c unlimited 2>/dev/null; exec \"$@\"";
        let mut run = Command::new("sh");
        let run = run.args(["-c", script, "sh"]).args(program);
        let run = run.current_dir(folder.path()).stdout(Stdio::piped());
        let mut run = run.stdin(Stdio::piped()).spawn().unwrap();
        let mut byte = [0];
        // It has begun once it prints.
        std::io::Read::read_exact(run.stdout.as_mut().unwrap(), &mut byte).unwrap();
        signal("-ABRT", run.id());
        run.wait().unwrap().core_dumped()
    };
    let roster = example(folder.path());
    let others = dumps(&["sh", "-c", "echo x; cat"]);
    let ours = dumps(&[env!("CARGO_BIN_EXE_rosterctl"), "sandbox", &roster]);
    assert!(!ours, "others dump: {others}");
}
