//! Plans and outcomes as text and pages for people and as JSON for programs, into any writer.
//!
//! Core: no terminal, no file, no clock. Whether colour is wanted is the caller's decision
//! ([`Style`]). Everything that came from a vendor or a roster passes [`sanitize`] on its way into
//! a text, once, where it is written.

pub mod difference;
pub mod doctor;
pub mod explain;
pub mod html;
pub mod journal;
pub mod json;
pub mod leavers;
pub mod markdown;
pub mod metrics;
pub mod report;
pub mod sanitize;
pub mod schema;
pub mod text;
pub mod v1;

mod changes;
mod facts;
mod layout;
#[cfg(test)]
mod samples;
mod style;

pub use style::Style;
