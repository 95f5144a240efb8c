//! Which symbolic links a proposed roster may have on its way: none that the proposal can have made.
//!
//! Followed, one of them would show lines of other files of this machine in excerpts.

use std::path::{Component, Path, PathBuf};

/// The first part of a path that is a symbolic link, as far as a proposal can have made it.
///
/// The folder in which the command runs is nobody's proposal, unless a link within a repository
/// leads there, and neither are the links that a system has at its root (`/tmp`, `/var`).
/// Everything else of the path is looked at.
pub fn first_link(path: &Path) -> Option<PathBuf> {
    let trusted = trusted(path);
    let named = named_here();
    if (!path.is_absolute() || named.as_deref().is_some_and(|it| path.starts_with(it)))
        && let Some(link) = named.as_deref().and_then(link_in_repository)
    {
        return Some(link);
    }
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
    let real = std::env::current_dir().ok();
    [real, named_here()].into_iter().flatten().collect()
}

/// The current folder as the shell came to it.
fn named_here() -> Option<PathBuf> {
    let real = std::env::current_dir().ok()?;
    let named = PathBuf::from(std::env::var_os("PWD")?);
    let leads_here = named.is_absolute() && named.canonicalize().is_ok_and(|it| it == real);
    leads_here.then_some(named)
}

/// The first part of a path that is a link below the top of a repository. A link above that, by
/// which somebody comes to a checkout, is no part of it.
fn link_in_repository(path: &Path) -> Option<PathBuf> {
    let mut inside = false;
    let mut parts: Vec<&Path> = path.ancestors().collect();
    parts.reverse();
    let link = parts.into_iter().find(|part| {
        let found = inside && part.is_symlink();
        inside |= part.join(".git").exists();
        found
    });
    link.map(Path::to_path_buf)
}

/// Parts of a path that stand for the root.
fn roots(path: &Path) -> usize {
    let is_root = |part: &Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
    path.components().take_while(is_root).count()
}
