//! What the program keeps between runs, on disk beside the roster.

pub mod lock;
pub mod off;
pub mod reads;
pub mod record;
