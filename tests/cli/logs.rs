//! Log lines of the real binary: what they tell, and whom they do not name.

use crate::common::{Sandbox, example, rosterctl};
use serde_json::Value;

fn lines(stderr: &str) -> Vec<Value> {
    stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn a_log_line_tells_vendor_person_request_and_time_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "-vv",
        "--no-progress",
    ];
    let done = rosterctl(
        folder.path(),
        &[&args[..], &["--log-format", "json"]].concat(),
    );
    assert_eq!(done.code, 0, "{done:#?}");
    let lines = lines(&done.stderr);
    let calls: Vec<&Value> = lines
        .iter()
        .filter(|it| it["fields"]["message"] == "answered")
        .collect();
    assert!(calls.len() > 50, "{}", calls.len());
    for call in &calls {
        let fields = &call["fields"];
        for number in ["request", "tried", "status", "ms"] {
            assert!(fields[number].is_u64(), "{number}: {call}");
        }
        assert!(fields["vendor"].is_string() && fields["call"].is_string());
    }
    // The calls of one action tell for whom they are.
    let write = calls.iter().find(|it| {
        let call = it["fields"]["call"].as_str().unwrap_or_default();
        call.contains("POST") && it["span"]["kind"] == "create"
    });
    let span = &write.expect("a create was sent")["span"];
    assert!(span["vendor"].is_string(), "{span}");
    let person = span["person"].as_str().unwrap();
    // The same as `--mask` shows.
    let plan = [
        "plan",
        &roster,
        "--sandbox",
        "--format",
        "markdown",
        "--mask",
    ];
    let plan = rosterctl(folder.path(), &plan).stdout.replace("&#45;", "-");
    assert!(plan.contains(person), "{person}\n{plan}");
    let outcomes = lines
        .iter()
        .filter(|it| it["fields"]["outcome"] == "applied");
    let count = outcomes.count();
    let sums = format!("Applied {count} of {count} actions");
    assert!(done.stdout.contains(&sums), "{sums}: {}", done.stdout);
    for line in &lines {
        let text = line.to_string();
        for word in ["@", "%40", "example.com", "sandbox-"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn no_secret_of_the_sandbox_is_in_a_log_line() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let args = ["plan", &roster, "--sandbox", "-vvv", "--log-format", "json"];
    let done = sandbox.run(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(!lines(&done.stderr).is_empty());
    let secrets = sandbox.secrets();
    assert!(secrets.len() > 4, "{secrets:?}");
    for secret in secrets {
        assert!(!done.stderr.contains(&secret), "{secret}");
    }
}

#[test]
fn without_v_nothing_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let args = ["plan", &roster, "--sandbox", "--log-format", "json"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(lines(&done.stderr).len(), 0, "{}", done.stderr);
}

/// What the binary shows on a terminal of its own (`script` of util-linux makes one); `None` where
/// there is no such program.
#[cfg(target_os = "linux")]
fn on_a_terminal(
    folder: &std::path::Path,
    args: &str,
    variables: &[(&str, &str)],
) -> Option<String> {
    let line = format!("{} {args}", env!("CARGO_BIN_EXE_rosterctl"));
    let output = std::process::Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("TERM", "xterm-256color")
        .env("SOURCE_DATE_EPOCH", "1767578400")
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn bar_and_colours_are_for_a_terminal_only() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let piped = rosterctl(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert!(!piped.stderr.contains('\u{1b}') && !piped.stdout.contains('\u{1b}'));
    let args = format!("apply {roster} --sandbox --yes");
    let Some(shown) = on_a_terminal(folder.path(), &args, &[]) else {
        return;
    };
    let (clear, green) = ("\u{1b}[2K", "\u{1b}[32m");
    assert!(shown.contains("Second plan: no changes."), "{shown}");
    assert!(shown.contains(clear) && shown.contains(green), "{shown}");
    let plain = on_a_terminal(folder.path(), &args, &[("NO_COLOR", "1")]).unwrap();
    assert!(plain.contains(clear) && !plain.contains(green), "{plain}");
    let still = format!("{args} --no-progress --color never");
    let still = on_a_terminal(folder.path(), &still, &[]).unwrap();
    assert!(!still.contains('\u{1b}'), "{still}");
}
