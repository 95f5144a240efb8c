//! `rosterctl` keeps people's accounts at SaaS vendors in line with a roster in Git.
//!
//! A run, step by step: [`run::load`] reads the roster's files and [`roster`] checks them and resolves
//! what each vendor should hold; [`run::session`] connects and reads the vendors through [`connector`]
//! and [`http`]; [`plan`] compares both and makes a plan, a pure function; [`report`] shows it;
//! [`run::apply`] carries it out and reports one outcome for each action. [`sandbox`] serves all
//! vendors on loopback, and [`cli`] is the command line around it all.
//!
//! Imports point down: `cli`, `sandbox`, `import`, `report`, `run`, `connector`, `state`, `http`,
//! `regular`, `plan`, `description`, `roster`, `model`. A test over the sources keeps it so.

pub mod cli;
pub mod connector;
pub mod description;
pub mod evidence;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod http;
pub mod import;
pub mod model;
pub mod plan;
pub mod regular;
pub mod report;
pub mod roster;
pub mod run;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod state;
