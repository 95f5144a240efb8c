//! `rosterctl undo`

use std::time::Instant;

use crate::cli::aftermath::{Aftermath, tell_unapplied, tell_unread};
use crate::cli::args::{PlanFormat as Format, UndoArgs};
use crate::cli::command::apply::{in_document, note_end, note_read, question, report};
use crate::cli::command::journal;
use crate::cli::command::plan::print;
use crate::cli::events::Events;
use crate::cli::exit::Exit;
use crate::cli::open::{now, open};
use crate::cli::output::{Error, Terminal};
use crate::cli::watcher::carry_out;
use crate::http::Permit;
use crate::report::Done;
use crate::run::locked::LockedRun;
use crate::state::State;
use crate::state::journal::story::{Run as Story, runs};
use crate::state::journal::undo::{Deeds, deeds};

/// Takes back the last run of a journal: plans, prints, asks, applies, reports.
pub(crate) async fn undo(args: &UndoArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if !args.yes && !terminal.can_ask() {
        return Err(
            "nobody is there to be asked: undo without a terminal needs --yes; nothing was written"
                .into(),
        );
    }
    let format = args.scope.format;
    if matches!(format, Format::Sarif | Format::Github) {
        return Err(
            "annotations are printed by plan and validate only; nothing was written".into(),
        );
    }
    let events = Events::open(args.run.events.as_deref())?;
    let request = args.run.request()?;
    let mut opened = open(&args.scope, Permit::ReadWrite, terminal).await?;
    let (story, deeds) = read(args, &opened.state)?;
    let complete = whole(&story, &opened.session.vendors(), args, terminal);
    opened.session.attend_to(&deeds);
    let opened = opened;
    let run = LockedRun::begin(&opened.session, &request, terminal).await?;
    let mut reads = opened.session.read().await;
    let read_at = opened.session.present();
    let open = run.recover(&mut reads).await?;
    let vendors = &story.started.vendors;
    let (roster, scope) = (&opened.roster, &opened.scope);
    let session = &opened.session;
    let mut plan = session.plan_undo(roster, &reads, scope, &deeds, vendors, now()?);
    open.tell(&mut plan);
    run.forecast(&mut plan);
    if format == Format::Text {
        print(
            &plan,
            Exit::of_plan(&plan, None, false),
            &args.scope,
            terminal,
        )?;
    }
    let observed = plan.leave_observed();
    tell_unread(&plan, terminal);
    let actions = plan.summary().actions();
    if actions > 0 && !args.yes && !terminal.ask(&question(actions)).await? {
        return Err("not agreed; nothing was written".into());
    }
    let start = Instant::now();
    let carried = carry_out(&run, &plan, &reads, "undo", events.as_ref(), terminal).await?;
    note_read(
        &run,
        "undo",
        (&plan, &reads),
        read_at,
        &args.scope,
        terminal,
    );
    note_end(&run, &carried, &opened, terminal);
    let (outcomes, scope) = (&carried.outcomes, &args.scope);
    let mut after = Aftermath::new(terminal, session.wrote());
    let done = Done {
        plan: in_document(&plan, observed.as_ref(), format),
        outcomes,
        took: start.elapsed(),
        journal: carried.journal.as_ref(),
        context: &request.context,
    };
    report(&done, scope, terminal, &mut after)?;
    tell_unapplied(outcomes, terminal);
    if actions > 0 {
        terminal.note(
            "The roster still asks for what was taken back: change it, or the next apply does it \
             again.",
        );
    }
    if !(carried.complete && complete) {
        return Ok(Exit::Unfinished);
    }
    Ok(after.exit(Exit::of_apply(&plan, outcomes, None)))
}

/// The run to take back. A journal that somebody touched is not acted upon.
fn read(args: &UndoArgs, state: &State) -> Result<(Story, Deeds), Error> {
    let path = args.file.display();
    let chain = journal::load(&args.file, || Ok(state.clone()))?;
    if let Some(flaw) = chain.flaws.first() {
        return Err(format!("the journal {path} is not sound: {flaw}; nothing was written").into());
    }
    let story = runs(&chain.entries).pop();
    let story = story.ok_or_else(|| format!("the journal {path} holds no run"))?;
    let deeds = deeds(&story);
    Ok((story, deeds))
}

/// Tells of vendors that the roster does not have any more; whether there are none.
fn whole(
    story: &Story,
    here: &std::collections::BTreeMap<Box<str>, crate::state::journal::event::Taking>,
    args: &UndoArgs,
    terminal: &Terminal,
) -> bool {
    let acted = |name: &str| {
        let mut steps = story.steps.values();
        steps.any(|step| *step.action.vendor == *name)
    };
    let wanted = |name: &str| {
        let mut asked = args.scope.vendor.iter();
        args.scope.vendor.is_empty() || asked.any(|vendor| vendor == name)
    };
    let mut whole = true;
    let names = story.started.vendors.keys().map(|name| &**name);
    let missing = |name: &&str| acted(name) && wanted(name) && !here.contains_key(*name);
    for name in names.filter(missing) {
        let name = crate::report::sanitize::line(name);
        terminal.note(&format!(
            "warning: the roster has no vendor {name}: what that run did there is left as it is"
        ));
        whole = false;
    }
    whole
}
