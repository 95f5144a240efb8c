//! A pull request of somebody who is not trusted with secrets, with the real binary: what it may
//! propose, and what it is refused before a program runs or a byte leaves.

use std::net::TcpListener;
use std::path::Path;

use crate::common::{self, Output, Sandbox, rosterctl_with, write};

const BASE: &str = "vendors:
  bitsight:
    base_url: http://127.0.0.1:9/base
    auth: { token: { command: [touch, base-asked] } }
people: []
";

/// Plans the text as the pull request's roster against [`BASE`].
fn plan(folder: &Path, head: &str, more: &[&str]) -> Output {
    std::fs::create_dir_all(folder.join("head")).expect("a test's folder can be written");
    write(folder, "base.yaml", BASE);
    write(folder, "head/users.yaml", head);
    let args = ["plan", "head", "--base", "base.yaml"];
    rosterctl_with(folder, &[&args, more].concat(), &[("OTHER", "S3CRET")])
}

#[test]
fn a_program_of_a_pull_request_runs_only_for_those_who_trust_it() {
    let folder = tempfile::tempdir().unwrap();
    let evil = BASE.replace("base-asked", "evil-asked");
    let asked = folder.path().join("evil-asked");
    let refused = plan(folder.path(), &evil, &["--untrusted"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(!asked.exists(), "a program of the pull request ran");
    assert!(refused.stdout.is_empty(), "{refused:#?}");
    for part in [
        "error[untrusted]: `auth` of `bitsight` must be as in the base roster",
        "head/users.yaml:2:3",
        "no secret was read and no vendor called",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    let trusted = plan(folder.path(), &evil, &[]);
    assert_eq!(trusted.code, 1, "the vendor is not there: {trusted:#?}");
    assert!(asked.exists(), "this test would see a program that runs");
}

#[test]
fn no_token_goes_to_an_address_of_a_pull_request() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let there = format!("http://{}", listener.local_addr().unwrap());
    let evil = BASE.replace("http://127.0.0.1:9/base", &there);
    let refused = plan(folder.path(), &evil, &["--untrusted"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("`base_url` of `bitsight`"));
    assert!(listener.accept().is_err(), "somebody called");
    let own = evil.replace("{ command: [touch, base-asked] }", "{ env: OTHER }");
    let refused = plan(folder.path(), &own, &["--untrusted"]);
    assert!(refused.stderr.contains("`base_url`, `auth` of `bitsight`"));
    let vendor = format!(
        "  more: {{ kind: bitsight, base_url: '{there}', auth: {{ token: {{ env: OTHER }} }} }}\n"
    );
    let more = BASE.replace("people:", &(vendor + "people:"));
    let refused = plan(folder.path(), &more, &["--untrusted"]);
    assert!(
        refused
            .stderr
            .contains("the base roster has no vendor `more`"),
        "{refused:#?}"
    );
    assert!(listener.accept().is_err(), "somebody called");
    assert!(!folder.path().join("base-asked").exists());
}

#[test]
fn a_link_of_a_pull_request_shows_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "secret", "S3CRET: x\n");
    std::fs::create_dir(folder.path().join("head")).unwrap();
    std::os::unix::fs::symlink("../secret", folder.path().join("head/a.yaml")).unwrap();
    let trusted = plan(folder.path(), BASE, &[]);
    assert!(trusted.stderr.contains("S3CRET"), "it would be shown");
    let refused = plan(folder.path(), BASE, &["--untrusted"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(!refused.stderr.contains("S3CRET"), "{}", refused.stderr);
    assert!(refused.stderr.contains("head/a.yaml is a symbolic link"));
}

#[test]
fn people_of_a_pull_request_are_planned_with_what_the_base_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    std::fs::create_dir(folder.path().join("head")).unwrap();
    let text = std::fs::read_to_string(folder.path().join(&roster)).unwrap();
    let person = "\n  - email: new.person@example.com\n    first_name: New\n    last_name: Person\n    \
                  accounts: { bitsight: { role: customer_user, group: Europe } }\n";
    let changed = text.trim_end().to_owned() + person;
    write(folder.path(), "head/users.yaml", &changed);
    let args = ["plan", "head", "--base", &roster, "--sandbox"];
    let done = sandbox.run(folder.path(), &[&args[..], &["--untrusted"]].concat());
    assert_eq!(done.code, 0, "{done:#?}");
    let told = sandbox.run(folder.path(), &args);
    assert_eq!(
        done.stdout, told.stdout,
        "the same plan as for a trusted one"
    );
    assert!(done.stdout.contains("new.person@example.com"));
}

#[test]
fn untrusted_needs_a_base() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "users.yaml", BASE);
    let args = ["plan", "users.yaml", "--untrusted"];
    let refused = rosterctl_with(folder.path(), &args, &[]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("--base"), "{}", refused.stderr);
}
