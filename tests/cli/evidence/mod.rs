//! A year of evidence with the real binary, a real Git repository and a sandbox that keeps its state:
//! joiners, movers, leavers, an administrator for two months, drift by hand, a removal that is held, a
//! run that is killed, lost nights. Then the questions of auditors. Days are values of a variable that only a sandbox heeds.
//! `tests/gitops/year` plays another year by the jobs of the examples.

mod company;
mod packs;
mod refused;

use std::collections::BTreeMap;

use serde_json::Value;

use company::{Company, files, seconds, texts, year};

use crate::common::{Sandbox, rosterctl_with, write};

#[test]
fn a_year_answers_the_questions_of_auditors() {
    let company = year();
    let day = "2026-12-31";

    // All users with access on 1 October.
    let document = company.json(day, &["access", "--at", "2026-10-01"]);
    let accounts = document["accounts"].as_array().unwrap().iter();
    let active: Vec<&str> = accounts
        .filter(|it| it["active"] == true)
        .filter_map(|it| it["email"].as_str())
        .filter(|it| !it.contains("stranger"))
        .collect();
    for expected in ["ada@example.com", "admin@example.com", "grace@example.com"] {
        assert!(active.contains(&expected), "{active:?}");
    }
    assert!(!active.contains(&"mary@example.com"), "{active:?}");
    // Before the night after, what a run did on that day counts too.
    let document = company.json(
        day,
        &[
            "access",
            "--at",
            "2026-06-16",
            "--person",
            "mary@example.com",
        ],
    );
    assert_eq!(document["accounts"][0]["active"], false, "{document:#}");
    assert_eq!(document["vendors"]["bitsight"]["changed_since"], 1);

    // Who was administrator in March, and who approved it.
    let march = ["--from", "2026-03-01", "--to", "2026-03-31"];
    let args = [&["history", "--admins", "--vendor", "bitsight"], &march[..]].concat();
    let document = company.json(day, &args);
    let changes = document["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{document:#}");
    assert_eq!(changes[0]["email"], "ada@example.com");
    assert_eq!(changes[0]["administrator"], "gained");
    let run = &document["runs"][0];
    assert_eq!(run["author"], "Ann b", "as Git keeps it");
    assert_eq!(texts(&run["approvals"], "login"), ["lead"]);
    assert_eq!(run["approvals"][0]["by"], "api");
    assert_eq!(run["approvals"][0]["outdated"], false);
    let shown = company.at(day, 12, &args, &[]);
    for word in [
        "ada@example.com",
        "lead",
        "#3",
        "dev",
        "became an administrator",
    ] {
        assert!(shown.stdout.contains(word), "no {word} in {}", shown.stdout);
    }

    // Mary left on the 15th: when was each access gone?
    let args = [
        "history",
        "--person",
        "mary@example.com",
        "--from",
        "2026-06-01",
    ];
    let document = company.json(day, &args);
    let changes = document["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{document:#}");
    let at = changes[0]["at"].as_str().unwrap();
    assert!(at.starts_with("2026-06-16T09:00:"), "{at}");
    assert!(
        !document.to_string().contains("grace@"),
        "nobody else is told of"
    );

    // Drift is told as such, with the two reads between which it happened.
    let args = ["history", "--from", "2026-06-01", "--to", "2026-06-30"];
    let document = company.json(day, &args);
    let changes = document["changes"].as_array().unwrap().iter();
    let drift: Vec<&Value> = changes.filter(|it| it["run"].is_null()).collect();
    assert_eq!(drift.len(), 1, "{document:#}");
    assert_eq!(drift[0]["email"], "grace@example.com");
    assert_eq!(drift[0]["administrator"], "gained");
    assert!(
        drift[0]["after"]
            .as_str()
            .unwrap()
            .starts_with("2026-06-01T02:00:")
    );
    assert!(
        drift[0]["at"]
            .as_str()
            .unwrap()
            .starts_with("2026-06-03T02:00:")
    );
    let uncovered = texts(&document["uncovered"], "why");
    assert!(uncovered.contains(&"it was not read"), "{uncovered:?}");

    // What nobody asked about, and no secret, is nowhere.
    let all = std::fs::read_dir(company.state().join("notes")).unwrap();
    for file in all {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("hidden-token"), "{text}");
    }

    // explain names the author and who approved.
    let shown = company.at(day, 12, &["explain", "ada@example.com"], &[]);
    for word in ["by Ann b", "approved by lead"] {
        assert!(shown.stdout.contains(word), "no {word} in {}", shown.stdout);
    }
}

#[test]
fn a_review_sheet_goes_on_from_the_last_one() {
    let mut company = Company::new();
    company.applied("2026-01-02");
    company.night("2026-01-03");
    let sheet = company.json("2026-01-04", &["access", "--review", "--keep"]);
    let rights = sheet["rights"].as_array().unwrap();
    let role = |it: &&Value| it["email"] == "ada@example.com" && it["right"] == "role";
    let ada = rights.iter().find(role);
    let ada = ada.expect("a row for Ada");
    assert_eq!(ada["right"], "role");
    assert!(
        ada["line"].as_str().unwrap().contains("users.yaml:"),
        "{ada:#}"
    );
    company.set(
        "ada@example.com",
        "accounts: { bitsight: { role: customer_admin } }",
    );
    company.merge("2026-03-05", "Ada looks after Bitsight");
    company.applied("2026-03-05");
    company.night("2026-03-06");
    let since = company.json("2026-03-07", &["access", "--review", "--since-last"]);
    let rights = since["rights"].as_array().unwrap();
    assert_eq!(
        texts(&since["rights"], "email"),
        ["ada@example.com"],
        "{since:#}"
    );
    assert_eq!(rights[0]["value"], "customer_admin");
    assert!(rights[0]["change"]["run"].is_string());
    let csv = company.at(
        "2026-03-07",
        12,
        &["access", "--review", "--format", "csv"],
        &[],
    );
    assert!(
        csv.stdout.starts_with("person,vendor,account,right,"),
        "{}",
        csv.stdout
    );
    assert!(csv.stdout.contains("approved by lead"), "{}", csv.stdout);
}

#[test]
fn the_roster_of_a_commit_is_told_offline() {
    let mut company = Company::new();
    let first = company.head.clone();
    company.set(
        "mary@example.com",
        "active: false, accounts: { bitsight: { role: customer_user } }",
    );
    company.merge("2026-02-01", "Mary leaves");
    let active = |rev: &str| -> Vec<String> {
        let document = company.json("2026-02-02", &["access", "--rev", rev]);
        let accounts = document["accounts"].as_array().unwrap().iter();
        let active = accounts.filter(|it| it["active"] == true);
        active
            .map(|it| it["email"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(active(&first).contains(&String::from("mary@example.com")));
    assert!(!active("HEAD").contains(&String::from("mary@example.com")));
    for rev in ["--output=x", "no-such-branch"] {
        let rev = format!("--rev={rev}");
        let refused = company.at("2026-02-02", 12, &["access", &rev], &[]);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.stderr.contains("knows no commit"), "{refused:#?}");
    }
}

#[test]
fn a_roster_that_was_moved_keeps_its_history() {
    let mut company = Company::new();
    let first = company.head.clone();
    company.applied("2026-01-02");
    let leaves = "active: false, accounts: { bitsight: { role: customer_user } }";
    company.set("mary@example.com", leaves);
    company.limits = "    max: { deactivations: 7 }\n";
    company.merge("2026-02-01", "Mary leaves");
    company.applied("2026-02-01");
    for (day, from, to) in [
        ("2026-03-01", "users.yaml", "staff.yaml"),
        ("2026-04-01", "staff.yaml", "access/staff.yaml"),
    ] {
        std::fs::create_dir_all(company.path().join("access")).unwrap();
        company.repository.git(&["mv", from, to]);
        company.repository.now = format!("{day}T08:00:00+00:00").leak();
        company.repository.commit("The roster has another place");
    }
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    let now = seconds("2026-05-01", 12);
    let run = |args: &[&str]| {
        let all = [args, &["access", "--sandbox"]].concat();
        let variables = [("SOURCE_DATE_EPOCH", &*now)];
        let done = company.sandbox.run_at(company.path(), &all, &variables);
        assert_eq!(done.code, 0, "{done:#?}");
        done.stdout
    };
    run(&[
        "evidence",
        "--from",
        "2026-01-15",
        "--to",
        "2026-04-30",
        "--out",
        path,
    ]);
    let text = std::fs::read_to_string(out.path().join("evidence.json")).unwrap();
    let pack: Value = serde_json::from_str(&text).unwrap();
    let mary = &pack["revocations"][0];
    assert_eq!(
        mary["email"], "mary@example.com",
        "{:#}",
        pack["revocations"]
    );
    assert_eq!(mary["commit"]["subject"], "Mary leaves");
    assert_eq!(mary["state"], "gone");
    let rules = texts(&pack["rules"], "rule");
    assert_eq!(rules, ["max.deactivations"], "{:#}", pack["rules"]);
    // And what it asked for at that commit, at the place of then.
    let asked = run(&["access", "--rev", &first, "--format", "csv"]);
    assert!(asked.contains("mary@example.com"), "{asked}");
}

#[test]
fn only_a_sandbox_goes_by_days_that_are_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let people = BTreeMap::from([(
        "ada@example.com",
        String::from("accounts: { bitsight: { role: customer_user } }"),
    )]);
    let name = write(path, "first.yaml", &Company::roster(&people, ""));
    let sandbox = Sandbox::start(path, &name);
    let index = sandbox.index();
    let vendor = &index["vendors"]["bitsight"];
    let address = vendor["base_url"].as_str().expect("an address");
    let limits = format!("    base_url: \"{address}\"\n");
    let roster = Company::roster(&people, &limits);
    write(
        path,
        "users.yaml",
        &roster.replace("env: UNUSED", "env: TOKEN"),
    );
    std::fs::remove_file(path.join("first.yaml")).unwrap();
    let variables = [
        ("TOKEN", "sandbox-bitsight-token"),
        // In 2020.
        ("SOURCE_DATE_EPOCH", "1600000000"),
    ];
    for args in [&["apply", "--yes"][..], &["access", "--keep"]] {
        let done = rosterctl_with(path, &[args, &["users.yaml"]].concat(), &variables);
        assert_eq!(done.code, 0, "{done:#?}");
    }
    let kept = files(&path.join(".rosterctl"));
    let of = |name: &str| {
        kept.iter()
            .filter(|it| it.to_string_lossy().contains(name))
            .count()
    };
    assert!(
        of("journal/") > 0 && of("inventories/") > 0 && of("notes/") > 0,
        "{kept:?}"
    );
    assert_eq!(of("2020-"), 0, "{kept:?}");
    let notes = kept
        .iter()
        .find(|it| it.to_string_lossy().contains("notes/"));
    let notes = std::fs::read_to_string(notes.unwrap()).unwrap();
    assert!(!notes.contains("\"at\":\"2020-"), "{notes}");
}

#[test]
fn last_logins_are_kept_for_packs_and_days() {
    let company = Company::new();
    company.applied("2026-01-02");
    company.night("2026-03-31");
    let seen = company.json("2026-04-01", &["access", "--at", "2026-03-31"]);
    let login = |list: &Value, email: &str| {
        let mut accounts = list["accounts"].as_array().unwrap().iter();
        accounts.find(|it| it["email"] == email).unwrap()["last_login"].clone()
    };
    let mary = login(&seen, "mary@example.com");
    assert!(
        mary.as_str().unwrap().starts_with("2026-01-06T10:30:00"),
        "{mary}"
    );
    // Nobody knows on the 3rd what was seen later.
    let before = company.json("2026-04-01", &["access", "--at", "2026-01-03"]);
    assert_eq!(login(&before, "mary@example.com"), Value::Null);
    let before = company.state().join("inventories/bitsight");
    let before = files(&before).len();
    company.night("2026-05-31");
    let kept = files(&company.state().join("inventories/bitsight")).len();
    assert_eq!(kept, before, "the same is kept once");
}
