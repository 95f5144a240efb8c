//! `rosterctl lock`: shows who works on a roster, and takes the lock away from one who is gone.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::{Format, RosterArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{now, roster};
use crate::cli::output::{Error, Terminal};
use crate::cli::state_place::state;
use crate::report;
use crate::report::sanitize::line;
use crate::state::State;
use crate::state::lease::{self, Holder, LeaseState, Who};
use crate::state::store::Hold;

#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    #[command(subcommand)]
    command: LockCommand,
}

#[derive(Debug, Subcommand)]
enum LockCommand {
    /// Show who holds the lock, since when and until when; writes nothing
    #[command(after_help = "Examples:\n  \
        rosterctl lock show\n  \
        rosterctl lock show roster/ --format json")]
    Show(ShowArgs),
    /// Take the lock away from its holder
    ///
    /// A run that is dead loses it by itself, at once on the same machine and after a minute
    /// elsewhere. A run that is alive stops as soon as it notices; what it had begun is settled by
    /// the next apply.
    #[command(after_help = "Examples:\n  \
        rosterctl lock break\n  \
        rosterctl lock break roster/ --yes")]
    Break(BreakArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct BreakArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Shows or breaks the lock.
pub(crate) async fn lock(args: &LockArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        LockCommand::Show(args) => show(args, terminal),
        LockCommand::Break(args) => break_it(args, terminal).await,
    }
}

fn open(args: &RosterArgs, terminal: &Terminal) -> Result<State, Error> {
    state(&roster(args, terminal)?, &args.roster, terminal)
}

fn show(args: &ShowArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let state = open(&args.roster, terminal)?;
    let seen = lease::look(state.store())?;
    let place = state.store().place().to_owned();
    let now = now()?;
    terminal.result(|out| match (&seen, args.format) {
        (seen, Format::Json) => {
            let lease = seen.as_ref().map(|seen| &seen.lease);
            report::json::write(&json!({ "state": place, "lease": lease }), out)
        }
        (None, Format::Text) => writeln!(out, "{}: never locked", line(&place)),
        (Some(seen), Format::Text) => {
            writeln!(
                out,
                "{}: {}",
                line(&place),
                line(&standing(&seen.lease, now))
            )?;
            if seen.lease.state != LeaseState::Held {
                return Ok(());
            }
            let renewed = format!(
                "  renewed {} times, last at {} by its own clock; it lasts {} s after each renewal",
                seen.lease.renewals, seen.lease.renewed_at, seen.lease.ttl_seconds
            );
            writeln!(out, "{}", line(&renewed))
        }
    })?;
    Ok(Exit::Done)
}

fn standing(lease: &Holder, now: Timestamp) -> String {
    let who = lease.describe();
    match lease.state {
        LeaseState::Released => format!("free; last held by {who}"),
        LeaseState::Broken => format!("free; taken away from {who}"),
        LeaseState::Held if lease.expires_at < now => format!(
            "held by {who}, expired at {} if the clocks agree; the next apply takes it over",
            lease.expires_at
        ),
        LeaseState::Held => format!("held by {who}"),
    }
}

async fn break_it(args: &BreakArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let state = open(&args.roster, terminal)?;
    if matches!(state.store().hold()?, Hold::Theirs) {
        return Err(
            "the holder is a process of this machine and alive; end it, and the lock is free"
                .into(),
        );
    }
    if !args.yes {
        if !terminal.can_ask() {
            return Err("nobody is there to be asked: lock break needs --yes".into());
        }
        let question = "Take the lock away? Its run stops as soon as it notices.";
        if !terminal.ask(question).await? {
            return Err("not agreed; nothing was written".into());
        }
    }
    if lease::break_it(
        state.store(),
        &Who::of(state.here()),
        state.here().clock.moment(),
    )? {
        terminal.note("The lock is broken; the next apply takes it.");
    } else {
        terminal.note("Nobody holds the lock; there is nothing to break.");
    }
    Ok(Exit::Done)
}
