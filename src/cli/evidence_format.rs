//! How evidence is printed: the options that its commands share, and one way to write a document in
//! each format.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::output::{Error, Terminal};
use crate::evidence::mask::Mask;
use crate::evidence::table::Table;
use crate::report;
use crate::report::Style;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvidenceFormat {
    /// For people
    Text,
    /// For spreadsheets and an auditor's tools; no cell is a formula
    Csv,
    /// For programs
    Json,
    /// For a comment or a job summary
    Markdown,
    /// One page, to look at in a browser and to print
    Html,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArgs {
    /// Print as text, as CSV, as JSON, as Markdown, or as a page for a browser
    #[arg(long, value_enum, default_value_t = EvidenceFormat::Text)]
    pub(crate) format: EvidenceFormat,
    /// The most bytes of Markdown; a comment at GitHub may have 65536, a job summary 1048576
    #[arg(long, value_name = "BYTES", default_value_t = 65_536,
        value_parser = clap::value_parser!(u64).range(4096..))]
    pub(crate) limit: u64,
    /// Show people as initials and a short hash, in every format
    #[arg(long)]
    pub(crate) mask: bool,
}

/// Prints a document in the format that is asked for. Of its tables the first one is the CSV.
pub(super) fn show<T: Mask + Serialize>(
    document: &mut T,
    tables: impl Fn(&T) -> Vec<Table>,
    args: &ShowArgs,
    terminal: &Terminal,
) -> Result<(), Error> {
    if args.mask {
        document.mask();
    }
    let tables = tables(document);
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    terminal.result(|out| match args.format {
        EvidenceFormat::Text => report::table::text(&tables, &style, out),
        EvidenceFormat::Csv => csv(&tables, out),
        EvidenceFormat::Json => report::json::write(document, out),
        EvidenceFormat::Markdown => report::table::markdown(&tables, limit, out),
        EvidenceFormat::Html => {
            let title = tables.first().map_or("", |it| it.title.as_str());
            report::table::page(title, &[], &tables, &[], out)
        }
    })
}

fn csv(tables: &[Table], out: &mut dyn Write) -> io::Result<()> {
    match tables.first() {
        Some(table) => report::table::csv(table, out),
        None => Ok(()),
    }
}
