//! Who was on the roster before: the states that git has of it, read and compared with what is there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::Git;
use super::blobs::Blobs;
use super::followed::States;
use super::place::{GitPlace, Nowhere};
use super::states::{Entry, Touch, Tree};
use crate::connector;
use crate::roster::diagnostic::{Diagnostic, Severity, Sources};
use crate::roster::history::addresses::Addresses;
use crate::roster::history::departed::{Comparison, Past};
use crate::roster::model::Roster;
use crate::roster::{Parsed, RosterFile, listed, parse_within};

/// Bytes of rosters that are read whatever is in them, some seconds' worth. Beyond them a state is
/// read only if its text has an address that is not known yet.
const READ_ANYWAY: usize = 256 << 20;

/// Looks for people whom the roster listed on `from` or later and does not list any more.
pub(crate) async fn past(paths: &[PathBuf], roster: &Roster, from: Date, on: Date) -> Past {
    let mut past = Past::new(from);
    let place = match GitPlace::find(paths).await {
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
    place: GitPlace,
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
                 (fetch-depth: 0 or GIT_DEPTH: 0 in CI), or ask for fewer days",
                self.past.from
            ));
        }
        let mut blobs = Blobs::new(&git)?;
        let from = self.past.from;
        let mut states = States::begin(&self.place, head.trim(), from).await?;
        let mut after: Option<Touch> = None;
        while let Some((touch, tree)) = states.next(&mut self.place).await? {
            self.state(&touch, after.as_ref(), tree, &mut blobs).await?;
            after = Some(touch);
        }
        if after.is_none() {
            self.past.absent = Some(String::from("the roster's files are in no commit"));
        }
        Ok(())
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
        let known = |email: &str| self.present.tells_nothing_new(email);
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
        let known = |email: &str| self.present.tells_nothing_new(email);
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
