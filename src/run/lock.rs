//! Taking the lock of a roster: proving the store, waiting for another run where that is asked
//! for, and shutting out one that died.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::Instant;

use super::watch::Watcher;
use crate::state::fence::{FenceError, fence};
use crate::state::journal::event::Event;
use crate::state::journal::{Journal, JournalError, LogError, parts};
use crate::state::lease::{Former, Lease, LeaseError, TTL, Who, check_here};
use crate::state::probe::{StoreClock, probe};
use crate::state::{State, off_thread};

/// Between two tries to take a lock that another run holds.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// Tries to take over a journal whose run is still writing to it.
const TRIES: usize = 10;

/// How a run takes the lock.
#[derive(Debug, Default)]
pub struct LockRequest {
    /// It waits so long for another run to end; `None`: not at all.
    pub timeout: Option<Duration>,
    /// The lock outlives a run that dies by so long; `None`: [`TTL`].
    pub ttl: Option<Duration>,
    /// It does without.
    pub without: bool,
}

/// Why a run cannot have the lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it, or it cannot be had.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// A run that died could still write.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The journal of a run that died cannot be taken over.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The same, at its first line.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The thread that does it ended.
    #[error(transparent)]
    Thread(#[from] JoinError),
}

/// Takes the lock, waiting as long as was asked for; `None`: the run does without.
///
/// # Errors
/// [`LockError`].
pub async fn take_lock(
    state: &State,
    request: &LockRequest,
    watcher: &dyn Watcher,
) -> Result<Option<Lease>, LockError> {
    if request.without {
        watcher.note(
            "warning: --no-lock: nothing keeps another run from working on this roster at the same \
             time",
        );
        return Ok(None);
    }
    let (start, patience) = (Instant::now(), request.timeout.unwrap_or_default());
    let ttl = request.ttl.unwrap_or(TTL);
    let (mut told, mut clock) = (false, None);
    watcher.holds();
    let lease = loop {
        // A lock that is taken while nobody waits for it any more would not be given back.
        let shield = watcher.shield();
        let (known, taken) = blocking(state, move |state| take(state, ttl, clock)).await?;
        drop(shield);
        clock = known;
        match taken {
            Ok(lease) => break lease,
            Err(error @ LeaseError::Held(_)) if start.elapsed() < patience => {
                if !told {
                    let until = state.here().clock.wall() + (patience - start.elapsed());
                    watcher.note(&format!(
                        "Waiting for the lock until {until:.0} at the latest: {error}"
                    ));
                    told = true;
                }
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(error) => return Err(error.into()),
        }
    };
    // A calendar that is made up is no clock that somebody could set right.
    if !state.here().clock.is_dated()
        && let Some(skew) = clock.as_ref().and_then(StoreClock::skew)
    {
        watcher.note(&format!("warning: {skew}"));
    }
    if let Former::Unaware(former) = lease.former() {
        let former = former.describe();
        watcher.note(&format!(
            "The run before this one ({former}) did not give its lock back; it can write nothing \
             any more."
        ));
        let (state, delay) = (state.clone(), state.store().delay());
        off_thread(delay, move || fence(&state)).await??;
    }
    if matches!(lease.former(), Former::Unaware(_)) {
        take_over(state, lease.epoch()).await?;
    }
    Ok(Some(lease))
}

/// One try. The probe comes first, for the store's time is needed to judge a lease; but no process
/// of this machine is to be kept waiting by it.
fn take(
    state: &State,
    ttl: Duration,
    clock: Option<StoreClock>,
) -> Result<(Option<StoreClock>, Result<Lease, LeaseError>), LeaseError> {
    let (store, tenure, here) = (state.shared_store(), state.tenure(), state.here());
    if let Err(error) = check_here(&**store) {
        return Ok((clock, Err(error)));
    }
    let clock = match clock {
        Some(clock) => clock,
        None => probe(&**store, &here.nonce(), &here.clock)?,
    };
    let (who, now) = (Who::of(here), here.clock.moment());
    let lease = Lease::take(store, tenure, &who, ttl, &clock, now);
    Ok((Some(clock), lease.map(Lease::keep)))
}

/// Claims the next part of every unfinished journal.
async fn take_over(state: &State, epoch: u64) -> Result<(), LockError> {
    for run in parts::unfinished(state.store())? {
        let mut tries = 0;
        loop {
            let claimed = match Journal::resume(state, &run) {
                Ok(journal) => {
                    let here = state.here();
                    journal.append(Event::TakenOver {
                        host: here.host.clone(),
                        epoch,
                        machine: Some(here.machine.clone()),
                    })?;
                    journal.flush().await
                }
                // One that is damaged is continued by nobody.
                Err(JournalError::Unsound { .. }) => break,
                Err(error) => return Err(error.into()),
            };
            match claimed {
                Ok(()) => break,
                Err(error) if tries == TRIES || state.tenure().check().is_err() => {
                    return Err(error.into());
                }
                Err(_) => tries += 1,
            }
        }
    }
    Ok(())
}

/// A call to the store, off the runtime's thread.
async fn blocking<T: Send + 'static>(
    state: &State,
    call: impl FnOnce(&State) -> Result<T, LeaseError> + Send + 'static,
) -> Result<T, LeaseError> {
    let (state, delay) = (state.clone(), state.store().delay());
    let done = off_thread(delay, move || call(&state)).await;
    done.unwrap_or_else(|error| Err(crate::http::Lost(error.to_string()).into()))
}
