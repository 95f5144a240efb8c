//! The journal as a file of its own (`--journal FILE`): made, continued, made durable, read.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::chain::{self, Chain};
use super::error::JournalError;
use super::sink::Sink;
use crate::regular;

/// What is read of a file to see whether its run ended; the last line of an ended run is shorter.
const TAIL: u64 = 4_096;

/// A file that is open to be appended to.
pub(super) struct Lines {
    path: PathBuf,
    file: File,
}

/// What is said of a pipe or a device in place of one.
const JOURNAL: &str = "a journal is a regular file";

/// Opens the file at `path`, or makes it, and reads what is in it. A line that was torn at its end
/// is cut off.
pub(super) fn open(path: &Path) -> Result<(Lines, Chain), JournalError> {
    let failed = |source| io_error(path, "made", source);
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = options().create(true).open(path).map_err(failed)?;
    let regular = file.metadata().map_err(failed)?.is_file();
    if !regular {
        return Err(failed(io::Error::other("it is no regular file")));
    }
    hold(&file).map_err(failed)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|source| io_error(path, "read", source))?;
    let chain = chain::read(&bytes);
    if let Some(flaw) = chain.flaws.first() {
        return Err(JournalError::Unsound {
            path: path.display().to_string(),
            flaw: flaw.clone(),
        });
    }
    if chain.torn > 0 {
        file.set_len(chain.whole).map_err(failed)?;
    }
    let path = path.to_owned();
    Ok((Lines { path, file }, chain))
}

impl Sink for Lines {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&self, line: &str) -> Result<(), String> {
        // One call, so that lines of a process that dies are whole but for the last.
        let written = (&self.file).write_all(line.as_bytes());
        written.map_err(|error| error.to_string())
    }

    fn outlives(&self) -> bool {
        true
    }

    fn flush(&self) -> Result<(), String> {
        self.file.sync_data().map_err(|error| error.to_string())
    }
}

/// Reads a journal, sound or not.
///
/// # Errors
/// [`JournalError::Io`].
pub fn load(path: &Path) -> Result<Chain, JournalError> {
    let bytes = regular::read(path, JOURNAL).map_err(|source| io_error(path, "read", source))?;
    Ok(chain::read(&bytes))
}

/// Whether the last line of a file says that its run ended. A file that is not there counts as
/// ended: there is nothing to learn from it.
pub fn is_finished(path: &Path) -> bool {
    let tail = || -> io::Result<Vec<u8>> {
        let mut file = regular::open(path, JOURNAL)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match tail() {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let last = text.trim_end_matches('\n').rsplit('\n').next();
            text.ends_with('\n')
                && last.is_some_and(|line| line.contains("\"event\":\"run_ended\""))
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn options() -> fs::OpenOptions {
    let mut options = File::options();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Keeps other runs from writing to the same file as long as it is open.
fn hold(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => io::Error::other("another run is writing it"),
        fs::TryLockError::Error(error) => error,
    })
}

fn io_error(path: &Path, what: &'static str, source: io::Error) -> JournalError {
    JournalError::Io {
        path: path.display().to_string(),
        what,
        source,
    }
}

#[cfg(test)]
mod tests;
