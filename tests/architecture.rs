//! What ARCHITECTURE.md promises by absence, checked over `src/`: a core that touches nothing
//! outside itself, no vendor that was forgotten, no file that does too much.

use std::fs;
use std::path::{Path, PathBuf};

/// The core, relative to `src`.
const CORE: &[&str] = &[
    "diagnostic",
    "email",
    "import",
    "history",
    "journal/chain.rs",
    "journal/event.rs",
    "journal/story.rs",
    "journal/undo.rs",
    "marks.rs",
    "mask.rs",
    "nearest.rs",
    "reconcile",
    "render",
    "roster",
    "vendor/spec.rs",
    "vendor/table.rs",
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

/// Lines that a file may have, its own tests aside; a longer one does more than one job.
const LINES: usize = 400;
/// Files whose one job takes more, and what they may not exceed.
const LONGER: &[(&str, usize)] = &[("roster/yaml/mod.rs", 420)];

#[test]
fn the_core_touches_nothing_outside_itself() {
    let mut found = Vec::new();
    for file in sources().filter(|file| CORE.iter().any(|core| file.path.starts_with(core))) {
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
fn every_vendor_is_in_the_list() {
    let list = read(&src().join("vendor/mod.rs"));
    let registered = list
        .split_once("$make! {")
        .and_then(|(_, it)| it.split_once('}'));
    let registered = registered.expect("the registration is a list of names").0;
    let registered: Vec<&str> = registered.split(',').map(str::trim).collect();
    let folders = fs::read_dir(src().join("vendor")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let mut vendors = 0;
    for folder in folders.filter(|path| path.join("mod.rs").exists()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let tests_only = ["conformance", "testing"].contains(&&*name);
        assert!(
            list.contains(&format!("mod {name};")),
            "{name} is not declared"
        );
        assert!(
            tests_only || registered.contains(&&*name),
            "{name} is not listed"
        );
        vendors += usize::from(!tests_only);
    }
    assert!(vendors > 0, "no vendor at all: the search is wrong");
}

#[test]
fn no_file_does_too_much() {
    let allowed = |path: &str| {
        let exception = LONGER.iter().find(|(name, _)| *name == path);
        exception.map_or(LINES, |(_, lines)| *lines)
    };
    let long: Vec<String> = sources()
        .map(|file| (file.code.lines().count(), file.path))
        .filter(|(lines, path)| *lines > allowed(path))
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split these files:\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .filter(|file| !file.code.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert!(
        silent.is_empty(),
        "without `//!` at the top:\n{}",
        silent.join("\n")
    );
}

struct Source {
    /// Relative to `src`, with `/` on every system.
    path: String,
    /// The text up to the tests at its end.
    code: String,
}

/// All files that ship; what is compiled for tests only is left out.
fn sources() -> impl Iterator<Item = Source> {
    let mut files = Vec::new();
    walk(&src(), &mut files);
    assert!(files.len() > 20, "too few files: the search is wrong");
    files.into_iter().map(|path| {
        let text = read(&path);
        let tests = ["mod tests {", "pub(super) mod tests {"];
        let mut ends = tests
            .map(|it| text.find(&format!("#[cfg(test)]\n{it}")))
            .into_iter();
        let end = ends.find_map(|it| it).unwrap_or(text.len());
        Source {
            path: relative(&path),
            code: text[..end].to_owned(),
        }
    })
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder below src") {
        let path = entry.expect("an entry of it").path();
        if is_test(&path) {
            continue;
        }
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// Whether a file or folder is compiled for tests only, by the names that this code uses.
fn is_test(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    ["tests", "testing", "conformance", "samples"].contains(&stem) || stem.ends_with("_tests")
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(src()).expect("every source is below src");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path);
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
