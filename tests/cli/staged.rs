//! Leavers in stages, with the real binary against a sandbox that keeps its state. Days are values
//! of a variable that only a sandbox heeds.

use std::path::Path;

use serde_json::Value;

use crate::common::{Output, Sandbox, write};

const MARY: &str = "mary.jackson@example.com";
const GRACE: &str = "leavers: { delete_after: 30d }";

fn roster(grace: &str, active: bool) -> String {
    format!(
        "version: 1
vendors:
  bitsight:
    auth: {{ token: {{ env: UNUSED }} }}
    own_account: admin@example.com
    {grace}
people:
  - email: admin@example.com
    first_name: Ad
    last_name: Min
    accounts: {{ bitsight: {{ role: customer_admin }} }}
  - email: ada.lovelace@example.com
    first_name: Ada
    last_name: Lovelace
    accounts: {{ bitsight: {{ role: customer_user }} }}
  - email: {MARY}
    first_name: Mary
    last_name: Jackson
    active: {active}
    accounts: {{ bitsight: {{ role: customer_user }} }}
"
    )
}

/// Seconds since 1970 of two in the morning of a day.
fn night(day: &str) -> String {
    let day: jiff::civil::Date = day.parse().expect("a day");
    let time = day.at(2, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    time.expect("UTC has every time")
        .timestamp()
        .as_second()
        .to_string()
}

struct Company {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
}

impl Company {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let name = write(folder.path(), "users.yaml", &roster(GRACE, false));
        let sandbox = Sandbox::start(folder.path(), &name);
        Self { folder, sandbox }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, day: &str, args: &[&str]) -> Output {
        let all = [args, &["users.yaml", "--sandbox", "--format", "json"]].concat();
        let mut command = self.sandbox.command(self.path(), &all);
        let output = command.env("SOURCE_DATE_EPOCH", night(day)).output();
        let output = output.expect("the binary was built for this test");
        Output {
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// What is planned for Mary: an action, `held …`, or what a notice says.
    fn planned(&self, day: &str, args: &[&str]) -> String {
        let shown = self.run(day, &[&["plan"], args].concat());
        let plan: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let of_mary = |list: &str| -> Option<Value> {
            let list = plan[list].as_array().expect("a list");
            list.iter().find(|it| it["email"] == MARY).cloned()
        };
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        if let Some(action) = of_mary("actions") {
            return text(&action["action"]);
        }
        if let Some(held) = of_mary("held") {
            return format!("held {}: {}", text(&held["action"]), text(&held["why"]));
        }
        of_mary("notices").map_or_else(String::new, |notice| text(&notice["text"]))
    }

    fn apply(&self, day: &str, args: &[&str]) -> Vec<String> {
        let done = self.run(day, &[&["apply", "--yes"], args].concat());
        assert_eq!(done.code, 0, "{done:#?}");
        let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
        let outcomes = report["outcomes"].as_array().expect("a list").iter();
        let of_mary = outcomes.filter(|it| it["email"] == MARY);
        of_mary
            .map(|it| format!("{} {}", it["action"], it["outcome"]).replace('"', ""))
            .collect()
    }
}

#[test]
fn a_leaver_goes_off_waits_and_is_deleted_and_the_certificate_says_since_when() {
    let company = Company::new();
    assert_eq!(company.planned("2026-01-05", &[]), "deactivate");
    assert_eq!(company.apply("2026-01-05", &[]), ["deactivate applied"]);
    let file = company.sandbox.state().join("off.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept.contains(MARY) && kept.contains("switched_off"),
        "{kept}"
    );

    let waits = "off since 2026-01-05; will be deleted on 2026-02-05, after 30 days of grace";
    assert_eq!(company.planned("2026-02-04", &[]), waits);
    // Neither a plan for another day nor an apply for one brings it forward.
    for on in ["2026-02-05", "2030-01-01"] {
        assert_eq!(company.planned("2026-01-06", &["--on", on]), waits);
        assert_eq!(company.apply("2026-01-06", &["--on", on]), [""; 0]);
    }
    // And a day before the grace is over holds back what is due today.
    assert_eq!(
        company.planned("2026-02-05", &["--on", "2026-02-04"]),
        waits
    );
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        kept,
        "plans write nothing"
    );

    let shown = company.run("2026-01-20", &["leavers"]);
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    let since = &document["leavers"][0]["since"];
    assert_eq!(since["exact"], true, "{document:#}");
    let at = since["at"].as_str().unwrap();
    assert!(at.starts_with("2026-01-05T02:00:"), "{at}");

    assert_eq!(company.planned("2026-02-05", &[]), "delete");
    assert_eq!(company.apply("2026-02-05", &[]), ["delete applied"]);
    assert_eq!(company.planned("2026-02-06", &[]), "");
    assert_eq!(company.apply("2026-02-06", &[]), [""; 0]);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(MARY), "{kept}");
}

#[test]
fn listed_again_starts_anew_and_a_damaged_file_deletes_nobody() {
    let company = Company::new();
    assert_eq!(company.apply("2026-01-05", &[]), ["deactivate applied"]);
    write(company.path(), "users.yaml", &roster(GRACE, true));
    assert_eq!(company.apply("2026-01-20", &[]), ["reactivate applied"]);
    write(company.path(), "users.yaml", &roster(GRACE, false));
    assert_eq!(company.apply("2026-02-01", &[]), ["deactivate applied"]);
    let waits = "off since 2026-02-01; will be deleted on 2026-03-04, after 30 days of grace";
    assert_eq!(company.planned("2026-03-01", &[]), waits);

    let file = company.sandbox.state().join("off.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let held = company.planned("2026-06-01", &[]);
    assert!(
        held.starts_with("held delete: it is not known since when"),
        "{held}"
    );
    assert!(held.contains("off.json cannot be read"), "{held}");
    let refused = company.run("2026-06-01", &["apply", "--yes"]);
    assert_eq!(refused.code, 4, "{refused:#?}");
    // Moved away, as the message says: the grace begins anew.
    std::fs::remove_file(&file).unwrap();
    let unknown = company.planned("2026-06-02", &[]);
    assert!(unknown.contains("begins with the next apply"), "{unknown}");
    assert_eq!(company.apply("2026-06-02", &[]), [""; 0]);
    let waits =
        "off since before 2026-06-02; will be deleted on 2026-07-03, after 30 days of grace";
    assert_eq!(company.planned("2026-06-03", &[]), waits);
    assert_eq!(company.planned("2026-07-03", &[]), "delete");
}

#[test]
fn without_the_setting_nobody_is_deleted_however_long_ago() {
    let company = Company::new();
    write(
        company.path(),
        "users.yaml",
        &roster("unlisted: report", false),
    );
    assert_eq!(company.apply("2026-01-05", &[]), ["deactivate applied"]);
    assert_eq!(company.planned("2036-01-05", &[]), "");
    assert_eq!(company.apply("2036-01-05", &[]), [""; 0]);
}
