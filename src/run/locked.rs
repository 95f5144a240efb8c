//! A run that may write: what holds from its lock to its last write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::lock::{LockError, LockRequest, take_lock};
use super::session::Session;
use super::watch::Watcher;
use crate::model::context::Context;
use crate::model::plan::Plan;
use crate::plan::forecast::fit;
use crate::state::journal::{JournalError, LogError};
use crate::state::lease::{Lease, LeaseError};
use crate::state::off::OffError;

/// What a run that writes was asked for.
#[derive(Debug, Default)]
pub struct Request {
    /// The file that its journal is appended to; `None`: a new one among the state.
    pub journal: Option<PathBuf>,
    /// After so long it takes no new actions.
    pub deadline: Option<Duration>,
    /// How it takes the lock.
    pub lock: LockRequest,
    /// What it knows of why it runs.
    pub context: Context,
}

/// A run, as notes and its journal name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunMark {
    /// Tells it from every other one.
    pub run: Box<str>,
    /// What it knows of why it runs.
    pub context: Context,
}

/// Why a run writes nothing, or why its end is not on record.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Since when accounts are off cannot be kept.
    #[error("{0}; nothing was written")]
    Off(OffError),
    /// The journal that this run was told to continue has actions in flight that it cannot look for.
    #[error(
        "the journal {} has actions under way at vendors that this run does not read; give another \
         file to --journal, or run without --vendor; nothing was written",
        .0.display()
    )]
    Continued(PathBuf),
    /// The journal cannot be opened, or the state does not tell which journals there are.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// What stays open cannot be remembered.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The path of a journal leads nowhere.
    #[error(transparent)]
    Path(#[from] std::io::Error),
}

/// A run that may write: it holds the lock of its state, unless it was told to do without.
pub struct LockedRun<'a> {
    pub(super) session: &'a Session,
    pub(super) watcher: &'a dyn Watcher,
    /// [`Request::journal`].
    pub(super) journal: Option<PathBuf>,
    pub(super) deadline: Option<Instant>,
    /// How notes and its journal name it.
    pub mark: RunMark,
    lock: Option<Lease>,
}

impl<'a> LockedRun<'a> {
    /// Takes the lock, waiting as long as was asked for.
    ///
    /// # Errors
    /// [`LockError`].
    pub async fn begin(
        session: &'a Session,
        request: &Request,
        watcher: &'a dyn Watcher,
    ) -> Result<Self, LockError> {
        let start = Instant::now();
        let lock = take_lock(session.state(), &request.lock, watcher).await?;
        Ok(Self {
            session,
            watcher,
            journal: request.journal.clone(),
            deadline: request.deadline.and_then(|time| start.checked_add(time)),
            mark: RunMark {
                run: session.state().here().nonce(),
                context: request.context.clone(),
            },
            lock,
        })
    }

    /// What it reads and writes through.
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// Warns when the plan's forecast goes past the deadline, and has the plan tell at which vendor.
    pub fn forecast(&self, plan: &mut Plan) {
        let Some(deadline) = self.deadline else {
            return;
        };
        // Vendors run side by side: the slowest one decides.
        let reads = plan.vendors.iter().filter_map(|it| it.read.as_ref().ok());
        let needed = reads.map(|read| read.forecast.seconds).max().unwrap_or(0);
        let left = deadline.saturating_duration_since(Instant::now()).as_secs();
        if !fit(plan, Duration::from_secs(left)) {
            self.watcher.note(&format!(
                "warning: the plan takes at least {needed} s at the limits of the vendors, and the \
                 deadline leaves {left} s; what does not fit is left to the next run"
            ));
        }
    }

    /// Journals outside the state that earlier runs may have left unfinished.
    pub(super) fn left(&self) -> impl Iterator<Item = PathBuf> {
        self.lock.iter().flat_map(Lease::left).cloned()
    }

    /// Journals outside the state that stay unfinished, but for one.
    pub(super) fn still_open(&self, but: Option<&Path>) -> Vec<PathBuf> {
        let but = but.and_then(|path| std::path::absolute(path).ok());
        let left = self.lock.iter().flat_map(Lease::open);
        left.filter(|path| but.as_ref() != Some(path)).collect()
    }

    /// Remembers journals outside the state, for the next run.
    pub(super) fn remember(&self, outside: Vec<PathBuf>) -> Result<(), LeaseError> {
        let lock = self.lock.as_ref();
        lock.map_or(Ok(()), |lock| lock.remember(outside))
    }
}
