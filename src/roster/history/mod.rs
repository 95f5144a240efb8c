//! What Git knows of the roster: which commit wrote a line, and who was listed before. Pure: what git
//! says comes in as text and values.

pub mod addresses;
pub mod blame;
pub mod departed;
pub mod lines;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::roster::diagnostic::{FileId, Span};

/// Where a line of the roster comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This commit wrote it.
    Commit(Commit),
    /// It stands in the file, and in no commit yet.
    NotCommitted,
    /// The clone does not reach back to the commit that wrote it.
    OlderThanClone,
}

/// A commit, as far as it is shown. Its texts are whatever somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The first digits of its hash.
    pub hash: Box<str>,
    /// The day it was written (UTC), which may be long before it was merged.
    pub date: Date,
    /// Who wrote it.
    pub author: Box<str>,
    /// The first line of its message.
    pub subject: Box<str>,
}

/// Where lines come from; a line that is not in it has no history that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// By file and line, from 1.
    pub lines: BTreeMap<(FileId, u32), Origin>,
    /// Who approved what the first run with a commit knew of, by the first digits of its hash; in
    /// words.
    pub approved: BTreeMap<Box<str>, Vec<String>>,
}

impl History {
    /// The commits that lines come from, each once.
    pub fn commits(&self) -> BTreeMap<&str, &Commit> {
        let commits = self.lines.values().filter_map(|origin| match origin {
            Origin::Commit(commit) => Some((&*commit.hash, commit)),
            Origin::NotCommitted | Origin::OlderThanClone => None,
        });
        commits.collect()
    }

    /// Where the line of a place comes from.
    pub fn of(&self, place: Span) -> Option<&Origin> {
        self.lines.get(&(place.file(), place.line()))
    }
}
