//! `rosterctl explain`

use crate::cli::args::{ExplainArgs, Format, PlanFormat, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::git::history;
use crate::cli::open::{not_found, now, open};
use crate::cli::output::{Error, Terminal};
use crate::http::Permit;
use crate::load::load;
use crate::nearest::nearest;
use crate::reconcile::explain::explain as explained;
use crate::render::{self, Style};
use crate::vendor;

/// Reads the vendors and explains one person; the HTTP layer cannot write.
pub(crate) async fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Error> {
    // For the places of values; problems are shown when the roster is opened.
    let parsed = load(&args.roster.roster, &vendor::specs());
    if parsed.is_usable() && parsed.roster.find_person(&args.email).is_none() {
        let people = parsed.roster.people.iter();
        let emails = people.map(|person| &*person.email.value);
        let near = nearest(&args.email, emails);
        return Err(not_found("person", &args.email, near));
    }
    let opened = open(&scope(args), Permit::ReadOnly, terminal).await?;
    // Limits count everybody, so everybody is planned.
    let reads = opened.session.read().await;
    let plan = opened
        .session
        .plan(&opened.roster, &reads, &opened.scope, now()?);
    let Some(person) = opened.roster.find_person(&args.email) else {
        return Err(not_found("person", &args.email, None));
    };
    let explanation = explained(&opened.roster, person, &plan, &reads);
    let history = history(&parsed.sources, explanation.places()).await;
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.format {
        Format::Text => render::explain::text(&explanation, &parsed.sources, &history, &style, out),
        Format::Json => render::explain::json(&explanation, &parsed.sources, &history, out),
    })?;
    match plan.unread().next() {
        Some(_) => Ok(Exit::Error),
        None => Ok(Exit::Done),
    }
}

/// All people on the day, at the vendors that are asked for.
fn scope(args: &ExplainArgs) -> ScopeArgs {
    ScopeArgs {
        roster: args.roster.clone(),
        vendor: args.vendor.clone(),
        person: Vec::new(),
        on: args.on,
        format: PlanFormat::Text,
        limit: 0,
        mask: false,
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        allow_deactivations: Vec::new(),
        allow_creates: Vec::new(),
        allow_admin_grants: Vec::new(),
        allow_shrinkage: Vec::new(),
        allow_empty: Vec::new(),
    }
}
