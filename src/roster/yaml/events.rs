//! The events of a file: from the quick scanner as far as it understands, then from the parser.
//!
//! [`FastScanner`] knows how rosters are usually written, takes a sixth of the parser's time, and gives up
//! at the first line that it does not know for certain. Then the parser reads the file from its
//! beginning, what was given already is passed over, and it goes on from there. So there is one
//! reader and one meaning of a file; a property test holds both to the same events.

use saphyr_parser::{Event, Parser, ScanError, Span, StrInput};

use super::plain::{FastScanner, Step};

/// Reads one file.
pub(super) struct Events<'a> {
    text: &'a str,
    source: Source<'a>,
    /// Events that were given.
    given: usize,
}

enum Source<'a> {
    Plain(FastScanner<'a>),
    Full(Box<Parser<'a, StrInput<'a>>>),
}

impl<'a> Events<'a> {
    /// A reader at the start of a text without byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            source: Source::Plain(FastScanner::new(text)),
            given: 0,
        }
    }

    /// The next event with its place; `None` after the end of the stream.
    pub(super) fn next(&mut self) -> Option<Result<(Event<'a>, Span), ScanError>> {
        let plain = match &mut self.source {
            Source::Full(parser) => return parser.next_event(),
            Source::Plain(plain) => plain,
        };
        match plain.step() {
            Step::Event(event, at) => {
                self.given += 1;
                Some(Ok((event, at)))
            }
            Step::Over => None,
            Step::GaveUp => {
                let mut parser = Box::new(Parser::new_from_str(self.text));
                let passed = (0..self.given)
                    .map(|_| parser.next_event())
                    .find(|event| !matches!(event, Some(Ok(_))));
                let next = passed.unwrap_or_else(|| parser.next_event());
                self.source = Source::Full(parser);
                next
            }
        }
    }
}

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod agree;
#[cfg(test)]
mod tests;
