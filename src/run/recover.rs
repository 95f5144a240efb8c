//! What an earlier run left open: looked for at the vendors before anything is planned, and put on
//! record in its journal.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use super::apply::Recovered;
use super::locked::{LockedRun, RunError};
use super::session::{Reads, Unclear, hold_unclear};
use crate::model::action::Action;
use crate::model::plan::{Level, Notice, Plan};
use crate::model::spec::ReadFrom;
use crate::state::State;
use crate::state::journal::chain::Chain;
use crate::state::journal::event::{Event, RunEnded, Settled};
use crate::state::journal::story::runs;
use crate::state::journal::{Journal, JournalError, file, parts};

/// What earlier runs left open and this one could not settle.
#[derive(Default)]
pub struct LeftOpen {
    notices: Vec<(Box<str>, Notice)>,
    unclear: Unclear,
}

impl LockedRun<'_> {
    /// Settles what earlier runs left open, with what was just read, and puts it on record in
    /// their journals.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn recover(&self, reads: &mut Reads) -> Result<LeftOpen, RunError> {
        let state = self.session.state();
        let runs = parts::unfinished(state.store())?;
        let mut journals: Vec<Left> = runs.into_iter().map(Left::Run).collect();
        for path in self.left().chain(self.journal.clone()) {
            let file = Left::File(std::path::absolute(path)?);
            if !journals.contains(&file) {
                journals.push(file);
            }
        }
        let continued = self.journal.as_ref().map(std::path::absolute);
        let continued = continued.transpose()?;
        let mut open = LeftOpen::default();
        let mut outside = Vec::new();
        for journal in journals {
            if matches!(&journal, Left::File(path) if file::is_finished(path)) {
                continue;
            }
            let finished = match self.recover_one(&journal, reads, &mut open).await {
                Ok(finished) => finished,
                Err(error) => {
                    // A damaged journal must not stop the run that repairs what it can see.
                    self.watcher.note(&format!(
                        "warning: what an earlier run left open is not known: {error}"
                    ));
                    true
                }
            };
            let Left::File(path) = journal else {
                continue;
            };
            if !finished && continued.as_ref() == Some(&path) {
                return Err(RunError::Continued(path));
            }
            if !finished {
                outside.push(path);
            }
        }
        self.remember(outside)?;
        Ok(open)
    }

    /// One journal; whether nothing of it is open any more.
    async fn recover_one(
        &self,
        left: &Left,
        reads: &mut Reads,
        open: &mut LeftOpen,
    ) -> Result<bool, RunError> {
        let state = self.session.state();
        let (chain, place) = left.load(state)?;
        if let Left::Run(run) = left
            && chain.is_finished()
        {
            // Its process died just before it put the parts together.
            parts::merge(state, run)?;
            return Ok(true);
        }
        let Some(story) = runs(&chain.entries).pop() else {
            return Ok(true);
        };
        let journal = left.resume(state)?;
        let machine = &*state.here().machine;
        let (sent, waited): (Vec<_>, Vec<_>) = story
            .in_flight()
            .partition(|(_, step)| story.can_have_been_sent(step, &chain, machine));
        self.watcher.note(&format!(
            "An earlier run ({} of {}, journal {place}) was cut off; {}.",
            story.started.command,
            story.at,
            match sent.len() {
                0 => String::from("no call of it was under way"),
                count => format!("{count} of its actions were under way"),
            }
        ));
        for (number, _) in waited {
            let message = String::from("it waited for its turn and was not sent");
            journal.append(found_later(number, false, message))?;
        }
        let actions: Vec<&Action> = sent.iter().map(|(_, step)| &step.action).collect();
        let (told, found_one) = (RefCell::new((0, Vec::new(), Ok(()))), Notify::new());
        let tell = |at: usize, found: Recovered| {
            let (number, _) = sent[at];
            let mut told = told.borrow_mut();
            if let Some(happened) = found.happened {
                told.0 += 1;
                // At once: a run that dies here goes on from there.
                let append = journal.append(found_later(number, happened, found.message.clone()));
                told.2 = told.2.clone().and(append.map(drop));
                found_one.notify_one();
            }
            told.1.push((at, found));
        };
        let save = async {
            loop {
                found_one.notified().await;
                if journal.flush().await.is_err() {
                    // The last one below tells.
                    std::future::pending::<()>().await;
                }
            }
        };
        let since = match story.started.machine.as_deref() == Some(machine) {
            true => since_last_written(&chain, state.here().clock.wall()),
            false => Duration::ZERO,
        };
        let (session, vendors) = (self.session, &story.started.vendors);
        tokio::select! {
            biased;
            () = session.recover(reads, &actions, vendors, since, &tell) => {}
            () = save => {}
        }
        let (known, mut found, appended) = told.into_inner();
        appended?;
        found.sort_by_key(|(at, _)| *at);
        let mut found = found.into_iter().peekable();
        let mut known = known;
        for (at, action) in actions.iter().enumerate() {
            let it = found.next_if(|(place, _)| *place == at);
            let read = it.is_some();
            let (happened, message) = it.map_or_else(
                || (None, String::from("its vendor is not read by this run")),
                |(_, it)| (it.happened, it.message),
            );
            let vendor = self.session.vendor(&action.vendor);
            let by_record = vendor.is_ok_and(|it| it.0.spec.read == ReadFrom::Record);
            // A create that updates whoever is there makes nobody twice.
            if happened.is_none() && !by_record {
                self.session
                    .note_unclear(&mut open.unclear, action, &message);
            }
            // The record keeps what is due. No later read tells more of this call: it is told once.
            if happened.is_none() && by_record && read {
                known += 1;
            }
            self.watcher.note(&open.add(action, happened, &message));
        }
        let finished = known == actions.len();
        if finished {
            let ended = RunEnded {
                by_later_run: true,
                ..RunEnded::of(&[])
            };
            journal.end(ended).await?;
        } else {
            journal.flush().await?;
        }
        Ok(finished)
    }
}

/// What was found of an action of an earlier run.
fn found_later(number: u32, happened: bool, message: String) -> Event {
    Event::Settled(Settled {
        number,
        happened,
        message,
    })
}

/// How long ago the run that began a journal wrote to it, by this machine's clock.
fn since_last_written(chain: &Chain, now: Timestamp) -> Duration {
    let later = |event: &Event| matches!(event, Event::TakenOver { .. } | Event::Settled(_));
    let mut entries = chain.entries.iter().rev();
    let last = entries.find(|entry| !later(&entry.event));
    let since = last.map(|entry| now.duration_since(entry.at));
    since
        .and_then(|it| Duration::try_from(it).ok())
        .unwrap_or_default()
}

/// A journal that an earlier run may have left open.
#[derive(PartialEq)]
enum Left {
    /// A file, as `--journal` named it.
    File(PathBuf),
    /// Among the state.
    Run(Box<str>),
}

impl Left {
    /// What is in it, and where it is.
    fn load(&self, state: &State) -> Result<(Chain, String), JournalError> {
        match self {
            Self::File(path) => Ok((file::load(path)?, path.display().to_string())),
            Self::Run(run) => {
                let place = parts::place(state.store(), run);
                Ok((parts::load(state, run)?, place))
            }
        }
    }

    fn resume(&self, state: &State) -> Result<Journal, JournalError> {
        match self {
            Self::File(path) => Journal::open(path),
            Self::Run(run) => Journal::resume(state, run),
        }
    }
}

impl LeftOpen {
    /// Tells the plan, and holds back what must not be sent twice.
    pub fn tell(self, plan: &mut Plan) {
        for vendor in &mut plan.vendors {
            let here = self.notices.iter().filter(|(name, _)| *name == vendor.name);
            vendor
                .notices
                .extend(here.map(|(_, notice)| notice.clone()));
            hold_unclear(vendor, &self.unclear);
        }
    }

    /// Adds what was found of one action, and says it in one line.
    fn add(&mut self, action: &Action, happened: Option<bool>, message: &str) -> String {
        let word = match happened {
            Some(true) => "it happened",
            Some(false) => "it did not happen",
            None => "it is not known whether it happened",
        };
        let what = action.kind.as_str();
        let text = format!("an earlier run was cut off in this {what}; {word}: {message}");
        self.notices.push((
            action.vendor.clone(),
            Notice {
                level: match happened {
                    Some(_) => Level::Info,
                    None => Level::Warning,
                },
                email: Some(action.email.clone()),
                text,
            },
        ));
        format!(
            "  {} {what} {}: {word}: {message}",
            action.vendor, action.email
        )
    }
}
