//! The promise of each vendor's README: a row for every quirk and every open question of its API,
//! and in every row a test that exists, or the reason why there is none.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A table of a vendor's README.
struct Promise {
    vendor: &'static str,
    /// The first word of the table's head.
    head: &'static str,
    /// What the vendor's documentation gave cause for when it was read, item by item.
    documented: usize,
    /// Rows beyond that, found while the connector was written.
    further: usize,
}

const fn promise(
    vendor: &'static str,
    head: &'static str,
    documented: usize,
    further: usize,
) -> Promise {
    Promise {
        vendor,
        head,
        documented,
        further,
    }
}

const PROMISES: &[Promise] = &[
    promise("bitsight", "quirk", 15, 10),
    promise("bitsight", "unknown", 17, 6),
    promise("bitsight", "OpenAPI", 9, 0),
    promise("logicgate", "quirk", 13, 4),
    promise("logicgate", "unknown", 14, 3),
    promise("scim", "quirk", 20, 20),
    promise("scim", "unknown", 5, 1),
    promise("snaplogic", "quirk", 16, 3),
    promise("snaplogic", "unknown", 18, 1),
    promise("surecloud", "quirk", 9, 0),
    promise("surecloud", "unknown", 16, 4),
];

/// Every README has these, in this order, so that the next one is found without reading.
const HEADINGS: &[&str] = &[
    "Credentials",
    "Calls",
    "By hand",
    "Quirks",
    "Open questions",
    "Unknowns",
];

#[test]
fn every_quirk_and_every_open_question_has_its_row() {
    for promise in PROMISES {
        let rows = rows(promise.vendor, promise.head);
        assert_eq!(
            rows.len(),
            promise.documented + promise.further,
            "{}: table of {}s",
            promise.vendor,
            promise.head
        );
    }
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_is_none() {
    for promise in PROMISES {
        let tests = tests_of(promise.vendor);
        for row in rows(promise.vendor, promise.head) {
            let proof = row.last().expect("a row has cells");
            assert!(!proof.is_empty() && *proof != "–", "{row:?}");
            for name in named(&row) {
                assert!(tests.contains(&name), "{}: no test {name}", promise.vendor);
            }
        }
    }
}

#[test]
fn all_vendors_have_the_same_headings() {
    let vendors: BTreeSet<&str> = PROMISES.iter().map(|it| it.vendor).collect();
    for vendor in vendors {
        let readme = readme(vendor);
        let headings: Vec<&str> = readme
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let mut at = headings.iter();
        for wanted in HEADINGS {
            assert!(
                at.any(|heading| heading.starts_with(wanted)),
                "{vendor}: no `## {wanted}` in its place: {headings:?}"
            );
        }
    }
}

/// The rows of the tables whose head begins with that word, as cells.
fn rows(vendor: &str, head: &str) -> Vec<Vec<String>> {
    let readme = readme(vendor);
    let mut rows = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        let Some(line) = line.strip_prefix('|') else {
            inside = false;
            continue;
        };
        let cells: Vec<String> = line
            .trim_end()
            .trim_end_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        if cells[0] == head {
            inside = true;
        } else if inside && !cells[0].starts_with("---") {
            rows.push(cells);
        }
    }
    rows
}

/// What looks like the name of a test: words in backticks, three or more.
fn named(row: &[String]) -> Vec<String> {
    let cell = row.last().map(String::as_str).unwrap_or_default();
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted
        .filter(|it| it.split('_').count() >= 3)
        .filter(|it| it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// The names of the vendor's tests, and of those that hold for all vendors.
fn tests_of(vendor: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in [vendor, "conformance", "../http", "../run/apply", "../plan"] {
        collect(&vendors().join(folder), &mut names);
    }
    names.extend(cases());
    names
}

/// The cases of the conformance suite, which a macro turns into a test for each vendor.
fn cases() -> impl Iterator<Item = String> {
    let path = vendors().join("conformance/mod.rs");
    let suite = fs::read_to_string(path).expect("a source is text");
    let registered = suite.lines().filter_map(|line| {
        let (_, case) = line.trim().strip_suffix(',')?.split_once("::")?;
        let plain = case.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        plain.then(|| case.to_owned())
    });
    registered.collect::<Vec<_>>().into_iter()
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("a source is text");
            // Only what an attribute marks as a test is one.
            let text = text.replace("test(start_paused = true)]\n", "test]\n");
            for part in text.split("test]\n").skip(1) {
                let name = part.split("fn ").nth(1).unwrap_or_default();
                names.extend(name.split('(').next().map(str::to_owned));
            }
        }
    }
}

fn readme(vendor: &str) -> String {
    let path = vendors().join(vendor).join("README.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn vendors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/connector")
}
