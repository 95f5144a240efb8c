//! Where the people of a roster come from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Spanned;
use crate::roster::diagnostic::Span;

/// A person's keys in sources, by the sources' names.
pub type SourceKeys = Box<[(Arc<str>, Spanned<Box<str>>)]>;

/// One entry under `sources`: an export that lists people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleSource {
    /// Where its name stands.
    pub span: Span,
    /// What kind of file it is.
    pub form: SourceForm,
    /// The file, resolved against the one that names it.
    pub path: PathBuf,
    /// The file as it is written.
    pub written: Box<str>,
    /// The column, or the pointer, of each field: `key` and `email` are always there.
    pub columns: BTreeMap<&'static str, Box<str>>,
    /// How days are written, besides `2026-01-31`.
    pub dates: Vec<Box<str>>,
    /// What tells who is active; `None`: whoever is listed is.
    pub active: Option<ActiveColumn>,
    /// What gives profiles; `None`: nothing does.
    pub profiles: Option<ProfilesColumn>,
    /// What becomes of people of this source whom the file lists no more.
    pub missing: Missing,
}

/// The kinds of files that list people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceForm {
    /// A table; the sign between two cells is found out where it is not given.
    Csv {
        /// That sign.
        separator: Option<u8>,
    },
    /// A list of objects.
    Json {
        /// The pointer to the list; empty for the document itself.
        list: Box<str>,
    },
}

/// A column that tells who is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveColumn {
    /// The column.
    pub column: Box<str>,
    /// The values of people who are.
    pub is: Vec<Box<str>>,
}

/// A column that gives profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilesColumn {
    /// The column.
    pub column: Box<str>,
    /// What stands between several values of one cell.
    pub split: Option<Box<str>>,
    /// The profiles that each value gives.
    pub values: BTreeMap<Box<str>, Vec<Spanned<Arc<str>>>>,
}

impl ProfilesColumn {
    /// The value that stands for all others.
    pub const OTHERS: &'static str = "*";
}

/// What becomes of people of a source whom its file lists no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// They have left.
    #[default]
    Leaver,
    /// They stay as they are.
    Keep,
}
