//! The slips of hands that make a file no YAML: where they are, and in words.
//!
//! The parser sees most of them a line later, and says what it expected instead of what is there.
//! So this looks again at the lines around the place that it names. Nothing of a line is quoted:
//! it may hold a secret.

mod line;

use saphyr_parser::ScanError;

use super::brackets::open_bracket;
use super::number;
use crate::roster::diagnostic::{Code, Diagnostic, FileId, Span};
use line::Line;

/// Conflict markers that are reported for one file.
const MOST_MARKERS: usize = 20;

/// A slip, and what to do about it.
pub(super) struct Slip {
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    length: usize,
    message: String,
    help: &'static str,
}

/// The problem of a file that is no YAML.
pub(super) fn syntax(file: FileId, text: &str, error: &ScanError) -> Diagnostic {
    let lines = Lines::of(text);
    let at = (error.marker().line().max(1), error.marker().col() + 1);
    let (span, message, help) = match lines.slip(text, error.info(), at) {
        Some(slip) => (
            Span::new(
                file,
                number(slip.line),
                number(slip.column),
                number(slip.length.max(1)),
            ),
            slip.message,
            format!("{}; the rest of this file was not read", slip.help),
        ),
        None => {
            // The one message that quotes the file ends before the quotation, which may be of a
            // secret.
            let reason = error.info().split(": `").next().unwrap_or_default();
            (
                Span::new(file, number(at.0), number(at.1), 1),
                format!("this is not YAML: {reason}"),
                String::from("the rest of this file was not read; there may be more to correct"),
            )
        }
    };
    Diagnostic::error(Code::Syntax, span, message).help(help)
}

/// Where a merge left its markers: no line of a roster begins with seven of these.
pub(crate) fn conflicts(file: FileId, text: &str) -> Vec<Diagnostic> {
    let markers = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    // Most files have none, and this is much quicker than going through their lines.
    if markers
        .iter()
        .all(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_none())
    {
        return Vec::new();
    }
    let lines = Lines::of(text);
    let is_marker = |line: &&Line<'_>, marker: &str| {
        let rest = line.text.strip_prefix(marker);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let marked = |marker| lines.0.iter().filter(move |line| is_marker(line, marker));
    // Of a whole conflict its beginning is enough; of one that was half resolved, what was left.
    let mut found: Vec<&Line<'_>> = marked("<<<<<<<").collect();
    if found.is_empty() {
        found = markers.into_iter().flat_map(marked).collect();
        found.sort_by_key(|line| line.number);
    }
    let found = found.into_iter().take(MOST_MARKERS);
    let problem = |line: &Line<'_>| {
        let span = Span::new(file, number(line.number), 1, 7);
        Diagnostic::error(Code::Syntax, span, "this is a conflict marker of a merge").help(
            "keep what is meant of both sides, and take the lines out that begin with \
             `<<<<<<<`, `=======` and `>>>>>>>`; the file was not read",
        )
    };
    found.map(problem).collect()
}

/// The lines of a file, which end as YAML's do: LF, CRLF or CR.
struct Lines<'t>(Vec<Line<'t>>);

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let lines = text
            .split('\n')
            .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        let line = |(number, text)| Line { number, text };
        Self((1..).zip(lines).map(line).collect())
    }

    fn get(&self, number: usize) -> Option<&Line<'t>> {
        self.0.get(number.checked_sub(1)?)
    }

    /// The last line before that one that is neither blank nor a comment.
    fn before(&self, number: usize) -> Option<&Line<'t>> {
        let before = self.0.get(..number.saturating_sub(1).min(self.0.len()))?;
        before.iter().rev().find(|line| line.says_something())
    }

    /// The first line from that one on that is neither blank nor a comment.
    fn from(&self, number: usize) -> Option<&Line<'t>> {
        let rest = self.0.get(number.saturating_sub(1)..)?;
        rest.iter().find(|line| line.says_something())
    }

    /// What is wrong, where the parser says so and at that place.
    fn slip(&self, text: &str, told: &str, at: (usize, usize)) -> Option<Slip> {
        let here = self.get(at.0).filter(|line| line.says_something());
        if told.contains(" tab") || told.starts_with("tab") || told.starts_with("':' must be") {
            return self.tab(at);
        }
        if told.starts_with("simple key expect") {
            return self.without_colon(at.0);
        }
        if told.starts_with("mapping values are not allowed") {
            return here
                .and_then(Line::odd)
                .or_else(|| self.without_colon(at.0))
                .or_else(|| self.before(at.0).and_then(Line::odd))
                .or_else(|| self.second_colon(at));
        }
        if told.contains("did not find expected '-'") || told.contains("did not find expected key")
        {
            // Told at the end of the line before, or at the line itself.
            let rest = here.filter(|line| line.content() + line.indentation() >= at.1);
            let line = rest.or_else(|| self.from(at.0 + 1)).or(here)?;
            return line
                .odd()
                .or_else(|| self.before(line.number).and_then(Line::odd))
                .or_else(|| Some(line.misplaced()));
        }
        if told == "misplaced bracket" {
            return here
                .and_then(Line::odd)
                .or_else(|| here.and_then(Line::bracket_without_colon))
                .or_else(|| {
                    here.map(|line| {
                        line.at(
                            at.1,
                            "this bracket closes nothing",
                            "take it out, or open it",
                        )
                    })
                });
        }
        if told.contains("flow")
            || told == "illegal placement of ':' indicator"
            || told == "invalid indentation"
        {
            return self.unclosed(text, at);
        }
        let (message, help) = words(told, here?, at.1)?;
        Some(here?.at(at.1, message, help))
    }

    /// A tab in an indentation there or right behind, else in that line.
    fn tab(&self, at: (usize, usize)) -> Option<Slip> {
        let (here, next) = (self.get(at.0), self.from(at.0 + 1));
        let message = "there is a tab in this indentation";
        let help = "YAML indents with spaces only: put spaces in its place";
        let near = [here, next].into_iter().flatten();
        let mut indented = near.filter_map(|line| Some((line, line.tab_in_indentation()?)));
        if let Some((line, column)) = indented.next() {
            return Some(line.at(column, message, help));
        }
        let line = here?;
        let column = line.text.chars().position(|it| it == '\t')? + 1;
        Some(line.at(column, "there is a tab here", "put a space in its place"))
    }

    /// A line before that one that is no entry.
    fn without_colon(&self, number: usize) -> Option<Slip> {
        let mut line = self.before(number).filter(|line| !line.is_entry())?;
        // What is deeper goes on with the text of the line above.
        while let Some(above) = self.before(line.number)
            && !above.is_entry()
            && !line.is_item()
            && above.indentation() < line.indentation()
        {
            line = above;
        }
        line.odd().or_else(|| {
            let column = line.indentation() + 1;
            let slip = line.at(
                column,
                "there is no colon behind a key here",
                "a key is followed by a colon and a space: `key: value`",
            );
            Some(Slip {
                length: line.content(),
                ..slip
            })
        })
    }

    /// A colon in a value, or a line that is deeper than the entry above it can have any.
    fn second_colon(&self, at: (usize, usize)) -> Option<Slip> {
        let here = self.get(at.0)?;
        let first = here.colon()?;
        if first < at.1 {
            let help = match here.text.contains(['\u{201c}', '\u{201d}', '\u{201e}']) {
                true => "put the text into plain quotes (\"…\"): typographic ones are part of it",
                false => "put the whole text into quotes: `key: \"a: b\"`",
            };
            return Some(here.at(
                at.1,
                "a text with a colon and a space in it needs quotes",
                help,
            ));
        }
        let above = self.before(at.0)?;
        (above.start() < here.start()).then(|| here.misplaced())
    }

    /// A bracket that is never closed, or what is odd between two.
    fn unclosed(&self, text: &str, at: (usize, usize)) -> Option<Slip> {
        let (line, column) = open_bracket(text)?;
        let opening = self.get(line)?;
        let here = self.get(at.0).filter(|line| line.says_something());
        let open = here.is_none_or(|here| {
            here.number > line
                && here.indentation() <= opening.indentation()
                && !here.text.trim_start().starts_with([']', '}'])
        });
        if open {
            return Some(opening.at(
                column,
                "this bracket is not closed",
                "close it behind its last value; quotes around a value may be missing, too",
            ));
        }
        let here = here?;
        here.odd_between_brackets(at.1).or_else(|| {
            Some(here.at(
                at.1,
                "this does not belong here between brackets",
                "separate values by commas, close each bracket by its own kind, and put a text with \
                 a comma, a bracket or a colon in it into quotes",
            ))
        })
    }
}

/// What the parser says of a single character, in our words.
fn words(told: &str, here: &Line<'_>, column: usize) -> Option<(String, &'static str)> {
    let character = here.text.chars().nth(column - 1)?;
    let quotes = "put the whole text into quotes";
    let begins = || {
        (
            format!("a text that begins with `{character}` needs quotes"),
            quotes,
        )
    };
    if told.starts_with("unexpected character")
        || told.contains("unknown anchor")
        || told.starts_with("while scanning a block scalar, did not")
        || told.starts_with("while scanning an anchor or alias")
        || told.starts_with("plain scalar cannot start")
    {
        return Some(begins());
    }
    let (message, help) = match told {
        _ if told.starts_with("invalid trailing content") => (
            "there is text behind the closing quote",
            "put the whole text into quotes; in '…' an apostrophe is written twice, in \"…\" once",
        ),
        _ if told.contains("in quoted scalar") || told.ends_with("unexpected end of stream") => (
            "this quote is not closed",
            "close it at the end of the text",
        ),
        _ if told.contains("quoted scalar") => (
            "this text has a backslash that means nothing",
            "write it in '…', where a backslash is a backslash, or write it twice",
        ),
        _ if told.starts_with("a byte order mark") => (
            "there is a byte order mark (U+FEFF) in the middle of the file",
            "take it out; an editor may not show it, and files that were put together have it",
        ),
        _ => return None,
    };
    Some((message.to_owned(), help))
}
