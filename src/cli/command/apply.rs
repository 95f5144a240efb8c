//! `rosterctl apply`

use std::time::Instant;

use crate::cli::args::{ApplyArgs, Format};
use crate::cli::command::plan::print;
use crate::cli::exit::Exit;
use crate::cli::open::{Opened, now, open};
use crate::cli::output::{Error, Terminal};
use crate::cli::run::Run;
use crate::http::Permit;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::Plan;
use crate::render::{self, Style};

/// Plans, prints, asks, applies, reports.
pub(crate) async fn apply(args: &ApplyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if !args.yes && !terminal.can_ask() {
        return Err(
            "nobody is there to be asked: apply without a terminal needs --yes; nothing was written"
                .into(),
        );
    }
    let format = args.scope.format;
    let opened = open(&args.scope, Permit::ReadWrite, terminal).await?;
    let mut run = Run::begin(&opened, &args.run, terminal).await?;
    let mut reads = opened.session.read().await;
    let open = run.settle(&mut reads).await?;
    let mut plan = opened
        .session
        .plan(&opened.roster, &reads, &opened.scope, now()?);
    open.tell(&mut plan);
    let readable = plan.vendors.iter().any(|vendor| vendor.read.is_ok());
    if format == Format::Text || !readable {
        print(&plan, format, terminal)?;
    }
    if !readable && !plan.vendors.is_empty() {
        return Err("no vendor could be read; nothing was written".into());
    }
    run.forecast(&plan);
    let actions = plan.summary().actions();
    if actions > 0 && !args.yes && !terminal.ask(&question(actions))? {
        return Err("not agreed; nothing was written".into());
    }
    let start = Instant::now();
    let carried = run.carry_out(&plan, &reads, "apply").await?;
    report(&plan, &carried.outcomes, start, format, terminal)?;
    if let Err(error) = opened.session.remember(&plan, &carried.outcomes) {
        terminal.note(&format!(
            "warning: {error}; the next run compares with an older read"
        ));
    }
    if !carried.complete {
        return Ok(Exit::Unfinished);
    }
    let left = check_again(args, &opened, terminal).await?;
    Ok(Exit::of_apply(&plan, &carried.outcomes, left.as_ref()))
}

/// What to ask before so many actions.
pub(super) fn question(actions: usize) -> String {
    match actions {
        1 => String::from("Apply this action?"),
        _ => format!("Apply these {actions} actions?"),
    }
}

/// Prints what became of a plan.
pub(super) fn report(
    plan: &Plan,
    outcomes: &[Outcome],
    start: Instant,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Error> {
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match format {
        Format::Text => writeln!(out)
            .and_then(|()| render::report::report(plan, outcomes, start.elapsed(), &style, out)),
        Format::Json => render::json::report(plan, outcomes, out),
    })
}

/// Reads and plans once more, where that was asked for.
async fn check_again(
    args: &ApplyArgs,
    opened: &Opened,
    terminal: &Terminal,
) -> Result<Option<Plan>, Error> {
    #[cfg(feature = "sandbox")]
    let wanted = args.check || args.scope.sandbox;
    #[cfg(not(feature = "sandbox"))]
    let wanted = args.check;
    if !wanted {
        return Ok(None);
    }
    let left = opened.plan().await?;
    let actions = left.summary().actions();
    let line = match (left.unread().next(), actions) {
        (Some((vendor, error)), _) => {
            format!("Second plan: {} could not be read: {error}", vendor.name)
        }
        (None, 0) => String::from("Second plan: no changes. The vendors are as the roster says."),
        (None, _) => format!("Second plan: {actions} actions are left."),
    };
    match args.scope.format {
        Format::Text => terminal.result(|out| writeln!(out, "\n{line}"))?,
        Format::Json => terminal.note(&line),
    }
    if actions > 0 && args.scope.format == Format::Text {
        print(&left, Format::Text, terminal)?;
    }
    Ok(Some(left))
}
