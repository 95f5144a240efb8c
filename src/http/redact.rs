//! Keeps secrets out of every text.

/// Knows the secrets of a run; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Redactor;
