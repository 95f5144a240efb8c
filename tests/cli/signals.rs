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

/// Signals that a program started from here does not hear, as under `nohup` or in the background of a
/// shell: a bit for each, the first for signal 1.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
    mask.map_or(0, |it| u64::from_str_radix(it.trim(), 16).unwrap())
}

#[test]
fn a_run_that_is_stopped_while_it_reads_gives_its_lock_back() {
    // What is ignored from the start stays so, and the run would go on for ever.
    assert_eq!(
        ignored() & 0b11,
        0,
        "SIGHUP or SIGINT is ignored here: run the tests in the foreground and without nohup"
    );
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
    let mut run = command(
        folder.path(),
        &["apply", "--plan", "/dev/stdin", "--yes"],
        &[],
    );
    run.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut plan = run.stdin.take().unwrap();
    // More than a pipe holds: written once the run reads, which then waits for the rest.
    std::io::Write::write_all(&mut plan, &[b' '; 200_000]).unwrap();
    signal("-TERM", run.id());
    let done = run.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(3), "{done:?}");
}

/// Whatever this machine does with dumps: the process may write none, and nobody of the same user
/// may look into its memory.
#[cfg(target_os = "linux")]
#[test]
fn a_process_may_write_no_file_of_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let script = "ulimit -c unlimited 2>/dev/null; exec \"$@\"";
    let program = [
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_rosterctl"),
        "sandbox",
    ];
    let mut run = Command::new("sh");
    let run = run.args(program).arg(&roster).current_dir(folder.path());
    let mut run = run.stdout(Stdio::piped()).spawn().unwrap();
    let mut byte = [0];
    // It has begun once it prints.
    std::io::Read::read_exact(run.stdout.as_mut().unwrap(), &mut byte).unwrap();
    let of = |id: &str| {
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
        let limit = limits
            .lines()
            .find(|it| it.starts_with("Max core file size"));
        let limit = limit.unwrap().split_whitespace().skip(4).take(2);
        limit.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let id = run.id().to_string();
    let limit = of(&id);
    // What belongs to a process that may be dumped belongs to its user, else to root alone.
    let owner = std::fs::metadata(format!("/proc/{id}/environ"));
    let _ = run.kill();
    let _ = run.wait();
    assert_eq!(limit, ["0", "0"], "soft and hard");
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(owner.unwrap().uid(), 0, "it is not dumpable");
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
