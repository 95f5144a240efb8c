//! Rosters by team, with the real binary against the sandbox: the shapes of people files that
//! projects keep in public, planned, applied and imported back.

use std::path::Path;

use serde_json::Value;

use super::common::{Sandbox, rosterctl, write};

const VENDORS: &str = "version: 1
vendors:
  bitsight:
    auth: { token: { env: T } }
    own_account: rosterctl@example.com
  snaplogic:
    base_url: https://elastic.snaplogic.com
    organization: Org
    auth: { email: { env: E }, password: { env: P } }
profiles:
  staff: { everyone: true, bitsight: { role: customer_user, group: All } }
  member: { snaplogic: { groups: [Developers] } }
  lead: { includes: [member], snaplogic: { groups: [Leads] } }
";

/// People by team: each file lists its people, the team lists whom it holds.
const BY_TEAM: &str = "people:
  - { email: ada.lovelace@example.com, first_name: Ada, last_name: Lovelace }
  - { email: alan.turing@example.com, first_name: Alan, last_name: Turing }
  - { email: mary.jackson@example.com, first_name: Mary, last_name: Jackson }
";

/// A team with a lead, and one with terms of a year.
const TEAMS: &str = "teams:
  compiler:
    note: Reviews what the compiler team merges.
    x-mail: compiler@example.com
    profiles: [member]
    members:
      - { email: ada.lovelace@example.com, profiles: [lead] }
      - alan.turing@example.com
  council:
    profiles: [member]
    members:
      - { email: mary.jackson@example.com, starts: 2025-01-01, ends: 2025-12-31 }
      - { email: mary.jackson@example.com, starts: 2027-01-01, ends: 2027-12-31 }
";

fn company(folder: &Path) {
    std::fs::create_dir(folder.join("roster")).expect("a folder");
    write(folder, "roster/vendors.yaml", VENDORS);
    write(folder, "roster/people.yaml", BY_TEAM);
    write(folder, "roster/teams.yaml", TEAMS);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn teams_are_planned_applied_and_imported_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    company(folder);
    let valid = rosterctl(folder, &["validate", "roster"]);
    assert_eq!(valid.code, 0, "{valid:#?}");
    assert!(valid.stdout.contains("2 teams"), "{}", valid.stdout);
    let sandbox = Sandbox::start(folder, "roster");
    let done = sandbox.run(folder, &["apply", "roster", "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let args = ["plan", "roster", "--sandbox", "--detailed-exitcode"];
    let again = sandbox.run(folder, &args);
    assert_eq!(again.code, 0, "{again:#?}");
    // Whose membership is over is a leaver there and nowhere else.
    let args = ["explain", "mary.jackson@example.com", "roster", "--sandbox"];
    let mary = sandbox.run(folder, &args);
    let told = "snaplogic  roster: no access before 2027-01-01";
    assert!(mary.stdout.contains(told), "{}", mary.stdout);
    let told = "profile staff of everyone, roster/vendors.yaml:";
    assert!(mary.stdout.contains(told), "{}", mary.stdout);
    let args = ["explain", "ada.lovelace@example.com", "roster", "--sandbox"];
    let ada = sandbox.run(folder, &args);
    let told = "profile lead of the team compiler, roster/vendors.yaml:";
    assert!(ada.stdout.contains(told), "{}", ada.stdout);
    // What the vendors hold by now, taken back from them beside the same profiles.
    let imported = sandbox.run(
        folder,
        &[
            "import",
            "roster/vendors.yaml",
            "--sandbox",
            "--out",
            "back.yaml",
        ],
    );
    assert_eq!(imported.code, 0, "{imported:#?}");
    let found = "Planning from this finds no changes.";
    assert!(imported.stderr.contains(found), "{}", imported.stderr);
    let args = ["plan", "roster/vendors.yaml", "back.yaml", "--sandbox"];
    let plan = sandbox.run(folder, &[&args[..], &["--detailed-exitcode"]].concat());
    assert_eq!(plan.code, 0, "{plan:#?}");
}

#[test]
fn each_action_names_its_files_and_the_digest_does_not_cover_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    company(folder);
    let plan = |roster: &[&str], more: &[&str]| {
        let args = [&["plan", "--sandbox", "--on", "2026-01-05"], roster, more].concat();
        rosterctl(folder, &args)
    };
    let text = plan(&["roster"], &[]);
    assert_eq!(text.code, 0, "{text:#?}");
    let from = "from roster/people.yaml, roster/teams.yaml, roster/vendors.yaml";
    assert!(text.stdout.contains(from), "{}", text.stdout);
    let whole = json(&plan(&["roster"], &["--format", "json"]).stdout);
    let actions = whole["actions"].as_array().unwrap();
    assert!(actions.iter().all(|it| it["files"].is_array()), "{whole:#}");
    let files = |email: &str| {
        let action = actions
            .iter()
            .find(|it| it["email"] == email && it["vendor"] == "snaplogic");
        action.unwrap()["files"].clone()
    };
    assert_eq!(
        files("alan.turing@example.com"),
        serde_json::json!([
            "roster/people.yaml",
            "roster/teams.yaml",
            "roster/vendors.yaml"
        ])
    );
    let markdown = plan(&["roster"], &["--format", "markdown"]);
    assert!(
        markdown.stdout.contains("roster/teams.yaml"),
        "{}",
        markdown.stdout
    );
    // The same roster in one file is the same plan.
    let one = format!("{VENDORS}{BY_TEAM}{TEAMS}");
    write(folder, "one.yaml", &one);
    let one = json(&plan(&["one.yaml"], &["--format", "json"]).stdout);
    assert_eq!(one["digest"], whole["digest"]);
    assert_eq!(one["roster"]["digest"], whole["roster"]["digest"]);
    assert!(!plan(&["one.yaml"], &[]).stdout.contains("from one.yaml"));
}

/// Whoever joins a team of administrators becomes one, and whoever approves that is told.
#[test]
fn joining_a_team_with_rights_is_told_on_top() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let boss = VENDORS.replace(
        "  member:",
        "  boss: { bitsight: { role: customer_admin } }\n  member:",
    );
    let boss = boss.replace("role: customer_user, group: All", "group: All");
    let of = |members: &str| {
        format!(
            "{boss}{BY_TEAM}teams:\n  bosses: {{ profiles: [boss], members: [{members}] }}\n  \
             users: {{ profiles: [user], members: [alan.turing@example.com, mary.jackson@example.com] }}\n"
        )
        .replace("  member:", "  user: { bitsight: { role: customer_user } }\n  member:")
    };
    write(folder, "base.yaml", &of("ada.lovelace@example.com"));
    let sandbox = Sandbox::start(folder, "base.yaml");
    let done = sandbox.run(folder, &["apply", "base.yaml", "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    let joined = of("ada.lovelace@example.com, alan.turing@example.com")
        .replace("members: [alan.turing@example.com, mary", "members: [mary");
    write(folder, "head.yaml", &joined);
    let args = ["plan", "head.yaml", "--base", "base.yaml", "--sandbox"];
    for more in [&[][..], &["--untrusted"]] {
        let plan = sandbox.run(folder, &[&args[..], more, &["--format", "json"]].concat());
        assert_eq!(plan.code, 0, "{plan:#?}");
        let plan = json(&plan.stdout);
        let admins = plan["attention"]["administrators"].as_array().unwrap();
        assert_eq!(admins.len(), 1, "{admins:#?}");
        assert_eq!(admins[0]["email"], "alan.turing@example.com");
        assert_eq!(plan["actions"][0]["cause"], "change");
    }
}
