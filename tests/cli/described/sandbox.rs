//! `--sandbox` and `rosterctl sandbox` with vendors that a file describes.

use std::path::Path;

use crate::common::{Output, Sandbox, rosterctl, write};

/// Both descriptions that ship with the program, and one of the company's own.
fn company(folder: &Path) -> String {
    write(folder, "acme.yaml", include_str!("../described.yaml"));
    write(
        folder,
        "users.yaml",
        r#"
version: 1
vendors:
  pocketbase:
    kind: rest
    connector: pocketbase
    base_url: https://base.acme.example
    auth: { email: { env: NOT_SET }, password: { env: NOT_SET } }
    max: { deactivations: 10 }
  hub:
    kind: rest
    connector: jupyterhub
    base_url: https://hub.acme.example
    auth: { token: { env: NOT_SET } }
    deactivate: delete
    max: { deactivations: 10 }
  board:
    kind: rest
    connector: acme.yaml
    base_url: https://board.acme.example
    auth: { key: { env: NOT_SET } }
    max: { deactivations: 10 }
people:
  - { email: ada@acme.example, first_name: Ada, last_name: A, accounts: { pocketbase: { level: admin, teams: [Europe] }, hub: { groups: [ops] }, board: { level: admin, groups: [Europe] } } }
  - { email: bob@acme.example, first_name: Bob, last_name: B, accounts: { pocketbase: { level: reader }, hub: { groups: [] }, board: { level: reader } } }
  - { email: cid@acme.example, first_name: Cid, last_name: C, accounts: { pocketbase: { level: writer, teams: [Asia, Europe] }, hub: { groups: [ops, dev] }, board: { level: reader, groups: [Asia] } } }
  - { email: eve@acme.example, first_name: Eve, last_name: E, active: false, accounts: { pocketbase: { level: reader }, hub: {}, board: { level: reader } } }
"#,
    )
}

/// What a plan says of a vendor.
fn block(output: &Output, vendor: &str) -> String {
    let heading = format!("{vendor} (rest)  http");
    let lines = output
        .stdout
        .lines()
        .skip_while(|it| !it.starts_with(&heading));
    let lines: Vec<&str> = lines.take_while(|it| !it.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn described_vendors_are_tried_in_the_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let roster = company(folder.path());
    let done = rosterctl(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    for vendor in ["board", "hub", "pocketbase"] {
        let block = block(&done, vendor);
        assert!(block.contains("+ create"), "{block}");
        let removes = ["- deactivate", "! delete"]
            .iter()
            .any(|it| block.contains(it));
        assert!(removes, "{block}");
    }
    let end = "Second plan: no changes.";
    assert!(done.stdout.contains(end), "{}", done.stdout);
    assert!(
        !done.stdout.contains("sandbox-pocketbase"),
        "{}",
        done.stdout
    );
}

#[test]
fn a_described_server_can_be_told_to_store_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let roster = company(folder.path());
    let twists = ["rest:switches-not-stored", "rest:small-pages"];
    let sandbox = Sandbox::twisted(folder.path(), &roster, &twists);
    let applied = sandbox.run(folder.path(), &["apply", &roster, "--sandbox", "--yes"]);
    assert_eq!(applied.code, 3, "{applied:#?}");
    let told = format!("{}{}", applied.stdout, applied.stderr);
    assert!(told.contains("eve@acme.example"), "{told}");
    let again = sandbox.run(folder.path(), &["plan", &roster, "--sandbox"]);
    let block = block(&again, "pocketbase");
    assert!(block.contains("- deactivate  eve@acme.example"), "{block}");
    // Whatever was asked, everybody was seen and nothing else is left to do.
    assert!(
        !block.contains("+ create") && !block.contains("~ update"),
        "{block}"
    );
}
