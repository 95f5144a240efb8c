//! A plan for a person, in a terminal or a CI log.
//!
//! Vendors first, in the order of their names; then, over all vendors, what the run leaves to
//! people; the sums and the digest last, where the eye lands. Removals and administrators come
//! first, by name; what many people share is one line, which `-v` opens.

mod actions;
mod attention;
mod by_cause;

use std::io;

use super::facts::sums_line;
use super::layout::{column, counted, duration, groups, heading, name_of};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::model::hints::Hints;
use crate::model::plan::{Completeness, Level, OwnSeen, Plan, Read, VendorPlan, WithheldAction};
use actions::actions;
use attention::attention;

pub use by_cause::plan_by_cause;

/// Writes a plan.
///
/// # Errors
/// Those of `out`.
pub fn plan(plan: &Plan, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let style = *style;
    let people = match plan.people {
        1 => String::from("1 person"),
        people => format!("{people} people"),
    };
    writeln!(out, "Plan for {}, {people} in the roster", plan.on)?;
    attention(&plan.attention, style, out)?;
    let mut spaced = true;
    for it in &plan.vendors {
        let has_body = it.read.is_err() || !it.actions.is_empty();
        if spaced || has_body {
            writeln!(out)?;
        }
        vendor(it, style, out)?;
        spaced = has_body;
    }
    let kept_at = |of: fn(&VendorPlan) -> &[WithheldAction]| {
        let all = plan.vendors.iter().flat_map(of);
        all.collect::<Vec<_>>()
    };
    kept(
        "Manual",
        "steps for a person, not done by this run",
        &kept_at(|it| &it.manual),
        plan,
        style,
        out,
    )?;
    kept(
        "Held",
        "kept back by a safety rule, not done by this run",
        &kept_at(|it| &it.held),
        plan,
        style,
        out,
    )?;
    unlisted(plan, style, out)?;
    notices(plan, style, out)?;
    ending(plan, style, out)?;
    forecast(plan, style, out)?;
    writeln!(out)?;
    closing(plan, style, out)
}

fn vendor(vendor: &VendorPlan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let name = line(&vendor.name);
    let base_url = style.paint(Tone::Aside, line(&vendor.base_url));
    let named = if *vendor.name == *vendor.kind {
        String::new()
    } else {
        format!(" ({})", line(vendor.kind))
    };
    write!(
        out,
        "{}{named}  {base_url}  ",
        style.paint(Tone::Head, name)
    )?;
    match &vendor.read {
        Ok(Read {
            accounts,
            asked: _,
            unchanged,
            proof,
            forecast: _,
        }) => {
            let accounts = counted(*accounts, "account");
            write!(out, "{accounts} read, {unchanged} unchanged")?;
            match vendor.actions.len() {
                0 => writeln!(out)?,
                count => writeln!(out, ", {}", counted(count, "action"))?,
            }
            if style.verbose {
                writeln!(out, "  {}", style.paint(Tone::Aside, proof_line(proof)))?;
            }
        }
        Err(error) => {
            writeln!(out, "{}", style.paint(Tone::Alarm, "could not be read"))?;
            writeln!(out, "  {}", line(error))?;
            writeln!(out, "  Nothing is planned here until it can be read.")?;
        }
    }
    actions(&vendor.actions, &vendor.hints, "  ", style, out)
}

/// `complete: 2 pages, the vendor counts 41, …`
pub(super) fn proof_line(proof: &Completeness) -> String {
    let Completeness {
        pages,
        counted: count,
        own,
        last,
        missing,
    } = proof;
    let pages =
        (*pages > 0).then(|| counted(usize::try_from(*pages).unwrap_or(usize::MAX), "page"));
    let count = count.map(|count| format!("the vendor counts {count}"));
    let own = match own {
        OwnSeen::Seen => Some("own account seen"),
        OwnSeen::Missing => Some("own account missing"),
        OwnSeen::Unknown => Some("own account unknown"),
        OwnSeen::Nobody => None,
    };
    let last = last.map(|it| {
        let day = it.read_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        format!("{} on {day}", it.accounts)
    });
    let parts = [pages, count, own.map(String::from), last];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let parts = parts.join(", ");
    match (missing, parts.is_empty()) {
        (None, true) => String::from("complete"),
        (None, false) => format!("complete: {parts}"),
        (Some(missing), true) => format!("not proved complete: {}", line(missing)),
        (Some(missing), false) => format!("not proved complete: {}; {parts}", line(missing)),
    }
}

/// Actions that this run does not do. The why comes first and once: when a limit holds three
/// hundred removals, it is the same for all of them.
fn kept(
    title: &str,
    what: &str,
    kept: &[&WithheldAction],
    plan: &Plan,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if kept.is_empty() {
        return Ok(());
    }
    write!(out, "{}", heading(title, kept.len(), what, style))?;
    let groups = groups(kept.iter().copied(), |it| (&it.action.vendor, &it.why));
    for ((vendor, why), group) in groups {
        let mut vendors = plan.vendors.iter();
        let hints = vendors.find(|it| it.name == *vendor).map(|it| &it.hints);
        let vendor = style.paint(Tone::Head, line(vendor));
        let why = style.paint(Tone::Change, line(why));
        writeln!(out, "  {vendor}: {why}")?;
        let of_group = group.iter().map(|it| &it.action);
        actions(
            of_group,
            hints.unwrap_or(&Hints::default()),
            "    ",
            style,
            out,
        )?;
    }
    Ok(())
}

fn unlisted(plan: &Plan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let count = plan.summary().unlisted;
    if count == 0 {
        return Ok(());
    }
    let what = "active accounts that the roster does not name";
    write!(out, "{}", heading("Unlisted", count, what, style))?;
    for vendor in plan.vendors.iter().filter(|it| !it.unlisted.is_empty()) {
        writeln!(out, "  {}", style.paint(Tone::Head, line(&vendor.name)))?;
        let names: Vec<String> = vendor
            .unlisted
            .iter()
            .map(|it| name_of(&it.email, it.id.as_deref()))
            .collect();
        let people = column(&names);
        for (account, name) in vendor.unlisted.iter().zip(&names) {
            match &account.why {
                None => writeln!(out, "    {name}")?,
                Some(why) => {
                    let why = style.paint(Tone::Aside, line(why));
                    writeln!(out, "    {name:<people$}  {why}")?;
                }
            }
        }
    }
    Ok(())
}

fn notices(plan: &Plan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let count: usize = plan.vendors.iter().map(|it| it.notices.len()).sum();
    if count == 0 {
        return Ok(());
    }
    write!(
        out,
        "{}",
        heading("Notices", count, "what else there is to know", style)
    )?;
    for vendor in &plan.vendors {
        for notice in &vendor.notices {
            let level = match notice.level {
                Level::Warning => style.paint(Tone::Change, "warning"),
                Level::Info => style.paint(Tone::Aside, "info   "),
            };
            let name = line(&vendor.name);
            let text = line(&notice.text);
            match &notice.email {
                Some(email) => writeln!(out, "  {level}  {name}, {}: {text}", line(email))?,
                None => writeln!(out, "  {level}  {name}: {text}")?,
            }
        }
    }
    Ok(())
}

fn ending(plan: &Plan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    if plan.ending.is_empty() {
        return Ok(());
    }
    let what = "the last day with access is near; nothing is done yet";
    write!(
        out,
        "{}",
        heading("Ending soon", plan.ending.len(), what, style)
    )?;
    let people = column(plan.ending.iter().map(|it| line(&it.email)));
    for person in &plan.ending {
        let vendors: Vec<String> = person.vendors.iter().map(|it| line(it)).collect();
        let vendors = style.paint(Tone::Aside, vendors.join(", "));
        let email = line(&person.email);
        writeln!(out, "  {}  {email:<people$}  {vendors}", person.ends)?;
    }
    Ok(())
}

fn forecast(plan: &Plan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let forecasts = plan.vendors.iter().filter_map(|it| match &it.read {
        Ok(read) if read.forecast.calls > 0 => Some((line(&it.name), read.forecast)),
        Ok(_) | Err(_) => None,
    });
    let forecasts: Vec<_> = forecasts.collect();
    if forecasts.is_empty() {
        return Ok(());
    }
    let title = style.paint(Tone::Head, "Forecast");
    writeln!(out, "\n{title}: to apply this takes at least")?;
    let names = column(forecasts.iter().map(|(name, _)| name));
    for (name, forecast) in forecasts {
        let calls = counted(
            usize::try_from(forecast.calls).unwrap_or(usize::MAX),
            "call",
        );
        let time = duration(forecast.seconds);
        let (share, window) = (forecast.share(), duration(forecast.within));
        writeln!(
            out,
            "  {name:<names$}  {calls}, {time} at its limits, {share} % of the calls allowed in {window}"
        )?;
    }
    Ok(())
}

/// What it all comes to, and the digest to approve it by.
fn closing(plan: &Plan, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let unread: Vec<_> = plan.unread().map(|(it, _)| line(&it.name)).collect();
    let unread = unread.join(", ");
    let sums = match plan.summary().actions() {
        0 => sums_line(plan),
        _ => format!("Plan: {}", sums_line(plan)),
    };
    writeln!(out, "{}", style.paint(Tone::Head, sums))?;
    match plan.digest() {
        Some(digest) => writeln!(out, "digest {digest}"),
        None => writeln!(
            out,
            "{}",
            style.paint(
                Tone::Alarm,
                format!(
                    "{unread} could not be read: this plan has no digest and cannot be approved"
                )
            )
        ),
    }
}

#[cfg(test)]
mod tests;
