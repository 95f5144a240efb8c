//! `rosterctl fleet`: the rosters of a folder, each in a process of its own, with one summary.

mod summary;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::{Args, Subcommand};
use futures::StreamExt as _;
use tokio::process::Command;

use crate::cli::aftermath::Aftermath;
use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::report::sanitize::line;
use crate::roster::model::StatePlace;
use crate::run::apply::Stop;
use crate::run::load::load;
use summary::{Ended, exit, sum_up, text};

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
    /// Options for every plan or apply, as in -- --sandbox or -- --shared profiles/; {roster} in one
    /// is the roster's name, as in -- --out plans/{roster}.json. Numbers of --metrics have it as the
    /// label tenant
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

impl FleetArgs {
    /// Whether it may write to vendors.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.command, FleetCommand::Apply(_))
    }
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
    files_apart(&args.options, folders.len())?;
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
        show(&run, args.format, terminal, &mut after)?;
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
    let mut seen = BTreeMap::new();
    for folder in folders {
        let state = match load(std::slice::from_ref(folder), &connector::specs())
            .roster
            .state
        {
            Some(StatePlace::Folder(path)) => StatePlace::Folder(plain(&path)),
            Some(address) => address,
            None => continue,
        };
        if let Some(other) = seen.insert(state, folder) {
            let (one, other) = (folder.display(), other.display());
            return Err(format!("{other} and {one} have one `state`; give each its own").into());
        }
    }
    Ok(())
}

/// Stands for a roster's name in an option.
const ROSTER: &str = "{roster}";
/// Options with a file that is one roster's alone.
const FILES: [&str; 4] = ["--out", "--plan", "--journal", "--metrics"];

/// Several rosters in one file would overwrite each other's.
fn files_apart(options: &[OsString], rosters: usize) -> Result<(), Error> {
    let texts: Vec<_> = options.iter().map(|it| it.to_string_lossy()).collect();
    for (at, text) in texts.iter().enumerate() {
        let (key, file) = match text.split_once('=') {
            Some((key, file)) => (key, Some(file)),
            None => (&**text, texts.get(at + 1).map(|it| &**it)),
        };
        if rosters > 1 && FILES.contains(&key) && !file.is_some_and(|it| it.contains(ROSTER)) {
            let why = "every roster would write or read one file; write {roster} into its name, \
                       which becomes the roster's";
            return Err(format!("{key}: {why}; nothing was read or written").into());
        }
    }
    Ok(())
}

/// An option for one roster.
fn of_roster(option: &OsString, name: &str) -> OsString {
    match option.to_str() {
        Some(text) => text.replace(ROSTER, name).into(),
        None => option.clone(),
    }
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
    let texts = || args.options.iter().map(|it| it.to_string_lossy());
    if texts().any(|it| it == "--metrics" || it.starts_with("--metrics=")) {
        process.args(["--label", &format!("tenant={name}")]);
    }
    process
        .args(args.options.iter().map(|option| of_roster(option, &name)))
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

/// Shows what one roster's process printed, in one piece. The document has its result in it.
fn show(
    run: &Ended,
    format: Format,
    terminal: &Terminal,
    after: &mut Aftermath<'_>,
) -> Result<(), Error> {
    let Some(output) = &run.output else {
        return Ok(());
    };
    // It was made harmless by the process that wrote it.
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if !stderr.is_empty() {
        terminal.note(&format!("== {}\n{stderr}", line(&run.name)));
    }
    match format {
        Format::Text => after.print(|out| writeln!(out, "== {}\n{stdout}", line(&run.name))),
        Format::Json => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
