//! Exchanges that a try kept: they tell nothing of people, and show what a try would show.

use std::fs;

use crate::common::write;
use crate::described::{Company, DESCRIPTION, Lies};

const FILE: &str = "kept/exchanges.ndjson";

fn record() -> (Company, String) {
    let company = Company::new(Lies::default());
    let tried = company.run(&[
        "connector",
        "try",
        "acme.yaml",
        "--base-url",
        &company.address,
        "--secret",
        "key=BOARD_KEY",
        "--record",
        "kept",
    ]);
    assert_eq!(tried.code, 0, "{}{}", tried.stdout, tried.stderr);
    let path = company.folder.path().join(FILE);
    (company, fs::read_to_string(path).expect("a recording"))
}

#[test]
fn what_is_kept_tells_nothing_of_people() {
    let (_company, kept) = record();
    for secret in [
        "acme.example",
        "Ada",
        "Eve",
        "hunter2",
        "key-1",
        "127.0.0.1",
    ] {
        assert!(!kept.contains(secret), "{secret} in\n{kept}");
    }
    for word in ["rec-", "@recorded.example", "\"enabled\"", "\"total\":4"] {
        assert!(kept.contains(word), "no {word} in\n{kept}");
    }
}

#[test]
fn a_description_is_tried_on_what_was_kept() {
    let (company, _) = record();
    let check = ["connector", "check", "acme.yaml", "--against", "kept"];
    let checked = company.run(&check);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    for words in [
        "switch off: read back at /state",
        "4 users on 3 pages; the vendor counts 4",
        "in capitals",
        "the query narrows the list",
        "1 description is sound.",
    ] {
        assert!(
            checked.stdout.contains(words),
            "{words}: {}",
            checked.stdout
        );
    }
    let slips = [
        ("at: /fullName", "at: /fullname", "stands in no entry"),
        ("active: [enabled]", "active: [on]", "in neither list"),
        ("get: /api/me", "get: /api/self", "was not recorded"),
    ];
    for (from, to, words) in slips {
        assert!(DESCRIPTION.contains(from), "{from}");
        write(
            company.folder.path(),
            "acme.yaml",
            &DESCRIPTION.replace(from, to),
        );
        let checked = company.run(&check);
        let told = format!("{}{}", checked.stdout, checked.stderr);
        assert_eq!(checked.code, 1, "{told}");
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_recording_that_is_none_is_said() {
    let (company, kept) = record();
    let check = ["connector", "check", "acme.yaml", "--against", "kept"];
    let head = kept.lines().next().expect("a head");
    let cases = [
        (
            String::from("{}\n"),
            "line 1, is not the head of a recording",
        ),
        (
            head.replace("\"recording\":1", "\"recording\":7"),
            "record it anew",
        ),
        (format!("{head}\nnonsense\n"), "line 2, is no exchange"),
        (String::new(), "is empty"),
    ];
    for (text, words) in cases {
        write(company.folder.path(), FILE, &text);
        let checked = company.run(&check);
        assert_eq!(checked.code, 1, "{}", checked.stdout);
        assert!(
            checked.stderr.contains(words),
            "{words}: {}",
            checked.stderr
        );
    }
    let two = [
        "connector",
        "check",
        "acme.yaml",
        "acme.yaml",
        "--against",
        "kept",
    ];
    assert_eq!(company.run(&two).code, 1);
}
