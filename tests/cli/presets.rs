//! Presets of SCIM products, with the real binary.

use rosterctl::sandbox::Start;
use rosterctl::sandbox::scim::{Lists, Shape};

use crate::common::scim::{Corp, person};

const SETTINGS: &str = "    preset: aws-identity-center\n    page_size: 2\n    \
                        from_person: [display_name, external_id]\n";

const CURSORS: Shape = Shape {
    lists: Lists::Cursor,
    ..Shape::STANDARD
};

#[test]
fn a_preset_is_shown_and_each_of_its_settings_is_ones_own_to_override() {
    let people = person("ada", "") + &person("bob", "") + &person("cid", "");
    let corp = Corp::start(SETTINGS, &people, Start::InSync, CURSORS);
    let (explained, asked) = corp.asked(&["explain", "ada@example.com", "users.yaml"]);
    assert_eq!(explained.code, 0, "{explained:#?}");
    for told in [
        "preset aws-identity-center",
        "paging: cursor (preset)",
        "page_size: 2 (roster)",
        "group_batch: 100 (preset)",
        "from_person: [display_name, external_id] (roster)",
        "https://docs.aws.amazon.com/",
        "read 2026-11-29",
    ] {
        assert!(
            explained.stdout.contains(told),
            "{told}: {}",
            explained.stdout
        );
    }
    // What it says is what is done.
    let pages: Vec<&String> = asked.iter().filter(|it| it.contains("/Users?")).collect();
    assert!(pages.len() > 1, "{asked:#?}");
    for page in pages {
        let sized = page.contains("cursor=") && page.contains("count=2");
        assert!(sized, "{page}");
    }
    let doctor = corp.run(&["doctor", "users.yaml"]);
    let line = doctor.stdout.lines().find(|it| it.contains("preset aws"));
    let line = line.unwrap_or_else(|| panic!("{doctor:#?}"));
    assert!(line.contains("paging: cursor (preset)"), "{line}");
    assert!(line.contains("page_size: 2 (roster)"), "{line}");
    let json = corp.run(&[
        "explain",
        "ada@example.com",
        "users.yaml",
        "--format",
        "json",
    ]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let preset = document["vendors"]["corp"]["preset"].as_str().unwrap();
    assert!(preset.contains("page_size: 2 (roster)"), "{preset}");
}

#[test]
fn names_and_external_ids_come_from_the_person() {
    let people = person("ada", "");
    let corp = Corp::start(SETTINGS, &people, Start::InSync, CURSORS);
    corp.write("users.yaml", SETTINGS, &(people + &person("eve", "")));
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let eve = corp.server.user("eve@example.com").unwrap();
    assert_eq!(eve["displayName"], "eve Byron");
    assert_eq!(eve["externalId"], "eve@example.com");
    let again = corp.run(&["plan", "users.yaml", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{again:#?}");
}
