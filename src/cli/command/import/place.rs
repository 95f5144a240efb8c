//! Where an import is written, and what must not be lost by that.

use std::path::Path;

use crate::cli::output::Error;
use crate::cli::replace::{is_stream, write_into};
use crate::import::merge::listed;
use crate::roster::RosterFile;

/// The file to add to: the one that is named, or of a folder the one with the most people.
pub(super) fn target(path: &Path, files: &[RosterFile]) -> Result<usize, Error> {
    let candidates: Vec<usize> = (0..files.len())
        .filter(|at| match path.is_dir() {
            true => Path::new(&files[*at].path).starts_with(path),
            false => is_file(&files[*at], path),
        })
        .collect();
    // The first of those with the most people.
    let most = |at: &&usize| {
        let people = listed(&files[**at].text).unwrap_or(0);
        (people, std::cmp::Reverse(**at))
    };
    candidates.iter().max_by_key(most).copied().ok_or_else(|| {
        format!(
            "there is no roster file {} to add people to",
            path.display()
        )
        .into()
    })
}

/// Whether a file of the roster is the one at that path.
pub(super) fn is_file(file: &RosterFile, path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(Path::new(&file.path)).is_some_and(|one| real(path) == Some(one))
}

/// Refuses what would lose something, before anything is read.
pub(super) fn refuse_to_overwrite(
    path: &Path,
    force: bool,
    files: &[RosterFile],
    target: Option<usize>,
) -> Result<(), Error> {
    if let Some(at) = files.iter().position(|file| is_file(file, path)) {
        if target == Some(at) {
            return Ok(());
        }
        // Its people count as listed and would be gone.
        return Err(format!(
            "{} is a part of the roster; use --merge to add people to it, or write somewhere else",
            path.display()
        )
        .into());
    }
    if path.exists() && !force && !is_stream(path) {
        return Err(format!(
            "{} exists; --force overwrites it, --merge adds people to a roster",
            path.display()
        )
        .into());
    }
    Ok(())
}

/// Why nothing can be added to a file, and the way around it.
pub(super) fn cannot_add(target: &RosterFile, why: &str) -> Error {
    format!(
        "{} cannot be added to: {why}; nothing was written. Import without --merge and put the \
         people into the roster as a file of their own",
        target.path
    )
    .into()
}

/// Replaces a file by a whole one beside it, or makes it. A file that is replaced keeps its mode.
pub(in crate::cli::command) fn save(text: &str, path: &Path, replace: bool) -> std::io::Result<()> {
    use std::io::Write as _;
    if is_stream(path) {
        return write_into(path, |out| out.write_all(text.as_bytes()));
    }
    // Through a link, the file behind it is meant.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What an ordinary new file gets; the process's umask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    if let Ok(present) = std::fs::metadata(&path) {
        file.as_file().set_permissions(present.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let saved = match replace {
        true => file.persist(&path),
        false => file.persist_noclobber(&path),
    };
    saved.map_err(|error| error.error)?;
    Ok(())
}
