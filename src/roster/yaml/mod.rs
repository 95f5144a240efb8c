//! YAML text to small trees with positions, one entry at a time.
//!
//! The caller walks the outer levels itself ([`Reader::open`], [`Reader::key`], [`Reader::item`])
//! and asks for one person, vendor or profile as a tree ([`Reader::value`]), so that a roster of
//! any size needs the memory of its largest entry. What YAML allows and a roster does not (tags,
//! merge keys, doubled keys, alias bombs) is reported here, once for all typed readers; a value
//! that was reported is [`Kind::Broken`] and the readers pass over it in silence.

mod brackets;
mod characters;
pub(crate) mod events;
mod node;
mod plain;
mod problems;
mod seen;
mod slips;

use std::collections::HashMap;

use saphyr_parser::{Event, ScalarStyle, Tag};

pub(crate) use node::{Kind, Name, Node};
pub(super) use problems::{controlled, doubled};
pub(crate) use slips::conflicts;

use crate::roster::diagnostic::{Code, Diagnostic, FileId, Span};
use characters::{control_character, in_typographic_quotes};
use events::Events;
use problems::{key_not_text, too_deep, typographic_quotes};
use seen::Seen;
use slips::syntax;

/// Levels inside one entry; a roster needs five.
const MAX_DEPTH: usize = 32;

/// Values that the aliases of one file may stand for in all.
const MAX_COPIED: usize = 100_000;

/// The file cannot be read further; the reason is among the problems.
#[derive(Debug)]
pub(crate) struct Stop;

/// What [`Reader::open`] found.
pub(super) enum Opened<'a> {
    /// A map: ask for its keys.
    Map,
    /// A list, beginning there: ask for its items.
    List(Span),
    /// Something else, whole.
    Value(Node<'a>),
}

/// Reads one file.
pub(crate) struct Reader<'a> {
    events: Events<'a>,
    text: &'a str,
    file: FileId,
    /// Finished values by anchor; `None` for one that is open or cannot be copied.
    anchors: HashMap<usize, Option<Node<'a>>>,
    copied: usize,
    /// Where the first anchor stands.
    first_anchor: Option<Span>,
    /// What was wrong so far.
    pub(crate) problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text without byte order mark.
    pub(crate) fn new(file: FileId, text: &'a str) -> Self {
        Self {
            events: Events::new(text),
            text,
            file,
            anchors: HashMap::new(),
            copied: 0,
            first_anchor: None,
            problems: Vec::new(),
        }
    }

    /// Where the first value with an anchor stands, once it was read.
    pub(crate) fn first_anchor(&self) -> Option<Span> {
        self.first_anchor
    }

    /// Goes to the next document; `false` at the end of the file.
    pub(crate) fn document(&mut self) -> Result<bool, Stop> {
        loop {
            match self.event()?.0 {
                Event::DocumentStart(_) => {
                    // Anchors are of one document (YAML 1.2.2, 3.2.2.2).
                    self.anchors.clear();
                    return Ok(true);
                }
                Event::StreamEnd => return Ok(false),
                _ => {}
            }
        }
    }

    /// Steps into a map or list whose entries are to be read one by one.
    pub(super) fn open(&mut self) -> Result<Opened<'a>, Stop> {
        let (event, at) = self.event()?;
        match event {
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), self.span(at));
                self.begin(anchor);
                Ok(Opened::Map)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), self.span(at));
                self.begin(anchor);
                Ok(Opened::List(self.span(at)))
            }
            other => Ok(Opened::Value(self.build(other, at, 0)?)),
        }
    }

    /// The next key of the map that was opened; `None` at its end. Its value comes next.
    pub(super) fn key(&mut self) -> Result<Option<Name<'a>>, Stop> {
        loop {
            let (event, at) = self.event()?;
            if event == Event::MappingEnd {
                return Ok(None);
            }
            if let Some(name) = self.name(event, at, 0)? {
                return Ok(Some(name));
            }
            self.value()?;
        }
    }

    /// The next item of the list that was opened; `None` at its end.
    pub(super) fn item(&mut self) -> Result<Option<Node<'a>>, Stop> {
        let (event, at) = self.event()?;
        if event == Event::SequenceEnd {
            return Ok(None);
        }
        self.build(event, at, 0).map(Some)
    }

    /// The next value, whole.
    pub(crate) fn value(&mut self) -> Result<Node<'a>, Stop> {
        let (event, at) = self.event()?;
        self.build(event, at, 0)
    }

    fn event(&mut self) -> Result<(Event<'a>, saphyr_parser::Span), Stop> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                self.problems.push(syntax(self.file, self.text, &error));
                Err(Stop)
            }
            // Only after the end of the stream, which every caller stops at.
            None => Err(Stop),
        }
    }

    fn span(&self, at: saphyr_parser::Span) -> Span {
        let length = if at.start.line() == at.end.line() {
            at.end.col().saturating_sub(at.start.col())
        } else {
            1
        };
        Span::new(
            self.file,
            number(at.start.line()),
            number(at.start.col() + 1),
            number(length.max(1)),
        )
    }

    /// Builds the tree that begins with an event.
    fn build(
        &mut self,
        event: Event<'a>,
        at: saphyr_parser::Span,
        depth: usize,
    ) -> Result<Node<'a>, Stop> {
        let span = self.span(at);
        let leaf = |kind| Node {
            span,
            last_line: number(at.end.line()).max(span.line()),
            kind,
            copied_from: None,
            size: 1,
            height: 1,
        };
        if let Event::Scalar(_, _, anchor, _)
        | Event::SequenceStart(anchor, _)
        | Event::MappingStart(anchor, _) = &event
            && *anchor > 0
        {
            self.first_anchor.get_or_insert(span);
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                let plain = style == ScalarStyle::Plain;
                if plain && in_typographic_quotes(&text) {
                    self.problems.push(typographic_quotes(span));
                }
                let node = leaf(match control_character(&text) {
                    None => Kind::Scalar { text, plain },
                    Some(character) => {
                        self.problems.push(controlled(span, character));
                        Kind::Broken
                    }
                });
                self.keep(anchor, &node);
                Ok(node)
            }
            Event::Alias(anchor) => Ok(self.copy(anchor, leaf(Kind::Broken), depth)),
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(anchor);
                let node = self.list(leaf(Kind::Broken), depth)?;
                self.keep(anchor, &node);
                Ok(node)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(anchor);
                let node = self.map(leaf(Kind::Broken), depth)?;
                self.keep(anchor, &node);
                Ok(node)
            }
            // The parser gives a value wherever one is asked for.
            _ => Ok(leaf(Kind::Broken)),
        }
    }

    fn list(&mut self, mut node: Node<'a>, depth: usize) -> Result<Node<'a>, Stop> {
        if depth >= MAX_DEPTH {
            return self.pass_over(node);
        }
        let mut items = Vec::new();
        loop {
            let (event, at) = self.event()?;
            if event == Event::SequenceEnd {
                self.close(&mut node, at);
                node.kind = Kind::List(items);
                return Ok(node);
            }
            let item = self.build(event, at, depth + 1)?;
            node.grow(&item);
            items.push(item);
        }
    }

    fn map(&mut self, mut node: Node<'a>, depth: usize) -> Result<Node<'a>, Stop> {
        if depth >= MAX_DEPTH {
            return self.pass_over(node);
        }
        let mut entries: Vec<(Name<'a>, Node<'a>)> = Vec::new();
        let mut seen = Seen::default();
        loop {
            let (event, at) = self.event()?;
            if event == Event::MappingEnd {
                self.close(&mut node, at);
                node.kind = Kind::Map(entries);
                return Ok(node);
            }
            let name = self.name(event, at, depth)?;
            if let (Some(name), true) = (&name, entries.is_empty())
                && name.span.line() >= node.span.line()
                && node.span.length() == 1
            {
                node.span = first_key(node.span, name.span);
            }
            let value = {
                let (event, at) = self.event()?;
                self.build(event, at, depth + 1)?
            };
            node.grow(&value);
            let Some(name) = name else { continue };
            match seen.first(&entries, &name) {
                None => entries.push((name, value)),
                Some(first) => self.problems.push(doubled(&name, first)),
            }
        }
    }

    /// A key; `None` if it was reported and its value is to be dropped.
    fn name(
        &mut self,
        event: Event<'a>,
        at: saphyr_parser::Span,
        depth: usize,
    ) -> Result<Option<Name<'a>>, Stop> {
        let node = match event {
            Event::Alias(_) => {
                let span = self.span(at);
                self.problems.push(key_not_text(span));
                return Ok(None);
            }
            other => self.build(other, at, depth + 1)?,
        };
        if node.is_null() {
            self.problems.push(key_not_text(node.span));
            return Ok(None);
        }
        match node.kind {
            Kind::Scalar { text, plain: true } if text == "<<" => {
                self.problems.push(
                    Diagnostic::error(
                        Code::MergeKey,
                        node.span,
                        "merge keys (`<<`) are not read in a roster",
                    )
                    .help("put what is shared into a profile and name it under `profiles`"),
                );
                Ok(None)
            }
            Kind::Scalar { text, plain: _ } => Ok(Some(Name {
                text,
                span: node.span,
            })),
            Kind::List(_) | Kind::Map(_) => {
                self.problems.push(key_not_text(node.span));
                Ok(None)
            }
            Kind::Broken => Ok(None),
        }
    }

    /// Ends a list or map: in flow style the marker then covers it to its bracket.
    fn close(&self, node: &mut Node<'_>, at: saphyr_parser::Span) {
        // A block ends where the next thing begins, with an empty span: its last value tells.
        if at.is_empty() {
            return;
        }
        let line = number(at.end.line());
        node.last_line = node.last_line.max(line);
        if line == node.span.line() {
            let length = number(at.end.col() + 1).saturating_sub(node.span.column());
            node.span = node.span.with_length(length.max(1));
        }
    }

    /// Notes that an anchored list or map is not complete yet.
    fn begin(&mut self, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn keep(&mut self, anchor: usize, node: &Node<'a>) {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
    }

    /// What an alias stands for, marked where the alias is.
    fn copy(&mut self, anchor: usize, mut alias: Node<'a>, depth: usize) -> Node<'a> {
        let Some(Some(target)) = self.anchors.get(&anchor) else {
            self.problems.push(
                Diagnostic::error(
                    Code::Alias,
                    alias.span,
                    "this alias stands for something that is not complete here",
                )
                .help("an alias can stand for a value further up in the same document; not for a whole section, nor for what it is part of"),
            );
            return alias;
        };
        if depth + target.height > MAX_DEPTH {
            self.problems.push(too_deep(alias.span));
            return alias;
        }
        let before = self.copied;
        self.copied = before.saturating_add(target.size);
        if self.copied > MAX_COPIED {
            if before <= MAX_COPIED {
                self.problems.push(Diagnostic::error(
                    Code::TooManyAliases,
                    alias.span,
                    format!("the aliases of this file stand for more than {MAX_COPIED} values"),
                ));
            }
            return alias;
        }
        alias.size = target.size;
        alias.height = target.height;
        alias.kind = target.kind.clone();
        alias.copied_from = Some((target.span.line(), target.last_line));
        alias
    }

    /// Reports a list or map that is nested too deep and skips it without recursion.
    fn pass_over(&mut self, node: Node<'a>) -> Result<Node<'a>, Stop> {
        self.problems.push(too_deep(node.span));
        let mut open = 1_usize;
        while open > 0 {
            match self.event()?.0 {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                _ => {}
            }
        }
        Ok(node)
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if tag.is_some() {
            self.problems.push(
                Diagnostic::error(Code::Tag, span, "YAML tags are not read in a roster")
                    .help("leave out the word that begins with `!`"),
            );
        }
    }
}

/// The marker of a map in block style: its first key.
fn first_key(map: Span, key: Span) -> Span {
    if (map.line(), map.column()) == (key.line(), key.column()) {
        key
    } else {
        map
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
