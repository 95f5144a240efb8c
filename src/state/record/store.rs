//! The record in memory and on disk: the file written whole, the log of what was committed since,
//! and the moments when the log becomes part of the file.
//!
//! Whoever writes holds the lock; whoever only reads takes none. So the order of steps counts: a
//! commit is added to the log; the file is replaced by itself plus the log; only then does the
//! log go away. A reader who finds the file replaced between two looks begins again, and a crash
//! between the last two steps leaves a log that says nothing new.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{self, Open, PinnedFile, Print};
use super::draft::{Changes, RecordDraft, play};
use super::file::{self, Document};
use super::log::{self, Head};
use super::{Accounts, RecordError};
use crate::model::digest::Digest;
use crate::state::whole::{self, Real};

/// Looks at a file that is replaced between each of them, before giving up. A replacement takes
/// hundreds of commits.
const LOOKS: usize = 100;
/// Changes that a log may hold at least; with fewer, writing the file whole would cost more than
/// the log saves.
const LOG_CHANGES: usize = 1_000;

/// One record, as it was seen last.
pub(super) struct RecordFile {
    path: PathBuf,
    vendor: Box<str>,
    seed: Accounts,
    /// `None`: there was no file, or nobody looked yet.
    held: Option<LoadedRecord>,
}

struct LoadedRecord {
    /// With the log played into it.
    document: Document,
    file: PinnedFile,
    /// Of the file's bytes.
    base: Digest,
    log: Log,
}

/// How far the log was read.
#[derive(Default)]
struct Log {
    print: Option<Print>,
    /// Bytes of its whole lines.
    len: u64,
    lines: usize,
    /// Entries in all of its lines.
    changes: usize,
    /// It continues an older file, and the file holds all of it.
    spent: bool,
    /// Changes to wait for after the file could not be written.
    wait: usize,
}

impl RecordFile {
    pub(super) fn new(path: PathBuf, vendor: Box<str>, seed: Accounts) -> Self {
        Self {
            path,
            vendor,
            seed,
            held: None,
        }
    }

    /// The accounts as of the last look.
    pub(super) fn accounts(&self) -> &Accounts {
        match &self.held {
            Some(held) => &held.document.accounts,
            None => &self.seed,
        }
    }

    /// Forgets what a look has brought.
    pub(super) fn let_go(&mut self) {
        self.held = None;
    }

    /// Looks at the disk and reads what is new. Needs no lock.
    pub(super) fn refresh(&mut self) -> Result<(), RecordError> {
        for _ in 0..LOOKS {
            if self.look()? {
                return Ok(());
            }
        }
        Err(unreadable(
            &self.path,
            &io::Error::other("it changes faster than it can be read"),
        ))
    }

    /// Adds one commit. The caller holds the lock.
    pub(super) fn commit(
        &mut self,
        edit: impl FnOnce(&mut RecordDraft<'_>),
    ) -> Result<(), RecordError> {
        self.refresh()?;
        let mut draft = RecordDraft::new(self.accounts());
        edit(&mut draft);
        let changes = draft.changes();
        let written = match &mut self.held {
            None => self.create(changes),
            Some(_) if changes.is_empty() => Ok(()),
            Some(held) => held.append(&file::target(&self.path), changes),
        };
        written.map_err(|error| self.unwritten(&error))?;
        if let Some(held) = &mut self.held
            && held.log.changes > held.log_may_hold()
            && let Err(error) = held.compact(&file::target(&self.path))
        {
            tracing::warn!(record = %self.path.display(), %error,
                "the record could not be written whole; its log holds what is missing");
            held.log.wait = held.log.changes * 2;
        }
        Ok(())
    }

    /// Makes the file whole, so that it needs no log. The caller holds the lock.
    pub(super) fn compact(&mut self) -> Result<(), RecordError> {
        self.refresh()?;
        let settled = match &mut self.held {
            Some(held) => held.compact(&file::target(&self.path)),
            None => Ok(()),
        };
        settled.map_err(|error| self.unwritten(&error))
    }

    /// One look; `false`: the file was replaced meanwhile.
    fn look(&mut self) -> Result<bool, RecordError> {
        let target = file::target(&self.path);
        let log_path = log_path(&target);
        let file = disk::open(&target).map_err(|error| unreadable(&self.path, &error))?;
        let mut log = disk::open(&log_path).map_err(|error| unreadable(&log_path, &error))?;
        let held = self.held.take();
        let Some(mut file) = file else {
            return match log {
                None => Ok(true),
                Some(_) if target.exists() => Ok(false),
                Some(_) => Err(self.orphaned(&log_path)),
            };
        };
        let held = held.filter(|held| held.goes_on(&file.print, log.as_ref()));
        let from = held.as_ref().map_or(0, |held| held.log.len);
        let text = match held {
            Some(_) => Vec::new(),
            None => file
                .read_from(0)
                .map_err(|error| unreadable(&self.path, &error))?,
        };
        let tail = log
            .as_mut()
            .map_or(Ok(Vec::new()), |log| log.read_from(from));
        let tail = tail.map_err(|error| unreadable(&log_path, &error))?;
        if !disk::is_still(&target, &file.print) {
            return Ok(false);
        }
        let mut held = match held {
            Some(held) => held,
            None => LoadedRecord {
                document: file::parse(&self.path, &self.vendor, &text)?,
                base: Digest::of_bytes(&text),
                file: file.keep(),
                log: Log::default(),
            },
        };
        held.log.print = log.map(|log| log.print);
        held.read_on(&self.path, &tail)?;
        self.held = Some(held);
        Ok(true)
    }

    /// Begins the file.
    fn create(&mut self, changes: Changes) -> io::Result<()> {
        let mut accounts = self.seed.clone();
        play(&mut accounts, changes);
        // The next look reads it.
        file::replace(
            &file::target(&self.path),
            &Document::new(&self.vendor, accounts),
        )?;
        Ok(())
    }

    fn orphaned(&self, log: &Path) -> RecordError {
        RecordError::Damaged {
            path: self.path.display().to_string(),
            reason: format!(
                "the file is missing, and its log {} is there",
                log.display()
            ),
        }
    }

    /// After a failed write memory may be ahead of the disk: the next look reads everything.
    fn unwritten(&mut self, error: &io::Error) -> RecordError {
        self.held = None;
        unwritten(&self.path, error)
    }
}

impl LoadedRecord {
    /// Whether these files are the ones held, the log perhaps longer.
    fn goes_on(&self, file: &Print, log: Option<&Open>) -> bool {
        // A spent log may make way for a new one without a new file.
        let known = match (&self.log.print, log) {
            (None, _) => true,
            (Some(_), None) => self.log.len == 0,
            (Some(old), Some(new)) => old.same_file(&new.print) && self.log.len <= new.print.len,
        };
        known && !self.log.spent && self.file.print == *file
    }

    /// Plays lines of the log that were not read yet.
    fn read_on(&mut self, path: &Path, tail: &[u8]) -> Result<(), RecordError> {
        let lines = log::parse(tail, self.log.len == 0).map_err(|bad| RecordError::Damaged {
            path: path.display().to_string(),
            reason: format!(
                "line {} of its log {}: {}",
                self.log.lines + bad.line,
                log_path(&file::target(path)).display(),
                bad.reason
            ),
        })?;
        self.log.len += lines.len;
        self.log.lines += lines.commits.len() + usize::from(lines.head.is_some());
        self.log.changes += lines.commits.iter().map(Changes::len).sum::<usize>();
        if lines.head.is_some_and(|head| head.base != self.base) {
            let all: Changes = lines.commits.into_iter().flatten().collect();
            let accounts = &self.document.accounts;
            if all
                .iter()
                .any(|(key, entry)| accounts.get(key) != entry.as_ref())
            {
                return Err(contradicted(path));
            }
            self.log.spent = true;
            return Ok(());
        }
        for changes in lines.commits {
            play(&mut self.document.accounts, changes);
        }
        Ok(())
    }

    fn append(&mut self, target: &Path, changes: Changes) -> io::Result<()> {
        let log_path = log_path(target);
        if self.log.spent {
            fs::remove_file(&log_path)?;
            self.log = Log::default();
        }
        let mut text = Vec::new();
        if self.log.len == 0 {
            text = log::line(&Head::new(self.base.clone()))?;
            self.log.lines += 1;
        }
        text.extend(log::line(&changes)?);
        self.log.print = Some(disk::append(&log_path, target, self.log.len, &text)?);
        self.log.len += text.len() as u64;
        self.log.lines += 1;
        self.log.changes += changes.len();
        play(&mut self.document.accounts, changes);
        Ok(())
    }

    /// Makes the log part of the file. Only once the file is safe on disk does the log go away.
    fn compact(&mut self, target: &Path) -> io::Result<()> {
        if self.log.print.is_none() {
            return Ok(());
        }
        if self.log.changes > 0 && !self.log.spent {
            self.base = file::replace(target, &self.document)?;
            let new = disk::open(target)?.ok_or(io::ErrorKind::NotFound)?;
            self.file = new.keep();
            self.log.spent = true;
        }
        fs::remove_file(log_path(target))?;
        self.log = Log::default();
        whole::sync(whole::folder(target), &Real)
    }

    fn log_may_hold(&self) -> usize {
        let share = self.document.accounts.len() / 2;
        LOG_CHANGES.max(share).max(self.log.wait)
    }
}

/// Where the log of the record at `target` is.
pub(super) fn log_path(target: &Path) -> PathBuf {
    file::beside(target, ".log")
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> RecordError {
    RecordError::Write {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> RecordError {
    RecordError::Read {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// Nobody can tell which of the two is newer.
fn contradicted(path: &Path) -> RecordError {
    RecordError::Foreign {
        path: path.display().to_string(),
        reason: format!(
            "was edited or replaced while its log {} holds changes of a run that did not end; \
             bring back the version that the log continues, or carry the log's lines over by hand \
             and then remove the log",
            log_path(&file::target(path)).display()
        ),
    }
}
