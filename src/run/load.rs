//! The edge of the roster: finds its files and reads them (roster rule 9).

mod certificate;
mod described;
mod file;
mod links;
mod pem;

pub use links::first_link;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::spec::VendorSpec;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::{Catalog, Parsed, RosterFile, parse_with};
use certificate::certificate;
pub(crate) use certificate::{FOLDER as CERTIFICATES, bytes as certificate_bytes};
use described::described;
pub(crate) use described::text as description_text;

/// What is read when nothing is named, as far as it exists.
const DEFAULTS: [&str; 3] = ["users.yaml", "users.yml", "roster"];

/// Loads a roster from files and folders; without any, from `users.yaml`, `users.yml` and
/// `roster/`, whichever exist. What cannot be read is among the diagnostics, and the rest is read
/// all the same.
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

/// The paths that make up a roster: those given, or the defaults, whether or not they exist.
pub fn places(paths: &[PathBuf]) -> Vec<PathBuf> {
    match paths {
        [] => DEFAULTS.iter().map(PathBuf::from).collect(),
        paths => paths.to_vec(),
    }
}

/// Loads a roster that somebody wrote who is not trusted.
///
/// A symbolic link above a file of it, as far as they can have made it, or in place of one is an
/// error. Followed, it would show lines of other files of this machine in excerpts.
pub fn load_untrusted(paths: &[PathBuf], catalog: &[&'static VendorSpec]) -> Parsed {
    let search = Search {
        refuses_links: true,
        ..Search::default()
    };
    search.load(paths, catalog)
}

/// A roster that is no file, whose vendors files may describe.
pub fn parse_described(file: RosterFile) -> Parsed {
    let describe = |folder: &Path, name: &str| described(&folder.join(name), name, false);
    let catalog = Catalog {
        kinds: &[],
        describe: &describe,
        certify: &|_, _, _| Ok(None),
    };
    parse_with(vec![file], catalog, Vec::new())
}

/// The files found so far.
#[derive(Default)]
struct Search {
    files: Vec<RosterFile>,
    problems: Vec<Diagnostic>,
    /// Real paths: a file reached twice counts once.
    seen: HashSet<PathBuf>,
    /// Real paths of folders, and whether a roster's file is below: a link cannot lead in a circle.
    folders: HashMap<PathBuf, bool>,
    refuses_links: bool,
}

impl Search {
    fn load(self, paths: &[PathBuf], kinds: &[&'static VendorSpec]) -> Parsed {
        let refuses_links = self.refuses_links;
        let found = self.search(paths);
        let describe =
            |folder: &Path, name: &str| described(&folder.join(name), name, refuses_links);
        let certify = |folder: &Path, named: Option<&str>, vendor: &str| {
            certificate(folder, named, vendor, refuses_links)
        };
        let catalog = Catalog {
            kinds,
            describe: &describe,
            certify: &certify,
        };
        let mut parsed = parse_with(found.files, catalog, found.problems);
        let problems = pem::attach(&mut parsed.roster, refuses_links);
        parsed.diagnostics.extend(problems);
        parsed
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
        if self.refuses_links
            && let Some(link) = first_link(path)
        {
            self.refused(&link);
        } else if !path.is_dir() {
            self.file(path);
        } else if !self.folder(path) {
            self.problems.push(
                Diagnostic::placeless(
                    Code::NoRoster,
                    format!("there is no `*.yaml` or `*.yml` file in {}", path.display()),
                )
                .help("put the roster's files there, or name another folder"),
            );
        }
    }

    /// Every YAML file below, sorted; hidden ones (`.git`, `.rosterctl`) are left out. Tells whether
    /// there is something: a file, also one that was reached before, or a problem.
    fn folder(&mut self, folder: &Path) -> bool {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if let Some(holds) = self.folders.get(&real) {
            return *holds;
        }
        self.folders.insert(real.clone(), false);
        let paths = fs::read_dir(folder).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>()?;
            paths.sort();
            Ok(paths)
        });
        let paths = match paths {
            Ok(paths) => paths,
            Err(error) => {
                self.unreadable(folder, &error);
                self.folders.insert(real, true);
                return true;
            }
        };
        let mut holds = false;
        for path in paths {
            if is_hidden(&path) {
                continue;
            }
            if self.refuses_links && path.is_symlink() {
                self.refused(&path);
                holds = true;
            } else if path.is_dir() {
                holds |= self.folder(&path);
            } else if is_yaml(&path) {
                self.file(&path);
                holds = true;
            }
        }
        self.folders.insert(real, holds);
        holds
    }

    fn file(&mut self, path: &Path) {
        // One that does not resolve is new: reading it says why.
        if path
            .canonicalize()
            .is_ok_and(|real| !self.seen.insert(real))
        {
            return;
        }
        match file::read(path).map(String::from_utf8) {
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

    /// A link is not followed here.
    fn refused(&mut self, link: &Path) {
        self.problems.push(
            Diagnostic::placeless(
                Code::Unreadable,
                format!("{} is a symbolic link", link.display()),
            )
            .help("a roster that is not trusted has to consist of files of its own"),
        );
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
    // Whatever is there: a link to nothing is to be reported, not passed over.
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    names.filter(there).collect()
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

    #[test]
    fn a_file_reached_twice_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "roster/v.yaml", &person("v@example.com"));
        put(root, "roster/team/a.yaml", &person("a@example.com"));
        for names in [
            ["roster", "roster"],
            ["roster", "roster/"],
            ["roster", "roster/team"],
            ["roster/team", "roster"],
            ["roster", "roster/v.yaml"],
            ["roster", "roster/../roster/team/a.yaml"],
            ["roster/./team/..", "roster"],
        ] {
            let paths = names.map(|name| root.join(name));
            for load in [load, load_untrusted] {
                let parsed = load(&paths, &[]);
                assert_eq!(codes(&parsed), Vec::<&str>::new(), "{names:?}");
                let mut emails = emails(&parsed);
                emails.sort_unstable();
                assert_eq!(emails, ["a@example.com", "v@example.com"], "{names:?}");
            }
        }
        fs::create_dir(root.join("empty")).unwrap();
        let parsed = load(&[root.join("empty"), root.join("empty")], &[]);
        assert_eq!(codes(&parsed), ["no-roster", "no-roster"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_read() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "a.yaml", &person("a@example.com"));
        let made = std::process::Command::new("mkfifo")
            .arg(root.join("b.yaml"))
            .status();
        assert!(made.unwrap().success());
        symlink("/dev/zero", root.join("c.yaml")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("d.yaml")).unwrap();
        symlink("nothing", root.join("e.yaml")).unwrap();
        let parsed = load(&[root.to_path_buf(), root.join("b.yaml")], &[]);
        let said: Vec<&str> = parsed
            .diagnostics
            .iter()
            .map(|it| it.message.rsplit_once("yaml cannot be read: ").unwrap().1)
            .collect();
        assert_eq!(
            said,
            [
                "it is a named pipe; a roster consists of regular files",
                "it is a device; a roster consists of regular files",
                "it is a socket; a roster consists of regular files",
                "No such file or directory (os error 2)",
            ]
        );
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
        put(root, "mine/deep/roster/b.yaml", &person("b@example.com"));
        symlink(root.join("mine/deep"), root.join("conf")).unwrap();
        symlink(root.join("conf"), root.join("twice")).unwrap();
        for name in [
            "linked",
            "linked/",
            "linked/a.yaml",
            "conf/roster",
            "twice/roster/b.yaml",
            "conf/../deep/roster",
            "mine/../conf/roster/",
        ] {
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
