//! The thread that renews a lease.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;

use super::{LeaseError, Shared};
use crate::http::Moment;

/// Renewals that fit into the time of a lease, so that two may fail.
const IN_TIME: u32 = 3;
/// Tries that fit into it while the store does not answer.
const IN_NEED: u32 = 12;

/// Renews until it is dropped.
#[derive(Debug)]
pub(super) struct LeaseRenewer {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LeaseRenewer {
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let ttl = shared.held().lease.ttl();
            let mut wait = ttl / IN_TIME;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                match shared.write(Moment::now(), |_| ()) {
                    Ok(()) => wait = ttl / IN_TIME,
                    Err(LeaseError::Store(error)) => {
                        tracing::warn!(%error, "the lock could not be renewed");
                        wait = ttl / IN_NEED;
                    }
                    Err(error) => {
                        tracing::error!(%error, "the lock is lost");
                        break;
                    }
                }
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for LeaseRenewer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It cannot panic, and if it did, the lease simply expires.
            let _ = thread.join();
        }
    }
}
