//! The record in a store: the document, and beside it the commits since, each a part of an append
//! log.
//!
//! A commit claims the next number. Whoever was faster has it, and the loser reads what the winner
//! wrote before it tries again: no commit is lost, and none costs more than what it changes. Once
//! in a while, and at the end of a run, the parts become part of the document, which says how far
//! it goes; only then do they go away.
//!
//! A number may come free again that way, and a writer who slept through it all could claim it. So
//! a commit counts only when the document, looked at afterwards, is still the one it continues.

mod look;

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::draft::{Changes, RecordDraft, play};
use super::file::{self, Document, Through};
use super::log;
use super::{Accounts, RecordError};
use crate::state::State;
use crate::state::log::AppendLog;
use crate::state::small::still_ours;
use crate::state::store::{If, Put, Store, StoreError, Version, put};

/// The only format of a part so far.
const FORMAT: u32 = 1;
/// Rounds against others who write at the same time; each of them means that somebody got through.
const ROUNDS: usize = 100;
/// Changes that the parts may hold at least, before they become part of the document.
const CHANGES: usize = 1_000;
/// Parts that may lie beside the document: reading them costs a call each.
const PARTS: u64 = 200;

/// One record in a store, as it was seen last.
pub(super) struct Parts {
    state: State,
    /// Of the keys; the vendor's too.
    name: Box<str>,
    vendor: Box<str>,
    /// For people, as a path.
    pub(super) place: String,
    seed: Accounts,
    held: Option<LoadedRecord>,
}

struct LoadedRecord {
    /// With the parts played into it.
    document: Document,
    version: Version,
    /// The last part that the document itself holds.
    through: u64,
    /// The number that the next commit claims.
    next: u64,
    /// Entries in all parts.
    changes: usize,
    /// The highest lease that wrote any of it.
    epoch: u64,
    /// The part that stays.
    fence: Option<u64>,
}

/// The first line of a part.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    format: u32,
    /// The number of the lease that it was written under; 0 without one.
    #[serde(default)]
    epoch: u64,
    /// Makes the part unlike any other.
    by: Box<str>,
}

/// Where the document lies.
fn document_key(name: &str) -> String {
    format!("records/{name}.json")
}

fn log_folder(name: &str) -> String {
    format!("records/{name}.log")
}

impl Parts {
    pub(super) fn delay(&self) -> Option<Duration> {
        self.state.store().delay()
    }

    pub(super) fn new(state: State, name: Box<str>, vendor: Box<str>, seed: Accounts) -> Self {
        Self {
            place: format!("{}/{}", state.store().place(), document_key(&name)),
            state,
            name,
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

    /// Whether anything is held that a look has brought.
    pub(super) fn is_known(&self) -> bool {
        self.held.is_some()
    }

    /// Whether there is a document.
    pub(super) fn exists(&self) -> Result<bool, RecordError> {
        Ok(self.stat()?.is_some())
    }

    /// Looks at the store and reads what is new.
    pub(super) fn refresh(&mut self) -> Result<(), RecordError> {
        for _ in 0..ROUNDS {
            if self.look()? {
                return Ok(());
            }
        }
        Err(self.restless("read"))
    }

    /// Adds one commit.
    pub(super) fn commit(
        &mut self,
        edit: &dyn Fn(&mut RecordDraft<'_>),
    ) -> Result<(), RecordError> {
        // What is held is as good as a look: the claim shows whether it still holds.
        let mut is_fresh = false;
        for _ in 0..ROUNDS {
            if is_fresh || self.held.is_none() {
                self.refresh()?;
            }
            let mut draft = RecordDraft::new(self.accounts());
            edit(&mut draft);
            let changes = draft.changes();
            if self.held.is_some() && changes.is_empty() {
                if is_fresh {
                    return Ok(());
                }
                is_fresh = true;
                continue;
            }
            is_fresh = true;
            if self.claim(changes)? {
                return self.shorten();
            }
        }
        Err(self.restless("written"))
    }

    /// Makes the document whole, so that it needs no parts.
    pub(super) fn compact(&mut self) -> Result<(), RecordError> {
        for _ in 0..ROUNDS {
            self.refresh()?;
            match &self.held {
                Some(held) if held.next > held.through + 1 => {}
                _ => return Ok(()),
            }
            if self.write_whole()? {
                return Ok(());
            }
        }
        Err(self.restless("written whole"))
    }

    /// Takes the next number and the document's version, so that whoever wrote before finds both
    /// changed.
    pub(super) fn fence(&mut self) -> Result<(), RecordError> {
        for _ in 0..ROUNDS {
            self.refresh()?;
            if self.held.is_none() {
                return Ok(());
            }
            let claimed = self.held.as_ref().map(|held| held.next);
            if self.claim(Changes::new())? {
                if let Some(held) = &mut self.held {
                    held.fence = claimed;
                }
                return if self.write_whole()? {
                    Ok(())
                } else {
                    // Somebody wrote it whole, with the claimed part in it.
                    self.compact()
                };
            }
        }
        Err(self.restless("written"))
    }

    /// Writes changes under the next number; `false`: somebody else was faster.
    fn claim(&mut self, changes: Changes) -> Result<bool, RecordError> {
        let epoch = self.may_write()?;
        let Some(held) = &self.held else {
            return self.create(changes, epoch);
        };
        let number = held.next;
        let head = Head {
            format: FORMAT,
            epoch,
            by: self.state.here().nonce(),
        };
        let text = [
            self.to_write(log::line(&head))?,
            self.to_write(log::line(&changes))?,
        ]
        .concat();
        if !self.to_write(self.log().claim(number, &text))? {
            return Ok(false);
        }
        let there = self.to_write(self.store().stat(&document_key(&self.name)))?;
        if there.map(|it| it.version) != self.held.as_ref().map(|held| held.version.clone()) {
            // The document may go further than this number by now; then nobody reads the part.
            self.refresh()?;
            let overtaken = self.held.as_ref().is_none_or(|it| it.through >= number);
            if overtaken {
                self.to_write(self.log().remove([number]))?;
            }
            return Ok(!overtaken);
        }
        if let Some(held) = &mut self.held {
            held.changes += changes.len();
            held.next = number + 1;
            held.epoch = held.epoch.max(epoch);
            play(&mut held.document.accounts, changes);
        }
        Ok(true)
    }

    /// Begins the document.
    fn create(&mut self, changes: Changes, epoch: u64) -> Result<bool, RecordError> {
        self.to_write(still_ours(&self.state))?;
        let mut accounts = self.seed.clone();
        play(&mut accounts, changes);
        let mut document = Document::new(&self.vendor, accounts);
        document.log = (epoch > 0).then_some(Through {
            epoch,
            ..Through::default()
        });
        let Some(version) = self.put(&document, &If::Absent)? else {
            return Ok(false);
        };
        self.held = Some(LoadedRecord {
            document,
            version,
            through: 0,
            next: 1,
            changes: 0,
            epoch,
            fence: None,
        });
        Ok(true)
    }

    fn shorten(&mut self) -> Result<(), RecordError> {
        let is_long = self.held.as_ref().is_some_and(|held| {
            let may_hold = CHANGES.max(held.document.accounts.len() / 2);
            held.changes > may_hold || held.next - held.through > PARTS
        });
        if is_long && let Err(error) = self.write_whole() {
            tracing::warn!(record = self.place, %error,
                "the record could not be written whole; its parts hold what is missing");
        }
        Ok(())
    }

    /// Writes the document anew with all parts in it and removes these; `false`: somebody else
    /// did.
    fn write_whole(&mut self) -> Result<bool, RecordError> {
        let allowed = self.may_write()?;
        let Some(mut held) = self.held.take() else {
            return Ok(false);
        };
        let part = held.next - 1;
        let (epoch, fence) = (held.epoch.max(allowed), held.fence);
        held.document.log = Some(Through { part, epoch, fence });
        let Some(version) = self.put(&held.document, &If::Is(held.version))? else {
            return Ok(false);
        };
        self.held = Some(LoadedRecord {
            version,
            through: part,
            changes: 0,
            epoch,
            ..held
        });
        let done = |number: &u64| *number <= part && Some(*number) != fence;
        let numbers = self.numbers()?.into_iter().filter(done);
        self.to_write(self.log().remove(numbers))?;
        Ok(true)
    }

    /// The number of the lease to write under; fails where this run may not write.
    fn may_write(&self) -> Result<u64, RecordError> {
        let tenure = self.state.tenure();
        self.to_write(tenure.check())?;
        let since = self.held.as_ref().map_or(0, |held| held.epoch);
        match tenure.epoch() {
            Some(epoch) if epoch < since => {
                tenure.lose("a later run has written to the record already");
                self.to_write(tenure.check()).map(|()| epoch)
            }
            Some(epoch) => Ok(epoch),
            // A person's correction: it belongs to no run and fences nobody.
            None => Ok(0),
        }
    }

    fn put(&self, document: &Document, when: &If) -> Result<Option<Version>, RecordError> {
        let text = self.to_write(file::text(document))?;
        let put = put(self.store(), &document_key(&self.name), &text, when);
        Ok(match self.to_write(put)? {
            Put::Done(version) => Some(version),
            Put::Taken => None,
        })
    }

    /// The version of the document; `None`: there is none.
    fn stat(&self) -> Result<Option<Version>, RecordError> {
        let stat = self.to_read(self.store().stat(&document_key(&self.name)))?;
        Ok(stat.map(|it| it.version))
    }

    fn log(&self) -> AppendLog<'_> {
        AppendLog::new(self.store(), log_folder(&self.name))
    }

    fn store(&self) -> &dyn Store {
        self.state.store()
    }

    fn to_read<T>(&self, done: Result<T, StoreError>) -> Result<T, RecordError> {
        done.map_err(|error| RecordError::Read {
            path: self.place.clone(),
            reason: error.to_string(),
        })
    }

    fn to_write<T>(&self, done: Result<T, impl Display>) -> Result<T, RecordError> {
        done.map_err(|error| self.unwritten(&error.to_string()))
    }

    fn unwritten(&self, reason: &str) -> RecordError {
        RecordError::Write {
            path: self.place.clone(),
            reason: reason.to_owned(),
        }
    }

    fn damaged(&self, reason: String) -> RecordError {
        RecordError::Damaged {
            path: self.place.clone(),
            reason,
        }
    }

    fn restless(&self, what: &str) -> RecordError {
        self.unwritten(&format!("it changes faster than it can be {what}"))
    }
}
