//! Files of the state that are replaced whole, in one step that outlasts a power cut.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes beside the file, then renames: a reader, or a run after a crash, sees the old file or
/// the new one, never half of one. The new one is its owner's, unless a mode is given.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: Option<Permissions>) -> io::Result<()> {
    // Hidden, so that what a crash leaves is listed nowhere.
    let mut new = tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .tempfile_in(folder(path))?;
    new.write_all(bytes)?;
    if let Some(mode) = mode {
        new.as_file().set_permissions(mode)?;
    }
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    sync(folder(path))
}

/// A new name in a folder is safe from a power cut only once the folder is.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
