//! The core: desired and current in, plan out. No network, file, clock, terminal or async.

pub mod account;
pub mod admins;
pub mod approve;
pub mod assertions;
pub mod attention;
pub mod cause;
pub mod checkup;
pub mod current;
pub mod desired;
pub mod diff;
pub mod digest;
pub mod explain;
pub(crate) mod few;
pub mod forecast;
pub mod gone;
pub mod guard;
pub mod hints;
pub mod judge;
pub mod leavers;
pub mod matching;
mod notices;
pub mod odd;
pub mod off;
pub mod outcome;
pub mod plan;
pub mod planner;
pub mod reason;
mod resemblance;
pub mod traffic;
pub mod value;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
