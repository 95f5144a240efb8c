//! `rosterctl history`

use clap::Args;
use jiff::Span;
use jiff::civil::Date;

use crate::cli::args::RosterArgs;
use crate::cli::evidence_format::{ShowArgs, show};
use crate::cli::exit::Exit;
use crate::cli::material::{carries, material, open_state, wanted};
use crate::cli::open::{now, today};
use crate::cli::output::{Error, Terminal};
use crate::cli::values::parse_day;
use crate::evidence::history::{History, history as made};

/// Days back from today that are shown when nobody says from when on.
const DAYS: i64 = 90;

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    vendor: Vec<String>,
    /// Only this person, also one whom the roster lists no more (repeatable)
    #[arg(long, value_name = "EMAIL")]
    person: Vec<String>,
    /// Only who became an administrator, or is none any more
    #[arg(long)]
    admins: bool,
    /// The first day (UTC); default: 90 days before the last one
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    from: Option<Date>,
    /// The last day (UTC); default: today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    to: Option<Date>,
    /// A journal that apply --journal wrote somewhere else (repeatable)
    #[arg(long, value_name = "FILE")]
    journal: Vec<std::path::PathBuf>,
    #[command(flatten)]
    show: ShowArgs,
    /// Use the state of a sandbox, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    sandbox: bool,
}

/// Shows what changed; reads the state and Git, and no vendor.
pub(crate) async fn history(args: &HistoryArgs, terminal: &Terminal) -> Result<Exit, Error> {
    #[cfg(feature = "sandbox")]
    let sandbox = args.sandbox;
    #[cfg(not(feature = "sandbox"))]
    let sandbox = false;
    let to = match args.to {
        Some(to) => to,
        None => today()?,
    };
    let from = args
        .from
        .unwrap_or_else(|| to.saturating_sub(Span::new().days(DAYS)));
    if from > to {
        return Err("--from is after --to".into());
    }
    let opened = open_state(&args.roster, &[], sandbox, terminal).await?;
    let roster = &*opened.roster;
    let files = &args.roster.roster;
    let material = material(&opened.state, files, (from, to), &args.journal).await?;
    let carries = |vendor: &str, attribute: &str| carries(roster, vendor, attribute);
    let wanted = wanted(roster, &args.person, &args.vendor, args.admins, &carries);
    let mut document = made(&material, &wanted, now()?);
    show(&mut document, History::tables, &args.show, terminal)?;
    Ok(Exit::Done)
}
