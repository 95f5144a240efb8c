//! The lines that may hold a secret, found in the bare text (rule 7).
//!
//! The tree knows exactly what stands under `auth`, but there is no tree where the text is not
//! YAML, and that is where a broken quote makes a secret the very thing a diagnostic points at.
//! So this looks at letters only and rather hides a line too many.

use std::ops::RangeInclusive;

use memchr::{memchr2, memmem};

/// Keys whose value is, or leads to, a secret; also as the end of a longer key (`client_secret`).
const KEYS: [&str; 5] = ["auth", "secret", "token", "password", "jwt"];

/// Ranges of lines, from 1, in which a secret may stand.
pub(super) fn secret_lines(text: &str) -> Vec<RangeInclusive<u32>> {
    // Most lines of a large roster are looked at by `memmem` only: 2 instructions a byte instead
    // of 83 for going through the lines.
    let finds = KEYS.map(|key| memmem::find_iter(text.as_bytes(), key.as_bytes()));
    let mut found: Vec<usize> = finds.into_iter().flatten().collect();
    found.sort_unstable();
    let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
    let mut line = Line::first(text);
    for at in found {
        if at < line.start {
            continue;
        }
        while let Some(next) = line.next().filter(|next| next.start <= at) {
            line = next;
        }
        let mut last = line;
        if let Some(after) = after_key(line.text()) {
            last = block_end(line, after);
            ranges.push(line.number..=last.number);
        }
        match last.next() {
            Some(next) => line = next,
            None => break,
        }
    }
    ranges
}

/// A line as YAML counts them: LF, CRLF and CR each end one.
#[derive(Clone, Copy)]
struct Line<'a> {
    whole: &'a str,
    /// The byte where it begins.
    start: usize,
    /// From 1.
    number: u32,
}

impl<'a> Line<'a> {
    fn first(whole: &'a str) -> Self {
        Self {
            whole,
            start: 0,
            number: 1,
        }
    }

    /// The byte where it ends, and whether that is the end of the text.
    fn end(self) -> (usize, bool) {
        let rest = &self.whole.as_bytes()[self.start..];
        match memchr2(b'\n', b'\r', rest) {
            Some(length) => (self.start + length, false),
            None => (self.whole.len(), true),
        }
    }

    fn text(self) -> &'a str {
        &self.whole[self.start..self.end().0]
    }

    fn next(self) -> Option<Self> {
        let (end, over) = self.end();
        let both = self.whole[end..].starts_with("\r\n");
        (!over).then(|| Self {
            start: end + if both { 2 } else { 1 },
            number: self.number.saturating_add(1),
            ..self
        })
    }
}

/// The byte where the value of the first such key of the line may begin.
fn after_key(line: &str) -> Option<usize> {
    KEYS.iter()
        .flat_map(|key| line.match_indices(key).map(|(at, key)| at + key.len()))
        .filter_map(|end| {
            let rest = line[end..].trim_start_matches(['"', '\'']).trim_start();
            let explicit = rest.is_empty() && line.trim_start().starts_with("? ");
            (rest.starts_with(':') || explicit).then_some(line.len() - rest.len())
        })
        .min()
}

/// The last line that belongs to the key: what is indented more, what an open quote or bracket
/// goes on in, and a list at the key's own indent.
fn block_end<'a>(first: Line<'a>, after: usize) -> Line<'a> {
    let own = indent(first.text());
    let mut state = Open::default();
    state.scan(&first.text()[after..]);
    let mut last = first;
    let mut following = first.next();
    while let Some(at) = following {
        let line = at.text();
        let blank = line.trim().is_empty();
        let listed = indent(line) == own && line.trim_start().starts_with(['-', ':']);
        if !blank && !listed && indent(line) <= own && !state.is_open() {
            break;
        }
        state.scan(line);
        if !blank || state.is_open() {
            last = at;
        }
        following = at.next();
    }
    last
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Quotes and brackets that are still open.
#[derive(Default)]
struct Open {
    brackets: usize,
    quote: Option<char>,
}

impl Open {
    fn is_open(&self) -> bool {
        self.brackets > 0 || self.quote.is_some()
    }

    fn scan(&mut self, text: &str) {
        let mut before = ' ';
        let mut escaped = false;
        for character in text.chars() {
            match self.quote {
                Some('"') if escaped => escaped = false,
                Some('"') if character == '\\' => escaped = true,
                Some(quote) if character == quote => self.quote = None,
                Some(_) => {}
                None => match character {
                    '#' if before == ' ' => return,
                    // Within a word it is an apostrophe.
                    '"' | '\'' if " :,[{".contains(before) => self.quote = Some(character),
                    '[' | '{' => self.brackets += 1,
                    ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                    _ => {}
                },
            }
            before = character;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<u32> {
        secret_lines(text).into_iter().flatten().collect()
    }

    #[test]
    fn everything_under_auth_is_hidden_and_nothing_else() {
        for (text, wanted) in [
            ("a: 1\nb: author\n", vec![]),
            ("v:\n  auth: { token: x }\n  unlisted: report\n", vec![2]),
            (
                "v:\n  auth:\n    token:\n      env: X\n  max: {}\n",
                vec![2, 3, 4],
            ),
            ("v:\n  auth:\n  - x\n  max: {}\n", vec![2, 3]),
            ("v:\n  auth: { a: \"x\n  y\" }\n  max: {}\n", vec![2, 3]),
            ("v:\n  auth: { a: \"x\n  y }\nmax: {}\n", vec![2, 3, 4, 5]),
            ("v: { auth: {\na: x },\nmax: {} }\n", vec![1, 2]),
            ("v:\r\n  \"auth\" : x\r\n  max: {}\r\n", vec![2]),
            ("v:\n  ? auth\n  : token\n  max: {}\n", vec![2, 3]),
            ("v:\n  client_secret: x\n  max: {}\n", vec![2]),
            ("v:\n  auth: x # don't {\n  max: {}\n", vec![2]),
            ("v:\n  auth: it's\n\n  max: {}\n", vec![2]),
        ] {
            assert_eq!(hidden(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them_and_nothing_before_is_skipped() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "author: x",
                "",
                "a: token",
                "  auth: {",
                "  b: c }",
                "d: 1",
                "jwt: x",
            ];
            assert_eq!(hidden(&text.join(end)), [4, 5, 7], "{end:?}");
        }
    }
}
