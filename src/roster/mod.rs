//! The roster: YAML text with positions in, checked people and what each vendor should hold out.

pub mod model;
