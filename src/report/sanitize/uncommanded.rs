//! Output in which no line is a command to the CI system that reads the log.
//!
//! GitHub's runner takes `::name::` for one where a line begins, after white space, and `##[name]`
//! anywhere (`ActionCommand.cs` of actions/runner, looked at on 2026-11-29). What knows where its
//! texts stand has escaped them before; this is where lines are known.

use std::io::{self, Write};

use super::opens_command;

/// Passes lines on, with the second sign of a command's mark as an escape.
#[derive(Debug)]
pub struct Uncommanded<W: Write> {
    to: W,
    /// The line that is not complete yet.
    rest: Vec<u8>,
    json: bool,
}

impl<W: Write> Uncommanded<W> {
    /// For texts.
    pub fn new(to: W) -> Self {
        let rest = Vec::new();
        Self {
            to,
            rest,
            json: false,
        }
    }

    /// For lines of JSON, with JSON's own escapes.
    pub fn json(to: W) -> Self {
        let json = true;
        Self {
            json,
            ..Self::new(to)
        }
    }

    fn pass(&mut self, lines: &[u8]) -> io::Result<()> {
        // Nearly all output has no such sign at all.
        if memchr::memmem::find(lines, b"##").is_none() && !begins_command(lines) {
            return self.to.write_all(lines);
        }
        let text = String::from_utf8_lossy(lines);
        self.to.write_all(escaped(&text, self.json).as_bytes())
    }
}

impl<W: Write> Write for Uncommanded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match memchr::memrchr(b'\n', bytes) {
            None => self.rest.extend_from_slice(bytes),
            Some(end) => {
                let (lines, rest) = bytes.split_at(end + 1);
                let begun = std::mem::take(&mut self.rest);
                self.rest.extend_from_slice(rest);
                if begun.is_empty() {
                    self.pass(lines)?;
                } else {
                    self.pass(&[&begun, lines].concat())?;
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        self.pass(&rest)?;
        self.to.flush()
    }
}

/// A text of one or more lines in which none is a command.
pub fn uncommanded(text: &str) -> String {
    escaped(text, false)
}

/// Whether a line begins with `::`.
fn begins_command(lines: &[u8]) -> bool {
    let mut from = 0;
    loop {
        let line = &lines[from..];
        if line.trim_ascii_start().starts_with(b"::") {
            return true;
        }
        match memchr::memchr(b'\n', line) {
            Some(end) => from += end + 1,
            None => return false,
        }
    }
}

fn escaped(text: &str, json: bool) -> String {
    let (hash, colon) = match json {
        true => ("\\u0023", "\\u003a"),
        false => ("\\u{23}", "\\u{3a}"),
    };
    let mut shown = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        shown.push_str(&line[..line.len() - words.len()]);
        // Three colons are none of its marks; excerpts of a roster have them.
        let rest = match words.strip_prefix("::") {
            Some(rest) if !rest.starts_with(':') => {
                shown.push(':');
                shown.push_str(colon);
                rest
            }
            _ => words,
        };
        let mut before = false;
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            if c == '#' && before && opens_command(chars.clone()) {
                shown.push_str(hash);
            } else {
                shown.push(c);
            }
            before = c == '#';
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (text, shown) in [
            ("::add-mask::5", r":\u{3a}add-mask::5"),
            ("one\n \t ::error::x\n", "one\n \t :\\u{3a}error::x\n"),
            ("\u{a0}::error::x", "\u{a0}:\\u{3a}error::x"),
            ("a ##[group]b", r"a #\u{23}[group]b"),
            (" ::: users.yaml:1:1", " ::: users.yaml:1:1"),
            ("a ::error::x", "a ::error::x"),
            ("", ""),
        ] {
            assert_eq!(uncommanded(text), shown);
        }
    }

    #[test]
    fn pieces_become_the_same_as_the_whole() {
        let text = "a\n  ::error::x\n##[group]y\n::";
        for size in 1..text.len() {
            let mut out = Uncommanded::new(Vec::new());
            for piece in text.as_bytes().chunks(size) {
                out.write_all(piece).unwrap();
            }
            out.flush().unwrap();
            assert_eq!(String::from_utf8(out.to).unwrap(), uncommanded(text));
        }
    }

    #[test]
    fn a_line_of_json_stays_json() {
        let mut out = Uncommanded::json(Vec::new());
        out.write_all(b"{\"a\":\"##[group]b\"}\n").unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out.to).unwrap();
        assert_eq!(value["a"], "##[group]b");
        assert!(!out.to.windows(3).any(|it| it == b"##["));
    }
}
