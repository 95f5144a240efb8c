//! What a run does that is not a terminal: it loads the roster, takes the lock, reads the vendors,
//! recovers what an earlier run left open, compares with what was approved, and applies.

mod abandoned;
pub mod apply;
pub mod approve;
pub mod carry_out;
pub mod certify;
pub mod load;
pub mod lock;
pub mod locked;
pub mod material;
pub mod notes;
pub mod recover;
pub mod session;
pub mod watch;
