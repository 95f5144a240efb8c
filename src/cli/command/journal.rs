//! `rosterctl journal`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::args::{Format, RosterArgs};
use crate::cli::exit::Exit;
use crate::cli::material::carries;
use crate::cli::open::roster;
use crate::cli::output::{Error, Terminal};
use crate::cli::state_place::state;
use crate::cli::values::parse_digest;
use crate::model::email::EmailKey;
use crate::report;
use crate::report::Style;
use crate::run::lock::{LockRequest, take_lock};
use crate::state::State;
use crate::state::erase::{Person, erase};
use crate::state::journal::chain::Chain;
use crate::state::journal::story::runs;
use crate::state::journal::{file, parts};

#[derive(Debug, Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Check that no line is missing, edited or swapped; exit 1 if one is
    ///
    /// Each line holds the hash of the one before. That shows lines that were edited, put in,
    /// swapped or taken out between others. It does not show that lines are missing at the end, or
    /// that somebody wrote all of it anew: --head does, with the hash that the run's report printed.
    #[command(after_help = "Examples:\n  \
        rosterctl journal verify run.ndjson")]
    Verify(VerifyArgs),
    /// Show the runs of a journal and what became of their actions
    #[command(after_help = "Examples:\n  \
        rosterctl journal show run.ndjson")]
    Show(JournalFile),
    /// List the journals among the state
    #[command(after_help = "Examples:\n  \
        rosterctl journal list\n  \
        rosterctl journal list roster/ --format json")]
    List(JournalList),
    /// Take one person out of all journals, inventories and notes that are kept
    ///
    /// Every address of theirs becomes a stand-in, and what journals have of them besides rights is
    /// blanked. The chains are sealed anew, so that hashes of former reports do not fit any more; a
    /// note says that this was done and not to whom. Whom the roster still lists cannot be erased.
    #[command(after_help = "Examples:\n  \
        rosterctl journal erase mary@example.com roster/\n  \
        rosterctl journal erase mary@example.com --also mary.jackson@example.com --yes")]
    Erase(EraseArgs),
}

#[derive(Debug, Args)]
struct EraseArgs {
    /// An address of theirs
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    roster: RosterArgs,
    /// Another address that they had (repeatable)
    #[arg(long, value_name = "EMAIL")]
    also: Vec<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct JournalList {
    #[command(flatten)]
    roster: RosterArgs,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    file: JournalFile,
    /// The hash that the journal ended with, from the report of its run; exit 1 if no line has it
    #[arg(long, value_name = "sha256:…", value_parser = parse_digest)]
    head: Option<String>,
}

#[derive(Debug, Args)]
struct JournalFile {
    /// The journal: a file, or the name of a run among the state (journal list)
    #[arg(value_name = "JOURNAL")]
    file: PathBuf,
    #[command(flatten)]
    roster: RosterArgs,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Checks or shows a journal, or takes somebody out of all of them.
pub(crate) async fn journal(args: &JournalArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        JournalCommand::Verify(file) => verify(file, terminal),
        JournalCommand::Show(file) => show(file, terminal),
        JournalCommand::List(args) => list(args, terminal),
        JournalCommand::Erase(args) => erase_person(args, terminal).await,
    }
}

/// Takes somebody out of what is kept, under the lock.
async fn erase_person(args: &EraseArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let files = &args.roster;
    let roster = roster(files, terminal)?;
    let addresses = || std::iter::once(&args.email).chain(&args.also);
    if let Some(listed) = addresses().find(|it| roster.find_person(it).is_some()) {
        return Err(format!(
            "the roster lists {listed}: take them out of it and apply first; nothing was erased"
        )
        .into());
    }
    let question = "Take this person out of everything that is kept? It cannot be undone.";
    let agreed = args.yes || (terminal.can_ask() && terminal.ask(question).await?);
    if !agreed {
        return Err("not agreed; nothing was erased".into());
    }
    let state = state(&roster, &files.roster, terminal)?;
    let _lock = take_lock(&state, &LockRequest::default(), terminal).await?;
    let nonce = state.here().nonce();
    let carries = |vendor: &str, attribute: &str| carries(&roster, vendor, attribute);
    let person = Person {
        keys: addresses()
            .map(|it| EmailKey::of(it).into_owned())
            .collect(),
        stand_in: format!("erased-{nonce}@erased.invalid"),
        carries: &carries,
    };
    let changed = erase(&state, &person, state.here().clock.wall())?;
    terminal.result(|out| match changed {
        0 => writeln!(out, "Nothing that is kept has these addresses."),
        _ => writeln!(
            out,
            "{changed} journals and documents had these addresses; they have {} now.",
            person.stand_in
        ),
    })?;
    Ok(Exit::Done)
}

/// Reads the journal that somebody names: a file, the folder of a run's parts, or a run among the
/// state.
pub(super) fn load(
    name: &Path,
    state: impl FnOnce() -> Result<State, Error>,
) -> Result<Chain, Error> {
    if name.is_dir() {
        let folders = name.parent().and_then(Path::parent);
        if let (Some(root), Some(run)) = (folders, name.file_name()) {
            let state = State::folder(root);
            return Ok(parts::load(&state, &run.to_string_lossy())?);
        }
    }
    match name.to_str().filter(|_| !name.exists()) {
        Some(run) if !run.contains(std::path::is_separator) => {
            let run = run.strip_suffix(".ndjson").unwrap_or(run);
            Ok(parts::load(&state()?, run)?)
        }
        _ => Ok(file::load(name)?),
    }
}

fn named(args: &JournalFile, terminal: &Terminal) -> Result<Chain, Error> {
    load(&args.file, || {
        let files = &args.roster;
        state(&roster(files, terminal)?, &files.roster, terminal)
    })
}

fn list(args: &JournalList, terminal: &Terminal) -> Result<Exit, Error> {
    let files = &args.roster;
    let state = state(&roster(files, terminal)?, &files.roster, terminal)?;
    let found = parts::list(state.store())?;
    terminal.result(|out| {
        if args.format == Format::Json {
            let runs: Vec<_> = found
                .iter()
                .map(|it| json!({ "run": it.run, "ended": it.ended, "parts": it.parts }))
                .collect();
            return report::json::write(&runs, out);
        }
        for listed in &found {
            let how = match (listed.ended, listed.parts) {
                (true, _) => String::from("ended"),
                (false, 1) => String::from("not ended, 1 part"),
                (false, parts) => format!("not ended, {parts} parts"),
            };
            writeln!(out, "{}  {how}", report::sanitize::line(&listed.run))?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn verify(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let chain = named(&args.file, terminal)?;
    let runs = runs(&chain.entries).len();
    let flaws: Vec<String> = chain.flaws.iter().map(ToString::to_string).collect();
    let sound = chain.is_sound() && runs > 0;
    let line_of_head = args.head.as_deref().map(|head| chain.line_of(head));
    let ends_as_told = line_of_head.is_none_or(|line| line.is_some());
    match args.file.format {
        Format::Text => terminal.result(|out| {
            for flaw in &flaws {
                writeln!(out, "{}", report::sanitize::line(flaw))?;
            }
            let verdict = if sound {
                "The journal is sound"
            } else if runs == 0 {
                "This is no journal, or its beginning is missing"
            } else {
                "The journal was changed after it was written"
            };
            let lines = chain.entries.len();
            let s = if runs == 1 { "" } else { "s" };
            writeln!(out, "{verdict}: {lines} lines, {runs} run{s}.")?;
            unfinished(&chain, out)?;
            if sound {
                proof(&chain, line_of_head, out)?;
            }
            Ok(())
        })?,
        Format::Json => {
            let document = json!({
                "sound": sound,
                "finished": chain.is_finished(),
                "lines": chain.entries.len(),
                "runs": runs,
                "torn_bytes": chain.torn,
                "flaws": flaws,
                "head": chain.last,
                "line_of_head": line_of_head.flatten(),
            });
            terminal.result(|out| report::json::write(&document, out))?;
        }
    }
    for flaw in &flaws {
        terminal.error(&flaw.as_str().into());
    }
    if let (Some(head), false) = (&args.head, ends_as_told) {
        terminal.error(
            &format!(
                "no line of the journal has the hash {head}: lines are missing at its end, it was \
                 written anew, or it is the journal of another run"
            )
            .into(),
        );
    }
    Ok(match sound && ends_as_told {
        true => Exit::Done,
        false => Exit::Error,
    })
}

/// What a sound chain proves, and what only the hash of a report can.
fn proof(
    chain: &Chain,
    line_of_head: Option<Option<u64>>,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    let hash = chain.last.as_deref().unwrap_or_default();
    writeln!(out, "It ends with {}", report::sanitize::line(hash))?;
    writeln!(
        out,
        "No line was edited, put in, swapped, or taken out between others."
    )?;
    match line_of_head {
        None => writeln!(
            out,
            "That none is missing at the end, and that nobody wrote all of it anew, is shown by \
             --head with the hash that the run's report printed."
        ),
        Some(Some(line)) => writeln!(
            out,
            "Up to line {line} it is the journal that the report tells of."
        ),
        // An error says it.
        Some(None) => Ok(()),
    }
}

fn unfinished(chain: &Chain, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    if chain.torn > 0 {
        let torn = chain.torn;
        writeln!(
            out,
            "Its last line is torn ({torn} bytes): the process died while it wrote."
        )?;
    }
    if !chain.is_finished() {
        writeln!(
            out,
            "Its last run has no end: it was cut off, is still at work, or lines are missing at \
             the end."
        )?;
    }
    Ok(())
}

fn show(args: &JournalFile, terminal: &Terminal) -> Result<Exit, Error> {
    let chain = named(args, terminal)?;
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    match args.format {
        Format::Text => {
            let runs = runs(&chain.entries);
            terminal.result(|out| report::journal::show(&runs, &style, out))?;
        }
        Format::Json => terminal.result(|out| report::json::write(&chain.entries, out))?,
    }
    for flaw in &chain.flaws {
        let flaw = report::sanitize::line(&flaw.to_string());
        terminal.note(&format!("warning: {flaw}"));
    }
    terminal_notes(&chain, terminal);
    Ok(if chain.is_sound() {
        Exit::Done
    } else {
        Exit::Error
    })
}

fn terminal_notes(chain: &Chain, terminal: &Terminal) {
    let mut text = Vec::new();
    // Writing to a list of bytes cannot fail.
    let _ = unfinished(chain, &mut text);
    for line in String::from_utf8_lossy(&text).lines() {
        terminal.note(line);
    }
}
