//! The runs of a journal for a person: who did what when, and what became of it.

use std::io;

use super::changes;
use super::context::told;
use super::layout::{column, counted, person, verb};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::state::journal::event::{Ended, RunEnded, RunStarted};
use crate::state::journal::story::{Run, Step};

/// Writes the runs of a journal, oldest first.
///
/// # Errors
/// Those of `out`.
pub fn show(runs: &[Run], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if runs.is_empty() {
        return writeln!(out, "No run is in this journal.");
    }
    for (at, run) in runs.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        show_run(run, *style, out)?;
    }
    Ok(())
}

fn show_run(run: &Run, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Run {
        started,
        at,
        steps,
        ended,
    } = run;
    let RunStarted {
        format: _,
        tool,
        command,
        roster,
        on,
        host,
        pid,
        vendors,
        actions,
        machine: _,
        run: _,
        context,
    } = started;
    let head = format!("{} of {at}", line(command));
    writeln!(
        out,
        "{}, for {on}, by {} (process {pid} on {})",
        style.paint(Tone::Head, head),
        line(tool),
        line(host)
    )?;
    writeln!(out, "  roster {}", line(&roster.0))?;
    for told in told(context) {
        writeln!(out, "  {}", line(&told))?;
    }
    let names = column(vendors.keys().map(|name| line(name)));
    for (name, taking) in vendors {
        let base_url = style.paint(Tone::Aside, line(&taking.base_url));
        writeln!(out, "  {:<names$}  {base_url}", line(name))?;
    }
    let begun = steps.len();
    writeln!(out, "  {begun} of {} begun", counted(*actions, "action"))?;
    for step in steps.values() {
        show_step(step, style, out)?;
    }
    match ended {
        Some(RunEnded {
            applied,
            unverified,
            failed,
            skipped,
            by_later_run: false,
        }) => writeln!(
            out,
            "Ended: {applied} applied, {unverified} unverified, {failed} failed, {skipped} skipped"
        ),
        Some(_) => {
            let text = "Cut off; a later run settled what was under way";
            match run.in_flight().count() {
                0 => writeln!(out, "{text}"),
                unknown => writeln!(out, "{text}, but for {unknown} that nobody can tell of"),
            }
        }
        None => {
            let text = style.paint(Tone::Alarm, "Cut off, or still at work");
            writeln!(out, "{text}: {} under way", run.in_flight().count())
        }
    }
}

fn show_step(step: &Step, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let vendor = line(&step.action.vendor);
    let verb = verb(step.action.kind, style);
    let who = person(&step.action);
    writeln!(out, "\n  {vendor}  {verb}  {who}  {}", state(step, style))?;
    changes::write(&step.action, style, out)
}

/// What became of an action, with what was said about it.
fn state(step: &Step, style: Style) -> String {
    if let Some(Ended {
        outcome, message, ..
    }) = &step.outcome
    {
        let word = style.paint((*outcome).into(), outcome.as_str());
        return match line(message) {
            said if said.is_empty() => word.to_string(),
            said => format!("{word}: {said}"),
        };
    }
    if let Some(settled) = &step.settled {
        let word = match settled.happened {
            true => "settled later: it happened",
            false => "settled later: it did not happen",
        };
        return format!("{word} ({})", line(&settled.message));
    }
    match step.sent {
        0 => String::from("begun, nothing sent"),
        _ => style
            .paint(Tone::Alarm, "sent, and no outcome known")
            .to_string(),
    }
}
