//! What each vendor gets: a bar on one scale for all vendors, its numbers as links into the table,
//! how complete the read was, and what the actions take.

use std::collections::BTreeMap;

use super::Options;
use super::data::Data;
use super::group::fragment;
use super::markup::Markup;
use super::shown::Show;
use crate::model::plan::{Plan, VendorPlan};
use crate::report::layout::{counted, duration};
use crate::report::sanitize::line;
use crate::report::text::proof_line;

/// Width of the longest bar, in units of its own.
const WIDTH: usize = 1000;
/// The least that anything gets: seen, however small its share.
const LEAST: usize = 6;
/// Between two parts.
const GAP: usize = 2;

/// A part of a bar: its word, and the filter that shows it.
type Part = (&'static str, &'static str);

/// The bar of a plan, in its order.
const PLANNED: &[Part] = &[
    ("deactivate", "do"),
    ("delete", "do"),
    ("update", "do"),
    ("reactivate", "do"),
    ("create", "do"),
    ("held", "state"),
    ("manual", "state"),
];

/// The bar of a report.
const DONE: &[Part] = &[
    ("failed", "state"),
    ("unverified", "state"),
    ("skipped", "state"),
    ("applied", "state"),
    ("held", "state"),
    ("manual", "state"),
];

/// How many of each part, by the name that the page shows for a vendor.
type Counts<'a> = BTreeMap<&'a str, BTreeMap<&'static str, usize>>;

/// All vendors.
pub(super) fn vendors(body: &mut Markup, plan: &Plan, data: &Data, options: &Options) {
    if plan.vendors.is_empty() {
        return;
    }
    let parts = if data.outcomes.is_some() {
        DONE
    } else {
        PLANNED
    };
    let counts = counts(data);
    let sum = |of: &BTreeMap<_, usize>| of.values().sum();
    let most: usize = counts.values().map(sum).max().unwrap_or(0);
    let bars = counts.values().map(|it| rects(parts, it, most));
    // Small parts are drawn larger than their share, so the longest bar is measured.
    let ends = bars.filter_map(|it| it.last().map(|(_, _, place, width)| place + width));
    let longest = ends.max().unwrap_or(WIDTH);
    body.fixed("<section id=\"vendors\" class=\"block\" aria-labelledby=\"vendors-title\">");
    body.fixed("<h2 id=\"vendors-title\">Vendors</h2>");
    let show = Show { options };
    for vendor in &plan.vendors {
        let name = line(&vendor.name);
        body.within("div", &[("class", "vendor")], |body| {
            head(body, vendor, &name, show);
            if let Some(counts) = counts.get(&*name) {
                bar(body, &name, &rects(parts, counts, most), longest);
                chips(body, &name, parts, counts);
            }
            if let Ok(read) = &vendor.read {
                let mut told = format!("Read {}.", show.text(&proof_line(&read.proof)));
                if read.forecast.calls > 0 && data.outcomes.is_none() {
                    let calls = usize::try_from(read.forecast.calls).unwrap_or(usize::MAX);
                    let (calls, time) = (counted(calls, "call"), duration(read.forecast.seconds));
                    told.push_str(&format!(
                        " Applying takes at least {calls}, {time} at its limits."
                    ));
                }
                body.element("p", &[("class", "aside")], &told);
            }
        });
    }
    body.fixed("</section>\n");
}

fn counts(data: &Data) -> Counts<'_> {
    let mut counts = Counts::new();
    let mut count = |vendor, word| {
        *counts.entry(vendor).or_default().entry(word).or_default() += 1;
    };
    let document = &data.document;
    match &data.outcomes {
        None => document
            .actions
            .iter()
            .for_each(|it| count(&*it.action.vendor, it.action.kind.as_str())),
        Some(all) => all
            .iter()
            .for_each(|it| count(&*it.vendor, it.outcome.as_str())),
    }
    document
        .held
        .iter()
        .for_each(|it| count(&*it.action.vendor, "held"));
    document
        .manual
        .iter()
        .for_each(|it| count(&*it.action.vendor, "manual"));
    counts
}

fn head(body: &mut Markup, vendor: &VendorPlan, name: &str, show: Show<'_>) {
    body.within("h3", &[], |body| {
        body.text(name);
        if name != vendor.kind {
            body.element("small", &[], &format!(" {}", vendor.kind));
        }
        body.element("small", &[], &format!(" {}", show.text(&vendor.base_url)));
    });
    match &vendor.read {
        Ok(read) => {
            let accounts = counted(read.accounts, "account");
            let text = format!("{accounts} read, {} unchanged", read.unchanged);
            body.element("p", &[("class", "read")], &text);
        }
        Err(_) => body.element("p", &[("class", "read bad")], "could not be read"),
    }
}

/// The parts of a bar from left to right: word, count, place, width.
fn rects(
    parts: &[Part],
    counts: &BTreeMap<&'static str, usize>,
    most: usize,
) -> Vec<(&'static str, usize, usize, usize)> {
    let mut at = 0;
    let there = parts
        .iter()
        .filter_map(|(word, _)| Some((*word, *counts.get(word)?)));
    let rects = there.map(|(word, count)| {
        let width = (count * WIDTH / most.max(1)).max(LEAST);
        let place = at;
        at += width + GAP;
        (word, count, place, width)
    });
    rects.collect()
}

fn bar(
    body: &mut Markup,
    name: &str,
    rects: &[(&'static str, usize, usize, usize)],
    longest: usize,
) {
    let parts = rects
        .iter()
        .map(|(word, count, ..)| format!("{count} {word}"));
    let told = format!("{name}: {}", parts.collect::<Vec<_>>().join(", "));
    let view = format!("0 0 {longest} 12");
    let attributes = [
        ("class", "bar"),
        ("viewBox", &*view),
        ("preserveAspectRatio", "none"),
        ("role", "img"),
        ("aria-label", &*told),
    ];
    body.within("svg", &attributes, |body| {
        for (word, count, place, width) in rects {
            let class = format!("k-{word}");
            let (place, width) = (place.to_string(), width.to_string());
            let place = [
                ("class", &*class),
                ("x", &*place),
                ("width", &*width),
                ("height", "12"),
            ];
            body.within("rect", &place, |body| {
                body.element("title", &[], &format!("{count} {word}"));
            });
        }
    });
}

fn chips(body: &mut Markup, name: &str, parts: &[Part], counts: &BTreeMap<&'static str, usize>) {
    body.within("p", &[("class", "chips")], |body| {
        for (word, filter) in parts {
            let Some(count) = counts.get(word) else {
                continue;
            };
            let link = fragment(&[("vendor", name), (filter, word)]);
            let class = format!("chip k-{word}");
            body.element(
                "a",
                &[("class", &class), ("href", &link)],
                &format!("{count} {word}"),
            );
            body.fixed(" ");
        }
    });
}
