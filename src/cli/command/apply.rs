//! `rosterctl apply`

use std::time::Instant;

use jiff::Timestamp;

use crate::cli::aftermath::{Aftermath, tell_unapplied, tell_unread};
use crate::cli::args::{ApplyArgs, PlanFormat as Format, ScopeArgs};
use crate::cli::command::approved;
use crate::cli::command::plan::{append, html, markdown, print, summary};
use crate::cli::events::Events;
use crate::cli::exit::Exit;
use crate::cli::metrics::Observed;
use crate::cli::open::{Opened, now, open};
use crate::cli::output::{Error, Terminal};
use crate::cli::watcher::carry_out;
use crate::http::Permit;
use crate::model::plan::Plan;
use crate::report;
use crate::report::sanitize::line;
use crate::report::{Done, Style};
use crate::run::approve::Work;
use crate::run::carry_out::Carried;
use crate::run::locked::LockedRun;
use crate::run::session::Reads;
use crate::state::keep::Dropped;

/// Plans, prints, asks, applies, reports.
pub(crate) async fn apply(args: &ApplyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut observed = Observed::begin("apply", &args.metrics);
    let work = plan_and_apply(args, terminal, &mut observed);
    let ended = terminal.signals().unless_stopped(work).await;
    observed.end(ended, terminal)
}

async fn plan_and_apply(
    args: &ApplyArgs,
    terminal: &Terminal,
    observed: &mut Observed,
) -> Result<Exit, Error> {
    if !args.yes && !terminal.can_ask() {
        return Err(
            "nobody is there to be asked: apply without a terminal needs --yes; nothing was written"
                .into(),
        );
    }
    let format = args.scope.format;
    if matches!(format, Format::Sarif | Format::Github) {
        return Err(
            "annotations are printed by plan and validate only; nothing was written".into(),
        );
    }
    let events = Events::open(args.run.events.as_deref())?;
    let approval = approved::read(args)?;
    let scope = approved::scope(&approval, &args.scope);
    let request = args.run.request()?;
    observed.context(&request.context);
    let opened = open(&scope, Permit::ReadWrite, terminal).await?;
    observed.session(&opened.session);
    let run = LockedRun::begin(&opened.session, &request, terminal).await?;
    let mut reads = opened.session.read().await;
    let read_at = opened.session.present();
    let left_open = run.recover(&mut reads).await?;
    let mut fresh = opened
        .session
        .plan(&opened.roster, &reads, &opened.scope, now()?);
    left_open.tell(&mut fresh);
    let Work { mut plan, known } = approved::work(&approval, &opened, &reads, fresh, terminal)?;
    // Of a saved plan only a part may be left.
    opened
        .session
        .hold_breaches(&opened.roster, &reads, &mut plan.vendors);
    run.forecast(&mut plan);
    observed.plan(&plan);
    let readable = plan.vendors.iter().any(|vendor| vendor.read.is_ok());
    if format == Format::Text || !readable {
        let exit = if readable {
            Exit::of_plan(&plan, None, false)
        } else {
            Exit::Error
        };
        print(&plan, exit, &args.scope, terminal)?;
    }
    let whole = plan.leave_observed();
    tell_unread(&plan, terminal);
    if !readable && !plan.vendors.is_empty() {
        return Err("no vendor could be read; nothing was written".into());
    }
    let actions = plan.summary().actions();
    if actions > 0 && !args.yes && !terminal.ask(&question(actions)).await? {
        return Err("not agreed; nothing was written".into());
    }
    let start = Instant::now();
    let carried = carry_out(&run, &plan, &reads, "apply", events.as_ref(), terminal).await?;
    // After the writes: no removal waits for evidence.
    note_read(
        &run,
        "apply",
        (&plan, &reads),
        read_at,
        &args.scope,
        terminal,
    );
    note_end(&run, &carried, &opened, terminal);
    // What was done before this run is in the lists that were read.
    let remembered = opened.session.remember(&plan, &carried.outcomes);
    let mut outcomes = carried.outcomes;
    outcomes.extend(known);
    observed.outcomes(&outcomes);
    let mut after = Aftermath::new(terminal, opened.session.wrote());
    let done = Done {
        plan: in_document(&plan, whole.as_ref(), format),
        outcomes: &outcomes,
        took: start.elapsed(),
        journal: carried.journal.as_ref(),
        context: &request.context,
    };
    report(&done, &args.scope, terminal, &mut after)?;
    tell_unapplied(&outcomes, terminal);
    if let Some(path) = &args.summary {
        let options = summary(&args.scope);
        let written = append(path, |out| {
            report::markdown::report(
                &Done {
                    plan: &plan,
                    ..done
                },
                &options,
                out,
            )
        });
        after.output(written)?;
    }
    if let Err(error) = remembered {
        terminal.note(&format!(
            "warning: {error}; the next run compares with an older read"
        ));
    }
    if !carried.complete {
        return Ok(Exit::Unfinished);
    }
    let left = check_again(args, &opened, terminal, &mut after).await?;
    let exit = after.exit(Exit::of_apply(&plan, &outcomes, left.as_ref()));
    let all = opened.scope.people.is_none() && args.scope.vendor.is_empty();
    if all
        && matches!(exit, Exit::Done | Exit::Held)
        && let Err(error) = opened.session.succeeded(&plan, outcomes.len())
    {
        terminal.note(&format!(
            "warning: the end of this run is not on record: {error}"
        ));
    }
    Ok(exit)
}

/// The plan that a report has: JSON has what is only observed as well, and marks it; elsewhere it was
/// shown before.
pub(super) fn in_document<'a>(plan: &'a Plan, whole: Option<&'a Plan>, format: Format) -> &'a Plan {
    match whole {
        Some(whole) if format == Format::Json => whole,
        _ => plan,
    }
}

/// Keeps what was read, as evidence. That it cannot be kept stops no removal.
pub(super) fn note_read(
    run: &LockedRun<'_>,
    command: &str,
    read: (&Plan, &Reads),
    at: Timestamp,
    scope: &ScopeArgs,
    terminal: &Terminal,
) {
    let overrides = scope.overrides();
    let kept = run
        .session()
        .note_read(&run.mark, command, read, at, overrides);
    if let Err(error) = kept {
        terminal.note(&line(&format!(
            "warning: what was read is not kept as evidence: {error}"
        )));
    }
}

/// Keeps how the run ended, and drops what is older than the roster wants it kept.
pub(super) fn note_end(
    run: &LockedRun<'_>,
    carried: &Carried,
    opened: &Opened,
    terminal: &Terminal,
) {
    let keep = opened.roster.kept_for();
    match run.note_end(carried, keep) {
        Ok(None) => {}
        Ok(Some(dropped)) => {
            let Dropped {
                before,
                journals,
                months,
            } = dropped;
            terminal.note(&format!(
                "Dropped from the state, as from before {before} (keep: {keep}): {journals} journals \
                 and {months} months of inventories and notes."
            ));
        }
        Err(error) => terminal.note(&line(&format!(
            "warning: the end of this run is not kept as evidence: {error}"
        ))),
    }
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
    done: &Done<'_>,
    scope: &ScopeArgs,
    terminal: &Terminal,
    after: &mut Aftermath<'_>,
) -> Result<(), Error> {
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    after.print(|out| match scope.format {
        Format::Text => writeln!(out).and_then(|()| report::applied::report(done, &style, out)),
        Format::Json => report::json::report(done, out),
        Format::Markdown => report::markdown::report(done, &markdown(scope), out),
        Format::Html => {
            let options = html(scope, Exit::of_apply(done.plan, done.outcomes, None));
            report::html::report(done, &options, out)
        }
        // Refused before anything was done.
        Format::Sarif | Format::Github => Ok(()),
    })
}

/// Reads and plans once more, where that was asked for.
async fn check_again(
    args: &ApplyArgs,
    opened: &Opened,
    terminal: &Terminal,
    after: &mut Aftermath<'_>,
) -> Result<Option<Plan>, Error> {
    #[cfg(feature = "sandbox")]
    let wanted = args.check || args.scope.sandbox;
    #[cfg(not(feature = "sandbox"))]
    let wanted = args.check;
    if !wanted {
        return Ok(None);
    }
    // A signal after the writes stops the check and nothing else.
    let left = tokio::select! {
        biased;
        _ = terminal.signals().more_than(0) => {
            terminal.note("Stopped: the vendors are not read once more.");
            after.miss();
            return Ok(None);
        }
        left = opened.plan() => left?,
    };
    let mut left = left;
    left.leave_observed();
    let actions = left.summary().actions();
    let line = match (left.unread().next(), actions) {
        (Some((vendor, error)), _) => {
            format!("Second plan: {} could not be read: {error}", vendor.name)
        }
        (None, 0) => match left.emptiness() {
            Some(why) => format!("Second plan: no changes, but {why}."),
            None => String::from("Second plan: no changes. The vendors are as the roster says."),
        },
        (None, _) => format!("Second plan: {actions} actions are left."),
    };
    match args.scope.format {
        Format::Text => after.print(|out| writeln!(out, "\n{line}"))?,
        Format::Json | Format::Markdown | Format::Html | Format::Sarif | Format::Github => {
            terminal.note(&line);
        }
    }
    if actions > 0 && args.scope.format == Format::Text {
        let exit = Exit::of_plan(&left, None, false);
        after.output(print(&left, exit, &args.scope, terminal))?;
    }
    Ok(Some(left))
}
