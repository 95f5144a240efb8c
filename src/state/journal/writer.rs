//! A journal that is being written: events become sealed lines, and what has to be on record waits
//! until it is. Where the lines go is the sink's business.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use super::chain::{self, Chain, End};
use super::error::JournalError;
use super::event::{Ended, Entry, Event, Intended, RunEnded, RunStarted};
use super::file;
use super::log::{Log, LogError};
use super::parts::Parts;
use super::sink::Sink;
use crate::http::WritePermit;
use crate::model::action::Action;
use crate::model::email::EmailKey;
use crate::model::outcome::Outcome;
use crate::model::value::ObservedAttributes;
use crate::state::here::Here;
use crate::state::{State, off_thread};

/// A journal that is being written.
pub struct Journal {
    sink: Arc<dyn Sink>,
    tenure: WritePermit,
    here: Here,
    state: Mutex<Written>,
    /// Held by whoever makes lines durable, while the others wait and mostly find that theirs is.
    durable: tokio::sync::Mutex<Durable>,
    /// What accounts showed before their removal.
    images: Images,
}

/// What accounts showed, by vendor, id and e-mail key.
pub type Images = HashMap<(Box<str>, Option<Box<str>>, EmailKey<'static>), ObservedAttributes>;

/// Between two moments at which lines are made durable, so that those of many actions go together:
/// each time makes a part of the journal, and a quick disk is no reason to make one for every
/// action. Whoever comes later than that does not wait.
const APART: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Durable {
    /// The number of the last line that is.
    line: u64,
    /// When the lines before this moment were last made so.
    begun: Option<Instant>,
}

struct Written {
    seq: u64,
    prev: Option<Box<str>>,
    /// Set by the first line that could not be written: nothing may follow a gap.
    broken: Option<String>,
}

impl Journal {
    /// Makes a journal among the state, named by the time.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn create_in(state: &State, now: Timestamp) -> Result<Self, JournalError> {
        let parts = Parts::create(state, now)?;
        let journal = Self::new(Arc::new(parts), &Chain::default());
        Ok(journal.under(state))
    }

    /// Continues the journal of an earlier run among the state.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn resume(state: &State, run: &str) -> Result<Self, JournalError> {
        let (parts, chain) = Parts::resume(state, run)?;
        Ok(Self::new(Arc::new(parts), &chain).under(state))
    }

    /// Continues the journal in the file at `path`, or makes it. A line that was torn at its end is
    /// cut off, and an event says so.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let (file, chain) = file::open(path)?;
        let journal = Self::new(Arc::new(file), &chain);
        if chain.torn > 0 {
            let torn = Event::Torn { bytes: chain.torn };
            journal
                .append(torn)
                .map_err(|LogError(why)| JournalError::Unwritten(why))?;
        }
        Ok(journal)
    }

    /// An empty journal that writes there.
    #[cfg(test)]
    pub(super) fn over(sink: impl Sink + 'static) -> Self {
        Self::new(Arc::new(sink), &Chain::default())
    }

    fn new(sink: Arc<dyn Sink>, chain: &Chain) -> Self {
        let seq = u64::try_from(chain.entries.len()).unwrap_or(u64::MAX);
        Self {
            sink,
            tenure: WritePermit::default(),
            here: Here::real(),
            state: Mutex::new(Written {
                seq,
                prev: chain.last.clone(),
                broken: None,
            }),
            durable: tokio::sync::Mutex::default(),
            images: Images::default(),
        }
    }

    /// The same journal, for the process that sees that state: nothing is announced without its right
    /// to write.
    #[must_use]
    pub fn under(self, state: &State) -> Self {
        Self {
            tenure: state.tenure().clone(),
            here: state.here().clone(),
            ..self
        }
    }

    /// Also keeps what these accounts showed before their removal.
    #[must_use]
    pub fn with_images(self, images: Images) -> Self {
        Self { images, ..self }
    }

    /// The file, or the place among the state.
    pub fn place(&self) -> String {
        self.sink.place()
    }

    /// Where it is and how it ends so far; `None` while it is empty.
    pub fn tail(&self) -> Option<End> {
        let hash = self.state().prev.clone()?;
        let place = self.place();
        Some(End { place, hash })
    }

    /// Begins a run.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn start(&self, head: RunStarted) -> Result<(), LogError> {
        let machine = self.sink.outlives().then(|| self.here.machine.clone());
        let head = RunStarted { machine, ..head };
        self.append(Event::RunStarted(Box::new(head)))?;
        self.flush().await
    }

    /// Ends a run.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn end(&self, ended: RunEnded) -> Result<(), LogError> {
        self.append(Event::RunEnded(ended))?;
        self.flush().await?;
        let sink = self.sink.clone();
        let closed = off_thread(sink.delay(), move || sink.close()).await;
        if let Err(error) = closed.unwrap_or_else(|error| Err(error.to_string())) {
            // Everything is on record, only in more pieces than it might be.
            tracing::warn!(%error, "the journal could not be put together");
        }
        Ok(())
    }

    /// Writes one event and returns the number of its line. In a file it survives the process from
    /// then on; everything else only once it is durable.
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
            at: thousandths(self.here.clock.wall()),
            prev: state.prev.clone(),
            event,
        };
        let (line, hash) = chain::seal(&entry);
        if let Err(error) = self.sink.write(&line) {
            return Err(self.broke(&mut state, &error));
        }
        state.seq += 1;
        state.prev = Some(hash);
        Ok(state.seq)
    }

    /// Waits until all that was written so far is durable.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn flush(&self) -> Result<(), LogError> {
        let line = self.state().seq;
        self.make_durable(line).await
    }

    /// Waits until a line is durable. Lines that wait at the same time are made durable by one
    /// call.
    async fn make_durable(&self, line: u64) -> Result<(), LogError> {
        let mut durable = self.durable.lock().await;
        if durable.line >= line {
            return Ok(());
        }
        if let Some(begun) = durable.begun {
            tokio::time::sleep_until(begun + APART).await;
        }
        durable.begun = Some(Instant::now());
        let written = {
            let state = self.state();
            if let Some(why) = &state.broken {
                return Err(LogError(why.clone()));
            }
            state.seq
        };
        let sink = self.sink.clone();
        let settled = off_thread(sink.delay(), move || sink.flush()).await;
        match settled.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(()) => {
                durable.line = written;
                Ok(())
            }
            Err(error) => Err(self.broke(&mut self.state(), &error)),
        }
    }

    fn may_write(&self) -> Result<(), LogError> {
        self.tenure
            .check()
            .map_err(|lost| LogError(lost.to_string()))
    }

    fn broke(&self, state: &mut Written, error: &str) -> LogError {
        let place = self.sink.place();
        let why = format!("the journal {place} cannot be written: {error}");
        state.broken = Some(why.clone());
        LogError(why)
    }

    fn state(&self) -> MutexGuard<'_, Written> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Log for Journal {
    async fn intended(&self, number: u32, action: &Action) -> Result<(), LogError> {
        self.may_write()?;
        let email = EmailKey::of(&action.key().email).into_owned();
        let image = action.kind.removes().then(|| {
            self.images
                .get(&(action.vendor.clone(), action.id.clone(), email))
        });
        let intended = Intended::of(number, action, image.flatten());
        self.append(Event::Intended(Box::new(intended))).map(drop)
    }

    async fn sent(&self, number: u32) -> Result<(), LogError> {
        self.may_write()?;
        let line = self.append(Event::Sent { number })?;
        self.make_durable(line).await?;
        // That may have taken a while.
        self.may_write()
    }

    fn begun(&self, number: u32) -> Result<(), LogError> {
        match self.sink.outlives() {
            true => self.append(Event::Begun { number }).map(drop),
            // It would be lost with the process.
            false => Ok(()),
        }
    }

    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError> {
        // Lost in a power cut, it leaves the action in flight, and the next run looks. The death of
        // a process is no reason to have to.
        let ended = Ended::of(number, outcome);
        let line = self.append(Event::Outcome(Box::new(ended)))?;
        if self.sink.outlives() {
            return Ok(());
        }
        self.make_durable(line).await
    }
}

/// Finer than a thousandth says nothing and makes lines longer.
fn thousandths(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
