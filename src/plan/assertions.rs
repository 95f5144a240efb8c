//! Assertions of the roster against the planned end state: what would break one is held. What the roster
//! breaks by itself is found when it is read.

mod end;
mod hold;
mod people;

pub use end::Planned;
pub use hold::hold_breaches;
