//! A vendor of another make: a login call, lists by status with cursors and a count of their own,
//! entries without e-mails, whole objects on update, forms on create.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

const DESCRIPTION: &str = include_str!("ledger.yaml");

#[derive(Default)]
struct Ledger {
    people: BTreeMap<String, Json>,
    session: u32,
    /// The session ends after so many requests, once.
    ends_after: usize,
    requests: usize,
    /// Logins so far.
    logins: usize,
    /// A whole object lost what was not sent.
    lost: Vec<String>,
    counts_more: bool,
    hides_desks: bool,
    /// Somebody renames Ada by hand after she was read so often.
    renamed_after: usize,
    /// Whole objects that were sent for Ada.
    puts: usize,
    reads: usize,
}

fn person(uid: &str, mail: &str, name: &str, gone: bool) -> (String, Json) {
    let person = json!({
        "uid": uid, "name": name, "gone": gone, "seen": "yesterday", "colour": "red", "desks": [{ "no": "d1" }],
        "mails": [{ "kind": "home", "address": "x@example.org" }, { "kind": "work", "address": mail }],
        "phones": [{ "kind": "home", "number": "1" }],
    });
    (uid.to_owned(), person)
}

impl Ledger {
    fn new() -> Self {
        let people = [
            person("a", "root@acme.example", "Root", false),
            person("b", "ada@acme.example", "Ada L", false),
            person("c", "cid@acme.example", "Cid", false),
            person("d", "eve@acme.example", "Eve E", true),
        ];
        Self {
            people: people.into(),
            session: 1,
            ends_after: usize::MAX,
            renamed_after: usize::MAX,
            ..Self::default()
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/session") {
            let body = request.body.clone().unwrap_or_default();
            if body != json!({ "user": "root", "pass": "opensesame" }) {
                return refused(401, "who?");
            }
            self.logins += 1;
            let token = format!("token-{}", self.session);
            return (200, vec![("x-session", token)], Some(json!({})));
        }
        self.requests += 1;
        if self.requests > self.ends_after {
            (self.ends_after, self.session) = (usize::MAX, self.session + 1);
        }
        if request.header("x-session") != Some(&*format!("s token-{}", self.session)) {
            return refused(401, "no session");
        }
        if request.header("x-api-version") != Some("7") {
            return refused(400, "which version?");
        }
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["main", "self"]) => ok(json!({ "uid": "a" })),
            ("GET" | "HEAD", ["main", "people"]) => self.list(request),
            ("GET", ["main", "people", uid]) => match self.people.get_mut(*uid) {
                Some(person) => {
                    self.reads += usize::from(*uid == "b");
                    if *uid == "b" && self.reads > self.renamed_after {
                        person["name"] = json!("Ada Queen");
                    }
                    ok(person.clone())
                }
                None => refused(404, "nobody"),
            },
            ("GET", ["main", "lookup"]) => {
                let address = request.asked("address").unwrap_or_default();
                let is = |it: &&Json| {
                    it["mails"][1]["address"]
                        .as_str()
                        .is_some_and(|it| it.eq_ignore_ascii_case(address))
                };
                match self.people.values().find(is) {
                    // No more than a card of theirs.
                    Some(it) => ok(json!({ "person": { "uid": it["uid"], "mails": it["mails"] } })),
                    None => refused(404, "nobody"),
                }
            }
            ("GET", ["main", "desks"]) if self.hides_desks => refused(403, "not for you"),
            ("GET", ["main", "desks"]) => {
                ok(json!([{ "no": "d1", "name": "Front" }, { "no": "d2", "name": "Back" }]))
            }
            ("POST", ["main", "people"]) => self.create(request),
            ("PUT", ["main", "people", uid]) => self.replace(uid, request),
            _ => refused(405, "not so"),
        }
    }

    fn list(&self, request: &Request) -> Answer {
        let gone = request.asked("gone") == Some("yes");
        let all: Vec<&Json> = self
            .people
            .values()
            .filter(|it| it["gone"] == gone)
            .collect();
        let from = request
            .asked("from")
            .and_then(|it| it.parse::<usize>().ok())
            .unwrap_or(0);
        // One a page; neither the address nor the status is shown.
        let page: Vec<Json> = all
            .iter()
            .skip(from)
            .take(1)
            .map(|it| json!({ "uid": it["uid"] }))
            .collect();
        let next = (from + 1 < all.len()).then(|| (from + 1).to_string());
        let count = all.len() + usize::from(self.counts_more);
        let body = json!({ "page": page, "next": next });
        (200, vec![("x-count", count.to_string())], Some(body))
    }

    fn create(&mut self, request: &Request) -> Answer {
        if request.header("content-type") != Some("application/x-www-form-urlencoded") {
            return refused(415, "a form, please");
        }
        let field = |name: &str| {
            request
                .form
                .iter()
                .find(|(have, _)| have == name)
                .map(|(_, it)| it.clone())
        };
        let (Some(address), Some(secret)) = (field("address"), field("secret")) else {
            return refused(400, "address and secret are needed");
        };
        if secret.len() != 20 {
            return refused(400, "twenty characters");
        }
        let uid = format!("n{}", self.people.len());
        let name = field("name").unwrap_or_default();
        let (uid, person) = person(&uid, &address, &name, false);
        self.people.insert(uid, person);
        (201, Vec::new(), None)
    }

    fn replace(&mut self, uid: &str, request: &Request) -> Answer {
        let Some(mut body) = request.body.clone() else {
            return refused(400, "no body");
        };
        if body.get("seen").is_some() {
            return refused(400, "seen is ours");
        }
        if body["uid"] != uid {
            return refused(400, "whose is it?");
        }
        let before = self.people[uid].as_object().expect("an object").clone();
        let lost = before
            .keys()
            .filter(|key| *key != "seen" && body.get(key.as_str()).is_none());
        self.lost.extend(lost.cloned());
        self.puts += usize::from(uid == "b");
        body["seen"] = json!("today");
        self.people.insert(uid.to_owned(), body);
        ok(json!({}))
    }
}

fn ok(body: Json) -> Answer {
    (200, Vec::new(), Some(body))
}

fn refused(status: u16, why: &str) -> Answer {
    (
        status,
        Vec::new(),
        Some(json!({ "fault": { "words": why, "message": "unhelpful" } })),
    )
}

const PEOPLE: &str = r#"
people:
  - { email: root@acme.example, accounts: { ledger: { full_name: Root } } }
  - { email: ada@acme.example, first_name: Ada, last_name: Lovelace, accounts: { ledger: { desk: Back, phone: "42" } } }
  - { email: bob@acme.example, first_name: Bob, last_name: B, accounts: { ledger: {} } }
  - { email: cid@acme.example, active: false, accounts: { ledger: {} } }
  - { email: eve@acme.example, first_name: Eve, last_name: E, accounts: { ledger: { desk: Back } } }
"#;

struct Company {
    folder: tempfile::TempDir,
    ledger: Arc<Mutex<Ledger>>,
}

impl Company {
    fn new(change: impl FnOnce(&mut Ledger)) -> Self {
        let mut ledger = Ledger::new();
        change(&mut ledger);
        let ledger = Arc::new(Mutex::new(ledger));
        let served = ledger.clone();
        let (address, _) = serve(move |it| served.lock().expect("no panic").answer(it));
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "ledger.yaml", DESCRIPTION);
        let roster = format!(
            "version: 1\nvendors:\n  ledger:\n    kind: rest\n    connector: ledger.yaml\n    base_url: {address}\n    \
             book: main\n    auth: {{ user: {{ env: USER_NAME }}, pass: {{ env: PASS }} }}\n{PEOPLE}"
        );
        write(folder.path(), "users.yaml", &roster);
        Self { folder, ledger }
    }

    fn run(&self, words: &[&str]) -> Output {
        let secrets = [("USER_NAME", "root"), ("PASS", "opensesame")];
        rosterctl_with(self.folder.path(), words, &secrets)
    }

    fn person(&self, name: &str) -> Json {
        let ledger = self.ledger.lock().expect("no panic");
        let address = format!("{name}@acme.example");
        let mut people = ledger.people.values();
        people
            .find(|it| it["mails"][1]["address"] == *address)
            .cloned()
            .unwrap_or_default()
    }
}

#[test]
fn another_make_is_planned_applied_and_in_sync() {
    let company = Company::new(|_| {});
    let applied = company.run(&["apply", "--yes", "--allow-deactivations", "ledger=1"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let ada = company.person("ada");
    assert_eq!(
        (&ada["name"], &ada["desks"]),
        (&json!("Ada Lovelace"), &json!([{ "no": "d2" }]))
    );
    let phones = json!([{ "kind": "home", "number": "1" }, { "kind": "work", "number": "42" }]);
    assert_eq!((&ada["phones"], &ada["colour"]), (&phones, &json!("red")));
    assert_eq!(company.person("bob")["name"], "Bob B");
    assert_eq!(
        (
            &company.person("cid")["gone"],
            &company.person("eve")["gone"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(company.ledger.lock().expect("no panic").lost, [""; 0]);
    let again = company.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let all = format!("{}{}{}", applied.stdout, applied.stderr, again.stdout);
    assert!(
        !all.contains("opensesame") && !all.contains("token-1"),
        "{all}"
    );
}

#[test]
fn a_whole_object_is_not_sent_where_somebody_was_faster() {
    let company = Company::new(|it| it.renamed_after = 1);
    let arguments = ["apply", "--yes", "--person", "ada@acme.example"];
    let applied = company.run(&arguments);
    assert_eq!(applied.code, 3, "{}{}", applied.stdout, applied.stderr);
    let words = "full_name of ada@acme.example is not what the plan saw any more";
    assert!(applied.stdout.contains(words), "{}", applied.stdout);
    assert_eq!(company.ledger.lock().expect("no panic").puts, 0);
    assert_eq!(company.person("ada")["name"], "Ada Queen");
}

#[test]
fn a_session_that_ends_is_begun_anew_once() {
    let company = Company::new(|it| it.ends_after = 7);
    let plan = company.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    assert_eq!(company.ledger.lock().expect("no panic").logins, 2);
}

#[test]
fn a_count_by_head_that_is_too_high_holds_creates_and_removals() {
    let company = Company::new(|it| it.counts_more = true);
    let applied = company.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 4, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(
        (company.person("bob"), &company.person("cid")["gone"]),
        (Json::Null, &json!(false))
    );
}

#[test]
fn a_refusal_is_told_in_the_words_that_the_description_points_at() {
    let company = Company::new(|it| it.hides_desks = true);
    let plan = company.run(&["plan"]);
    assert_eq!(plan.code, 1);
    let all = format!("{}{}", plan.stdout, plan.stderr);
    assert!(
        all.contains("not for you") && !all.contains("unhelpful"),
        "{all}"
    );
}
