//! A company with its repository and its vendor, and its year.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::repository::Repository;
use crate::common::{Output, Sandbox, write};

const VENDORS: &str = "version: 1
vendors:
  bitsight:
    auth: { token: { env: UNUSED } }
    own_account: admin@example.com
";

const PROTECT: &str = "protect: [\"kept@example.com\"]\n";

/// Seconds since 1970 of a time of a day.
pub(super) fn seconds(day: &str, hour: i8) -> String {
    let day: jiff::civil::Date = day.parse().expect("a day");
    let time = day.at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let time = time.expect("UTC has every time").timestamp();
    time.as_second().to_string()
}

/// A company, its repository, and its vendor.
pub(super) struct Company {
    pub(super) repository: Repository,
    pub(super) sandbox: Sandbox,
    /// By e-mail, what is written behind it.
    people: BTreeMap<&'static str, String>,
    /// A line more of the vendor.
    pub(super) limits: &'static str,
    pub(super) head: String,
    pull_request: u32,
}

impl Company {
    pub(super) fn new() -> Self {
        let repository = Repository::new();
        let role = |role: &str| format!("accounts: {{ bitsight: {{ role: {role} }} }}");
        let people = BTreeMap::from([
            ("admin@example.com", role("customer_admin")),
            ("ada@example.com", role("customer_user")),
            ("mary@example.com", role("customer_user")),
            ("kept@example.com", role("customer_user")),
        ]);
        let folder = repository.path().to_owned();
        let mut company = Self {
            sandbox: {
                let name = write(&folder, "users.yaml", &Self::roster(&people, ""));
                Sandbox::start(&folder, &name)
            },
            repository,
            people,
            limits: "",
            head: String::new(),
            pull_request: 0,
        };
        company.merge("2026-01-02", "The roster");
        company
    }

    pub(super) fn roster(people: &BTreeMap<&'static str, String>, limits: &str) -> String {
        let lines = people.iter().map(|(email, more)| {
            let name = email.split('@').next().expect("a name");
            format!("  - {{ email: {email}, first_name: {name}, last_name: Example, {more} }}\n")
        });
        format!(
            "{VENDORS}{limits}{PROTECT}people:\n{}",
            lines.collect::<String>()
        )
    }

    pub(super) fn path(&self) -> &Path {
        self.repository.path()
    }

    /// A merge at eight in the morning of a day.
    pub(super) fn merge(&mut self, day: &str, subject: &str) {
        write(
            self.path(),
            "users.yaml",
            &Self::roster(&self.people, self.limits),
        );
        self.repository.now = format!("{day}T08:00:00+00:00").leak();
        self.repository.commit(subject);
        let head = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(self.path())
            .output();
        let head = head.expect("git is there for tests").stdout;
        self.head = String::from_utf8(head).expect("a hash").trim().to_owned();
        self.pull_request += 1;
    }

    pub(super) fn set(&mut self, email: &'static str, more: &str) {
        self.people.insert(email, more.to_owned());
    }

    pub(super) fn at(&self, day: &str, hour: i8, args: &[&str], more: &[(&str, &str)]) -> Output {
        let time = seconds(day, hour);
        let all = [args, &["users.yaml", "--sandbox"]].concat();
        let variables = [&[("SOURCE_DATE_EPOCH", &*time)], more].concat();
        self.sandbox.run_at(self.path(), &all, &variables)
    }

    /// The apply of a job at GitHub, at nine of a day.
    pub(super) fn apply(&self, day: &str) -> Output {
        self.apply_at(day, self.sandbox.address())
    }

    /// The same at another address of the sandbox.
    pub(super) fn apply_at(&self, day: &str, address: &str) -> Output {
        let request = format!("api:pull_request={}", self.pull_request);
        let head = format!("api:head={}", self.head);
        let approval = format!("api:approval=lead {}", self.head);
        let args = [
            "apply",
            "--yes",
            "--context",
            &request,
            "--context",
            "api:pull_request_author=dev",
            "--context",
            &head,
            "--context",
            &approval,
        ];
        let job = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SHA", &*self.head),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_ACTOR", "dev"),
            ("GITHUB_REPOSITORY", "company/roster"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_TOKEN", "hidden-token"),
            ("ROSTERCTL_SANDBOX", address),
        ];
        self.at(day, 9, &args, &job)
    }

    pub(super) fn applied(&self, day: &str) {
        let done = self.apply(day);
        assert!([0, 4].contains(&done.code), "{day}: {done:#?}");
    }

    /// An apply that is killed once its first action is done.
    pub(super) fn killed(&self, day: &str) {
        let args = ["apply", "--yes", "users.yaml", "--sandbox"];
        let mut command = self.sandbox.command(self.path(), &args);
        command.env("SOURCE_DATE_EPOCH", seconds(day, 9));
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the binary was built for this test");
        let told = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut lines = told.lines().map_while(Result::ok);
        let first = lines.find(|line| line.contains("applied"));
        assert!(first.is_some(), "something is done before it is killed");
        child.kill().expect("it is ours");
        child.wait().expect("it was started");
    }

    /// The read of a night.
    pub(super) fn night(&self, day: &str) {
        let done = self.at(day, 2, &["access", "--keep"], &[]);
        assert_eq!(done.code, 0, "{day}: {done:#?}");
    }

    pub(super) fn json(&self, day: &str, args: &[&str]) -> Value {
        let shown = self.at(day, 12, &[args, &["--format", "json"]].concat(), &[]);
        assert_eq!(shown.code, 0, "{shown:#?}");
        let document = serde_json::from_str(&shown.stdout).expect("JSON");
        fits(args[0], &document);
        document
    }

    /// Somebody changes an account by hand.
    pub(super) fn edit(&self, email: &str, body: &str) {
        let index = self.sandbox.index();
        let address = index["vendors"]["bitsight"]["address"]
            .as_str()
            .or_else(|| index["vendors"]["bitsight"]["base_url"].as_str())
            .expect("an address");
        let list = call(address, "GET", "/ratings/v2/users?limit=100&offset=0", "");
        let list: Value = serde_json::from_str(&list).expect("a list");
        let users = list["results"].as_array().expect("users");
        let user = users
            .iter()
            .find(|it| it["email"] == email)
            .expect("a user");
        let guid = user["guid"].as_str().expect("an id");
        call(address, "PATCH", &format!("/ratings/v2/users/{guid}"), body);
    }

    pub(super) fn state(&self) -> PathBuf {
        self.sandbox.state()
    }
}

/// A document is as its schema says.
#[track_caller]
pub(super) fn fits(name: &str, document: &Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let schema = std::fs::read_to_string(folder.join(format!("{name}.schema.json")));
    let schema: Value = serde_json::from_str(&schema.expect("a schema")).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0], "{name}");
}

/// One call to the sandbox's Bitsight.
fn call(address: &str, method: &str, path: &str, body: &str) -> String {
    let rest = address.trim_start_matches("http://");
    let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).expect("the sandbox listens");
    let length = body.len();
    // sandbox-bitsight-token: and no password
    let token = "c2FuZGJveC1iaXRzaWdodC10b2tlbjo=";
    write!(
        stream,
        "{method} /{prefix}{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    // It may come in pieces.
    let from = body.find('{').unwrap_or(0);
    let to = body.rfind('}').map_or(body.len(), |at| at + 1);
    body[from..to].to_owned()
}

/// The year. What is told of it later is what happens here.
pub(super) fn year() -> Company {
    let mut company = Company::new();
    company.applied("2026-01-02");
    for day in ["2026-01-03", "2026-02-01"] {
        company.night(day);
    }
    // A joiner.
    company.set(
        "grace@example.com",
        "accounts: { bitsight: { role: customer_user } }",
    );
    company.merge("2026-02-02", "Grace comes");
    company.applied("2026-02-02");
    company.night("2026-02-03");
    // An administrator for two months.
    company.set(
        "ada@example.com",
        "accounts: { bitsight: { role: customer_admin } }",
    );
    company.merge("2026-03-05", "Ada looks after Bitsight");
    company.applied("2026-03-05");
    company.night("2026-03-06");
    company.set(
        "ada@example.com",
        "accounts: { bitsight: { role: customer_user } }",
    );
    company.merge("2026-05-05", "Ada is done");
    company.applied("2026-05-05");
    company.night("2026-05-06");
    // Drift by hand, found by the next read and repaired.
    company.night("2026-06-01");
    company.edit(
        "grace@example.com",
        r#"{"roles": [{"slug": "customer_admin"}]}"#,
    );
    company.night("2026-06-03");
    company.applied("2026-06-03");
    company.night("2026-06-04");
    // A leaver by a last day, and one at once.
    company.set(
        "mary@example.com",
        "ends: 2026-06-15, accounts: { bitsight: { role: customer_user } }",
    );
    company.merge("2026-06-10", "Mary leaves on the 15th");
    company.applied("2026-06-10");
    company.night("2026-06-11");
    company.applied("2026-06-16");
    company.night("2026-06-17");
    // One whom a rule keeps.
    company.set(
        "kept@example.com",
        "active: false, accounts: { bitsight: { role: customer_user } }",
    );
    company.merge("2026-07-01", "Kept leaves");
    company.applied("2026-07-01");
    company.night("2026-07-02");
    // A run that is killed, and one that takes it up.
    company.limits = "    limits: { per_second: 1, burst: 1, concurrency: 1 }\n";
    for email in ["ada@example.com", "grace@example.com"] {
        let more = "accounts: { bitsight: { role: customer_user, friendly_name: Q } }";
        company.set(email, more);
    }
    company.merge("2026-08-01", "Other names");
    company.killed("2026-08-01");
    company.limits = "";
    company.merge("2026-08-02", "As fast as before");
    company.applied("2026-08-02");
    company.night("2026-08-03");
    for day in ["2026-09-30", "2026-10-01", "2026-10-03", "2026-12-31"] {
        company.night(day);
    }
    company
}

pub(super) fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list").iter();
    list.filter_map(|it| it[key].as_str()).collect()
}

/// All files below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}
