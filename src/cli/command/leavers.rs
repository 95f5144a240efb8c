//! `rosterctl leavers`

use jiff::Span;

use crate::cli::args::{LeaversArgs, PlanFormat as Format};
use crate::cli::command::plan::markdown;
use crate::cli::exit::Exit;
use crate::cli::git::past::past;
use crate::cli::metrics::Observed;
use crate::cli::open::{open, today};
use crate::cli::output::{Error, Terminal};
use crate::http::Permit;
use crate::report;
use crate::report::Style;

/// Shows whether leavers still have access; the HTTP layer cannot write.
pub(crate) async fn leavers(args: &LeaversArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut observed = Observed::begin("leavers", &args.metrics);
    let work = read_and_show(args, terminal, &mut observed);
    let ended = terminal.signals().unless_stopped(work).await;
    observed.end(ended, terminal)
}

async fn read_and_show(
    args: &LeaversArgs,
    terminal: &Terminal,
    observed: &mut Observed,
) -> Result<Exit, Error> {
    if matches!(
        args.scope.format,
        Format::Html | Format::Sarif | Format::Github
    ) {
        return Err("leavers are shown as text, JSON or Markdown only".into());
    }
    let opened = open(&args.scope, Permit::ReadOnly, terminal).await?;
    observed.session(&opened.session);
    let on = match args.scope.on {
        Some(on) => on,
        None => today()?,
    };
    let from = on.saturating_sub(Span::new().days(i64::from(args.since.0)));
    // Whoever is asked for by name is listed.
    let past = match args.scope.person.is_empty() {
        true => Some(past(&args.scope.roster.all(), &opened.roster, from, on).await),
        false => None,
    };
    let check = opened.leavers(past, terminal).await?;
    observed.leavers(&check);
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.scope.format {
        Format::Text | Format::Html | Format::Sarif | Format::Github => {
            report::leavers::leavers(&check, &style, out)
        }
        Format::Json => report::json::leavers(&check, out),
        Format::Markdown => report::markdown::leavers(&check, &markdown(&args.scope), out),
    })?;
    for vendor in &check.vendors {
        if let Some(problem) = &vendor.problem {
            terminal.error(&format!("{}: {problem}", vendor.name).into());
        }
    }
    Ok(Exit::of_leavers(&check))
}
