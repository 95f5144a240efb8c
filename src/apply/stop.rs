//! Ending early: on a signal for all vendors, on a fault that ends one vendor's run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Asks a run to take no new actions; clones ask the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
}

impl Stop {
    /// Lets running actions end and starts no new ones.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn reason(&self) -> Option<String> {
        self.asked()
            .then(|| String::from("not tried: the run was stopped; run apply again"))
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
