//! Texts on one line: plain, or in quotes.

use std::ops::Range;

use memchr::memchr;
use saphyr_parser::ScalarStyle;

/// A text with its bytes.
pub(super) struct Word {
    /// With its quotes.
    pub(super) whole: Range<usize>,
    /// What it says.
    pub(super) text: Range<usize>,
    pub(super) style: ScalarStyle,
    /// Where to read on: behind its quotes, or behind the last byte that is no space.
    pub(super) after: usize,
}

/// A text in block style; `line` ends with its line.
pub(super) fn word(line: &[u8], at: usize) -> Option<Word> {
    match line.get(at) {
        Some(b'"' | b'\'') => quoted(line, at),
        _ => plain::<false>(line, at),
    }
}

/// A text between brackets.
pub(super) fn flow_word(line: &[u8], at: usize) -> Option<Word> {
    match line.get(at) {
        Some(b'"' | b'\'') => quoted(line, at),
        _ => plain::<true>(line, at),
    }
}

/// A text in quotes, without escapes.
fn quoted(line: &[u8], at: usize) -> Option<Word> {
    let quote = *line.get(at)?;
    let inside = line.get(at + 1..)?;
    let length = memchr(quote, inside)?;
    let end = at + 1 + length;
    let style = match quote {
        b'"' if memchr(b'\\', &inside[..length]).is_some() => return None,
        b'"' => ScalarStyle::DoubleQuoted,
        // Two of them stand for one.
        _ if line.get(end + 1) == Some(&quote) => return None,
        _ => ScalarStyle::SingleQuoted,
    };
    Some(Word {
        whole: at..end + 1,
        text: at + 1..end,
        style,
        after: end + 1,
    })
}

/// A text without quotes, up to what ends it, a comment, or the end of the line.
fn plain<const FLOW: bool>(line: &[u8], at: usize) -> Option<Word> {
    let rest = line.get(at..)?;
    if !begins_plain(*rest.first()?) {
        return None;
    }
    let mut length = 0;
    let mut before = b' ';
    for (offset, byte) in rest.iter().enumerate() {
        let colon_ends = || match rest.get(offset + 1) {
            None | Some(b' ') => true,
            Some(next) => FLOW && is_bracket(*next),
        };
        match *byte {
            b' ' => {}
            b'#' if before == b' ' => break,
            b':' if colon_ends() => break,
            // The parser refuses some dashes that stand alone in brackets.
            b'-' if FLOW && before == b' ' => return None,
            byte if FLOW && is_bracket(byte) => break,
            _ => length = offset + 1,
        }
        before = *byte;
    }
    let whole = at..at + length;
    Some(Word {
        text: whole.clone(),
        after: whole.end,
        whole,
        style: ScalarStyle::Plain,
    })
}

fn is_bracket(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

/// Bytes that a plain text begins with and nothing else does. A `-`, `?` or `:` may begin one too.
fn begins_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_./+(~$<=^;\\)".contains(&byte)
}
