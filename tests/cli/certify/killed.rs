//! `certify` with the real binary, killed with SIGKILL at its calls, at a vendor of every kind:
//! the next run finds the account and takes it away, and nobody else was written to.

use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::common::between::{Between, Passed};
use crate::common::{Output, Sandbox, command, rosterctl_with, write};

/// Each kind: name, keys of the vendor in the roster, its secrets, and what Ada has there.
const KINDS: [(&str, &str, &[&str], &str); 6] = [
    ("bitsight", "", &["token"], "{ role: customer_user }"),
    (
        "logicgate",
        "deactivate: disable",
        &["token"],
        "{ tier: LIMITED }",
    ),
    (
        "snaplogic",
        "organization: ExampleEnv",
        &["email", "password"],
        "{}",
    ),
    (
        "surecloud",
        "",
        &["jwt"],
        "{ role: CONTRIBUTOR, groups: [//Planted/Group] }",
    ),
    ("scim", "", &["token"], "{}"),
    (
        "redmine",
        "kind: rest, connector: redmine, login: local_part",
        &["key"],
        "{}",
    ),
];

/// Every kind's vendor behind one stand.
struct Tenants {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    between: Between,
}

/// The roster, with the addresses that are given.
fn roster(base: impl Fn(&str) -> String) -> String {
    let mut text = String::from("version: 1\nvendors:\n");
    let mut accounts = Vec::new();
    for (name, keys, secrets, account) in KINDS {
        let auth = secrets
            .iter()
            .map(|it| format!("{it}: {{ env: {} }}", variable(name, it)));
        let auth: Vec<String> = auth.collect();
        let keys = if keys.is_empty() {
            String::new()
        } else {
            format!(", {keys}")
        };
        text.push_str(&format!(
            "  {name}: {{ base_url: \"{}\", auth: {{ {} }}, limits: {{ per_second: 10000, burst: 10000 }}{keys} }}\n",
            base(name),
            auth.join(", ")
        ));
        accounts.push(format!("{name}: {account}"));
    }
    text.push_str(&format!(
        "people:\n  - {{ email: ada@planted.example, first_name: Ada, last_name: P, accounts: {{ {} }} }}\n",
        accounts.join(", ")
    ));
    text
}

fn variable(vendor: &str, secret: &str) -> String {
    format!("{vendor}_{secret}").to_uppercase()
}

impl Tenants {
    fn new(twists: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = roster(|name| format!("https://{name}.example"));
        write(folder.path(), "seed.yaml", &seed);
        let sandbox = Sandbox::twisted(folder.path(), "seed.yaml", twists);
        let between = Between::before(sandbox.address());
        let text = roster(|name| format!("{}/{name}", between.address()));
        write(folder.path(), "users.yaml", &text);
        let tenants = Self {
            folder,
            sandbox,
            between,
        };
        let applied = tenants.run(&["apply", "users.yaml", "--yes"]);
        assert_eq!(applied.code, 0, "{applied:#?}");
        tenants.between.take();
        tenants
    }

    fn secrets(&self) -> Vec<(String, String)> {
        let index = self.sandbox.index();
        let secret = |name: &str, it: &&str| {
            let text = index["vendors"][name]["secrets"][it].as_str().unwrap();
            (variable(name, it), text.to_owned())
        };
        let all = KINDS.iter();
        all.flat_map(|it| it.2.iter().map(|key| secret(it.0, key)))
            .collect()
    }

    fn run(&self, args: &[&str]) -> Output {
        let secrets = self.secrets();
        let variables: Vec<(&str, &str)> = secrets.iter().map(|it| (&*it.0, &*it.1)).collect();
        rosterctl_with(self.folder.path(), args, &variables)
    }

    /// `certify`, not started yet.
    fn certify(&self, kind: &str, account: &str) -> Command {
        let secrets = self.secrets();
        let variables: Vec<(&str, &str)> = secrets.iter().map(|it| (&*it.0, &*it.1)).collect();
        let mut args = vec!["certify", kind, "users.yaml", "--account", account];
        args.extend(["--tenant", "127.0.0.1", "--yes"]);
        let mut command = command(self.folder.path(), &args, &variables);
        command.stdin(Stdio::null());
        command
    }

    /// Everybody whom a vendor shows; where it shows nobody, whom runs remember.
    fn accounts(&self, kind: &str) -> Vec<Json> {
        let args = ["access", "users.yaml", "--vendor", kind, "--format", "json"];
        let output = self.run(&args);
        assert_eq!(output.code, 0, "{output:#?}");
        let document: Json = serde_json::from_str(&output.stdout).unwrap();
        self.between.take();
        document["accounts"].as_array().unwrap().clone()
    }

    /// Kills a run at a call; whether it came that far.
    fn killed(&self, kind: &str, account: &str, at: usize, arrives: bool) -> bool {
        let reached = self.between.hold(at, arrives);
        let mut command = self.certify(kind, account);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = command.spawn().unwrap();
        let came = loop {
            if reached.try_recv().is_ok() {
                break true;
            }
            if run.try_wait().unwrap().is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        self.between.release();
        if came {
            run.kill().unwrap();
            assert_eq!(run.wait().unwrap().code(), None, "SIGKILL has no exit code");
        }
        came
    }
}

fn is_made(account: &Json) -> bool {
    let email = account["email"].as_str().unwrap_or_default();
    email.contains("rosterctl-certify")
}

/// Whether a write names only accounts of these runs: none of anybody else's addresses and ids.
fn is_about_others(write: &Passed, others: &[Json]) -> bool {
    let sent = format!("{} {}", write.path, write.body).replace("%40", "@");
    let names = others.iter().flat_map(|it| [&it["email"], &it["id"]]);
    let mut names = names.filter_map(Json::as_str).filter(|it| it.len() > 3);
    names.any(|it| sent.contains(it))
}

/// Kills runs at calls of one kind, each followed by one that is let through: at every so many calls, and
/// with `ROSTERCTL_EVERY_BOUNDARY=1` at each (some minutes; within the process it is always each).
fn each_call(kind: &str, twists: &[&str], both: bool, step: usize) {
    let every = std::env::var_os("ROSTERCTL_EVERY_BOUNDARY").is_some();
    let step = if every { 1 } else { step };
    let tenants = Tenants::new(twists);
    let before = tenants.accounts(kind);
    let deletes = !matches!(kind, "logicgate" | "surecloud");
    let mut number = 0;
    for at in (0..).step_by(step) {
        for arrives in [true, false] {
            if !arrives && !both {
                continue;
            }
            number += 1;
            let account = format!("rosterctl-certify-{number}@planted.example");
            let whole = !tenants.killed(kind, &account, at, arrives);
            // Where nothing is ever deleted, an address is used up; so is every one by then.
            let next = format!("rosterctl-certify-{number}-again@planted.example");
            let output = tenants.certify(kind, &next).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            let what = format!("{kind} {at} {arrives}: {stderr}");
            assert_eq!(output.status.code(), Some(0), "{what}");
            let writes = tenants.between.take().into_iter().filter(Passed::writes);
            for write in writes {
                assert!(!is_about_others(&write, &before), "{write:?}: {what}");
            }
            let noted = stderr.contains("which an earlier run left, is ");
            let gone = tenants.accounts(kind);
            let (made, others): (Vec<Json>, Vec<Json>) = gone.into_iter().partition(is_made);
            assert_eq!(others, before, "{what}");
            let on = made.iter().find(|it| it["active"] != false);
            assert_eq!(on, None, "{what}");
            assert!(!deletes || made.is_empty(), "{made:?}: {what}");
            let state = tenants.folder.path().join(".rosterctl/certify.json");
            let state = std::fs::read_to_string(state).unwrap_or_default();
            assert!(!state.contains('@'), "{state}: {what}");
            if whole {
                assert!(at > 4 && !noted, "{what}");
                return;
            }
        }
    }
}

#[test]
fn certify_killed_at_any_call_at_bitsight() {
    each_call("bitsight", &["bitsight:create-doubles"], true, 1);
}

#[test]
fn certify_killed_at_any_call_at_logicgate() {
    each_call("logicgate", &[], false, 3);
}

#[test]
fn certify_killed_at_any_call_at_snaplogic() {
    each_call("snaplogic", &[], true, 3);
}

#[test]
fn certify_killed_at_any_call_at_surecloud() {
    each_call("surecloud", &[], true, 1);
}

#[test]
fn certify_killed_at_any_call_at_a_scim_server() {
    each_call("scim", &[], false, 2);
}

#[test]
fn certify_killed_at_any_call_at_a_described_vendor() {
    each_call("redmine", &[], false, 13);
}

#[test]
fn nothing_is_sent_before_somebody_agreed() {
    let tenants = Tenants::new(&[]);
    for (kind, ..) in KINDS {
        let account = "rosterctl-certify@planted.example";
        let certify = |tenant: &str, account: &str, more: &[&str]| {
            let args = ["certify", kind, "users.yaml", "--account", account];
            tenants.run(&[&args[..], &["--tenant", tenant], more].concat())
        };
        let unasked = certify("127.0.0.1", account, &[]);
        assert_eq!(unasked.code, 1, "{unasked:#?}");
        assert!(unasked.stderr.contains("take "), "{unasked:#?}");
        let elsewhere = certify("localhost", account, &["--yes"]);
        assert_eq!(elsewhere.code, 1, "{elsewhere:#?}");
        assert!(
            elsewhere.stderr.contains("nothing was written"),
            "{elsewhere:#?}"
        );
        let taken = certify("127.0.0.1", "ADA@planted.example", &["--yes"]);
        assert_eq!(taken.code, 1, "{taken:#?}");
        if kind == "redmine" {
            let admin = certify("127.0.0.1", "admin@planted.example", &["--yes"]);
            assert_eq!(admin.code, 1, "{admin:#?}");
            assert!(admin.stderr.contains("rosterctl-certify"), "{admin:#?}");
        }
        let sent = tenants.between.take();
        assert!(sent.is_empty(), "{kind}: {sent:?}");
    }
}
