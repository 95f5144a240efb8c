//! Files of a roster and places in them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// Which file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place: one value in one line. A value over several lines is marked on its first.
///
/// A roster holds a dozen of these for each person, so that one takes eight bytes: the bits are
/// shared out as the numbers need them (`LAYOUTS`). Ordered by file, line, column and length.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    // Two halves, because a `u64` would want to stand at a multiple of eight.
    high: u32,
    low: u32,
}

/// Bits of file, line, column and length, 62 in all; the first layout that has room is taken.
/// A length that does not fit is cut: of a longer value an excerpt shows the beginning only.
const LAYOUTS: [[u32; 4]; 4] = [
    // Sixteen million lines: a million people.
    [12, 24, 14, 12],
    // A file for each person, or for each team.
    [22, 18, 12, 10],
    // A roster that a program wrote on one line.
    [10, 14, 30, 8],
    // Files of any length, if their lines are as people write them. Beyond, the column is cut.
    [18, 29, 9, 6],
];

impl Span {
    /// A place that means none; never shown.
    pub const NOWHERE: Self = Self {
        high: u32::MAX,
        low: u32::MAX,
    };

    /// A place: `line` and `column` (in characters) from 1, `length` in characters, at least 1.
    pub fn new(file: FileId, line: u32, column: u32, length: u32) -> Self {
        let fits = |[files, lines, columns, _]: &[u32; 4]| {
            file.0 <= most(*files) && line <= most(*lines) && column <= most(*columns)
        };
        let layout = LAYOUTS.iter().position(fits).unwrap_or(LAYOUTS.len() - 1);
        let [files, lines, columns, lengths] = LAYOUTS[layout];
        let push = |bits, number: u32, width| bits << width | u64::from(number.min(most(width)));
        let packed = push(layout as u64, file.0, files);
        let packed = push(push(packed, line, lines), column, columns);
        let packed = push(packed, length, lengths);
        let [high, low] = [packed >> 32, packed & u64::from(u32::MAX)];
        Self {
            high: u32::try_from(high).unwrap_or(u32::MAX),
            low: u32::try_from(low).unwrap_or(u32::MAX),
        }
    }

    /// The file.
    pub fn file(self) -> FileId {
        FileId(self.numbers()[0])
    }

    /// From 1.
    pub fn line(self) -> u32 {
        self.numbers()[1]
    }

    /// In characters, from 1.
    pub fn column(self) -> u32 {
        self.numbers()[2]
    }

    /// In characters; at least 1, and at most what there is room for (63 or more).
    pub fn length(self) -> u32 {
        self.numbers()[3]
    }

    /// The same beginning with another length, in characters.
    pub fn with_length(self, length: u32) -> Self {
        Self::new(self.file(), self.line(), self.column(), length)
    }

    /// File, line, column and length.
    fn numbers(self) -> [u32; 4] {
        if self == Self::NOWHERE {
            return [u32::MAX, 0, 0, 0];
        }
        let bits = u64::from(self.high) << 32 | u64::from(self.low);
        let [files, lines, columns, lengths] = LAYOUTS[(self.high >> 30) as usize];
        let number = |shift, width| {
            u32::try_from(bits >> shift & u64::from(most(width))).unwrap_or(u32::MAX)
        };
        [
            number(lengths + columns + lines, files),
            number(lengths + columns, lines),
            number(lengths, columns),
            number(0, lengths),
        ]
    }
}

/// The largest number of so many bits.
fn most(bits: u32) -> u32 {
    (1 << bits) - 1
}

impl Ord for Span {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.high >> 30 == other.high >> 30 {
            return (self.high, self.low).cmp(&(other.high, other.low));
        }
        let bits = |span: &Self| (span.high, span.low);
        let numbers = self.numbers().cmp(&other.numbers());
        numbers.then(bits(self).cmp(&bits(other)))
    }
}

impl PartialOrd for Span {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [file, line, column, length] = self.numbers();
        write!(f, "Span({file}:{line}:{column}+{length})")
    }
}

/// One file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As shown: the path as the user gave it.
    pub path: String,
    /// The text; empty lines in place of those that were let go.
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
    /// The last line of each range, by file and first line; no two overlap.
    hidden: BTreeMap<(FileId, u32), u32>,
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
        let (mut first, mut last) = lines.into_inner();
        let overlapping = |hidden: &BTreeMap<_, _>, first, last| {
            let (key, end) = hidden.range((file, 0)..=(file, last)).next_back()?;
            (*end >= first).then_some((*key, *end))
        };
        while let Some((key, end)) = overlapping(&self.hidden, first, last) {
            self.hidden.remove(&key);
            (first, last) = (first.min(key.1), last.max(end));
        }
        self.hidden.insert((file, first), last);
    }

    /// Whether the line of that place may hold a secret.
    pub fn is_hidden(&self, span: Span) -> bool {
        let (file, line) = (span.file(), span.line());
        let mut before = self.hidden.range((file, 0)..=(file, line));
        before.next_back().is_some_and(|(_, last)| *last >= line)
    }

    /// `path:line:column`.
    pub fn locate(&self, span: Span) -> String {
        match self.get(span.file()) {
            Some(file) => format!("{}:{}:{}", file.path, span.line(), span.column()),
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
        let at = |file, line| Span::new(file, line, 1, 1);
        assert!(sources.is_hidden(at(id, 3)) && sources.is_hidden(at(id, 5)));
        assert!(!sources.is_hidden(at(id, 6)) && !sources.is_hidden(at(FileId(9), 4)));
    }

    #[test]
    fn a_place_keeps_its_numbers_in_eight_bytes() {
        assert_eq!(size_of::<Span>(), 8);
        for (file, line, column, length) in [
            (0, 1, 1, 1),
            (4_095, 16_777_215, 16_383, 4_095),
            (4_000_000, 200_000, 4_000, 1_000),
            (9, 1, 1_000_000_000, 200),
            (200_000, 500_000_000, 500, 60),
            (0, 0, 0, 0),
        ] {
            let span = Span::new(FileId(file), line, column, length);
            let read = (span.file().0, span.line(), span.column(), span.length());
            assert_eq!(read, (file, line, column, length));
            assert_ne!(span, Span::NOWHERE);
        }
        let long = Span::new(FileId(1), 2, 3, u32::MAX);
        assert_eq!((long.column(), long.length()), (3, 4_095));
        let far = Span::new(FileId(5_000), 1_000_000, 100_000, 1);
        assert_eq!((far.file().0, far.line()), (5_000, 1_000_000));
    }

    #[test]
    fn places_come_in_the_order_of_the_files() {
        let places = [
            Span::new(FileId(0), 1, 1, 1),
            Span::new(FileId(0), 1, 1, 2),
            Span::new(FileId(0), 1, 50_000, 1),
            Span::new(FileId(0), 2, 1, 1),
            Span::new(FileId(0), 20_000_000, 1, 1),
            Span::new(FileId(1), 1, 1, 1),
            Span::new(FileId(100_000), 1, 1, 1),
            Span::NOWHERE,
        ];
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    }
}
