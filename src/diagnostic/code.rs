//! The codes of all diagnostics.

/// What kind of problem a diagnostic reports. The text form is stable: scripts may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A file or folder cannot be read.
    Unreadable,
}

impl Code {
    /// The stable kebab-case form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
        }
    }
}
