//! What git tells of the roster for evidence: its states between two days, the oldest first, one state
//! by its commit, who wrote commits, and which commits came after another one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Git;
use super::blobs::Blobs;
use super::followed::States;
use super::past::in_short;
use super::place::{GitPlace, Nowhere};
use super::states::{Entry, Tree};
use crate::connector;
use crate::evidence::end_of;
use crate::evidence::word::{Commit, Rules, Words};
use crate::model::inventory::day_of;
use crate::roster::diagnostic::Severity;
use crate::roster::model::Roster;
use crate::roster::{Parsed, RosterFile, parse_within, rule_changes};

/// Follows the roster's word from `from` to `to`; `Err`: there is no history to follow.
pub(crate) async fn words(
    paths: &[PathBuf],
    roster: &Roster,
    from: Date,
    to: Date,
) -> Result<Words, String> {
    let mut place = find(paths).await?;
    let head = place.commit("HEAD").await?;
    let mut walk = States::begin(&place, &head, from).await?;
    let mut states: Vec<(String, Tree)> = Vec::new();
    while let Some((touch, tree)) = walk.next(&mut place).await? {
        states.push((touch.hash, tree.clone()));
    }
    if states.is_empty() {
        return Err(String::from("the roster's files are in no commit"));
    }
    let told = place
        .commits(states.iter().map(|(hash, _)| &**hash))
        .await?;
    let mut states: Vec<(Commit, Tree)> = states
        .into_iter()
        .rev()
        .filter_map(|(hash, tree)| Some((told.get(&hash)?.clone(), tree)))
        .collect();
    states.retain(|(commit, _)| commit.at < end_of(to));
    let mut words = Words::default();
    if place.shallow
        && let Some(day) = place.git.cut_at().await?
        && day >= from
        && let Some((commit, _)) = states.first()
    {
        let why = format!(
            "the clone reaches back to {day} only; fetch the whole history (fetch-depth: 0 or \
             GIT_DEPTH: 0 in CI)"
        );
        words.unread.push((commit.clone(), why));
    }
    let mut reader = Reader::new(&place)?;
    let mut before: Option<Parsed> = None;
    let ends: Vec<Timestamp> = states.iter().skip(1).map(|(commit, _)| commit.at).collect();
    let ends = ends.into_iter().chain([end_of(to)]);
    for ((commit, tree), until) in states.iter().zip(ends) {
        let parsed = match reader.parse(tree, roster).await {
            Ok(parsed) => parsed,
            Err(why) => {
                words.unread.push((commit.clone(), why));
                continue;
            }
        };
        words.state(commit, &parsed.roster, until);
        if let Some(before) = &before {
            let now = (&parsed.roster, &parsed.sources);
            let changes = rule_changes(now, (&before.roster, &before.sources));
            if !changes.is_empty() {
                words.rules.push(Rules {
                    commit: commit.clone(),
                    changes,
                });
            }
        }
        before = Some(parsed);
    }
    Ok(words)
}

/// The roster as a commit has it, and that commit.
pub(crate) async fn roster_at(
    paths: &[PathBuf],
    roster: &Roster,
    rev: &str,
) -> Result<(Parsed, Commit), String> {
    let mut place = find(paths).await?;
    let hash = place.commit(rev).await?;
    let told = place.commits([&*hash].into_iter()).await?;
    let commit = told.get(&*hash).cloned();
    let commit = commit.ok_or_else(|| format!("git does not tell of {rev}"))?;
    // Its files may have been moved since.
    let head = place.commit("HEAD").await?;
    let mut walk = States::begin(&place, &head, day_of(commit.at)).await?;
    while walk.next(&mut place).await?.is_some() {}
    let tree = place.git.tree(&hash, &place.scope).await?;
    if tree.is_empty() {
        return Err(format!(
            "the commit {} has no files of the roster",
            commit.short()
        ));
    }
    let parsed = Reader::new(&place)?.parse(&tree, roster).await?;
    Ok((parsed, commit))
}

/// Who wrote each commit that HEAD has along first parents; nobody where git does not tell.
pub(crate) async fn authors(paths: &[PathBuf]) -> BTreeMap<Box<str>, Box<str>> {
    let Ok(place) = find(paths).await else {
        return BTreeMap::new();
    };
    let words = [
        "log",
        "--no-show-signature",
        "--first-parent",
        "--format=%H%x09%an",
        "HEAD",
    ];
    let told = place.git.tell(&words, "").await.unwrap_or_default();
    let lines = told.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(hash, author)| (hash.into(), author.into()))
        .collect()
}

/// The commits that have another one among their ancestors, and that one, by whole hashes.
pub(crate) async fn descendants(paths: &[PathBuf], commit: &str) -> BTreeSet<String> {
    let Ok(place) = find(paths).await else {
        return BTreeSet::new();
    };
    let Ok(hash) = place.commit(commit).await else {
        return BTreeSet::new();
    };
    let range = format!("{hash}..HEAD");
    let words = ["rev-list", "--ancestry-path", &range];
    let told = place.git.tell(&words, "").await.unwrap_or_default();
    told.lines().map(str::to_owned).chain([hash]).collect()
}

async fn find(paths: &[PathBuf]) -> Result<GitPlace, String> {
    let found = GitPlace::find(paths).await;
    found.map_err(|why| match why {
        Nowhere::NoGit(why) | Nowhere::Unreadable(why) => why,
    })
}

impl GitPlace {
    /// The whole hash of what somebody calls a commit.
    async fn commit(&self, rev: &str) -> Result<String, String> {
        let spec = format!("{rev}^{{commit}}");
        let words = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &spec,
        ];
        match self.git.ask(&words).await {
            Some(Ok(hash)) => Ok(hash.trim().to_owned()),
            _ => Err(format!("git knows no commit \"{rev}\" here")),
        }
    }

    /// What git tells of commits, by their whole hashes.
    async fn commits<'h>(
        &self,
        hashes: impl Iterator<Item = &'h str>,
    ) -> Result<HashMap<String, Commit>, String> {
        let input: String = hashes.map(|hash| format!("{hash}\n")).collect();
        let words = [
            "log",
            "--no-show-signature",
            "--no-walk=unsorted",
            "--stdin",
            "--format=%H%x09%ct%x09%an%x09%s",
        ];
        let told = self.git.tell(&words, &input).await?;
        let commits = told.lines().filter_map(|line| {
            let mut parts = line.splitn(4, '\t');
            let hash = parts.next()?;
            let at = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
            let commit = Commit {
                hash: hash.into(),
                at,
                author: parts.next()?.into(),
                subject: parts.next().unwrap_or_default().into(),
            };
            Some((hash.to_owned(), commit))
        });
        Ok(commits.collect())
    }
}

/// Reads states of the roster; of two states that share a file it is read once.
struct Reader<'p> {
    place: &'p GitPlace,
    blobs: Blobs,
    texts: HashMap<Box<str>, String>,
}

impl<'p> Reader<'p> {
    fn new(place: &'p GitPlace) -> Result<Self, String> {
        Ok(Self {
            blobs: Blobs::new(&Git {
                folder: place.git.folder.clone(),
            })?,
            place,
            texts: HashMap::new(),
        })
    }

    /// The roster of a tree. One with errors says too little to go by.
    async fn parse(&mut self, tree: &Tree, roster: &Roster) -> Result<Parsed, String> {
        let mut files: Vec<RosterFile> = self.place.outside.clone();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (path, entry) in tree {
            let Entry::File(blob) = entry else {
                return Err(format!("{path} is a symbolic link, which is not followed"));
            };
            seen.insert(blob);
            if !self.texts.contains_key(blob) {
                let bytes = self.blobs.read(blob).await?;
                let bytes = bytes.ok_or_else(|| format!("the clone does not have {path}"))?;
                let text = String::from_utf8(bytes);
                let text = text.map_err(|_| format!("{path} is not UTF-8"))?;
                self.texts.insert(blob.clone(), text);
            }
            files.push(RosterFile {
                path: path.clone(),
                folder: self
                    .place
                    .top
                    .join(path)
                    .parent()
                    .map(PathBuf::from)
                    .unwrap_or_default(),
                text: self.texts.get(blob).cloned().unwrap_or_default(),
            });
        }
        self.texts.retain(|blob, _| seen.contains(&**blob));
        let parsed = parse_within(files, &connector::specs(), roster).to_plan_with();
        let mut problems = parsed.diagnostics.iter();
        match problems.find(|it| it.severity == Severity::Error) {
            Some(error) => Err(in_short(error, &parsed.sources)),
            None => Ok(parsed),
        }
    }
}
