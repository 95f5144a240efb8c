//! Traps of real APIs: objects that do not come back whole, slashes at the end, lists that are read
//! as objects and written as numbers, and a service account that a list of tags tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

const DESCRIPTION: &str = "connector: 1
title: Traps
rights: an administrator
auth: { bearer: token }
self: { get: /me/, email: /mail }
limits: { per_second: 10000, burst: 10000 }
users:
  id: /id
  email: /mail
  shield: { at: /tags, is: [robot], what: robot account }
  list: { get: /users/, query: { q: all }, items: /users, page: { by: offset, offset: from, limit: size, size: 50 }, total: /total }
  get: { get: \"/users/{id}/\" }
  find: { query: { q: \"{email}\" } }
  create: { post: /users/, send: { /mail: \"{email}\" } }
  update: { put: \"/users/{id}/\", body: whole }
  delete: { delete: \"/users/{id}/\" }
attributes:
  full_name: /name
  roles: { at: /roles, each: /id, write: /roles, type: set, of: groups, rights: any }
groups:
  list: { get: /roles/, items: /roles, whole: true }
";

/// Users by id, as they are kept: roles are numbers.
type Users = Arc<Mutex<BTreeMap<u64, Json>>>;

fn shown(user: &Json) -> Json {
    let mut user = user.clone();
    let roles = user["roles"].as_array().cloned().unwrap_or_default();
    let roles = roles.iter().map(|id| json!({ "id": id, "name": "role" }));
    user["roles"] = roles.collect();
    user
}

/// Takes a path with a slash at its end and nothing else, and roles as numbers.
fn answer(users: &Users, request: &Request) -> Answer {
    let mut users = users.lock().expect("no panic");
    let Some(path) = request.path.strip_suffix('/') else {
        return (404, vec![], None);
    };
    let numbers = |body: &Json| {
        let roles = body["roles"].as_array().cloned().unwrap_or_default();
        roles.iter().all(Json::is_u64)
    };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["me"]) => (200, vec![], Some(shown(&users[&1]))),
        ("GET", ["roles"]) => {
            let roles =
                json!({ "roles": [{ "id": 7, "name": "Reader" }, { "id": 8, "name": "Writer" }] });
            (200, vec![], Some(roles))
        }
        ("GET", ["users"]) => {
            // The first of two parameters of one name counts, as at many servers.
            let all = request.asked("q") == Some("all");
            let asked = request.asked("q").unwrap_or_default();
            let found = users.values().filter(|it| all || it["mail"] == asked);
            let found: Vec<Json> = found.map(shown).collect();
            let from = request
                .asked("from")
                .and_then(|it| it.parse().ok())
                .unwrap_or(0);
            let page: Vec<Json> = found.iter().skip(from).cloned().collect();
            (
                200,
                vec![],
                Some(json!({ "users": page, "total": found.len() })),
            )
        }
        ("POST", ["users"]) => match &request.body {
            Some(body) if numbers(body) => {
                let id = users.len() as u64 + 1;
                let mut user = body.clone();
                user["id"] = json!(id);
                user["tags"] = json!([]);
                users.insert(id, user);
                (201, vec![], None)
            }
            _ => (
                400,
                vec![],
                Some(json!({ "message": "roles: not a valid integer" })),
            ),
        },
        (method, ["users", id]) => {
            let id: u64 = id.parse().unwrap_or(0);
            match (method, users.get(&id), &request.body) {
                (_, None, _) => (404, vec![], None),
                ("GET", Some(user), _) => (200, vec![], Some(shown(user))),
                // What is not sent is emptied.
                ("PUT", _, Some(body)) => {
                    users.insert(id, body.clone());
                    (204, vec![], None)
                }
                ("DELETE", ..) => {
                    users.remove(&id);
                    (204, vec![], None)
                }
                _ => (405, vec![], None),
            }
        }
        _ => (404, vec![], None),
    }
}

struct Company {
    folder: tempfile::TempDir,
    users: Users,
}

impl Company {
    fn new(description: &str, people: &str) -> Self {
        let user = |id: u64, mail: &str, tags: &[&str]| {
            let mail = format!("{mail}@acme.example");
            let user = json!({ "id": id, "mail": mail, "name": mail, "roles": [], "tags": tags, "password_hash": "x" });
            (id, user)
        };
        let users: Users = Arc::new(Mutex::new(
            [
                user(1, "root", &[]),
                user(2, "ada", &[]),
                user(3, "bot", &["a", "robot"]),
            ]
            .into(),
        ));
        let kept = users.clone();
        let (address, _) = serve(move |request| answer(&kept, request));
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "traps.yaml", description);
        let roster = format!(
            "version: 1\nvendors:\n  traps:\n    kind: rest\n    connector: traps.yaml\n    base_url: {address}\n    \
             deactivate: delete\n    unlisted: deactivate\n    auth: {{ token: {{ env: T }} }}\npeople:\n  \
             - {{ email: root@acme.example, accounts: {{ traps: {{}} }} }}\n{people}"
        );
        write(folder.path(), "users.yaml", &roster);
        Self { folder, users }
    }

    fn run(&self, words: &[&str]) -> Output {
        rosterctl_with(self.folder.path(), words, &[("T", "t")])
    }

    fn user(&self, id: u64) -> Json {
        let users = self.users.lock().expect("no panic");
        users.get(&id).cloned().unwrap_or_default()
    }
}

#[test]
fn slashes_numbers_and_tags_are_as_the_vendor_has_them() {
    let people = "  - { email: ada@acme.example, accounts: { traps: {} } }\n  \
                  - { email: new@acme.example, accounts: { traps: { full_name: New, roles: [Writer] } } }\n";
    let company = Company::new(DESCRIPTION, people);
    let applied = company.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(company.user(4)["roles"], json!([8]));
    // Whoever is tagged as a robot is left alone, wherever in the list the tag stands.
    assert_eq!(company.user(3)["mail"], "bot@acme.example");
    let again = company.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
}

#[test]
fn an_object_that_is_read_without_its_secrets_is_not_sent_back_whole() {
    let people = "  - { email: ada@acme.example, accounts: { traps: { full_name: Ada } } }\n";
    let company = Company::new(DESCRIPTION, people);
    let applied = company.run(&["apply", "--yes"]);
    let told = format!("{}{}", applied.stdout, applied.stderr);
    assert_eq!(applied.code, 3, "{told}");
    assert!(told.contains("/password_hash may hold a secret"), "{told}");
    let ada = company.user(2);
    assert_eq!(
        (&ada["name"], &ada["password_hash"]),
        (&json!("ada@acme.example"), &json!("x"))
    );
    // Where the vendor keeps what is not sent, the description says so.
    let drops = DESCRIPTION.replace("body: whole }", "body: whole, drop: [/password_hash] }");
    let company = Company::new(&drops, people);
    let applied = company.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(company.user(2)["name"], "Ada");
}

#[test]
fn a_try_says_what_a_plan_would_stumble_over() {
    let company = Company::new(DESCRIPTION, "");
    let address = company.run(&["explain", "root@acme.example", "--format", "json"]);
    assert_eq!(address.code, 0, "{}{}", address.stdout, address.stderr);
    let roster =
        std::fs::read_to_string(company.folder.path().join("users.yaml")).expect("it is there");
    let address = roster
        .lines()
        .find_map(|it| it.trim().strip_prefix("base_url: "));
    let address = address.expect("an address").to_owned();
    let tried = |description: &str| {
        write(company.folder.path(), "traps.yaml", description);
        let words = [
            "connector",
            "try",
            "traps.yaml",
            "--base-url",
            &address,
            "--secret",
            "token=T",
        ];
        company.run(&words)
    };
    let good = tried(DESCRIPTION);
    assert_eq!(good.code, 0, "{}{}", good.stdout, good.stderr);
    let own = tried(&DESCRIPTION.replace("query: { q: all }", "query: { q: ada@acme.example }"));
    assert_eq!(own.code, 1, "{}", own.stdout);
    assert!(
        own.stdout.contains("who is not in the list"),
        "{}",
        own.stdout
    );
}
