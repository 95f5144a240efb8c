//! Which symbolic links a proposed roster may have on its way: none that the proposal can have made.
//!
//! Followed, one of them would show lines of other files of this machine in excerpts.

use std::path::{Component, Path, PathBuf};

/// The first part of a path that is a symbolic link, as far as a proposal can have made it.
///
/// The folder in which the command runs is nobody's proposal, and neither are the links that a
/// system has at its root (`/tmp`, `/var`). Everything else of the path is looked at.
pub fn first_link(path: &Path) -> Option<PathBuf> {
    let trusted = trusted(path);
    let mut whole = PathBuf::new();
    // Part by part, so that a slash at the end does not make the system look behind a link.
    path.components().enumerate().find_map(|(number, part)| {
        whole.push(part);
        (number >= trusted && whole.is_symlink()).then(|| whole.clone())
    })
}

/// How many parts of the path are above everything that a proposal can decide.
fn trusted(path: &Path) -> usize {
    if !path.is_absolute() {
        return 0;
    }
    let here = folders_of_this_process();
    let here = here.iter().find(|folder| path.starts_with(folder));
    here.map_or_else(|| 1 + roots(path), |folder| folder.components().count())
}

/// The names that the current folder goes by: without links, and as the shell came to it.
fn folders_of_this_process() -> Vec<PathBuf> {
    let Ok(real) = std::env::current_dir() else {
        return Vec::new();
    };
    let named = std::env::var_os("PWD").map(PathBuf::from);
    let named = named.filter(|it| it.is_absolute() && it.canonicalize().is_ok_and(|it| it == real));
    [Some(real), named].into_iter().flatten().collect()
}

/// Parts of a path that stand for the root.
fn roots(path: &Path) -> usize {
    let is_root = |part: &Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
    path.components().take_while(is_root).count()
}
