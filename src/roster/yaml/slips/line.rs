//! One line, looked at as a person does who searches for a slip.

use super::Slip;

/// Characters that look like a colon and are none.
const COLONS: [char; 5] = ['\u{FF1A}', '\u{FE55}', '\u{2236}', '\u{A789}', '\u{02D0}'];

#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// Whether it is neither blank nor a comment.
    pub(super) fn says_something(&self) -> bool {
        let text = self.text.trim_start();
        !text.is_empty() && !text.starts_with('#')
    }

    /// Spaces that it begins with.
    pub(super) fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// Characters behind the indentation.
    pub(super) fn content(&self) -> usize {
        self.text.trim_end().chars().count() - self.indentation().min(self.text.len())
    }

    /// The column of its key, from 0: behind its dashes.
    pub(super) fn start(&self) -> usize {
        self.text.chars().count() - self.entry().chars().count()
    }

    /// Whether it begins with a dash.
    pub(super) fn is_item(&self) -> bool {
        self.text.trim_start().starts_with("- ")
    }

    /// What stands behind indentation and dashes.
    fn entry(&self) -> &'t str {
        let mut rest = self.text.trim_start_matches(' ');
        while let Some(behind) = rest.strip_prefix("- ") {
            rest = behind.trim_start_matches(' ');
        }
        rest
    }

    /// The column of the first colon that ends a key, from 1.
    pub(super) fn colon(&self) -> Option<usize> {
        let characters: Vec<char> = self.text.chars().collect();
        let ends = |at: &usize| {
            characters.get(*at) == Some(&':') && matches!(characters.get(at + 1), None | Some(' '))
        };
        (0..characters.len()).find(ends).map(|at| at + 1)
    }

    /// Whether a key and a colon are in it, as far as one can see.
    pub(super) fn is_entry(&self) -> bool {
        self.colon().is_some()
    }

    /// The column of a tab among the blanks that it begins with, from 1.
    pub(super) fn tab_in_indentation(&self) -> Option<usize> {
        let blanks = self.text.chars().take_while(|it| matches!(it, ' ' | '\t'));
        blanks
            .enumerate()
            .find_map(|(at, it)| (it == '\t').then_some(at + 1))
    }

    /// A slip at a column of it.
    pub(super) fn at(&self, column: usize, message: impl Into<String>, help: &'static str) -> Slip {
        Slip {
            line: self.number,
            column,
            length: 1,
            message: message.into(),
            help,
        }
    }

    /// Its indentation is the slip.
    pub(super) fn misplaced(&self) -> Slip {
        Slip {
            length: self.content(),
            ..self.at(
                self.indentation() + 1,
                "this line fits nothing above it: its indentation is wrong, or the line above has a \
                 value already",
                "the keys of one person, vendor or account begin in one column, and so do the \
                 dashes of one list",
            )
        }
    }

    /// A bracket right behind a key.
    pub(super) fn bracket_without_colon(&self) -> Option<Slip> {
        let entry = self.entry();
        let end = entry.find(['{', '['])?;
        let is_key = end > 0 && !entry.get(..end)?.contains([':', '"', '\'']);
        is_key.then(|| {
            self.at(
                self.start() + entry.get(..end).unwrap_or_default().chars().count() + 1,
                "there is no colon between a key and this bracket",
                "a key is followed by a colon and a space: `key: { … }`",
            )
        })
    }

    /// Blanks and colons that are others than they look.
    pub(super) fn odd(&self) -> Option<Slip> {
        let blanks = self.text.chars().take_while(|it| it.is_whitespace());
        let odd = blanks.enumerate().find(|(_, it)| is_odd_blank(*it));
        if let Some((at, blank)) = odd {
            return Some(self.odd_blank(at + 1, blank, "in this indentation"));
        }
        let entry = self.entry();
        let column = |bytes: usize| {
            let before = entry.get(..bytes).unwrap_or_default();
            self.start() + before.chars().count() + 1
        };
        if let Some(behind) = entry.strip_prefix('-') {
            let next = behind.chars().next()?;
            if is_odd_blank(next) {
                return Some(self.odd_blank(column(1), next, "behind this dash"));
            }
            let is_key = next.is_alphabetic() && self.is_entry();
            return is_key.then(|| {
                let help = "a dash is followed by a space: `- email: …`";
                self.at(column(0), "there is no space behind this dash", help)
            });
        }
        let at = entry.find(|it| it == ':' || COLONS.contains(&it))?;
        let (key, rest) = entry.split_at(at);
        let mut rest = rest.chars();
        let (colon, next) = (rest.next()?, rest.next());
        let is_key = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ' ' | '"');
        if key.is_empty() || !key.chars().all(is_key) {
            return None;
        }
        if colon != ':' {
            return Some(self.at(
                column(at),
                format!(
                    "this is no colon, though it looks like one (U+{:04X})",
                    u32::from(colon)
                ),
                "write a plain colon and a space behind the key",
            ));
        }
        match next? {
            ' ' => None,
            blank if is_odd_blank(blank) => {
                Some(self.odd_blank(column(at + 1), blank, "behind this colon"))
            }
            // An address (`https://…`), or a key of two parts.
            '/' | ':' => None,
            _ if key.contains([' ', '"']) => None,
            _ => Some(self.at(
                column(at),
                "there is no space behind this colon",
                "a key is followed by a colon and a space: `key: value`",
            )),
        }
    }

    /// A colon without a space before that column, between brackets.
    pub(super) fn odd_between_brackets(&self, column: usize) -> Option<Slip> {
        let before: Vec<char> = self.text.chars().take(column).collect();
        let odd = before.iter().rposition(|it| is_odd_blank(*it))?;
        let blank = *before.get(odd)?;
        Some(self.odd_blank(odd + 1, blank, "here"))
    }

    fn odd_blank(&self, column: usize, blank: char, place: &str) -> Slip {
        let name = match blank {
            '\t' => "a tab",
            '\u{A0}' | '\u{202F}' => "a no-break space",
            _ => "another blank than a space",
        };
        self.at(
            column,
            format!("there is {name} (U+{:04X}) {place}", u32::from(blank)),
            "write a plain space; text from a web page or a document often has others",
        )
    }
}

/// A blank that YAML does not take for a space.
pub(super) fn is_odd_blank(character: char) -> bool {
    character != ' ' && character.is_whitespace()
}
