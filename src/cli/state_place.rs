//! Where the state of a roster is: at one place, however the roster is named on the command line.

use std::path::{Path, PathBuf};

use super::output::{Error, Terminal};
use crate::report::sanitize::line;
use crate::roster::model::Roster;
use crate::run::load;
use crate::state::State;

/// The folder beside a roster's files, or inside its folder.
const FOLDER: &str = ".rosterctl";

/// The state of a roster: where its `state:` says, else inside its folder or beside its file. Sends
/// nothing yet.
pub(crate) fn state(
    roster: &Roster,
    files: &[PathBuf],
    terminal: &Terminal,
) -> Result<State, Error> {
    let clock = terminal.calendar().clock()?;
    if let Some(place) = &roster.state {
        return Ok(State::open(place)?.dated(clock));
    }
    let chosen = choose(&places(&load::named(files)), &former(files))?;
    if let Some(better) = &chosen.better {
        let (here, better) = (chosen.folder.display(), better.display());
        terminal.note(&line(&format!(
            "The state is at {here}, where it used to be; move it to {better}."
        )));
    }
    Ok(State::folder(chosen.folder).dated(clock))
}

/// Where the state is.
#[derive(Debug, PartialEq)]
struct Chosen {
    folder: PathBuf,
    /// Where it belongs, if that is somewhere else.
    better: Option<PathBuf>,
}

/// The places that arguments of the command line stand for, each once. What is inside a folder that
/// is an argument too belongs to that folder.
fn places(arguments: &[PathBuf]) -> Vec<PathBuf> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named: Vec<(PathBuf, bool)> = arguments
        .iter()
        .map(|path| match path.is_dir() {
            true => (path.clone(), true),
            false => (beside(path), false),
        })
        .collect();
    let folders: Vec<PathBuf> = named
        .iter()
        .filter(|(_, is_folder)| *is_folder)
        .map(|(path, _)| real(path))
        .collect();
    let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
    for (path, _) in named {
        let place = real(&path);
        let inside = |folder: &PathBuf| place != *folder && place.starts_with(folder);
        if !folders.iter().any(inside) && !found.iter().any(|(_, known)| *known == place) {
            found.push((path, place));
        }
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// Where versions before 0.2 kept it: at the first argument, and here without one.
fn former(files: &[PathBuf]) -> PathBuf {
    match files.first() {
        Some(path) if path.is_dir() => path.clone(),
        Some(path) => beside(path),
        None => PathBuf::new(),
    }
}

fn beside(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

fn choose(places: &[PathBuf], former: &Path) -> Result<Chosen, Error> {
    let at = |place: &Path| place.join(FOLDER);
    let there: Vec<PathBuf> = places
        .iter()
        .map(|it| at(it))
        .filter(|it| it.is_dir())
        .collect();
    let former = at(former);
    let chosen = |folder: &Path, better: Option<PathBuf>| Chosen {
        folder: folder.to_owned(),
        better,
    };
    match (there.as_slice(), places) {
        ([one], _) => Ok(chosen(one, None)),
        ([], [only]) if former.is_dir() => Ok(chosen(&former, Some(at(only)))),
        ([], [only]) => Ok(chosen(&at(only), None)),
        ([], []) => Ok(chosen(&former, None)),
        (several, _) => {
            let shown: Vec<String> = match several {
                [] => places
                    .iter()
                    .map(|it| at(it).display().to_string())
                    .collect(),
                _ => several.iter().map(|it| it.display().to_string()).collect(),
            };
            Err(format!(
                "the state of this roster could be at {}; say in the roster where it is, as in \
                 `state: {FOLDER}`",
                shown.join(" or ")
            )
            .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `roster/` with two files and a folder, and `users.yaml`.
    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("roster/team")).unwrap();
        for file in ["users.yaml", "roster/a.yaml", "roster/team/b.yaml"] {
            std::fs::write(root.path().join(file), "").unwrap();
        }
        root
    }

    fn check(root: &Path, arguments: &[&str], expected: Result<&str, &str>) {
        let arguments: Vec<PathBuf> = arguments.iter().map(|it| root.join(it)).collect();
        let found = choose(&places(&arguments), &former(&arguments));
        match (found, expected) {
            (Ok(found), Ok(folder)) => {
                let (found, folder) = (found.folder, root.join(folder));
                let parent = |path: &Path| path.parent().unwrap().canonicalize().unwrap();
                assert_eq!(parent(&found), parent(&folder), "{arguments:?}");
            }
            (Err(found), Err(words)) => {
                assert!(found.to_string().contains(words), "{found}");
            }
            (found, _) => panic!("{arguments:?}: {found:?}"),
        }
    }

    #[test]
    fn one_roster_has_one_state_however_it_is_named() {
        let root = tree();
        for arguments in [
            &["roster"][..],
            &["roster/"],
            &["roster/team/.."],
            &["roster/a.yaml"],
            &["roster", "roster/a.yaml"],
            &["roster/team/b.yaml", "roster"],
            &["roster/team", "roster"],
        ] {
            check(root.path(), arguments, Ok("roster/.rosterctl"));
        }
        check(root.path(), &["users.yaml"], Ok(".rosterctl"));
    }

    #[test]
    fn different_places_need_a_word_unless_a_state_lies_at_one() {
        let root = tree();
        let both = ["users.yaml", "roster"];
        check(root.path(), &both, Err("state:"));
        std::fs::create_dir(root.path().join("roster/.rosterctl")).unwrap();
        check(root.path(), &both, Ok("roster/.rosterctl"));
        check(
            root.path(),
            &["roster", "users.yaml"],
            Ok("roster/.rosterctl"),
        );
        std::fs::create_dir(root.path().join(".rosterctl")).unwrap();
        check(root.path(), &both, Err("state:"));
    }

    #[test]
    fn a_state_at_a_former_place_is_used_until_it_is_moved() {
        let root = tree();
        let (place, former) = (root.path().join("roster"), root.path());
        let choose = || choose(std::slice::from_ref(&place), former).unwrap();
        let right = place.join(FOLDER);
        assert_eq!(choose().folder, right);
        std::fs::create_dir(root.path().join(FOLDER)).unwrap();
        let used = Chosen {
            folder: root.path().join(FOLDER),
            better: Some(right.clone()),
        };
        assert_eq!(choose(), used);
        std::fs::create_dir(&right).unwrap();
        assert_eq!(choose().folder, right);
    }
}
