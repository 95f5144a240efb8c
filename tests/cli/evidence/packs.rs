//! Packs: signed, checked, masked.

use std::process::Command;

use serde_json::Value;

use super::company::{files, fits, texts, year};

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
