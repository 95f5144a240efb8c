//! What renews a lease: a thread, or a task where all time is made up.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::{LeaseError, Shared};

/// Renewals that fit into the time of a lease, so that two may fail.
const IN_TIME: u32 = 3;
/// Tries that fit into it while the store does not answer.
const IN_NEED: u32 = 12;

/// Renews until it is dropped.
#[derive(Debug)]
pub(super) enum LeaseRenewer {
    Thread {
        end: Option<Sender<()>>,
        thread: Option<JoinHandle<()>>,
    },
    Task(AbortHandle),
}

impl LeaseRenewer {
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let ttl = shared.held().lease.ttl();
        let mut wait = ttl / IN_TIME;
        if shared.tenure.clock().is_dated() {
            let task = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(wait).await;
                    match renew(&shared, ttl) {
                        Some(next) => wait = next,
                        None => break,
                    }
                }
            });
            return Self::Task(task.abort_handle());
        }
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                match renew(&shared, ttl) {
                    Some(next) => wait = next,
                    None => break,
                }
            }
        });
        Self::Thread {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

/// Renews once, and says when to do so again; `None`: it is lost.
fn renew(shared: &Shared, ttl: Duration) -> Option<Duration> {
    match shared.write(shared.now(), |_| ()) {
        Ok(()) => Some(ttl / IN_TIME),
        Err(LeaseError::Store(error)) => {
            tracing::warn!(%error, "the lock could not be renewed");
            Some(ttl / IN_NEED)
        }
        Err(error) => {
            tracing::error!(%error, "the lock is lost");
            None
        }
    }
}

impl Drop for LeaseRenewer {
    fn drop(&mut self) {
        match self {
            Self::Thread { end, thread } => {
                drop(end.take());
                if let Some(thread) = thread.take() {
                    // It cannot panic, and if it did, the lease simply expires.
                    let _ = thread.join();
                }
            }
            Self::Task(task) => task.abort(),
        }
    }
}
