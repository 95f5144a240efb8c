//! Files of a roster and places in them.

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
}

/// All files of a roster.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile {
            path: path.into(),
            text: text.into(),
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

    /// `path:line:column`.
    pub fn locate(&self, span: Span) -> String {
        match self.get(span.file) {
            Some(file) => format!("{}:{}:{}", file.path, span.line, span.column),
            None => String::from("?"),
        }
    }
}
