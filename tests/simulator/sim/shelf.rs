//! A folder on one machine as the store, its disk, and power cuts: what nobody waited for is lost.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rosterctl::state::store::{Disk, Folder, If, Put, Stat, Store as _, StoreError, Stored};
use tempfile::TempDir;

use super::random::Random;

/// A folder, and the machine it is on.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) folder: Folder,
    root: TempDir,
    plates: Arc<Plates>,
    /// When keys were written, by the made-up clock.
    times: Mutex<BTreeMap<String, Timestamp>>,
    /// What the folder said it had.
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    boots: AtomicU64,
}

/// What is safe from a power cut.
#[derive(Debug, Default)]
struct Plates {
    inner: Mutex<Safe>,
}

#[derive(Debug, Default)]
struct Safe {
    /// The files of a folder by their names.
    names: BTreeMap<PathBuf, BTreeMap<String, u64>>,
    contents: BTreeMap<u64, Vec<u8>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk for Plates {
    fn sync(&self, file: &File, path: &Path) -> io::Result<()> {
        let meta = file.metadata()?;
        let mut safe = lock(&self.inner);
        if meta.is_dir() {
            safe.names.insert(path.to_owned(), files(path)?);
            return Ok(());
        }
        let mut bytes = vec![0; usize::try_from(meta.len()).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0)?;
        safe.contents.insert(meta.ino(), bytes);
        Ok(())
    }
}

/// The files of a folder; those of writes that did not come to their end are hidden.
fn files(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let meta = entry.metadata()?;
        if meta.is_file() && name.ends_with("json") {
            all.insert(name, meta.ino());
        }
    }
    Ok(all)
}

impl Shelf {
    pub(crate) fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let root = match memory.is_dir() {
            true => tempfile::tempdir_in(memory)?,
            false => tempfile::tempdir()?,
        };
        let plates = Arc::new(Plates::default());
        Ok(Self {
            folder: Folder::on(root.path(), plates.clone()),
            root,
            plates,
            times: Mutex::default(),
            kept: Mutex::default(),
            boots: AtomicU64::default(),
        })
    }

    /// The machine since it was started.
    pub(crate) fn machine(&self) -> String {
        format!("office{}", self.boots.load(Ordering::Relaxed))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let stored = self.folder.get(key)?;
        let time = lock(&self.times).get(key).copied();
        Ok(stored.map(|stored| Stored {
            stat: Stat {
                modified: time.unwrap_or(Timestamp::UNIX_EPOCH),
                ..stored.stat
            },
            ..stored
        }))
    }

    pub(crate) fn put(
        &self,
        key: &str,
        bytes: &[u8],
        when: &If,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        let put = self.folder.put(key, bytes, when)?;
        if put != Put::Taken {
            lock(&self.times).insert(key.to_owned(), now);
            lock(&self.kept).insert(key.to_owned(), bytes.to_vec());
        }
        Ok(put)
    }

    pub(crate) fn delete(&self, key: &str) -> Result<(), StoreError> {
        lock(&self.kept).remove(key);
        self.folder.delete(key)
    }

    /// What lies there, whatever a run makes of it.
    pub(crate) fn look(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.root.path().join(key)).ok()
    }

    /// All keys below a folder.
    pub(crate) fn keys(&self, folder: &str) -> Vec<String> {
        self.folder.list(folder).unwrap_or_default()
    }

    /// A process died in the middle of a line of the journal that it wrote last.
    pub(crate) fn tear(&self, random: &mut Random) -> io::Result<()> {
        let written = |tail: &PathBuf| fs::metadata(tail).and_then(|it| it.modified()).ok();
        if let Some(tail) = self.tails()?.into_iter().max_by_key(written) {
            let length = fs::metadata(&tail)?.len();
            let file = File::options().write(true).open(&tail)?;
            file.set_len(length.saturating_sub(random.between(1, 30)))?;
        }
        Ok(())
    }

    fn tails(&self) -> io::Result<Vec<PathBuf>> {
        let folder = self.root.path().join("journal");
        let mut tails = Vec::new();
        if folder.is_dir() {
            for entry in fs::read_dir(folder)? {
                tails.push(entry?.path().join(".tail"));
            }
        }
        tails.retain(|it| it.is_file());
        tails.sort();
        Ok(tails)
    }

    /// The power goes: what was not waited for is gone, or half there. Says what is lost that was
    /// promised.
    pub(crate) fn power_cut(&self, random: &mut Random) -> io::Result<Vec<String>> {
        self.boots.fetch_add(1, Ordering::Relaxed);
        for tail in self.tails()? {
            let length = fs::metadata(&tail)?.len();
            let file = File::options().write(true).open(&tail)?;
            file.set_len(random.below(length + 1))?;
        }
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            self.lose(&folder, random)?;
            let mut below = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    below.push(path);
                }
            }
            below.sort();
            folders.extend(below);
        }
        let kept = lock(&self.kept);
        let lost = kept
            .iter()
            .filter(|(key, bytes)| self.look(key).as_ref() != Some(*bytes));
        Ok(lost
            .map(|(key, _)| format!("a power cut took {key}"))
            .collect())
    }

    /// One folder after a power cut.
    fn lose(&self, folder: &Path, random: &mut Random) -> io::Result<()> {
        let safe = lock(&self.plates.inner);
        let nothing = BTreeMap::new();
        let before = safe.names.get(folder).unwrap_or(&nothing);
        let now = files(folder)?;
        for (name, file) in &now {
            let path = folder.join(name);
            match (before.get(name), safe.contents.get(file)) {
                // Name and content are safe.
                (Some(old), Some(_)) if old == file => {}
                // The name is, and what it leads to is not.
                (Some(old), None) if old == file => fs::write(&path, b"")?,
                // The old file, or the new one.
                (Some(old), content) if random.chance(50) || content.is_none() => {
                    fs::write(
                        &path,
                        safe.contents.get(old).map_or(&b""[..], Vec::as_slice),
                    )?;
                }
                (None, content) if random.chance(50) || content.is_none() => {
                    fs::remove_file(&path)?;
                }
                _ => {}
            }
        }
        // What was removed may be there again.
        let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
        for (name, file) in gone {
            if let Some(content) = safe.contents.get(file)
                && random.chance(50)
            {
                fs::write(folder.join(name), content)?;
            }
        }
        Ok(())
    }
}
