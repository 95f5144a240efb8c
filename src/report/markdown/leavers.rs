//! Who should have no access, and has or has not, as Markdown: the most urgent first.

use std::io;

use super::page::Page;
use super::{LEAVERS_MARKER, Options, block, safe};
use crate::model::email::same_email;
use crate::plan::leavers::{Leaver, LeaversCheck};
use crate::report::layout::counted;
use crate::report::leavers::{Told, history_told, parts, sums};

/// Writes who left and still has access.
///
/// # Errors
/// Those of `out`.
pub fn leavers(check: &LeaversCheck, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(options.limit);
    page.add(LEAVERS_MARKER);
    page.add("\n");
    let sums = sums(check);
    page.add(&format!("### Leavers on {}: {sums}\n\n", check.on));
    page.reach(20);
    let vendors: Vec<String> = check
        .vendors
        .iter()
        .map(|vendor| {
            let name = safe::code(&vendor.name, 100);
            let read = match vendor.accounts {
                Some(accounts) => format!("{} read", counted(accounts, "account")),
                None => String::from("**could not be read**"),
            };
            let problem = vendor.problem.as_ref();
            let problem = problem.map(|problem| format!(": {}", options.text(problem)));
            format!("- {name}: {read}{}\n", problem.unwrap_or_default())
        })
        .collect();
    block(&mut page, "vendors", "Vendors", &vendors);
    if let Some(past) = &check.past {
        let told = history_told(past).into_iter();
        let told: Vec<String> = told
            .map(|it| format!("- {}\n", options.text(&it)))
            .collect();
        block(&mut page, "history", "History of the roster", &told);
    }
    let parts = parts(check);
    // What is urgent comes first and leaves the rest some room.
    let each = 75 / parts.len().max(1);
    for (at, part) in (1..).zip(parts) {
        page.reach(25 + at * each);
        let title = part.title;
        let heading = format!("#### {title} ({})\n\n", part.entries.len());
        let count = part.entries.len();
        if page.heading(title, &heading, count) {
            let lines: Vec<String> = part
                .told()
                .into_iter()
                .flat_map(|it| told(it, options))
                .collect();
            page.lines(title, &lines);
            page.add("\n");
        }
    }
    out.write_all(page.finish().as_bytes())
}

/// What is told of several once, and their names below.
fn told((vendor, [reason, why], entries): Told<'_>, options: &Options) -> Vec<String> {
    let mut first = format!("- {}: {}", safe::code(&vendor, 100), options.text(&reason));
    if !why.is_empty() {
        first.push_str(&format!("; {}", options.text(&why)));
    }
    first.push('\n');
    let names = entries.iter().map(|(_, leaver, _)| name(leaver, options));
    std::iter::once(first).chain(names).collect()
}

fn name(leaver: &Leaver, options: &Options) -> String {
    let id = leaver.id.as_deref();
    let mut line = format!("  - {}", options.email(&leaver.email, id));
    match &leaver.account_email {
        Some(account) if !same_email(account, &leaver.email) => {
            line.push_str(&format!(" (account {})", options.email(account, id)));
        }
        Some(_) | None => {}
    }
    if let Some(since) = leaver.since_in_words() {
        line.push_str(&format!("; {since}"));
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::leavers::tests::check;
    use crate::report::samples::NASTY;
    use crate::report::sanitize::is_unsafe;

    fn shown(check: &LeaversCheck, limit: usize, mask: bool) -> String {
        let options = Options {
            limit,
            mask,
            catalog: crate::connector::specs(),
        };
        let mut out = Vec::new();
        leavers(check, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_urgent_comes_first_and_times_are_told() {
        let text = shown(&check(), 65_536, false);
        assert!(text.starts_with(
            "<!-- rosterctl-leavers -->\n### Leavers on 2026-01-05: 1 still active, \
             1 cannot be seen, 3 deactivated, 1 no account\n"
        ));
        let places: Vec<usize> = [
            "**could not be read**",
            "#### Still active (1)",
            "#### Cannot be seen (1)",
            "#### Deactivated (3)",
            "; deactivated since 2025-12-31T02:00:07Z\n",
            "; deactivated, since when is not known\n",
            "; deactivated since before 2025-12-31T02:00:07Z\n",
            "#### No account (1)",
        ]
        .iter()
        .map(|part| {
            text.find(part)
                .unwrap_or_else(|| panic!("no {part} in {text}"))
        })
        .collect();
        assert!(places.is_sorted(), "{text}");
        let masked = shown(&check(), 65_536, true);
        assert!(!masked.contains("mary.jackson"), "{masked}");
    }

    #[test]
    fn nasty_and_many_texts_change_nothing_about_the_page() {
        let mut nasty = check();
        for vendor in &mut nasty.vendors {
            vendor.name = NASTY.into();
            vendor.problem = Some(NASTY.to_owned());
            for leaver in &mut vendor.leavers {
                leaver.email = NASTY.into();
                leaver.account_email = Some(format!("x{NASTY}").into());
                leaver.why = NASTY.to_owned();
            }
        }
        let text = shown(&nasty, 65_536, false);
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text:?}");
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(&text), lines(&shown(&check(), 65_536, false)));
        let one = nasty.vendors[0].leavers[0].clone();
        nasty.vendors[0].leavers = vec![one; 1_000];
        let cut = shown(&nasty, 8_192, false);
        assert!(
            cut.len() <= 8_192 && cut.contains("Cut for length"),
            "{cut}"
        );
    }
}
