//! Plans and outcomes as text and pages for people and as JSON for programs, into any writer.
//!
//! Core: no terminal, no file, no clock. Whether colour is wanted is the caller's decision
//! ([`Style`]). Everything that came from a vendor or a roster passes [`sanitize`] on its way into
//! a text, once, where it is written.

pub mod annotations;
pub mod applied;
mod context;
pub mod difference;
pub mod doctor;
pub mod explain;
pub mod html;
pub mod journal;
pub mod json;
pub mod leavers;
pub mod markdown;
pub mod metrics;
pub mod roster_difference;
pub mod sanitize;
pub mod schema;
pub mod table;
pub mod text;
pub mod v1;

mod changes;
mod facts;
mod layout;
#[cfg(test)]
mod samples;
mod style;

pub use style::Style;

use std::time::Duration;

use crate::model::context::Context;
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::state::journal::chain::End;

/// A plan that was carried out, and what became of it.
#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// One for each action that was reached.
    pub outcomes: &'a [Outcome],
    /// From the first action to the last.
    pub took: Duration,
    /// How the journal ended; `None` where nothing had to be put on record.
    pub journal: Option<&'a End>,
    /// What the run knew of why it ran.
    pub context: &'a Context,
}
