//! A vendor that knows people by a login name: without e-mails, and with both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

/// Names are kept in small letters; nothing else is known of a user but the level.
const NAMES: &str = "connector: 1
title: Names
rights: an administrator
auth: { bearer: token }
self: { get: /me, email: /name }
limits: { per_second: 10000, burst: 10000 }
users:
  id: /name
  login: /name
  list: { get: /users, items: /users, page: { by: offset, offset: from, limit: size, size: 2 }, total: /total }
  get: { get: \"/users/{id}\" }
  create: { put: \"/users/{login}\" }
  update: { patch: \"/users/{id}\" }
  delete: { delete: \"/users/{id}\" }
attributes:
  level: { at: /level, type: choice, values: { reader: 1, admin: 2 }, rights: ranked, admin: admin }
";

type Levels = Arc<Mutex<BTreeMap<String, u64>>>;

fn names(levels: &Levels, request: &Request) -> Answer {
    let mut levels = levels.lock().expect("no panic");
    let shown = |name: &str, level: u64| json!({ "name": name, "level": level });
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    let number = |name: &str| request.asked(name).and_then(|it| it.parse::<usize>().ok());
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["me"]) => (200, vec![], Some(shown("root", 2))),
        ("GET", ["users"]) => {
            let all = levels.iter().map(|(name, level)| shown(name, *level));
            let page = all
                .skip(number("from").unwrap_or(0))
                .take(number("size").unwrap_or(100));
            let page: Vec<Json> = page.collect();
            (
                200,
                vec![],
                Some(json!({ "users": page, "total": levels.len() })),
            )
        }
        (method, ["users", name]) => {
            let name = name.to_ascii_lowercase();
            let level = request.body.as_ref().and_then(|it| it["level"].as_u64());
            match (method, levels.get(&name).copied()) {
                ("GET", Some(level)) => (200, vec![], Some(shown(&name, level))),
                ("PUT", before) => {
                    levels.insert(name, level.or(before).unwrap_or(1));
                    (204, vec![], None)
                }
                ("PATCH", Some(before)) => {
                    levels.insert(name, level.unwrap_or(before));
                    (204, vec![], None)
                }
                ("DELETE", Some(_)) => {
                    levels.remove(&name);
                    (204, vec![], None)
                }
                (_, _) => (404, vec![], None),
            }
        }
        _ => (405, vec![], None),
    }
}

fn start(people: &str, more: &str) -> (tempfile::TempDir, Levels) {
    let there = [("root", 2), ("ada", 1), ("bob", 1), ("eve", 1)];
    let levels: Levels = Arc::new(Mutex::new(
        there.map(|(name, level)| (name.to_owned(), level)).into(),
    ));
    let kept = levels.clone();
    let (address, _) = serve(move |request| names(&kept, request));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "names.yaml", NAMES);
    let roster = format!(
        "version: 1\nvendors:\n  hub:\n    kind: rest\n    connector: names.yaml\n    base_url: {address}\n    \
         deactivate: delete\n    auth: {{ token: {{ env: T }} }}\n{more}people:\n{people}"
    );
    write(folder.path(), "users.yaml", &roster);
    (folder, levels)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    rosterctl_with(folder, arguments, &[("T", "t")])
}

fn document(output: &Output) -> Json {
    serde_json::from_str(&output.stdout)
        .unwrap_or_else(|_| panic!("{}{}", output.stdout, output.stderr))
}

#[test]
fn people_without_an_e_mail_at_the_vendor_are_their_logins() {
    let people = "  - { email: root@acme.example, accounts: { hub: {} } }
  - { email: ada.lovelace@acme.example, logins: { hub: ada }, accounts: { hub: { level: admin } } }
  - { email: Grace.Hopper@acme.example, accounts: { hub: { level: reader } } }
  - { email: eve@acme.example, active: false, accounts: { hub: {} } }
";
    let (folder, levels) = start(people, "    login: local_part\n");
    let plan = document(&run(folder.path(), &["plan", "--format", "json"]));
    let actions: Vec<String> = plan["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .map(|it| format!("{} {}", it["action"], it["email"]).replace('"', ""))
        .collect();
    let expected = [
        "update ada.lovelace@acme.example",
        "create Grace.Hopper@acme.example",
        "delete eve@acme.example",
    ];
    for action in expected {
        assert!(actions.iter().any(|it| it == action), "{action}: {plan:#}");
    }
    assert_eq!(actions.len(), 3, "{plan:#}");
    // Whom the roster does not list goes by the login.
    assert_eq!(plan["unlisted"][0]["email"], "bob", "{plan:#}");
    let applied = run(folder.path(), &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let now: Vec<(String, u64)> = levels
        .lock()
        .expect("no panic")
        .clone()
        .into_iter()
        .collect();
    let expected = [("ada", 2), ("bob", 1), ("grace.hopper", 1), ("root", 2)];
    assert_eq!(now, expected.map(|(name, level)| (name.to_owned(), level)));
    let again = run(folder.path(), &["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
}

#[test]
fn a_login_is_protected_as_an_e_mail_is() {
    let people = "  - { email: root@acme.example, accounts: { hub: {} } }\n";
    let rules = "    login: local_part\n    unlisted: deactivate\n    max: { deactivations: 9 }\n    protect: [BOB]\n";
    let (folder, _) = start(people, rules);
    let plan = document(&run(folder.path(), &["plan", "--format", "json"]));
    let actions = plan["actions"].as_array().expect("actions").iter();
    let taken: Vec<&str> = actions.filter_map(|it| it["email"].as_str()).collect();
    assert_eq!(taken, ["ada", "eve"], "{plan:#}");
    assert_eq!(plan["unlisted"][0]["email"], "bob", "{plan:#}");
    assert_eq!(plan["unlisted"][0]["why"], "protected", "{plan:#}");
}

#[test]
fn who_was_renamed_keeps_the_login_that_was_made_of_the_earlier_address() {
    let people = "  - { email: root@acme.example, accounts: { hub: {} } }
  - { email: ada.king@acme.example, previous_emails: [ada@acme.example], accounts: { hub: {} } }
";
    let (folder, _) = start(people, "    login: local_part\n");
    let plan = document(&run(folder.path(), &["plan", "--format", "json"]));
    assert_eq!(plan["actions"], json!([]), "{plan:#}");
    // A login is changed by a person, or the roster says that it stays.
    let manual = &plan["manual"][0];
    assert_eq!(manual["changes"][0]["attribute"], "login", "{plan:#}");
    assert_eq!(manual["changes"][0]["before"], "ada", "{plan:#}");
}

#[test]
fn a_login_that_cannot_be_meant_is_refused_with_its_place() {
    let people = "  - { email: ada@acme.example, logins: { hub: ada }, accounts: { hub: {} } }
  - { email: ben@acme.example, logins: { hub: ADA }, accounts: { hub: {} } }
  - { email: cid@acme.example, accounts: { hub: {} } }
  - { email: dan@acme.example, logins: { hup: dan }, accounts: { hub: { login: dan } } }
";
    let (folder, _) = start(people, "");
    let output = run(folder.path(), &["validate"]);
    assert_eq!(output.code, 1, "{}", output.stdout);
    let told = format!("{}{}", output.stdout, output.stderr);
    for words in [
        "two people have the login `ADA` at hub",
        "the account of `cid@acme.example` at hub needs a login",
        "`login: local_part` on the vendor",
        "there is no vendor `hup` in this roster",
        "a login is no attribute of an account",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// Users with both; logins and addresses are each somebody's alone.
const BOTH: &str = "connector: 1
title: Tracker
rights: an administrator
auth: { header: { X-Key: \"{key}\" } }
self: { get: /me, email: /mail }
limits: { per_second: 10000, burst: 10000 }
users:
  id: /id
  email: /mail
  login: /login
  active: { at: /status, active: [1], inactive: [3] }
  list: { get: /users, whole: true }
  get: { get: \"/users/{id}\" }
  find: { query: { login: \"{login}\" } }
  create: { post: /users, send: { /mail: \"{email}\", /login: \"{login}\" } }
  update: { put: \"/users/{id}\", email: true }
attributes:
  full_name: /name
";

#[derive(Default)]
struct Tracker {
    users: BTreeMap<u64, Json>,
}

impl Tracker {
    fn answer(&mut self, request: &Request) -> Answer {
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["me"]) => (200, vec![], Some(self.users[&1].clone())),
            ("GET", ["users"]) => {
                let asked = request.asked("login");
                let shown = self
                    .users
                    .values()
                    .filter(|it| asked.is_none_or(|login| it["login"].as_str() == Some(login)));
                (200, vec![], Some(Json::Array(shown.cloned().collect())))
            }
            ("POST", ["users"]) => {
                let mut user = request.body.clone().unwrap_or_default();
                let taken = |key: &str| self.users.values().any(|it| it[key] == user[key]);
                if taken("mail") || taken("login") || user["login"].is_null() {
                    return (
                        422,
                        vec![],
                        Some(json!({ "errors": ["is taken or missing"] })),
                    );
                }
                let id = self.users.len() as u64 + 1;
                user["id"] = json!(id);
                user["status"] = json!(1);
                self.users.insert(id, user);
                (201, vec![], None)
            }
            (method, ["users", id]) => {
                let id: u64 = id.parse().unwrap_or(0);
                let Some(user) = self.users.get_mut(&id) else {
                    return (404, vec![], None);
                };
                if method == "GET" {
                    return (200, vec![], Some(user.clone()));
                }
                let fields = request.body.as_ref().and_then(Json::as_object);
                for (key, value) in fields.into_iter().flatten() {
                    user[key] = value.clone();
                }
                (204, vec![], None)
            }
            _ => (405, vec![], None),
        }
    }
}

#[test]
fn a_login_tells_whose_an_account_is_before_its_e_mail_does() {
    let user = |id: u64, login: &str, mail: &str, name: &str| {
        let mail = format!("{mail}@acme.example");
        (
            id,
            json!({ "id": id, "login": login, "mail": mail, "name": name, "status": 1 }),
        )
    };
    let users = [
        user(1, "root", "root", "Root"),
        user(2, "ada", "a.byron", "Ada"),
        user(3, "ben", "ben", "Ben"),
    ];
    let server = Arc::new(Mutex::new(Tracker {
        users: users.into(),
    }));
    let kept = server.clone();
    let (address, _) = serve(move |request| kept.lock().expect("no panic").answer(request));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "tracker.yaml", BOTH);
    let vendors = format!(
        "version: 1\nvendors:\n  tracker:\n    kind: rest\n    connector: tracker.yaml\n    base_url: {address}\n    \
         auth: {{ key: {{ env: T }} }}\n"
    );
    write(folder.path(), "vendors.yaml", &vendors);
    let people = "people:
  - { email: root@acme.example, logins: { tracker: root }, accounts: { tracker: {} } }
  - { email: ada@acme.example, first_name: Ada, logins: { tracker: ada }, accounts: { tracker: {} } }
  - { email: ben@acme.example, first_name: Ben, accounts: { tracker: {} } }
  - { email: cid@acme.example, first_name: Cid, logins: { tracker: cid }, accounts: { tracker: {} } }
";
    write(folder.path(), "users.yaml", &format!("{vendors}{people}"));
    let plan = document(&run(
        folder.path(),
        &["plan", "users.yaml", "--format", "json"],
    ));
    let changes = |email: &str| -> Vec<String> {
        let actions = plan["actions"].as_array().expect("actions");
        let action = actions.iter().find(|it| it["email"] == email);
        let changes = action.and_then(|it| it["changes"].as_array());
        let changes = changes.into_iter().flatten();
        changes.map(|it| it["attribute"].to_string()).collect()
    };
    assert_eq!(changes("ada@acme.example"), ["\"email\""], "{plan:#}");
    let cid = changes("cid@acme.example");
    assert_eq!(cid, ["\"full_name\"", "\"login\""], "{plan:#}");
    let applied = run(folder.path(), &["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let again = run(
        folder.path(),
        &["plan", "users.yaml", "--detailed-exitcode"],
    );
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    {
        let server = server.lock().expect("no panic");
        assert_eq!(server.users[&2]["mail"], "ada@acme.example");
        assert_eq!(server.users[&4]["login"], "cid");
        assert_eq!(server.users.len(), 4);
    }
    // What is imported has the logins, and nothing follows from it.
    let imported = run(folder.path(), &["import", "vendors.yaml"]);
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    assert!(
        imported.stdout.contains("logins: { tracker: cid }"),
        "{}",
        imported.stdout
    );
}
