//! The head of a page: what it is, the sums, what the exit code means, the digest to approve.

use std::time::Duration;

use super::Options;
use super::markup::Markup;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::report::facts::{counted_people, forecast_line, sums, sums_line};
use crate::report::layout::duration;

/// The head of a plan.
pub(super) fn plan(body: &mut Markup, plan: &Plan, options: &Options) {
    let unread = plan.unread().next().is_some();
    let sums = sums_line(plan);
    head(body, plan, "Plan for ", &sums, |body| {
        let (tone, meaning) = match options.exit {
            0 => ("good", "Nothing stands in the way of an apply."),
            1 if unread => (
                "bad",
                "This plan cannot be approved: a vendor could not be read.",
            ),
            1 => (
                "bad",
                "This plan cannot be applied: it breaks what the roster asserts.",
            ),
            4 => (
                "warn",
                "A safety rule holds actions back; an apply does everything else.",
            ),
            _ => (
                "good",
                "There are changes, and nothing stands in the way of an apply.",
            ),
        };
        exit(body, tone, meaning, Some(options.exit));
        if let Some(forecast) = forecast_line(plan) {
            body.element("p", &[("class", "aside")], &forecast);
        }
    });
}

/// The head of a report.
pub(super) fn report(
    body: &mut Markup,
    plan: &Plan,
    outcomes: &[Outcome],
    took: Duration,
    options: &Options,
) {
    let summary = plan.summary();
    let mut told = format!("{} in {}", sums(outcomes), duration(took.as_secs()));
    if summary.held + summary.manual > 0 {
        let rest = format!(
            "; not done by this run: {} held, {} manual",
            summary.held, summary.manual
        );
        told.push_str(&rest);
    }
    head(body, plan, "Applied for ", &told, |body| {
        let open = outcomes.iter().any(|it| it.verdict != Verdict::Applied);
        let (tone, meaning) = match options.exit {
            0 => ("good", "Everything that was planned is done."),
            4 => (
                "warn",
                "A safety rule held actions back; everything else is done.",
            ),
            _ if open => (
                "bad",
                "Not everything is done: apply again once the causes below are gone.",
            ),
            _ => (
                "bad",
                "Not every vendor could be read, and nothing was done there.",
            ),
        };
        // A second plan can still change the number.
        exit(body, tone, meaning, None);
    });
}

fn head(
    body: &mut Markup,
    plan: &Plan,
    title: &'static str,
    sums: &str,
    more: impl FnOnce(&mut Markup),
) {
    body.fixed("<a class=\"skip\" href=\"#people\">To the table of people</a>\n");
    body.within("header", &[("class", "top")], |body| {
        body.within("div", &[("class", "bar")], |body| {
            body.element("h1", &[], &format!("{title}{}", plan.on));
            body.fixed("<button type=\"button\" id=\"theme\" hidden>Dark</button>\n");
        });
        body.element("p", &[("class", "lead")], sums);
        more(body);
        let made = plan.created_at.strftime("%Y-%m-%d %H:%M UTC");
        let tool = concat!("rosterctl ", env!("CARGO_PKG_VERSION"));
        let people = counted_people(plan.people);
        let text = format!("{people} in the roster. Made {made} by {tool}.");
        body.element("p", &[("class", "aside")], &text);
        if let Some(digest) = plan.digest() {
            body.within("p", &[("class", "digest")], |body| {
                body.fixed("<span>Digest</span> ");
                body.element("code", &[("id", "digest")], &digest.to_string());
                body.fixed(" <button type=\"button\" id=\"copy\" hidden>Copy</button>");
                body.fixed("<span id=\"copied\" role=\"status\"></span>");
            });
        }
    });
    body.fixed("\n");
}

fn exit(body: &mut Markup, tone: &'static str, meaning: &str, code: Option<u8>) {
    let class = format!("exit {tone}");
    body.within("p", &[("class", &class)], |body| {
        body.text(meaning);
        if let Some(code) = code {
            body.element("span", &[], &format!("exit code {code}"));
        }
    });
}
