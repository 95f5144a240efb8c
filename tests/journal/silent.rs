//! A vendor that takes a call and never answers it, and cannot be asked what became of it.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::Stdio;

use crate::common::{command, rosterctl_with, write};

#[test]
fn a_call_that_no_read_can_tell_of_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let roster = |people: &str| {
        let head = format!(
            "version: 1\nvendors:\n  surecloud: {{ base_url: \"{base_url}\", auth: {{ jwt: {{ env: T }} }} }}\n"
        );
        write(folder.path(), "users.yaml", &(head + people));
    };
    let secrets = [("T", "a-token-of-no-account")];
    let apply = ["apply", "users.yaml", "--yes", "--journal", "run.ndjson"];
    roster(
        "people:\n  - { email: ada@example.com, first_name: Ada, last_name: Byron, accounts: { surecloud: \
         { role: CONTRIBUTOR } } }\n",
    );
    let mut running = command(folder.path(), &apply, &secrets)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut call, _) = listener.accept().unwrap();
    call.read_exact(&mut [0; 16]).unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
    drop(call);

    // Ada is nobody's business any more, so that no later call can get the answer.
    roster("people: []\n");
    let next = rosterctl_with(folder.path(), &apply, &secrets);
    assert_eq!(next.code, 0, "{next:#?}");
    assert!(
        next.stderr.contains("it is not known whether it happened"),
        "{next:#?}"
    );
    let journal = ["journal", "show", "run.ndjson"];
    let journal = rosterctl_with(folder.path(), &journal, &secrets);
    for said in [
        "settled what was under way, but for 1 that nobody can tell of",
        "sent, and no outcome known",
    ] {
        assert!(journal.stdout.contains(said), "{journal:#?}");
    }
    let third = rosterctl_with(folder.path(), &apply, &secrets);
    assert_eq!(third.code, 0, "{third:#?}");
    assert!(!third.stderr.contains("cut off"), "{third:#?}");
}
