//! `rosterctl plan`

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::cli::aftermath::tell_unread;
use crate::cli::args::{PlanArgs, PlanFormat, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::metrics::Observed;
use crate::cli::open::{Opened, now, open};
use crate::cli::output::{Error, Terminal};
use crate::cli::replace::{self, Readers, replace};
use crate::cli::untrusted::{Beside, open_beside};
use crate::connector;
use crate::http::Permit;
use crate::model::plan::{Level, Plan, VendorPlan};
use crate::plan::cause::{Causes, causes};
use crate::plan::forecast::fit;
use crate::report;
use crate::report::Style;
use crate::report::annotations::{self, Annotation};
use crate::roster::Parsed;
use crate::roster::model::Roster;
use crate::roster::{losses_allowed, lost};
use crate::run::load::{load, load_untrusted};
use crate::run::session::Reads;

/// So many people are named in an error.
const NAMED: usize = 5;

/// Reads the vendors and prints the plan; the HTTP layer cannot write.
pub(crate) async fn plan(args: &PlanArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut observed = Observed::begin("plan", &args.metrics);
    let work = read_and_plan(args, terminal, &mut observed);
    let ended = terminal.signals().unless_stopped(work).await;
    observed.end(ended, terminal)
}

async fn read_and_plan(
    args: &PlanArgs,
    terminal: &Terminal,
    observed: &mut Observed,
) -> Result<Exit, Error> {
    let format = args.scope.format;
    let annotates = matches!(format, PlanFormat::Sarif | PlanFormat::Github);
    let mut told = Vec::new();
    if annotates || args.strict {
        let load = if args.untrusted { load_untrusted } else { load };
        let parsed = load(&args.scope.roster.all(), &connector::specs()).to_plan_with();
        let parsed = if args.strict { parsed.strict() } else { parsed };
        told = annotations::of_diagnostics(&parsed.diagnostics, &parsed.sources);
        if !parsed.is_usable() {
            match annotates {
                true => annotate(&told, format, terminal)?,
                false => terminal.diagnostics(&parsed.diagnostics, &parsed.sources),
            }
            return Err("the roster cannot be used; nothing was read or written".into());
        }
    }
    let base = match args.base.as_slice() {
        [] => None,
        _ => Some(base(args, terminal)?),
    };
    let Beside {
        mut opened,
        rules,
        judge,
    } = match &base {
        Some(base) => open_beside(args, base, terminal).await?,
        None => Beside {
            opened: open(&args.scope, Permit::ReadOnly, terminal).await?,
            rules: Vec::new(),
            judge: None,
        },
    };
    observed.session(&opened.session);
    opened.scope.ending_within = Some(args.ending_within);
    if let Some(base) = &base {
        refuse_losses(&base.roster, &opened.roster, args.allow_lost_people)?;
    }
    let (mut plan, causes) =
        split(&opened, base.as_ref().map(|it| &it.roster), judge.as_ref()).await?;
    plan.attention.rules = rules;
    if let Some(deadline) = args.deadline {
        // It warns in the plan itself.
        fit(&mut plan, deadline);
    }
    observed.plan(&plan);
    let mut exit = Exit::of_plan(&plan, causes.as_ref(), args.detailed_exitcode);
    let warned = |vendor: &VendorPlan| vendor.notices.iter().any(|it| it.level == Level::Warning);
    if args.strict && plan.vendors.iter().any(warned) {
        terminal.note("--strict: the plan warns of something, see its notices");
        exit = Exit::Error;
    }
    if annotates {
        told.extend(annotations::of_plan(&plan, &opened.roster));
        annotate(&told, format, terminal)?;
    } else {
        show(&plan, causes.as_ref(), exit, &args.scope, terminal)?;
    }
    tell_unread(&plan, terminal);
    if let Some(path) = &args.summary {
        append(path, |out| {
            report::markdown::plan(&plan, causes.as_ref(), &summary(&args.scope), out)
        })?;
    }
    if let Some(path) = &args.out {
        save(&plan, causes.as_ref(), path)?;
    }
    Ok(exit)
}

/// Prints annotations, and nothing else.
fn annotate(told: &[Annotation], format: PlanFormat, terminal: &Terminal) -> Result<(), Error> {
    match format {
        PlanFormat::Sarif => {
            let document = annotations::sarif(told);
            terminal.result(|out| report::json::write(&document, out))
        }
        _ => terminal.commands(|out| annotations::github(told, out)),
    }
}

/// Loads the roster to compare with. Its warnings are nobody's business here.
fn base(args: &PlanArgs, terminal: &Terminal) -> Result<Parsed, Error> {
    let parsed = load(&args.base, &connector::specs()).to_plan_with();
    if parsed.is_usable() {
        return Ok(parsed);
    }
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    Err("the base roster cannot be used; nothing was read or written".into())
}

/// Refuses a roster that lists too few of its base's people, before anything is read.
fn refuse_losses(base: &Roster, roster: &Roster, allowed: Option<u64>) -> Result<(), Error> {
    let lost = lost(base, roster);
    let (number, people) = (lost.len(), base.people.len());
    let allowed = allowed.unwrap_or_else(|| losses_allowed(people));
    if number as u64 <= allowed {
        return Ok(());
    }
    let mut named: Vec<&str> = lost.iter().map(|it| &*it.email.value).take(NAMED).collect();
    let more = format!("{} more", number - named.len());
    if number > named.len() {
        named.push(&more);
    }
    Err(format!(
        "the roster lists {number} of the {people} people of its base no more ({allowed} may go in \
         one change): {}; a leaver stays listed, with `active: false`; if they are meant to go, \
         allow it with --allow-lost-people {number}; nothing was read or written",
        named.join(", "),
    )
    .into())
}

/// Plans, and plans the base against the same reads; `judge` holds what it would not let through.
async fn split(
    opened: &Opened,
    base: Option<&Roster>,
    judge: Option<&Roster>,
) -> Result<(Plan, Option<Causes>), Error> {
    let reads = opened.session.read_touched(base, &opened.scope).await;
    Ok(split_reads(opened, &reads, base, judge, now()?).await)
}

/// The same for what was read.
async fn split_reads(
    opened: &Opened,
    reads: &Reads,
    base: Option<&Roster>,
    judge: Option<&Roster>,
    time: Timestamp,
) -> (Plan, Option<Causes>) {
    let (session, scope) = (&opened.session, &opened.scope);
    let mut plan = session.plan(&opened.roster, reads, scope, time);
    if let Some(judge) = judge {
        session.hold_as(judge, reads, scope, &mut plan);
    }
    if let Some(base) = base {
        let rosters = (base, &*opened.roster);
        plan.attention.gone = session.gone(rosters, reads, scope, &plan).await;
    }
    let causes = base.map(|base| causes(&plan, &session.plan_base(base, reads, scope, time)));
    (plan, causes)
}

/// Prints a plan to stdout. A page says what `exit` means; the other formats do not need it.
pub(crate) fn print(
    plan: &Plan,
    exit: Exit,
    scope: &ScopeArgs,
    terminal: &Terminal,
) -> Result<(), Error> {
    show(plan, None, exit, scope, terminal)
}

fn show(
    plan: &Plan,
    causes: Option<&Causes>,
    exit: Exit,
    scope: &ScopeArgs,
    terminal: &Terminal,
) -> Result<(), Error> {
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| write(plan, causes, exit, scope, style, out))
}

/// Writes a plan in the format that is asked for.
fn write(
    plan: &Plan,
    causes: Option<&Causes>,
    exit: Exit,
    scope: &ScopeArgs,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (scope.format, causes) {
        (PlanFormat::Text, None) => report::text::plan(plan, &style, out),
        (PlanFormat::Text, Some(causes)) => report::text::plan_by_cause(plan, causes, &style, out),
        (PlanFormat::Json, None) => report::json::plan(plan, out),
        (PlanFormat::Json, Some(causes)) => report::json::plan_by_cause(plan, causes, out),
        (PlanFormat::Markdown, causes) => {
            report::markdown::plan(plan, causes, &markdown(scope), out)
        }
        (PlanFormat::Html, causes) => report::html::plan(plan, causes, &html(scope, exit), out),
        // What `plan` alone prints, and before it comes here.
        (PlanFormat::Sarif | PlanFormat::Github, _) => Ok(()),
    }
}

/// How Markdown is wanted.
pub(crate) fn markdown(scope: &ScopeArgs) -> report::markdown::Options {
    report::markdown::Options {
        limit: usize::try_from(scope.limit).unwrap_or(usize::MAX),
        mask: scope.mask,
        catalog: connector::specs(),
    }
}

/// The most bytes that GitHub takes as the summary of one step.
const SUMMARY_BYTES: usize = 1 << 20;

/// How the Markdown of a job summary is wanted.
pub(super) fn summary(scope: &ScopeArgs) -> report::markdown::Options {
    report::markdown::Options {
        limit: SUMMARY_BYTES,
        ..markdown(scope)
    }
}

/// Appends to a summary.
pub(super) fn append(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    replace::append(path, write)
        .map_err(|error| format!("cannot write the summary {}: {error}", path.display()).into())
}

/// How a page is wanted.
pub(crate) fn html(scope: &ScopeArgs, exit: Exit) -> report::html::Options {
    report::html::Options {
        mask: scope.mask,
        catalog: connector::specs(),
        exit: exit.code(),
    }
}

/// Saves the plan document, whole or not at all, readable by its owner only. A plan with a vendor
/// that could not be read is not to be approved and not saved.
fn save(plan: &Plan, causes: Option<&Causes>, path: &Path) -> Result<(), Error> {
    if let Some((vendor, _)) = plan.unread().next() {
        return Err(format!("the plan is not saved: {} could not be read", vendor.name).into());
    }
    replace(path, Readers::Owner, |out| match causes {
        None => report::json::plan(plan, out),
        Some(causes) => report::json::plan_by_cause(plan, causes, out),
    })
    .map_err(|error| format!("cannot save the plan to {}: {error}", path.display()).into())
}

#[cfg(test)]
mod tests;
