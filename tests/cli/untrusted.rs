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

/// The example as the base, and as the pull request's with one text put in place of another and a
/// person more.
fn pull_request(folder: &Path, changes: &[(&str, &str)]) -> (Sandbox, String) {
    let roster = common::example(folder);
    let sandbox = Sandbox::start(folder, &roster);
    std::fs::create_dir(folder.join("head")).expect("a test's folder can be written");
    let mut text = std::fs::read_to_string(folder.join(&roster)).expect("it was written");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let person = "\n  - email: new.person@example.com\n    first_name: New\n    last_name: Person\n    \
                  accounts: { bitsight: { role: customer_user, group: Europe } }\n";
    write(
        folder,
        "head/users.yaml",
        &(text.trim_end().to_owned() + person),
    );
    (sandbox, roster)
}

const WEAKER: [(&str, &str); 3] = [
    ("    protect: [\"*@msp.example.net\"]\n", ""),
    ("creates: 300", "creates: 3000"),
    ("unlisted: deactivate", "unlisted: ignore"),
];

#[test]
fn rules_that_a_pull_request_weakens_are_named_on_top_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, roster) = pull_request(folder.path(), &WEAKER);
    for more in [&[][..], &["--untrusted"]] {
        for (format, parts) in [
            (
                "text",
                [
                    "bitsight  protect      removed: *@msp.example.net",
                    "bitsight  max.creates  300 → 3000",
                    "bitsight  unlisted     deactivate → ignore",
                ],
            ),
            (
                "markdown",
                [
                    "- `protect` at <code>bitsight</code>: <code>removed",
                    "- `max.creates` at <code>bitsight</code>: <code>300 → 3000</code>",
                    "- `unlisted` at <code>bitsight</code>: <code>deactivate → ignore</code>",
                ],
            ),
            (
                "html",
                [
                    "protect: removed: *@msp.example.net",
                    "max.creates: 300 → 3000",
                    "unlisted: deactivate → ignore",
                ],
            ),
            (
                "json",
                [
                    "\"rule\": \"protect\"",
                    "\"before\": \"300\"",
                    "\"after\": \"ignore\"",
                ],
            ),
        ] {
            let args = [
                "plan",
                "head",
                "--base",
                &roster,
                "--sandbox",
                "--format",
                format,
            ];
            let told = sandbox.run(folder.path(), &[&args[..], more].concat());
            for part in parts {
                assert!(told.stdout.contains(part), "{part}: {told:#?}");
            }
        }
    }
}

#[test]
fn what_the_rules_of_the_base_hold_a_pull_request_does_not_free() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, roster) = pull_request(folder.path(), &[]);
    let text = std::fs::read_to_string(folder.path().join(roster)).unwrap();
    let strict = text.replacen("creates: 300", "creates: 0", 1);
    write(folder.path(), "strict.yaml", &strict);
    let args = ["plan", "head", "--base", "strict.yaml", "--sandbox"];
    let trusted = sandbox.run(folder.path(), &args);
    assert_eq!(trusted.code, 0, "{trusted:#?}");
    assert!(trusted.stdout.contains("max.creates  0 → 300"));
    let judged = sandbox.run(folder.path(), &[&args[..], &["--untrusted"]].concat());
    assert_eq!(judged.code, 4, "{judged:#?}");
    for part in [
        "max.creates allows (0)",
        "the rules of the base roster decide here",
        "merged by itself",
    ] {
        assert!(judged.stdout.contains(part), "{part}: {judged:#?}");
    }
}

#[test]
fn what_the_base_asserts_holds_for_a_pull_request_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, roster) = pull_request(folder.path(), &[]);
    let base = std::fs::read_to_string(folder.path().join(roster)).unwrap();
    let asserted = "\nassert:\n  - domains: { only: [example.com] }\n";
    write(
        folder.path(),
        "base.yaml",
        &base.replacen("\nassert:\n", asserted, 1),
    );
    let text = std::fs::read_to_string(folder.path().join("head/users.yaml")).unwrap();
    let stranger = text.replace("new.person@example.com", "new.person@evil.example");
    write(folder.path(), "head/users.yaml", &stranger);
    let args = [
        "plan",
        "head",
        "--base",
        "base.yaml",
        "--sandbox",
        "--untrusted",
    ];
    let judged = sandbox.run(folder.path(), &args);
    assert_eq!(judged.code, 4, "{judged:#?}");
    for part in [
        "removed: domains: { only: [example.com] }",
        "is of another domain than example.com",
        "the rules of the base roster decide here",
    ] {
        assert!(judged.stdout.contains(part), "{part}: {judged:#?}");
    }
}

#[test]
fn a_vendor_that_a_pull_request_drops_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let vendor = "vendors:\n  bitsight:\n    base_url: http://127.0.0.1:9\n    \
                  auth: { token: { env: OTHER } }\n";
    write(folder.path(), "base.yaml", &format!("{vendor}people: []\n"));
    write(folder.path(), "head.yaml", "vendors: {}\npeople: []\n");
    let args = ["plan", "head.yaml", "--base", "base.yaml"];
    for more in [&[][..], &["--untrusted"]] {
        for format in ["text", "markdown", "html", "json"] {
            let more = [more, &["--format", format]].concat();
            let told = rosterctl_with(folder.path(), &[&args[..], &more].concat(), &[]);
            assert_eq!(told.code, 0, "{told:#?}");
            assert!(told.stdout.contains("bitsight"), "{told:#?}");
            assert!(!told.stdout.contains("is as the roster says"), "{told:#?}");
        }
    }
}

#[test]
fn links_above_a_proposed_roster_show_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for name in ["outside/roster", "head"] {
        std::fs::create_dir_all(at.join(name)).unwrap();
    }
    write(at, "base.yaml", BASE);
    write(at, "outside/roster/a.yaml", "S3CRET-KEY: 1\n");
    std::os::unix::fs::symlink("../outside", at.join("head/conf")).unwrap();
    std::os::unix::fs::symlink("conf", at.join("head/twice")).unwrap();
    let whole = at.canonicalize().unwrap().join("head/conf/roster");
    for name in [
        "head/conf/roster",
        "head/conf/roster/a.yaml",
        "head/twice/roster/",
        "head/conf/../outside/roster",
        whole.to_str().unwrap(),
    ] {
        for args in [
            ["validate", name, "--untrusted"].as_slice(),
            &["validate", name, "--untrusted", "--format", "json"],
            &["plan", name, "--untrusted", "--base", "base.yaml"],
        ] {
            let refused = rosterctl_with(at, args, &[]);
            assert_eq!(refused.code, 1, "{refused:#?}");
            let said = refused.stdout + &refused.stderr;
            assert!(!said.contains("S3CRET"), "{said}");
            assert!(said.contains(" is a symbolic link"), "{said}");
        }
    }
}

#[test]
fn a_link_that_leads_out_of_a_repository_is_no_place_to_run_in() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    for name in ["outside/roster", "repo/conf", "repo/.git"] {
        std::fs::create_dir_all(at.join(name)).unwrap();
    }
    write(&at, "base.yaml", BASE);
    write(&at, "outside/users.yaml", "S3CRET-KEY: 1\n");
    write(&at, "outside/roster/a.yaml", "S3CRET-KEY: 1\n");
    write(&at, "repo/conf/users.yaml", BASE);
    std::os::unix::fs::symlink("../outside", at.join("repo/out")).unwrap();
    std::os::unix::fs::symlink("repo", at.join("checkout")).unwrap();
    let base = at.join("base.yaml");
    let run = |here: &str, args: &[&str]| {
        let mut run = common::command(&at.join(here), args, &[]);
        let run = run.env("PWD", at.join(here)).output().unwrap();
        let said = [run.stdout, run.stderr].concat();
        (run.status.code(), String::from_utf8(said).unwrap())
    };
    let plan = ["plan", ".", "--untrusted", "--base", base.to_str().unwrap()];
    for args in [
        ["validate", "--untrusted"].as_slice(),
        &["validate", ".", "--untrusted"],
        &["validate", "roster", "--untrusted"],
        &["validate", "./users.yaml", "--untrusted"],
        &plan,
    ] {
        for here in ["repo/out", "checkout/out"] {
            let (code, said) = run(here, args);
            assert_eq!(code, Some(1), "{here} {args:?}: {said}");
            assert!(!said.contains("S3CRET"), "{said}");
            assert!(said.contains("out is a symbolic link"), "{said}");
        }
    }
    // A checkout that somebody reaches through a link is no proposal.
    for here in ["repo/conf", "checkout/conf"] {
        let (code, said) = run(here, &["validate", ".", "--untrusted"]);
        assert_eq!(code, Some(0), "{here}: {said}");
    }
}

/// Runs git in that folder.
fn git(folder: &Path, args: &[&str]) {
    let done = std::process::Command::new("git")
        .args(["-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(folder)
        .output()
        .expect("git is installed");
    assert!(done.status.success(), "{done:#?}");
}

#[test]
fn state_that_git_tracks_is_refused_or_warned_of() {
    for (name, more) in [
        ("head/.rosterctl/off.json", ""),
        ("base/.rosterctl/reads.json", ""),
        ("head/records/b.json", "record: records/b.json"),
        ("base/records/b.json.log", "record: records/b.json"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let text = BASE.replace("bitsight:\n", &format!("bitsight:\n    {more}\n"));
        for side in ["base", "head"] {
            std::fs::create_dir(at.join(side)).unwrap();
            write(at, &format!("{side}/users.yaml"), &text);
        }
        git(at, &["init", "-q"]);
        let path = at.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(at, name, "{}");
        let (side, _) = name.split_once('/').unwrap();
        let run = |args: &[&str]| rosterctl_with(at, args, &[]);
        let plan = ["plan", "head", "--base", "base", "--untrusted"];
        let fine = run(&plan);
        assert!(!fine.stderr.contains("tracked-state"), "{fine:#?}");
        assert!(!run(&["validate", side]).stderr.contains("tracked-state"));
        // Of a state that makes no sense, no secret may have been read at all.
        let _ = std::fs::remove_file(at.join("base-asked"));
        git(at, &["add", "-f", name]);
        let refused = run(&plan);
        assert_eq!(refused.code, 1, "{refused:#?}");
        let wanted = format!("error[tracked-state]: Git tracks {name}");
        assert!(refused.stderr.contains(&wanted), "{}", refused.stderr);
        assert!(refused.stdout.is_empty(), "{refused:#?}");
        assert!(!at.join("base-asked").exists(), "a secret was read");
        let warned = run(&["validate", side]);
        assert_eq!(warned.code, 0, "{warned:#?}");
        assert!(
            warned.stderr.contains("warning[tracked-state]"),
            "{warned:#?}"
        );
        let warned = run(&["plan", side]);
        assert!(
            warned.stderr.contains("warning[tracked-state]"),
            "{warned:#?}"
        );
        assert_eq!(run(&["validate", side, "--untrusted"]).code, 1);
    }
}

#[test]
fn a_linked_state_of_a_pull_request_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("head")).unwrap();
    std::os::unix::fs::symlink("/", folder.path().join("head/.rosterctl")).unwrap();
    let refused = plan(folder.path(), BASE, &["--untrusted"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused
            .stderr
            .contains("head/.rosterctl, on the way to the state, is a symbolic link"),
        "{refused:#?}"
    );
}
