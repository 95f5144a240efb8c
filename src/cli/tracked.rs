//! State that Git tracks: whoever may propose a change of the roster could then change what runs
//! remember, and with it what they take for granted.

use std::path::{Path, PathBuf};

use super::git::Git;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Roster, StatePlace};
use crate::run::load;
use crate::run::load::first_link;

/// Warns of what Git tracks of a roster's state: its folder, and records that the roster names.
pub(super) async fn tracked_state(roster: &Roster, files: &[PathBuf]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for place in places(roster, files) {
        if let Some(Tracked::Path(path)) = tracked(&place).await {
            found.push(Diagnostic {
                severity: crate::roster::diagnostic::Severity::Warning,
                ..problem(&path, &place)
            });
        }
    }
    found
}

/// What of a roster's state a pull request could decide: files that Git tracks, and, of a roster
/// that is itself proposed, links on the way to it. Where Git cannot tell, that is a problem too.
pub(super) async fn smuggled_state(
    roster: &Roster,
    files: &[PathBuf],
    proposed: bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for place in places(roster, files) {
        let decides = |file: &PathBuf| {
            let folder = file.parent().unwrap_or(file);
            file.is_absolute() == place.is_absolute() && place.starts_with(folder)
        };
        if proposed
            && (files.is_empty() || files.iter().any(decides))
            && let Some(link) = first_link(&place)
        {
            let message = format!(
                "{}, on the way to the state, is a symbolic link",
                link.display()
            );
            found.push(Diagnostic::placeless(Code::TrackedState, message).help(HELP));
            continue;
        }
        found.extend(match tracked(&place).await {
            None => None,
            Some(Tracked::Path(path)) => Some(problem(&path, &place)),
            Some(Tracked::Unknown) => Some(
                Diagnostic::placeless(
                    Code::TrackedState,
                    format!("Git does not tell whether it tracks {}", place.display()),
                )
                .help(
                    "install git, and let it trust this repository (`git config --global --add \
                     safe.directory FOLDER`)",
                ),
            ),
        });
    }
    found
}

const HELP: &str = "state is what runs remember, not what a change may say";

fn problem(path: &str, place: &Path) -> Diagnostic {
    Diagnostic::placeless(
        Code::TrackedState,
        format!("Git tracks {path}, which is state of rosterctl: a pull request could change it"),
    )
    .help(format!(
        "`git rm -r --cached {}`, and list it in .gitignore",
        place.display()
    ))
}

/// Where the state of a roster lies on this machine.
fn places(roster: &Roster, files: &[PathBuf]) -> Vec<PathBuf> {
    let mut places = match &roster.state {
        Some(StatePlace::Folder(folder)) => vec![folder.clone()],
        Some(StatePlace::Address(_)) => Vec::new(),
        None => load::named(files).iter().map(|it| beside(it)).collect(),
    };
    let records = roster.vendors.values().filter_map(|it| it.record.clone());
    places.extend(records.flat_map(|record| {
        let mut log = record.clone().into_os_string();
        log.push(".log");
        [record, log.into()]
    }));
    places.sort();
    places.dedup();
    places
}

/// Where the state of an argument is.
fn beside(path: &Path) -> PathBuf {
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(path),
    };
    folder.join(".rosterctl")
}

/// What Git says of a place.
enum Tracked {
    /// It tracks this file there.
    Path(String),
    /// There is a repository, and Git cannot read it.
    Unknown,
}

async fn tracked(place: &Path) -> Option<Tracked> {
    let metadata = place.symlink_metadata().ok()?;
    // `..` and nothing have no name; both are folders.
    let (folder, name) = match (place.parent(), place.file_name()) {
        (Some(folder), Some(name)) => (folder, name.to_str()?),
        _ => (place, "."),
    };
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let git = Git {
        folder: folder.to_owned(),
    };
    let listed = match git.ask(&["ls-files", "-z", "--", name]).await {
        Some(Ok(listed)) => listed,
        _ if is_in_repository(folder) => return Some(Tracked::Unknown),
        _ => return None,
    };
    let own = name == ".rosterctl" || !metadata.is_dir();
    let mut names = listed.split('\0').filter(|it| !it.is_empty());
    let path = names.find(|path| is_state(path, own))?;
    Some(Tracked::Path(folder.join(path).display().to_string()))
}

/// Whether a tracked file is state, and not a mark that keeps the folder or a file of the roster.
fn is_state(path: &str, own: bool) -> bool {
    let path = Path::new(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default();
    match own {
        true => !name.starts_with(".git"),
        // A folder that `state:` names may be one that holds other things, too.
        false => ["json", "ndjson", "log"].iter().any(|it| extension == *it),
    }
}

fn is_in_repository(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else {
        return false;
    };
    folder.ancestors().any(|it| it.join(".git").exists())
}
