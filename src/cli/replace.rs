//! Files that are written whole or not at all, and everything else that can be written to.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner only (0600).
    Owner,
    /// Everybody on this machine (0644).
    Everybody,
}

/// What a path leads to.
enum Target {
    /// A regular file, or nothing yet. Behind links, so that these stay.
    File(PathBuf),
    /// What this process prints to. Opened by its name, a file there would be written from its
    /// start again.
    Stdout,
    /// The same for stderr.
    Stderr,
    /// A pipe, a device or an open file of this process.
    Other,
}

/// Writes beside the file and renames, so that nobody ever sees half of it. Into what is no regular
/// file it writes.
pub(crate) fn replace(
    path: &Path,
    readers: Readers,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let Target::File(path) = target(path) else {
        return write_into(path, write);
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A temporary file is made with mode 0600 and keeps it unless told otherwise.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write(&mut file)?;
    if let Some(permissions) = permissions(readers) {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Appends to a file, all of it or nothing; it is made if it is not there. Several steps of a CI job
/// share one summary. Into what is no regular file it writes.
pub(crate) fn append(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let Target::File(path) = target(path) else {
        return write_into(path, write);
    };
    let mut text = Vec::new();
    write(&mut text)?;
    let mut file = File::options().create(true).append(true).open(path)?;
    let before = file.metadata()?.len();
    file.write_all(&text).inspect_err(|_| {
        // The first error tells more than one about taking it back.
        let _ = file.set_len(before);
    })
}

/// Whether the path leads to no regular file, but to what is written into: a pipe, a device.
pub(crate) fn is_stream(path: &Path) -> bool {
    !matches!(target(path), Target::File(_))
}

/// Writes into what is no regular file.
pub(crate) fn write_into(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out: Box<dyn Write> = match target(path) {
        Target::Stdout => Box::new(io::stdout()),
        Target::Stderr => Box::new(io::stderr()),
        Target::File(_) | Target::Other => Box::new(File::options().append(true).open(path)?),
    };
    write(&mut out)?;
    out.flush()
}

fn target(path: &Path) -> Target {
    match descriptor(path) {
        Some(1) => return Target::Stdout,
        Some(2) => return Target::Stderr,
        Some(_) => return Target::Other,
        None => {}
    }
    match path.metadata() {
        Ok(seen) if !seen.is_file() => Target::Other,
        Ok(_) => Target::File(path.canonicalize().unwrap_or_else(|_| path.to_owned())),
        Err(_) => Target::File(path.to_owned()),
    }
}

/// The open file of this process that a path means, as `/dev/stdout` and `/dev/fd/63` do.
fn descriptor(path: &Path) -> Option<u32> {
    let mut path = path.to_owned();
    // Links to links: /dev/stdout leads to /proc/self/fd/1.
    for _ in 0..8 {
        let folder = path.parent().map(Path::to_string_lossy)?.into_owned();
        let is_table = |it: &str| {
            let of_process = it
                .strip_prefix("/proc/")
                .and_then(|it| it.strip_suffix("/fd"));
            it == "/dev/fd" || of_process.is_some_and(|of| !of.contains('/'))
        };
        let name = path.file_name()?.to_str()?;
        match (folder.as_str(), name) {
            ("/dev", "stdout") => return Some(1),
            ("/dev", "stderr") => return Some(2),
            (folder, name) if is_table(folder) => return name.parse().ok(),
            _ => {}
        }
        let next = path.read_link().ok()?;
        path = path.parent()?.join(next);
    }
    None
}

#[cfg(unix)]
fn permissions(readers: Readers) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    (readers == Readers::Everybody).then(|| Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn permissions(_: Readers) -> Option<Permissions> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn open_files_of_the_process_are_known_by_every_name() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("out");
        std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
        let named = |path: &str| descriptor(Path::new(path));
        assert_eq!(named("/dev/stdout"), Some(1));
        assert_eq!(named("/proc/self/fd/2"), Some(2));
        assert_eq!(named("/dev/fd/63"), Some(63));
        assert_eq!(descriptor(&link), Some(1));
        for path in ["/dev/null", "plan.json", "/tmp/fd/1", "/"] {
            assert_eq!(named(path), None, "{path}");
        }
    }

    #[test]
    fn a_link_to_a_file_stays_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old and longer").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(&link, Readers::Owner, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
    }

    #[test]
    fn what_is_written_in_half_leaves_a_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "before\n").unwrap();
        let half = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        };
        assert!(replace(&path, Readers::Owner, half).is_err());
        assert!(append(&path, half).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\n");
        append(&path, |out| out.write_all(b"after\n")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\nafter\n");
    }
}
