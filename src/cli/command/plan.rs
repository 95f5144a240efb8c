//! `rosterctl plan`

use std::path::Path;

use crate::cli::args::{Format, PlanArgs};
use crate::cli::exit::Exit;
use crate::cli::open::open;
use crate::cli::output::{Error, Terminal};
use crate::http::Permit;
use crate::reconcile::plan::Plan;
use crate::render::{self, Style};

/// Reads the vendors and prints the plan; the HTTP layer cannot write.
pub(crate) async fn plan(args: &PlanArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut opened = open(&args.scope, Permit::ReadOnly, terminal).await?;
    opened.scope.ending_within = Some(args.ending_within);
    let plan = opened.plan().await?;
    print(&plan, args.scope.format, terminal)?;
    if let Some(path) = &args.out {
        save(&plan, path)?;
    }
    Ok(Exit::of_plan(&plan, args.detailed_exitcode))
}

/// Prints a plan to stdout.
pub(crate) fn print(plan: &Plan, format: Format, terminal: &Terminal) -> Result<(), Error> {
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match format {
        Format::Text => render::text::plan(plan, &style, out),
        Format::Json => render::json::plan(plan, out),
    })
}

/// Saves the plan document, whole or not at all, readable by its owner only. A plan with a vendor
/// that could not be read is not to be approved and not saved.
fn save(plan: &Plan, path: &Path) -> Result<(), Error> {
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
    render::json::plan(plan, &mut file).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
