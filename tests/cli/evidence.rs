//! A year of evidence with the real binary, a real Git repository and a sandbox that keeps its state:
//! joiners, movers, leavers, an administrator for two months, drift by hand, a removal that is held, a
//! run that is killed, lost nights. Then the questions of auditors. Days are values of a variable that only a sandbox heeds.
//! `tests/gitops/year` plays another year by the jobs of the examples.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::repository::Repository;
use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, Sandbox, rosterctl_with, write};

const VENDORS: &str = "version: 1
vendors:
  bitsight:
    auth: { token: { env: UNUSED } }
    own_account: admin@example.com
";

const PROTECT: &str = "protect: [\"kept@example.com\"]\n";

/// Seconds since 1970 of a time of a day.
fn seconds(day: &str, hour: i8) -> String {
    let day: jiff::civil::Date = day.parse().expect("a day");
    let time = day.at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let time = time.expect("UTC has every time").timestamp();
    time.as_second().to_string()
}

/// A company, its repository, and its vendor.
struct Company {
    repository: Repository,
    sandbox: Sandbox,
    /// By e-mail, what is written behind it.
    people: BTreeMap<&'static str, String>,
    /// A line more of the vendor.
    limits: &'static str,
    head: String,
    pull_request: u32,
}

impl Company {
    fn new() -> Self {
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

    fn roster(people: &BTreeMap<&'static str, String>, limits: &str) -> String {
        let lines = people.iter().map(|(email, more)| {
            let name = email.split('@').next().expect("a name");
            format!("  - {{ email: {email}, first_name: {name}, last_name: Example, {more} }}\n")
        });
        format!(
            "{VENDORS}{limits}{PROTECT}people:\n{}",
            lines.collect::<String>()
        )
    }

    fn path(&self) -> &Path {
        self.repository.path()
    }

    /// A merge at eight in the morning of a day.
    fn merge(&mut self, day: &str, subject: &str) {
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

    fn set(&mut self, email: &'static str, more: &str) {
        self.people.insert(email, more.to_owned());
    }

    fn at(&self, day: &str, hour: i8, args: &[&str], more: &[(&str, &str)]) -> Output {
        let time = seconds(day, hour);
        let all = [args, &["users.yaml", "--sandbox"]].concat();
        let variables = [&[("SOURCE_DATE_EPOCH", &*time)], more].concat();
        self.sandbox.run_at(self.path(), &all, &variables)
    }

    /// The apply of a job at GitHub, at nine of a day.
    fn apply(&self, day: &str) -> Output {
        self.apply_at(day, self.sandbox.address())
    }

    /// The same at another address of the sandbox.
    fn apply_at(&self, day: &str, address: &str) -> Output {
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

    fn applied(&self, day: &str) {
        let done = self.apply(day);
        assert!([0, 4].contains(&done.code), "{day}: {done:#?}");
    }

    /// An apply that is killed once its first action is done.
    fn killed(&self, day: &str) {
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
    fn night(&self, day: &str) {
        let done = self.at(day, 2, &["access", "--keep"], &[]);
        assert_eq!(done.code, 0, "{day}: {done:#?}");
    }

    fn json(&self, day: &str, args: &[&str]) -> Value {
        let shown = self.at(day, 12, &[args, &["--format", "json"]].concat(), &[]);
        assert_eq!(shown.code, 0, "{shown:#?}");
        let document = serde_json::from_str(&shown.stdout).expect("JSON");
        fits(args[0], &document);
        document
    }

    /// Somebody changes an account by hand.
    fn edit(&self, email: &str, body: &str) {
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

    fn state(&self) -> PathBuf {
        self.sandbox.state()
    }
}

/// A document is as its schema says.
#[track_caller]
fn fits(name: &str, document: &Value) {
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
fn year() -> Company {
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

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list").iter();
    list.filter_map(|it| it[key].as_str()).collect()
}

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

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
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

#[test]
fn a_pack_is_signed_checked_and_says_what_it_does_not_know() {
    let company = year();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("audit");
    let made = Command::new("ssh-keygen")
        .args([
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            "audit@example.com",
            "-f",
        ])
        .arg(&key)
        .status();
    assert!(made.expect("ssh-keygen is there for tests").success());
    let (out, key) = (folder.path().join("pack"), key.to_str().unwrap());
    let path = out.to_str().unwrap();
    let year = ["--from", "2026-01-03", "--to", "2026-12-31"];
    let args = [&["evidence", "--out", path, "--sign", key], &year[..]].concat();
    let done = company.at("2026-12-31", 12, &args, &[]);
    assert_eq!(done.code, 0, "{done:#?}");
    let again = company.at("2026-12-31", 12, &args, &[]);
    assert_eq!(again.code, 1, "a pack is never written over");

    // What happened stands in it.
    let text = std::fs::read_to_string(out.join("evidence.json")).unwrap();
    let pack: Value = serde_json::from_str(&text).unwrap();
    fits("evidence", &pack);
    let revocations = pack["revocations"].as_array().unwrap();
    let of = |email: &str| {
        let mut all = revocations.iter();
        all.find(|it| it["email"] == email).expect("a revocation")
    };
    let (mary, kept) = (of("mary@example.com"), of("kept@example.com"));
    assert_eq!(mary["state"], "gone");
    assert_eq!(mary["last_day"], "2026-06-15");
    assert_eq!(mary["due"], "2026-06-16T00:00:00Z");
    let took = mary["seconds"].as_i64().unwrap();
    assert!((9 * 3_600..9 * 3_600 + 60).contains(&took), "{mary:#}");
    assert_eq!(kept["state"], "open", "{kept:#}");
    assert_eq!(
        revocations[0]["email"], "kept@example.com",
        "open ones first"
    );
    let exceptions = texts(&pack["exceptions"], "kind");
    for kind in ["held", "cut_off"] {
        assert!(exceptions.contains(&kind), "{exceptions:?}");
    }
    let rules = texts(&pack["rules"], "rule");
    assert!(rules.iter().any(|it| it.starts_with("limits")), "{rules:?}");
    // What the killed run did is told once, and so is what the next one did.
    let changes = pack["history"]["changes"].as_array().unwrap().iter();
    let august = changes.filter(|it| it["at"].as_str().unwrap().starts_with("2026-08"));
    let august: Vec<&str> = august.filter_map(|it| it["email"].as_str()).collect();
    assert_eq!(august.len(), 2, "{august:?}");
    assert!(august.contains(&"ada@example.com") && august.contains(&"grace@example.com"));
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(!page.contains("<script"));

    // It is as it was made, for us and for ssh-keygen.
    let public = format!("{key}.pub");
    let verify = |more: &[&str]| {
        let args = [&["evidence", "verify", path], more].concat();
        crate::common::rosterctl(company.path(), &args)
    };
    let sound = verify(&["--key", &public]);
    assert_eq!(sound.code, 0, "{sound:#?}");
    let signers = folder.path().join("signers");
    let line = std::fs::read_to_string(&public).unwrap();
    std::fs::write(&signers, format!("audit@example.com {line}")).unwrap();
    let checked = Command::new("ssh-keygen")
        .args([
            "-Y",
            "verify",
            "-n",
            "rosterctl-evidence",
            "-I",
            "audit@example.com",
            "-f",
        ])
        .arg(&signers)
        .arg("-s")
        .arg(out.join("manifest.json.sig"))
        .stdin(std::fs::File::open(out.join("manifest.json")).unwrap())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");

    // One byte anywhere, and it says where.
    for file in files(&out) {
        let whole = std::fs::read(&file).unwrap();
        let name = file
            .strip_prefix(&out)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&file, &bytes).unwrap();
            let found = verify(&[]);
            assert_eq!(found.code, 1, "{name} {at}: {found:#?}");
            assert!(found.stdout.contains(&name), "{name} {at}: {found:#?}");
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert_eq!(verify(&[]).code, 0);

    // Made from a state with a missing journal it says of which day nobody knows.
    let journals = company.state().join("journal");
    let gone = files(&journals)
        .into_iter()
        .find(|it| it.to_string_lossy().contains("2026-03-05"))
        .expect("a journal of that day");
    std::fs::remove_file(gone).unwrap();
    let out = folder.path().join("again");
    let args = [&["evidence", "--out", out.to_str().unwrap()], &year[..]].concat();
    let done = company.at("2026-12-31", 12, &args, &[]);
    assert!(
        done.stdout.contains("2026-03-05 to 2026-03-05"),
        "{done:#?}"
    );
    let table = std::fs::read_to_string(out.join("not-covered.csv")).unwrap();
    assert!(
        table.contains("2026-03-05") && table.contains("is missing"),
        "{table}"
    );
}

#[test]
fn a_masked_pack_names_nobody_and_leaves_the_journals_out() {
    let company = year();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pack");
    let args = [
        "evidence",
        "--mask",
        "--from",
        "2026-01-03",
        "--to",
        "2026-12-31",
        "--out",
        out.to_str().unwrap(),
    ];
    let done = company.at("2026-12-31", 12, &args, &[]);
    assert_eq!(done.code, 0, "{done:#?}");
    let names = [
        "ada@", "mary@", "grace@", "kept@", "Ann", "\"lead\"", ">lead<", ",lead,", "Example",
    ];
    for file in files(&out) {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in names {
            assert!(!text.contains(name), "{name} in {}: {text}", file.display());
        }
    }
    assert!(!out.join("journals").exists() && !out.join("notes").exists());
    assert!(done.stdout.contains("masked"), "{done:#?}");
    for format in ["text", "csv", "json", "markdown", "html"] {
        for command in [&["access"][..], &["history", "--from", "2026-01-03"]] {
            let args = [command, &["--mask", "--format", format]].concat();
            let shown = company.at("2026-12-31", 12, &args, &[]);
            let text = format!("{}{}", shown.stdout, shown.stderr);
            let found = names.iter().find(|name| text.contains(**name));
            assert_eq!(found, None, "{command:?} {format}: {text}");
        }
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

/// Stands before a sandbox and refuses every write.
fn refusing(sandbox: &str) -> String {
    let behind = sandbox.trim_start_matches("http://").to_owned();
    let (address, _) = serve(move |request: &Request| -> Answer {
        if request.method != "GET" {
            let body = serde_json::json!({ "detail": "Not today." });
            return (403, Vec::new(), Some(body));
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish();
        let mut stream = TcpStream::connect(&behind).expect("the sandbox listens");
        let authorization = request.header("authorization").unwrap_or_default();
        let path = format!("{}?{query}", request.path);
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: {behind}\r\nauthorization: {authorization}\r\nconnection: \
             close\r\n\r\n",
            path.trim_end_matches('?'),
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        // It names its own address where it tells of itself.
        let here = request.header("host").expect("every request has one");
        let body = serde_json::from_str(&body.replace(&behind, here)).expect("JSON");
        (status.expect("a status"), Vec::new(), Some(body))
    });
    address
}

/// What a pack of these days has of everybody who was to lose access, in its order.
fn revocations(company: &Company, day: &str, from: &str) -> Vec<Value> {
    let out = tempfile::tempdir().unwrap();
    let args = [
        "evidence",
        "--from",
        from,
        "--to",
        day,
        "--out",
        out.path().to_str().unwrap(),
    ];
    let done = company.at(day, 12, &args, &[]);
    assert_eq!(done.code, 0, "{done:#?}");
    let text = std::fs::read_to_string(out.path().join("evidence.json")).unwrap();
    let pack: Value = serde_json::from_str(&text).unwrap();
    pack["revocations"].as_array().unwrap().clone()
}

#[test]
fn a_refused_removal_is_open_until_it_works() {
    let mut company = Company::new();
    company.applied("2026-07-01");
    let leaves = "active: false, accounts: { bitsight: { role: customer_user } }";
    company.set("ada@example.com", leaves);
    company.merge("2026-07-02", "Ada leaves");
    company.applied("2026-07-02");
    company.set("mary@example.com", leaves);
    company.merge("2026-07-10", "Mary leaves");
    let gate = refusing(company.sandbox.address());
    for day in ["2026-07-10", "2026-07-11", "2026-07-12"] {
        let refused = company.apply_at(day, &gate);
        assert_eq!(refused.code, 3, "{refused:#?}");
    }
    let open = revocations(&company, "2026-07-12", "2026-07-02");
    assert_eq!(open.len(), 2, "{open:#?}");
    assert_eq!(open[0]["email"], "mary@example.com", "open ones first");
    assert_eq!(open[0]["state"], "open");
    // Until the end of the last day, as far as it is known.
    assert_eq!(open[0]["seconds"], 2 * 86_400 + 16 * 3_600);
    let note = open[0]["note"].as_str().unwrap();
    assert!(
        note.contains("2026-07-12") && note.contains("Not today."),
        "{note}"
    );
    company.applied("2026-07-13");
    let gone = revocations(&company, "2026-07-13", "2026-07-02");
    assert_eq!(gone[0]["email"], "mary@example.com", "then the longest");
    assert_eq!(gone[0]["state"], "gone");
    let took = gone[0]["seconds"].as_i64().unwrap() - (3 * 86_400 + 3_600);
    assert!((0..60).contains(&took), "{gone:#?}");
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
