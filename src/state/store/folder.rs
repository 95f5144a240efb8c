//! A folder as a store: whole files, replaced in one step, compared under a lock of the system.
//!
//! Its versions are digests of the contents. What a reader sees is always whole, and a crash
//! leaves the old file or the new one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Hold, If, Put, Stat, Store, StoreError, StoreProblem, Stored, Version};
use crate::model::digest::Digest;
use crate::regular;
use crate::state::whole::{self, Disk, Real};

/// Whoever writes holds it, for the moment of the write.
const WRITING: &str = "writing.lock";
/// A run that writes holds it as long as it lives.
const RUNNING: &str = "lock";
/// What is said of a pipe or a device in place of a document.
const STATE: &str = "state consists of regular files";

/// How long a write waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(2);

/// A folder on a disk of this machine, or one that several machines share.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    place: Box<str>,
    patience: Duration,
    disk: Arc<dyn Disk>,
}

impl Folder {
    /// The store in that folder; touches nothing yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::on(root, Arc::new(Real))
    }

    /// The same on another disk than this machine's.
    pub fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Self {
        let root = root.into();
        Self {
            place: root.display().to_string().into(),
            root,
            patience: PATIENCE,
            disk,
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    fn failed<'a>(
        &'a self,
        what: &'a str,
        key: &'a str,
    ) -> impl Fn(io::Error) -> StoreError + use<'a> {
        move |error| {
            let path = self.path(key);
            let text = format!("cannot be {what}: {}: {error}", path.display());
            StoreError::new(&self.place, StoreProblem::Failed(text))
        }
    }

    fn lock(&self, name: &str) -> io::Result<File> {
        fs::create_dir_all(&self.root)?;
        // For reading too: a named pipe in its place would wait for a reader.
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(self.root.join(name))?;
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::other(format!("{name} is no regular file"))),
        }
    }

    /// Waits for its turn to write. A write takes moments; a process that keeps the others out for
    /// longer was stopped in the middle of one.
    fn writing(&self) -> io::Result<File> {
        let lock = self.lock(WRITING)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(fs::TryLockError::WouldBlock) if begun.elapsed() < self.patience => {
                    std::thread::sleep(BETWEEN_TRIES);
                }
                Err(fs::TryLockError::WouldBlock) => {
                    let why = format!("another process keeps {WRITING}; is it stopped?");
                    return Err(io::Error::new(io::ErrorKind::TimedOut, why));
                }
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn replace(&self, key: &str, bytes: &[u8], when: &If) -> io::Result<Put> {
        let _turn = self.writing()?;
        let path = self.path(key);
        let there = match regular::read(&path, STATE) {
            Ok(bytes) => Some(version(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let holds = match when {
            If::Absent => there.is_none(),
            If::Is(version) => there.as_ref() == Some(version),
        };
        if !holds {
            return Ok(Put::Taken);
        }
        let folder = path.parent().unwrap_or(&self.root);
        let is_new = !folder.exists();
        fs::create_dir_all(folder)?;
        whole::replace(&path, bytes, None, &*self.disk)?;
        if is_new {
            let above = folder.ancestors().skip(1).take(2);
            let mut above = above.filter(|folder| !folder.as_os_str().is_empty());
            above.try_for_each(|folder| whole::sync(folder, &*self.disk))?;
        }
        Ok(Put::Done(version(bytes)))
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        let path = self.path(key);
        if !path.exists() {
            return Ok(());
        }
        let _turn = self.writing()?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Some(folder) = path.parent().filter(|folder| **folder != self.root) {
            // It fails as long as something is in it, which is meant.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    fn walk(&self, folder: &Path, keys: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            // Hidden ones are writes that did not come to their end.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                self.walk(&path, keys)?;
            } else if let Ok(below) = path.strip_prefix(&self.root) {
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                keys.push(parts.join("/"));
            }
        }
        Ok(())
    }
}

impl Store for Folder {
    fn place(&self) -> &str {
        &self.place
    }

    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let failed = self.failed("read", key);
        let mut file = match regular::open(&self.path(key), STATE) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let read = || -> io::Result<Stored> {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut file, &mut bytes)?;
            let modified = file.metadata()?.modified()?;
            Ok(Stored {
                stat: Stat {
                    version: version(&bytes),
                    modified: Timestamp::try_from(modified).map_err(io::Error::other)?,
                },
                bytes,
            })
        };
        let mut read = read;
        read().map(Some).map_err(failed)
    }

    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError> {
        Ok(self.get(key)?.map(|stored| stored.stat))
    }

    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
        self.replace(key, bytes, when)
            .map_err(self.failed("written", key))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        self.walk(&self.path(folder), &mut keys)
            .map_err(self.failed("listed", folder))?;
        keys.sort_unstable();
        Ok(keys)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.remove(key).map_err(self.failed("removed", key))
    }

    fn hold(&self) -> Result<Hold, StoreError> {
        let failed = self.failed("locked", RUNNING);
        let file = self.lock(RUNNING).map_err(&failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Hold::Ours(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(Hold::Theirs),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn is_held(&self) -> Result<Option<bool>, StoreError> {
        let failed = self.failed("read", RUNNING);
        let file = match regular::open(&self.path(RUNNING), STATE) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(false)),
            Err(error) => return Err(failed(error)),
        };
        // Shared, so that two who look do not see each other.
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(false)),
            Err(fs::TryLockError::WouldBlock) => Ok(Some(true)),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.root)
    }
}

fn version(bytes: &[u8]) -> Version {
    Version {
        tag: Some(Digest::of_bytes(bytes).0),
        generation: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_stopped_in_the_middle_of_a_write_does_not_hold_others_up_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let store = Folder {
            patience: Duration::ZERO,
            ..Folder::new(folder.path())
        };
        let stopped = store.writing().unwrap();
        let error = store.put("k", b"x", &If::Absent).unwrap_err().to_string();
        assert!(error.contains("is it stopped"), "{error}");
        drop(stopped);
        store.put("k", b"x", &If::Absent).unwrap();
    }
}
