//! `rosterctl completions`

use crate::cli::args::CompletionsArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};

/// Prints the completions of one shell.
pub(crate) fn completions(
    args: &CompletionsArgs,
    mut line: clap::Command,
    terminal: &Terminal,
) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut line, "rosterctl", &mut script);
    terminal.result(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}
