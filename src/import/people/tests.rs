//! Exports beside rosters: what changes, what is written, and that nothing else is.

use jiff::civil::{Date, date};

use super::*;
use crate::roster::{RosterFile, parse};

const DAY: Date = date(2026, 6, 15);

const SOURCE: &str = "sources:
  hr:
    csv: hr.csv
    columns: { key: ID, email: Mail, first_name: First, last_name: Last, job_title: Title, starts: Start, ends: End }
    dates: \"%m/%d/%Y\"
    active: { column: Status, is: [Active, On Leave] }
    profiles: { column: Dept, values: { Risk: [analyst], Audit: [analyst, auditor], \"*\": [] } }
";

const HEAD: &str = "ID,Mail,First,Last,Title,Start,End,Status,Dept\n";

fn roster(people: &str) -> crate::roster::Parsed {
    let people = RosterFile {
        path: String::from("people.yaml"),
        folder: std::path::PathBuf::new(),
        text: people.to_owned(),
    };
    let rest = RosterFile {
        path: String::from("rest.yaml"),
        folder: std::path::PathBuf::new(),
        text: format!("{SOURCE}profiles: {{ analyst: {{}}, auditor: {{}}, other: {{}} }}\n"),
    };
    parse(vec![people, rest], &[])
}

fn comparison(people: &str, rows: &str) -> Comparison {
    let parsed = roster(people);
    assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
    compare(
        &parsed.roster,
        "hr",
        format!("{HEAD}{rows}").as_bytes(),
        DAY,
    )
    .unwrap()
}

/// What a merge makes of a file; a second one of the result changes no byte.
#[track_caller]
fn merged(people: &str, rows: &str) -> String {
    let text = comparison(people, rows).write(people, FileId(0)).unwrap();
    let again = comparison(&text, rows);
    assert!(again.is_empty(), "{text}\n{again:#?}");
    assert_eq!(again.write(&text, FileId(0)).unwrap(), text);
    text
}

#[test]
fn a_new_person_is_added_and_an_old_one_tied() {
    let people = "people:\n  # The first of us.\n  - email: ada@x.example # mail\n    first_name: Ada\n    profiles: [other]\n";
    let rows = "E1,ada@x.example,Ada,Byron,Lead,01/05/2026,,Active,Risk\n\
                E2,alan@x.example,Alan,Turing,,,,On Leave,Sales\n\
                E3,gone@x.example,Gone,Girl,,,,Terminated,Sales\n";
    assert_eq!(
        merged(people, rows),
        "people:\n  # The first of us.\n  - email: ada@x.example # mail\n    source: { hr: E1 }\n    \
         first_name: Ada\n    last_name: Byron\n    job_title: Lead\n    starts: 2026-01-05\n    \
         profiles: [other, analyst]\n\n  - email: alan@x.example\n    source: { hr: E2 }\n    \
         first_name: Alan\n    last_name: Turing\n"
    );
}

#[test]
fn every_kind_of_change_touches_its_own_value() {
    let person = |more: &str| {
        format!(
            "people:\n- {{ email: ada@x.example, source: {{ hr: E1 }}, first_name: Ada, {more} }} # end\n"
        )
    };
    for (before, row, after) in [
        // Another value, a new one, none any more.
        (
            "job_title: Head",
            "E1,ada@x.example,Ada,,Lead,,,Active,Sales",
            "job_title: Lead",
        ),
        (
            "company: X",
            "E1,ada@x.example,Ada,,Lead,,,Active,Sales",
            "job_title: Lead, company: X",
        ),
        (
            "job_title: Head, company: X",
            "E1,ada@x.example,Ada,,,,,Active,Sales",
            "company: X",
        ),
        (
            "company: X, ends: 2026-05-05",
            "E1,ada@x.example,Ada,,,,,Active,Sales",
            "company: X",
        ),
        (
            "ends: 2026-05-05",
            "E1,ada@x.example,Ada,,,,7/1/2026,Active,Sales",
            "ends: 2026-07-01",
        ),
        // Leaves and comes back.
        (
            "company: X",
            "E1,ada@x.example,Ada,,,,,Left,Sales",
            "company: X, active: false",
        ),
        (
            "active: false",
            "E1,ada@x.example,Ada,,,,,Active,Sales",
            "active: true",
        ),
        // Profiles of the source come and go, others stay.
        (
            "profiles: [other, auditor]",
            "E1,ada@x.example,Ada,,,,,Active,Risk",
            "profiles: [other, analyst]",
        ),
        (
            "company: X, profiles: [auditor]",
            "E1,ada@x.example,Ada,,,,,Active,Sales",
            "company: X",
        ),
        (
            "profiles: [{ name: auditor, ends: 2026-07-01 }, analyst]",
            "E1,ada@x.example,Ada,,,,,Active,Sales",
            "profiles: [{ name: auditor, ends: 2026-07-01 }]",
        ),
        // A title that needs quotes.
        (
            "job_title: Head",
            "E1,ada@x.example,Ada,,\"a: b, #c\",,,Active,Sales",
            "job_title: \"a: b, #c\"",
        ),
    ] {
        assert_eq!(
            merged(&person(before), &format!("{row}\n")),
            person(after),
            "{row}"
        );
    }
}

#[test]
fn block_style_keeps_its_comments_and_breaks() {
    let people = "people:\r\n  - email: ada@x.example\r\n    source:\r\n      hr: E1   # never changes\r\n    first_name: Ada\r\n    job_title: Head\r\n    profiles:\r\n      - auditor\r\n      # own choice\r\n      - other\r\n\r\n  - email: bob@x.example\r\n";
    let rows = "E1,ada@x.example,Ada,,,,,Active,Risk\n";
    assert_eq!(
        merged(people, rows),
        "people:\r\n  - email: ada@x.example\r\n    source:\r\n      hr: E1   # never changes\r\n    first_name: Ada\r\n    profiles:\r\n      # own choice\r\n      - other\r\n      - analyst\r\n\r\n  - email: bob@x.example\r\n"
    );
}

#[test]
fn a_known_key_with_a_new_address_is_a_rename() {
    let people = "people:\n- email: ada@x.example\n  source: { hr: E1 }\n- email: bob@x.example\n  source: { hr: E2 }\n  previous_emails: [robert@x.example]\n";
    let rows = "E1,ada.byron@x.example,,,,,,Active,Sales\nE2,b@x.example,,,,,,Active,Sales\n";
    assert_eq!(
        merged(people, rows),
        "people:\n- email: ada.byron@x.example\n  source: { hr: E1 }\n  previous_emails: [ada@x.example]\n- email: b@x.example\n  source: { hr: E2 }\n  previous_emails: [robert@x.example, bob@x.example]\n"
    );
}

#[test]
fn an_address_that_changes_hands_is_left_to_people() {
    let people = "people:\n- email: ada@x.example\n  source: { hr: E1 }\n- email: bob@x.example\n  source: { hr: E2 }\n  previous_emails: [old@x.example]\n";
    for (rows, wanted) in [
        (
            "E1,new@x.example,,,,,,Active,Sales\nE3,ada@x.example,,,,,,Active,Sales\nE2,bob@x.example,,,,,,Active,Sales\n",
            2,
        ),
        (
            "E1,bob@x.example,,,,,,Active,Sales\nE2,ada@x.example,,,,,,Active,Sales\n",
            2,
        ),
        (
            "E1,ada@x.example,,,,,,Active,Sales\nE2,bob@x.example,,,,,,Active,Sales\nE4,old@x.example,,,,,,Active,Sales\n",
            1,
        ),
    ] {
        let found = comparison(people, rows);
        assert!(found.is_empty(), "{rows}: {found:#?}");
        assert_eq!(found.left_out.len(), wanted, "{rows}: {found:#?}");
    }
}

#[test]
fn who_is_listed_no_more_stays_listed_as_a_leaver() {
    let people = "people:\n- { email: ada@x.example, source: { hr: E1 } }\n- { email: bob@x.example, source: { hr: E2 } }\n- email: own@x.example\n";
    let row = "E1,ada@x.example,,,,,,Active,Sales\n";
    let found = comparison(people, row);
    assert_eq!((found.lost.len(), found.active), (1, 2));
    assert_eq!(
        merged(people, row),
        people.replace(
            "source: { hr: E2 } }",
            "source: { hr: E2 }, active: false }"
        )
    );
    // Whoever may be in a row that is refused has not left.
    for doubtful in [
        "E2,not an e-mail,,,,,,Active,Sales\n",
        ",bob@x.example,,,,,,Active,Sales\n",
        "E2,bob@x.example,,,,soon,,Active,Sales\n",
    ] {
        let found = comparison(people, &format!("{row}{doubtful}"));
        assert_eq!(
            (found.lost.len(), found.left_out.len()),
            (0, 1),
            "{doubtful}"
        );
    }
}

#[test]
fn doubled_rows_are_taken_once_or_not_at_all() {
    let people = "people: []\n";
    let one = "E1,ada@x.example,Ada,,,,,Active,Sales\n";
    assert_eq!(comparison(people, &one.repeat(3)).new.len(), 1);
    for other in [
        "E1,ada@x.example,Adah,,,,,Active,Sales\n",
        "E2,ADA@x.example,Ada,,,,,Active,Sales\n",
    ] {
        let rows = format!("{one}{other}E9,z@x.example,,,,,,Active,Sales\n");
        let found = comparison(people, &rows);
        assert_eq!((found.new.len(), found.left_out.len()), (1, 2), "{rows}");
    }
}

/// Somebody is not tied to another row because their own one was left out.
#[test]
fn a_row_that_was_left_out_keeps_others_from_its_person() {
    let people = "people:\n  - { email: ada@x.example, source: { hr: E1 }, first_name: Ada }\n";
    let own = "E1,ADA@x.example,Ada,Byron,,soon,,Active,Risk\n";
    for other in [
        "E5,ada@x.example,Dup,Other,,,,Active,Risk\n",
        "E1,ada.b@x.example,Dup,Other,,,,Active,Risk\n",
        "E5,ada@x.example,Dup,Other,,,,Gone,Risk\n",
    ] {
        let found = comparison(people, &format!("{own}{other}"));
        assert!(found.is_empty(), "{other}: {found:#?}");
        assert_eq!(found.left_out.len(), 2, "{found:#?}");
    }
}

#[test]
fn an_export_of_nobody_is_an_error() {
    let parsed = roster("people: []\n");
    for rows in ["", "\n,,,,,,,,\n", "E1,,,,,,,,\n"] {
        let export = format!("{HEAD}{rows}");
        let why = compare(&parsed.roster, "hr", export.as_bytes(), DAY).unwrap_err();
        assert!(why.starts_with("it lists nobody"), "{why}");
    }
}

/// Fifty thousand rows with every oddity of exports: read as one person each, and merged once.
#[test]
fn a_large_export_merges_once() {
    let mut csv = String::from("sep=;\r\nAll people;;;;;;;;\r\n");
    csv.push_str("ID;Mail;First;Last;Title;Start;End;Status;Dept\r\n");
    let count = 2_000;
    for n in 0..count {
        let start = ["01/05/2026", "2026-01-05", "2026-01-05T00:00:00"][n % 3];
        let title = if n % 7 == 0 {
            "\"Lead; \"\"A\"\"\""
        } else {
            " Analyst\u{a0}"
        };
        let row = format!("E{n};p{n}@x.example;Zoë {n};Ñ;{title};{start};;Active;Risk\r\n");
        csv.push_str(&row);
        if n % 100 == 0 {
            csv.push_str(&row);
            csv.push_str(";;;;;;;;\r\n\r\n");
        }
    }
    let units = csv.encode_utf16().flat_map(u16::to_le_bytes);
    let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units).collect();
    let people = "people: []\n";
    let first = compare(&roster(people).roster, "hr", &bytes, DAY).unwrap();
    assert_eq!((first.new.len(), first.left_out.len()), (count, 0));
    let text = first.write(people, FileId(0)).unwrap();
    let again = compare(&roster(&text).roster, "hr", &bytes, DAY).unwrap();
    assert!(again.is_empty());
    assert_eq!(again.write(&text, FileId(0)).unwrap(), text);
}
