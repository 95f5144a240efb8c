//! Lines that hold something, and places in them.

use std::ops::Range;

use memchr::memchr;
use saphyr_parser::{Marker, Span};

/// A line, or the end of the text.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// The byte where it begins.
    pub(super) start: usize,
    /// The first byte that is no space; at the end of the text, its length.
    pub(super) content: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// From 1.
    number: usize,
    /// Characters before it.
    before: usize,
    is_ascii: bool,
}

impl Line {
    /// Whether the text ends here.
    pub(super) fn is_end(&self) -> bool {
        self.content == self.end
    }

    /// Spaces that it begins with; 0 at the end of the text.
    pub(super) fn column(&self) -> usize {
        match self.is_end() {
            true => 0,
            false => self.content - self.start,
        }
    }

    /// The place of a byte of it.
    pub(super) fn mark(&self, text: &str, at: usize) -> Marker {
        let column = match self.is_ascii {
            true => at - self.start,
            false => characters(text.as_bytes().get(self.start..at).unwrap_or_default()),
        };
        Marker::new(self.before + column, self.number, column)
    }

    /// The place of some bytes of it.
    pub(super) fn span(&self, text: &str, bytes: Range<usize>) -> Span {
        let [start, end] = [bytes.start, bytes.end].map(|at| self.mark(text, at));
        Span::new(start, end)
    }
}

/// The lines of a text that are neither blank nor comments.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
    before: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            number: 0,
            before: 0,
        }
    }

    /// The next such line, at last the end of the text.
    pub(super) fn next(&mut self) -> Line {
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let bytes = &rest[..length];
            let spaces = bytes.iter().take_while(|byte| **byte == b' ').count();
            let is_ascii = bytes.is_ascii();
            self.number += 1;
            let line = Line {
                start: self.at,
                content: self.at + spaces,
                end: self.at + length,
                number: self.number,
                before: self.before,
                is_ascii,
            };
            let is_last = length == rest.len();
            let is_blank = matches!(bytes.get(spaces), None | Some(b'#'));
            if is_last && is_blank {
                return Line {
                    content: line.end,
                    ..line
                };
            }
            self.before += match is_ascii {
                true => length,
                false => characters(bytes),
            };
            if is_last {
                self.at += length;
            } else {
                self.at += length + 1;
                self.before += 1;
            }
            if !is_blank {
                return line;
            }
        }
    }
}

/// Characters in UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
