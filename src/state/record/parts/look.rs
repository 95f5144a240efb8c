//! Reading a record in a store: the document, and the parts that it does not hold yet.

use std::path::Path;

use super::super::file::{self, Through};
use super::super::{RecordError, draft, log};
use super::{FORMAT, Head, LoadedRecord, Parts, document_key, log_folder};

impl Parts {
    /// One look; `false`: others wrote meanwhile, and it has to begin again.
    ///
    /// The order counts: parts that were listed and are in the document by the time it is read do
    /// no harm, parts that went into it unlisted would be missed.
    pub(super) fn look(&mut self) -> Result<bool, RecordError> {
        let numbers = self.numbers()?;
        let mut held = match self.held.take() {
            Some(held) if self.stat()?.as_ref() == Some(&held.version) => held,
            _ => match self.read()? {
                Some(held) => held,
                None if numbers.is_empty() => return Ok(true),
                None if self.exists()? => return Ok(false),
                None => {
                    let log = log_folder(&self.name);
                    let reason = format!("the document is missing, and parts of {log} are there");
                    return Err(self.damaged(reason));
                }
            },
        };
        for number in numbers {
            if number < held.next {
                continue;
            }
            let bytes = self.to_read(self.log().read(number))?;
            let (true, Some(bytes)) = (number == held.next, bytes) else {
                if self.stat()?.as_ref() != Some(&held.version) {
                    return Ok(false);
                }
                return Err(self.damaged(format!("part {} of its log is missing", held.next)));
            };
            self.play(&mut held, number, &bytes)?;
        }
        self.held = Some(held);
        Ok(true)
    }

    fn read(&self) -> Result<Option<LoadedRecord>, RecordError> {
        let Some(stored) = self.to_read(self.store().get(&document_key(&self.name)))? else {
            return Ok(None);
        };
        let document = file::parse(Path::new(&self.place), &self.vendor, &stored.bytes)?;
        let Through { part, epoch, fence } = document.log.unwrap_or_default();
        Ok(Some(LoadedRecord {
            document,
            version: stored.stat.version,
            through: part,
            next: part + 1,
            changes: 0,
            epoch,
            fence,
        }))
    }

    fn play(&self, held: &mut LoadedRecord, number: u64, bytes: &[u8]) -> Result<(), RecordError> {
        let bad = |reason: String| self.damaged(format!("part {number} of its log: {reason}"));
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let head: Head = serde_json::from_slice(head).map_err(|error| bad(error.to_string()))?;
        if head.format != FORMAT {
            let format = head.format;
            return Err(bad(format!(
                "format {format} is not known here, only {FORMAT}"
            )));
        }
        let rest = rest.get(1..).unwrap_or_default();
        let lines = log::parse(rest, false)
            .map_err(|error| bad(format!("line {}: {}", error.line + 1, error.reason)))?;
        for changes in lines.commits {
            held.changes += changes.len();
            draft::play(&mut held.document.accounts, changes);
        }
        held.epoch = held.epoch.max(head.epoch);
        held.next = number + 1;
        Ok(())
    }

    /// The numbers of all parts, in order.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, RecordError> {
        self.to_read(self.log().numbers())
    }
}
