//! Commands that work on the files of a roster: `init`, `fmt`, `rename`, `diff`, and problems as
//! annotations.

use std::path::Path;

use serde_json::Value;

use super::common::{self, Sandbox, rosterctl, write};

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

const ROSTER: &str = "vendors:
  bitsight: { auth: { token: { env: T } }, own_account: rosterctl@example.com }
people:
- email: ada.byron@example.com   # hers
  first_name: Ada
  last_name: Byron
  accounts: { bitsight: { role: customer_user, group: All } }
- { email: alan@example.com, first_name: Alan, last_name: Turing, accounts: { bitsight: { role: customer_user, group: All } } }
";

/// From an empty folder to a plan and an apply, with the commands that `init` itself names.
#[test]
fn a_new_roster_reaches_its_first_plan() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join(".github")).unwrap();
    let args = [
        "init",
        "--vendor",
        "bitsight",
        "--vendor",
        "snaplogic",
        "--vendor",
        "scim",
    ];
    let made = rosterctl(folder, &args);
    assert_eq!(made.code, 0, "{made:#?}");
    for name in [
        "roster/vendors.yaml",
        "roster/people.yaml",
        "roster.schema.json",
        ".gitignore",
        ".github/workflows/rosterctl-plan.yml",
    ] {
        assert!(folder.join(name).is_file(), "no {name}: {made:#?}");
    }
    let valid = rosterctl(folder, &["validate", "roster", "--strict"]);
    assert_eq!(valid.code, 0, "{valid:#?}");
    let commands = made
        .stdout
        .lines()
        .filter_map(|it| it.strip_prefix("  rosterctl "));
    let commands: Vec<Vec<&str>> = commands.map(|it| it.split(' ').collect()).collect();
    assert_eq!(commands.len(), 4, "{}", made.stdout);
    for command in &commands[..2] {
        let done = rosterctl(folder, command);
        assert_eq!(done.code, 0, "{command:?}: {done:#?}");
        assert!(
            done.stdout.contains("ada.lovelace@example.com"),
            "{done:#?}"
        );
    }
    let formed = rosterctl(folder, &["fmt", "roster", "--check"]);
    assert_eq!(formed.code, 0, "{formed:#?}");
    // What is there stays.
    write(folder, "roster/people.yaml", "people: []\n");
    let again = rosterctl(folder, &args);
    assert_eq!(again.code, 0, "{again:#?}");
    assert_eq!(text(folder, "roster/people.yaml"), "people: []\n");
    assert!(
        again.stderr.contains("roster/people.yaml is there already"),
        "{again:#?}"
    );
}

/// Every kind can be begun with, and is valid as it is written.
#[test]
fn every_kind_of_vendor_begins_as_a_valid_roster() {
    for kind in ["bitsight", "logicgate", "snaplogic", "surecloud", "scim"] {
        let folder = tempfile::tempdir().unwrap();
        let made = rosterctl(folder.path(), &["init", "--vendor", kind]);
        assert_eq!(made.code, 0, "{made:#?}");
        let valid = rosterctl(folder.path(), &["validate", "roster"]);
        assert_eq!(
            valid.code,
            0,
            "{kind}: {valid:#?}\n{}",
            text(folder.path(), "roster/vendors.yaml")
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let nobody = rosterctl(folder.path(), &["init"]);
    assert_eq!(nobody.code, 1, "{nobody:#?}");
    let unknown = rosterctl(folder.path(), &["init", "--vendor", "bitsigth"]);
    assert!(
        unknown.stderr.contains("did you mean \"bitsight\"?"),
        "{unknown:#?}"
    );
    assert!(!folder.path().join("roster").exists());
}

#[test]
fn a_rename_keeps_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let roster = ROSTER.replace("  bitsight: {", "  snaplogic: { base_url: 'https://elastic.snaplogic.com', organization: O, auth: { email: { env: E }, password: { env: P } } }\n  bitsight: {");
    write(folder, "users.yaml", &roster);
    let sandbox = Sandbox::start(folder, "users.yaml");
    let done = sandbox.run(folder, &["apply", "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let done = rosterctl(
        folder,
        &["rename", "Ada.Byron@example.com", "ada.king@example.com"],
    );
    assert_eq!(done.code, 0, "{done:#?}");
    let after = text(folder, "users.yaml");
    assert_eq!(
        after,
        roster
            .replace(
                "ada.byron@example.com   # hers",
                "ada.king@example.com   # hers"
            )
            .replace(
                "  last_name: Byron\n",
                "  last_name: Byron\n  previous_emails: [ada.byron@example.com]\n"
            )
    );
    let plan = sandbox.run(folder, &["plan", "--sandbox", "--format", "json"]);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["summary"]["create"], 0, "{plan:#}");
    for (old, new, why) in [
        ("nobody@example.com", "x@example.com", "has no person"),
        ("alan@example.com", "ada.king@example.com", "lists both"),
        ("alan@example.com", "alan", "is no e-mail"),
        ("alan@example.com", "ALAN@example.com", "are one address"),
    ] {
        let refused = rosterctl(folder, &["rename", old, new]);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.stderr.contains(why), "{refused:#?}");
    }
    assert_eq!(text(folder, "users.yaml"), after);
}

#[test]
fn files_are_put_into_form_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "users.yaml", ROSTER);
    let check = rosterctl(folder, &["fmt", "--check"]);
    assert_eq!(
        (check.code, check.stdout.as_str()),
        (2, "users.yaml\n"),
        "{check:#?}"
    );
    assert_eq!(text(folder, "users.yaml"), ROSTER);
    let done = rosterctl(folder, &["fmt"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let formed = text(folder, "users.yaml");
    assert!(
        formed.contains("\n  - email: ada.byron@example.com   # hers\n    first_name: Ada\n"),
        "{formed}"
    );
    let again = rosterctl(folder, &["fmt", "--check"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{again:#?}");
    write(folder, "users.yaml", "people: [\n");
    let broken = rosterctl(folder, &["fmt"]);
    assert_eq!(broken.code, 1, "{broken:#?}");
    let example = common::example(folder);
    let formed = rosterctl(folder, &["fmt", &example]);
    assert_eq!(formed.code, 0, "{formed:#?}");
    let valid = rosterctl(folder, &["validate", &example]);
    assert_eq!(valid.code, 0, "{valid:#?}");
}

#[test]
fn two_rosters_are_compared_without_any_vendor() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "base.yaml", ROSTER);
    let head = ROSTER
        .replace(
            "role: customer_user, group: All } }\n- {",
            "role: customer_admin, group: All } }\n- {",
        )
        .replace(
            "- { email: alan@example.com,",
            "- { email: alan.turing@example.com, previous_emails: [alan@example.com],",
        )
        .replace("own_account", "max: { creates: 5 }, own_account");
    write(
        folder,
        "head.yaml",
        &format!(
            "{head}- {{ email: new@example.com, accounts: {{ bitsight: {{ role: customer_user, group: All }} }} }}\n"
        ),
    );
    let diff = rosterctl(
        folder,
        &["diff", "base.yaml", "head.yaml", "--detailed-exitcode"],
    );
    assert_eq!(diff.code, 2, "{diff:#?}");
    for part in [
        "Administrators (1)\n  bitsight  ada.byron@example.com  becomes an administrator\n",
        "bitsight: max.creates added: 5",
        "+ new@example.com",
        "~ alan@example.com → alan.turing@example.com",
        "~ bitsight  ada.byron@example.com  role customer_user → customer_admin",
        "+ bitsight  new@example.com",
    ] {
        assert!(diff.stdout.contains(part), "no {part}: {}", diff.stdout);
    }
    assert!(!diff.stdout.contains("~ bitsight  alan"), "{}", diff.stdout);
    assert!(
        diff.stdout.ends_with(
            "1 administrator more, 1 person added, 1 renamed, 2 accounts changed, 1 rule changed.\n"
        ),
        "{}",
        diff.stdout
    );
    // Whose rights go to another address, or stay behind, is told like whoever gets them.
    let moved = head.replace(
        "email: ada.byron@example.com ",
        "email: ada.king@example.com\n  previous_emails: [ada.byron@example.com] ",
    );
    write(folder, "was.yaml", &head);
    write(folder, "moved.yaml", &moved);
    let moved = rosterctl(folder, &["diff", "was.yaml", "moved.yaml"]);
    let told = "ada.king@example.com  gets an administrator's account";
    assert!(moved.stdout.contains(told), "{moved:#?}");
    let (before, rest) = head.split_once("- email: ada.byron@example.com").unwrap();
    let (_, after) = rest.split_once("\n- {").unwrap();
    write(folder, "gone.yaml", &format!("{before}- {{{after}"));
    let gone = rosterctl(folder, &["diff", "was.yaml", "gone.yaml"]);
    let told = "ada.byron@example.com  is an administrator and listed no more";
    assert!(gone.stdout.contains(told), "{gone:#?}");
    let document = rosterctl(
        folder,
        &["diff", "base.yaml", "head.yaml", "--format", "json"],
    );
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["added"], serde_json::json!(["new@example.com"]));
    assert_eq!(document["accounts"].as_array().unwrap().len(), 2);
    let markdown = rosterctl(
        folder,
        &[
            "diff",
            "base.yaml",
            "head.yaml",
            "--format",
            "markdown",
            "--untrusted",
        ],
    );
    assert!(
        markdown.stdout.starts_with("<!-- rosterctl-diff -->\n"),
        "{markdown:#?}"
    );
    let same = rosterctl(
        folder,
        &["diff", "base.yaml", "base.yaml", "--detailed-exitcode"],
    );
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (0, "The rosters mean the same.\n"),
        "{same:#?}"
    );
}

#[test]
fn problems_are_annotations_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "users.yaml",
        &ROSTER.replace("alan@example.com", "alan"),
    );
    let github = rosterctl(folder, &["validate", "--format", "github"]);
    assert_eq!(github.code, 1, "{github:#?}");
    let first = "::error file=users.yaml,line=8,col=12,title=not-an-email::";
    assert!(github.stdout.starts_with(first), "{github:#?}");
    let sarif = rosterctl(folder, &["plan", "--sandbox", "--format", "sarif"]);
    assert_eq!(sarif.code, 1, "{sarif:#?}");
    let document: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(document["runs"][0]["results"][0]["ruleId"], "not-an-email");
    // A warning is an error where nothing may be left.
    write(
        folder,
        "users.yaml",
        &ROSTER.replace(
            "role: customer_user, group: All } }\n- {",
            "role: novel_role, group: All } }\n- {",
        ),
    );
    let warned = rosterctl(folder, &["validate"]);
    assert_eq!(warned.code, 0, "{warned:#?}");
    let strict = rosterctl(folder, &["validate", "--strict"]);
    assert_eq!(strict.code, 1, "{strict:#?}");
    assert!(strict.stderr.contains("error[unknown-slug]"), "{strict:#?}");
    let strict = rosterctl(folder, &["plan", "--sandbox", "--strict"]);
    assert_eq!(strict.code, 1, "{strict:#?}");
}

#[test]
fn events_of_a_run_are_lines_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "users.yaml", ROSTER);
    let done = rosterctl(
        folder,
        &["apply", "--sandbox", "--yes", "--events", "events.ndjson"],
    );
    assert_eq!(done.code, 0, "{done:#?}");
    let events = text(folder, "events.ndjson");
    let events: Vec<Value> = events
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let count = |name: &str| events.iter().filter(|it| it["event"] == name).count();
    assert!(count("started") > 0, "{events:#?}");
    assert_eq!(count("started"), count("finished"));
    let last = events.iter().find(|it| it["event"] == "finished").unwrap();
    assert_eq!(last["outcome"], "applied");
    let nowhere = rosterctl(
        folder,
        &["apply", "--sandbox", "--yes", "--events", "no/such/folder"],
    );
    assert_eq!(nowhere.code, 1, "{nowhere:#?}");
}

#[test]
fn a_sandbox_needs_no_roster() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sandbox = Sandbox::start_without(folder);
    let roster = common::example(folder);
    let plan = sandbox.run(
        folder,
        &["plan", &roster, "--sandbox", "--detailed-exitcode"],
    );
    assert_eq!(plan.code, 2, "{plan:#?}");
}
