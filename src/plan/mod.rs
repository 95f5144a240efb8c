//! The core: desired and current in, plan out. No network, file, clock, terminal or async.

pub mod approve;
pub mod assertions;
pub mod cause;
pub mod checkup;
pub mod compare;
pub mod diff;
pub mod explain;
pub mod files;
pub mod forecast;
pub mod gone;
pub mod guard;
pub mod input;
pub mod judge;
pub mod known;
pub mod leavers;
pub mod matching;
mod notices;
pub mod off;
pub mod planner;
pub mod reason;
mod resemblance;
mod seen;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
