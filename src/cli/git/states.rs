//! The roster's files as they were after each commit that touched them, the newest first.
//!
//! Only plumbing that compares trees and prints objects is run: no working copy, no converters, no
//! hooks. What a tree calls a link is not followed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Git;
use crate::roster::history::departed::Commit;

/// Digits of a hash that are shown.
const SHORT: usize = 10;

/// What a tree has under a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, by the name of its blob.
    File(Box<str>),
    /// A symbolic link.
    Link,
}

/// The roster's files in one commit, by path from the top of the work tree.
pub(super) type Tree = BTreeMap<String, Entry>;

/// A commit that touched the roster's files.
#[derive(Debug, Clone)]
pub(super) struct Touch {
    /// Its whole hash.
    pub(super) hash: String,
    /// The day it was committed (UTC).
    pub(super) day: Date,
    /// What the paths that it changed had before it.
    before: Vec<(String, Option<Entry>)>,
}

impl Touch {
    /// Whether it added files.
    pub(super) fn adds(&self) -> bool {
        self.before.iter().any(|(_, entry)| entry.is_none())
    }

    /// As it is shown.
    pub(super) fn commit(&self) -> Commit {
        Commit {
            hash: self.hash.get(..SHORT).unwrap_or(&self.hash).into(),
            day: self.day,
        }
    }

    /// Makes of the tree after this commit the one before it.
    pub(super) fn take_back(&self, tree: &mut Tree) {
        for (path, entry) in &self.before {
            match entry {
                Some(entry) => tree.insert(path.clone(), entry.clone()),
                None => tree.remove(path),
            };
        }
    }
}

/// Which paths make up the roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Files and folders, from the top of the work tree; the top itself is empty.
    pub(super) named: BTreeSet<String>,
    /// Where files of the roster lay before they were moved into it.
    pub(super) former: BTreeSet<String>,
}

impl Scope {
    /// Whether a file belongs to the roster, by the rules of the working copy.
    pub(super) fn has(&self, path: &str) -> bool {
        if self.former.contains(path) || self.named.contains(path) {
            return true;
        }
        // Folders above it, the nearest first; the top is empty. There may be thousands of names.
        let ends = path.rmatch_indices('/').map(|(at, _)| (at, at + 1));
        let mut above = ends.chain([(0, 0)]);
        let named = |(end, below): (usize, usize)| {
            let mut parts = path[below..].split('/');
            self.named.contains(&path[..end]) && !parts.any(|part| part.starts_with('.'))
        };
        is_yaml(path) && above.any(named)
    }

    /// Folders that a folder of the roster may have been before a file of it was moved from `from` to
    /// `to`.
    pub(super) fn folders_before(&self, from: &str, to: &str) -> Vec<String> {
        let folders = self.named.iter().filter_map(|named| {
            let below = match named.as_str() {
                "" => to,
                named => to.strip_prefix(named)?.strip_prefix('/')?,
            };
            let folder = from.strip_suffix(below)?.strip_suffix('/')?;
            (!folder.is_empty()).then(|| folder.to_owned())
        });
        folders.collect()
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let all = self.named.iter().chain(&self.former);
        all.map(|path| match path.as_str() {
            "" => ".",
            path => path,
        })
    }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

impl Git {
    /// The roster's files in a commit.
    pub(super) async fn tree(&self, commit: &str, scope: &Scope) -> Result<Tree, String> {
        let mut words = vec!["ls-tree", "-r", "-z", commit, "--"];
        words.extend(scope.paths());
        let output = self.tell(&words, "").await?;
        let entries = output.split('\0').filter_map(|line| {
            // MODE TYPE NAME, a tabulator, PATH
            let (what, path) = line.split_once('\t')?;
            let mut what = what.split(' ');
            let (mode, name) = (what.next()?, what.nth(1)?);
            let entry = entry(mode, name)?;
            scope.has(path).then(|| (path.to_owned(), entry))
        });
        Ok(entries.collect())
    }

    /// The commits along first parents that touched the roster's files, the newest first: those of
    /// `from` and later, and the one before them.
    pub(super) async fn touches(
        &self,
        start: &str,
        scope: &Scope,
        from: Date,
    ) -> Result<Vec<Touch>, String> {
        let mut words = vec!["rev-list", "--first-parent", "--timestamp", start, "--"];
        words.extend(scope.paths());
        let output = self.tell(&words, "").await?;
        let mut touches: Vec<Touch> = output.lines().filter_map(touch).collect();
        // A commit with a wrong clock must not hide those before it.
        let last = touches.iter().rposition(|it| it.day >= from);
        touches.truncate(last.map_or(1, |at| at + 2));
        self.compare(&mut touches, scope).await?;
        Ok(touches)
    }

    /// Fills in what each commit changed against the next older one.
    async fn compare(&self, touches: &mut [Touch], scope: &Scope) -> Result<(), String> {
        let pairs = touches.windows(2);
        let pairs: String = pairs
            .map(|pair| format!("{} {}\n", pair[0].hash, pair[1].hash))
            .collect();
        let mut words = vec!["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames"];
        words.extend(["--no-abbrev", "--"]);
        words.extend(scope.paths());
        let output = self.tell(&words, &pairs).await?;
        let mut touches = touches.iter_mut();
        let mut current: Option<&mut Touch> = None;
        let mut parts = output.split('\0');
        while let Some(part) = parts.next() {
            // :MODE MODE NAME NAME STATUS, then the path; before them once the commit.
            let Some(what) = part.strip_prefix(':') else {
                current = touches.find(|it| it.hash == part.trim());
                continue;
            };
            let path = parts.next().unwrap_or_default();
            let mut what = what.split(' ');
            let (mode, name) = (what.next(), what.nth(1));
            if let (Some(touch), true) = (&mut current, scope.has(path)) {
                let before = entry(mode.unwrap_or_default(), name.unwrap_or_default());
                touch.before.push((path.to_owned(), before));
            }
        }
        Ok(())
    }

    /// By commit, where files of the roster lay before that commit moved them into it, and where it
    /// moved them. Each pair is a commit and the one to compare it with.
    pub(super) async fn moves(
        &self,
        pairs: &[(&str, &str)],
        scope: &Scope,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, String> {
        let input: String = pairs
            .iter()
            .map(|(commit, before)| format!("{commit} {before}\n"))
            .collect();
        let words = ["diff-tree", "--stdin", "-r", "-z", "--raw", "-M"];
        let output = self.tell(&words, &input).await?;
        let mut moves: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut commit = "";
        let mut parts = output.split('\0');
        while let Some(part) = parts.next() {
            let Some(what) = part.strip_prefix(':') else {
                commit = part.trim();
                continue;
            };
            let from = parts.next().unwrap_or_default();
            let status = what.rsplit(' ').next().unwrap_or_default();
            if !status.starts_with('R') {
                continue;
            }
            let to = parts.next().unwrap_or_default();
            if scope.has(to) && !scope.has(from) && is_yaml(from) {
                let moved = moves.entry(commit.to_owned()).or_default();
                moved.insert(from.to_owned(), to.to_owned());
            }
        }
        Ok(moves)
    }

    /// The first parent of a commit; `None` if it has none here.
    pub(super) async fn parent(&self, commit: &str) -> Option<String> {
        let spec = format!("{commit}^1");
        let words = ["rev-parse", "--verify", "--quiet", &spec];
        let told = self.ask(&words).await?.ok()?;
        Some(told.trim().to_owned())
    }

    /// The day to which a shallow clone reaches back along first parents; `None` if there is nothing
    /// before.
    pub(super) async fn cut_at(&self) -> Result<Option<Date>, String> {
        let words = ["rev-list", "--first-parent", "--timestamp", "HEAD"];
        let all = self.tell(&words, "").await?;
        let Some(oldest) = all.lines().last().and_then(touch) else {
            return Ok(None);
        };
        // The object itself still names the parent that the clone lacks.
        let object = self.tell(&["cat-file", "commit", &oldest.hash], "").await?;
        let mut head = object.lines().take_while(|line| !line.is_empty());
        let has_parent = head.any(|line| line.starts_with("parent "));
        Ok(has_parent.then_some(oldest.day))
    }
}

/// A line of `rev-list --timestamp`.
fn touch(line: &str) -> Option<Touch> {
    let (seconds, hash) = line.split_once(' ')?;
    let time = Timestamp::from_second(seconds.parse().ok()?).ok()?;
    Some(Touch {
        hash: hash.to_owned(),
        day: time.to_zoned(TimeZone::UTC).date(),
        before: Vec::new(),
    })
}

/// What a tree's line stands for; `None` for nothing, and for what is no file.
fn entry(mode: &str, name: &str) -> Option<Entry> {
    match mode {
        "120000" => Some(Entry::Link),
        mode if mode.starts_with("100") => Some(Entry::File(name.into())),
        _ => None,
    }
}
