//! What a tenant answers, with the real binary: the probe, `certify`, certificates beside a roster, and a
//! vendor that is only observed.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::common::{Output, Sandbox, rosterctl, rosterctl_with, write};

const PEOPLE: &str = "people:
  - { email: ada@example.com, first_name: Ada, last_name: A, accounts: { bitsight: { role: customer_user } } }
  - { email: bob@example.com, first_name: Bob, last_name: B, accounts: { bitsight: { role: customer_user } } }
";

/// A tenant on loopback, whose switches are turned, and a roster that names it as it would a real one.
struct Tenant {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    token: String,
}

impl Tenant {
    fn new(twists: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vendors = "vendors: { bitsight: { auth: { token: { env: T } } } }\n";
        write(folder.path(), "seed.yaml", &format!("{vendors}{PEOPLE}"));
        let sandbox = Sandbox::twisted(folder.path(), "seed.yaml", twists);
        let index = sandbox.index();
        let token = index["vendors"]["bitsight"]["secrets"]["token"].as_str();
        let token = token.unwrap().to_owned();
        let tenant = Self {
            sandbox,
            folder,
            token,
        };
        tenant.roster("users.yaml", "", PEOPLE);
        tenant
    }

    fn roster(&self, name: &str, settings: &str, people: &str) {
        let address = self.sandbox.address();
        let text = format!(
            "vendors:
  bitsight:
    base_url: {address}/bitsight
    auth: {{ token: {{ env: T }} }}
    limits: {{ per_second: 1000, burst: 100 }}
{settings}{people}"
        );
        if let Some(folder) = Path::new(name).parent() {
            fs::create_dir_all(self.folder.path().join(folder)).unwrap();
        }
        write(self.folder.path(), name, &text);
    }

    fn run(&self, args: &[&str]) -> Output {
        rosterctl_with(self.folder.path(), args, &[("T", &self.token)])
    }

    fn certify(&self, more: &[&str]) -> Output {
        let args = [
            "certify",
            "bitsight",
            "users.yaml",
            "--account",
            "rosterctl-certify@example.com",
        ];
        self.run(&[&args, more].concat())
    }

    fn certificate(&self) -> Json {
        let path = self.folder.path().join("certificates/bitsight.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Json)) {
        let mut certificate = self.certificate();
        change(&mut certificate);
        let path = self.folder.path().join("certificates/bitsight.json");
        fs::write(path, certificate.to_string()).unwrap();
    }

    fn plan(&self, more: &[&str]) -> Json {
        let output = self.run(&[&["plan", "users.yaml", "--format", "json"], more].concat());
        assert!([0, 2, 4].contains(&output.code), "{output:#?}");
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// The texts of a plan's notices.
    fn told(&self) -> String {
        self.plan(&[])["notices"].to_string()
    }
}

/// Bob is a leaver.
fn without_bob() -> String {
    PEOPLE.replace("bob@example.com,", "bob@example.com, active: false,")
}

#[test]
fn a_probe_writes_a_certificate_and_plans_say_no_more_that_nothing_was_seen() {
    let tenant = Tenant::new(&["bitsight:list-hides-deactivated"]);
    assert!(tenant.told().contains("nothing was seen at this tenant"));
    let out = "certificates/bitsight.json";
    let args = ["doctor", "users.yaml", "--probe", "--out", out];
    let probed = tenant.run(&args);
    assert_eq!(probed.code, 0, "{probed:#?}");
    assert!(probed.stdout.contains("token_scope: all"), "{probed:#?}");
    let before = tenant.certificate();
    assert_eq!(before["kind"], "bitsight");
    assert_eq!(before["answers"]["token_scope"]["answer"], "all");
    assert!(!tenant.told().contains("nothing was seen"));
    let json = tenant.run(&["doctor", "users.yaml", "--probe", "--format", "json"]);
    assert!(json.stdout.contains("open_question"), "{json:#?}");
    let several = tenant.run(&["doctor", "users.yaml", "--out", out]);
    assert_eq!(several.code, 1, "--out needs --probe");
}

#[test]
fn certify_asks_first_repeats_the_host_and_leaves_nothing() {
    let tenant = Tenant::new(&["bitsight:status-ignored"]);
    let applied = tenant.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let elsewhere = tenant.certify(&["--tenant", "api.bitsighttech.com", "--yes"]);
    assert_eq!(elsewhere.code, 1, "{elsewhere:#?}");
    assert!(
        elsewhere.stderr.contains("is at 127.0.0.1"),
        "{elsewhere:#?}"
    );
    let unasked = tenant.certify(&["--tenant", "127.0.0.1"]);
    assert_eq!(unasked.code, 1, "{unasked:#?}");
    assert!(
        unasked.stderr.contains("nothing was written"),
        "{unasked:#?}"
    );
    for call in ["PATCH /ratings/v2/users", "POST /ratings/v2/users"] {
        assert!(unasked.stderr.contains(call), "{call}: {unasked:#?}");
    }
    let taken = [
        "certify",
        "bitsight",
        "users.yaml",
        "--account",
        "ada@example.com",
        "--tenant",
        "127.0.0.1",
        "--yes",
    ];
    let taken = tenant.run(&taken);
    assert_eq!(taken.code, 1, "{taken:#?}");
    assert!(
        taken.stderr.contains("the roster knows ada@example.com"),
        "{taken:#?}"
    );
    let done = tenant.certify(&["--tenant", "127.0.0.1", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(done.stdout.contains("patch_status: ignored"), "{done:#?}");
    assert!(done.stdout.contains("is taken away again"), "{done:#?}");
    let certificate = tenant.certificate();
    assert_eq!(certificate["answers"]["patch_status"]["answer"], "ignored");
    assert!(!certificate.to_string().contains('@'));
    let unlisted = tenant.plan(&[])["unlisted"].to_string();
    assert!(!unlisted.contains("rosterctl-certify"), "{unlisted}");
    // The journal of the run is sound.
    let journals = fs::read_dir(tenant.folder.path().join(".rosterctl/journal")).unwrap();
    for journal in journals {
        let path = journal.unwrap().path();
        let verified = rosterctl(
            tenant.folder.path(),
            &["journal", "verify", path.to_str().unwrap()],
        );
        assert_eq!(verified.code, 0, "{verified:#?}");
    }
    // What does not switch off is a step for a person from now on.
    tenant.roster("users.yaml", "", &without_bob());
    let plan = tenant.plan(&[]);
    assert_eq!(plan["manual"][0]["email"], "bob@example.com", "{plan:#}");
    assert_eq!(plan["summary"]["deactivate"], 0);
}

#[test]
fn a_certificate_that_is_old_foreign_or_of_another_kind_confirms_nothing_and_refutes_all_the_same()
{
    let tenant = Tenant::new(&["bitsight:status-refused"]);
    let done = tenant.certify(&["--tenant", "127.0.0.1", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    tenant.run(&["apply", "users.yaml", "--yes"]);
    tenant.roster("users.yaml", "", &without_bob());
    let good = tenant.certificate();
    let manual = |tenant: &Tenant| tenant.plan(&[])["summary"]["manual"].clone();
    assert_eq!(manual(&tenant), 1);
    let digest = tenant.plan(&[])["digest"].clone();
    for (key, value, said, refutes) in [
        ("day", Json::from("2020-01-01"), "2020-01-01", 1),
        ("kind", Json::from("logicgate"), "of the kind logicgate", 0),
        ("format", Json::from(2), "it has format 2", 0),
    ] {
        tenant.change(|it| it[key] = value);
        assert!(tenant.told().contains(said), "{said}: {}", tenant.told());
        assert_eq!(manual(&tenant), refutes, "{key}");
        assert_ne!(tenant.plan(&[])["digest"], digest, "{key}");
        tenant.change(|it| *it = good.clone());
    }
    tenant.change(|it| it["tenant"]["salt"] = "another".into());
    assert!(tenant.told().contains("of another tenant"));
    assert_eq!(manual(&tenant), 1);
    let path = tenant.folder.path().join("certificates/bitsight.json");
    fs::write(path, "{").unwrap();
    let broken = tenant.run(&["validate", "users.yaml"]);
    assert_eq!(broken.code, 1, "{broken:#?}");
    assert!(broken.stderr.contains("error[certificate]"), "{broken:#?}");
    tenant.roster("users.yaml", "    certificate: none.json\n", PEOPLE);
    let missing = tenant.run(&["validate", "users.yaml"]);
    assert!(missing.stderr.contains("none.json"), "{missing:#?}");
}

#[test]
fn a_pull_request_cannot_say_what_the_tenant_was_seen_to_do() {
    let tenant = Tenant::new(&["bitsight:status-refused"]);
    let done = tenant.certify(&["--tenant", "127.0.0.1", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    tenant.run(&["apply", "users.yaml", "--yes"]);
    let folder = tenant.folder.path();
    for name in ["base", "head"] {
        tenant.roster(&format!("{name}/users.yaml"), "", &without_bob());
        fs::create_dir(folder.join(name).join("certificates")).unwrap();
        let mut certificate = tenant.certificate();
        if name == "head" {
            certificate["answers"]["patch_status"]["answer"] = "works".into();
        }
        let path = folder.join(name).join("certificates/bitsight.json");
        fs::write(path, certificate.to_string()).unwrap();
    }
    let plan = |more: &[&str]| {
        let args = ["plan", "head", "--base", "base", "--format", "json"];
        let output = tenant.run(&[&args, more].concat());
        serde_json::from_str::<Json>(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"))
    };
    let trusted = plan(&[]);
    assert_eq!(trusted["summary"]["deactivate"], 1, "{trusted:#}");
    assert!(
        trusted["attention"].to_string().contains("certificate"),
        "{trusted:#}"
    );
    let untrusted = plan(&["--untrusted"]);
    assert_eq!(untrusted["summary"]["deactivate"], 0, "{untrusted:#}");
    assert_eq!(untrusted["summary"]["manual"], 1, "{untrusted:#}");
    let old = "base/certificates/bitsight.json";
    let new = "head/certificates/bitsight.json";
    let diff = rosterctl(folder, &["certify", "--diff", old, new]);
    assert_eq!(
        (diff.code, &*diff.stdout),
        (0, "patch_status: refused → works\n"),
        "{diff:#?}"
    );
    let same = rosterctl(folder, &["certify", "--diff", old, old, "--format", "json"]);
    assert!(same.stdout.contains("\"differences\": []"), "{same:#?}");
}

#[test]
fn a_vendor_that_is_only_observed_is_planned_and_never_written() {
    let tenant = Tenant::new(&[]);
    tenant.roster("users.yaml", "    mode: observe\n", PEOPLE);
    let before = tenant.plan(&[]);
    let actions = before["actions"].as_array().unwrap().len();
    assert!(actions > 0, "{before:#}");
    assert!(tenant.told().contains("shown and never written"));
    assert_eq!(before["vendors"]["bitsight"]["observed"], true);
    let applied = tenant.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let after = tenant.plan(&[]);
    assert_eq!(after["actions"], before["actions"]);
    // The document of an apply has the same, marked, and no outcome.
    let args = ["apply", "users.yaml", "--yes", "--format", "json"];
    let args = [&args[..], &["--summary", "summary.md"]].concat();
    let applied = tenant.run(&args);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let document: Json = serde_json::from_str(&applied.stdout).unwrap();
    assert_eq!(document["plan"]["actions"], before["actions"]);
    assert_eq!(document["plan"]["digest"], before["digest"]);
    assert_eq!(document["plan"]["vendors"]["bitsight"]["observed"], true);
    assert_eq!(document["outcomes"], Json::Array(Vec::new()));
    tenant.roster("users.yaml", "", PEOPLE);
    assert_eq!(
        tenant.plan(&[])["vendors"]["bitsight"]["observed"],
        Json::Null
    );
    tenant.roster("users.yaml", "    mode: observe\n", PEOPLE);
    let refused = tenant.certify(&["--tenant", "127.0.0.1", "--yes"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("only observed"), "{refused:#?}");
}
