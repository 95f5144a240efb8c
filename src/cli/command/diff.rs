//! `rosterctl diff`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::cli::exit::Exit;
use crate::cli::open::today;
use crate::cli::output::{Error, Terminal};
use crate::cli::values::parse_day;
use crate::connector;
use crate::plan::compare::roster_difference;
use crate::report::{self, roster_difference as shown};
use crate::roster::{Parsed, rule_changes};
use crate::run::load::{load, load_untrusted};

/// What `diff` takes.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The roster as it was: a file or a folder
    #[arg(value_name = "BASE")]
    base: PathBuf,
    /// The roster as it is to be
    #[arg(value_name = "HEAD")]
    head: PathBuf,
    /// Compare for this day instead of today (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    on: Option<Date>,
    /// Print as text, as JSON, or as Markdown for a comment
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
    /// Follow no symbolic links of HEAD: for a pull request of anybody
    #[arg(long)]
    untrusted: bool,
    /// Exit 2 when the rosters differ
    #[arg(long)]
    detailed_exitcode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment
    Markdown,
}

/// Compares two rosters offline.
pub(crate) fn diff(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let usable = |parsed: Parsed, what: &str| {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
        match parsed.can_be_planned() {
            true => Ok(parsed),
            false => Err(Error::from(format!("{what} cannot be used"))),
        }
    };
    let kinds = connector::specs();
    let base = usable(load(std::slice::from_ref(&args.base), &kinds), "BASE")?;
    let head = [args.head.clone()];
    let head = match args.untrusted {
        true => load_untrusted(&head, &kinds),
        false => load(&head, &kinds),
    };
    let head = usable(head, "HEAD")?;
    let on = match args.on {
        Some(day) => day,
        None => today()?,
    };
    let difference = roster_difference(&base.roster, &head.roster, on);
    let rules = rule_changes((&head.roster, &head.sources), (&base.roster, &base.sources));
    terminal.result(|out| match args.format {
        DiffFormat::Text => shown::text(&difference, &rules, out),
        DiffFormat::Markdown => shown::markdown(&difference, &rules, out),
        DiffFormat::Json => report::json::write(&shown::json(&difference, &rules), out),
    })?;
    Ok(
        match args.detailed_exitcode && !shown::is_empty(&difference, &rules) {
            true => Exit::Changes,
            false => Exit::Done,
        },
    )
}
