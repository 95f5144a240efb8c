//! Tables of evidence as text, CSV, Markdown and one page for a browser: each written once, for every
//! document.

mod html;
#[cfg(test)]
mod tests;

use std::io;

use super::layout::{column, width};
use super::markdown::cell;
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::evidence::table::{Cell, Table};

pub use html::page;

/// Writes tables for a terminal.
///
/// # Errors
/// Those of `out`.
pub fn text(tables: &[Table], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    for (at, table) in tables.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        one_text(table, *style, out)?;
    }
    Ok(())
}

fn one_text(table: &Table, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", style.paint(Tone::Head, line(&table.title)))?;
    if !table.about.is_empty() {
        writeln!(out, "{}", style.paint(Tone::Aside, line(&table.about)))?;
    }
    if table.rows.is_empty() {
        return writeln!(out, "  {}", table.empty);
    }
    let shown: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(|cell| line(&cell.text)).collect())
        .collect();
    // A column that is empty in every row says nothing on a terminal.
    let filled: Vec<usize> = (0..table.columns.len())
        .filter(|at| {
            shown
                .iter()
                .any(|row| row.get(*at).is_some_and(|it| !it.is_empty()))
        })
        .collect();
    let widths: Vec<usize> = filled
        .iter()
        .map(|at| {
            let cells = shown.iter().filter_map(|row| row.get(*at));
            column(cells).max(width(table.columns[*at]))
        })
        .collect();
    let write = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::from("  ");
        for (cell, width) in cells.zip(&widths) {
            text.push_str(&format!("{cell:<width$}  "));
        }
        text.trim_end().to_owned()
    };
    let heads = write(&mut filled.iter().map(|at| table.columns[*at]));
    writeln!(out, "{}", style.paint(Tone::Aside, heads))?;
    for row in &shown {
        let cells = filled
            .iter()
            .filter_map(|at| row.get(*at))
            .map(String::as_str);
        writeln!(out, "{}", write(&mut { cells }))?;
    }
    Ok(())
}

/// Characters with which a spreadsheet begins a formula, also in the wide forms.
const FORMULA: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|', '%',
];

/// Writes one table as CSV (RFC 4180, UTF-8). What a spreadsheet would take for a formula gets an
/// apostrophe in front, by which it is a text.
///
/// # Errors
/// Those of `out`.
pub fn csv(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(&table.columns)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| harmless(&cell.text)))?;
    }
    writer.flush()
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    let shown = line(text);
    let first = text.trim_start_matches([' ', '\u{a0}', '"', '\'']);
    match first.starts_with(FORMULA) || shown.trim_start().starts_with(FORMULA) {
        true => format!("'{shown}"),
        false => shown,
    }
}

/// Writes tables as Markdown of at most so many bytes; what does not fit is counted.
///
/// # Errors
/// Those of `out`.
pub fn markdown(tables: &[Table], limit: usize, out: &mut dyn io::Write) -> io::Result<()> {
    /// Bytes kept free for what is said of rows that were left out.
    const TAIL: usize = 256;
    let mut page = String::new();
    let mut left_out = 0;
    for table in tables {
        let mut head = format!("### {}\n\n", plain(&table.title));
        if !table.about.is_empty() {
            head.push_str(&format!("{}\n\n", plain(&table.about)));
        }
        let lines: Vec<String> = match table.rows.is_empty() {
            true => vec![format!("{}\n", table.empty)],
            false => {
                let cells: Vec<&str> = table.columns.clone();
                head.push_str(&format!("| {} |\n", cells.join(" | ")));
                head.push_str(&format!("|{}\n", " --- |".repeat(cells.len())));
                table.rows.iter().map(|row| markdown_row(row)).collect()
            }
        };
        let room = limit.saturating_sub(TAIL);
        if page.len() + head.len() > room {
            left_out += table.rows.len();
            continue;
        }
        page.push_str(&head);
        for line in lines {
            if page.len() + line.len() > room || left_out > 0 {
                left_out += 1;
            } else {
                page.push_str(&line);
            }
        }
        page.push('\n');
    }
    if left_out > 0 {
        page.push_str(&format!(
            "{left_out} rows do not fit here; --format csv or html has all of them.\n"
        ));
    }
    out.write_all(page.as_bytes())
}

fn markdown_row(row: &[Cell]) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|it| match it.text.is_empty() {
            true => String::new(),
            false => cell(&it.text),
        })
        .collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The program's own words, with whatever a name in them could be made harmless.
fn plain(text: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || " .,:;-()".contains(c);
    match text.chars().all(harmless) {
        true => text.to_owned(),
        false => cell(text),
    }
}
