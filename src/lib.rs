//! `rosterctl` keeps people's accounts at SaaS vendors in line with a roster in Git.

pub mod apply;
pub mod diagnostic;
pub mod http;
pub mod nearest;
pub mod reconcile;
pub mod roster;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod state;
pub mod vendor;
