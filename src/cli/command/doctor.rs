//! `rosterctl doctor`

mod local;

use crate::cli::args::{DoctorArgs, Format, PlanFormat, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{now, open_with};
use crate::cli::output::{Error, Terminal};
use crate::http::Permit;
use crate::load::load;
use crate::reconcile::checkup::{Checkup, judge};
use crate::render::{self, Style};
use crate::vendor;

/// A call that fails twice in a row fails; nobody wants to wait for more here.
const TRIES: u32 = 2;

/// Checks this machine, then visits the vendors; the HTTP layer cannot write.
pub(crate) async fn doctor(args: &DoctorArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let parsed = load(&args.roster.roster, &vendor::specs());
    let mut checks = vec![local::roster(&parsed)];
    if parsed.is_usable() {
        let opened = open_with(&scope(args), Permit::ReadOnly, TRIES, terminal).await?;
        checks.extend(local::state(&opened.state, &opened.session));
        for visit in opened.session.visits(args.timeout).await {
            checks.extend(judge(&visit));
        }
    } else {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    }
    let checkup = Checkup {
        made_at: now()?,
        checks,
    };
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.format {
        Format::Text => render::doctor::doctor(&checkup, &style, out),
        Format::Json => render::json::doctor(&checkup, out),
    })?;
    Ok(Exit::of_checkup(&checkup))
}

/// All people today, at the vendors that are asked for.
fn scope(args: &DoctorArgs) -> ScopeArgs {
    ScopeArgs {
        roster: args.roster.clone(),
        vendor: args.vendor.clone(),
        person: Vec::new(),
        on: None,
        format: PlanFormat::Text,
        limit: 0,
        mask: false,
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        allow_deactivations: Vec::new(),
        allow_creates: Vec::new(),
        allow_admin_grants: Vec::new(),
        allow_shrinkage: Vec::new(),
    }
}
