//! A named pipe in place of a file, with the real binary: it is named and never waited for.

use std::path::Path;
use std::process::Command;

use crate::common::{Output, example, write};

/// Runs the binary for at most a minute: one that waits for a pipe ends with 124.
fn run(folder: &Path, args: &[&str]) -> Output {
    let done = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_rosterctl")])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TOKEN", "a-token")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    Output {
        stdout: String::from_utf8(done.stdout).unwrap(),
        stderr: String::from_utf8(done.stderr).unwrap(),
        code: done.status.code().unwrap_or(-1),
    }
}

fn pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Two vendors at an address where nobody answers; the first one reads its token.
const ROSTER: &str = "version: 1
vendors:
  bitsight: { base_url: http://127.0.0.1:9, auth: { token: { file: token } } }
  surecloud:
    base_url: http://127.0.0.1:9
    record: records/s.json
    own_account: own@example.com
    auth: { jwt: { env: TOKEN } }
people: []
";

#[test]
fn a_pipe_in_place_of_a_file_is_named_and_never_waited_for() {
    const PLAN: &[&str] = &["plan"];
    const APPLY: &[&str] = &["apply", "--yes"];
    for (name, args, told) in [
        ("token", PLAN, "token cannot be read: it is a named pipe"),
        ("records/s.json", PLAN, "records/s.json"),
        ("records/s.json.log", PLAN, "records/s.json"),
        (
            ".rosterctl/reads.json",
            PLAN,
            ".rosterctl/reads.json: it is a named pipe",
        ),
        (
            ".rosterctl/lease.json",
            APPLY,
            ".rosterctl/lease.json: it is a named pipe",
        ),
        (".rosterctl/lock", APPLY, "lock is no regular file"),
        (
            ".rosterctl/writing.lock",
            APPLY,
            "writing.lock is no regular file",
        ),
        (
            "plan.json",
            &["apply", "--yes", "--plan", "plan.json"],
            "plan.json: it is a named pipe",
        ),
        (
            "journal",
            &["journal", "verify", "journal"],
            "it is a named pipe",
        ),
        (
            "journal",
            &["apply", "--yes", "--journal", "journal"],
            "it is no regular file",
        ),
        (
            "users.yaml",
            PLAN,
            "users.yaml cannot be read: it is a named pipe",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "users.yaml", ROSTER);
        write(folder.path(), "token", "a-token");
        let at = folder.path().join(name);
        let _ = std::fs::remove_file(&at);
        pipe(&at);
        let done = run(folder.path(), args);
        assert!([1, 3].contains(&done.code), "{name} {args:?}: {done:#?}");
        assert!(
            done.stderr.contains(told),
            "{name} {args:?}: {}",
            done.stderr
        );
    }
}

#[test]
fn a_pipe_that_is_handed_over_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let program = env!("CARGO_BIN_EXE_rosterctl");
    let script = format!(
        "'{program}' plan {roster} --sandbox --out plan.json && \
         '{program}' apply {roster} --sandbox --yes --plan <(cat plan.json)"
    );
    let done = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    // The sandbox is another one each time, but its plan is the same.
    assert_eq!(done.status.code(), Some(0), "{stderr}");
}
