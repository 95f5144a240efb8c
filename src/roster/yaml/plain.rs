//! A scanner for YAML as rosters are usually written.
//!
//! It takes block maps and lists whose values are on one line: plain or quoted texts without
//! escapes, and lists and maps in brackets; blank lines and comments between. It gives the parser's
//! own events with the parser's places. On anything else, correct or not, it gives up before the
//! line in question, so that it never has to say what is wrong.

mod flow;
mod line;
mod word;

use std::collections::VecDeque;

use memchr::memmem;
use saphyr_parser::{Event, Marker, ScalarStyle, Span};

use line::{Line, Lines};
use word::{Word, word};

/// Bytes of a line. Its events are kept until they are asked for, and of letters beyond ASCII each
/// place is counted from its beginning.
const MAX_LINE: usize = 1_024;

/// Bytes of a key. The parser looks no further than 1,024 characters for its colon.
const MAX_KEY: usize = 256;

/// What a step gives.
pub(super) enum Step<'a> {
    /// The parser would give this too.
    Event(Event<'a>, Span),
    /// What comes next is for the parser.
    GaveUp,
    /// The end of the stream was given.
    Over,
}

/// Reads one file line by line.
pub(super) struct FastScanner<'a> {
    text: &'a str,
    lines: Lines<'a>,
    /// The line that comes next.
    next: Line,
    /// The lists and maps that are open, outermost first.
    open: Vec<Block>,
    /// The events of lines that were understood.
    ready: VecDeque<(Event<'a>, Span)>,
    state: ScannerState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScannerState {
    Reading,
    /// Everything is in `ready`.
    Ended,
    GaveUp,
}

/// A list or map in block style.
struct Block {
    /// The column of its dashes or keys, from 0.
    column: usize,
    kind: BlockKind,
}

#[derive(PartialEq, Eq)]
enum BlockKind {
    List,
    /// A list whose dashes stand in the column of the map that it is a value of.
    Flush,
    Map,
    /// A map whose last key has no value yet.
    Waiting,
}

impl<'a> FastScanner<'a> {
    /// A scanner at the start of a text without byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines = Lines::new(text);
        let next = lines.next();
        Self {
            text,
            lines,
            next,
            open: Vec::new(),
            ready: VecDeque::new(),
            state: if is_simple(text) {
                ScannerState::Reading
            } else {
                ScannerState::GaveUp
            },
        }
    }

    /// The next event, or that there is none.
    pub(super) fn step(&mut self) -> Step<'a> {
        while self.ready.is_empty() && self.state == ScannerState::Reading {
            if self.line().is_none() {
                self.ready.clear();
                self.state = ScannerState::GaveUp;
            }
        }
        match (self.ready.pop_front(), self.state) {
            (Some((event, at)), _) => Step::Event(event, at),
            (None, ScannerState::Ended) => Step::Over,
            (None, ScannerState::Reading | ScannerState::GaveUp) => Step::GaveUp,
        }
    }

    /// Reads the next line; `None` gives up. Nothing of it counts then.
    fn line(&mut self) -> Option<()> {
        let line = self.next;
        self.next = self.lines.next();
        let here = line.mark(self.text, line.content);
        if self.open.is_empty() {
            self.begin(&line, here)?;
        }
        let rest = &self.text.as_bytes()[line.content..line.end];
        if line.end - line.start > MAX_LINE {
            return None;
        }
        if line.column() == 0 && (rest.starts_with(b"---") || rest.starts_with(b"...")) {
            return None;
        }
        self.close_deeper(line.column(), here)?;
        match rest {
            [] => self.end(here),
            [b'-', b' ', ..] => self.item(&line, here),
            _ => {
                if let Some(Block {
                    column,
                    kind: BlockKind::Flush,
                }) = self.open.last()
                    && *column == line.column()
                {
                    self.open.pop();
                    self.give(Event::SequenceEnd, Span::empty(here));
                }
                self.entry(&line, line.content)
            }
        }
    }

    /// Begins stream, document and its map at the first line that is not blank.
    fn begin(&mut self, line: &Line, here: Marker) -> Option<()> {
        // Without a line there is nothing to be quick about; deeper roots are rare.
        if line.is_end() || line.column() > 0 {
            return None;
        }
        let start = Marker::new(0, 1, 0);
        self.give(Event::StreamStart, Span::empty(start));
        self.give(Event::DocumentStart(false), Span::empty(here));
        Some(())
    }

    /// Ends what stands deeper than a line.
    fn close_deeper(&mut self, column: usize, here: Marker) -> Option<()> {
        while let Some(block) = self.open.last()
            && block.column > column
        {
            let event = match block.kind {
                BlockKind::List | BlockKind::Flush => Event::SequenceEnd,
                BlockKind::Map => Event::MappingEnd,
                BlockKind::Waiting => return None,
            };
            self.open.pop();
            self.give(event, Span::empty(here));
        }
        Some(())
    }

    /// The end of the text.
    fn end(&mut self, here: Marker) -> Option<()> {
        while let Some(block) = self.open.pop() {
            let event = match block.kind {
                BlockKind::List | BlockKind::Flush => Event::SequenceEnd,
                BlockKind::Map => Event::MappingEnd,
                BlockKind::Waiting => return None,
            };
            self.give(event, Span::empty(here));
        }
        self.give(Event::DocumentEnd, Span::empty(here));
        self.give(Event::StreamEnd, Span::empty(here));
        self.state = ScannerState::Ended;
        Some(())
    }

    /// A line that begins with a dash.
    fn item(&mut self, line: &Line, here: Marker) -> Option<()> {
        let at = self.after_spaces(line, line.content + 1);
        let column = line.column();
        match self.open.last_mut()? {
            Block {
                column: own,
                kind: BlockKind::List | BlockKind::Flush,
            } if *own == column => {}
            Block {
                column: own,
                kind: kind @ BlockKind::Waiting,
            } => {
                *kind = BlockKind::Map;
                let (kind, start) = match *own == column {
                    // The parser's place of such a list is where its first item begins.
                    true => (BlockKind::Flush, line.mark(self.text, at)),
                    false => (BlockKind::List, here),
                };
                self.open.push(Block { column, kind });
                self.give(Event::SequenceStart(0, None), Span::empty(start));
            }
            Block { .. } => return None,
        }
        let first = *self.text.as_bytes()[..line.end].get(at)?;
        let after = match first {
            b'[' | b'{' => self.flow(line, at, 0)?,
            _ if self.key(line, at).is_some() => return self.entry(line, at),
            _ => self.scalar(line, at)?,
        };
        self.value_ends(line, after, column)?;
        self.next_begins_well().then_some(())
    }

    /// Whether the parser has nothing to say against the beginning of the next line. An item might
    /// have been a key, so that the parser looks there before it gives the item.
    fn next_begins_well(&self) -> bool {
        let next = &self.next;
        match &self.text.as_bytes()[next.content..next.end] {
            [] | [b'-', b' ', ..] => true,
            [b'.', ..] => false,
            _ => self.key(next, next.content).is_some(),
        }
    }

    /// A key and what stands behind it.
    fn entry(&mut self, line: &Line, at: usize) -> Option<()> {
        let column = at - line.start;
        let name = self.key(line, at)?;
        let here = line.mark(self.text, at);
        match self.open.last_mut() {
            Some(Block {
                column: own,
                kind: BlockKind::Map,
            }) if *own == column => {}
            Some(Block {
                column: own,
                kind: kind @ BlockKind::Waiting,
            }) if *own < column => {
                *kind = BlockKind::Map;
                self.begin_map(column, here);
            }
            // The map of an item begins behind its dash.
            Some(Block {
                kind: BlockKind::List | BlockKind::Flush,
                ..
            }) if at > line.content => {
                self.begin_map(column, here);
            }
            None => self.begin_map(column, here),
            Some(_) => return None,
        }
        let colon = name.after;
        self.give_word(line, &name);
        let value = self.after_spaces(line, colon + 1);
        match self.text.as_bytes()[..line.end].get(value) {
            None | Some(b'#') => {
                self.open.last_mut()?.kind = BlockKind::Waiting;
                Some(())
            }
            Some(b'[' | b'{') => {
                let after = self.flow(line, value, 0)?;
                self.value_ends(line, after, column)
            }
            Some(_) => {
                let after = self.scalar(line, value)?;
                self.value_ends(line, after, column)
            }
        }
    }

    fn begin_map(&mut self, column: usize, here: Marker) {
        self.give(Event::MappingStart(0, None), Span::empty(here));
        let kind = BlockKind::Map;
        self.open.push(Block { column, kind });
    }

    /// The word at a byte, if it is a key: a colon and a space or nothing come behind it.
    fn key(&self, line: &Line, at: usize) -> Option<Word> {
        let bytes = &self.text.as_bytes()[..line.end];
        let name = word(bytes, at)?;
        let is_key = bytes.get(name.after) == Some(&b':')
            && matches!(bytes.get(name.after + 1), None | Some(b' '));
        (is_key && name.after - at <= MAX_KEY).then_some(name)
    }

    /// Gives a text that is a value; where it ends.
    fn scalar(&mut self, line: &Line, at: usize) -> Option<usize> {
        let value = word(&self.text.as_bytes()[..line.end], at)?;
        self.give_word(line, &value);
        Some(value.after)
    }

    /// Nothing but a comment may follow a value, and no deeper line: it would belong to it.
    fn value_ends(&self, line: &Line, after: usize, column: usize) -> Option<()> {
        let rest = self.after_spaces(line, after);
        let ends = match self.text.as_bytes()[..line.end].get(rest) {
            None => true,
            Some(byte) => *byte == b'#' && rest > after,
        };
        let deeper = !self.next.is_end() && self.next.column() > column;
        (ends && !deeper).then_some(())
    }

    fn after_spaces(&self, line: &Line, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..line.end).unwrap_or_default();
        at + rest.iter().take_while(|byte| **byte == b' ').count()
    }

    fn give_word(&mut self, line: &Line, word: &Word) {
        let text = self.text.get(word.text.clone()).unwrap_or_default();
        let event = Event::Scalar(text.into(), word.style, 0, None);
        let whole = word.whole.clone();
        let at = match word.style {
            ScalarStyle::Plain => line.span(self.text, whole),
            _ => self.closed(line, whole),
        };
        self.give(event, at);
    }

    fn give(&mut self, event: Event<'a>, at: Span) {
        self.ready.push_back((event, at));
    }
}

/// Whether there is nothing in the text that would have to be thought of at every byte: tabs,
/// carriage returns and other controls, byte order marks.
fn is_simple(text: &str) -> bool {
    let odd = |byte: u8| (byte < 0x20 && byte != b'\n') || byte == 0x7F;
    // Without a way out of the inner loop this is done 32 bytes at a time.
    let mut blocks = text.as_bytes().chunks(4096);
    blocks.all(|block| !block.iter().fold(false, |sum, byte| sum | odd(*byte)))
        && memmem::find(text.as_bytes(), "\u{feff}".as_bytes()).is_none()
}
