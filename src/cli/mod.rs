//! The command line: arguments in, results on stdout, everything else on stderr, an exit code out.

mod args;
mod command;
mod exit;
mod git;
mod hold;
mod logging;
mod metrics;
mod open;
mod output;
mod progress;
mod replace;
mod run;
mod signals;
mod untrusted;
mod values;

use std::ffi::OsString;

use clap::Parser as _;

use args::{Cli, Command};
pub use exit::Exit;
use output::Terminal;

/// Runs one command line and returns its exit code. Never ends the process itself.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
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
            let _ = error.print();
            return exit;
        }
    };
    let terminal = Terminal::new(&cli.common);
    logging::start(&cli.common);
    let result = match &cli.command {
        Command::Validate(args) => command::validate(args, &terminal),
        Command::Plan(args) => command::plan(args, &terminal).await,
        Command::Apply(args) => command::apply(args, &terminal).await,
        Command::Explain(args) => command::explain(args, &terminal).await,
        Command::Import(args) => command::import(args, &terminal).await,
        Command::Leavers(args) => command::leavers(args, &terminal).await,
        Command::Doctor(args) => command::doctor(args, &terminal).await,
        Command::Undo(args) => command::undo(args, &terminal).await,
        Command::Journal(args) => command::journal(args, &terminal),
        Command::Fleet(args) => command::fleet(args, &terminal).await,
        Command::Lock(args) => command::lock(args, &terminal).await,
        Command::Record(args) => command::record(args, &terminal).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => command::sandbox(args, &terminal).await,
        Command::Schema(args) => command::schema(args, &terminal),
        Command::Completions(args) => command::completions(args, &terminal),
        Command::Man(args) => command::man(args, &terminal),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            terminal.error(&error);
            Exit::Error
        }
    }
}
