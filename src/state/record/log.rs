//! The log beside a record: what was committed since the record was last written whole. NDJSON in
//! and out; where it is kept and when it ends is the store's business.
//!
//! The first line says which version of the record the log continues. Each further line is one
//! commit, `{"e-mail key": entry or null, …}`, written in one go: a line without its newline is a
//! commit that a crash cut short and that nobody was told of.

use serde::{Deserialize, Serialize};

use super::draft::Changes;
use super::file::{keyed_anew, unique};
use crate::model::digest::Digest;

/// The only format so far.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    format: u32,
    /// The digest of the record's bytes that the log continues.
    pub(super) base: Digest,
}

impl Head {
    pub(super) fn new(base: Digest) -> Self {
        Self {
            format: FORMAT,
            base,
        }
    }
}

/// Some lines of a log.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The first line, where the lines begin with it.
    pub(super) head: Option<Head>,
    /// The commits, oldest first.
    pub(super) commits: Vec<Changes>,
    /// Bytes of all lines that are whole.
    pub(super) len: u64,
}

/// A line that is whole and cannot be read.
#[derive(Debug)]
pub(super) struct BadLine {
    /// Counted from 1 in the bytes that were given.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// Reads lines; `begins`: the bytes begin with the first line of the log. What follows the last
/// newline is left out.
pub(super) fn parse(bytes: &[u8], begins: bool) -> Result<Lines, BadLine> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let mut lines = Lines::default();
    let Some(end) = whole else {
        return Ok(lines);
    };
    for (at, line) in bytes[..end].split(|byte| *byte == b'\n').enumerate() {
        let bad = |reason: String| BadLine {
            line: at + 1,
            reason,
        };
        if begins && at == 0 {
            lines.head = Some(parse_head(line).map_err(bad)?);
        } else {
            lines.commits.push(parse_commit(line).map_err(bad)?);
        }
    }
    lines.len = end as u64 + 1;
    Ok(lines)
}

/// One line with its newline.
pub(super) fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}

fn parse_head(line: &[u8]) -> Result<Head, String> {
    let head: Head = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if head.format == FORMAT {
        Ok(head)
    } else {
        Err(format!(
            "it has format {}, this version knows {FORMAT}",
            head.format
        ))
    }
}

fn parse_commit(line: &[u8]) -> Result<Changes, String> {
    let mut source = serde_json::Deserializer::from_slice(line);
    let changes: Changes = unique(&mut source)
        .and_then(|changes| source.end().map(|()| changes))
        .map_err(|error| error.to_string())?;
    keyed_anew(changes, Option::as_ref)
}
