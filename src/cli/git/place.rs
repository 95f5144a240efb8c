//! Where the roster is in git.

use std::path::{Path, PathBuf};

use super::Git;
use super::states::Scope;
use crate::roster::RosterFile;
use crate::run::load;

/// Where the roster is in git.
pub(super) struct GitPlace {
    pub(super) git: Git,
    pub(super) scope: Scope,
    pub(super) shallow: bool,
    /// Files of the roster that are in no work tree: they count as they are.
    pub(super) outside: Vec<RosterFile>,
    pub(super) top: PathBuf,
}

/// Why there is no history.
pub(super) enum Nowhere {
    /// There is none to be expected.
    NoGit(String),
    /// There may be one.
    Unreadable(String),
}

impl GitPlace {
    pub(super) async fn find(paths: &[PathBuf]) -> Result<Self, Nowhere> {
        let mut found: Option<Self> = None;
        let mut outside = Vec::new();
        for path in load::places(paths) {
            let Some((folder, real)) = in_work_tree(&path) else {
                outside.push(path);
                continue;
            };
            let unreadable = |why: String| {
                Nowhere::Unreadable(format!("the roster's history could not be read: {why}"))
            };
            let git = Git { folder };
            let words = ["rev-parse", "--show-toplevel", "--is-shallow-repository"];
            let told = git.tell(&words, "").await.map_err(unreadable)?;
            let mut told = told.lines();
            let top = told.next().unwrap_or_default();
            let top = std::fs::canonicalize(top).map_err(|error| unreadable(error.to_string()))?;
            let name = real.strip_prefix(&top).ok().and_then(Path::to_str);
            let name = name.ok_or_else(|| unreadable(String::from("a path is odd")))?;
            let place = found.get_or_insert_with(|| Self {
                git: Git {
                    folder: top.clone(),
                },
                scope: Scope::default(),
                shallow: told.next() != Some("false"),
                outside: Vec::new(),
                top: top.clone(),
            });
            if place.top != top {
                let why = "the roster's files are in two repositories, whose histories have no \
                           common order";
                return Err(unreadable(String::from(why)));
            }
            place.scope.named.insert(name.to_owned());
        }
        let Some(mut place) = found else {
            return Err(Nowhere::NoGit(String::from(
                "the roster is in no git work tree",
            )));
        };
        if !outside.is_empty() {
            place.outside = load::files(&outside);
        }
        Ok(place)
    }
}

/// The folder to ask git in, and the path without links; `None` outside of work trees.
fn in_work_tree(path: &Path) -> Option<(PathBuf, PathBuf)> {
    // A default that is not there now may have been there.
    let (parent, name) = match std::fs::canonicalize(path) {
        Ok(real) if real.is_dir() => (real, None),
        Ok(real) => (
            real.parent()?.to_owned(),
            Some(real.file_name()?.to_owned()),
        ),
        Err(_) => {
            let parent = std::path::absolute(path).ok()?.parent()?.to_owned();
            let parent = std::fs::canonicalize(parent).ok()?;
            (parent, Some(path.file_name()?.to_owned()))
        }
    };
    let inside = parent.ancestors().any(|it| it.join(".git").exists());
    let real = match name {
        Some(name) => parent.join(name),
        None => parent.clone(),
    };
    inside.then_some((parent, real))
}
