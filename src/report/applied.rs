//! What became of a plan, for a person: the counts first, then everything that is not done,
//! then what to do about it.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::Done;
use super::context::told;
use super::layout::{column, counted, duration, groups, heading, person, verb, width, wrap};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::state::journal::chain::End;

/// Verdicts in the order in which a report shows them: what needs somebody comes last, where the
/// eye lands in a log.
const VERDICTS: [Verdict; 4] = [
    Verdict::Applied,
    Verdict::Failed,
    Verdict::Unverified,
    Verdict::Skipped,
];

/// Columns after which messages are wrapped. Plans are not wrapped, so that values and options can
/// be copied out of them; the message of a vendor can be a page.
const WIDTH: usize = 100;
/// The least that a message gets, however long the vendor's name.
const NARROWEST: usize = 40;

/// Writes the report of an apply.
///
/// # Errors
/// Those of `out`.
pub fn report(done: &Done<'_>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Done {
        plan,
        outcomes,
        took,
        journal,
        context,
    } = *done;
    let style = *style;
    counts(plan, outcomes, took, style, out)?;
    for verdict in VERDICTS {
        let of_this: Vec<&Outcome> = outcomes
            .iter()
            .filter(|it| it.verdict == verdict)
            .filter(|it| verdict != Verdict::Applied || !it.message.is_empty())
            .collect();
        section(verdict, &of_this, style, out)?;
    }
    still_open(outcomes, style, out)?;
    next_step(plan, outcomes, style, out)?;
    if let Some(end) = journal {
        writeln!(out, "\n{}", journal_line(end))?;
    }
    let known = told(context);
    if !known.is_empty() {
        writeln!(out, "\nWhat this run knows of why it ran:")?;
    }
    for told in known {
        writeln!(out, "  {}", style.paint(Tone::Aside, line(&told)))?;
    }
    Ok(())
}

/// How the journal ended, to hold it against later.
pub(super) fn journal_line(end: &End) -> String {
    let End { place, hash } = end;
    format!("The journal {} ends with {}", line(place), line(hash))
}

/// One outcome in one line, for a log: `[ 12/340] applied     bitsight  ~ update …  (0.4 s)`.
/// No colour, no line break, whatever the vendor said.
pub fn progress_line(outcome: &Outcome, done: usize, total: usize) -> String {
    let digits = total.to_string().len();
    let Outcome {
        action,
        verdict,
        status: _,
        message: _,
        id: _,
        seconds,
    } = outcome;
    let verdict = verdict.as_str();
    let vendor = line(&action.vendor);
    let verb = verb(action.kind, Style::default());
    let person = person(action);
    let said = match said(outcome) {
        said if said.is_empty() => said,
        said => format!(": {said}"),
    };
    format!(
        "[{done:>digits$}/{total}] {verdict:<10}  {vendor}  {verb}  {person} ({seconds:.1} s){said}"
    )
}

/// How many of each, vendor by vendor.
fn counts(
    plan: &Plan,
    outcomes: &[Outcome],
    took: Duration,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let applied = count(outcomes, Verdict::Applied);
    let all = counted(outcomes.len(), "action");
    let head = format!("Applied {applied} of {all} in {}", duration(took.as_secs()));
    let tone = if applied == outcomes.len() {
        Tone::Good
    } else {
        Tone::Alarm
    };
    writeln!(out, "{}", style.paint(tone, head))?;
    let mut vendors: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for outcome in outcomes {
        let counts = vendors.entry(&outcome.action.vendor).or_default();
        let at = VERDICTS.iter().position(|it| *it == outcome.verdict);
        counts[at.unwrap_or_default()] += 1;
    }
    let unread: Vec<_> = plan.unread().map(|(it, _)| &*it.name).collect();
    let names = vendors.keys().chain(&unread).map(|name| line(name));
    let names = column(names);
    for (name, counts) in vendors {
        let counts: Vec<String> = VERDICTS
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| {
                let text = format!("{count} {}", verdict.as_str());
                style.paint((*verdict).into(), text).to_string()
            })
            .collect();
        writeln!(out, "  {:<names$}  {}", line(name), counts.join(", "))?;
    }
    for name in unread {
        let what = style.paint(Tone::Alarm, "could not be read, nothing was done here");
        writeln!(out, "  {:<names$}  {what}", line(name))?;
    }
    Ok(())
}

/// The actions of one verdict; what was said first and once, as one cause often has many victims.
fn section(
    verdict: Verdict,
    outcomes: &[&Outcome],
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let (title, what) = match verdict {
        Verdict::Failed => ("Failed", "did not happen, or not all of it"),
        Verdict::Unverified => ("Unverified", "may have happened, no read has shown it yet"),
        Verdict::Skipped => ("Skipped", "not tried"),
        Verdict::Applied => ("Remarks", "applied, with something to know"),
    };
    write!(out, "{}", heading(title, outcomes.len(), what, style))?;
    let groups = groups(outcomes.iter().copied(), |it| (&it.action.vendor, said(it)));
    for ((vendor, said), group) in groups {
        let said = if said.is_empty() {
            String::from("no reason given")
        } else {
            said
        };
        let vendor = line(vendor);
        let columns = WIDTH.saturating_sub(4 + width(&vendor)).max(NARROWEST);
        let lines = wrap(&said, columns)
            .into_iter()
            .map(|line| style.paint(verdict.into(), line).to_string())
            .collect::<Vec<_>>()
            .join("\n    ");
        writeln!(out, "  {}: {lines}", style.paint(Tone::Head, vendor))?;
        for outcome in group {
            let verb = verb(outcome.action.kind, style);
            writeln!(out, "      {verb}  {}", person(&outcome.action))?;
        }
    }
    Ok(())
}

/// Access that should have ended and perhaps has not: the one thing that cannot wait for morning.
fn still_open(outcomes: &[Outcome], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let open: Vec<&Outcome> = outcomes
        .iter()
        .filter(|it| it.action.kind.removes() && it.verdict != Verdict::Applied)
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let title = style.paint(Tone::Alarm, format!("Access still open ({})", open.len()));
    writeln!(out, "\n{title}: was to be taken away and perhaps was not")?;
    let names = column(open.iter().map(|it| line(&it.action.vendor)));
    for outcome in open {
        let vendor = line(&outcome.action.vendor);
        writeln!(out, "  {vendor:<names$}  {}", person(&outcome.action))?;
    }
    Ok(())
}

/// What to do next, in a line.
fn next_step(
    plan: &Plan,
    outcomes: &[Outcome],
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let failed = count(outcomes, Verdict::Failed) > 0 || plan.unread().next().is_some();
    let open = count(outcomes, Verdict::Unverified) + count(outcomes, Verdict::Skipped) > 0;
    let summary = plan.summary();
    let next = if failed {
        "correct what is named above, then apply again: a new run does only what is still missing"
    } else if open {
        "apply again: a new run looks afresh and does only what is still missing"
    } else if summary.held > 0 {
        "look at what the plan holds back; each entry says what lets it through"
    } else if summary.manual > 0 {
        "do the manual steps that the plan lists"
    } else {
        return Ok(());
    };
    writeln!(out, "\n{} {next}", style.paint(Tone::Head, "Next:"))
}

/// The status and the message, safe to show; the status once only.
fn said(outcome: &Outcome) -> String {
    // Errors of the HTTP layer start with the vendor, which stands there already.
    let message = outcome
        .message
        .strip_prefix(&*outcome.action.vendor)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(&outcome.message);
    let message = line(message);
    match outcome.status {
        // What was applied needs no number.
        Some(status)
            if outcome.verdict != Verdict::Applied
                && !message.contains(&format!("HTTP {status}")) =>
        {
            if message.is_empty() {
                format!("HTTP {status}")
            } else {
                format!("HTTP {status}: {message}")
            }
        }
        Some(_) | None => message,
    }
}

fn count(outcomes: &[Outcome], verdict: Verdict) -> usize {
    outcomes.iter().filter(|it| it.verdict == verdict).count()
}

#[cfg(test)]
mod tests;
