//! Who and what is no longer in the roster, with the real binary: against a base roster, and against
//! the roster's history.

use std::path::Path;

use serde_json::Value;

use crate::common::repository::Repository;
use crate::common::{Output, Sandbox, rosterctl, write};

const VENDORS: &str = "version: 1
vendors:
  bitsight:
    auth: { token: { env: BITSIGHT_TOKEN } }
  snaplogic:
    base_url: https://elastic.snaplogic.com
    organization: ExampleEnv
    auth: { email: { env: SNAPLOGIC_EMAIL }, password: { env: SNAPLOGIC_PASSWORD } }
profiles:
  boss: { snaplogic: { administrator: true } }
";

const ADA: &str = "  - { email: ada@example.com, first_name: Ada, last_name: Byron, profiles: [boss], accounts: { bitsight: { role: customer_user, group: Europe } } }\n";
const BOB: &str = "  - { email: bob@example.com, first_name: Bob, last_name: Kahn, accounts: { bitsight: { role: customer_user } } }\n";

/// Writes the roster's people into a folder of the roster.
fn people(folder: &Path, name: &str, people: &[&str]) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    write(&folder, "vendors.yaml", VENDORS);
    write(
        &folder,
        "people.yaml",
        &format!("people:\n{}", people.concat()),
    );
}

/// A repository whose roster lists Ada and Bob since 2025-12-01, and vendors that have them.
fn everybody_has_access() -> (Repository, Sandbox) {
    let mut repository = Repository::new();
    repository.now = "2025-12-01T08:00:00+00:00";
    people(repository.path(), "roster", &[ADA, BOB]);
    write(repository.path(), ".gitignore", ".rosterctl\nbase\n");
    repository.commit("Begin the roster");
    let sandbox = Sandbox::start(repository.path(), "roster");
    let applied = sandbox.run(
        repository.path(),
        &["apply", "roster", "--sandbox", "--yes"],
    );
    assert_eq!(applied.code, 0, "{applied:#?}");
    repository.now = "2026-01-02T08:00:00+00:00";
    (repository, sandbox)
}

fn leavers(repository: &Repository, sandbox: &Sandbox, more: &[&str]) -> Output {
    let args = ["leavers", "roster", "--sandbox"];
    sandbox.run(repository.path(), &[&args, more].concat())
}

/// What is told of people who are gone, as `vendor email state`.
fn gone(output: &Output) -> Vec<String> {
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    let gone = document["gone"].as_array().unwrap();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let lines = gone.iter().map(|it| {
        let [vendor, email, state] = ["vendor", "email", "state"].map(|key| text(it, key));
        format!("{vendor} {email} {state}")
    });
    lines.collect()
}

#[test]
fn a_plan_names_what_its_base_lists_and_it_does_not() {
    let (repository, sandbox) = everybody_has_access();
    people(repository.path(), "base", &[ADA, BOB]);
    let demoted = ADA.replace("profiles: [boss], ", "");
    let demoted = demoted.replace(" } } }", " }, snaplogic: {} } }");
    people(
        repository.path(),
        "roster",
        &[&demoted.replace(", group: Europe", "")],
    );
    let plan = |format: &str| {
        let args = [
            "plan",
            "roster",
            "--base",
            "base",
            "--sandbox",
            "--format",
            format,
        ];
        let done = sandbox.run(repository.path(), &args);
        assert_eq!(done.code, 0, "{done:#?}");
        done.stdout
    };
    for format in ["text", "markdown", "html"] {
        let shown = plan(format);
        let plain = shown
            .replace("&#64;", "@")
            .replace("&#96;", "`")
            .replace("&#59;", ";");
        for part in [
            "No longer in the roster",
            "ada@example.com",
            "`administrator` is not managed any more; `true` stays",
            "`group` is not managed any more; `Europe` stays",
            "bob@example.com",
            "no longer in the roster; the account bob@example.com",
        ] {
            assert!(plain.contains(part), "{format} has no {part}: {shown}");
        }
        assert!(
            !shown.contains("Every managed account is as the roster says"),
            "{shown}"
        );
        // Administrators come first.
        let first = plain.find("`administrator` is not").unwrap();
        assert!(first < plain.find("`group` is not").unwrap(), "{shown}");
    }
    let document: Value = serde_json::from_str(&plan("json")).unwrap();
    let gone = document["attention"]["gone"].as_array().unwrap();
    let told: Vec<(&str, &str, bool, bool)> = gone
        .iter()
        .map(|it| {
            let flag = |key: &str| it[key].as_bool().unwrap();
            let text = |key: &str| it[key].as_str().unwrap();
            (text("what"), text("email"), flag("admin"), flag("stays"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("right", "ada@example.com", true, true),
            ("right", "ada@example.com", false, true),
            ("person", "bob@example.com", false, true),
        ]
    );
    assert_eq!(document["summary"]["update"], 0);
    // A base changes nothing about what is approved.
    let args = ["plan", "roster", "--sandbox", "--format", "json"];
    let alone: Value = serde_json::from_str(&sandbox.run(repository.path(), &args).stdout).unwrap();
    assert_eq!(alone["digest"], document["digest"]);
}

#[test]
fn who_is_gone_and_has_access_is_found_in_the_history() {
    let (mut repository, sandbox) = everybody_has_access();
    let nobody = leavers(&repository, &sandbox, &[]);
    assert_eq!(nobody.code, 0, "{nobody:#?}");
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Bob leaves");
    let bob = ["bitsight bob@example.com still_active"];
    let found = leavers(&repository, &sandbox, &["--format", "json"]);
    assert_eq!(
        (found.code, gone(&found)),
        (2, bob.map(String::from).to_vec())
    );
    assert!(
        found.stdout.contains("\"day\": \"2026-01-02\""),
        "{}",
        found.stdout
    );
    let text = leavers(&repository, &sandbox, &[]).stdout;
    assert!(
        text.contains("Gone from the roster, still active (1)"),
        "{text}"
    );
    assert!(text.contains("(2026-01-02)"), "{text}");
    let markdown = leavers(&repository, &sandbox, &["--format", "markdown"]).stdout;
    assert!(
        markdown.contains("#### Gone from the roster, still active (1)"),
        "{markdown}"
    );
    // Too long ago.
    repository.now = "2026-01-04T08:00:00+00:00";
    people(
        repository.path(),
        "roster",
        &[ADA, "  - email: eve@example.com\n"],
    );
    repository.commit("Eve has no account");
    let late = leavers(&repository, &sandbox, &["--since", "1d"]);
    assert_eq!(late.code, 0, "{late:#?}");
    // Acknowledged, until a day.
    let release = |until: &str| {
        let text =
            format!("released: [{{ email: bob@example.com, note: leave, until: {until} }}]\n");
        write(&repository.path().join("roster"), "released.yaml", &text);
        leavers(&repository, &sandbox, &[])
    };
    let released = release("2026-01-05");
    assert_eq!(released.code, 0, "{released:#?}");
    assert!(
        released
            .stdout
            .contains("may keep an account until 2026-01-05: leave")
    );
    assert_eq!(release("2026-01-04").code, 2);
    // Somebody asked for by name is listed, and nobody else is looked for.
    let args = ["--person", "ada@example.com", "--format", "json"];
    let one = leavers(&repository, &sandbox, &args);
    assert_eq!(gone(&one), Vec::<String>::new());
}

#[test]
fn who_had_no_access_in_the_whole_window_is_not_counted() {
    let (mut repository, sandbox) = everybody_has_access();
    let off = BOB.replace("first_name", "active: false, first_name");
    let eve = "  - { email: former.contractor@sandbox.example, first_name: E, last_name: K }\n";
    repository.now = "2025-12-10T08:00:00+00:00";
    people(repository.path(), "roster", &[ADA, &off, eve]);
    repository.commit("Bob leaves, Eve has no account");
    repository.now = "2026-01-02T08:00:00+00:00";
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Take both out");
    let since = |days: &str| {
        leavers(
            &repository,
            &sandbox,
            &["--since", days, "--format", "json"],
        )
    };
    // Bob was off in all of these days, although his account was never ended.
    let short = since("20d");
    assert_eq!((short.code, gone(&short)), (0, Vec::new()), "{short:#?}");
    let bob = ["bitsight bob@example.com still_active"].map(String::from);
    let long = since("30d");
    assert_eq!((long.code, gone(&long)), (2, bob.to_vec()), "{long:#?}");
}

#[test]
fn moved_files_and_renamed_people_are_not_gone() {
    let (repository, sandbox) = everybody_has_access();
    repository.git(&["mv", "roster/people.yaml", "roster/staff.yml"]);
    repository.commit("Another file");
    let renamed = BOB.replace("bob@", "robert@");
    let renamed = renamed.replace(
        "first_name",
        "previous_emails: [Bob@example.com], first_name",
    );
    std::fs::remove_file(repository.path().join("roster/staff.yml")).unwrap();
    people(repository.path(), "roster", &[ADA, &renamed]);
    repository.commit("Bob is Robert");
    let same = leavers(&repository, &sandbox, &["--format", "json"]);
    assert_eq!((same.code, gone(&same)), (0, Vec::new()), "{same:#?}");
    // The whole folder, with Bob gone before that: what it was called then is found.
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Robert leaves");
    repository.git(&["mv", "roster", "people"]);
    repository.commit("Another folder");
    let args = ["leavers", "people", "--sandbox", "--format", "json"];
    let moved = sandbox.run(repository.path(), &args);
    let bob = ["bitsight robert@example.com still_active"].map(String::from);
    assert_eq!((moved.code, gone(&moved)), (2, bob.to_vec()), "{moved:#?}");
}

#[test]
fn a_merge_counts_as_one_change_and_a_branch_as_none() {
    let (repository, sandbox) = everybody_has_access();
    repository.git(&["checkout", "--quiet", "-b", "trial"]);
    let eve = BOB.replace("bob@", "former.contractor@sandbox.");
    people(repository.path(), "roster", &[ADA, BOB, &eve]);
    repository.commit("List somebody for a moment");
    people(repository.path(), "roster", &[ADA, BOB]);
    repository.commit("Take it back");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&["merge", "--quiet", "--no-ff", "--message", "Merge", "trial"]);
    let done = leavers(&repository, &sandbox, &["--format", "json"]);
    assert_eq!((done.code, gone(&done)), (0, Vec::new()), "{done:#?}");
}

#[test]
fn what_cannot_be_read_of_the_history_is_said() {
    let (repository, sandbox) = everybody_has_access();
    let broken = repository.path().join("roster/people.yaml");
    std::fs::write(
        &broken,
        "people:\n  - { email: ada@example.com\n<<<<<<< HEAD\n",
    )
    .unwrap();
    repository.commit("A bad merge");
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Mended, without Bob");
    let done = leavers(&repository, &sandbox, &[]);
    assert_eq!(done.code, 2, "{done:#?}");
    assert!(
        done.stdout
            .contains("(2026-01-02) could not be read whole: roster/people.yaml:")
    );
    assert!(done.stdout.contains("bob@example.com"), "{}", done.stdout);
    // A link shows nothing of where it leads.
    let secret = repository.path().join("secret.yaml");
    std::fs::write(&secret, "people: [{ email: eve@example.com }]\n").unwrap();
    std::os::unix::fs::symlink(&secret, repository.path().join("roster/eve.yaml")).unwrap();
    repository.commit("A link");
    std::fs::remove_file(repository.path().join("roster/eve.yaml")).unwrap();
    repository.commit("No link");
    let done = leavers(&repository, &sandbox, &[]);
    assert!(
        done.stdout
            .contains("roster/eve.yaml is a symbolic link, which is not followed")
    );
    assert!(!done.stdout.contains("eve@example.com"), "{}", done.stdout);
}

#[test]
fn a_clone_that_does_not_reach_back_is_an_error_and_a_young_roster_is_none() {
    let (repository, sandbox) = everybody_has_access();
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Bob leaves");
    write(repository.path(), "README", "x");
    repository.commit("Something else");
    let clones = Repository::new();
    let origin = format!("file://{}", repository.path().display());
    clones.git(&["clone", "--quiet", "--depth=1", &origin, "cut"]);
    clones.git(&["clone", "--quiet", "--depth=9", &origin, "whole"]);
    let look = |name: &str, since: &str| {
        let args = ["leavers", "roster", "--sandbox", "--since", since];
        sandbox.run(&clones.path().join(name), &args)
    };
    let cut = look("cut", "400d");
    assert_eq!(cut.code, 1, "{cut:#?}");
    assert!(
        cut.stdout
            .contains("the clone reaches back to 2026-01-02 only"),
        "{}",
        cut.stdout
    );
    assert!(cut.stdout.contains("fetch-depth: 0"), "{}", cut.stdout);
    // Far enough for what is asked.
    assert_eq!(look("cut", "1d").code, 0);
    // The repository is younger than that, and nothing is missing.
    assert_eq!(look("whole", "400d").code, 2);
}

#[test]
fn without_git_a_roster_is_usable_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    people(folder.path(), "roster", &[ADA]);
    let done = rosterctl(folder.path(), &["leavers", "roster", "--sandbox"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let part = "were not looked for: the roster is in no git work tree";
    assert!(done.stdout.contains(part), "{}", done.stdout);
    // Where there is a history that cannot be looked at, nobody may believe in it.
    let (repository, sandbox) = everybody_has_access();
    let empty = tempfile::tempdir().unwrap();
    let args = ["leavers", "roster", "--sandbox"];
    let mut bare = sandbox.command(repository.path(), &args);
    let bare = bare.env("PATH", empty.path()).output().unwrap();
    assert_eq!(bare.status.code(), Some(1), "{bare:?}");
    let told = String::from_utf8_lossy(&bare.stdout).into_owned();
    assert!(told.contains("git is not installed"), "{told}");
}

#[test]
fn a_history_runs_no_program_of_the_repository() {
    let (repository, sandbox) = everybody_has_access();
    let attributes = "*.yaml filter=evil diff=evil\n";
    write(repository.path(), ".gitattributes", attributes);
    people(repository.path(), "roster", &[ADA]);
    repository.commit("Bob leaves");
    let trace = repository.name_programs();
    let done = leavers(&repository, &sandbox, &[]);
    assert_eq!(done.code, 2, "{done:#?}");
    assert!(
        !trace.exists(),
        "{}",
        std::fs::read_to_string(&trace).unwrap()
    );
}

#[test]
fn thousands_of_commits_are_looked_at_in_seconds() {
    let (repository, sandbox) = everybody_has_access();
    // Made by one git, since two thousand of them take a minute.
    let mut stream = String::new();
    for number in 0..2_000 {
        let gone = if number < 1_000 { BOB } else { "" };
        let text = format!("people:\n{ADA}{gone}  - email: p{number}@example.com\n");
        stream.push_str(&format!(
            "commit refs/heads/main\ncommitter A <a@b> 1767300000 +0000\ndata 1\nx\n{}\
             M 100644 inline roster/people.yaml\ndata {}\n{text}\n",
            if number == 0 {
                "from refs/heads/main^0\n"
            } else {
                ""
            },
            text.len(),
        ));
    }
    let input = repository.path().join(".git/stream");
    std::fs::write(&input, stream).unwrap();
    let imported = std::process::Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(repository.path())
        .stdin(std::fs::File::open(&input).unwrap())
        .status()
        .unwrap();
    assert!(imported.success());
    repository.git(&["reset", "--quiet", "--hard"]);
    let start = std::time::Instant::now();
    let done = leavers(&repository, &sandbox, &["--format", "json"]);
    assert_eq!(done.code, 2, "{done:#?}");
    assert_eq!(gone(&done), ["bitsight bob@example.com still_active"]);
    assert!(done.stdout.contains("\"commits\": 2001"), "{}", done.stdout);
    // Without optimization, on a busy machine.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
