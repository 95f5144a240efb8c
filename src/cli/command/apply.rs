//! `rosterctl apply`

use std::time::Instant;

use crate::apply::Stop;
use crate::cli::args::{ApplyArgs, Format};
use crate::cli::command::plan::print;
use crate::cli::exit::Exit;
use crate::cli::open::{Opened, open};
use crate::cli::output::{Error, Terminal};
use crate::cli::progress::Progress;
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
    let plan = opened.plan().await?;
    let readable = plan.vendors.iter().any(|vendor| vendor.read.is_ok());
    if format == Format::Text || !readable {
        print(&plan, format, terminal)?;
    }
    if !readable && !plan.vendors.is_empty() {
        return Err("no vendor could be read; nothing was written".into());
    }
    let actions = plan.summary().actions();
    if actions > 0 && !args.yes && !terminal.ask(&question(actions))? {
        return Err("not agreed; nothing was written".into());
    }
    let start = Instant::now();
    let outcomes = carry_out(&opened, &plan, terminal).await?;
    report(&plan, &outcomes, start, format, terminal)?;
    if let Err(error) = opened.session.remember(&plan, &outcomes) {
        terminal.note(&format!(
            "warning: {error}; the next run compares with an older read"
        ));
    }
    let left = check_again(args, &opened, terminal).await?;
    Ok(Exit::of_apply(&plan, &outcomes, left.as_ref()))
}

fn question(actions: usize) -> String {
    match actions {
        1 => String::from("Apply this action?"),
        _ => format!("Apply these {actions} actions?"),
    }
}

/// Applies, until done or until the second signal.
async fn carry_out(
    opened: &Opened,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Vec<Outcome>, Error> {
    let stop = Stop::default();
    let progress = Progress::new(*terminal, plan.summary().actions());
    let tell = |event: crate::apply::Event<'_>| progress.tell(event);
    let applied = tokio::select! {
        outcomes = opened.session.apply(plan, &stop, &tell) => Ok(outcomes),
        error = interrupted_twice(&stop, terminal) => Err(error),
    };
    progress.finish();
    applied
}

/// Asks the run to stop at the first Ctrl-C or SIGTERM, and returns at the second.
async fn interrupted_twice(stop: &Stop, terminal: &Terminal) -> Error {
    if let Err(error) = signal().await {
        // Without signals the run simply goes on to its end.
        tracing::warn!(%error, "cannot listen for signals");
        return std::future::pending().await;
    }
    stop.ask();
    terminal.note("Stopping: no new actions; running calls may end. Once more to stop at once.");
    if let Err(error) = signal().await {
        tracing::warn!(%error, "cannot listen for signals");
        return std::future::pending().await;
    }
    "stopped at once; calls that were running may have taken effect, the next run will see".into()
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn report(
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
