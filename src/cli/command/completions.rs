//! `rosterctl completions`

use clap::CommandFactory as _;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};

/// Prints the completions of one shell.
pub(crate) fn completions(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rosterctl", &mut script);
    terminal.result(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}
