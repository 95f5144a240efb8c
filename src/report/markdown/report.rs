//! What became of a plan, as Markdown.

use std::io;

use super::attention::attention;
use super::page::Page;
use super::{Options, REPORT_MARKER, block, safe};
use crate::model::context::Context;
use crate::model::outcome::{Outcome, Verdict};
use crate::report::Done;
use crate::report::context::told;
use crate::report::facts::sums;
use crate::report::layout::{counted, duration, groups};
use crate::state::journal::chain::End;

/// Writes the report of an apply.
///
/// # Errors
/// Those of `out`.
pub fn report(done: &Done<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let Done {
        plan,
        outcomes,
        took,
        journal,
        context,
    } = *done;
    let mut page = Page::new(options.limit);
    page.add(REPORT_MARKER);
    page.add("\n");
    let summary = plan.summary();
    let quiet = outcomes.is_empty() && summary.held + summary.manual == 0;
    if quiet && plan.attention.is_empty() && plan.unread().next().is_none() {
        let empty = plan.emptiness();
        let warning = empty.map_or_else(String::new, |why| format!(" Warning: {why}."));
        page.add(&format!(
            "**rosterctl**: nothing to apply for {}.{warning}\n",
            plan.on
        ));
        tail(&mut page, journal, context, options);
        return out.write_all(page.finish().as_bytes());
    }
    page.add(&format!(
        "### Applied for {}: {} in {}\n\n",
        plan.on,
        sums(outcomes),
        duration(took.as_secs())
    ));
    if summary.held + summary.manual > 0 {
        page.add(&format!(
            "Not done by this run: {} held, {} manual.\n\n",
            summary.held, summary.manual
        ));
    }
    attention(&mut page, &plan.attention, options);
    page.reach(45);
    let unread: Vec<String> = plan
        .unread()
        .map(|(vendor, error)| {
            let name = safe::code(&vendor.name, 100);
            format!("- {name}: {}\n", options.text(error))
        })
        .collect();
    block(
        &mut page,
        "vendors",
        "Not read, nothing was done there",
        &unread,
    );
    page.reach(60);
    let open: Vec<String> = outcomes
        .iter()
        .filter(|it| it.action.kind.removes() && it.verdict != Verdict::Applied)
        .map(|it| {
            let vendor = safe::code(&it.action.vendor, 100);
            format!("- {vendor} {}\n", options.person(&it.action))
        })
        .collect();
    let title = "Access still open: was to be taken away and perhaps was not";
    block(&mut page, "open access", title, &open);
    page.reach(100);
    for (verdict, title) in [
        (Verdict::Failed, "Failed"),
        (Verdict::Unverified, "Unverified"),
        (Verdict::Skipped, "Skipped"),
        (Verdict::Applied, "Applied"),
    ] {
        section(&mut page, verdict, title, outcomes, options);
    }
    tail(&mut page, journal, context, options);
    out.write_all(page.finish().as_bytes())
}

/// How the journal ended, to hold it against later.
fn tail(page: &mut Page, journal: Option<&End>, context: &Context, options: &Options) {
    if let Some(End { place, hash }) = journal {
        let (place, hash) = (safe::code(place, 200), safe::code(hash, 100));
        page.add(&format!("\nThe journal {place} ends with {hash}.\n"));
    }
    let masked = options.mask.then(|| context.masked());
    let lines: Vec<String> = told(masked.as_ref().unwrap_or(context))
        .iter()
        .map(|told| format!("- {}\n", safe::code(told, 500)))
        .collect();
    if !lines.is_empty() {
        page.add(&format!(
            "\nWhat this run knows of why it ran:\n\n{}",
            lines.concat()
        ));
    }
}

/// The actions of one verdict, by what was said about them.
fn section(
    page: &mut Page,
    verdict: Verdict,
    title: &'static str,
    outcomes: &[Outcome],
    options: &Options,
) {
    let of_this = outcomes.iter().filter(|it| it.verdict == verdict);
    for ((vendor, said), group) in groups(of_this, |it| (&it.action.vendor, said(it))) {
        let lines: Vec<String> = group
            .iter()
            .map(|it| {
                let kind = it.action.kind.as_str();
                format!("- {} {kind}\n", options.person(&it.action))
            })
            .collect();
        let vendor = safe::code(vendor, 100);
        let count = counted(group.len(), "action");
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {}", options.text(&said))
        };
        page.fold(
            title,
            &format!("{title}: {count} at {vendor}{said}"),
            &lines,
        );
    }
}

/// The status, where it decided anything, and the message.
fn said(outcome: &Outcome) -> String {
    match outcome.status {
        Some(status) if outcome.verdict != Verdict::Applied => {
            format!("HTTP {status} {}", outcome.message)
        }
        Some(_) | None => outcome.message.clone(),
    }
}
