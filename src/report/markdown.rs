//! A plan, an apply report and the leavers as Markdown, for a comment of a pull request or a job summary.
//!
//! Never longer than asked for; what takes access away and what makes administrators comes first.
//! The first line is a hidden marker by which a script finds the comment to update. Nothing that
//! came from a vendor or a roster can format, link or mention (`safe`).

mod attention;
mod leavers;
mod page;
mod people;
mod report;
mod safe;

use std::io;

use super::facts::{counted_people, forecast_line, is_quiet, sums_line};
use super::layout::{counted, groups};
use crate::model::plan::{Level, Plan, VendorPlan, WithheldAction};
use crate::model::spec::VendorSpec;
use crate::plan::cause::Causes;
use attention::attention;
pub use leavers::leavers;
use page::Page;
use people::Row;
pub use report::report;

/// A text in a cell of a table.
pub(super) fn cell(text: &str) -> String {
    /// Characters of a cell that are shown.
    const MOST: usize = 400;
    safe::code(text, MOST)
}

/// The first line of a plan.
pub const PLAN_MARKER: &str = "<!-- rosterctl-plan -->";
/// The first line of a report.
pub const REPORT_MARKER: &str = "<!-- rosterctl-apply -->";

/// The first line of the leavers.
pub const LEAVERS_MARKER: &str = "<!-- rosterctl-leavers -->";

/// So few people of whom one thing is told stand open.
const FEW: usize = 10;

/// How Markdown is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most bytes; from 4096.
    pub limit: usize,
    /// Whether people are shown as initials and a short hash, and their names not at all.
    pub mask: bool,
    /// What is known of each kind of vendor: which attributes are names, which make
    /// administrators.
    pub catalog: Vec<&'static VendorSpec>,
}

impl Options {
    fn spec(&self, kind: &str) -> Option<&'static VendorSpec> {
        self.catalog.iter().copied().find(|spec| spec.kind == kind)
    }
}

/// Writes a plan.
///
/// # Errors
/// Those of `out`.
pub fn plan(
    plan: &Plan,
    causes: Option<&Causes>,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(options.limit);
    page.add(PLAN_MARKER);
    page.add("\n");
    if is_quiet(plan) {
        page.add(&format!(
            "**rosterctl**: no changes for {}, {} in the roster.{}\n",
            plan.on,
            counted_people(plan.people),
            digest(plan)
        ));
        return out.write_all(page.finish().as_bytes());
    }
    let sums = sums_line(plan);
    page.add(&format!("### Plan for {}: {sums}\n\n", plan.on));
    page.add(&format!(
        "{} in the roster.{}\n\n",
        counted_people(plan.people),
        digest(plan)
    ));
    attention(&mut page, &plan.attention, options);
    page.reach(45);
    let unread: Vec<String> = plan
        .unread()
        .map(|(vendor, error)| {
            let name = safe::code(&vendor.name, 100);
            let error = options.text(error);
            format!("- **{name} could not be read, this plan cannot be approved:** {error}\n")
        })
        .collect();
    block(&mut page, "vendors", "Not read", &unread);
    let rows = people::rows(plan, causes, options);
    let (grave, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|it| it.grave);
    let (drift, change): (Vec<&Row>, Vec<&Row>) = others.into_iter().partition(|it| it.drift);
    page.reach(60);
    people::section(&mut page, "Removals and administrators", &grave);
    page.reach(75);
    let title = "Held by a safety rule";
    kept(&mut page, plan, title, |it| &it.held, true, options);
    page.reach(80);
    notices(&mut page, plan, Level::Warning, options);
    page.reach(95);
    let title = match causes {
        None => "Changes",
        Some(_) => "Caused by this change",
    };
    people::section(&mut page, title, &change);
    people::folded(&mut page, "Drift that was there before", &drift);
    page.reach(100);
    let title = "Steps for a person";
    kept(&mut page, plan, title, |it| &it.manual, false, options);
    notices(&mut page, plan, Level::Info, options);
    unlisted(&mut page, plan, options);
    ending(&mut page, plan, options);
    forecast(&mut page, plan);
    out.write_all(page.finish().as_bytes())
}

fn digest(plan: &Plan) -> String {
    plan.digest()
        .map_or_else(String::new, |digest| format!(" Digest `{digest}`."))
}

/// A heading and its lines.
fn block(page: &mut Page, section: &'static str, title: &str, lines: &[String]) {
    if page.heading(section, &format!("**{title}**\n\n"), lines.len()) {
        page.lines(section, lines);
        page.add("\n");
    }
}

/// What this run does not do, by the reason; where it is to be open, few people stand below theirs.
fn kept(
    page: &mut Page,
    plan: &Plan,
    title: &'static str,
    list: fn(&VendorPlan) -> &[WithheldAction],
    open: bool,
    options: &Options,
) {
    let all: Vec<_> = plan
        .vendors
        .iter()
        .flat_map(|vendor| list(vendor).iter().map(move |kept| (vendor, kept)))
        .collect();
    let heading = format!("#### {title} ({})\n\n", all.len());
    if !page.heading(title, &heading, all.len()) {
        return;
    }
    let (mut shown, mut folds) = (Vec::new(), Vec::new());
    for ((name, why), group) in groups(all, |(vendor, kept)| (&vendor.name, &kept.why)) {
        let lines = group.iter().map(|(vendor, kept)| {
            let what = people::what(&kept.action, options.spec(vendor.kind), options);
            format!("- {} {what}\n", options.person(&kept.action))
        });
        let lines: Vec<String> = lines.collect();
        let (name, count) = (safe::code(name, 100), counted(group.len(), "action"));
        let summary = format!("{count} at {name}: {}", options.text(why));
        if open && lines.len() <= FEW {
            shown.push(format!("- {summary}\n  {}", lines.join("  ")));
        } else {
            folds.push((summary, lines));
        }
    }
    page.lines(title, &shown);
    if !shown.is_empty() {
        page.add("\n");
    }
    page.folds(title, &folds, false);
}

/// Notices of one level: warnings are open.
fn notices(page: &mut Page, plan: &Plan, level: Level, options: &Options) {
    let mut lines = Vec::new();
    for vendor in &plan.vendors {
        for notice in vendor.notices.iter().filter(|it| it.level == level) {
            let who = match &notice.email {
                Some(email) => format!(", {}", options.email(email, None)),
                None => String::new(),
            };
            let vendor = safe::code(&vendor.name, 100);
            let text = options.text(&notice.text);
            lines.push(format!("- {vendor}{who}: {text}\n"));
        }
    }
    match level {
        Level::Warning => {
            let heading = format!("#### Warnings ({})\n\n", lines.len());
            if page.heading("Warnings", &heading, lines.len()) {
                page.lines("Warnings", &lines);
                page.add("\n");
            }
        }
        Level::Info if lines.is_empty() => {}
        Level::Info => page.fold("Notices", &counted(lines.len(), "notice"), &lines),
    }
}

fn unlisted(page: &mut Page, plan: &Plan, options: &Options) {
    let mut lines = Vec::new();
    for vendor in &plan.vendors {
        for account in &vendor.unlisted {
            let name = safe::code(&vendor.name, 100);
            let who = options.email(&account.email, account.id.as_deref());
            let why = account.why.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {}", options.text(why)));
            lines.push(format!("- {name} {who}{why}\n"));
        }
    }
    if !lines.is_empty() {
        let count = counted(lines.len(), "account");
        let summary = format!("{count} that the roster does not name");
        page.fold("Unlisted accounts", &summary, &lines);
    }
}

fn ending(page: &mut Page, plan: &Plan, options: &Options) {
    let lines: Vec<String> = plan
        .ending
        .iter()
        .map(|it| {
            let vendors = it.vendors.iter().map(|name| safe::code(name, 100));
            let vendors = vendors.collect::<Vec<_>>().join(", ");
            let who = options.email(&it.email, None);
            format!("- {}: {who} at {vendors}\n", it.ends)
        })
        .collect();
    if !lines.is_empty() {
        let summary = format!("Access of {} ends soon", counted_people(lines.len()));
        page.fold("ending access", &summary, &lines);
    }
}

fn forecast(page: &mut Page, plan: &Plan) {
    if let Some(sentence) = forecast_line(plan) {
        page.add(&format!("\n{sentence}\n"));
    }
}

#[cfg(test)]
mod tests;
