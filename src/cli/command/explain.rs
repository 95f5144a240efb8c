//! `rosterctl explain`

use std::collections::BTreeMap;

use crate::cli::aftermath::tell_unread;
use crate::cli::args::{ExplainArgs, Format, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::git::history;
use crate::cli::git::story::descendants;
use crate::cli::open::{Opened, not_found, now, open, today};
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::http::Permit;
use crate::model::context::Context;
use crate::model::nearest::nearest;
use crate::model::note::NoteEvent;
use crate::model::plan::Plan;
use crate::plan::explain::{Explanation, explain as explained, explain_stranger};
use crate::report;
use crate::report::Style;
use crate::roster::history::History;
use crate::run::load::load;
use crate::run::session::Reads;
use crate::state::notes;

/// Reads the vendors and explains one person; the HTTP layer cannot write.
pub(crate) async fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Error> {
    // For the places of values; problems are shown when the roster is opened.
    let parsed = load(&args.roster.all(), &connector::specs()).to_plan_with();
    let opened = open(&scope(args), Permit::ReadOnly, terminal).await?;
    // Limits count everybody, so everybody is planned.
    let reads = opened.session.read().await;
    let plan = opened
        .session
        .plan(&opened.roster, &reads, &opened.scope, now()?);
    let explanation = match opened.roster.find_person(&args.email) {
        Some(person) => explained(&opened.roster, person, &plan, &reads),
        None => stranger(args, &opened, &plan, &reads, terminal)?,
    };
    let explanation = explanation.with_presets(&opened.roster);
    let mut history = history(&parsed.sources, explanation.places()).await;
    history.approved = approved(&history, args, &opened).await;
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.format {
        Format::Text => report::explain::text(&explanation, &parsed.sources, &history, &style, out),
        Format::Json => report::explain::json(&explanation, &parsed.sources, &history, out),
    })?;
    tell_unread(&plan, terminal);
    match plan.unread().next() {
        Some(_) => Ok(Exit::Error),
        None => Ok(Exit::Done),
    }
}

/// Who approved the commits of lines, as the first run that worked on each of them knew. Whatever
/// cannot be read, there is less to tell.
async fn approved(
    history: &History,
    args: &ExplainArgs,
    opened: &Opened,
) -> BTreeMap<Box<str>, Vec<String>> {
    let commits = history.commits();
    let mut approved = BTreeMap::new();
    let (Some(first), Ok(today)) = (commits.values().map(|it| it.date).min(), today()) else {
        return approved;
    };
    let notes = notes::load(opened.state.store(), first, today).unwrap_or_default();
    let contexts: Vec<&Context> = notes
        .notes
        .iter()
        .filter_map(|note| match &note.event {
            NoteEvent::Read(read) if !read.context.is_empty() => Some(&read.context),
            _ => None,
        })
        .collect();
    for hash in commits.into_keys().filter(|_| !contexts.is_empty()) {
        let with_it = descendants(&args.roster.roster, hash).await;
        let mut contexts = contexts.iter();
        let first = contexts.find(|it| it.get("commit").is_some_and(|it| with_it.contains(it)));
        let by = first.map(|context| context.approvals()).unwrap_or_default();
        if !by.is_empty() {
            let words = by.iter().map(ToString::to_string).collect();
            approved.insert(hash.into(), words);
        }
    }
    approved
}

/// Somebody whom the roster does not list; an error where no vendor has an account either.
fn stranger(
    args: &ExplainArgs,
    opened: &Opened,
    plan: &Plan,
    reads: &Reads,
    terminal: &Terminal,
) -> Result<Explanation, Error> {
    let people = opened.roster.people.iter();
    let emails = people.map(|person| &*person.email.value);
    let near = nearest(&args.email, emails);
    let missing = not_found("person", &args.email, near);
    let explanation = explain_stranger(&args.email, plan, reads);
    let mut accounts = explanation.vendors.iter().map(|it| &it.account);
    if accounts.any(|account| matches!(account, Ok(Some(_)))) {
        let missing = format!("{missing}; these accounts were found");
        terminal.note(&report::sanitize::line(&missing));
        return Ok(explanation);
    }
    tell_unread(plan, terminal);
    Err(format!("{missing}, and no vendor that was read shows an account").into())
}

/// All people on the day, at the vendors that are asked for.
fn scope(args: &ExplainArgs) -> ScopeArgs {
    ScopeArgs {
        on: args.on,
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        ..ScopeArgs::of(&args.roster, &args.vendor)
    }
}
