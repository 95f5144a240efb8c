//! `rosterctl` keeps people's accounts at SaaS vendors in line with a roster in Git.
//!
//! A run, step by step: [`load`] reads the roster's files and [`roster`] checks them and resolves
//! what each vendor should hold; [`session`] connects and reads the vendors through [`vendor`] and
//! [`http`]; [`reconcile`] compares both and makes a plan, a pure function; [`render`] shows it;
//! [`apply`] carries it out and reports one outcome for each action. [`sandbox`] serves all
//! vendors on loopback, and [`cli`] is the command line around it all.

pub mod apply;
pub mod cli;
pub mod diagnostic;
pub mod email;
pub mod history;
pub mod http;
pub mod import;
pub mod journal;
pub mod load;
pub(crate) mod marks;
pub mod mask;
pub mod nearest;
pub mod reconcile;
pub mod regular;
pub mod render;
pub mod roster;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
pub mod state;
pub mod vendor;
