//! Tables as one page for a browser: no script, no request, light and dark, wide, narrow and printed.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::evidence::history::RUN_COLUMNS;
use crate::evidence::table::Table;
use crate::report::html::markup::Markup;
use crate::report::sanitize::line;

/// The one style.
const STYLE: &str = include_str!("table.css");

/// Writes a page of tables. `summary` is what somebody who reads for a minute has to know, `foot` what
/// stands below everything.
///
/// # Errors
/// Those of `out`.
pub fn page(
    title: &str,
    summary: &[String],
    tables: &[Table],
    foot: &[String],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Markup::default();
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    let http_equiv = ("http-equiv", "Content-Security-Policy");
    page.fixed("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.empty("meta", &[http_equiv, ("content", &policy)]);
    page.fixed("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.fixed("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.fixed("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.element("title", &[], &line(title));
    page.fixed("\n<style>");
    page.fixed(STYLE);
    page.fixed("</style>\n</head>\n<body>\n");
    page.within("header", &[], |page| {
        page.element("h1", &[], &line(title));
        if !summary.is_empty() {
            page.within("ul", &[("class", "summary")], |page| {
                summary
                    .iter()
                    .for_each(|it| page.element("li", &[], &line(it)));
            });
        }
        if tables.len() > 2 {
            page.within("nav", &[("aria-label", "Contents")], |page| {
                for table in tables {
                    let address = format!("#{}", table.name);
                    let count = match table.rows.len() {
                        0 => line(&table.title),
                        count => format!("{} ({count})", line(&table.title)),
                    };
                    page.element("a", &[("href", &address)], &count);
                    page.fixed(" ");
                }
            });
        }
    });
    page.fixed("\n<main>\n");
    out.write_all(page.as_str().as_bytes())?;
    for table in tables {
        section(table, out)?;
    }
    let mut end = Markup::default();
    end.fixed("</main>\n");
    end.within("footer", &[], |page| {
        foot.iter().for_each(|it| page.element("p", &[], &line(it)));
    });
    end.fixed("\n</body>\n</html>\n");
    out.write_all(end.as_str().as_bytes())
}

fn section(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Markup::default();
    let heading = format!("{}-title", table.name);
    page.empty(
        "section",
        &[("id", table.name), ("aria-labelledby", &heading)],
    );
    page.element("h2", &[("id", &heading)], &line(&table.title));
    if !table.about.is_empty() {
        page.element("p", &[("class", "about")], &line(&table.about));
    }
    if table.rows.is_empty() {
        page.element("p", &[], table.empty);
        page.fixed("</section>\n");
        return out.write_all(page.as_str().as_bytes());
    }
    // Wide tables scroll by themselves, with the keyboard too.
    let scrolls = [("class", "scrolls"), ("tabindex", "0"), ("role", "region")];
    let scrolls = [scrolls.as_slice(), &[("aria-labelledby", &*heading)]].concat();
    page.empty("div", &scrolls);
    page.fixed("<table><thead><tr>");
    // Facts of runs that no run here has would take the room of those that are there. (An empty
    // column of a review is for whoever reviews.)
    let told = |at: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(at));
        cells.any(|cell| !cell.text.is_empty())
    };
    let names = table.columns.iter().enumerate();
    let shown = names.filter(|(at, name)| !RUN_COLUMNS.contains(name) || told(*at));
    let columns: Vec<(usize, &str)> = shown.map(|(at, name)| (at, *name)).collect();
    for (_, name) in &columns {
        page.element("th", &[("scope", "col")], name);
    }
    page.fixed("</tr></thead><tbody>\n");
    out.write_all(page.as_str().as_bytes())?;
    for row in &table.rows {
        let mut page = Markup::default();
        page.within("tr", &[], |page| {
            for (at, name) in &columns {
                let Some(cell) = row.get(*at) else {
                    continue;
                };
                page.within("td", &[("data-column", name)], |page| {
                    let text = line(&cell.text);
                    match &cell.link {
                        Some(link) => {
                            let attributes = [("href", &**link), ("rel", "noreferrer")];
                            page.element("a", &attributes, &text);
                        }
                        None => breaking(page, &text),
                    }
                });
            }
        });
        page.fixed("\n");
        out.write_all(page.as_str().as_bytes())?;
    }
    out.write_all(b"</tbody></table></div></section>\n")
}

/// A text that may be broken behind an `@`, so that addresses need no wide column.
fn breaking(page: &mut Markup, text: &str) {
    for (at, part) in text.split_inclusive('@').enumerate() {
        if at > 0 {
            page.fixed("<wbr>");
        }
        page.text(part);
    }
}
