//! `rosterctl fmt`

use std::path::Path;

use clap::Args;

use super::import::place::save;
use crate::cli::args::RosterArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::import::merge::format;
use crate::report::sanitize::line;
use crate::run::load;

/// What `fmt` takes.
#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// Write nothing, name the files that are not in form, and exit 2 if there are any
    #[arg(long)]
    check: bool,
}

/// Puts the files of a roster into one form.
pub(crate) fn fmt(args: &FmtArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let files = load::files(&args.roster.all());
    if files.is_empty() {
        return Err("there is no file of a roster here".into());
    }
    let (mut changed, mut wrong) = (Vec::new(), Vec::new());
    for file in &files {
        match format(&file.text) {
            Ok(text) if text == file.text => {}
            Ok(text) => changed.push((&file.path, text)),
            Err(why) => wrong.push(format!("{}: {why}", file.path)),
        }
    }
    for (path, text) in &changed {
        if !args.check {
            save(text, Path::new(path), true)
                .map_err(|error| format!("cannot write {path}: {error}"))?;
        }
    }
    terminal.result(|out| {
        for (path, _) in &changed {
            writeln!(out, "{}", line(path))?;
        }
        Ok(())
    })?;
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    Ok(match args.check && !changed.is_empty() {
        true => Exit::Changes,
        false => Exit::Done,
    })
}
