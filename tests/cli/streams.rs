//! Where output goes and what becomes of it: commands to the CI system, full disks, pipes, devices.

use std::io::Read as _;
use std::process::Stdio;

use crate::common::{Output, Sandbox, command, example, rosterctl, write};

/// A person whose name is a command to a CI system in both of its forms.
const HOSTILE: &str = "version: 1
vendors:
  snaplogic:
    base_url: https://elastic.snaplogic.com
    auth: { email: { env: E }, password: { env: P } }
    organization: Org
people:
  - email: ada@example.com
    first_name: '##[add-mask]7'
    last_name: '::add-mask::5'
    accounts: { snaplogic: { groups: ['::error::x', '##[group]y'] } }
";

/// As GitHub's runner reads its log (`ActionCommand.cs`), for every name of a command.
fn is_command(line: &str) -> bool {
    let line = line.trim_start();
    let first = line.strip_prefix("::").is_some_and(|rest| {
        let name = rest.split("::").next().unwrap_or_default();
        rest.contains("::") && name.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    first || line.contains("##[")
}

fn no_command(done: &Output) {
    for line in done.stdout.lines().chain(done.stderr.lines()) {
        assert!(!is_command(line), "{line}");
    }
}

#[test]
fn nothing_that_is_printed_is_a_command_to_the_ci_system() {
    let folder = tempfile::tempdir().unwrap();
    let roster = write(folder.path(), "users.yaml", HOSTILE);
    let sandbox = Sandbox::start(folder.path(), &roster);
    let run = |args: &[&str]| {
        let done = sandbox.run(folder.path(), args);
        no_command(&done);
        done
    };
    for format in ["text", "json", "markdown", "html"] {
        let plan = ["plan", &roster, "--sandbox", "--format", format, "-vvv"];
        let shown = run(&plan).stdout;
        // A comment leaves names of new people out.
        let named = shown.contains("add-mask") || format == "markdown";
        assert!(named, "{format}: {shown}");
        run(&[&plan[..], &["--out", "/dev/stdout"]].concat());
        let leavers = ["leavers", &roster, "--sandbox", "--format", format];
        run(&leavers);
    }
    for format in ["text", "json"] {
        let explain = ["explain", "ada@example.com", &roster, "--sandbox"];
        run(&[&explain[..], &["--format", format]].concat());
    }
    let journal = ["--journal", "run.ndjson", "--log-format", "json", "-vvv"];
    run(&[&["apply", &roster, "--sandbox", "--yes"], &journal[..]].concat());
    for format in ["text", "json"] {
        run(&["journal", "show", "run.ndjson", "--format", format]);
    }
    // A problem with the excerpt, a name that is not there, a word that is no option.
    let bad = HOSTILE.replace("snaplogic: {", "'##[group]z': {");
    write(folder.path(), "bad.yaml", &bad);
    assert_eq!(run(&["validate", "bad.yaml"]).code, 1);
    assert_eq!(run(&["validate", "bad.yaml", "--format", "json"]).code, 1);
    assert_eq!(run(&["plan", "a\n::error::x"]).code, 1);
    assert_eq!(run(&["plan", "--on", "a\n::error::x"]).code, 1);
}

#[test]
fn what_is_imported_stays_what_it_is_without_being_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let roster = write(folder.path(), "users.yaml", HOSTILE);
    let sandbox = Sandbox::start(folder.path(), &roster);
    let applied = sandbox.run(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let vendors = HOSTILE.split("people:").next().unwrap();
    let vendors = write(folder.path(), "vendors.yaml", vendors);
    let args = ["import", &vendors, "--sandbox", "--out", "people.yaml"];
    assert_eq!(sandbox.run(folder.path(), &args).code, 0);
    let people = std::fs::read_to_string(folder.path().join("people.yaml")).unwrap();
    assert!(people.contains("add-mask"), "{people}");
    assert!(!people.lines().any(is_command), "{people}");
    let args = [
        "plan",
        &vendors,
        "people.yaml",
        "--sandbox",
        "--format",
        "json",
    ];
    let plan = sandbox.run(folder.path(), &args);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let actions = plan["actions"].as_array().unwrap();
    assert!(actions.is_empty(), "{actions:#?}");
}

/// What a run may print to.
#[cfg(unix)]
fn full() -> Stdio {
    let full = std::fs::File::options().write(true).open("/dev/full");
    full.expect("the system has a full device").into()
}

#[cfg(unix)]
fn broken_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[cfg(unix)]
#[test]
fn output_that_is_lost_after_a_write_leaves_an_exit_of_three() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    // The plan comes first where it is text: nothing is written that nobody could see, unless
    // somebody looked away.
    for (stdout, of_text) in [(full as fn() -> Stdio, 1), (broken_pipe, 3)] {
        for format in ["text", "json", "markdown", "html"] {
            let sandbox = Sandbox::start(folder.path(), &roster);
            let args = [
                "apply",
                &roster,
                "--sandbox",
                "--yes",
                "--format",
                format,
                "--no-progress",
                "--summary",
                "summary.md",
            ];
            let done = sandbox.command(folder.path(), &args);
            let done = { done }.stdout(stdout()).output().unwrap();
            let stderr = String::from_utf8(done.stderr).unwrap();
            assert!(stderr.contains("cannot write the result"), "{stderr}");
            if format == "text" {
                assert_eq!(done.status.code(), Some(of_text), "{stderr}");
                continue;
            }
            assert_eq!(done.status.code(), Some(3), "{format}: {stderr}");
            let summary = std::fs::read_to_string(folder.path().join("summary.md")).unwrap();
            assert!(summary.contains("### Applied"), "{summary}");
            std::fs::remove_file(folder.path().join("summary.md")).unwrap();
            assert!(stderr.contains("Second plan: no changes"), "{stderr}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_summary_that_is_lost_after_a_write_leaves_an_exit_of_three() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    for (target, code) in [("/dev/full", 3), ("none/summary.md", 3), ("/dev/null", 0)] {
        let args = ["apply", &roster, "--sandbox", "--yes", "--summary", target];
        let done = rosterctl(folder.path(), &args);
        assert_eq!(done.code, code, "{target}: {done:#?}");
        assert!(done.stdout.contains("Second plan: no changes"), "{done:#?}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_stderr_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    for more in [&[][..], &["-vvv"], &["-vvv", "--log-format", "json"]] {
        let args = [&["apply", &roster, "--sandbox", "--yes"], more].concat();
        let mut apply = command(folder.path(), &args, &[]);
        let done = apply.stdin(Stdio::null()).stderr(full()).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{more:?}");
        let stdout = String::from_utf8(done.stdout).unwrap();
        assert!(stdout.contains("Second plan: no changes"), "{stdout}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_written_into() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let run = |args: &[&str]| {
        rosterctl(
            folder.path(),
            &[&["plan", &roster, "--sandbox"], args].concat(),
        )
    };
    for option in ["--out", "--metrics", "--summary"] {
        assert_eq!(run(&[option, "/dev/null"]).code, 0, "{option}");
        let metadata = std::fs::metadata("/dev/null").unwrap();
        assert!(!metadata.is_file(), "{option} replaced /dev/null");
    }
    let both = run(&[
        "--format",
        "markdown",
        "--out",
        "/dev/stdout",
        "--metrics",
        "/dev/stderr",
    ]);
    assert_eq!(both.code, 0, "{both:#?}");
    assert!(both.stdout.contains("\"actions\": ["), "{}", both.stdout);
    assert!(both.stderr.contains("rosterctl_"), "{}", both.stderr);
    // A file that stdout is redirected to keeps what was printed before.
    let shell = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        let program = env!("CARGO_BIN_EXE_rosterctl");
        let shell = shell.args(["-c", script, "sh", program, &roster]);
        let done = shell.current_dir(folder.path()).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    shell("\"$1\" plan \"$2\" --sandbox --out /dev/stdout > both.txt");
    let both = std::fs::read_to_string(folder.path().join("both.txt")).unwrap();
    assert!(both.contains("Digest") || both.contains("digest"), "{both}");
    assert!(both.contains("\"actions\": ["), "{both}");
    assert!(!both.contains('\0'), "{both}");
    shell(
        "mkfifo pipe && (\"$1\" plan \"$2\" --sandbox --out pipe > plan.txt & cat pipe > plan.json; wait)",
    );
    let plan = std::fs::read(folder.path().join("plan.json")).unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan).unwrap();
    assert!(plan["actions"].is_array());
}

#[cfg(unix)]
#[test]
fn a_link_to_a_plan_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    std::os::unix::fs::symlink("real.json", folder.path().join("plan.json")).unwrap();
    for _ in 0..2 {
        let args = ["plan", &roster, "--sandbox", "--out", "plan.json"];
        assert_eq!(rosterctl(folder.path(), &args).code, 0);
    }
    let mut plan = String::new();
    let file = std::fs::File::open(folder.path().join("plan.json"));
    file.unwrap().read_to_string(&mut plan).unwrap();
    assert!(plan.contains("\"actions\""), "{plan}");
}

#[test]
fn what_makes_the_exit_is_on_stderr_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    for format in ["text", "json", "markdown", "html"] {
        let plan = rosterctl(folder.path(), &["plan", &roster, "--format", format]);
        assert_eq!(plan.code, 1, "{format}");
        let reason = "LOGICGATE_CLIENT_ID is not set";
        assert!(plan.stderr.contains(reason), "{format}: {}", plan.stderr);
    }
    write(folder.path(), "wrong.yaml", "people: [{ email: nobody }]\n");
    let args = ["validate", "wrong.yaml", "--format", "json"];
    let wrong = rosterctl(folder.path(), &args);
    assert_eq!(wrong.code, 1, "{wrong:#?}");
    assert!(wrong.stderr.contains("not-an-email"), "{}", wrong.stderr);
    for command in ["leavers", "doctor"] {
        let done = rosterctl(folder.path(), &[command, &roster, "--format", "json"]);
        assert_eq!(done.code, 1, "{command}");
        assert!(
            done.stderr.contains("is not set"),
            "{command}: {}",
            done.stderr
        );
    }
}

#[test]
fn a_roster_has_one_digest_in_every_sandbox_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let digest = |more: &[&str]| {
        let args = [&["plan", &roster, "--format", "json"], more].concat();
        let plan = rosterctl(folder.path(), &args);
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        plan["roster"]["digest"].as_str().unwrap().to_owned()
    };
    let without = digest(&[]);
    for _ in 0..2 {
        assert_eq!(digest(&["--sandbox"]), without);
    }
}

#[test]
fn a_report_tells_the_hash_that_its_journal_is_held_against() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = ["apply", &roster, "--sandbox", "--yes", "--format", "json"];
    let args = [&args[..], &["--journal", "run.ndjson"]].concat();
    let done = rosterctl(folder.path(), &args);
    let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let head = report["journal"]["head"].as_str().unwrap();
    let verify = |head: &str| {
        let args = ["journal", "verify", "run.ndjson", "--head", head];
        rosterctl(folder.path(), &args)
    };
    let sound = verify(head);
    assert_eq!(sound.code, 0, "{sound:#?}");
    assert!(sound.stdout.contains("the report tells"), "{sound:#?}");
    let without = rosterctl(folder.path(), &["journal", "verify", "run.ndjson"]);
    assert_eq!(without.code, 0, "{without:#?}");
    assert!(without.stdout.contains("--head"), "{without:#?}");
    // A journal that lost its end is sound by itself.
    let path = folder.path().join("run.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines[..lines.len() - 3].join("\n") + "\n";
    std::fs::write(&path, cut).unwrap();
    let cut = rosterctl(folder.path(), &["journal", "verify", "run.ndjson"]);
    assert_eq!(cut.code, 0, "{cut:#?}");
    let missed = verify(head);
    assert_eq!(missed.code, 1, "{missed:#?}");
    assert!(missed.stderr.contains(head), "{missed:#?}");
}
