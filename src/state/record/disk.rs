//! Files as they lie on disk: telling one version from the next without reading it, and reading
//! on from where the last look ended.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::SystemTime;

use crate::regular;
use crate::state::whole::{self, Real};

/// Which file it is: device and number where the system has them, else when it was made.
#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = Option<SystemTime>;

/// What tells one version of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    id: Id,
    pub(super) len: u64,
    modified: Option<SystemTime>,
}

impl Print {
    fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let id = {
            use std::os::unix::fs::MetadataExt as _;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let id = meta.created().ok();
        Self {
            id,
            len: meta.len(),
            modified: meta.modified().ok(),
        }
    }

    /// Whether it is the same file, perhaps longer or shorter by now.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// A file that is open for reading.
#[derive(Debug)]
pub(super) struct Open {
    file: File,
    pub(super) print: Print,
}

/// A file that was read, and whose number no other file gets while this value lives.
#[derive(Debug)]
pub(super) struct PinnedFile {
    pub(super) print: Print,
    // Elsewhere an open file could not be replaced.
    #[cfg(unix)]
    _file: File,
}

impl Open {
    /// Everything from that byte on.
    pub(super) fn read_from(&mut self, at: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if at < self.print.len || at == 0 {
            self.file.seek(SeekFrom::Start(at))?;
            self.file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    pub(super) fn keep(self) -> PinnedFile {
        let Self { file, print } = self;
        #[cfg(not(unix))]
        drop(file);
        PinnedFile {
            print,
            #[cfg(unix)]
            _file: file,
        }
    }
}

/// Opens a file; `None` if there is none.
pub(super) fn open(path: &Path) -> io::Result<Option<Open>> {
    let file = match regular::open(path, "a record is a regular file") {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let print = Print::of(&file.metadata()?);
    Ok(Some(Open { file, print }))
}

/// Whether that name still leads to that version of the file.
pub(super) fn is_still(path: &Path, print: &Print) -> bool {
    fs::metadata(path).is_ok_and(|meta| Print::of(&meta) == *print)
}

/// Writes `text` at byte `at`, where the file then ends, and waits until it is on disk. A new
/// file may be read by whoever may read `like`. On an error the file ends at `at` again.
pub(super) fn append(path: &Path, like: &Path, at: u64, text: &[u8]) -> io::Result<Print> {
    let mut file = File::options()
        .create(true)
        .truncate(false)
        // A named pipe in its place would wait for a reader.
        .read(true)
        .write(true)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if at == 0 {
        // Before anything is in it: it holds what the record holds.
        share_like(&file, &fs::metadata(like)?)?;
    }
    let written = write_at(&mut file, at, text).and_then(|()| {
        if at == 0 {
            whole::sync(whole::folder(path), &Real)?;
        }
        file.metadata()
    });
    match written {
        Ok(meta) => Ok(Print::of(&meta)),
        Err(error) => {
            // If this fails too, what is left counts only where the system says it is whole.
            let _ = file.set_len(at);
            Err(error)
        }
    }
}

fn write_at(file: &mut File, at: u64, text: &[u8]) -> io::Result<()> {
    // What a crash left of a line goes away.
    file.set_len(at)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(text)?;
    file.sync_data()
}

fn share_like(file: &File, like: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A record may be read-only, for it is replaced; the log is written to.
        let mode = like.permissions().mode() | 0o600;
        file.set_permissions(fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, like);
        Ok(())
    }
}
