//! The files that ship.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that ships.
pub(crate) struct Source {
    /// Relative to `src`, with `/` on every system.
    pub(crate) path: String,
    /// The text up to the tests at its end.
    pub(crate) code: String,
}

/// All files that ship; what is compiled for tests only is left out.
pub(crate) fn shipped() -> impl Iterator<Item = Source> {
    let mut files = Vec::new();
    walk(&src(), &mut files);
    assert!(files.len() > 20, "too few files: the search is wrong");
    files.into_iter().map(|path| {
        let text = read(&path);
        let tests = ["mod tests {", "pub(super) mod tests {"];
        let ends = tests.map(|it| text.find(&format!("#[cfg(test)]\n{it}")));
        let end = ends.into_iter().flatten().min().unwrap_or(text.len());
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

pub(crate) fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(src()).expect("every source is below src");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

pub(crate) fn read(path: &Path) -> String {
    let text = fs::read_to_string(path);
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
