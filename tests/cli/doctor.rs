//! `doctor` of the real binary: against the sandbox, and against servers that fail in every way.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;

use crate::common::{Output, Sandbox, example, rosterctl, rosterctl_with, write};

/// A server that gives every request the same answer; `None`: no answer ever. Ends with the test's
/// process. Its port.
fn server(answer: Option<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            match &answer {
                None => silent.push(stream),
                Some(answer) => {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request);
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        }
    });
    port
}

fn answer(status: u16, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status} x\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn doctor(folder: &Path, vendors: &str, more: &[&str]) -> Output {
    let roster = format!(
        "version: 1\nvendors:\n{vendors}people:\n  - {{ email: ada@example.com, first_name: Ada, \
         last_name: Lovelace, accounts: {{ bitsight: {{ role: customer_user }} }} }}\n"
    );
    let roster = write(folder, "users.yaml", &roster);
    let args = [&["doctor", &roster, "--format", "json"], more].concat();
    rosterctl_with(folder, &args, &[("T", "hidden-token-of-the-test")])
}

fn bitsight(scheme: &str, port: u16) -> String {
    format!(
        "  bitsight: {{ base_url: \"{scheme}://127.0.0.1:{port}\", auth: {{ token: {{ env: T }} }} }}\n"
    )
}

/// State and text of one check.
fn check<'a>(document: &'a Value, vendor: Option<&str>, name: &str) -> (&'a str, String) {
    let checks = document["checks"].as_array().unwrap();
    let found = checks
        .iter()
        .find(|it| it["check"] == name && it["vendor"].as_str() == vendor);
    let found = found.unwrap_or_else(|| panic!("no {name} in {document:#}"));
    let next = found["next"].as_str().unwrap_or_default();
    let state = found["state"].as_str().unwrap();
    assert_eq!(state == "ok", next.is_empty(), "{found}");
    (
        state,
        format!("{} → {next}", found["found"].as_str().unwrap()),
    )
}

#[test]
fn every_fault_of_a_vendor_is_named_by_the_check_that_it_concerns() {
    let body = r#"{"detail": "no"}"#;
    let old = "date: Mon, 05 Jan 2015 02:00:00 GMT\r\n";
    let page = "<html><title>Sign in</title></html>";
    for (port, scheme, wanted) in [
        (
            server(answer(401, "", body)),
            "http",
            &[
                ("reach", "ok", "answers"),
                (
                    "credentials",
                    "fail",
                    "get new ones and put them into the environment variable T",
                ),
                ("read", "fail", "401"),
            ] as &[(&str, &str, &str)],
        ),
        (
            free_port(),
            "http",
            &[
                ("reach", "fail", "nobody accepts the connection"),
                ("credentials", "unknown", "can be read"),
                ("clock", "unknown", "NTP"),
            ],
        ),
        (
            server(answer(403, "", body)),
            "http",
            &[
                ("credentials", "ok", "accepted"),
                ("rights", "fail", "what is needed: a company API token"),
            ],
        ),
        (
            server(answer(429, "retry-after: 3600\r\n", body)),
            "http",
            &[
                ("reach", "ok", "answers"),
                ("quota", "warn", "a wait of 3600 s"),
                ("read", "fail", "more than limits.max_wait"),
            ],
        ),
        (
            server(answer(400, old, body)),
            "http",
            &[("clock", "warn", "behind ours → set the clock")],
        ),
        (
            server(answer(200, "content-type: text/html\r\n", page)),
            "http",
            &[
                ("reach", "fail", "a proxy or a login page"),
                ("read", "fail", "HTML page"),
            ],
        ),
        // Talks no TLS at all.
        (
            server(answer(200, "", "{}")),
            "https",
            &[("reach", "fail", "the connection cannot be made safe")],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let done = doctor(folder.path(), &bitsight(scheme, port), &[]);
        assert_eq!(done.code, 1, "{done:#?}");
        let document: Value = serde_json::from_str(&done.stdout).unwrap();
        for (name, state, part) in wanted {
            let (found, text) = check(&document, Some("bitsight"), name);
            assert_eq!(found, *state, "{name}: {text}");
            assert!(text.contains(part), "{name}: no {part:?} in {text}");
        }
        let all = format!("{}{}", done.stdout, done.stderr);
        assert!(!all.contains("hidden-token"), "{all}");
    }
}

#[test]
fn a_vendor_that_hangs_ends_in_time_and_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let vendors = format!(
        "{}  other: {{ kind: bitsight, base_url: \"http://127.0.0.1:{}\", auth: {{ token: {{ env: \
         MISSING }} }} }}\n",
        bitsight("http", server(None)),
        server(answer(404, "", "{}"))
    );
    let begun = std::time::Instant::now();
    let done = doctor(folder.path(), &vendors, &["--timeout", "1s"]);
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    assert_eq!(done.code, 1, "{done:#?}");
    let document: Value = serde_json::from_str(&done.stdout).unwrap();
    let (state, text) = check(&document, Some("bitsight"), "reach");
    assert_eq!(state, "fail");
    assert!(text.contains("it does not answer"), "{text}");
    let (state, text) = check(&document, Some("bitsight"), "read");
    assert!(
        state == "fail" && text.contains("not done within 1 s"),
        "{text}"
    );
    let (state, text) = check(&document, Some("other"), "credentials");
    assert_eq!(state, "fail");
    assert!(
        text.contains("the environment variable MISSING is not set"),
        "{text}"
    );
    // Whether it can be reached is told without the secret.
    assert_eq!(check(&document, Some("other"), "reach").0, "ok");
}

#[test]
fn a_sandbox_is_fine_and_only_what_was_asked_for_is_visited() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let text = sandbox.run(folder.path(), &["doctor", &roster, "--sandbox"]);
    assert_eq!(text.code, 0, "{text:#?}");
    for vendor in ["bitsight", "logicgate", "snaplogic", "surecloud"] {
        let mut lines = text.stdout.lines();
        let reach =
            lines.find(|line| line.contains(&format!("{vendor} ")) && line.contains("reach"));
        assert!(
            reach.is_some_and(|line| line.starts_with("ok  ")),
            "{}",
            text.stdout
        );
    }
    assert!(text.stdout.contains(" 0 fail"), "{}", text.stdout);
    let args = [
        "doctor",
        &roster,
        "--sandbox",
        "--vendor",
        "logicgate",
        "--format",
        "json",
    ];
    let one: Value = serde_json::from_str(&sandbox.run(folder.path(), &args).stdout).unwrap();
    let vendors = one["checks"].as_array().unwrap().iter();
    let mut vendors: Vec<&str> = vendors.filter_map(|it| it["vendor"].as_str()).collect();
    vendors.dedup();
    assert_eq!(vendors, ["logicgate"]);
    let wrong = ["doctor", &roster, "--sandbox", "--vendor", "logicgat"];
    let wrong = sandbox.run(folder.path(), &wrong);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.stderr.contains("did you mean \"logicgate\"?"),
        "{wrong:#?}"
    );
    // Nothing was written anywhere.
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[cfg(unix)]
#[test]
fn this_machine_is_looked_at_too() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join(".rosterctl");
    let run = "journal/2026-01-05T020000Z-1b2c3d4e";
    std::fs::create_dir_all(state.join(run)).unwrap();
    let journal = state.join(run).join("00000001.ndjson");
    std::fs::write(&journal, "{\"half\":\n").unwrap();
    std::fs::set_permissions(&journal, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::create_dir(state.join("records")).unwrap();
    std::fs::write(state.join("records/surecloud.json"), "{").unwrap();
    let lock = std::fs::File::create(state.join("lock")).unwrap();
    let vendors = format!(
        "{}  surecloud: {{ base_url: \"http://127.0.0.1:{}\", auth: {{ jwt: {{ env: T }} }} }}\n",
        bitsight("http", free_port()),
        free_port()
    );
    let run = || {
        let done = doctor(folder.path(), &vendors, &[]);
        let document: Value = serde_json::from_str(&done.stdout).unwrap();
        (done.code, document)
    };
    let (code, document) = run();
    assert_eq!(code, 1);
    for (vendor, name, state, part) in [
        (None, "roster", "ok", "people: 1, vendors: 2"),
        (None, "state_folder", "ok", "can be written"),
        (None, "lock", "ok", "free"),
        (None, "journal", "warn", "1b2c3d4e → the next apply"),
        (None, "files", "warn", "chmod 600"),
        (Some("surecloud"), "record", "fail", "is damaged"),
    ] {
        let (found, text) = check(&document, vendor, name);
        assert_eq!(found, state, "{name}: {text}");
        assert!(text.contains(part), "{name}: {text}");
    }
    lock.lock().unwrap();
    let (_, document) = run();
    let (found, text) = check(&document, None, "lock");
    assert!(
        found == "warn" && text.contains("a run is at work"),
        "{text}"
    );
    assert_eq!(check(&document, None, "journal").0, "ok");
}

#[test]
fn a_roster_that_cannot_be_used_is_a_failed_check() {
    let folder = tempfile::tempdir().unwrap();
    let roster = write(folder.path(), "users.yaml", "version: 1\npeople: 7\n");
    let done = rosterctl(folder.path(), &["doctor", &roster, "--format", "json"]);
    assert_eq!(done.code, 1, "{done:#?}");
    let document: Value = serde_json::from_str(&done.stdout).unwrap();
    let (state, text) = check(&document, None, "roster");
    assert!(
        state == "fail" && text.contains("rosterctl validate"),
        "{text}"
    );
    assert!(done.stderr.contains("users.yaml:2"), "{}", done.stderr);
}
