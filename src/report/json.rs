//! The plan document and the apply report as JSON: pretty, deterministic, one newline at the end.
//!
//! Lossless, and safe on a terminal all the same: what [`super::sanitize`] would escape in a text
//! is written as JSON's own `\u` escapes, a command to a CI system too.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::ser::Formatter;

use super::Done;
use super::sanitize::{is_unsafe, opens_command};
use super::v1;
use super::v1::streamed::{Streamed, StreamedReport};
use crate::model::plan::Plan;
use crate::plan::cause::Causes;
use crate::plan::checkup::Checkup;
use crate::plan::leavers::LeaversCheck;

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
    write(&Streamed { plan, causes: None }, out)
}

/// Writes a plan with the causes of its actions.
///
/// # Errors
/// Those of `out`.
pub fn plan_by_cause(plan: &Plan, causes: &Causes, out: &mut dyn io::Write) -> io::Result<()> {
    let causes = Some(causes);
    write(&Streamed { plan, causes }, out)
}

/// Writes what `apply --format json` prints: the plan, and what became of its actions.
///
/// # Errors
/// Those of `out`.
pub fn report(done: &Done<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Done {
        plan,
        outcomes,
        took: _,
        journal,
        context,
    } = *done;
    let report = StreamedReport {
        plan: Streamed { plan, causes: None },
        outcomes,
        journal: journal.map(v1::Journal::from),
        context,
    };
    write(&report, out)
}

/// Writes what `leavers --format json` prints.
///
/// # Errors
/// Those of `out`.
pub fn leavers(check: &LeaversCheck, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::leavers::Leavers::from(check), out)
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
    let mut out = io::BufWriter::with_capacity(BUFFER, out);
    let visible = Visible::default();
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

/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// A comma, a line break, and spaces for sixteen levels; deeper ones take several pieces.
const BREAK: &[u8] = b",\n                                ";

/// Pretty JSON, laid out as `serde_json` does it, with everything unsafe in its texts as `\u`
/// escapes. Outside of texts JSON is ASCII, and its line breaks are meant.
///
/// `serde_json`'s own layout writes each level of each line for itself, which is half of the time
/// that a large plan takes.
#[derive(Default)]
struct Visible {
    level: usize,
    /// Whether the list or object under way holds something.
    filled: bool,
}

impl Visible {
    fn open<W: ?Sized + io::Write>(&mut self, to: &mut W, sign: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        to.write_all(sign)
    }

    fn close<W: ?Sized + io::Write>(&mut self, to: &mut W, sign: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.filled {
            self.line(to, true)?;
        }
        to.write_all(sign)
    }

    /// Begins a line, after a comma unless it is the first.
    fn line<W: ?Sized + io::Write>(&self, to: &mut W, first: bool) -> io::Result<()> {
        let mut left = 2 * self.level;
        let fits = left.min(BREAK.len() - 2);
        to.write_all(&BREAK[usize::from(first)..2 + fits])?;
        while left > fits {
            let more = (left - fits).min(fits);
            to.write_all(&BREAK[2..2 + more])?;
            left -= more;
        }
        Ok(())
    }
}

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most texts are plain, and are written as they are. Other control characters of ASCII than
        // DEL never come here.
        let plain = fragment.is_ascii() && memchr::memchr(0x7f, fragment.as_bytes()).is_none();
        if plain && !fragment.contains("##") {
            return to.write_all(fragment.as_bytes());
        }
        to.write_all(visible(fragment).as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(to, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(to, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(to, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(to, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

/// A text with everything unsafe as `\u` escapes.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut chars, mut hash) = (text.chars(), false);
    while let Some(c) = chars.next() {
        let command = c == '#' && hash && opens_command(chars.clone());
        hash = c == '#';
        if !is_unsafe(c) && !command {
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
