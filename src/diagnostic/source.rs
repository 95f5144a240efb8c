//! Files of a roster and places in them.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// Which file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place: one value in one line. A value over several lines is marked on its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters; at least 1.
    pub length: u32,
}

impl Span {
    /// A place that means none; never shown.
    pub const NOWHERE: Self = Self {
        file: FileId(u32::MAX),
        line: 0,
        column: 0,
        length: 0,
    };
}

/// One file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As shown: the path as the user gave it.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Where each line begins, in bytes; made when the first excerpt is asked for.
    starts: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// A line, counted from 1, without its line break. Lines end as YAML's do: LF, CRLF or CR.
    pub fn line(&self, number: u32) -> Option<&str> {
        let starts = self.starts.get_or_init(|| line_starts(&self.text));
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *starts.get(at)?;
        let end = starts.get(at + 1).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let breaks = bytes.iter().enumerate().filter(|(at, byte)| match **byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0)
        .chain(breaks.map(|(at, _)| at + 1))
        .collect()
}

/// All files of a roster.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    hidden: Vec<(FileId, RangeInclusive<u32>)>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile {
            path: path.into(),
            text: text.into(),
            starts: OnceLock::new(),
        });
        id
    }

    /// The file, if there is such.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// Keeps lines out of every excerpt, whatever diagnostic points at them (roster rule 7).
    pub fn hide(&mut self, file: FileId, lines: RangeInclusive<u32>) {
        self.hidden.push((file, lines));
    }

    /// Whether the line of that place may hold a secret.
    pub fn is_hidden(&self, span: Span) -> bool {
        self.hidden
            .iter()
            .any(|(file, lines)| *file == span.file && lines.contains(&span.line))
    }

    /// `path:line:column`.
    pub fn locate(&self, span: Span) -> String {
        match self.get(span.file) {
            Some(file) => format!("{}:{}:{}", file.path, span.line, span.column),
            None => String::from("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_yaml_lines_do() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "one\ntwo\r\nthree\rfour");
        let file = sources.get(id).unwrap();
        let lines: Vec<_> = (0..6).map(|number| file.line(number)).collect();
        assert_eq!(
            lines,
            [
                None,
                Some("one"),
                Some("two"),
                Some("three"),
                Some("four"),
                None
            ]
        );
    }

    #[test]
    fn a_hidden_line_is_hidden_in_its_own_file_only() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "");
        sources.hide(id, 3..=5);
        let at = |file, line| Span {
            file,
            line,
            column: 1,
            length: 1,
        };
        assert!(sources.is_hidden(at(id, 3)) && sources.is_hidden(at(id, 5)));
        assert!(!sources.is_hidden(at(id, 6)) && !sources.is_hidden(at(FileId(9), 4)));
    }
}
