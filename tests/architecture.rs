//! What ARCHITECTURE.md promises, checked over `src/`: imports point down, no modules stand in a
//! circle, the core touches nothing outside itself, and no kind of vendor was forgotten.

#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/sources.rs"]
mod sources;

use std::fs;

use imports::Tree;
use sources::{read, src};

/// The house, from the ground up: a storey imports from those before it and from no other.
const HOUSE: &[&str] = &[
    "model",
    "roster",
    "description",
    "plan",
    "regular",
    "http",
    "state",
    "evidence",
    "connector",
    "run",
    "report",
    "import",
    "sandbox",
    "cli",
    "fuzzing",
];

/// The core, relative to `src`.
const CORE: &[&str] = &[
    "description",
    "evidence",
    "import",
    "model",
    "plan",
    "report",
    "roster",
    "state/journal/chain",
    "state/journal/event",
    "state/journal/story",
    "state/journal/undo",
];

/// What the core must not know: async, network, files, environment, clock, terminal, log.
const OUTSIDE: &[&str] = &[
    "tokio",
    "reqwest",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "crate::regular",
    "println!",
    "eprintln!",
    "tracing::",
];

fn tree() -> Tree {
    Tree::new(sources::shipped().map(|it| (it.path, it.code)))
}

#[test]
fn imports_point_down() {
    let up = tree().upward(HOUSE);
    assert!(up.is_empty(), "these imports point up:\n{}", up.join("\n"));
}

#[test]
fn no_modules_stand_in_a_circle() {
    let circles = tree().circles();
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn an_arrow_up_and_a_circle_are_found() {
    let tree = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(path, code)| ((*path).to_owned(), (*code).to_owned()));
        Tree::new(files)
    };
    let sound = [
        ("model/mod.rs", "pub mod account; pub mod value;"),
        ("model/account.rs", "use super::value::{Key, Value};"),
        (
            "model/value.rs",
            "// see crate::plan::diff\npub struct Value;",
        ),
        ("plan/mod.rs", "pub mod diff;"),
        (
            "plan/diff.rs",
            "use crate::model::{account::Account, value::Value};",
        ),
    ];
    assert_eq!(tree(&sound).upward(HOUSE), [""; 0]);
    assert_eq!(tree(&sound).circles(), [""; 0]);
    let arrows = [
        "use crate::plan::diff::diff;",
        "use crate::{model::value, plan::diff};",
        "fn x() { crate::plan::diff::diff(); }",
        "use super::super::plan::diff;",
    ];
    for arrow in arrows {
        let mut files = sound.to_vec();
        files[1].1 = arrow;
        assert_eq!(
            tree(&files).upward(HOUSE),
            ["model/account -> plan/diff"],
            "{arrow}"
        );
    }
    let mut files = sound.to_vec();
    files[2].1 = "use super::account::Account;";
    assert_eq!(tree(&files).circles(), ["model: account, value"]);
    let mut files = sound.to_vec();
    files[2].1 = "use crate::plan::diff;";
    assert_eq!(tree(&files).circles(), ["src: model, plan"]);
    let unknown = [("vendor/mod.rs", "use crate::model::value;")];
    assert_eq!(
        tree(&unknown).upward(HOUSE),
        ["vendor has no place in the house"]
    );
}

#[test]
fn the_core_touches_nothing_outside_itself() {
    let mut found = Vec::new();
    for file in
        sources::shipped().filter(|file| CORE.iter().any(|core| file.path.starts_with(core)))
    {
        for (at, line) in file.code.lines().enumerate() {
            // Comments may speak of anything.
            let code = line.split("//").next().unwrap_or_default();
            let words = OUTSIDE.iter().filter(|word| code.contains(**word));
            found.extend(words.map(|word| format!("{}:{}: {word}", file.path, at + 1)));
        }
    }
    assert!(
        found.is_empty(),
        "the core reaches out:\n{}",
        found.join("\n")
    );
}

#[test]
fn every_kind_of_vendor_is_in_the_list() {
    let list = read(&src().join("connector/mod.rs"));
    let registered = list
        .split_once("$make! {")
        .and_then(|(_, it)| it.split_once('}'));
    let registered = registered.expect("the registration is a list of names").0;
    let registered: Vec<&str> = registered.split(',').map(str::trim).collect();
    let folders = fs::read_dir(src().join("connector")).expect("the connectors have a folder");
    let folders = folders.map(|entry| entry.expect("an entry of it").path());
    let mut kinds = 0;
    for folder in folders.filter(|path| path.join("mod.rs").exists()) {
        let name = folder
            .file_name()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        // The suite that all kinds pass, the loop that they share, and the kind that has no server of
        // its own: a file says how it answers.
        if ["conformance", "described", "rest"].contains(&name) {
            continue;
        }
        assert!(registered.contains(&name), "{name} is not listed");
        let local = src().join("../sandbox/src").join(name).join("mod.rs");
        assert!(local.exists(), "{name} has no local server");
        kinds += 1;
    }
    assert_eq!(kinds, registered.len(), "the search is wrong");
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = sources::shipped()
        .filter(|file| !file.code.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert!(
        silent.is_empty(),
        "without `//!` at the top:\n{}",
        silent.join("\n")
    );
}
