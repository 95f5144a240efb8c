//! What is known of one vendor: what a connector read, and what the session adds to it.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::current::{Current, LastRead};
use crate::model::email::EmailKey;
use crate::model::off::{DeactivationHistory, Who};

/// What is known of one vendor.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What was read.
    pub current: Current,
    /// What was kept or asked besides.
    pub remembered: Remembered,
}

/// What the session adds to what a connector read.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// The last read that an apply went by.
    pub last_read: Option<LastRead>,
    /// Since when accounts are off.
    pub off: DeactivationHistory,
    /// What asking for single people brought whom the list does not show; `None`: nobody was asked
    /// for.
    pub looked_up: Option<LookedUp>,
}

impl From<Current> for Known {
    fn from(current: Current) -> Self {
        Self {
            current,
            remembered: Remembered::default(),
        }
    }
}

/// What look-ups of single people tell, by e-mail key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedUp {
    /// Whom the vendor does not know.
    pub gone: HashSet<EmailKey<'static>>,
    /// Of whom nothing is known, and why.
    pub unknown: HashMap<EmailKey<'static>, String>,
    /// Accounts that were found and that the list does not show.
    pub hidden: BTreeSet<Who>,
}
