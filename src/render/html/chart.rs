//! What each vendor gets: a bar on one scale for all vendors, its numbers as links into the table,
//! how complete the read was, and what the actions take.

use std::collections::BTreeMap;

use super::Options;
use super::data::Data;
use super::group::fragment;
use super::markup::Markup;
use super::sections::kind;
use super::shown::Show;
use crate::reconcile::plan::{Plan, VendorPlan};
use crate::render::layout::{counted, duration};
use crate::render::text::proof_line;

/// Width of the longest bar, in units of its own.
const WIDTH: usize = 1000;
/// The least that anything gets: seen, however small its share.
const LEAST: usize = 6;
/// Between two parts.
const GAP: usize = 2;

/// What a vendor's bar is made of, in the order of the bar: word, and the filters that show it.
const PARTS: [(&str, &str); 7] = [
    ("deactivate", "do"),
    ("delete", "do"),
    ("update", "do"),
    ("reactivate", "do"),
    ("create", "do"),
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
    let counts = counts(data);
    let sum = |of: &BTreeMap<_, usize>| of.values().sum();
    let most: usize = counts.values().map(sum).max().unwrap_or(0);
    body.fixed("<section id=\"vendors\" class=\"block\" aria-labelledby=\"vendors-title\">");
    body.fixed("<h2 id=\"vendors-title\">Vendors</h2>");
    let show = Show { options };
    for (vendor, name) in plan.vendors.iter().zip(names(plan)) {
        let counts = counts.get(&*name);
        body.within("div", &[("class", "vendor")], |body| {
            head(body, vendor, &name, show);
            if let Some(counts) = counts {
                bar(body, &name, counts, most);
                chips(body, &name, counts);
            }
            if let Ok(read) = &vendor.read {
                let mut told = format!("Read {}", show.text(&proof_line(&read.proof)));
                if read.forecast.calls > 0 {
                    let calls = usize::try_from(read.forecast.calls).unwrap_or(usize::MAX);
                    let (calls, time) = (counted(calls, "call"), duration(read.forecast.seconds));
                    told.push_str(&format!(
                        ". Applying takes at least {calls}, {time} at its limits"
                    ));
                }
                body.element("p", &[("class", "aside")], &format!("{told}."));
            }
        });
    }
    body.fixed("</section>\n");
}

/// The vendors' names as the page shows them.
fn names(plan: &Plan) -> impl Iterator<Item = String> {
    plan.vendors
        .iter()
        .map(|it| crate::render::sanitize::line(&it.name))
}

fn counts(data: &Data) -> Counts<'_> {
    let mut counts = Counts::new();
    let document = &data.document;
    let actions = document
        .actions
        .iter()
        .map(|it| (&*it.vendor, kind(it.action)));
    let held = document.held.iter().map(|it| (&*it.vendor, "held"));
    let manual = document.manual.iter().map(|it| (&*it.vendor, "manual"));
    for (vendor, word) in actions.chain(held).chain(manual) {
        *counts.entry(vendor).or_default().entry(word).or_default() += 1;
    }
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

fn bar(body: &mut Markup, name: &str, counts: &BTreeMap<&'static str, usize>, most: usize) {
    let told = format!("{name}: {}", told(counts));
    let mut at = 0;
    body.within(
        "svg",
        &[
            ("class", "bar"),
            ("viewBox", "0 0 1060 12"),
            ("preserveAspectRatio", "none"),
            ("role", "img"),
            ("aria-label", &told),
        ],
        |body| {
            for (word, _) in PARTS {
                let Some(count) = counts.get(word) else {
                    continue;
                };
                let width = (count * WIDTH / most.max(1)).max(LEAST);
                let class = format!("k-{word}");
                let (x, width_text) = (at.to_string(), width.to_string());
                let place = [
                    ("class", &*class),
                    ("x", &*x),
                    ("y", "0"),
                    ("width", &*width_text),
                    ("height", "12"),
                ];
                body.within("rect", &place, |body| {
                    body.element("title", &[], &format!("{count} {word}"));
                });
                at += width + GAP;
            }
        },
    );
}

fn told(counts: &BTreeMap<&'static str, usize>) -> String {
    let parts = PARTS
        .iter()
        .filter_map(|(word, _)| Some(format!("{} {word}", counts.get(word)?)));
    parts.collect::<Vec<_>>().join(", ")
}

fn chips(body: &mut Markup, name: &str, counts: &BTreeMap<&'static str, usize>) {
    body.within("p", &[("class", "chips")], |body| {
        for (word, filter) in PARTS {
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
