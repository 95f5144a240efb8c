//! The journal's file: made, continued, appended to and made durable, found again, kept in bounds.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use super::chain::{self, Chain};
use super::event::{Ended, Entry, Event, Intended, RunEnded, RunStarted};
use crate::apply::{Log, LogError};
use crate::reconcile::account::email_key;
use crate::reconcile::digest::Digest;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::Action;
use crate::reconcile::value::Shown;

/// Journals that are kept in a state folder; older ones go when a new one is made.
const KEPT: usize = 100;
/// What is read of a file to see whether its run ended; the last line of an ended run is shorter.
const TAIL: u64 = 4_096;

/// A journal that is being written.
pub struct Journal {
    path: PathBuf,
    file: Arc<File>,
    state: Mutex<State>,
    /// The number of the last line that is on the disk; held by whoever makes it durable, while
    /// the others wait and mostly find that their line is.
    durable: tokio::sync::Mutex<u64>,
    /// What accounts showed before their removal.
    images: Images,
}

/// What accounts showed, by vendor, id and e-mail key.
pub type Images = HashMap<(Box<str>, Option<Box<str>>, String), Shown>;

struct State {
    seq: u64,
    prev: Option<Box<str>>,
    /// Set by the first line that could not be written: nothing may follow a gap.
    broken: Option<String>,
}

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Files or folders.
    #[error("the journal {path} cannot be {what}")]
    Io {
        /// The file.
        path: String,
        /// What was tried: `made`, `read`.
        what: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file to be continued is no sound journal.
    #[error("{path} is no sound journal ({flaw}); give another file to --journal, or move it away")]
    Unsound {
        /// The file.
        path: String,
        /// The first thing that is wrong with it.
        flaw: chain::Flaw,
    },
}

impl Journal {
    /// Makes a journal in a state folder, named by the time, and removes the oldest ones beyond a
    /// hundred whose runs ended.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn create_in(state: &Path, now: Timestamp) -> Result<Self, JournalError> {
        let folder = folder(state);
        let failed = |source| io_error(&folder, "made", source);
        fs::create_dir_all(&folder).map_err(failed)?;
        prune(&folder).map_err(failed)?;
        let mut tries = 0_u32;
        loop {
            let seed = (now.as_nanosecond().to_string(), std::process::id(), tries);
            let digest = Digest::of(&seed);
            let short = digest.0.get(7..15).unwrap_or_default();
            let name = format!("{}-{short}.ndjson", now.strftime("%Y-%m-%dT%H%M%SZ"));
            let path = folder.join(name);
            match options().create_new(true).open(&path) {
                Ok(file) => {
                    hold(&file).map_err(failed)?;
                    // The name is safe from a power cut only once the folder is.
                    #[cfg(unix)]
                    File::open(&folder)
                        .and_then(|folder| folder.sync_all())
                        .map_err(failed)?;
                    return Ok(Self::new(path, file, &Chain::default()));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 100 => {
                    tries += 1;
                }
                Err(error) => return Err(io_error(&path, "made", error)),
            }
        }
    }

    /// Continues the journal at `path`, or makes it. A line that was torn at its end is cut off,
    /// and an event says so.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
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
        let journal = Self::new(path.to_owned(), file, &chain);
        if chain.torn > 0 {
            let torn = Event::Torn { bytes: chain.torn };
            journal
                .append(torn)
                .map_err(|LogError(why)| failed(io::Error::other(why)))?;
        }
        Ok(journal)
    }

    fn new(path: PathBuf, file: File, chain: &Chain) -> Self {
        let seq = u64::try_from(chain.entries.len()).unwrap_or(u64::MAX);
        Self {
            path,
            file: Arc::new(file),
            state: Mutex::new(State {
                seq,
                prev: chain.last.clone(),
                broken: None,
            }),
            durable: tokio::sync::Mutex::new(0),
            images: Images::default(),
        }
    }

    /// Also keeps what these accounts showed before their removal.
    #[must_use]
    pub fn with_images(self, images: Images) -> Self {
        Self { images, ..self }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a run.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn start(&self, head: RunStarted) -> Result<(), LogError> {
        let line = self.append(Event::RunStarted(Box::new(head)))?;
        self.make_durable(line).await
    }

    /// Ends a run.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn end(&self, ended: RunEnded) -> Result<(), LogError> {
        let line = self.append(Event::RunEnded(ended))?;
        self.make_durable(line).await
    }

    /// Writes one event and returns the number of its line. It survives the process from then on,
    /// a power cut only once it is durable.
    ///
    /// # Errors
    /// [`LogError`]; from then on nothing is written any more.
    pub fn append(&self, event: Event) -> Result<u64, LogError> {
        let mut state = self.state();
        if let Some(why) = &state.broken {
            return Err(LogError(why.clone()));
        }
        let entry = Entry {
            seq: state.seq + 1,
            at: now(),
            prev: state.prev.clone(),
            event,
        };
        let (line, hash) = chain::seal(&entry);
        // One call, so that lines of a process that dies are whole but for the last.
        if let Err(error) = (&*self.file).write_all(line.as_bytes()) {
            return Err(self.broke(&mut state, &error));
        }
        state.seq += 1;
        state.prev = Some(hash);
        Ok(state.seq)
    }

    /// Waits until a line is on the disk. Lines that wait at the same time are made durable by
    /// one call.
    async fn make_durable(&self, line: u64) -> Result<(), LogError> {
        let mut durable = self.durable.lock().await;
        if *durable >= line {
            return Ok(());
        }
        let written = self.state().seq;
        let file = self.file.clone();
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        match synced.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(()) => {
                *durable = written;
                Ok(())
            }
            Err(error) => Err(self.broke(&mut self.state(), &error)),
        }
    }

    fn broke(&self, state: &mut State, error: &io::Error) -> LogError {
        let why = format!(
            "the journal {} cannot be written: {error}",
            self.path.display()
        );
        state.broken = Some(why.clone());
        LogError(why)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Log for Journal {
    async fn intended(&self, number: u32, action: &Action) -> Result<(), LogError> {
        let email = email_key(&action.key().email);
        let image = action.kind.removes().then(|| {
            self.images
                .get(&(action.vendor.clone(), action.id.clone(), email))
        });
        let intended = Intended::of(number, action, image.flatten());
        self.append(Event::Intended(Box::new(intended))).map(drop)
    }

    async fn sent(&self, number: u32) -> Result<(), LogError> {
        let line = self.append(Event::Sent { number })?;
        self.make_durable(line).await
    }

    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError> {
        // Lost in a power cut, it leaves the action in flight, and the next run looks.
        let ended = Ended::of(number, outcome);
        self.append(Event::Outcome(Box::new(ended))).map(drop)
    }
}

/// Reads a journal, sound or not.
///
/// # Errors
/// [`JournalError::Io`].
pub fn load(path: &Path) -> Result<Chain, JournalError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open_regular(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| io_error(path, "read", source))?;
    Ok(chain::read(&bytes))
}

/// Opens a journal for reading. A device or a pipe may never end, and is none.
fn open_regular(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is not a regular file",
    ))
}

/// The journals of a state folder whose last run did not come to its end, newest first.
pub fn unfinished(state: &Path) -> Vec<PathBuf> {
    let mut found = list(&folder(state)).unwrap_or_default();
    found.reverse();
    found.retain(|path| !is_finished(path));
    found
}

/// Whether the last line of a file says that its run ended. A file that is not there counts as
/// ended: there is nothing to learn from it.
pub fn is_finished(path: &Path) -> bool {
    let tail = || -> io::Result<Vec<u8>> {
        let mut file = open_regular(path)?;
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

/// Where a state folder has its journals.
pub fn folder(state: &Path) -> PathBuf {
    state.join("journal")
}

/// By name, which is by time.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "ndjson") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Removes the oldest journals, so that there is room for one more. One whose run was cut off
/// stays until that is settled.
fn prune(folder: &Path) -> io::Result<()> {
    let found = list(folder)?;
    let surplus = (found.len() + 1).saturating_sub(KEPT);
    for path in found.iter().take(surplus).filter(|path| is_finished(path)) {
        fs::remove_file(path)?;
    }
    Ok(())
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

fn now() -> Timestamp {
    let now = Timestamp::now();
    // Finer than a thousandth says nothing and makes lines longer.
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
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
