//! A vendor that a file describes, from the roster to an applied plan, at a server that is as strict
//! as its documentation and lies where real ones do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

pub(crate) const DESCRIPTION: &str = include_str!("described.yaml");

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    mail: String,
    name: String,
    level: u64,
    on: bool,
}

/// What the server does otherwise than its documentation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lies {
    /// The total is one too high.
    counts_more: bool,
    /// The second page is not shown.
    drops_a_page: bool,
    /// A change of the level is accepted and not kept.
    keeps_level: bool,
    /// The search by address shows nobody.
    finds_nobody: bool,
    /// The search by address shows everybody.
    finds_everybody: bool,
}

struct Board {
    users: BTreeMap<u64, User>,
    teams: BTreeMap<String, (String, BTreeSet<u64>)>,
    next: u64,
    lies: Lies,
}

impl Board {
    pub(crate) fn new(lies: Lies) -> Self {
        let user = |mail: &str, name: &str, level, on| User {
            mail: format!("{mail}@acme.example"),
            name: name.to_owned(),
            level,
            on,
        };
        let users = [
            user("root", "Root", 2, true),
            user("ada", "Ada L", 1, true),
            user("cid", "Cid C", 1, true),
            user("eve", "Eve E", 1, false),
        ];
        let teams = [("t1", "Europe"), ("t2", "Asia")]
            .map(|(key, title)| (key.to_owned(), (title.to_owned(), BTreeSet::from([3]))));
        Self {
            users: (1..).zip(users).collect(),
            teams: teams.into(),
            next: 10,
            lies,
        }
    }

    fn shown(&self, id: u64) -> Json {
        let user = &self.users[&id];
        json!({
            "id": id, "mail": user.mail, "fullName": user.name, "level": user.level,
            "state": if user.on { "enabled" } else { "disabled" }, "apiToken": "hunter2",
        })
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if request.header("x-key") != Some("key-1") {
            return refused(401, "no such key");
        }
        let parts: Vec<&str> = request.path.split('/').skip(2).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["me"]) => ok(json!({ "id": 1, "mail": "root@acme.example" })),
            ("GET", ["users"]) => self.list(request),
            ("POST", ["users"]) => self.create(request),
            ("GET", ["teams"]) => self.list_teams(request),
            ("GET", ["teams", key, "members"]) => match self.teams.get(*key) {
                Some((_, members)) => {
                    let members = members.iter().map(|id| json!({ "user": id }));
                    ok(json!({ "members": members.collect::<Vec<_>>() }))
                }
                None => refused(404, "no such team"),
            },
            (method @ ("PUT" | "DELETE"), ["teams", key, "members", id]) => {
                let id: u64 = id.parse().unwrap_or(0);
                let Some((_, members)) = self.teams.get_mut(*key) else {
                    return refused(404, "no such team");
                };
                let changed = match method {
                    "PUT" => members.insert(id),
                    _ => members.remove(&id),
                };
                match changed {
                    true => (204, Vec::new(), None),
                    false => refused(409, "it is so already"),
                }
            }
            (method, ["users", id, rest @ ..]) => {
                let id: u64 = id.parse().unwrap_or(0);
                if !self.users.contains_key(&id) {
                    return refused(404, "no such user");
                }
                self.one(method, id, rest, request)
            }
            _ => refused(405, "not so"),
        }
    }

    fn one(&mut self, method: &str, id: u64, rest: &[&str], request: &Request) -> Answer {
        match (method, rest) {
            ("GET", []) => ok(json!({ "user": self.shown(id) })),
            ("PATCH", []) => {
                let Some(fields) = object(request) else {
                    return refused(400, "no user");
                };
                if fields.keys().any(|key| key != "fullName" && key != "level") {
                    return refused(400, "unknown field");
                }
                let keeps_level = self.lies.keeps_level;
                let user = self.users.get_mut(&id).expect("it is there");
                if let Some(name) = fields.get("fullName").and_then(Json::as_str) {
                    user.name = name.to_owned();
                }
                if let Some(level) = fields.get("level").and_then(Json::as_u64)
                    && !keeps_level
                {
                    user.level = level;
                }
                ok(json!({}))
            }
            ("POST", [word @ ("disable" | "enable")]) if request.body.is_none() => {
                let user = self.users.get_mut(&id).expect("it is there");
                user.on = *word == "enable";
                (204, Vec::new(), None)
            }
            ("DELETE", []) => {
                self.users.remove(&id);
                (204, Vec::new(), None)
            }
            _ => refused(400, "not so"),
        }
    }

    fn list(&self, request: &Request) -> Answer {
        let number = |name| request.asked(name).and_then(|it| it.parse::<usize>().ok());
        let (Some(start), Some(count)) = (number("start"), number("count")) else {
            return refused(400, "start and count are needed");
        };
        let mail = request.asked("mail");
        let all = self.users.iter().filter(|(_, user)| match mail {
            None => true,
            Some(_) if self.lies.finds_nobody => false,
            Some(_) if self.lies.finds_everybody => true,
            Some(mail) => user.mail.eq_ignore_ascii_case(mail),
        });
        let all: Vec<u64> = all.map(|(id, _)| *id).collect();
        let total = all.len() + usize::from(self.lies.counts_more && mail.is_none());
        let dropped = self.lies.drops_a_page && start == 2 && mail.is_none();
        let page = all.iter().skip(start).take(count).filter(|_| !dropped);
        let page: Vec<Json> = page.map(|id| self.shown(*id)).collect();
        ok(json!({ "data": { "users": page }, "total": total }))
    }

    fn list_teams(&self, request: &Request) -> Answer {
        let page = request
            .asked("page")
            .and_then(|it| it.parse::<usize>().ok());
        let page = page.unwrap_or(0);
        let team = self.teams.iter().nth(page);
        let shown = team.map(|(key, (title, _))| json!({ "key": key, "title": title }));
        let more = page + 1 < self.teams.len();
        let link = format!("</elsewhere?page={}>; rel=\"next\"", page + 1);
        let headers = more.then_some(("link", link)).into_iter().collect();
        (200, headers, Some(Json::Array(shown.into_iter().collect())))
    }

    fn create(&mut self, request: &Request) -> Answer {
        let Some(fields) = object(request) else {
            return refused(400, "no user");
        };
        let known = ["mail", "fullName", "level", "password", "again"];
        if fields.keys().any(|key| !known.contains(&key.as_str())) {
            return refused(400, "unknown field");
        }
        let text = |name: &str| fields.get(name).and_then(Json::as_str).map(str::to_owned);
        let (Some(mail), Some(password)) = (text("mail"), text("password")) else {
            return refused(400, "a field is missing");
        };
        if Some(&password) != text("again").as_ref() {
            return refused(400, "the two passwords differ");
        }
        if password.len() < 16
            || self
                .users
                .values()
                .any(|it| it.mail.eq_ignore_ascii_case(&mail))
        {
            return refused(409, "no such password, or somebody has this address");
        }
        let user = User {
            mail,
            name: text("fullName").unwrap_or_default(),
            level: fields.get("level").and_then(Json::as_u64).unwrap_or(1),
            on: true,
        };
        self.users.insert(self.next, user);
        self.next += 1;
        (201, Vec::new(), Some(json!({})))
    }
}

fn object(request: &Request) -> Option<&serde_json::Map<String, Json>> {
    request.body.as_ref()?.get("user")?.as_object()
}

fn ok(body: Json) -> Answer {
    (200, Vec::new(), Some(body))
}

fn refused(status: u16, why: &str) -> Answer {
    (status, Vec::new(), Some(json!({ "message": why })))
}

const PEOPLE: &str = r#"
people:
  - { email: root@acme.example, first_name: Root, accounts: { board: { level: admin } } }
  - { email: ada@acme.example, first_name: Ada, last_name: Lovelace, accounts: { board: { level: admin, groups: [Europe] } } }
  - { email: bob@acme.example, first_name: Bob, last_name: B, accounts: { board: { level: reader, groups: [Asia] } } }
  - { email: cid@acme.example, active: false, accounts: { board: { level: reader } } }
  - { email: eve@acme.example, first_name: Eve, last_name: E, accounts: { board: { level: reader, groups: [] } } }
"#;

/// A company with that server.
pub(crate) struct Company {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) address: String,
    board: Arc<Mutex<Board>>,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Company {
    pub(crate) fn new(lies: Lies) -> Self {
        let board = Arc::new(Mutex::new(Board::new(lies)));
        let served = board.clone();
        let answer = move |request: &Request| served.lock().expect("no panic").answer(request);
        let (address, log) = serve(answer);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "acme.yaml", DESCRIPTION);
        let vendors = format!(
            "version: 1\nvendors:\n  board:\n    kind: rest\n    connector: acme.yaml\n    base_url: {address}\n    \
             auth: {{ key: {{ env: BOARD_KEY }} }}\n{PEOPLE}"
        );
        write(folder.path(), "users.yaml", &vendors);
        Self {
            folder,
            address,
            board,
            log,
        }
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        rosterctl_with(self.folder.path(), words, &[("BOARD_KEY", "key-1")])
    }

    fn user(&self, name: &str) -> Option<User> {
        let board = self.board.lock().expect("no panic");
        let mail = format!("{name}@acme.example");
        board.users.values().find(|it| it.mail == mail).cloned()
    }

    fn teams(&self, name: &str) -> Vec<String> {
        let board = self.board.lock().expect("no panic");
        let mail = format!("{name}@acme.example");
        let id = board.users.iter().find(|(_, it)| it.mail == mail);
        let id = id.map_or(0, |(id, _)| *id);
        let of = board
            .teams
            .values()
            .filter(|(_, members)| members.contains(&id));
        of.map(|(title, _)| title.clone()).collect()
    }

    fn writes(&self) -> usize {
        let log = self.log.lock().expect("no panic");
        log.iter().filter(|it| it.method != "GET").count()
    }
}

#[test]
fn a_described_vendor_is_planned_applied_and_in_sync() {
    let company = Company::new(Lies::default());
    let plan = company.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    assert_eq!(company.writes(), 0);
    let caution = "a change of full_name: shown on every card";
    assert!(plan.stdout.contains(caution), "{}", plan.stdout);
    let applied = company.run(&["apply", "--yes", "--allow-deactivations", "board=1"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let user = |name| {
        company
            .user(name)
            .unwrap_or_else(|| panic!("{name} is not there"))
    };
    assert_eq!(
        (user("ada").name.as_str(), user("ada").level),
        ("Ada Lovelace", 2)
    );
    assert_eq!((user("bob").name.as_str(), user("bob").on), ("Bob B", true));
    assert!(!user("cid").on && user("eve").on);
    let teams = ["ada", "bob", "eve"].map(|name| company.teams(name));
    assert_eq!(teams, [vec!["Europe"], vec!["Asia"], vec![]]);
    let again = company.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{}", again.stdout);
    for output in [&plan, &applied, &again] {
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains("hunter2") && !all.contains("key-1"), "{all}");
    }
}

#[test]
fn a_read_that_is_not_whole_creates_and_removes_nobody() {
    for lies in [
        Lies {
            counts_more: true,
            ..Lies::default()
        },
        Lies {
            drops_a_page: true,
            ..Lies::default()
        },
    ] {
        let company = Company::new(lies);
        let applied = company.run(&["apply", "--yes"]);
        assert!(
            matches!(applied.code, 1 | 4),
            "{}{}",
            applied.stdout,
            applied.stderr
        );
        assert_eq!(company.user("bob"), None, "{lies:?}");
        assert!(company.user("cid").is_some_and(|it| it.on), "{lies:?}");
    }
}

#[test]
fn what_is_accepted_and_not_kept_is_not_called_done() {
    let company = Company::new(Lies {
        keeps_level: true,
        ..Lies::default()
    });
    let applied = company.run(&["apply", "--yes", "--allow-deactivations", "board=1"]);
    assert_eq!(applied.code, 3, "{}{}", applied.stdout, applied.stderr);
    let all = format!("{}{}", applied.stdout, applied.stderr);
    assert!(all.contains("level"), "{all}");
}

#[test]
fn a_search_that_shows_nobody_or_everybody_doubles_nobody() {
    for lies in [
        Lies {
            finds_nobody: true,
            ..Lies::default()
        },
        Lies {
            finds_everybody: true,
            ..Lies::default()
        },
    ] {
        let company = Company::new(lies);
        let applied = company.run(&["apply", "--yes", "--allow-deactivations", "board=1"]);
        assert_eq!(
            applied.code, 0,
            "{lies:?} {}{}",
            applied.stdout, applied.stderr
        );
        let again = company.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(again.code, 0, "{}", again.stdout);
    }
}

#[test]
fn what_the_vendor_has_is_imported_with_its_groups() {
    let company = Company::new(Lies::default());
    let text = std::fs::read_to_string(company.folder.path().join("users.yaml")).expect("a roster");
    let (head, _) = text.split_once("people:").expect("people");
    write(company.folder.path(), "users.yaml", head);
    let imported = company.run(&["import", "--out", "people.yaml"]);
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    let plan = company.run(&["plan", "users.yaml", "people.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    let people =
        std::fs::read_to_string(company.folder.path().join("people.yaml")).expect("people");
    assert!(
        people.contains("cid@acme.example") && people.contains("Europe"),
        "{people}"
    );
}

#[test]
fn a_proposed_description_sends_no_secret() {
    let company = Company::new(Lies::default());
    let base = tempfile::tempdir().expect("a folder");
    for name in ["users.yaml", "acme.yaml"] {
        let text = std::fs::read_to_string(company.folder.path().join(name)).expect("it is there");
        write(base.path(), name, &text);
    }
    let base_path = base.path().join("users.yaml");
    let words = [
        "plan",
        "users.yaml",
        "--untrusted",
        "--base",
        base_path.to_str().expect("a path"),
    ];
    let same = company.run(&words);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    let asked = company.log.lock().expect("no panic").len();
    let other = DESCRIPTION.replace("get: /api/me", "get: /api/mine");
    write(company.folder.path(), "acme.yaml", &other);
    let refused = company.run(&words);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(
        refused
            .stderr
            .contains("`connector` of `board` must be as in the base roster"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        company.log.lock().expect("no panic").len(),
        asked,
        "nothing was sent"
    );
}

#[test]
fn a_proposal_shows_nothing_of_another_file() {
    let company = Company::new(Lies::default());
    write(
        company.folder.path(),
        "other",
        "hunter2-key: hunter2-value\n",
    );
    let text = std::fs::read_to_string(company.folder.path().join("users.yaml")).expect("a roster");
    write(
        company.folder.path(),
        "users.yaml",
        &text.replace("connector: acme.yaml", "connector: ./other"),
    );
    let told = company.run(&["validate", "users.yaml", "--untrusted"]);
    assert_eq!(told.code, 1);
    let all = format!("{}{}", told.stdout, told.stderr);
    assert!(
        all.contains("is no sound description") && !all.contains("hunter2"),
        "{all}"
    );
}

#[test]
fn an_approved_plan_is_stale_after_its_description_changed() {
    let company = Company::new(Lies::default());
    let plan = company.run(&["plan", "--format", "json"]);
    write(company.folder.path(), "plan.json", &plan.stdout);
    let other = DESCRIPTION.replace("rights: an administrator's key", "rights: any key");
    write(company.folder.path(), "acme.yaml", &other);
    let words = [
        "apply",
        "--plan",
        "plan.json",
        "--yes",
        "--allow-deactivations",
        "board=1",
    ];
    let applied = company.run(&words);
    assert_eq!(applied.code, 1, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(company.writes(), 0);
}

/// `connector try` at that company, and whether it says this.
#[track_caller]
fn tried(company: &Company, code: i32, words: &[&str]) {
    let words_of = [
        "connector",
        "try",
        "acme.yaml",
        "--base-url",
        &company.address,
        "--secret",
        "key=BOARD_KEY",
    ];
    let tried = company.run(&words_of);
    assert_eq!(tried.code, code, "{}{}", tried.stdout, tried.stderr);
    for it in words {
        assert!(tried.stdout.contains(it), "no `{it}` in\n{}", tried.stdout);
    }
    let secrets = ["hunter2", "key-1", "ada@acme.example", "Ada L"];
    assert!(
        !secrets.iter().any(|it| tried.stdout.contains(it)),
        "{}",
        tried.stdout
    );
    assert_eq!(company.writes(), 0);
}

#[test]
fn trying_says_what_is_as_described_and_what_is_not() {
    tried(
        &Company::new(Lies::default()),
        0,
        &[
            "4 users on 3 pages; the vendor counts 4",
            "\"disabled\" 1 times, \"enabled\" 3 times",
            "level: a text of 5 characters",
            "who is in the list",
            "in capitals",
            "finds nobody where nobody is sought",
            "the query narrows the list",
            "the read by id shows what the list shows",
            "2 groups",
        ],
    );
    let lies = |change: fn(&mut Lies)| {
        let mut lies = Lies::default();
        change(&mut lies);
        Company::new(lies)
    };
    tried(
        &lies(|it| it.counts_more = true),
        1,
        &["the vendor counts 5 accounts, 4 were read"],
    );
    tried(&lies(|it| it.finds_nobody = true), 1, &["does not find"]);
    tried(
        &lies(|it| it.finds_everybody = true),
        1,
        &["the query narrows nothing"],
    );
    let company = Company::new(Lies::default());
    let slip = DESCRIPTION.replace("at: /fullName", "at: /fullname");
    let slip = slip.replace("active: [enabled], ", "active: [activated], ");
    write(company.folder.path(), "acme.yaml", &slip);
    let expected = [
        "/fullname of `full_name` stands in no entry",
        "\"enabled\" at /state is in neither list",
    ];
    tried(&company, 1, &expected);
    let refused = company.run(&["connector", "try", "acme.yaml", "--secret", "key=BOARD_KEY"]);
    assert!(
        refused.code == 1 && refused.stderr.contains("`base_url`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn descriptions_are_checked_by_themselves() {
    let company = Company::new(Lies::default());
    let checked = company.run(&["connector", "check", "acme.yaml"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(
        checked.stdout.contains("switch off: read back at /state"),
        "{}",
        checked.stdout
    );
    write(
        company.folder.path(),
        "bad.yaml",
        "connector: 1\ntitel: x\n",
    );
    let checked = company.run(&[
        "connector",
        "check",
        "acme.yaml",
        "bad.yaml",
        "--format",
        "json",
    ]);
    assert_eq!(checked.code, 1);
    let document: Json = serde_json::from_str(&checked.stdout).expect("JSON");
    let valid = [0, 1].map(|at| document["descriptions"][at]["valid"].as_bool());
    assert_eq!(
        (document["valid"].as_bool(), valid),
        (Some(false), [Some(true), Some(false)])
    );
}

#[test]
fn a_description_that_is_wrong_is_an_error_of_the_roster() {
    let company = Company::new(Lies::default());
    write(
        company.folder.path(),
        "acme.yaml",
        &DESCRIPTION.replace("total: /total", "walk: once"),
    );
    let told = company.run(&["validate"]);
    assert_eq!(told.code, 1);
    assert!(
        told.stderr.contains("nothing tells where this list ends"),
        "{}",
        told.stderr
    );
    std::fs::remove_file(company.folder.path().join("acme.yaml")).expect("it is there");
    let told = company.run(&["plan"]);
    assert!(
        told.code == 1 && told.stderr.contains("cannot be read"),
        "{}",
        told.stderr
    );
    assert_eq!(company.log.lock().expect("no panic").len(), 0);
}
