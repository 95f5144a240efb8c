//! `rosterctl doctor`

mod local;
mod probe;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::args::{Format, RosterArgs, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{now, open_with};
use crate::cli::output::{Error, Terminal};
use crate::cli::values::parse_duration;
use crate::connector;
use crate::http::Permit;
use crate::plan::checkup::{Checkup, Health, judge};
use crate::report;
use crate::report::Style;
use crate::run::load::load;

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) vendor: Vec<String>,
    /// Give each vendor so long, such as 90s or 5m; they are visited at the same time
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub(crate) timeout: Duration,
    /// Ask the tenant what its vendor's documentation leaves open, as far as reading tells
    #[arg(long)]
    pub(crate) probe: bool,
    /// Write what the tenant answers to this file as a certificate; of several vendors, to
    /// VENDOR.json in this folder
    #[arg(long, value_name = "FILE", requires = "probe")]
    pub(crate) out: Option<PathBuf>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Use a sandbox instead of the real vendors, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    pub(crate) sandbox: bool,
}

/// A call that fails twice in a row fails; nobody wants to wait for more here.
const TRIES: u32 = 2;

/// Checks this machine, then visits the vendors; the HTTP layer cannot write.
pub(crate) async fn doctor(args: &DoctorArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let parsed = load(&args.roster.all(), &connector::specs()).to_plan_with();
    let mut checks = vec![local::roster(&parsed)];
    if parsed.is_usable() {
        let opened = open_with(&scope(args), Permit::ReadOnly, TRIES, terminal).await?;
        checks.extend(local::state(&opened.state, &opened.session));
        for visit in opened.session.visits(args.timeout).await {
            checks.extend(judge(&visit));
        }
        if args.probe {
            checks.extend(probe::probe(&opened.session, args.out.as_deref()).await?);
        }
    } else {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    }
    let checkup = Checkup {
        made_at: now()?,
        checks,
    };
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.format {
        Format::Text => report::doctor::doctor(&checkup, &style, out),
        Format::Json => report::json::doctor(&checkup, out),
    })?;
    for check in checkup.checks.iter().filter(|it| it.state == Health::Fail) {
        let at = check.vendor.as_deref().unwrap_or("this machine");
        terminal.error(&format!("{at}: {}: {}", check.topic.as_str(), check.found).into());
    }
    Ok(Exit::of_checkup(&checkup))
}

/// All people today, at the vendors that are asked for.
fn scope(args: &DoctorArgs) -> ScopeArgs {
    ScopeArgs {
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        ..ScopeArgs::of(&args.roster, &args.vendor)
    }
}
