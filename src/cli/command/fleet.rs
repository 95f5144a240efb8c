//! `rosterctl fleet`: the rosters of a folder, each in a process of its own, with one summary.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::{Args, Subcommand};
use futures::StreamExt as _;
use serde_json::json;
use tokio::process::Command;

use crate::apply::Stop;
use crate::cli::aftermath::Aftermath;
use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::load::load;
use crate::render::{self, sanitize::line};
use crate::roster::model::StatePlace;
use crate::vendor;

#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(subcommand)]
    command: FleetCommand,
}

#[derive(Debug, Subcommand)]
enum FleetCommand {
    /// Plan every roster of a folder
    #[command(after_help = "Examples:\n  \
        rosterctl fleet plan tenants/\n  \
        rosterctl fleet plan tenants/ --jobs 4 -- --sandbox")]
    Plan(EachArgs),
    /// Apply every roster of a folder; needs --yes
    #[command(after_help = "Examples:\n  \
        rosterctl fleet apply tenants/ --yes\n  \
        rosterctl fleet apply tenants/ --yes --jobs 4 -- --deadline 30m")]
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
struct ApplyArgs {
    #[command(flatten)]
    each: EachArgs,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct EachArgs {
    /// The folder; every folder in it is a roster
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// So many at a time
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Options for every plan or apply, as in -- --sandbox
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

impl FleetArgs {
    /// Whether it may write to vendors.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.command, FleetCommand::Apply(_))
    }
}

/// What became of one roster.
struct Ended {
    name: String,
    /// `None`: it was not begun.
    output: Option<Output>,
}

/// Runs every roster of a folder and sums up. One that fails does not stop the others.
pub(crate) async fn fleet(args: &FleetArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        FleetCommand::Plan(each) => all("plan", each, terminal).await,
        FleetCommand::Apply(args) if args.yes => all("apply", &args.each, terminal).await,
        FleetCommand::Apply(_) => Err(
            "nobody is asked for each roster: fleet apply needs --yes; nothing was written".into(),
        ),
    }
}

async fn all(command: &str, args: &EachArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let folders = rosters(&args.folder)?;
    apart(&folders)?;
    let program = std::env::current_exe()?;
    let (stop, running) = (Stop::default(), Mutex::new(Vec::new()));
    let runs = futures::stream::iter(&folders)
        .map(|folder| one(&program, command, folder, args, &stop, &running))
        .buffered(usize::from(args.jobs));
    let mut runs = std::pin::pin!(runs);
    // The processes heed signals by themselves, and have locks to give back.
    let (signals, mut heard) = (terminal.signals(), 0);
    signals.take_over();
    signals.hold();
    let mut after = Aftermath::new(terminal, false);
    let mut ended: Vec<Ended> = Vec::new();
    loop {
        let next = tokio::select! {
            next = runs.next() => next,
            signal = signals.more_than(heard) => {
                heard = signal.count;
                stop.ask();
                let line = match heard {
                    1 => "Stopping: no new rosters; those at work end what they began.",
                    _ => "Stopping at once.",
                };
                terminal.note(line);
                // A terminal's has reached the processes already, and they would take another one
                // for haste.
                if !signal.from_terminal {
                    pass_on(&running);
                }
                continue;
            }
        };
        let Some(run) = next else { break };
        let run = run?;
        if run.may_have_written(command) {
            after.wrote();
        }
        if args.format == Format::Text {
            show(&run, terminal, &mut after)?;
        }
        ended.push(run);
    }
    sum_up(command, &ended, folders.len(), args.format, &mut after)?;
    let exit = exit(&ended, folders.len());
    Ok(match (exit, stop.asked(), command) {
        (Exit::Error, ..) | (_, true, "plan") => Exit::Error,
        (_, true, _) => Exit::Unfinished,
        _ => after.exit(exit),
    })
}

/// Every folder in the folder, by name.
fn rosters(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("the folder {} cannot be read: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.path().is_dir() && !is_hidden {
            found.push(entry.path());
        }
    }
    found.sort();
    if found.is_empty() {
        let folder = folder.display();
        return Err(format!("there is no roster in {folder}: each is a folder of its own").into());
    }
    Ok(found)
}

/// Two rosters in one state would take each other's records for their own.
fn apart(folders: &[PathBuf]) -> Result<(), Error> {
    let mut seen: Vec<(&PathBuf, _)> = Vec::new();
    for folder in folders {
        let state = match load(std::slice::from_ref(folder), &vendor::specs())
            .roster
            .state
        {
            Some(StatePlace::Folder(path)) => StatePlace::Folder(plain(&path)),
            Some(address) => address,
            None => continue,
        };
        if let Some((other, _)) = seen.iter().find(|(_, place)| *place == state) {
            let (one, other) = (folder.display(), other.display());
            return Err(format!("{other} and {one} have one `state`; give each its own").into());
        }
        seen.push((folder, state));
    }
    Ok(())
}

/// The path without its detours.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

async fn one(
    program: &Path,
    command: &str,
    folder: &Path,
    args: &EachArgs,
    stop: &Stop,
    running: &Mutex<Vec<u32>>,
) -> Result<Ended, Error> {
    let name = folder.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    if stop.asked() {
        return Ok(Ended { name, output: None });
    }
    let mut process = Command::new(program);
    process.arg(command).arg(folder).arg("--no-progress");
    if command == "apply" {
        process.arg("--yes");
    }
    if args.format == Format::Json {
        process.args(["--format", "json"]);
    }
    process
        .args(&args.options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = process.spawn()?;
    let id = child.id();
    lock(running).extend(id);
    let output = child.wait_with_output().await?;
    lock(running).retain(|it| Some(*it) != id);
    Ok(Ended {
        name,
        output: Some(output),
    })
}

/// Asks the processes at work to stop.
fn pass_on(running: &Mutex<Vec<u32>>) {
    #[cfg(unix)]
    for id in lock(running).iter() {
        use rustix::process::{Pid, Signal, kill_process};
        let id = i32::try_from(*id).ok().and_then(Pid::from_raw);
        if let Some(Err(error)) = id.map(|id| kill_process(id, Signal::TERM)) {
            tracing::warn!(%error, "the signal could not be passed on");
        }
    }
    #[cfg(not(unix))]
    let _ = running;
}

fn show(run: &Ended, terminal: &Terminal, after: &mut Aftermath<'_>) -> Result<(), Error> {
    let Some(output) = &run.output else {
        return Ok(());
    };
    // It was made harmless by the process that wrote it.
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if !stderr.is_empty() {
        terminal.note(&format!("== {}\n{stderr}", line(&run.name)));
    }
    after.print(|out| writeln!(out, "== {}\n{stdout}", line(&run.name)))
}

fn sum_up(
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
            let document = json!({ "format": 1, "command": command, "rosters": runs });
            return render::json::write(&document, out);
        }
        writeln!(out, "Fleet: {command} of {rosters} rosters")?;
        for run in ended {
            let name = line(&run.name);
            writeln!(out, "  {name:<widest$}  {}", meaning(command, run.code()))?;
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

/// What an exit code means, as the table of the documentation has it.
fn meaning(command: &str, code: Option<i32>) -> &'static str {
    match (code, command) {
        (Some(0), _) => "done",
        (Some(2), _) => "there are changes",
        (Some(3), _) => "unfinished: actions failed, unverified or skipped",
        (Some(4), _) => "a safety rule held actions back",
        (Some(_), "plan") => "error: it cannot be planned",
        (Some(_), _) => "error: nothing was written",
        (None, _) => "not begun, or ended by a signal",
    }
}

/// Where several hold, the first of 1, 3, 4, 2 wins, as for one roster.
fn exit(ended: &[Ended], rosters: usize) -> Exit {
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
    fn may_have_written(&self, command: &str) -> bool {
        command == "apply" && self.output.is_some() && self.code() != Some(1)
    }

    fn code(&self) -> Option<i32> {
        self.output.as_ref()?.status.code()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
