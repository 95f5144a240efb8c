//! The command line: arguments in, results on stdout, everything else on stderr, an exit code out.

mod aftermath;
mod args;
mod calendar;
mod command;
mod context;
mod events;
mod evidence_format;
mod exit;
mod git;
mod line;
mod logging;
mod material;
mod memory;
mod metrics;
mod open;
mod output;
mod progress;
#[cfg(test)]
mod reference;
mod replace;
mod sign;
mod signals;
mod state_place;
mod tracked;
mod untrusted;
mod values;
mod watcher;

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::pin::Pin;

use clap::{CommandFactory as _, Parser as _};

use crate::report;
pub use calendar::Calendar;
pub use exit::Exit;
use line::{Cli, Command};
use output::Terminal;
use signals::Signals;

/// Runs one command line and returns its exit code. Never ends the process itself.
///
/// In a box, so that it is compiled here and not once more in each program that calls it.
pub fn run(arguments: Vec<OsString>, calendar: Calendar) -> Pin<Box<dyn Future<Output = Exit>>> {
    Box::pin(ran(arguments, calendar))
}

async fn ran(arguments: Vec<OsString>, calendar: Calendar) -> Exit {
    memory::forbid_dumps();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is a usage error.
            let exit = if error.use_stderr() {
                Exit::Error
            } else {
                Exit::Done
            };
            // Nobody is left to tell when the terminal is gone.
            let _ = print(&error);
            return exit;
        }
    };
    let signals = Signals::listen(stopped(&cli.command));
    let terminal = Terminal::new(&cli.common, signals.clone(), calendar);
    logging::start(&cli.common);
    match signals.unless_stopped(dispatch(&cli, &terminal)).await {
        Ok(exit) => exit,
        Err(error) => {
            terminal.error(&error);
            Exit::Error
        }
    }
}

/// Prints help, a version or a usage error. In a log, what was typed is no command to its reader.
fn print(error: &clap::Error) -> io::Result<()> {
    if !error.use_stderr() || io::stderr().is_terminal() {
        return error.print();
    }
    let text = report::sanitize::uncommanded(&error.render().to_string());
    io::stderr().write_all(text.as_bytes())
}

/// How a command ends that a signal stopped: what writes may have written.
fn stopped(command: &Command) -> Exit {
    match command {
        Command::Apply(_) | Command::Undo(_) | Command::Certify(_) => Exit::Unfinished,
        Command::Fleet(args) if args.writes() => Exit::Unfinished,
        _ => Exit::Error,
    }
}

async fn dispatch(cli: &Cli, terminal: &Terminal) -> Result<Exit, output::Error> {
    match &cli.command {
        Command::Validate(args) => command::validate(args, terminal).await,
        Command::Plan(args) => command::plan(args, terminal).await,
        Command::Apply(args) => command::apply(args, terminal).await,
        Command::Explain(args) => command::explain(args, terminal).await,
        Command::Import(args) => command::import(args, terminal).await,
        Command::Leavers(args) => command::leavers(args, terminal).await,
        Command::Access(args) => command::access(args, terminal).await,
        Command::History(args) => command::history(args, terminal).await,
        Command::Evidence(args) => command::evidence(args, terminal).await,
        Command::Doctor(args) => command::doctor(args, terminal).await,
        Command::Certify(args) => command::certify(args, terminal).await,
        Command::Undo(args) => command::undo(args, terminal).await,
        Command::Journal(args) => command::journal(args, terminal).await,
        Command::Connector(args) => command::connector(args, terminal).await,
        Command::Init(args) => command::init(args, terminal).await,
        Command::Diff(args) => command::diff(args, terminal),
        Command::Fmt(args) => command::fmt(args, terminal),
        Command::Rename(args) => command::rename(args, terminal),
        Command::Fleet(args) => command::fleet(args, terminal).await,
        Command::Lock(args) => command::lock(args, terminal).await,
        Command::Record(args) => command::record(args, terminal).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => command::sandbox(args, terminal).await,
        Command::Schema(args) => command::schema(args, terminal),
        Command::Completions(args) => command::completions(args, Cli::command(), terminal),
        Command::Man(args) => command::man(args, Cli::command(), terminal),
    }
}
