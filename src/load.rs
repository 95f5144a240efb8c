//! The edge of the roster: finds its files and reads them (roster rule 9).

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::roster::{Parsed, RosterFile, parse_with};
use crate::vendor::spec::VendorSpec;

/// What is read when nothing is named, as far as it exists.
const DEFAULTS: [&str; 2] = ["users.yaml", "roster"];

/// Bytes of one file beyond which it is not read: a million people are a fifth of it.
const MOST_BYTES: u64 = 1 << 30;

/// Loads a roster from files and folders; without any, from `users.yaml` and `roster/`, whichever
/// exist. What cannot be read is among the diagnostics, and the rest is read all the same.
pub fn load(paths: &[PathBuf], catalog: &[&'static VendorSpec]) -> Parsed {
    Search::default().load(paths, catalog)
}

/// What a roster consists of: what is named, or else the defaults that exist.
pub fn named(paths: &[PathBuf]) -> Vec<PathBuf> {
    match paths {
        [] => defaults(Path::new("")),
        _ => paths.to_vec(),
    }
}

/// The files alone, as far as they can be read, in the order in which they make up the roster.
pub fn files(paths: &[PathBuf]) -> Vec<RosterFile> {
    Search::default().search(paths).files
}

/// Loads a roster that somebody wrote who is not trusted: a symbolic link below a path, or in place
/// of it, is an error. Followed, it would show lines of other files of this machine in excerpts.
pub fn load_untrusted(paths: &[PathBuf], catalog: &[&'static VendorSpec]) -> Parsed {
    let search = Search {
        refuses_links: true,
        ..Search::default()
    };
    search.load(paths, catalog)
}

/// The files found so far.
#[derive(Default)]
struct Search {
    files: Vec<RosterFile>,
    problems: Vec<Diagnostic>,
    /// Real paths: a file named twice is read once, a symlink cannot lead in a circle.
    seen: HashSet<PathBuf>,
    refuses_links: bool,
}

impl Search {
    fn load(self, paths: &[PathBuf], catalog: &[&'static VendorSpec]) -> Parsed {
        let found = self.search(paths);
        parse_with(found.files, catalog, found.problems)
    }

    fn search(mut self, paths: &[PathBuf]) -> Self {
        if paths.is_empty() {
            self.defaults(Path::new(""));
        }
        for path in paths {
            self.path(path);
        }
        self
    }

    fn defaults(&mut self, base: &Path) {
        let existing = defaults(base);
        if existing.is_empty() {
            self.problems.push(
                Diagnostic::placeless(
                    Code::NoRoster,
                    "there is neither `users.yaml` nor a folder `roster` here",
                )
                .help("name the files or folders of the roster on the command line"),
            );
        }
        for path in existing {
            self.path(&path);
        }
    }

    /// One argument.
    fn path(&mut self, path: &Path) {
        if self.is_refused(path) {
            return;
        }
        if !path.is_dir() {
            self.file(path);
            return;
        }
        let before = self.files.len() + self.problems.len();
        let known = self.seen.len();
        self.folder(path);
        if self.files.len() + self.problems.len() == before && self.seen.len() <= known + 1 {
            self.problems.push(
                Diagnostic::placeless(
                    Code::NoRoster,
                    format!("there is no `*.yaml` or `*.yml` file in {}", path.display()),
                )
                .help("put the roster's files there, or name another folder"),
            );
        }
    }

    /// Every YAML file below, sorted; hidden ones (`.git`, `.rosterctl`) are left out.
    fn folder(&mut self, folder: &Path) {
        if !self.is_new(folder) {
            return;
        }
        let listed = fs::read_dir(folder).and_then(|entries| {
            let mut paths: Vec<PathBuf> = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?;
            paths.sort();
            Ok(paths)
        });
        let paths = match listed {
            Ok(paths) => paths,
            Err(error) => {
                self.unreadable(folder, &error);
                return;
            }
        };
        for path in paths {
            if is_hidden(&path) || self.is_refused(&path) {
                continue;
            }
            if path.is_dir() {
                self.folder(&path);
            } else if is_yaml(&path) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if !self.is_new(path) {
            return;
        }
        let size = fs::metadata(path).map(|metadata| metadata.len());
        let bytes = match size {
            Ok(size) if size > MOST_BYTES => Err(std::io::Error::other("it is larger than 1 GiB")),
            Ok(_) => fs::read(path),
            Err(error) => Err(error),
        };
        match bytes.map(String::from_utf8) {
            Ok(Ok(text)) => self.files.push(RosterFile {
                path: path.display().to_string(),
                folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
                text,
            }),
            Ok(Err(error)) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                self.problems.push(
                    Diagnostic::placeless(
                        Code::NotUtf8,
                        format!("{} is not UTF-8 in line {line}", path.display()),
                    )
                    .help("save the file as UTF-8"),
                );
            }
            Err(error) => self.unreadable(path, &error),
        }
    }

    /// Whether the path is a link that is not followed here; says so.
    fn is_refused(&mut self, path: &Path) -> bool {
        // With a slash at its end, the system would look behind the link.
        let bare: PathBuf = path.components().collect();
        let refused = self.refuses_links && bare.is_symlink();
        if refused {
            self.problems.push(
                Diagnostic::placeless(
                    Code::Unreadable,
                    format!("{} is a symbolic link", path.display()),
                )
                .help("a roster that is not trusted has to consist of files of its own"),
            );
        }
        refused
    }

    /// Whether the path was not met before. One that does not resolve is: reading it says why.
    fn is_new(&mut self, path: &Path) -> bool {
        match path.canonicalize() {
            Ok(real) => self.seen.insert(real),
            Err(_) => true,
        }
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.problems.push(Diagnostic::placeless(
            Code::Unreadable,
            format!("{} cannot be read: {error}", path.display()),
        ));
    }
}

fn defaults(base: &Path) -> Vec<PathBuf> {
    let names = DEFAULTS.iter().map(|name| base.join(name));
    names.filter(|path| path.exists()).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, bytes: &[u8]) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn person(email: &str) -> Vec<u8> {
        format!("people: [{{email: {email}}}]\n").into_bytes()
    }

    fn emails(parsed: &Parsed) -> Vec<&str> {
        let people = parsed.roster.people.iter();
        people.map(|person| &*person.email.value).collect()
    }

    fn codes(parsed: &Parsed) -> Vec<&str> {
        let list = parsed.diagnostics.iter();
        list.map(|problem| problem.code.as_str()).collect()
    }

    #[test]
    fn a_folder_is_read_sorted_and_without_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "b.yaml", &person("b@example.com"));
        put(root, "a/z.yml", &person("z@example.com"));
        put(root, "a/notes.txt", b"not: a: roster");
        put(root, ".git/x.yaml", b"not: a: roster");
        put(root, ".hidden.yaml", b"not: a: roster");
        let parsed = load(&[root.to_path_buf()], &[]);
        assert_eq!(codes(&parsed), Vec::<&str>::new());
        assert_eq!(emails(&parsed), ["b@example.com", "z@example.com"]);
        let paths: Vec<&str> = parsed
            .sources
            .iter()
            .map(|(_, file)| file.path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(paths, ["z.yml", "b.yaml"]);
    }

    #[test]
    fn a_file_named_twice_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "a.yaml", &person("a@example.com"));
        let file = folder.path().join("a.yaml");
        let parsed = load(&[folder.path().to_path_buf(), file], &[]);
        assert_eq!(codes(&parsed), Vec::<&str>::new());
        assert_eq!(emails(&parsed), ["a@example.com"]);
    }

    #[cfg(unix)]
    #[test]
    fn symlinks_in_a_circle_end() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "a.yaml", &person("a@example.com"));
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        let parsed = load(&[folder.path().to_path_buf()], &[]);
        assert_eq!(emails(&parsed), ["a@example.com"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_of_a_roster_that_is_not_trusted_are_not_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "mine/a.yaml", &person("a@example.com"));
        put(root, "secret", b"token: S3CRET");
        symlink(root.join("secret"), root.join("mine/b.yaml")).unwrap();
        symlink(root, root.join("mine/up")).unwrap();
        symlink(root.join("mine"), root.join("linked")).unwrap();
        let parsed = load_untrusted(&[root.join("mine")], &[]);
        assert_eq!(codes(&parsed), ["unreadable", "unreadable"]);
        assert_eq!(emails(&parsed), ["a@example.com"]);
        for name in ["linked", "linked/"] {
            let parsed = load_untrusted(&[root.join(name)], &[]);
            assert_eq!(codes(&parsed), ["unreadable"], "{name}");
            assert_eq!(emails(&parsed), Vec::<&str>::new());
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "a.yaml", b"people:\n- email: \xff\n");
        put(root, "b.yaml", &person("b@example.com"));
        let paths = [root.to_path_buf(), root.join("missing.yaml")];
        let parsed = load(&paths, &[]);
        assert_eq!(codes(&parsed), ["unreadable", "not-utf-8"]);
        assert!(parsed.diagnostics[1].message.ends_with("in line 2"));
        assert_eq!(emails(&parsed), ["b@example.com"]);
        assert!(!parsed.is_usable());
    }

    #[test]
    fn nothing_to_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let parsed = load(&[folder.path().to_path_buf()], &[]);
        assert_eq!(codes(&parsed), ["no-roster"]);
        let mut search = Search::default();
        search.defaults(folder.path());
        assert_eq!(search.problems[0].code, Code::NoRoster);
        put(folder.path(), "users.yaml", &person("u@example.com"));
        put(folder.path(), "roster/r.yaml", &person("r@example.com"));
        let mut search = Search::default();
        search.defaults(folder.path());
        assert_eq!((search.files.len(), search.problems.len()), (2, 0));
    }

    #[test]
    fn paths_inside_are_relative_to_their_file() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "conf/a.yaml", b"state: ../var\n");
        let parsed = load(&[folder.path().join("conf")], &[]);
        assert_eq!(
            parsed.roster.state,
            Some(crate::roster::model::StatePlace::Folder(
                folder.path().join("conf").join("../var")
            ))
        );
    }
}
