//! What whoever approves a plan has to see first: open, above everything else.

use super::page::Page;
use super::{Options, safe};
use crate::model::attention::Attention;
use crate::report::facts::{gone_told, grant_told, rule_told};

/// Adds the sections that have entries.
pub(super) fn attention(page: &mut Page, attention: &Attention, options: &Options) {
    let Attention {
        administrators,
        gone,
        rules,
    } = attention;
    let at = |vendor: &Option<Box<str>>| match vendor {
        Some(name) => format!(" at {}", safe::code(name, 100)),
        None => String::new(),
    };
    page.reach(15);
    let lines: Vec<String> = administrators
        .iter()
        .map(|it| {
            let who = options.email(&it.email, it.id.as_deref());
            let (vendor, told) = (safe::code(&it.vendor, 100), options.text(&grant_told(it)));
            format!("- {who} at {vendor}: {told}\n")
        })
        .collect();
    section(page, "Administrators", &lines);
    page.reach(30);
    let lines: Vec<String> = gone
        .iter()
        .map(|it| {
            let who = options.email(&it.email, None);
            let told = options.text(&gone_told(it));
            format!("- {who}{}: {told}\n", at(&it.vendor))
        })
        .collect();
    section(page, "No longer in the roster", &lines);
    page.reach(40);
    let lines: Vec<String> = rules
        .iter()
        .map(|it| {
            let (rule, told) = (safe::key(&it.rule), options.text(&rule_told(it)));
            format!("- {rule}{}: {told}\n", at(&it.vendor))
        })
        .collect();
    section(page, "Changed rules", &lines);
}

fn section(page: &mut Page, title: &'static str, lines: &[String]) {
    let heading = format!("#### {title} ({})\n\n", lines.len());
    if page.heading(title, &heading, lines.len()) {
        page.lines(title, lines);
        page.add("\n");
    }
}
