//! The plan document and the apply report as JSON: pretty, deterministic, one newline at the end.
//!
//! Lossless, and safe on a terminal all the same: what [`super::sanitize`] would escape in a text
//! is written as JSON's own `\u` escapes.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::sanitize::is_unsafe;
use super::v1;
use crate::reconcile::cause::Causes;
use crate::reconcile::checkup::Checkup;
use crate::reconcile::leavers::Certificate;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::Plan;

/// Why a saved plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is no JSON, or not of the form that its `format` promises. The file was edited, cut
    /// off, or is something else.
    #[error("not a plan document: {0}")]
    Malformed(String),
    /// It says another `format`. Another version of the program made it.
    #[error("plan format {0} is not known here, only {known}; plan again with this version", known = v1::FORMAT)]
    Format(String),
}

/// Writes a plan as a plan document.
///
/// # Errors
/// Those of `out`.
pub fn plan(plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::Document::from(plan), out)
}

/// Writes a plan with the causes of its actions.
///
/// # Errors
/// Those of `out`.
pub fn plan_by_cause(plan: &Plan, causes: &Causes, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::Document::from(plan).with_causes(causes), out)
}

/// Writes what `apply --format json` prints: the plan, and what became of its actions.
///
/// # Errors
/// Those of `out`.
pub fn report(plan: &Plan, outcomes: &[Outcome], out: &mut dyn io::Write) -> io::Result<()> {
    let report = v1::Report {
        plan: plan.into(),
        outcomes: outcomes.iter().map(v1::Outcome::from).collect(),
    };
    write(&report, out)
}

/// Writes what `leavers --format json` prints.
///
/// # Errors
/// Those of `out`.
pub fn leavers(certificate: &Certificate, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::leavers::Leavers::from(certificate), out)
}

/// Writes what `doctor --format json` prints.
///
/// # Errors
/// Those of `out`.
pub fn doctor(checkup: &Checkup, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::doctor::Doctor::from(checkup), out)
}

/// Writes any document of this format (or a schema).
///
/// # Errors
/// Those of `out`.
pub fn write(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    // Not through a text in memory: 100,000 actions are 70 MB of it, twice.
    let mut out = io::BufWriter::new(out);
    let visible = Visible(PrettyFormatter::new());
    let mut to = serde_json::Serializer::with_formatter(&mut out, visible);
    document.serialize(&mut to)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Reads a plan document.
///
/// # Errors
/// [`ParseError`]. Unknown fields are refused: they could mean something that would be ignored.
pub fn parse(bytes: &[u8]) -> Result<v1::Document, ParseError> {
    /// Only the field that says how to read the others.
    #[derive(serde::Deserialize)]
    struct Probe {
        format: serde_json::Value,
    }
    let malformed = |error: serde_json::Error| ParseError::Malformed(error.to_string());
    let Probe { format } = serde_json::from_slice(bytes).map_err(malformed)?;
    if format != v1::FORMAT {
        return Err(ParseError::Format(visible(&format.to_string())));
    }
    serde_json::from_slice(bytes).map_err(malformed)
}

/// Pretty JSON with everything unsafe in its texts as `\u` escapes. Outside of texts JSON is ASCII,
/// and its line breaks are meant.
struct Visible(PrettyFormatter<'static>);

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most texts are plain, and are written as they are.
        if fragment.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return to.write_all(fragment.as_bytes());
        }
        to.write_all(visible(fragment).as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_array(to)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_array(to)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(to, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_array_value(to)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object(to)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object(to)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(to, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object_value(to)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object_value(to)
    }
}

/// A text with everything unsafe as `\u` escapes.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_unsafe(c) {
            shown.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests;
