//! What whoever approves a plan has to see first, above everything else.

use std::io;

use crate::model::attention::Attention;
use crate::report::facts::{gone_told, grant_told, rule_told};
use crate::report::layout::{column, heading, name_of};
use crate::report::sanitize::line;
use crate::report::style::{Style, Tone};

/// So many entries of one section are shown; a longer list is read by nobody, and its length is
/// what matters then.
const SHOWN: usize = 200;
/// What stands in place of a vendor where something concerns none.
const NO_VENDOR: &str = "(roster)";

/// A vendor, a person or a rule there, and what is told of it.
type Row = [String; 3];

/// Writes the sections that have entries.
pub(super) fn attention(
    attention: &Attention,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let Attention {
        administrators,
        gone,
        rules,
    } = attention;
    let vendor = |name: &Option<Box<str>>| line(name.as_deref().unwrap_or(NO_VENDOR));
    let grants = administrators.iter().map(|it| {
        let who = name_of(&it.email, it.id.as_deref());
        [line(&it.vendor), who, line(&grant_told(it))]
    });
    let what = "who becomes one, and whose account of one changes hands";
    section("Administrators", what, grants.collect(), style, out)?;
    let gone = gone.iter().map(|it| {
        let who = name_of(&it.email, None);
        [vendor(&it.vendor), who, line(&gone_told(it))]
    });
    let what = "the base roster lists them, this one does not";
    section("No longer in the roster", what, gone.collect(), style, out)?;
    let rules = rules
        .iter()
        .map(|it| [vendor(&it.vendor), line(&it.rule), line(&rule_told(it))]);
    let what = "what a plan may do is not as in the base roster";
    section("Changed rules", what, rules.collect(), style, out)
}

fn section(
    title: &str,
    what: &str,
    rows: Vec<Row>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    write!(out, "{}", heading(title, rows.len(), what, style))?;
    let shown = if style.verbose { rows.len() } else { SHOWN };
    let width = |at: usize| column(rows.iter().take(shown).map(|row| &row[at]));
    let (vendors, names) = (width(0), width(1));
    for [vendor, name, told] in rows.iter().take(shown) {
        let vendor = style.paint(Tone::Head, format!("{vendor:<vendors$}"));
        let told = style.paint(Tone::Alarm, told);
        writeln!(out, "  {vendor}  {name:<names$}  {told}")?;
    }
    if rows.len() > shown {
        let left = format!("… and {} more; -v lists all", rows.len() - shown);
        writeln!(out, "  {}", style.paint(Tone::Alarm, left))?;
    }
    Ok(())
}
