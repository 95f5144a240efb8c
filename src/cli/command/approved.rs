//! `apply --plan` and `apply --digest`: reads what was approved, and shows why a fresh plan is not it.

use std::path::Path;

use crate::cli::args::{ApplyArgs, ScopeArgs};
use crate::cli::open::Opened;
use crate::cli::output::{Error, Terminal};
use crate::model::plan::Plan;
use crate::plan::approve::{Approved, differences};
use crate::report::Style;
use crate::run::approve::{Approval, Refusal, Work};
use crate::run::session::Reads;
use crate::{regular, report};

/// Reads the saved plan, if there is one; before anything else is done.
pub(super) fn read(args: &ApplyArgs) -> Result<Approval, Error> {
    match (&args.plan, &args.digest) {
        (Some(path), _) => Ok(Approval::Saved {
            approved: load(path)?,
            skip_stale: args.skip_stale,
        }),
        (None, Some(digest)) => Ok(Approval::Digest(digest.clone())),
        (None, None) => Ok(Approval::None),
    }
}

/// The scope to plan for: that of the command line, on the day of the saved plan.
pub(super) fn scope(approval: &Approval, args: &ScopeArgs) -> ScopeArgs {
    let mut scope = args.clone();
    match approval {
        Approval::Saved { approved, .. } => scope.on = Some(approved.on),
        Approval::None | Approval::Digest(_) => {}
    }
    scope
}

/// What an apply is to do; shows what differs from what was approved.
pub(super) fn work(
    approval: &Approval,
    opened: &Opened,
    reads: &Reads,
    fresh: Plan,
    terminal: &Terminal,
) -> Result<Work, Error> {
    let refused = match approval.work(&opened.roster, reads, fresh) {
        Ok(work) => return Ok(work),
        Err(refused) => refused,
    };
    match (&refused, approval) {
        (Refusal::Digest { fresh, .. }, _) => {
            let style = Style {
                colour: terminal.colour(),
                verbose: terminal.verbose(),
            };
            terminal.result(|out| report::text::plan(fresh, &style, out))?;
        }
        (Refusal::Stale { fresh }, Approval::Saved { approved, .. }) => {
            let list = differences(approved, fresh);
            let mut text = Vec::new();
            report::difference::differences(&list, &Style::default(), &mut text)?;
            terminal.note(String::from_utf8_lossy(&text).trim_end());
        }
        _ => {}
    }
    Err(refused.into())
}

/// Reads a saved plan.
fn load(path: &Path) -> Result<Approved, Error> {
    let failed = |error: &dyn std::fmt::Display| -> Error {
        format!("cannot use the saved plan {}: {error}", path.display()).into()
    };
    let bytes =
        regular::read(path, "a saved plan is a regular file").map_err(|error| failed(&error))?;
    let document = report::json::parse(&bytes).map_err(|error| failed(&error))?;
    document
        .approved()
        .map_err(|vendor| failed(&format_args!("{vendor} could not be read when it was made")))
}
