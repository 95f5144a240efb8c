//! `fleet` with the real binary: each roster's output in one piece, how many of each, signals.

use std::io::{BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::common::{command, rosterctl, write};

/// A roster of so many people without a vendor.
fn people(count: usize) -> String {
    let people = (0..count).map(|it| format!("  - email: p{it}@example.com\n"));
    format!("version: 1\npeople:\n{}", people.collect::<String>())
}

/// A folder in it with that roster.
fn tenant(folder: &Path, name: &str, roster: &str) {
    let folder = folder.join("tenants").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    write(&folder, "users.yaml", roster);
}

/// A vendor that shows one account, its own, and answers no write.
struct Slow {
    port: u16,
    writes: Receiver<()>,
    /// Whoever wrote is hung up on once this is gone.
    line: Option<Sender<()>>,
}

impl Slow {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sent, writes) = channel();
        let (line, hangs_up) = channel::<()>();
        let hangs_up = Arc::new(Mutex::new(hangs_up));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sent, hangs_up) = (sent.clone(), hangs_up.clone());
                std::thread::spawn(move || {
                    let mut stream = stream;
                    while let Some(head) = head(&mut stream) {
                        if !head.starts_with("GET ") {
                            let _ = sent.send(());
                            let _ = hangs_up.lock().unwrap().recv();
                            return;
                        }
                        let (status, body) = match head.contains("/Users") {
                            true => ("200 OK", LIST),
                            false => ("404 Not Found", "{}"),
                        };
                        let _ = write!(
                            stream,
                            "HTTP/1.1 {status}\r\ncontent-type: application/scim+json\r\n\
                             content-length: {}\r\n\r\n{body}",
                            body.len()
                        );
                    }
                });
            }
        });
        Self {
            port,
            writes,
            line: Some(line),
        }
    }

    fn roster(&self) -> String {
        format!(
            "version: 1\nvendors:\n  app:\n    kind: scim\n    own_account: own@example.com\n    \
             base_url: http://127.0.0.1:{}/scim/v2\n    auth: {{ token: {{ env: TOKEN }} }}\n\
             people:\n  - {{ email: ada@example.com, accounts: {{ app: {{}} }} }}\n",
            self.port
        )
    }
}

const LIST: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"1","active":true,
"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"own@example.com"}]}"#;

/// The head of a request; `None` once the other side is gone.
fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn signal(run: &Child) {
    let id = run.id().to_string();
    let mut kill = std::process::Command::new("kill");
    // It may have ended by now.
    let _ = kill.args(["-TERM", &id]).status();
}

/// Starts an apply of three rosters of which the second is at work once `Slow` was written to.
fn at_work(folder: &Path) -> (Slow, Child) {
    let slow = Slow::start();
    tenant(folder, "a", &people(1));
    tenant(folder, "b", &slow.roster());
    tenant(folder, "c", &people(3));
    let run = command(
        folder,
        &["fleet", "apply", "tenants", "--yes"],
        &[("TOKEN", "a-token")],
    )
    .stdin(Stdio::null())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    slow.writes.recv().unwrap();
    (slow, run)
}

#[test]
fn what_each_roster_prints_stands_in_one_piece() {
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        tenant(folder.path(), name, &people(count));
    }
    tenant(folder.path(), "e", "people: [}\n");
    let done = rosterctl(folder.path(), &["fleet", "plan", "tenants", "--jobs", "5"]);
    assert_eq!(done.code, 1, "{done:#?}");
    let (rosters, summary) = done.stdout.split_once("Fleet: ").unwrap();
    let parts: Vec<&str> = rosters.split("== ").skip(1).collect();
    assert_eq!(parts.len(), 5, "{rosters}");
    for (part, (name, told)) in parts.iter().zip([
        ("a", "1 person in the roster"),
        ("b", "2 people in the roster"),
        ("c", "3 people in the roster"),
        ("d", "4 people in the roster"),
    ]) {
        assert!(part.starts_with(&format!("{name}\n")), "{part}");
        assert_eq!(part.matches(" in the roster\n").count(), 1, "{part}");
        assert!(part.contains(told), "{name}: {part}");
    }
    assert_eq!(parts[4].trim(), "e", "nothing was planned");
    assert_eq!(
        summary,
        "plan of 5 rosters: 1 error, 4 done\n  a  done\n  b  done\n  c  done\n  d  done\n  \
         e  error: this is not YAML: while parsing a node, did not find expected node content\n"
    );
    let why = done.stderr.split("== ").find(|it| it.starts_with("e\n"));
    assert!(
        why.unwrap().contains("tenants/e/users.yaml"),
        "{}",
        done.stderr
    );
}

/// Profiles that many tenants share, a file of numbers and a plan for each, and the names of those
/// that failed.
#[test]
fn tenants_share_profiles_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "profiles.yaml",
        "vendors:\n  bitsight: { auth: { token: { env: T } }, own_account: rosterctl@example.com }\n\
         profiles:\n  user: { bitsight: { role: customer_user, group: All } }\n",
    );
    for name in ["acme", "beta"] {
        let person = format!(
            "people: [{{ email: p@{name}.example, first_name: P, last_name: {name}, profiles: [user] }}]\n"
        );
        tenant(folder, name, &person);
    }
    let lost = "people: [{ email: p@gamma.example, profiles: [usr] }]\n";
    tenant(folder, "gamma", lost);
    let args = [
        "fleet",
        "plan",
        "tenants",
        "--jobs",
        "2",
        "--",
        "--sandbox",
        "--shared",
        "profiles.yaml",
        "--metrics",
        "{roster}.prom",
        "--out",
        "{roster}.json",
    ];
    let done = rosterctl(folder, &args);
    assert_eq!(done.code, 1, "{done:#?}");
    let summary = done.stdout.split_once("Fleet: ").unwrap().1;
    assert!(
        summary.starts_with("plan of 3 rosters: 1 error, 2 done\n"),
        "{summary}"
    );
    assert!(
        summary.contains("gamma  error: there is no profile `usr`"),
        "{summary}"
    );
    for name in ["acme", "beta"] {
        let plan = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert!(plan.contains(&format!("p@{name}.example")), "{plan}");
        let numbers = std::fs::read_to_string(folder.join(format!("{name}.prom"))).unwrap();
        let own = format!("rosterctl_run_exit_code{{command=\"plan\",tenant=\"{name}\"}} 0\n");
        assert!(numbers.contains(&own), "{numbers}");
    }
    // The state of each is its own, also with what it shares.
    let args = [
        "apply",
        "tenants/acme",
        "--shared",
        "profiles.yaml",
        "--sandbox",
        "--yes",
        "--label",
        "a=b",
    ];
    let refused = rosterctl(folder, &args);
    assert!(refused.stderr.contains("--metrics"), "{refused:#?}");
    let done = rosterctl(folder, &args[..6]);
    assert_eq!(done.code, 0, "{done:#?}");
    let lone = rosterctl(folder, &["validate", "tenants/acme"]);
    assert_eq!(lone.code, 1, "its profile is shared: {lone:#?}");
}

#[test]
fn a_document_has_counts_and_the_reason_is_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    tenant(folder.path(), "a", &people(1));
    tenant(folder.path(), "b", "people: [}\n");
    let args = ["fleet", "plan", "tenants", "--format", "json"];
    let done = rosterctl(folder.path(), &args);
    assert_eq!(done.code, 1, "{done:#?}");
    let document: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(document["summary"]["done"], 1);
    assert_eq!(document["summary"]["error"], 1);
    assert_eq!(document["rosters"][0]["result"]["roster"]["people"], 1);
    assert_eq!(document["rosters"][1]["exit"], 1);
    assert!(
        done.stderr.contains("tenants/b/users.yaml"),
        "{}",
        done.stderr
    );
}

#[test]
fn each_roster_has_files_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    tenant(folder.path(), "a", &people(1));
    tenant(folder.path(), "b", &people(2));
    let plan = ["fleet", "plan", "tenants", "--"];
    for more in [["--out", "plan.json"].as_slice(), &["--metrics=m.txt"]] {
        let one = rosterctl(folder.path(), &[&plan, more].concat());
        assert_eq!(one.code, 1, "{one:#?}");
        assert!(one.stderr.contains("{roster}"), "{}", one.stderr);
    }
    let own = rosterctl(
        folder.path(),
        &[&plan[..], &["--out", "plan-{roster}.json"]].concat(),
    );
    assert_eq!(own.code, 0, "{own:#?}");
    for (name, people) in [("plan-a.json", 1), ("plan-b.json", 2)] {
        let text = std::fs::read(folder.path().join(name)).unwrap();
        let plan: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(plan["roster"]["people"], people);
    }
}

/// Reads until a line has these words.
fn until(stderr: &mut impl std::io::BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended");
    }
}

#[test]
fn a_signal_ends_the_roster_at_work_and_begins_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (mut slow, mut run) = at_work(folder.path());
    signal(&run);
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    until(&mut stderr, "Stopping: no new rosters");
    // The call under way is waited for.
    drop(slow.line.take());
    let (mut rest, mut stdout) = (String::new(), String::new());
    stderr.read_to_string(&mut rest).unwrap();
    let out = run.stdout.take().unwrap().read_to_string(&mut stdout);
    out.unwrap();
    let ended = run.wait().unwrap();
    assert_eq!(ended.code(), Some(3), "{stdout}\n{rest}");
    let (rosters, summary) = stdout.split_once("Fleet: ").unwrap();
    assert!(rosters.contains("== a\n"), "{rosters}");
    assert!(!rosters.contains("3 people"), "c was begun: {rosters}");
    assert!(summary.contains("apply of 3 rosters: "), "{summary}");
    assert!(summary.contains("  a  done\n"), "{summary}");
    assert!(summary.contains("  b  unfinished"), "{summary}");
    assert!(summary.contains("  c  ended early: not begun"), "{summary}");
}

#[test]
fn a_second_signal_waits_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (_slow, mut run) = at_work(folder.path());
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    signal(&run);
    until(&mut stderr, "Stopping: no new rosters");
    signal(&run);
    until(&mut stderr, "Stopping at once");
    // The vendor still answers nothing.
    assert_eq!(run.wait().unwrap().code(), Some(3));
}
