//! What a run does that is not a terminal: it loads the roster, reads the vendors, and applies.

pub mod apply;
pub mod load;
pub mod session;
