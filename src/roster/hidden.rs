//! The lines that may hold a secret, found in the bare text (rule 7).
//!
//! The tree knows exactly what stands under `auth`, but there is no tree where the text is not
//! YAML, and that is where a broken quote makes a secret the very thing a diagnostic points at.
//! So this looks at letters only and rather hides a line too many.

use std::ops::RangeInclusive;

/// Keys whose value is, or leads to, a secret; also as the end of a longer key (`client_secret`).
const KEYS: [&str; 5] = ["auth", "secret", "token", "password", "jwt"];

/// Ranges of lines, from 1, in which a secret may stand.
pub(super) fn secret_lines(text: &str) -> Vec<RangeInclusive<u32>> {
    if !KEYS.iter().any(|key| text.contains(key)) {
        return Vec::new();
    }
    let lines: Vec<&str> = split_lines(text);
    let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
    let mut next = 0;
    while next < lines.len() {
        let Some(after) = lines.get(next).and_then(|line| after_key(line)) else {
            next += 1;
            continue;
        };
        let last = block_end(&lines, next, after);
        ranges.push(number(next)..=number(last));
        next = last + 1;
    }
    ranges
}

fn number(line: usize) -> u32 {
    u32::try_from(line + 1).unwrap_or(u32::MAX)
}

/// Lines as YAML counts them: LF, CRLF and CR each end one.
fn split_lines(text: &str) -> Vec<&str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
        .collect()
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
fn block_end(lines: &[&str], first: usize, after: usize) -> usize {
    let own = indent(lines[first]);
    let mut state = Open::default();
    state.scan(&lines[first][after..]);
    let mut last = first;
    for (at, line) in lines.iter().enumerate().skip(first + 1) {
        let blank = line.trim().is_empty();
        let listed = indent(line) == own && line.trim_start().starts_with(['-', ':']);
        if !blank && !listed && indent(line) <= own && !state.is_open() {
            break;
        }
        state.scan(line);
        if !blank || state.is_open() {
            last = at;
        }
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
}
