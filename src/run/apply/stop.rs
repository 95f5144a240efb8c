//! Ending early: on a signal, at a deadline or without a journal for all vendors, on a fault that
//! ends one vendor's run.

use std::sync::{Arc, OnceLock};

use tokio::time::Instant;

/// Asks a run to take no new actions; clones ask the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    why: Arc<OnceLock<String>>,
    deadline: Option<Instant>,
}

impl Stop {
    /// A stop that asks by itself from that moment on, by the clock of the run.
    pub fn at(deadline: Option<Instant>) -> Self {
        Self {
            why: Arc::default(),
            deadline,
        }
    }

    /// Lets running actions end and starts no new ones.
    pub fn ask(&self) {
        self.because("the run was stopped; run apply again");
    }

    /// The same, with the reason.
    pub fn because(&self, why: &str) {
        // The first reason is the one that explains the rest.
        let _ = self.why.set(why.to_owned());
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.why.get().is_some()
    }

    pub(super) fn reason(&self, now: Instant) -> Option<String> {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.because("the deadline has passed; run apply again");
        }
        self.why.get().map(|why| format!("not tried: {why}"))
    }
}

/// Why one vendor's run ended, once it did.
#[derive(Debug, Default)]
pub(super) struct Ended {
    reason: OnceLock<String>,
}

impl Ended {
    pub(super) fn set(&self, reason: String) {
        // The first reason is the one that explains the rest.
        let _ = self.reason.set(reason);
    }

    pub(super) fn reason(&self) -> Option<String> {
        let reason = self.reason.get()?;
        Some(format!("not tried: {reason}"))
    }
}
