//! What became of the rosters of a fleet: how many of each, and each by name.

use std::process::Output;

use serde_json::json;

use crate::cli::aftermath::Aftermath;
use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::Error;
use crate::report;
use crate::report::sanitize::line;

/// What became of one roster.
pub(super) struct Ended {
    pub(super) name: String,
    /// `None`: it was not begun.
    pub(super) output: Option<Output>,
}

pub(super) fn sum_up(
    command: &str,
    ended: &[Ended],
    rosters: usize,
    format: Format,
    after: &mut Aftermath<'_>,
) -> Result<(), Error> {
    let widest = ended.iter().map(|run| run.name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    after.print(|out| {
        if format == Format::Json {
            let runs: Vec<_> = ended.iter().map(document).collect();
            let counts: serde_json::Map<_, _> = counts(command, ended)
                .into_iter()
                .map(|(word, count)| (word.replace(' ', "_"), json!(count)))
                .collect();
            let document =
                json!({ "format": 1, "command": command, "summary": counts, "rosters": runs });
            return report::json::write(&document, out);
        }
        let counts = counts(command, ended).into_iter();
        let counts: Vec<String> = counts
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let counts = counts.join(", ");
        writeln!(out, "Fleet: {command} of {rosters} rosters: {counts}")?;
        for run in ended {
            let name = line(&run.name);
            let (word, more) = meaning(command, run.code());
            let more = match (run.told(), command) {
                (Some(said), "plan") => said,
                (Some(said), _) => format!("{said}; {more}"),
                (None, _) => more.to_owned(),
            };
            let colon = if more.is_empty() { "" } else { ": " };
            writeln!(out, "  {name:<widest$}  {word}{colon}{more}")?;
        }
        Ok(())
    })
}

fn document(run: &Ended) -> serde_json::Value {
    let stdout = run.output.as_ref().map(|it| &it.stdout);
    let result = stdout.and_then(|it| serde_json::from_slice::<serde_json::Value>(it).ok());
    let notes = run.output.as_ref().map(|it| text(&it.stderr));
    json!({ "roster": run.name, "exit": run.code(), "result": result, "notes": notes })
}

/// What an exit code means: the word by which rosters are counted, and more where there is more to
/// say, as the table of the documentation has it.
fn meaning(command: &str, code: Option<i32>) -> (&'static str, &'static str) {
    match (code, command) {
        (Some(0), _) => ("done", ""),
        (Some(2), _) => ("changes", "there are changes"),
        (Some(3), _) => ("unfinished", "actions failed, unverified or skipped"),
        (Some(4), _) => ("held", "a safety rule held actions back"),
        (Some(_), "plan") => ("error", "it cannot be planned"),
        (Some(_), _) => ("error", "nothing was written"),
        (None, _) => ("ended early", "not begun, or ended by a signal"),
    }
}

/// How many rosters came to each word, in the order in which a reader looks for them.
fn counts(command: &str, ended: &[Ended]) -> Vec<(&'static str, usize)> {
    let words = [
        "error",
        "ended early",
        "unfinished",
        "held",
        "changes",
        "done",
    ];
    let count = |word: &&'static str| {
        let found = ended
            .iter()
            .filter(|run| meaning(command, run.code()).0 == *word);
        (*word, found.count())
    };
    words
        .iter()
        .map(count)
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Where several hold, the first of 1, 3, 4, 2 wins, as for one roster.
pub(super) fn exit(ended: &[Ended], rosters: usize) -> Exit {
    let any = |code: i32| ended.iter().any(|run| run.code() == Some(code));
    let known = |run: &Ended| matches!(run.code(), Some(0 | 2 | 3 | 4) | None);
    let cut_short = ended.len() < rosters || ended.iter().any(|run| run.code().is_none());
    if !ended.iter().all(known) {
        Exit::Error
    } else if any(3) || cut_short {
        Exit::Unfinished
    } else if any(4) {
        Exit::Held
    } else if any(2) {
        Exit::Changes
    } else {
        Exit::Done
    }
}

impl Ended {
    /// Whether it may have written to vendors: its exit does not say that it did not.
    pub(super) fn may_have_written(&self, command: &str) -> bool {
        command == "apply" && self.output.is_some() && self.code() != Some(1)
    }

    /// What it said of an error, in its own words; the first one, which the others follow from.
    fn told(&self) -> Option<String> {
        let output = self
            .output
            .as_ref()
            .filter(|it| it.status.code() == Some(1))?;
        let notes = text(&output.stderr);
        let first = notes.lines().find(|line| line.starts_with("error"))?;
        let said = first.split_once(": ").map_or(first, |(_, said)| said);
        Some(line(said))
    }

    pub(super) fn code(&self) -> Option<i32> {
        self.output.as_ref()?.status.code()
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}
