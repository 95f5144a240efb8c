//! A plan or an apply report as one HTML file that asks for nothing else: to look at, to search,
//! to keep.
//!
//! What matters most is markup, made here and there without a script: the sums, what takes access
//! away, what is held and why, what each vendor gets. The table of all people is made by the
//! page's script from the plan document inside the page, a screenful at a time, so that it stays
//! quick with tens of thousands of actions. A text of a vendor or a roster is never markup: here
//! it goes through `markup`, in the data through `data::write`, and the script puts it in as
//! text.

mod attention;
mod chart;
mod context;
mod data;
mod group;
pub(in crate::report) mod markup;
mod policy;
mod sections;
mod shown;
mod table;
mod top;

use std::io;

use crate::model::plan::Plan;
use crate::model::spec::VendorSpec;
use crate::plan::cause::Causes;
use crate::report::Done;
use crate::report::applied::journal_line;
use data::Data;
use markup::Markup;

/// How a page is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether people are shown as initials and a short hash, and their names not at all.
    pub mask: bool,
    /// What is known of each kind of vendor: which attributes are names, which make
    /// administrators.
    pub catalog: Vec<&'static VendorSpec>,
    /// The exit code that the command ends with; the page says what it means.
    pub exit: u8,
}

impl Options {
    fn spec(&self, kind: &str) -> Option<&'static VendorSpec> {
        self.catalog.iter().copied().find(|spec| spec.kind == kind)
    }
}

/// Writes the page of a plan.
///
/// # Errors
/// Those of `out`.
pub fn plan(
    plan: &Plan,
    causes: Option<&Causes>,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let data = Data::new(plan, causes, None, options);
    let mut body = Markup::default();
    top::plan(&mut body, plan, options);
    attention::attention(&mut body, &plan.attention, options);
    sections::before(&mut body, plan, &data, options);
    rest(&mut body, plan, &data, options);
    page(&format!("Plan for {}", plan.on), &body, &data, out)
}

/// Writes the page of an apply: the plan, and what became of it.
///
/// # Errors
/// Those of `out`.
pub fn report(done: &Done<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let Done {
        plan,
        outcomes,
        took,
        journal,
        context,
    } = *done;
    let data = Data::new(plan, None, Some(outcomes), options);
    let mut body = Markup::default();
    top::report(&mut body, plan, outcomes, took, options);
    attention::attention(&mut body, &plan.attention, options);
    if let Some(end) = journal {
        body.element("p", &[("class", "aside")], &journal_line(end));
    }
    context::list(&mut body, context, options.mask);
    sections::outcomes(&mut body, &data);
    sections::before(&mut body, plan, &data, options);
    rest(&mut body, plan, &data, options);
    page(&format!("Applied for {}", plan.on), &body, &data, out)
}

/// What plan and report end with.
fn rest(body: &mut Markup, plan: &Plan, data: &Data, options: &Options) {
    chart::vendors(body, plan, data, options);
    sections::after(body, data);
    table::people(body, data);
}

/// The whole document. The policy comes before anything that it could forbid.
fn page(title: &str, body: &Markup, data: &Data, out: &mut dyn io::Write) -> io::Result<()> {
    let mut head = Markup::default();
    let policy = policy::policy();
    let http_equiv = ("http-equiv", "Content-Security-Policy");
    head.fixed("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    head.empty("meta", &[http_equiv, ("content", &policy)]);
    head.fixed("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    head.fixed("<meta name=\"referrer\" content=\"no-referrer\">\n");
    head.fixed("<meta name=\"color-scheme\" content=\"light dark\">\n");
    head.element("title", &[], title);
    head.fixed("\n<style>");
    head.fixed(policy::STYLE);
    head.fixed("</style>\n</head>\n<body>\n");
    out.write_all(head.as_str().as_bytes())?;
    out.write_all(body.as_str().as_bytes())?;
    out.write_all(b"\n<script type=\"application/json\" id=\"plan\">")?;
    data::write(&data.document, out)?;
    out.write_all(b"</script>\n<script type=\"application/json\" id=\"outcomes\">")?;
    data::write(&data.outcomes, out)?;
    out.write_all(b"</script>\n<script type=\"application/json\" id=\"marks\">")?;
    data::write(&data.marks, out)?;
    out.write_all(b"</script>\n<script type=\"module\">")?;
    out.write_all(policy::SCRIPT.as_bytes())?;
    out.write_all(b"</script>\n</body>\n</html>\n")
}

#[cfg(test)]
mod tests;
