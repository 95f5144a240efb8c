//! The outline of a YAML text: what is where, without understanding it.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

/// Levels that are followed; a roster needs seven.
const MAX_DEPTH: usize = 64;

/// A place: line and column from 0, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextPosition {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    BlockList,
    FlowList,
    BlockMap,
    FlowMap,
    /// A scalar or an alias.
    Leaf,
}

/// A value and what is in it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) style: Style,
    /// Of a block, its first dash or key.
    pub(super) start: TextPosition,
    /// The byte behind its last character; of a block, that of its last value.
    pub(super) end: usize,
    /// The last line with something of it.
    pub(super) last_line: usize,
    /// Of a scalar.
    pub(super) text: Option<String>,
    /// Of a map, its keys; each belongs to the item at the same place.
    keys: Vec<String>,
    /// Where these begin.
    pub(super) key_starts: Vec<TextPosition>,
    items: Vec<Tree>,
}

impl Tree {
    /// Items of a list, values of a map.
    pub(super) fn items(&self) -> &[Self] {
        &self.items
    }

    /// The value of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&Self> {
        self.items.get(self.place(key)?)
    }

    /// Keys of a map.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// Which entry a key is.
    pub(super) fn place(&self, key: &str) -> Option<usize> {
        self.keys.iter().position(|known| known == key)
    }
}

/// The roots of the documents of a text; one that is empty is left out.
///
/// # Errors
/// The text is no YAML, or nested too deep.
pub(super) fn trees(text: &str) -> Result<Vec<Tree>, String> {
    let mut walk = Walk {
        parser: Parser::new_from_str(text),
        lines: Lines::of(text),
        text,
    };
    let mut roots = Vec::new();
    loop {
        match walk.event()? {
            (Event::StreamEnd, _) => return Ok(roots),
            (Event::DocumentStart(_), _) => {
                let (event, at) = walk.event()?;
                roots.push(walk.tree(event, at, 0)?);
            }
            _ => {}
        }
    }
}

struct Walk<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    lines: Lines,
    text: &'a str,
}

impl<'a> Walk<'a> {
    fn event(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(format!("it is no YAML: {error}")),
            None => Err(String::from("it ends too early")),
        }
    }

    fn tree(&mut self, event: Event<'a>, at: Span, depth: usize) -> Result<Tree, String> {
        if depth > MAX_DEPTH {
            return Err(String::from("it is nested too deep"));
        }
        let start = self.lines.byte(self.text, place(at.start));
        let end = self.lines.byte(self.text, place(at.end));
        let mut tree = Tree {
            style: Style::Leaf,
            start: place(at.start),
            end,
            last_line: place(at.start).line,
            text: None,
            keys: Vec::new(),
            key_starts: Vec::new(),
            items: Vec::new(),
        };
        match event {
            Event::Scalar(text, style, ..) => {
                tree.text = Some(text.into_owned());
                tree.end = match style {
                    // The parser's end is behind what follows: spaces, a comment.
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                        quoted_end(self.text, start)
                    }
                    _ => trimmed_end(self.text, start, end),
                };
                tree.last_line = self.lines.line_of(tree.end.max(start + 1) - 1);
            }
            Event::SequenceStart(..) => {
                let flow = self.opens_with(tree.start, '[');
                tree.style = if flow {
                    Style::FlowList
                } else {
                    Style::BlockList
                };
                loop {
                    let (event, at) = self.event()?;
                    if event == Event::SequenceEnd {
                        self.close(&mut tree, flow, at);
                        break;
                    }
                    let item = self.tree(event, at, depth + 1)?;
                    tree.items.push(item);
                }
            }
            Event::MappingStart(..) => {
                let flow = self.opens_with(tree.start, '{');
                tree.style = if flow {
                    Style::FlowMap
                } else {
                    Style::BlockMap
                };
                loop {
                    let (event, at) = self.event()?;
                    if event == Event::MappingEnd {
                        self.close(&mut tree, flow, at);
                        break;
                    }
                    let key = self.tree(event, at, depth + 1)?;
                    let (event, at) = self.event()?;
                    let mut value = self.tree(event, at, depth + 1)?;
                    if value.text.as_deref() == Some("") && at.is_empty() {
                        // Nothing was written: the value is where its key ends.
                        value.end = key.end;
                        value.last_line = key.last_line;
                    }
                    if tree.items.is_empty() && !flow {
                        tree.start = key.start;
                    }
                    tree.keys.push(key.text.unwrap_or_default());
                    tree.key_starts.push(key.start);
                    tree.items.push(value);
                }
            }
            _ => tree.end = trimmed_end(self.text, start, end),
        }
        Ok(tree)
    }

    /// Ends a list or map: in flow style with its bracket, in block style with its last value.
    fn close(&self, tree: &mut Tree, flow: bool, at: Span) {
        if flow {
            tree.end = self.lines.byte(self.text, place(at.start)) + 1;
            tree.last_line = place(at.start).line;
        } else if let Some(last) = tree.items.last() {
            tree.end = last.end;
            tree.last_line = last.last_line;
        }
    }

    fn opens_with(&self, at: TextPosition, bracket: char) -> bool {
        self.text[self.lines.byte(self.text, at)..].starts_with(bracket)
    }
}

/// The parser counts lines from 1 and columns from 0.
fn place(marker: Marker) -> TextPosition {
    TextPosition {
        line: marker.line().saturating_sub(1),
        column: marker.col(),
    }
}

/// The end of a text without what is blank behind it; a text in block style ends at the start of
/// the line behind it.
fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    start + text.get(start..end).unwrap_or_default().trim_end().len()
}

/// The end of a text in quotes that begins there.
fn quoted_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let Some(quote) = bytes.get(start) else {
        return start;
    };
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if *quote == b'"' => at += 2,
            _ if byte != quote => at += 1,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            _ => return at + 1,
        }
    }
    text.len()
}

/// Where lines begin, in bytes. They end as YAML's do: LF, CRLF or CR.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    eol: &'static str,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut eol = None;
        let mut at = 0;
        while at < bytes.len() {
            let ending = match (bytes[at], bytes.get(at + 1)) {
                (b'\r', Some(b'\n')) => "\r\n",
                (b'\r', _) => "\r",
                (b'\n', _) => "\n",
                _ => "",
            };
            if !ending.is_empty() {
                starts.push(at + ending.len());
                eol = eol.or(Some(ending));
            }
            at += ending.len().max(1);
        }
        Self {
            starts,
            eol: eol.unwrap_or("\n"),
        }
    }

    /// The first line break of the text; LF if there is none.
    pub(super) fn eol(&self) -> &'static str {
        self.eol
    }

    /// Where a line begins; `None` behind the last one. A break at the end begins an empty line.
    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line).copied()
    }

    /// The line that a byte is in.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        let behind = self.starts.partition_point(|start| *start <= byte);
        behind.saturating_sub(1)
    }

    /// The byte at a place.
    pub(super) fn byte(&self, text: &str, at: TextPosition) -> usize {
        let start = self.start(at.line).unwrap_or(text.len());
        let mut characters = text[start..].char_indices();
        characters
            .nth(at.column)
            .map_or(text.len(), |(offset, _)| start + offset)
    }
}
