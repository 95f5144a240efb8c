//! `rosterctl plan`

use std::path::Path;

use crate::cli::args::{PlanArgs, PlanFormat, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{Opened, now, open};
use crate::cli::output::{Error, Terminal};
use crate::diagnostic::Diagnostic;
use crate::http::Permit;
use crate::load::load;
use crate::reconcile::cause::{Causes, causes};
use crate::reconcile::plan::Plan;
use crate::render::{self, Style};
use crate::roster::model::Roster;
use crate::vendor;

/// Reads the vendors and prints the plan; the HTTP layer cannot write.
pub(crate) async fn plan(args: &PlanArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let base = match args.base.as_slice() {
        [] => None,
        _ => Some(base(args, terminal)?),
    };
    let mut opened = open(&args.scope, Permit::ReadOnly, terminal).await?;
    opened.scope.ending_within = Some(args.ending_within);
    let (plan, causes, broken) = split(&opened, base.as_ref()).await?;
    let exit = Exit::of_plan(&plan, args.detailed_exitcode);
    show(&plan, causes.as_ref(), exit, &args.scope, terminal)?;
    opened.refuse_broken(&broken, terminal)?;
    if let Some(path) = &args.out {
        save(&plan, causes.as_ref(), path)?;
    }
    Ok(exit)
}

/// Loads the roster to compare with. Its warnings are nobody's business here.
fn base(args: &PlanArgs, terminal: &Terminal) -> Result<Roster, Error> {
    let parsed = load(&args.base, &vendor::specs());
    if parsed.is_usable() {
        return Ok(parsed.roster);
    }
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    Err("the base roster cannot be used; nothing was read or written".into())
}

/// Plans, and plans the base against the same reads.
async fn split(
    opened: &Opened,
    base: Option<&Roster>,
) -> Result<(Plan, Option<Causes>, Vec<Diagnostic>), Error> {
    let (session, scope) = (&opened.session, &opened.scope);
    let reads = session.read().await;
    let time = now()?;
    let plan = session.plan(&opened.roster, &reads, scope, time);
    let causes = base.map(|base| causes(&plan, &session.plan_base(base, &reads, scope, time)));
    let broken = session.broken_assertions(&opened.roster, &reads, &plan);
    Ok((plan, causes, broken))
}

/// Prints a plan to stdout.
pub(crate) fn print(plan: &Plan, scope: &ScopeArgs, terminal: &Terminal) -> Result<(), Error> {
    show(plan, None, Exit::of_plan(plan, false), scope, terminal)
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
    terminal.result(|out| match (scope.format, causes) {
        (PlanFormat::Text, None) => render::text::plan(plan, &style, out),
        (PlanFormat::Text, Some(causes)) => render::text::plan_by_cause(plan, causes, &style, out),
        (PlanFormat::Json, None) => render::json::plan(plan, out),
        (PlanFormat::Json, Some(causes)) => render::json::plan_by_cause(plan, causes, out),
        (PlanFormat::Markdown, causes) => {
            render::markdown::plan(plan, causes, &markdown(scope), out)
        }
        (PlanFormat::Html, causes) => render::html::plan(plan, causes, &html(scope, exit), out),
    })
}

/// How Markdown is wanted.
pub(crate) fn markdown(scope: &ScopeArgs) -> render::markdown::Options {
    render::markdown::Options {
        limit: usize::try_from(scope.limit).unwrap_or(usize::MAX),
        mask: scope.mask,
        catalog: vendor::specs(),
    }
}

/// How a page is wanted.
pub(crate) fn html(scope: &ScopeArgs, exit: Exit) -> render::html::Options {
    render::html::Options {
        mask: scope.mask,
        catalog: vendor::specs(),
        exit: exit.code(),
    }
}

/// Saves the plan document, whole or not at all, readable by its owner only. A plan with a vendor
/// that could not be read is not to be approved and not saved.
fn save(plan: &Plan, causes: Option<&Causes>, path: &Path) -> Result<(), Error> {
    if let Some((vendor, _)) = plan.unread().next() {
        return Err(format!("the plan is not saved: {} could not be read", vendor.name).into());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |error: std::io::Error| -> Error {
        format!("cannot save the plan to {}: {error}", path.display()).into()
    };
    // A temporary file is made with mode 0600 and keeps it.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    match causes {
        None => render::json::plan(plan, &mut file),
        Some(causes) => render::json::plan_by_cause(plan, causes, &mut file),
    }
    .map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
