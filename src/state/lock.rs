//! The lock of a state folder: one run that writes at a time.
//!
//! The operating system takes the lock back when its process dies, however it dies. What the file
//! says is for people, and tells the next run where the last one kept its journal.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    holder: Holder,
    left: Vec<PathBuf>,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when, in whole seconds.
    pub since: Timestamp,
    /// Journals outside the state folder whose runs may be unfinished.
    #[serde(default)]
    pub journals: Vec<PathBuf>,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error(
        "another run is at work on this roster: {}; wait for it (--lock-timeout 10m waits), or \
         end it; nothing was written", describe(.0.as_ref())
    )]
    Held(Option<Holder>),
    /// The file cannot be made or locked.
    #[error("the lock {path} cannot be taken")]
    Io {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Lock {
    /// Takes the lock of a state folder, or says who has it. Does not wait.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn take(state: &Path, since: Timestamp) -> Result<Self, LockError> {
        let path = state.join("lock");
        let failed = |source| LockError::Io {
            path: path.display().to_string(),
            source,
        };
        fs::create_dir_all(state).map_err(failed)?;
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(LockError::Held(read(&mut file))),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let left = read(&mut file).map_or_else(Vec::new, |holder| holder.journals);
        let mut lock = Self {
            file,
            holder: Holder {
                host: host(),
                pid: std::process::id(),
                since: Timestamp::from_second(since.as_second()).unwrap_or(since),
                journals: left.clone(),
            },
            left,
        };
        lock.write().map_err(failed)?;
        Ok(lock)
    }

    /// Journals outside the state folder that earlier runs may have left unfinished.
    pub fn left(&self) -> &[PathBuf] {
        &self.left
    }

    /// Journals outside the state folder that are remembered now.
    pub fn open(&self) -> &[PathBuf] {
        &self.holder.journals
    }

    /// Remembers journals outside the state folder until they are known to be finished.
    ///
    /// # Errors
    /// Those of the file.
    pub fn remember(&mut self, journals: Vec<PathBuf>) -> io::Result<()> {
        if self.holder.journals == journals {
            return Ok(());
        }
        self.holder.journals = journals;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let text = serde_json::to_string(&self.holder)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.set_len(0)?;
        writeln!(self.file, "{text}")?;
        self.file.sync_data()
    }
}

/// Whether a run holds the lock of a state folder, and what the lock file says of it. Looks for a
/// moment and takes nothing.
///
/// # Errors
/// Those of the file.
pub fn holder(state: &Path) -> io::Result<Option<Option<Holder>>> {
    let mut file = match File::open(state.join("lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Shared, so that two who look do not see each other.
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(fs::TryLockError::WouldBlock) => Ok(Some(read(&mut file))),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// What the file says; nothing where it is being written or cannot be read.
fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Who it is, for people.
pub fn describe(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!(
            "process {} on {} since {}",
            holder.pid, holder.host, holder.since
        ),
        None => String::from("its lock file does not say which"),
    }
}

/// The name of this machine, as far as it can be told without asking a program.
pub fn host() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let told = files
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok());
    let name = told.unwrap_or_default();
    match name.trim() {
        "" => String::from("this machine"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(folder: &Path) -> Result<Lock, LockError> {
        Lock::take(folder, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_second_run_is_refused_and_told_who_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let refused = take(folder.path()).unwrap_err().to_string();
        let told = format!("process {} on {}", std::process::id(), host());
        assert!(refused.contains(&told), "{refused}");
        assert!(refused.contains("since 1970-01-01T00:00:00Z"), "{refused}");
        let seen = holder(folder.path()).unwrap().unwrap().unwrap();
        assert_eq!(seen.pid, std::process::id());
        drop(first);
        assert_eq!(holder(folder.path()).unwrap(), None);
        take(folder.path()).unwrap();
    }

    #[test]
    fn a_lock_file_that_nobody_can_read_is_still_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        fs::write(folder.path().join("lock"), "half of a li").unwrap();
        let refused = take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("does not say which"), "{refused}");
        drop(first);
        assert_eq!(take(folder.path()).unwrap().left(), [] as [PathBuf; 0]);
    }

    #[test]
    fn what_a_run_left_is_told_to_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = take(folder.path()).unwrap();
        let journal = vec![PathBuf::from("/elsewhere/journal.ndjson")];
        first.remember(journal.clone()).unwrap();
        drop(first);
        let mut second = take(folder.path()).unwrap();
        assert_eq!(second.left(), journal);
        second.remember(Vec::new()).unwrap();
        drop(second);
        assert_eq!(take(folder.path()).unwrap().left(), [] as [PathBuf; 0]);
    }
}
