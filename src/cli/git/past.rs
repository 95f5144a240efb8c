//! Who was on the roster before: the states that git has of it, read and compared with what is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::Git;
use super::blobs::Blobs;
use super::states::{Entry, Scope, Touch, Tree};
use crate::connector;
use crate::roster::diagnostic::{Diagnostic, Severity, Sources};
use crate::roster::history::addresses::Addresses;
use crate::roster::history::departed::{Comparison, Past};
use crate::roster::model::Roster;
use crate::roster::{Parsed, RosterFile, listed, parse_within};
use crate::run::load;

/// Bytes of rosters that are read whatever is in them, some seconds' worth. Beyond them a state is
/// read only if its text has an address that is not known yet.
const READ_ANYWAY: usize = 256 << 20;

/// How often files are followed to where they were moved from.
const MOST_MOVES: usize = 50;

/// Looks for people whom the roster listed on `from` or later and does not list any more.
pub(crate) async fn past(paths: &[PathBuf], roster: &Roster, from: Date, on: Date) -> Past {
    let mut past = Past::new(from);
    let place = match Place::find(paths).await {
        Ok(place) => place,
        Err(Nowhere::NoGit(why)) => {
            past.absent = Some(why);
            return past;
        }
        Err(Nowhere::Unreadable(why)) => {
            past.problem = Some(why);
            return past;
        }
    };
    let mut walk = Walk {
        roster,
        present: Comparison::new(&listed(roster, on, on)),
        addresses: Addresses::default(),
        texts: BTreeMap::new(),
        bytes: 0,
        past,
        on,
        place,
    };
    if let Err(why) = walk.walk().await {
        walk.past.problem = Some(format!("the roster's history could not be read: {why}"));
    }
    walk.past.departed = walk.present.finish();
    walk.past
}

/// Where the roster is in git.
pub(super) struct Place {
    pub(super) git: Git,
    pub(super) scope: Scope,
    pub(super) shallow: bool,
    /// Files of the roster that are in no work tree: they count as they are.
    pub(super) outside: Vec<RosterFile>,
    pub(super) top: PathBuf,
}

/// Why there is no history.
pub(super) enum Nowhere {
    /// There is none to be expected.
    NoGit(String),
    /// There may be one.
    Unreadable(String),
}

impl Place {
    pub(super) async fn find(paths: &[PathBuf]) -> Result<Self, Nowhere> {
        let mut found: Option<Self> = None;
        let mut outside = Vec::new();
        for path in load::places(paths) {
            let Some((folder, real)) = in_work_tree(&path) else {
                outside.push(path);
                continue;
            };
            let unreadable = |why: String| {
                Nowhere::Unreadable(format!("the roster's history could not be read: {why}"))
            };
            let git = Git { folder };
            let words = ["rev-parse", "--show-toplevel", "--is-shallow-repository"];
            let told = git.tell(&words, "").await.map_err(unreadable)?;
            let mut told = told.lines();
            let top = told.next().unwrap_or_default();
            let top = std::fs::canonicalize(top).map_err(|error| unreadable(error.to_string()))?;
            let name = real.strip_prefix(&top).ok().and_then(Path::to_str);
            let name = name.ok_or_else(|| unreadable(String::from("a path is odd")))?;
            let place = found.get_or_insert_with(|| Self {
                git: Git {
                    folder: top.clone(),
                },
                scope: Scope::default(),
                shallow: told.next() != Some("false"),
                outside: Vec::new(),
                top: top.clone(),
            });
            if place.top != top {
                let why = "the roster's files are in two repositories, whose histories have no \
                           common order";
                return Err(unreadable(String::from(why)));
            }
            place.scope.named.insert(name.to_owned());
        }
        let Some(mut place) = found else {
            return Err(Nowhere::NoGit(String::from(
                "the roster is in no git work tree",
            )));
        };
        if !outside.is_empty() {
            place.outside = load::files(&outside);
        }
        Ok(place)
    }
}

/// The folder to ask git in, and the path without links; `None` outside of work trees.
fn in_work_tree(path: &Path) -> Option<(PathBuf, PathBuf)> {
    // A default that is not there now may have been there.
    let (parent, name) = match std::fs::canonicalize(path) {
        Ok(real) if real.is_dir() => (real, None),
        Ok(real) => (
            real.parent()?.to_owned(),
            Some(real.file_name()?.to_owned()),
        ),
        Err(_) => {
            let parent = std::path::absolute(path).ok()?.parent()?.to_owned();
            let parent = std::fs::canonicalize(parent).ok()?;
            (parent, Some(path.file_name()?.to_owned()))
        }
    };
    let inside = parent.ancestors().any(|it| it.join(".git").exists());
    let real = match name {
        Some(name) => parent.join(name),
        None => parent.clone(),
    };
    inside.then_some((parent, real))
}

/// One file of a state.
struct Text {
    /// Of which blob.
    blob: Box<str>,
    /// What is in it, or why it cannot be read.
    read: Result<String, String>,
}

struct Walk<'r> {
    /// The roster as it is.
    roster: &'r Roster,
    place: Place,
    present: Comparison,
    addresses: Addresses,
    /// The files of the state looked at, by path.
    texts: BTreeMap<String, Text>,
    /// Read so far.
    bytes: usize,
    past: Past,
    on: Date,
}

impl Walk<'_> {
    async fn walk(&mut self) -> Result<(), String> {
        let git = Git {
            folder: self.place.git.folder.clone(),
        };
        let words = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
        let Some(Ok(head)) = git.ask(&words).await else {
            self.past.absent = Some(String::from("the repository has no commit yet"));
            return Ok(());
        };
        if self.place.shallow
            && let Some(day) = git.cut_at().await?
            && day >= self.past.from
        {
            self.past.problem = Some(format!(
                "the clone reaches back to {day} only, and {} is asked for; fetch the whole history \
                 (fetch-depth: 0 or GIT_DEPTH: 0 in CI), or give a shorter --since",
                self.past.from
            ));
        }
        let mut blobs = Blobs::new(&git)?;
        let mut start = head.trim().to_owned();
        let mut after: Option<Touch> = None;
        for _ in 0..MOST_MOVES {
            let touches = git
                .touches(&start, &self.place.scope, self.past.from)
                .await?;
            if touches.is_empty() && after.is_none() {
                self.past.absent = Some(String::from("the roster's files are in no commit"));
            }
            let Some(first) = touches.first() else { break };
            let mut tree = git.tree(&first.hash, &self.place.scope).await?;
            let moved = self.moved(&git, &touches).await?;
            let mut next = None;
            for touch in &touches {
                self.state(touch, after.as_ref(), &tree, &mut blobs).await?;
                after = Some(touch.clone());
                if let Some((commit, before, from)) = &moved
                    && *commit == touch.hash
                {
                    self.place.scope.former.extend(from.iter().cloned());
                    next = Some(before.clone());
                    break;
                }
                touch.take_back(&mut tree);
            }
            match next {
                Some(before) => start = before,
                None => break,
            }
        }
        Ok(())
    }

    /// The newest commit that moved files into the roster, the one to go on from, and where the
    /// files were.
    async fn moved(
        &self,
        git: &Git,
        touches: &[Touch],
    ) -> Result<Option<(String, String, Vec<String>)>, String> {
        let mut pairs: Vec<(&str, &str)> = touches
            .windows(2)
            .filter(|pair| pair[0].adds())
            .map(|pair| (&*pair[0].hash, &*pair[1].hash))
            .collect();
        // The first commit of all, unless it is the state that the time looked at began with.
        let oldest = touches.last().filter(|it| it.day >= self.past.from);
        let parent = match oldest {
            Some(oldest) => git.parent(&oldest.hash).await,
            None => None,
        };
        if let (Some(oldest), Some(parent)) = (oldest, &parent) {
            pairs.push((&oldest.hash, parent));
        }
        if pairs.is_empty() {
            return Ok(None);
        }
        let moves = git.moves(&pairs, &self.place.scope).await?;
        let newest = pairs.iter().find_map(|(commit, before)| {
            let from = moves.get(*commit)?.iter().cloned().collect();
            Some(((*commit).to_owned(), (*before).to_owned(), from))
        });
        Ok(newest)
    }

    /// Looks at the roster as it was after a commit, until the next one.
    async fn state(
        &mut self,
        touch: &Touch,
        after: Option<&Touch>,
        tree: &Tree,
        blobs: &mut Blobs,
    ) -> Result<(), String> {
        self.past.commits += 1;
        self.read(tree, blobs).await?;
        let readable = self.texts.values().filter_map(|it| it.read.as_ref().ok());
        let size: usize = readable.clone().map(String::len).sum();
        let known = |email: &str| self.present.is_settled(email);
        let mut texts = readable.clone();
        let worth = self.bytes + size <= READ_ANYWAY
            || texts.any(|text| self.addresses.has_new(text, &known));
        if !worth {
            return Ok(());
        }
        self.bytes += size;
        let parsed = self.parse();
        if let Some(why) = self.why_not_whole(tree, &parsed) {
            self.past.unread.push((touch.commit(), why));
        }
        let until = after.map_or(self.on, |after| after.day);
        let people = listed(&parsed.roster, touch.day.max(self.past.from), until);
        self.present
            .older(&people, after.map(Touch::commit).as_ref());
        let known = |email: &str| self.present.is_settled(email);
        for text in self.texts.values().filter_map(|it| it.read.as_ref().ok()) {
            self.addresses.learn(text, &known);
        }
        Ok(())
    }

    /// Reads the files of a tree that were not read yet.
    async fn read(&mut self, tree: &Tree, blobs: &mut Blobs) -> Result<(), String> {
        self.texts.retain(
            |path, text| matches!(tree.get(path), Some(Entry::File(blob)) if *blob == text.blob),
        );
        for (path, entry) in tree {
            let Entry::File(blob) = entry else { continue };
            if self.texts.contains_key(path) {
                continue;
            }
            let read = match blobs.read(blob).await? {
                Some(bytes) => String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8")),
                None => {
                    self.past.problem.get_or_insert_with(|| {
                        String::from(
                            "the clone lacks files that the roster had (it is a partial one); \
                             fetch all of them",
                        )
                    });
                    Err(format!("the clone does not have {path}"))
                }
            };
            let text = Text {
                blob: blob.clone(),
                read,
            };
            self.texts.insert(path.clone(), text);
        }
        Ok(())
    }

    fn parse(&self) -> Parsed {
        let then = self.texts.iter().filter_map(|(path, text)| {
            Some(RosterFile {
                path: path.clone(),
                folder: self.place.top.join(path).parent()?.to_owned(),
                text: text.read.as_ref().ok()?.clone(),
            })
        });
        let files = self.place.outside.iter().cloned().chain(then).collect();
        parse_within(files, &connector::specs(), self.roster)
    }

    /// Why a state may have listed people who were not seen.
    fn why_not_whole(&self, tree: &Tree, parsed: &Parsed) -> Option<String> {
        let link = tree.iter().find(|(_, entry)| **entry == Entry::Link);
        if let Some((path, _)) = link {
            return Some(format!("{path} is a symbolic link, which is not followed"));
        }
        let mut texts = self.texts.values();
        if let Some(why) = texts.find_map(|text| text.read.as_ref().err()) {
            return Some(why.clone());
        }
        let mut problems = parsed.diagnostics.iter();
        let error = problems.find(|it| it.severity == Severity::Error)?;
        Some(in_short(error, &parsed.sources))
    }
}

/// A problem with its place, in one line.
pub(super) fn in_short(problem: &Diagnostic, sources: &Sources) -> String {
    let place = problem.place.as_ref().map(|(span, _)| *span);
    let file = place.and_then(|span| Some((sources.get(span.file())?, span.line())));
    match file {
        Some((file, line)) => format!("{}:{line}: {}", file.path, problem.message),
        None => problem.message.clone(),
    }
}
