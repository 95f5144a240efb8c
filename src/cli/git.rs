//! Asks git which commits wrote lines of the roster. Whatever goes wrong, there is less to tell and
//! nothing else: no git, no work tree, a folder of somebody else's that git refuses. What the roster
//! was before is asked in `past`.
//!
//! A repository may come from anywhere, and its own settings can name programs. So nothing here has
//! git read the working copy (filters), show a text (converters, pagers), look for changes (a
//! monitor) or fetch what a partial clone left out (any command at all). That git refuses folders
//! of other users (`safe.directory`) is left as it is.

mod blobs;
mod followed;
pub(crate) mod past;
mod place;
mod states;
pub(crate) mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::roster::diagnostic::{FileId, SourceFile, Sources, Span};
use crate::roster::history::{History, Origin, blame, lines};

/// Until git is given up, for one question.
const PATIENCE: Duration = Duration::from_secs(10);

/// Settings that outrank those of the repository.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "protocol.allow=never",
];

/// Variables of the caller that stay: which folders git trusts.
const KEPT: &[&str] = &["GIT_CONFIG", "GIT_CEILING_DIRECTORIES"];

/// Where these lines come from, as far as git tells; one blame a file.
pub(crate) async fn history(sources: &Sources, places: impl Iterator<Item = Span>) -> History {
    let mut wanted: BTreeMap<FileId, BTreeSet<u32>> = BTreeMap::new();
    for place in places {
        wanted.entry(place.file()).or_default().insert(place.line());
    }
    let mut history = History::default();
    for (file, numbers) in wanted {
        let Some(source) = sources.get(file) else {
            continue;
        };
        let found = of_file(source, &numbers).await.unwrap_or_default();
        let found = found
            .into_iter()
            .map(|(line, origin)| ((file, line), origin));
        history.lines.extend(found);
    }
    history
}

async fn of_file(source: &SourceFile, wanted: &BTreeSet<u32>) -> Option<BTreeMap<u32, Origin>> {
    // Git knows one kind of line break.
    if source.text.replace("\r\n", "\n").contains('\r') {
        return None;
    }
    // A link may lead into another repository.
    let path = std::fs::canonicalize(&source.path).ok()?;
    let name = path.file_name()?.to_str()?;
    let git = Git {
        folder: path.parent()?.to_owned(),
    };
    let told = git
        .ask(&[
            "rev-parse",
            "--is-inside-work-tree",
            "--is-shallow-repository",
        ])
        .await?
        .ok()?;
    let mut told = told.lines();
    if told.next() != Some("true") {
        return None;
    }
    let shallow = told.next() != Some("false");
    let spec = format!("HEAD:./{name}");
    let blob = match git
        .ask(&["rev-parse", "--verify", "--quiet", &spec])
        .await?
    {
        Ok(blob) => blob,
        // The one answer to "no such path in HEAD", or to no commit at all.
        Err(Some(1)) => {
            let new = wanted.iter().map(|line| (*line, Origin::NotCommitted));
            return Some(new.collect());
        }
        Err(_) => return None,
    };
    let committed = git.ask(&["cat-file", "blob", blob.trim()]).await?.ok()?;
    let pairs = lines::pair(&split(&committed), &split(&source.text));
    let place = |line: u32| {
        pairs
            .get(usize::try_from(line).ok()?.checked_sub(1)?)
            .copied()?
    };
    let committed: BTreeMap<u32, u32> = wanted
        .iter()
        .filter_map(|line| Some((*line, u32::try_from(place(*line)?).ok()?.checked_add(1)?)))
        .collect();
    let blamed = match committed.is_empty() {
        true => BTreeMap::new(),
        false => {
            git.blame(name, committed.values().copied(), shallow)
                .await?
        }
    };
    let origins = wanted.iter().filter_map(|line| {
        let origin = match committed.get(line) {
            Some(old) => blamed.get(old)?.clone(),
            None => Origin::NotCommitted,
        };
        Some((*line, origin))
    });
    Some(origins.collect())
}

/// Lines without their breaks, and without a mark at the beginning.
fn split(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().collect()
}

/// Git in one folder.
pub(super) struct Git {
    pub(super) folder: PathBuf,
}

impl Git {
    /// Who wrote lines of the committed file.
    async fn blame(
        &self,
        name: &str,
        numbers: impl Iterator<Item = u32>,
        shallow: bool,
    ) -> Option<BTreeMap<u32, Origin>> {
        let ranges: Vec<String> = numbers.map(|line| format!("-L{line},{line}")).collect();
        let mut words = vec!["blame", "--porcelain", "--no-textconv"];
        words.extend(ranges.iter().map(String::as_str));
        words.extend(["HEAD", "--", name]);
        let output = self.ask(&words).await?.ok()?;
        Some(blame::parse(&output, shallow))
    }

    /// What git prints, or the code it ended with. `None`: it cannot be run, took too long, or
    /// printed no text.
    pub(super) async fn ask(&self, words: &[&str]) -> Option<Result<String, Option<i32>>> {
        let run = command(&self.folder, words).output();
        let output = tokio::time::timeout(PATIENCE, run).await.ok()?.ok()?;
        if !output.status.success() {
            return Some(Err(output.status.code()));
        }
        Some(Ok(String::from_utf8(output.stdout).ok()?))
    }
}

fn command(folder: &Path, words: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("git");
    let kept = |name: &str| KEPT.iter().any(|kept| name.starts_with(kept));
    for (name, _) in std::env::vars_os() {
        if let Some(name) = name.to_str().filter(|it| it.starts_with("GIT_"))
            && !kept(name)
        {
            // They may name another repository, or a program.
            command.env_remove(name);
        }
    }
    // Not by the process's own folder: a search path with `.` in it would find programs there.
    command.arg("-C").arg(folder).arg("--no-pager");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .args(words)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_LITERAL_PATHSPECS", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}
