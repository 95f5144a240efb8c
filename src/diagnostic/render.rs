//! Diagnostics as text: code, place, excerpt with a marker, hint.

use std::io;

use super::{Diagnostic, Sources};

/// Writes one diagnostic as an excerpt.
///
/// # Errors
/// Those of `out`.
pub fn render(
    diagnostic: &Diagnostic,
    _sources: &Sources,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{}", diagnostic.message)
}

/// Writes the closing line: how many errors and warnings.
///
/// # Errors
/// Those of `out`.
pub fn render_summary(diagnostics: &[Diagnostic], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", diagnostics.len())
}
