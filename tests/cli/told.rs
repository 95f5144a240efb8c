//! Whoever approves is told everything, with the binary and a sandbox: what a plan says in each
//! format is held against what the vendor shows before and after the apply.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::common::{Sandbox, write};
use formats::{Said, html, json, markdown, text};
use want::{Place, Want};

#[path = "../../src/cli/command/plan/tests/formats.rs"]
mod formats;
#[expect(dead_code, reason = "that the check can fail is shown beside the plan")]
#[path = "../../src/cli/command/plan/tests/want.rs"]
mod want;

const WORLDS: u64 = 12;
const PEOPLE: usize = 3;
const ROLES: [&str; 3] = ["customer_user", "customer_group_admin", "customer_admin"];
const GROUPS: [&str; 2] = ["North", "South"];

type Reader = fn(&str) -> Said;
const FORMATS: [(&str, Reader); 4] = [
    ("text", text),
    ("markdown", markdown),
    ("html", html),
    ("json", json),
];

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as usize
    }
}

/// One person of a roster.
#[derive(Clone)]
struct Person {
    email: String,
    previous: Option<String>,
    role: &'static str,
    group: Option<&'static str>,
}

type People = Vec<Option<Person>>;

fn roster(people: &People) -> String {
    let mut out = String::from(
        "vendors:\n  bitsight:\n    auth: { token: { env: T } }\n    \
         max: { deactivations: 9 }\npeople:\n",
    );
    // So that no group is unknown to the vendor.
    for (at, group) in GROUPS.iter().enumerate() {
        out += &format!(
            "  - {{ email: keeper{at}@x.example, first_name: K{at}, last_name: K{at}, accounts: \
             {{ bitsight: {{ role: customer_user, group: {group} }} }} }}\n"
        );
    }
    for (number, person) in people.iter().enumerate() {
        let Some(person) = person else { continue };
        let previous = person.previous.iter();
        let previous: String = previous
            .map(|it| format!(", previous_emails: [{it}]"))
            .collect();
        let group = person.group.iter();
        let group: String = group.map(|it| format!(", group: {it}")).collect();
        out += &format!(
            "  - {{ email: {}, first_name: N{number}, last_name: N{number}{previous}, accounts: \
             {{ bitsight: {{ role: {}{group} }} }} }}\n",
            person.email, person.role
        );
    }
    out
}

/// What the vendor shows of one account.
struct Account {
    id: String,
    email: String,
    active: bool,
    role: String,
    group: Option<String>,
}

/// Every account, as the vendor's own API shows it.
fn accounts(sandbox: &Sandbox) -> Vec<Account> {
    let index = sandbox.index();
    let vendor = &index["vendors"]["bitsight"];
    let address = vendor["base_url"].as_str().unwrap();
    let token = vendor["secrets"]["token"].as_str().unwrap();
    let (host, prefix) = address
        .trim_start_matches("http://")
        .split_once('/')
        .unwrap();
    // The token is the user name of Basic credentials.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{token}:"),
    );
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{prefix}/ratings/v2/users?limit=100&offset=0 HTTP/1.1\r\nhost: {host}\r\n\
         authorization: Basic {basic}\r\naccept: application/json\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let users = body["results"].as_array().unwrap().iter();
    let users = users.map(|it| Account {
        id: text(&it["guid"]),
        email: text(&it["email"]),
        active: it["status"] != "Deactivated",
        role: text(&it["roles"][0]["slug"]),
        // The vendor gives one of its own to whom nobody gives any.
        group: it["group"]["name"]
            .as_str()
            .filter(|it| GROUPS.contains(it))
            .map(ToOwned::to_owned),
    });
    users.collect()
}

fn mark(number: usize) -> String {
    format!("person{number}x")
}

/// What has to be told, from the rosters and what the vendor showed before and after.
fn wanted(base: &People, head: &People, before: &[Account], after: &[Account]) -> Vec<Want> {
    let mut all = Vec::new();
    for number in 0..PEOPLE {
        let mut want = |kind, place, words: Vec<String>| {
            let (vendor, who) = ("bitsight", mark(number));
            all.push(Want {
                kind,
                place,
                vendor,
                who,
                words,
            });
        };
        let listed = |people: &People, email: &str| {
            people[number]
                .clone()
                .filter(|it| it.email == email || it.previous.as_deref() == Some(email))
        };
        for now in after
            .iter()
            .filter(|it| it.email.starts_with(&mark(number)))
        {
            let old = before.iter().find(|it| it.id == now.id);
            let rank = |role: &str| ROLES.iter().position(|it| *it == role);
            let had = old.filter(|it| it.active);
            let mut words = Vec::new();
            if had.is_none_or(|it| rank(&it.role) < rank(&now.role)) {
                words.extend([String::from("role"), now.role.clone()]);
            }
            if now.group.is_some() && had.is_none_or(|it| it.group != now.group) {
                words.extend(
                    [Some(String::from("group")), now.group.clone()]
                        .into_iter()
                        .flatten(),
                );
            }
            let action = match old {
                None => "create",
                Some(old) if !old.active => "reactivate",
                Some(_) => "update",
            };
            let is_admin = now.role == "customer_admin";
            let moved = old.filter(|it| it.email != now.email);
            if now.active && !words.is_empty() {
                want("grows", Place::Action(action), words);
                if is_admin && moved.is_none() && had.is_none_or(|it| it.role != "customer_admin") {
                    let told = vec![String::from("becomes an administrator")];
                    want("becomes", Place::Administrators, told);
                }
            }
            if let Some(old) = moved {
                let both = vec![old.email.clone(), now.email.clone()];
                want("moves", Place::Action(action), both);
                if is_admin || old.role == "customer_admin" {
                    let told = vec![String::from("takes over"), old.email.clone()];
                    want("hands", Place::Administrators, told);
                }
            }
            let Some(old) = old.filter(|it| it.active && now.active) else {
                continue;
            };
            let Some(asked) = listed(base, &old.email) else {
                continue;
            };
            match listed(head, &old.email) {
                None => want("stays", Place::Gone, vec![String::from("stays")]),
                Some(asks) if asked.group.is_some() && asks.group.is_none() => {
                    let group = now.group.iter().cloned();
                    let told = [String::from("group"), String::from("stays")].into_iter();
                    want("keeps", Place::Gone, told.chain(group).collect());
                }
                Some(_) => {}
            }
        }
    }
    all
}

#[test]
fn what_the_vendor_shows_in_the_end_was_told_before() {
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 0..WORLDS {
        let mut dice = Dice(seed);
        dice.roll(2);
        let (mut there, mut base, mut head) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let address = |form: &str| format!("{}{form}@x.example", mark(number));
            let mut person = || Person {
                email: address("old"),
                previous: None,
                role: ROLES[dice.roll(3)],
                group: [None, Some(GROUPS[0]), Some(GROUPS[1])][dice.roll(3)],
            };
            let (state, before) = (person(), person());
            let mut now = match dice.roll(2) {
                0 => before.clone(),
                _ => Person {
                    role: ROLES[dice.roll(3)],
                    group: [None, before.group][dice.roll(2)],
                    ..before.clone()
                },
            };
            if dice.roll(3) == 0 {
                now.previous = (dice.roll(2) == 0).then_some(now.email);
                now.email = address("new");
            }
            there.push((dice.roll(5) > 0).then_some(state));
            base.push((dice.roll(6) > 0).then_some(before));
            head.push((dice.roll(5) > 0).then_some(now));
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for (name, people) in [
            ("there.yaml", &there),
            ("base.yaml", &base),
            ("head.yaml", &head),
        ] {
            write(at, name, &roster(people));
        }
        let sandbox = Sandbox::start(at, "there.yaml");
        let made = sandbox.run(at, &["apply", "there.yaml", "--sandbox", "--yes"]);
        assert_eq!(made.code, 0, "{made:#?}");
        let before = accounts(&sandbox);
        let plan = ["plan", "head.yaml", "--sandbox", "--base", "base.yaml"];
        let lost = ["--allow-lost-people", "9", "--format"];
        let written = FORMATS.map(|(format, read)| {
            let plan = sandbox.run(at, &[&plan[..], &lost, &[format]].concat());
            assert!([0, 4].contains(&plan.code), "{plan:#?}");
            (format, read(&plan.stdout), plan.stdout)
        });
        let done = sandbox.run(at, &["apply", "head.yaml", "--sandbox", "--yes"]);
        assert!([0, 4].contains(&done.code), "{done:#?}");
        for want in wanted(&base, &head, &before, &accounts(&sandbox)) {
            *kinds.entry(want.kind).or_insert(0) += 1;
            for (format, said, written) in &written {
                assert!(
                    said.has(&want),
                    "world {seed}, {format}: {want:?}\n{said:#?}\n{written}"
                );
            }
        }
    }
    println!("{kinds:?}");
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}
