//! Lines of a run that are in no part yet, in a file beside the parts where the state is a folder.
//!
//! A part is made durable, which takes time; a line that is only handed to the system takes none and
//! outlives the process, if not the machine. So the next run on the same machine reads here what the
//! dead one wrote last: outcomes, and which actions had their turn.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::Deserialize;

use super::FOLDER;
use crate::regular;
use crate::state::State;
use crate::state::journal::chain;
use crate::state::store::Store;

/// Hidden, so that the store lists it nowhere.
const NAME: &str = ".tail";
/// In place of a machine, where lines were lost.
const UNKNOWN: &str = "unknown";

/// A file that is open to be appended to.
pub(super) struct Tail(File);

impl Tail {
    /// Opens the tail of a run, beginning with what is behind its parts; whatever is in it goes.
    /// Lines that were lost stay lost: the new one proves nothing of the time before. `None`: the
    /// store has no folder.
    pub(super) fn create(state: &State, run: &str, behind: &Behind) -> io::Result<Option<Self>> {
        let Some(path) = path(state.store(), run) else {
            return Ok(None);
        };
        let folder = path.parent().unwrap_or(&path);
        let mut new = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
        let machine = if behind.lost {
            UNKNOWN
        } else {
            &*state.here().machine
        };
        writeln!(new, "{machine}")?;
        new.write_all(&behind.lines)?;
        let file = new.persist(&path).map_err(|error| error.error)?;
        Ok(Some(Self(file)))
    }

    /// Appends lines.
    pub(super) fn write(&self, lines: &[u8]) -> io::Result<()> {
        (&self.0).write_all(lines)
    }
}

/// What follows the parts of a run.
#[derive(Default)]
pub(super) struct Behind {
    /// Whole lines, chained to those of the parts.
    pub(super) lines: Vec<u8>,
    /// Whether lines may have been there that are not: the tail is missing, damaged, or of another
    /// machine.
    pub(super) lost: bool,
}

impl Behind {
    const LOST: Self = Self {
        lines: Vec::new(),
        lost: true,
    };

    /// Reads the lines that follow what is in the parts.
    pub(super) fn load(state: &State, run: &str, parts: &[u8]) -> Self {
        let bytes = path(state.store(), run).and_then(|path| regular::read(&path, "").ok());
        // A line that was torn may end within a character. It was being written when its process
        // died, so nothing followed it.
        let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default());
        let Some((head, text)) = text.split_once('\n') else {
            return Self::LOST;
        };
        let whole = parts.iter().filter(|byte| **byte == b'\n').count() as u64;
        if head != state.here().machine || whole == 0 {
            return Self::LOST;
        }
        let mut lines = String::new();
        for line in text.split_inclusive('\n').filter(|it| it.ends_with('\n')) {
            match number(line) {
                Some(number) if number <= whole => {}
                Some(_) => lines.push_str(line),
                None => return Self::LOST,
            }
        }
        let all = [parts, lines.as_bytes()].concat();
        let flaws = |bytes: &[u8]| chain::read(bytes).flaws.len();
        match flaws(&all) == flaws(parts) {
            true => Self {
                lines: lines.into_bytes(),
                lost: false,
            },
            false => Self::LOST,
        }
    }
}

/// Removes the tail of a run, if there is one.
pub(super) fn remove(store: &dyn Store, run: &str) -> io::Result<()> {
    match path(store, run).map(fs::remove_file) {
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn path(store: &dyn Store, run: &str) -> Option<PathBuf> {
    let folder = store.folder()?;
    Some(folder.join(FOLDER).join(run).join(NAME))
}

fn number(line: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let numbered: Numbered = serde_json::from_str(line).ok()?;
    Some(numbered.seq)
}
