//! The journal: what a run was about to do and what became of it, one line of JSON for each event.
//!
//! Every line carries the hash of the line before ([`chain`]), so that a missing, edited or swapped
//! line shows. A line is written, and made durable, before the call that it announces
//! ([`mod@file`], [`parts`]); whatever happens to the process, the next run knows what may have been under way ([`story`]),
//! and `undo` knows what to take back ([`undo`]).
//!
//! A journal holds no secret, but the e-mails and attributes of people: its file is its owner's.

pub mod chain;
mod error;
pub mod event;
pub mod file;
mod log;
pub mod parts;
mod sink;
pub mod story;
pub mod undo;
mod writer;

pub use error::JournalError;
pub use event::Event;
pub use log::{Log, LogError};
pub use writer::{Images, Journal};
