//! Who should have no access, and has or has not, as Markdown: the most urgent first.

use std::io;

use super::page::Page;
use super::{LEAVERS_MARKER, Options, block, safe};
use crate::email::same_email;
use crate::reconcile::leavers::{Certificate, Leaver, State, VendorLeavers};
use crate::render::layout::counted;

/// Writes the certificate.
///
/// # Errors
/// Those of `out`.
pub fn leavers(
    certificate: &Certificate,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(options.limit);
    page.add(LEAVERS_MARKER);
    page.add("\n");
    let sums: Vec<String> = State::ALL
        .iter()
        .map(|state| (certificate.of(*state).count(), state.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let sums = match sums.is_empty() {
        true => String::from("nobody has left"),
        false => sums.join(", "),
    };
    page.add(&format!("### Leavers on {}: {sums}\n\n", certificate.on));
    page.reach(20);
    let vendors: Vec<String> = certificate
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
    for (state, title, reach) in [
        (State::StillActive, "Still active", 60),
        (State::CannotBeSeen, "Cannot be seen", 80),
        (State::Deactivated, "Deactivated", 95),
        (State::NoAccount, "No account", 100),
    ] {
        page.reach(reach);
        let of_this = certificate.of(state);
        let lines: Vec<String> = of_this.map(|(at, it)| line(at, it, options)).collect();
        let heading = format!("#### {title} ({})\n\n", lines.len());
        if page.heading(title, &heading, lines.len()) {
            page.lines(title, &lines);
            page.add("\n");
        }
    }
    out.write_all(page.finish().as_bytes())
}

fn line(vendor: &VendorLeavers, leaver: &Leaver, options: &Options) -> String {
    let name = safe::code(&vendor.name, 100);
    let id = leaver.id.as_deref();
    let mut line = format!("- {name} {}", options.email(&leaver.email, id));
    match &leaver.account_email {
        Some(account) if !same_email(account, &leaver.email) => {
            line.push_str(&format!(" (account {})", options.email(account, id)));
        }
        Some(_) | None => {}
    }
    line.push_str(&format!(": {}", options.text(&leaver.reason)));
    if let Some(since) = leaver.since_in_words() {
        line.push_str(&format!("; {since}"));
    }
    if !leaver.why.is_empty() {
        line.push_str(&format!("; {}", options.text(&leaver.why)));
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::leavers::tests::certificate;
    use crate::render::samples::NASTY;
    use crate::render::sanitize::is_unsafe;

    fn shown(certificate: &Certificate, limit: usize, mask: bool) -> String {
        let options = Options {
            limit,
            mask,
            catalog: crate::vendor::specs(),
        };
        let mut out = Vec::new();
        leavers(certificate, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_urgent_comes_first_and_times_are_told() {
        let text = shown(&certificate(), 65_536, false);
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
        let masked = shown(&certificate(), 65_536, true);
        assert!(!masked.contains("mary.jackson"), "{masked}");
    }

    #[test]
    fn nasty_and_many_texts_change_nothing_about_the_page() {
        let mut nasty = certificate();
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
        assert_eq!(lines(&text), lines(&shown(&certificate(), 65_536, false)));
        let one = nasty.vendors[0].leavers[0].clone();
        nasty.vendors[0].leavers = vec![one; 1_000];
        let cut = shown(&nasty, 8_192, false);
        assert!(
            cut.len() <= 8_192 && cut.contains("Cut for length"),
            "{cut}"
        );
    }
}
