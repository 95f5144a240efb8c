//! What a new user is told: each of these was found by trying.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::common::{Sandbox, example, rosterctl_with, write};

#[test]
fn a_wrong_logicgate_secret_names_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let roster = |address: &str| {
        format!(
            "vendors:\n  logicgate:\n    base_url: {address}\n    own_account: a@example.com\n    \
             auth: {{ client_id: {{ env: LG_ID }}, client_secret: {{ env: LG_SECRET }} }}\n\
             people: []\n"
        )
    };
    let real = "https://example.logicgate.com";
    let name = write(folder.path(), "users.yaml", &roster(real));
    let sandbox = Sandbox::start(folder.path(), &name);
    let index = sandbox.index();
    let address = index["vendors"]["logicgate"]["base_url"].as_str().unwrap();
    write(folder.path(), "users.yaml", &roster(address));
    let wrong = [("LG_ID", "somebody"), ("LG_SECRET", "S3CRET")];
    for format in ["text", "json", "markdown", "html"] {
        let plan = rosterctl_with(folder.path(), &["plan", "--format", format], &wrong);
        assert_eq!(plan.code, 1, "{plan:#?}");
        for told in ["HTTP 401", "LG_ID", "LG_SECRET"] {
            assert!(plan.stderr.contains(told), "{told}: {}", plan.stderr);
        }
        assert!(!(plan.stdout + &plan.stderr).contains("S3CRET"));
    }
}

/// A store that says what S3 says of a bucket that is not there.
#[cfg(feature = "cloud")]
#[test]
fn a_missing_bucket_is_one_sentence() {
    const ANSWER: &str = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The \
                          specified bucket does not exist</Message><BucketName>bucket</BucketName>\
                          <RequestId>4442587FB7D0A2F9</RequestId></Error>";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut head = [0; 8192];
                while stream.read(&mut head).is_ok_and(|read| read > 0) {
                    let _ = write!(
                        stream,
                        "HTTP/1.1 404 Not Found\r\ncontent-type: application/xml\r\n\
                         content-length: {}\r\n\r\n{ANSWER}",
                        ANSWER.len()
                    );
                }
            });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let text = "state: s3://bucket/x\nvendors:\n  bitsight: { auth: { token: { env: T } }, base_url: \
                \"http://127.0.0.1:9\" }\npeople: []\n";
    write(folder.path(), "users.yaml", text);
    let environment = [
        ("AWS_ENDPOINT_URL", &*endpoint),
        ("AWS_ACCESS_KEY_ID", "invented"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("T", "a-token"),
    ];
    let refused = rosterctl_with(folder.path(), &["apply", "--yes"], &environment);
    assert_eq!(refused.code, 1, "{refused:#?}");
    let told = "s3://bucket/x has no bucket (or container) of that name; create it, or correct \
                `state`";
    let mut errors = refused.stderr.lines().filter(|it| it.starts_with("error"));
    let error = errors.next().unwrap_or_default();
    assert!(error.contains(told), "{}", refused.stderr);
    assert!(!refused.stderr.contains("<Code>"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
}

#[test]
fn an_unknown_feature_is_told_in_the_open() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let sandbox = Sandbox::start(folder.path(), &roster);
    let text = std::fs::read_to_string(folder.path().join(&roster)).unwrap();
    assert!(text.contains("features: { fq-access: true"), "{text}");
    let text = text.replace("features: { fq-access: true", "features: { fq-acess: true");
    write(folder.path(), &roster, &text);
    let args = ["plan", &roster, "--sandbox", "--format", "markdown"];
    let plan = sandbox.run(folder.path(), &args).stdout;
    let open = plan.split("<details>").next().unwrap();
    assert!(open.contains("#### Warnings"), "{plan}");
    assert!(open.contains("fq-acess"), "{plan}");
    assert!(open.contains("did you mean"), "{plan}");
}

/// A roster without anything to compare is a warning of every command, and nothing is "as it says".
#[test]
fn an_empty_roster_is_a_warning_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let vendor = "vendors: { bitsight: { auth: { token: { env: T } } } }\n";
    let person = "people: [{ email: a@example.com, first_name: A, last_name: B }]\n";
    for (text, told) in [
        (person.to_owned(), "names no vendor"),
        (format!("{vendor}people: []\n"), "lists nobody"),
        (format!("{vendor}{person}"), "gives nobody an account"),
    ] {
        write(folder.path(), "users.yaml", &text);
        let valid = rosterctl_with(folder.path(), &["validate"], &[]);
        assert_eq!(valid.code, 0, "{valid:#?}");
        assert!(valid.stderr.contains(told), "{}", valid.stderr);
        for command in [["plan"].as_slice(), &["apply", "--yes"]] {
            for format in ["text", "markdown", "html", "json"] {
                let more = ["--sandbox", "--format", format];
                let done = rosterctl_with(folder.path(), &[command, &more].concat(), &[]);
                assert_eq!(done.code, 0, "{done:#?}");
                let said = done.stdout.clone() + &done.stderr;
                assert!(done.stdout.contains(told), "{command:?} {format}: {said}");
                assert!(!said.contains("as the roster says"), "{said}");
            }
        }
    }
}

#[test]
fn an_account_that_nobody_lists_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let roster = example(folder.path());
    let stranger = "former.contractor@sandbox.example";
    let sandbox = Sandbox::start(folder.path(), &roster);
    let told = sandbox.run(folder.path(), &["explain", stranger, &roster, "--sandbox"]);
    let said = told.stdout + &told.stderr;
    assert!(said.contains(stranger), "{said}");
    assert!(said.contains("bitsight"), "{said}");
}
