//! Problems of a roster: a list, never the first one only.
//!
//! A diagnostic has a stable code, a place and a hint; [`render()`] turns it into an excerpt. What
//! happens while talking to a vendor is an error, not a diagnostic.

mod code;
mod render;
mod source;

pub use code::Code;
pub use render::{MOST_SHOWN, render, render_all, shown};
pub use source::{FileId, SourceFile, Sources, Span};

/// One problem of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem; stable.
    pub code: Code,
    /// Whether the roster can be used all the same.
    pub severity: Severity,
    /// One line: what is wrong.
    pub message: String,
    /// Where, and a short label under the marker (may be empty).
    pub place: Option<(Span, String)>,
    /// Other places that belong to it, each with a label.
    pub related: Vec<(Span, String)>,
    /// What to do; the nearest valid name.
    pub help: Option<String>,
    /// `true`: the source line may hold a secret and is not shown.
    pub hide_source: bool,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The roster can be used.
    Warning,
    /// The roster cannot be used.
    Error,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: Some((span, String::new())),
            related: Vec::new(),
            help: None,
            hide_source: false,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// An error without a place (a file that cannot be read).
    pub fn placeless(code: Code, message: impl Into<String>) -> Self {
        Self {
            place: None,
            ..Self::error(code, Span::NOWHERE, message)
        }
    }

    /// Puts a label under the marker.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some((_, text)) = &mut self.place {
            *text = label.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Keeps the source line out of the output (roster rule 7).
    #[must_use]
    pub fn hide_source(mut self) -> Self {
        self.hide_source = true;
        self
    }
}
