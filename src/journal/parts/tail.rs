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
use crate::journal::chain;
use crate::state::lease::machine;
use crate::state::store::Store;

/// Hidden, so that the store lists it nowhere.
const NAME: &str = ".tail";

/// A file that is open to be appended to.
pub(super) struct Tail(File);

impl Tail {
    /// Opens the tail of a run, beginning with `lines`; whatever is in it goes. `None`: the store has
    /// no folder.
    pub(super) fn create(store: &dyn Store, run: &str, lines: &[u8]) -> io::Result<Option<Self>> {
        let Some(path) = path(store, run) else {
            return Ok(None);
        };
        let folder = path.parent().unwrap_or(&path);
        let mut new = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
        writeln!(new, "{}", machine())?;
        new.write_all(lines)?;
        let file = new.persist(&path).map_err(|error| error.error)?;
        Ok(Some(Self(file)))
    }

    /// Appends lines.
    pub(super) fn write(&self, lines: &[u8]) -> io::Result<()> {
        (&self.0).write_all(lines)
    }
}

/// The lines that follow what is in the parts: whole ones, chained to them and written on this
/// machine. Empty where there are none.
pub(super) fn lines_behind(store: &dyn Store, run: &str, parts: &[u8]) -> Vec<u8> {
    let bytes = path(store, run).and_then(|path| fs::read(path).ok());
    // A line that was torn may end within a character; only whole lines count.
    let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default());
    let Some((head, text)) = text.split_once('\n') else {
        return Vec::new();
    };
    let whole = parts.iter().filter(|byte| **byte == b'\n').count() as u64;
    if head != machine() || whole == 0 {
        return Vec::new();
    }
    let is_behind = |line: &&str| line.ends_with('\n') && number(line).is_some_and(|it| it > whole);
    let behind: String = text.split_inclusive('\n').filter(is_behind).collect();
    let all = [parts, behind.as_bytes()].concat();
    let flaws = |bytes: &[u8]| chain::read(bytes).flaws.len();
    match flaws(&all) == flaws(parts) {
        true => behind.into_bytes(),
        false => Vec::new(),
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
