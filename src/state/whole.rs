//! Files of the state that are replaced whole, in one step that outlasts a power cut.

use std::fmt::Debug;
use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

/// What makes files outlast a power cut.
pub trait Disk: Send + Sync + Debug {
    /// Waits until what was written to a file, or the names in a folder, are safe.
    ///
    /// # Errors
    /// The system's.
    fn sync(&self, file: &File, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug)]
pub(super) struct Real;

impl Disk for Real {
    fn sync(&self, file: &File, _: &Path) -> io::Result<()> {
        file.sync_all()
    }
}

/// Writes beside the file, then renames: a reader, or a run after a crash, sees the old file or
/// the new one, never half of one. The new one is its owner's, unless a mode is given.
pub(super) fn replace(
    path: &Path,
    bytes: &[u8],
    mode: Option<Permissions>,
    disk: &dyn Disk,
) -> io::Result<()> {
    // Hidden, so that what a crash leaves is listed nowhere.
    let mut new = tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .tempfile_in(folder(path))?;
    new.write_all(bytes)?;
    if let Some(mode) = mode {
        new.as_file().set_permissions(mode)?;
    }
    disk.sync(new.as_file(), new.path())?;
    new.persist(path).map_err(|error| error.error)?;
    sync(folder(path), disk)
}

/// A new name in a folder is safe from a power cut only once the folder is.
pub(super) fn sync(folder: &Path, disk: &dyn Disk) -> io::Result<()> {
    #[cfg(unix)]
    disk.sync(&File::open(folder)?, folder)?;
    #[cfg(not(unix))]
    let _ = (folder, disk);
    Ok(())
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
