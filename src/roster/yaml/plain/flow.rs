//! Lists and maps in brackets, on one line.

use std::ops::Range;

use saphyr_parser::{Event, Span};

use super::FastScanner;
use super::line::Line;
use super::word::flow_word;

/// Levels of brackets; a roster needs three.
const MAX_FLOW: usize = 8;

impl FastScanner<'_> {
    /// A list or map in brackets; the byte behind it.
    pub(super) fn flow(&mut self, line: &Line, at: usize, depth: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..line.end];
        if depth > MAX_FLOW {
            return None;
        }
        let is_map = bytes.get(at) == Some(&b'{');
        let (start, end, close) = match is_map {
            true => (Event::MappingStart(0, None), Event::MappingEnd, b'}'),
            false => (Event::SequenceStart(0, None), Event::SequenceEnd, b']'),
        };
        self.give(start, self.closed(line, at..at + 1));
        let mut at = self.after_spaces(line, at + 1);
        if *bytes.get(at)? != close {
            loop {
                if is_map {
                    let name = flow_word(bytes, at)?;
                    self.give_word(line, &name);
                    if !bytes.get(name.after..)?.starts_with(b": ") {
                        return None;
                    }
                    at = self.after_spaces(line, name.after + 1);
                }
                at = match bytes.get(at)? {
                    b'[' | b'{' => self.flow(line, at, depth + 1)?,
                    _ => {
                        let value = flow_word(bytes, at)?;
                        self.give_word(line, &value);
                        value.after
                    }
                };
                at = self.after_spaces(line, at);
                match *bytes.get(at)? {
                    b',' => at = self.after_spaces(line, at + 1),
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        self.give(end, self.closed(line, at..at + 1));
        Some(at + 1)
    }

    /// The place of what ends with a bracket or quote: to the parser, the spaces and the comment
    /// behind it are part of it.
    pub(super) fn closed(&self, line: &Line, bytes: Range<usize>) -> Span {
        let end = self.after_spaces(line, bytes.end);
        let comment = self.text.as_bytes()[..line.end].get(end) == Some(&b'#');
        let end = if comment { line.end } else { end };
        line.span(self.text, bytes.start..end)
    }
}
