//! Bitsight described in a file, beside the connector that is built in: both plan the same from the
//! same server, and what one applies the other finds done. Where they differ, the description's
//! head says so.

use serde_json::{Value as Json, json};

use crate::common::{Output, Sandbox, rosterctl_with, write};

const DESCRIPTION: &str = include_str!("../../../src/description/tests/bitsight.yaml");

/// A roster of two forms at one server.
struct Pair {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    token: String,
}

const NAMES: [&str; 6] = ["Ada", "Ben", "Cid", "Dan", "Eve", "Fay"];

/// People of every kind: each role, with and without group and features, leavers, and strangers to
/// be.
fn people() -> String {
    let mut text = String::from("people:\n");
    for at in 0..24 {
        let name = NAMES[at % NAMES.len()];
        let role = ["customer_user", "customer_group_admin", "customer_admin"][at % 3];
        let group = ["", ", group: Europe", ", group: Asia"][at % 3];
        let features = ["", ", features: { fq-access: true }"][at % 2];
        let contact = ["", ", is_available_for_contact: true"][at / 3 % 2];
        let left = if at % 7 == 3 { "active: false, " } else { "" };
        text.push_str(&format!(
            "  - {{ email: {name}{at}@example.com, {left}first_name: {name}, last_name: No{at}, accounts: {{ bitsight: \
             {{ role: {role}{group}{features}{contact} }} }} }}\n"
        ));
    }
    text
}

impl Pair {
    fn new(twists: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let vendor =
            "version: 1\nvendors:\n  bitsight: { auth: { token: { env: BITSIGHT_TOKEN } } }\n";
        write(folder.path(), "seed.yaml", &format!("{vendor}{}", people()));
        write(folder.path(), "bitsight.yaml", DESCRIPTION);
        let sandbox = Sandbox::twisted(folder.path(), "seed.yaml", twists);
        let index = sandbox.index();
        let served = &index["vendors"]["bitsight"];
        let base_url = served["base_url"].as_str().expect("an address");
        let token = served["secrets"]["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let common = format!(
            "    base_url: {base_url}\n    auth: {{ token: {{ env: BITSIGHT_TOKEN }} }}\n    unlisted: deactivate\n    \
             max: {{ deactivations: 50 }}\n    limits: {{ per_second: 1000, burst: 1000 }}\n"
        );
        let people = people();
        let built_in = format!("version: 1\nvendors:\n  bitsight:\n{common}{people}");
        let described = format!(
            "version: 1\nvendors:\n  bitsight:\n    kind: rest\n    connector: bitsight.yaml\n    deactivate: \
             switch\n{common}{people}"
        );
        for (form, roster) in [("built-in", built_in), ("described", described)] {
            std::fs::create_dir(folder.path().join(form)).expect("a folder");
            write(&folder.path().join(form), "users.yaml", &roster);
            write(&folder.path().join(form), "bitsight.yaml", DESCRIPTION);
        }
        Self {
            folder,
            sandbox,
            token,
        }
    }

    fn run(&self, form: &str, words: &[&str]) -> Output {
        let folder = self.folder.path().join(form);
        rosterctl_with(&folder, words, &[("BITSIGHT_TOKEN", &self.token)])
    }

    /// What a form plans: actions, and what is held, manual and unlisted, without words that name the
    /// kind.
    fn plan(&self, form: &str) -> Json {
        let output = self.run(form, &["plan", "--format", "json"]);
        let plan: Json = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|_| panic!("{form}: {}{}", output.stdout, output.stderr));
        let actions = |key: &str| -> Vec<Json> {
            let items = plan[key].as_array().cloned().unwrap_or_default();
            let mut items: Vec<Json> = items
                .iter()
                .map(|it| {
                    json!([
                        it["email"],
                        it["action"],
                        it["id"],
                        it["changes"],
                        it["account_email"]
                    ])
                })
                .collect();
            items.sort_by_key(ToString::to_string);
            items
        };
        let vendor = &plan["vendors"]["bitsight"];
        json!({
            "actions": actions("actions"), "held": actions("held"), "manual": actions("manual"),
            "unlisted": actions("unlisted"), "accounts": vendor["accounts"], "error": vendor["error"].is_string(),
        })
    }

    fn assert_same(&self, when: &str) -> Json {
        let (built_in, described) = (self.plan("built-in"), self.plan("described"));
        assert_eq!(built_in, described, "{when}");
        built_in
    }
}

#[test]
fn both_plan_the_same_whatever_the_server_does() {
    for twists in [
        &[][..],
        &["bitsight:list-hides-deactivated"],
        &["bitsight:list-shows-tokens"],
        &["bitsight:list-without-links"],
        &["bitsight:empty-answers"],
        &["bitsight:features-merge"],
    ] {
        let pair = Pair::new(twists);
        let plan = pair.assert_same(&format!("{twists:?}"));
        let actions = plan["actions"].as_array().map_or(0, Vec::len);
        assert!(actions > 5, "{twists:?} makes too little: {plan:#}");
        drop(pair.sandbox);
    }
}

/// The description cannot say that the owner of the token is a pseudo-user that no list shows: it
/// does less, and says so.
#[test]
fn a_company_token_holds_what_needs_a_proof() {
    let pair = Pair::new(&["bitsight:company-token"]);
    let (built_in, described) = (pair.plan("built-in"), pair.plan("described"));
    let of = |plan: &Json, key: &str| plan[key].as_array().cloned().unwrap_or_default();
    let mut all = of(&described, "actions");
    all.extend(of(&described, "held"));
    all.sort_by_key(ToString::to_string);
    assert_eq!(all, of(&built_in, "actions"));
    assert!(!of(&described, "held").is_empty());
}

#[test]
fn what_one_applies_the_other_finds_done() {
    for (first, second) in [("built-in", "described"), ("described", "built-in")] {
        let pair = Pair::new(&[]);
        let applied = pair.run(first, &["apply", "--yes"]);
        assert_eq!(
            applied.code, 0,
            "{first}: {}{}",
            applied.stdout, applied.stderr
        );
        for form in [first, second] {
            let plan = pair.run(form, &["plan", "--detailed-exitcode"]);
            assert_eq!(
                plan.code, 0,
                "{first}, {form}: {}{}",
                plan.stdout, plan.stderr
            );
        }
        pair.assert_same(first);
    }
}
