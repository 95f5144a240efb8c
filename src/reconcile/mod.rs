//! The core: desired and current in, plan out. No network, file, clock, terminal or async.

pub mod account;
pub mod current;
pub mod desired;
pub mod digest;
pub mod plan;
pub mod value;
