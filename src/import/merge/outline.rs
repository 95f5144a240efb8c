//! The outline of a YAML text: what is where, without understanding it.

use saphyr_parser::{Event, Marker, Parser, Span};

/// Levels that are followed; a roster needs seven.
const MAX_DEPTH: usize = 64;

/// A place: line and column from 0, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
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
    pub(super) start: Place,
    /// Behind its last character; of a block, that of its last value.
    pub(super) end: Place,
    /// The last line with something of it.
    pub(super) last_line: usize,
    /// Of a scalar.
    pub(super) text: Option<String>,
    /// Of a map, its keys; each belongs to the item at the same place.
    keys: Vec<String>,
    items: Vec<Tree>,
}

impl Tree {
    /// Items of a list, values of a map.
    pub(super) fn items(&self) -> &[Self] {
        &self.items
    }

    /// The value of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&Self> {
        let at = self.keys.iter().position(|known| known == key)?;
        self.items.get(at)
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
        let mut tree = Tree {
            style: Style::Leaf,
            start: place(at.start),
            end: place(at.end),
            last_line: last_line(at),
            text: None,
            keys: Vec::new(),
            items: Vec::new(),
        };
        match event {
            Event::Scalar(text, ..) => tree.text = Some(text.into_owned()),
            Event::SequenceStart(..) => {
                let flow = self.opens_with(tree.start, '[');
                tree.style = if flow { Style::FlowList } else { Style::BlockList };
                loop {
                    let (event, at) = self.event()?;
                    if event == Event::SequenceEnd {
                        close(&mut tree, flow, at);
                        break;
                    }
                    let item = self.tree(event, at, depth + 1)?;
                    tree.items.push(item);
                }
            }
            Event::MappingStart(..) => {
                let flow = self.opens_with(tree.start, '{');
                tree.style = if flow { Style::FlowMap } else { Style::BlockMap };
                loop {
                    let (event, at) = self.event()?;
                    if event == Event::MappingEnd {
                        close(&mut tree, flow, at);
                        break;
                    }
                    let key = self.tree(event, at, depth + 1)?;
                    let (event, at) = self.event()?;
                    let mut value = self.tree(event, at, depth + 1)?;
                    if value.text.as_deref() == Some("") && value.start == value.end {
                        // Nothing was written: the value is where its key ends.
                        value.start = key.end;
                        value.end = key.end;
                        value.last_line = key.last_line;
                    }
                    if tree.items.is_empty() && !flow {
                        tree.start = key.start;
                    }
                    tree.keys.push(key.text.unwrap_or_default());
                    tree.items.push(value);
                }
            }
            _ => {}
        }
        Ok(tree)
    }

    fn opens_with(&self, at: Place, bracket: char) -> bool {
        self.text[self.lines.byte(self.text, at)..].starts_with(bracket)
    }
}

/// Ends a list or map: in flow style at its bracket, in block style with its last value.
fn close(tree: &mut Tree, flow: bool, at: Span) {
    if flow {
        tree.end = place(at.end);
        tree.last_line = at.end.line().saturating_sub(1);
    } else if let Some(last) = tree.items.last() {
        tree.end = last.end;
        tree.last_line = tree.items.iter().map(|it| it.last_line).max().unwrap_or(0);
    }
}

/// The parser counts lines from 1 and columns from 0.
fn place(marker: Marker) -> Place {
    Place {
        line: marker.line().saturating_sub(1),
        column: marker.col(),
    }
}

/// A text in block style ends at the start of the line behind it.
fn last_line(at: Span) -> usize {
    let (start, end) = (place(at.start), place(at.end));
    match end.column {
        0 if end.line > start.line => end.line - 1,
        _ => end.line,
    }
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

    /// The byte at a place.
    pub(super) fn byte(&self, text: &str, at: Place) -> usize {
        let start = self.start(at.line).unwrap_or(text.len());
        let mut characters = text[start..].char_indices();
        characters
            .nth(at.column)
            .map_or(text.len(), |(offset, _)| start + offset)
    }
}
