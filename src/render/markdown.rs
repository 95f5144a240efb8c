//! A plan, an apply report and the leavers as Markdown, for a comment of a pull request or a job summary.
//!
//! Never longer than asked for; what takes access away and what makes administrators comes first.
//! The first line is a hidden marker by which a script finds the comment to update. Nothing that
//! came from a vendor or a roster can format, link or mention (`safe`).

mod attention;
mod leavers;
mod page;
mod report;
mod safe;

use std::io;

use super::facts::{counted_people, forecast_line, is_quiet, sums_line, told};
use super::layout::{counted, groups};
use crate::reconcile::attention::GrantKind;
use crate::reconcile::cause::{Cause, Causes};
use crate::reconcile::plan::{Action, ActionKind, Kept, Level, Plan, VendorPlan};
use crate::vendor::spec::VendorSpec;
use attention::attention;
pub use leavers::leavers;
use page::Page;
pub use report::report;

/// The first line of a plan.
pub const PLAN_MARKER: &str = "<!-- rosterctl-plan -->";
/// The first line of a report.
pub const REPORT_MARKER: &str = "<!-- rosterctl-apply -->";

/// The first line of the leavers.
pub const LEAVERS_MARKER: &str = "<!-- rosterctl-leavers -->";

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
    let (grave, others): (Vec<Item<'_>>, Vec<Item<'_>>) = items(plan, causes, options)
        .into_iter()
        .partition(|it| it.grave);
    page.reach(60);
    section(&mut page, "Removals and administrators", &grave, options);
    page.reach(75);
    kept(
        &mut page,
        plan,
        "Held by a safety rule",
        |it| &it.held,
        options,
    );
    page.reach(90);
    match causes {
        None => section(&mut page, "Changes", &others, options),
        Some(_) => {
            let (change, drift): (Vec<Item<'_>>, Vec<Item<'_>>) = others
                .into_iter()
                .partition(|it| it.cause == Some(Cause::Change));
            section(&mut page, "Caused by this change", &change, options);
            section(&mut page, "Drift that was there before", &drift, options);
        }
    }
    page.reach(100);
    kept(
        &mut page,
        plan,
        "Steps for a person",
        |it| &it.manual,
        options,
    );
    notices(&mut page, plan, options);
    unlisted(&mut page, plan, options);
    ending(&mut page, plan, options);
    forecast(&mut page, plan);
    out.write_all(page.finish().as_bytes())
}

fn digest(plan: &Plan) -> String {
    plan.digest()
        .map_or_else(String::new, |digest| format!(" Digest `{digest}`."))
}

/// An action as the page shows it.
struct Item<'a> {
    action: &'a Action,
    cause: Option<Cause>,
    /// Takes access away, or makes an administrator.
    grave: bool,
    /// What it does, in the page's words; the same for people to whom the same happens.
    what: String,
}

fn items<'a>(plan: &'a Plan, causes: Option<&Causes>, options: &Options) -> Vec<Item<'a>> {
    let specs = plan.vendors.iter().flat_map(|vendor| {
        let spec = options.spec(vendor.kind);
        let hints = &vendor.hints;
        let actions = vendor.actions.iter();
        actions.map(move |action| (action, spec, hints))
    });
    specs
        .enumerate()
        .map(|(at, (action, spec, hints))| {
            let cause = causes.and_then(|causes| causes.actions.get(at)).copied();
            let grave = hints.is_grave(action);
            let mut what = head(action, spec, options);
            if let Some(grant) = hints.grant(action) {
                let told = match grant.how {
                    GrantKind::Becomes => "administrator",
                    GrantKind::ChangesHands => told(grant.how),
                };
                what = format!("**{told}:** {what}");
            }
            if grave && cause == Some(Cause::Drift) {
                what.push_str(" (drift)");
            }
            Item {
                action,
                cause,
                grave,
                what,
            }
        })
        .collect()
}

/// `deactivate at bitsight: left`.
fn head(action: &Action, spec: Option<&VendorSpec>, options: &Options) -> String {
    let vendor = safe::code(&action.vendor, 100);
    let told = match action.kind {
        ActionKind::Deactivate | ActionKind::Delete => options.text(&action.reason),
        ActionKind::Create | ActionKind::Update | ActionKind::Reactivate => {
            options.changes(action, spec)
        }
    };
    let colon = if told.is_empty() { "" } else { ": " };
    format!("{} at {vendor}{colon}{told}", action.kind.as_str())
}

/// A heading and its lines.
fn block(page: &mut Page, section: &'static str, title: &str, lines: &[String]) {
    if page.heading(section, &format!("**{title}**\n\n"), lines.len()) {
        page.lines(section, lines);
        page.add("\n");
    }
}

/// Actions: single ones as lines, those that many people share as one line that opens.
fn section(page: &mut Page, title: &'static str, items: &[Item<'_>], options: &Options) {
    let groups = groups(items, |it| it.what.as_str());
    let (single, many): (Vec<_>, Vec<_>) = groups.into_iter().partition(|it| it.1.len() == 1);
    let heading = format!("#### {title} ({})\n\n", items.len());
    if !page.heading(title, &heading, items.len()) {
        return;
    }
    // Groups first: each line of them tells of many people.
    let folds: Vec<(String, Vec<String>)> = many
        .into_iter()
        .map(|(what, group)| {
            let people = group.iter().map(|it| options.person(it.action));
            let lines = people.map(|person| format!("- {person}\n")).collect();
            // Inside HTML, stars are stars.
            let what = what.replace("**", "");
            (format!("{}: {what}", counted_people(group.len())), lines)
        })
        .collect();
    page.folds(title, &folds, !single.is_empty());
    let lines: Vec<String> = single
        .iter()
        .flat_map(|(what, group)| group.iter().map(move |it| (what, it)))
        .map(|(what, it)| format!("- {} {what}\n", options.person(it.action)))
        .collect();
    page.lines(title, &lines);
    page.add("\n");
}

/// What this run does not do, by the reason.
fn kept(
    page: &mut Page,
    plan: &Plan,
    title: &'static str,
    list: fn(&VendorPlan) -> &[Kept],
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
    let reasons = groups(all, |(vendor, kept)| (&vendor.name, &kept.why));
    let folds: Vec<(String, Vec<String>)> = reasons
        .into_iter()
        .map(|((name, why), group)| {
            let lines = group.iter().map(|(vendor, kept)| {
                let head = head(&kept.action, options.spec(vendor.kind), options);
                format!("- {} {head}\n", options.person(&kept.action))
            });
            let (name, count) = (safe::code(name, 100), counted(group.len(), "action"));
            let summary = format!("{count} at {name}: {}", options.text(why));
            (summary, lines.collect())
        })
        .collect();
    page.folds(title, &folds, false);
}

fn notices(page: &mut Page, plan: &Plan, options: &Options) {
    let (mut warnings, mut others) = (Vec::new(), Vec::new());
    for vendor in &plan.vendors {
        for notice in &vendor.notices {
            let lines = match notice.level {
                Level::Warning => &mut warnings,
                Level::Info => &mut others,
            };
            let who = match &notice.email {
                Some(email) => format!(", {}", options.email(email, None)),
                None => String::new(),
            };
            let vendor = safe::code(&vendor.name, 100);
            let text = options.text(&notice.text);
            lines.push(format!("- {vendor}{who}: {text}\n"));
        }
    }
    // Nobody opens what is folded.
    block(page, "Warnings", "Warnings", &warnings);
    if !others.is_empty() {
        page.fold("Notices", &counted(others.len(), "notice"), &others);
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
