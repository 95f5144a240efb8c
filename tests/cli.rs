//! The real binary, end to end, against the sandbox on loopback.

#[cfg(test)]
#[path = "cli/certify.rs"]
mod certify;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/certify/killed.rs"]
mod certify_killed;
mod common;
#[cfg(test)]
#[path = "cli/crowd.rs"]
mod crowd;
#[cfg(test)]
#[path = "cli/described.rs"]
mod described;
#[cfg(test)]
#[path = "cli/described/auth.rs"]
mod described_auth;
#[cfg(test)]
#[path = "cli/described/ledger.rs"]
mod described_ledger;
#[cfg(test)]
#[path = "cli/described/lists.rs"]
mod described_lists;
#[cfg(test)]
#[path = "cli/described/logins.rs"]
mod described_logins;
#[cfg(test)]
#[path = "cli/described/oracle.rs"]
mod described_oracle;
#[cfg(test)]
#[path = "cli/described/recorded.rs"]
mod described_recorded;
#[cfg(test)]
#[path = "cli/described/sandbox.rs"]
mod described_sandbox;
#[cfg(test)]
#[path = "cli/described/traps.rs"]
mod described_traps;
#[cfg(test)]
#[path = "cli/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "cli/drift.rs"]
mod drift;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/evidence/mod.rs"]
mod evidence;
#[cfg(test)]
#[path = "cli/explain.rs"]
mod explain;
#[cfg(test)]
#[path = "cli/files.rs"]
mod files;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/fleet.rs"]
mod fleet;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/gone.rs"]
mod gone;
#[cfg(test)]
#[path = "cli/html.rs"]
mod html;
#[cfg(test)]
#[path = "cli/https.rs"]
mod https;
#[cfg(test)]
#[path = "cli/import.rs"]
mod import;
#[cfg(test)]
#[cfg(unix)]
mod journal;
#[cfg(test)]
#[path = "cli/logs.rs"]
mod logs;
#[cfg(test)]
#[path = "cli/looked_up.rs"]
mod looked_up;
#[cfg(test)]
#[path = "cli/messages.rs"]
mod messages;
#[cfg(test)]
#[path = "cli/metrics.rs"]
mod metrics;
#[cfg(test)]
#[path = "cli/pages.rs"]
mod pages;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/pipes.rs"]
mod pipes;
#[cfg(test)]
#[path = "cli/presets.rs"]
mod presets;
#[cfg(test)]
#[path = "cli/review.rs"]
mod review;
#[cfg(test)]
#[path = "cli/search.rs"]
mod search;
#[cfg(test)]
#[path = "cli/shapes.rs"]
mod shapes;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/signals.rs"]
mod signals;
#[cfg(test)]
#[path = "cli/sources.rs"]
mod sources;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/staged.rs"]
mod staged;
#[cfg(test)]
#[path = "cli/state.rs"]
mod state;
#[cfg(test)]
#[path = "cli/streams.rs"]
mod streams;
#[cfg(test)]
#[path = "cli/teams.rs"]
mod teams;
#[cfg(test)]
#[path = "cli/told.rs"]
mod told;
#[cfg(test)]
#[path = "cli/transcript.rs"]
mod transcript;
#[cfg(test)]
#[cfg(unix)]
#[path = "cli/untrusted.rs"]
mod untrusted;
#[cfg(test)]
#[path = "cli/validate.rs"]
mod validate;
#[cfg(test)]
#[path = "cli/wire.rs"]
mod wire;

use common::{Output, Sandbox, rosterctl, write};

#[test]
fn the_first_readme_command_ends_in_sync() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let done = rosterctl(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    for vendor in ["bitsight", "logicgate", "snaplogic", "surecloud"] {
        let block = done.block(vendor);
        for sign in ["+ create", "~ update", "- deactivate"] {
            assert!(
                block.contains(sign),
                "no {sign} at {vendor}:\n{}",
                done.stdout
            );
        }
    }
    assert!(
        done.stdout.contains("Second plan: no changes."),
        "{}",
        done.stdout
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(
        left.len(),
        1,
        "nothing but the roster is there afterwards: {left:?}"
    );
}

#[test]
fn a_plan_after_an_apply_against_a_running_sandbox_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let args = ["plan", &roster, "--sandbox", "--detailed-exitcode"];
    let before = sandbox.run(folder.path(), &args);
    assert_eq!(before.code, 2, "{before:#?}");
    let applied = sandbox.run(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let after = sandbox.run(folder.path(), &args);
    assert_eq!(after.code, 0, "{after:#?}");
    assert!(after.stdout.contains("No changes."), "{}", after.stdout);
}

#[test]
fn a_plan_is_the_same_to_the_byte_twice() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let args = ["plan", &roster, "--sandbox", "--format", "json"];
    let one = sandbox.run(folder.path(), &args);
    let two = sandbox.run(folder.path(), &args);
    assert_eq!(one.code, 0, "{one:#?}");
    assert_eq!(one.stdout, two.stdout);
    let document: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!(document["format"], 1);
    assert!(document["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(document["summary"]["create"].as_u64().unwrap() >= 4);
}

#[test]
fn a_saved_plan_is_what_was_printed_and_its_owners_only() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = [
        "plan",
        &roster,
        "--sandbox",
        "--format",
        "json",
        "--out",
        "plan.json",
    ];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    let saved = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    assert_eq!(saved, done.stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("plan.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_apply_reports_as_one_json_document() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = ["apply", &roster, "--sandbox", "--yes", "--format", "json"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 0, "{done:#?}");
    let document: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let outcomes = document["outcomes"].as_array().unwrap();
    let actions = document["plan"]["actions"].as_array().unwrap();
    assert_eq!(outcomes.len(), actions.len());
    assert!(outcomes.iter().all(|it| it["outcome"] == "applied"));
}

#[test]
fn twelve_mistakes_are_twelve_diagnostics_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let roster = write(folder.path(), "users.yaml", MISTAKES);
    let done = rosterctl(folder.path(), &["validate", &roster]);
    assert_eq!(done.code, 1);
    assert_eq!(
        done.stderr.matches("\nerror[").count() + 1,
        12,
        "{}",
        done.stderr
    );
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    // A plan refuses the same roster before it touches anything.
    let plan = rosterctl(folder.path(), &["plan", &roster]);
    assert_eq!(plan.code, 1);
    assert!(plan.stdout.is_empty());
}

const MISTAKES: &str = r#"version: 1
vendors:
  bitsight:
    auth: { token: hunter2 }
    unlisted: remove
  logicgate:
    base_url: http://example.logicgate.com
    auth: { token: { env: LOGICGATE_TOKEN } }
    defaults: { tier: SECONDERY }
profiles:
  analyst:
    bitsight: { role: customer_user }
people:
  - email: ada@example.com
    frist_name: Ada
    profiles: [analist]
  - email: not an address
  - email: bob@example.com
    starts: 2026-02-30
    accounts: { bitsite: { role: customer_user } }
  - email: cyd@example.com
    active: yes
    starts: 2026-05-01
    ends: 2026-04-01
  - email: ADA@example.com
    accounts: { bitsight: {} }
"#;

#[test]
fn a_vendor_that_is_down_leaves_the_others_planned() {
    let folder = tempfile::tempdir().unwrap();
    // The port was free a moment ago and nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let roster = write(
        folder.path(),
        "users.yaml",
        &format!(
            r#"version: 1
vendors:
  bitsight:
    base_url: http://127.0.0.1:{port}
    auth: {{ token: {{ env: DOWN_TOKEN }} }}
    limits: {{ per_second: 1000, burst: 100 }}
  surecloud:
    base_url: http://127.0.0.1:{port}
    auth: {{ jwt: {{ env: DOWN_TOKEN }} }}
people:
  - email: ada@example.com
    first_name: Ada
    last_name: Lovelace
    accounts:
      bitsight: {{ role: customer_user }}
      surecloud: {{ role: CONTRIBUTOR }}
"#
        ),
    );
    let run = |args: &[&str]| {
        common::rosterctl_with(folder.path(), args, &[("DOWN_TOKEN", "secret-of-the-test")])
    };
    let plan = run(&["plan", &roster, "-vv"]);
    assert_eq!(plan.code, 1, "{plan:#?}");
    let all = format!("{}{}", plan.stdout, plan.stderr);
    for part in ["bitsight", "no connection to 127.0.0.1", "check base_url"] {
        assert!(all.contains(part), "no {part:?} in {all}");
    }
    assert!(
        plan.block("surecloud").contains("+ create"),
        "{}",
        plan.stdout
    );
    assert!(!all.contains("secret-of-the-test"), "{all}");
    // A certificate with a vendor missing is none.
    let leavers = run(&["leavers", &roster]);
    assert_eq!(leavers.code, 1, "{leavers:#?}");
    assert!(leavers.stdout.contains("could not be read"), "{leavers:#?}");
    // `apply` does the other vendor and says that one is missing.
    let none = run(&["apply", &roster, "--vendor", "bitsight", "--yes"]);
    assert_eq!(none.code, 1, "{none:#?}");
}

#[test]
fn no_secret_is_in_any_output() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    for format in ["text", "json"] {
        let args = [
            "apply",
            &roster,
            "--sandbox",
            "--yes",
            "-vv",
            "--format",
            format,
        ];
        let done = rosterctl(folder.path(), &args);
        assert_eq!(done.code, 0, "{done:#?}");
        let all = format!("{}{}", done.stdout, done.stderr);
        for vendor in ["bitsight", "logicgate", "snaplogic", "surecloud"] {
            let secret = format!("sandbox-{vendor}-");
            assert!(!all.contains(&secret), "{secret} in {all}");
        }
        assert!(!all.contains("Basic "), "{all}");
        assert!(!all.contains("Bearer "), "{all}");
    }
}

#[test]
fn a_leaver_who_is_still_active_at_one_vendor_only_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let leavers = ["leavers", &roster, "--sandbox", "--format", "json"];
    let others = [
        "apply",
        &roster,
        "--sandbox",
        "--yes",
        "--vendor",
        "bitsight",
        "--vendor",
        "snaplogic",
        "--vendor",
        "surecloud",
        "--vendor",
        "wiki",
    ];
    assert_eq!(sandbox.run(folder.path(), &others).code, 0);
    let done = sandbox.run(folder.path(), &leavers);
    assert_eq!(done.code, 2, "{done:#?}");
    let document: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let all = document["leavers"].as_array().unwrap();
    let active: Vec<_> = all
        .iter()
        .filter(|it| it["state"] == "still_active")
        .collect();
    assert!(
        active.iter().all(|it| it["vendor"] == "logicgate"),
        "{active:#?}"
    );
    let mary = "mary.jackson@example.com";
    assert!(active.iter().any(|it| it["email"] == mary), "{active:#?}");
    let text = sandbox.run(
        folder.path(),
        &["leavers", &roster, "--sandbox", "--person", mary],
    );
    assert_eq!(text.code, 2, "{text:#?}");
    for part in [
        "Still active (1)",
        "logicgate",
        mary,
        "an apply will deactivate it",
    ] {
        assert!(text.stdout.contains(part), "no {part:?} in {}", text.stdout);
    }
    // Looking changed nothing, and after the last vendor nobody is left.
    let all = ["apply", &roster, "--sandbox", "--yes"];
    assert_eq!(sandbox.run(folder.path(), &all).code, 0);
    let done = sandbox.run(folder.path(), &leavers);
    assert_eq!(done.code, 0, "{done:#?}");
}

/// Thirty people at one vendor where strangers are switched off.
fn company(people: std::ops::Range<u32>, domain: &str) -> String {
    let mut text = String::from(
        "version: 1\nvendors:\n  bitsight: { auth: { token: { env: T } }, unlisted: deactivate }\npeople:",
    );
    for number in people.clone() {
        text.push_str(&format!(
            "\n  - {{ email: p{number}@{domain}, first_name: P, last_name: Q, accounts: {{ bitsight: {{ role: customer_user }} }} }}"
        ));
    }
    if people.is_empty() {
        text.push_str(" []");
    }
    text.push('\n');
    text
}

#[test]
fn a_roster_that_lost_its_people_or_its_tenant_removes_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let whole = write(folder.path(), "whole.yaml", &company(0..30, "example.com"));
    let sandbox = Sandbox::start(folder.path(), &whole);
    let apply = |roster: &str| sandbox.run(folder.path(), &["apply", roster, "--sandbox", "--yes"]);
    assert_eq!(apply(&whole).code, 0);
    let cases = [
        ("empty.yaml", company(0..0, "example.com")),
        ("half.yaml", company(0..15, "example.com")),
        ("other.yaml", company(0..30, "other.example")),
    ];
    for (name, text) in cases {
        let roster = write(folder.path(), name, &text);
        let args = ["plan", &roster, "--sandbox", "--format", "json"];
        let done = sandbox.run(folder.path(), &args);
        assert_eq!(done.code, 4, "{name}: {done:#?}");
        let document: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(document["summary"]["deactivate"], 0, "{name}");
        assert_eq!(document["summary"]["delete"], 0, "{name}");
        let held = document["held"].as_array().unwrap();
        assert!(held.len() >= 15, "{name}: {held:#?}");
        for kept in held {
            let why = kept["why"].as_str().unwrap();
            assert!(
                why.contains("--allow-deactivations bitsight="),
                "{name}: {why}"
            );
        }
    }
    // Against the base the losses themselves are an error, before anything is read.
    for (name, lost) in [("empty.yaml", 30), ("half.yaml", 15), ("other.yaml", 30)] {
        let args = ["plan", name, "--sandbox", "--base", &whole];
        let done = sandbox.run(folder.path(), &args);
        assert_eq!((done.code, &*done.stdout), (1, ""), "{name}: {done:#?}");
        let option = format!("--allow-lost-people {lost}");
        assert!(done.stderr.contains(&option), "{}", done.stderr);
        let option: Vec<&str> = option.split(' ').collect();
        let done = sandbox.run(folder.path(), &[&args[..], &option].concat());
        assert_eq!(done.code, 4, "{name}: held all the same: {done:#?}");
    }
    // Nothing was taken from anybody by looking.
    let again = sandbox.run(
        folder.path(),
        &["plan", &whole, "--sandbox", "--detailed-exitcode"],
    );
    assert_eq!(again.code, 0, "{again:#?}");
}

#[test]
fn a_list_that_shrank_since_the_last_apply_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let many = write(folder.path(), "many.yaml", &company(0..60, "example.com"));
    let few = write(folder.path(), "few.yaml", &company(0..20, "example.com"));
    let before = Sandbox::start(folder.path(), &many);
    let applied = before.run(folder.path(), &["apply", &many, "--sandbox", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let kept = std::fs::read_to_string(before.state().join("reads.json")).unwrap();
    // Another server, with a list of a third of the size, in the place of the first.
    let after = Sandbox::start(folder.path(), &few);
    std::fs::write(after.state().join("reads.json"), kept).unwrap();
    let run = |more: &[&str]| {
        let args = [&["plan", &few, "--sandbox", "--format", "json"], more].concat();
        let done = after.run(folder.path(), &args);
        (
            done.code,
            serde_json::from_str::<serde_json::Value>(&done.stdout).unwrap(),
        )
    };
    let (code, document) = run(&[]);
    assert_eq!(code, 4, "{document:#}");
    let proof = &document["vendors"]["bitsight"]["proof"];
    assert_eq!(proof["complete"], false);
    let missing = proof["missing"].as_str().unwrap();
    assert!(missing.contains("--allow-shrinkage bitsight"), "{missing}");
    assert_eq!(document["summary"]["create"], 0);
    let (_, document) = run(&["--allow-shrinkage", "bitsight"]);
    assert_eq!(document["vendors"]["bitsight"]["proof"]["complete"], true);
    assert_ne!(document["summary"]["create"], 0);
}

#[test]
fn what_breaks_an_assertion_is_held_and_the_rest_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let text = company(0..3, "example.com");
    let whole = write(folder.path(), "whole.yaml", &text);
    let sandbox = Sandbox::start(folder.path(), &whole);
    let asserted = |rule: &str| {
        let text = format!("{text}assert:\n  - {rule}\n");
        write(folder.path(), "asserted.yaml", &text)
    };
    // Nobody sees offline how many accounts there are at the vendor.
    let roster = asserted("seats: { vendor: bitsight, at_most: 3 }");
    assert_eq!(rosterctl(folder.path(), &["validate", &roster]).code, 0);
    let args = [
        "plan",
        &roster,
        "--sandbox",
        "--format",
        "json",
        "--out",
        "plan.json",
    ];
    let done = sandbox.run(folder.path(), &args);
    assert_eq!(done.code, 4, "{done:#?}");
    let plan: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let why = plan["held"][0]["why"].as_str().unwrap();
    for part in ["asserted.yaml:", "at most 3 are allowed"] {
        assert!(why.contains(part), "no {part:?} in {why}");
    }
    let removals = |plan: &serde_json::Value| plan["summary"]["deactivate"].clone();
    let args = ["plan", &whole, "--sandbox", "--format", "json"];
    let silent = serde_json::from_str(&sandbox.run(folder.path(), &args).stdout).unwrap();
    assert_eq!(removals(&plan), removals(&silent));
    let done = sandbox.run(
        folder.path(),
        &[
            "apply",
            "--plan",
            "plan.json",
            &roster,
            "--sandbox",
            "--yes",
        ],
    );
    assert_eq!(done.code, 4, "{done:#?}");
    // What the roster breaks by itself is red where it is checked, and stops no removal.
    let roster = asserted("domains: { only: [x.example] }");
    let done = rosterctl(folder.path(), &["validate", &roster]);
    assert_eq!(done.code, 1, "{done:#?}");
    assert!(done.stderr.contains("p0@example.com"), "{done:#?}");
    let done = sandbox.run(
        folder.path(),
        &["plan", &roster, "--sandbox", "--format", "json"],
    );
    assert_ne!(done.code, 1, "{done:#?}");
    assert!(
        done.stderr.contains("warning[broken-assertion]"),
        "{done:#?}"
    );
}

#[test]
fn unknown_names_on_the_command_line_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let cases: [(&[&str], &str); 4] = [
        (&["--vendor", "bitsigt"], "did you mean \"bitsight\""),
        (
            &["--person", "nobody@nowhere.example"],
            "nobody@nowhere.example",
        ),
        (&["--allow-deactivations", "bitsight"], "VENDOR=N"),
        (&["--on", "2026-02-30"], "2026-02-30"),
    ];
    for (args, hint) in cases {
        let args: Vec<&str> = ["plan", &roster, "--sandbox"]
            .iter()
            .chain(args)
            .copied()
            .collect();
        let done = rosterctl(folder.path(), &args);
        assert_eq!(done.code, 1, "{done:#?}");
        assert!(done.stderr.contains(hint), "{}", done.stderr);
        assert!(done.stdout.is_empty());
    }
}

#[test]
fn an_apply_without_a_terminal_needs_yes() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let done = rosterctl(folder.path(), &["apply", &roster, "--sandbox"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("--yes"), "{}", done.stderr);
    assert!(done.stdout.is_empty());
}

#[test]
fn a_scope_of_one_person_leaves_everybody_else_out() {
    let folder = tempfile::tempdir().unwrap();
    let roster = common::example(folder.path());
    let args = [
        "plan",
        &roster,
        "--sandbox",
        "--person",
        "ADA.lovelace@example.com",
        "--format",
        "json",
    ];
    let done = rosterctl(folder.path(), &args);
    let document: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    for list in ["actions", "manual", "held"] {
        for item in document[list].as_array().unwrap() {
            assert_eq!(item["email"], "ada.lovelace@example.com");
        }
    }
    assert_eq!(document["unlisted"], serde_json::json!([]));
}

#[test]
fn schemas_and_completions_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for document in ["roster", "plan", "report", "leavers", "explain"] {
        let done = rosterctl(folder.path(), &["schema", document]);
        let schema: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = rosterctl(folder.path(), &["completions", shell]);
        assert!(done.code == 0 && done.stdout.contains("rosterctl"));
    }
}

#[test]
fn help_names_every_command_and_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let Output { stdout, code, .. } = rosterctl(folder.path(), &["--help"]);
    assert_eq!(code, 0);
    for word in [
        "validate",
        "plan",
        "apply",
        "leavers",
        "sandbox",
        "schema",
        "completions",
    ] {
        assert!(stdout.contains(word), "{stdout}");
    }
    for exit in 0..=4 {
        assert!(stdout.contains(&format!("\n  {exit}  ")), "{stdout}");
    }
    assert_eq!(rosterctl(folder.path(), &["frobnicate"]).code, 1);
    assert_eq!(rosterctl(folder.path(), &["--version"]).code, 0);
}

#[test]
fn a_record_is_shown_and_repaired() {
    let folder = tempfile::tempdir().expect("a folder");
    let roster = write(
        folder.path(),
        "users.yaml",
        "version: 1\nvendors:\n  surecloud:\n    auth: { jwt: { env: NOT_SET } }\n    record: here.json\npeople: []\n",
    );
    let run = |args: &[&str]| {
        let args: Vec<&str> = ["record"].iter().chain(args).copied().collect();
        rosterctl(folder.path(), &args)
    };
    let unsaid = run(&["set", "surecloud", "mary@example.com", &roster]);
    assert_eq!(unsaid.code, 1, "{unsaid:#?}");
    assert!(unsaid.stderr.contains("--active"), "{unsaid:#?}");
    let state = folder.path().join(".rosterctl");
    std::fs::create_dir_all(&state).expect("a folder");
    let held = std::fs::File::create(state.join("lock")).expect("a file");
    held.try_lock().expect("nobody else has it");
    for repair in [
        &["set", "surecloud", "mary@example.com", "--active", "true"][..],
        &["forget", "surecloud", "mary@example.com"],
    ] {
        let refused = run(&[repair, &[&*roster]].concat());
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(
            refused.stderr.contains("another run is at work"),
            "{refused:#?}"
        );
    }
    drop(held);
    let set = run(&[
        "set",
        "surecloud",
        "Mary@example.com",
        &roster,
        "--active",
        "true",
        "--attribute",
        "role=CONTRIBUTOR",
        "--attribute",
        "groups=[\"//A/B\"]",
    ]);
    assert_eq!(set.code, 0, "{set:#?}");
    let shown = run(&["show", "surecloud", &roster, "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let entry = &document["accounts"]["mary@example.com"];
    assert_eq!(entry["active"], true, "{document:#}");
    assert_eq!(entry["attributes"]["groups"], serde_json::json!(["//A/B"]));
    let off = run(&[
        "set",
        "surecloud",
        "mary@example.com",
        &roster,
        "--active",
        "false",
    ]);
    assert_eq!(off.code, 0, "{off:#?}");
    let text = run(&["show", "surecloud", &roster, "--person", "MARY@example.com"]);
    assert!(
        text.stdout.contains("off  Mary@example.com"),
        "{}",
        text.stdout
    );
    for (args, hint) in [
        (
            ["forget", "surecloud", "marie@example.com"],
            "did you mean mary",
        ),
        (
            ["forget", "surecluod", "mary@example.com"],
            "did you mean \"surecloud\"",
        ),
    ] {
        let args: Vec<&str> = args.iter().copied().chain([&*roster]).collect();
        let refused = run(&args);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    }
    let forgotten = run(&["forget", "surecloud", "mary@example.com", &roster]);
    assert_eq!(forgotten.code, 0, "{forgotten:#?}");
    let empty = run(&["show", "surecloud", &roster]);
    assert!(empty.stdout.contains("0 accounts"), "{}", empty.stdout);
}
