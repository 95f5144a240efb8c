//! What every command that writes does around its writes: the lock, what an earlier run left open,
//! the deadline, the journal, signals.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::args::RunArgs;
use super::hold::hold;
use super::open::Opened;
use super::output::{Error, Terminal};
use crate::model::action::Action;
use crate::model::plan::{Level, Notice, Plan};
use crate::plan::forecast::fit;
use crate::run::apply::Settlement;
use crate::run::session::{Reads, hold_unclear};
use crate::state::State;
use crate::state::journal::chain::Chain;
use crate::state::journal::event::{Event, RunEnded, Settled};
use crate::state::journal::story::runs;
use crate::state::journal::{Journal, JournalError, file, parts};
use crate::state::lease::{Lease, machine};

/// A run that may write: it holds the lock of its state, unless it was told to do without.
pub(crate) struct Run<'a> {
    pub(super) opened: &'a Opened,
    pub(super) args: &'a RunArgs,
    pub(super) terminal: &'a Terminal,
    lock: Option<Lease>,
    pub(super) deadline: Option<Instant>,
}

/// What earlier runs left open and this one could not settle.
#[derive(Default)]
pub(crate) struct Open {
    notices: Vec<(Box<str>, Notice)>,
    unclear: Vec<(Action, String)>,
}

impl<'a> Run<'a> {
    /// Takes the lock, waiting as long as the command line says.
    pub(crate) async fn begin(
        opened: &'a Opened,
        args: &'a RunArgs,
        terminal: &'a Terminal,
    ) -> Result<Self, Error> {
        let start = Instant::now();
        let lock = hold(&opened.state, &args.lock, terminal).await?;
        Ok(Self {
            opened,
            args,
            terminal,
            lock,
            deadline: args.deadline.and_then(|time| start.checked_add(time)),
        })
    }

    /// Settles what earlier runs left open, with what was just read, and puts it on record in
    /// their journals.
    pub(crate) async fn settle(&mut self, reads: &mut Reads) -> Result<Open, Error> {
        let state = &self.opened.state;
        let runs = parts::unfinished(state.store())?;
        let mut journals: Vec<Left> = runs.into_iter().map(Left::Run).collect();
        let left = self.lock.iter().flat_map(Lease::left).cloned();
        for path in left.chain(self.args.journal.clone()) {
            let file = Left::File(std::path::absolute(path)?);
            if !journals.contains(&file) {
                journals.push(file);
            }
        }
        let continued = self.args.journal.as_ref().map(std::path::absolute);
        let continued = continued.transpose()?;
        let mut open = Open::default();
        let mut outside = Vec::new();
        for journal in journals {
            if matches!(&journal, Left::File(path) if file::is_finished(path)) {
                continue;
            }
            let finished = match self.settle_one(&journal, reads, &mut open).await {
                Ok(finished) => finished,
                Err(error) => {
                    // A damaged journal must not stop the run that repairs what it can see.
                    self.terminal.note(&format!(
                        "warning: what an earlier run left open is not known: {error}"
                    ));
                    true
                }
            };
            let Left::File(path) = journal else {
                continue;
            };
            if !finished && continued.as_ref() == Some(&path) {
                return Err(format!(
                    "the journal {} has actions under way at vendors that this run does not read; \
                     give another file to --journal, or run without --vendor; nothing was written",
                    path.display()
                )
                .into());
            }
            if !finished {
                outside.push(path);
            }
        }
        self.remember(outside)?;
        Ok(open)
    }

    /// One journal; whether nothing of it is open any more.
    async fn settle_one(
        &self,
        left: &Left,
        reads: &mut Reads,
        open: &mut Open,
    ) -> Result<bool, Error> {
        let state = &self.opened.state;
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
        let machine = machine();
        let (sent, waited): (Vec<_>, Vec<_>) = story
            .in_flight()
            .partition(|(_, step)| story.can_have_been_sent(step, &chain, &machine));
        self.terminal.note(&format!(
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
            journal.append(settled(number, false, message))?;
        }
        let actions: Vec<&Action> = sent.iter().map(|(_, step)| &step.action).collect();
        let (told, found_one) = (RefCell::new((0, Vec::new(), Ok(()))), Notify::new());
        let tell = |at: usize, found: Settlement| {
            let (number, _) = sent[at];
            let mut told = told.borrow_mut();
            if let Some(happened) = found.happened {
                told.0 += 1;
                // At once: a run that dies here goes on from there.
                let append = journal.append(settled(number, happened, found.message.clone()));
                told.2 = told.2.clone().and(append.map(drop));
                found_one.notify_one();
            }
            told.1.push((at, found));
        };
        let save = async {
            loop {
                found_one.notified().await;
                if journal.settle().await.is_err() {
                    // The last one below tells.
                    std::future::pending::<()>().await;
                }
            }
        };
        let since = match story.started.machine.as_deref() == Some(&*machine) {
            true => since_last_written(&chain),
            false => Duration::ZERO,
        };
        let (session, vendors) = (&self.opened.session, &story.started.vendors);
        tokio::select! {
            () = session.settle(reads, &actions, vendors, since, &tell) => {}
            () = save => {}
        }
        let (known, mut found, appended) = told.into_inner();
        appended?;
        found.sort_by_key(|(at, _)| *at);
        let mut found = found.into_iter().peekable();
        for (at, action) in actions.iter().enumerate() {
            let it = found.next_if(|(place, _)| *place == at);
            let (happened, message) = it.map_or_else(
                || (None, String::from("its vendor is not read by this run")),
                |(_, it)| (it.happened, it.message),
            );
            let text = self.tell_settled(action, happened, &message, open);
            self.terminal.note(&text);
        }
        let finished = known == actions.len();
        if finished {
            let ended = RunEnded {
                by_later_run: true,
                ..RunEnded::of(&[])
            };
            journal.end(ended).await?;
        } else {
            journal.settle().await?;
        }
        Ok(finished)
    }

    fn tell_settled(
        &self,
        action: &Action,
        happened: Option<bool>,
        message: &str,
        open: &mut Open,
    ) -> String {
        let word = match happened {
            Some(true) => "it happened",
            Some(false) => "it did not happen",
            None => "it is not known whether it happened",
        };
        let what = action.kind.as_str();
        let text = format!("an earlier run was cut off in this {what}; {word}: {message}");
        open.notices.push((
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
        if happened.is_none() {
            open.unclear.push((action.clone(), message.to_owned()));
        }
        let line = format!(
            "  {} {what} {}: {word}: {message}",
            action.vendor, action.email
        );
        crate::report::sanitize::line(&line)
    }

    /// Warns when the plan's forecast goes past the deadline, and has the plan tell at which vendor.
    pub(crate) fn forecast(&self, plan: &mut Plan) {
        let Some(deadline) = self.deadline else {
            return;
        };
        // Vendors run side by side: the slowest one decides.
        let reads = plan.vendors.iter().filter_map(|it| it.read.as_ref().ok());
        let needed = reads.map(|read| read.forecast.seconds).max().unwrap_or(0);
        let left = deadline.saturating_duration_since(Instant::now()).as_secs();
        if !fit(plan, Duration::from_secs(left)) {
            self.terminal.note(&format!(
                "warning: the plan takes at least {needed} s at the limits of the vendors, and the \
                 deadline leaves {left} s; what does not fit is left to the next run"
            ));
        }
    }

    /// Journals outside the state that stay unfinished, but for one.
    pub(super) fn still_open(&self, but: Option<&std::path::Path>) -> Vec<PathBuf> {
        let but = but.and_then(|path| std::path::absolute(path).ok());
        let left = self.lock.iter().flat_map(Lease::open);
        left.filter(|path| but.as_ref() != Some(path)).collect()
    }

    pub(super) fn remember(&self, outside: Vec<PathBuf>) -> Result<(), Error> {
        match &self.lock {
            Some(lock) => Ok(lock.remember(outside)?),
            None => Ok(()),
        }
    }
}

/// What was found of an action of an earlier run.
fn settled(number: u32, happened: bool, message: String) -> Event {
    Event::Settled(Settled {
        number,
        happened,
        message,
    })
}

/// How long ago the run that began a journal wrote to it, by this machine's clock.
fn since_last_written(chain: &Chain) -> Duration {
    let later = |event: &Event| matches!(event, Event::TakenOver { .. } | Event::Settled(_));
    let mut entries = chain.entries.iter().rev();
    let last = entries.find(|entry| !later(&entry.event));
    let since = last.map(|entry| jiff::Timestamp::now().duration_since(entry.at));
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
                Ok((parts::load(state.store(), run)?, place))
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

impl Open {
    /// Tells the plan, and holds back what must not be sent twice.
    pub(crate) fn tell(self, plan: &mut Plan) {
        for vendor in &mut plan.vendors {
            let here = self.notices.iter().filter(|(name, _)| *name == vendor.name);
            vendor
                .notices
                .extend(here.map(|(_, notice)| notice.clone()));
        }
        hold_unclear(plan, &self.unclear);
    }
}
