//! `rosterctl access`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use jiff::Span;
use jiff::civil::Date;

use crate::cli::args::{ContextArgs, RosterArgs};
use crate::cli::evidence_format::{ShowArgs, show};
use crate::cli::exit::Exit;
use crate::cli::git::past::past;
use crate::cli::git::story;
use crate::cli::material::{carries, material, open_state, wanted};
use crate::cli::open::{Opened, not_found, now, today};
use crate::cli::output::{Error, Terminal};
use crate::cli::values::parse_day;
use crate::connector;
use crate::evidence::access::{Access, Known, Shows, Source, access as list, asked, at_end_of};
use crate::evidence::history::{Wanted, history};
use crate::evidence::review::{Lines, review};
use crate::model::email::EmailKey;
use crate::model::inventory::Inventory;
use crate::model::nearest::nearest;
use crate::report::sanitize::line;
use crate::roster::history::departed::Departed;
use crate::roster::model::Roster;
use crate::roster::{When, desired, layers};
use crate::run::load::load;
use crate::run::locked::RunMark;
use crate::run::material::beginning;
use crate::run::session::Scope;
use crate::state::inventories::{self, Inventories};
use crate::state::{State, reviews};

/// Days back in the roster's history from which people are asked for who are gone from it, as `leavers`
/// does where nobody says otherwise.
const LEFT_SINCE: i64 = 400;

#[derive(Debug, Args)]
pub(crate) struct AccessArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    vendor: Vec<String>,
    /// Only accounts of this person, also of one whom the roster lists no more (repeatable)
    #[arg(long, value_name = "EMAIL")]
    person: Vec<String>,
    /// Only administrators who are switched on
    #[arg(long)]
    admins: bool,
    /// Show what counted at the end of this day (UTC), from the kept inventories
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    at: Option<Date>,
    /// Show what the roster of this commit asks for, offline
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["at", "keep", "review"])]
    rev: Option<String>,
    /// Keep what is read as an inventory among the state, as an apply does
    #[arg(long, conflicts_with = "at")]
    keep: bool,
    /// Make the sheet of an access review: a row for each right, since when, by which change, and
    /// room for the reviewer's word; with --keep it is remembered for --since-last
    #[arg(long, conflicts_with = "at")]
    review: bool,
    /// Of the sheet only what changed since the last one that was kept
    #[arg(long, requires = "review")]
    since_last: bool,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    show: ShowArgs,
    /// Use a sandbox instead of the real vendors, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    sandbox: bool,
}

impl AccessArgs {
    fn in_sandbox(&self) -> bool {
        #[cfg(feature = "sandbox")]
        return self.sandbox;
        #[cfg(not(feature = "sandbox"))]
        false
    }

    fn files(&self) -> &[PathBuf] {
        &self.roster.roster
    }
}

/// Shows who has what; the HTTP layer cannot write.
pub(crate) async fn access(args: &AccessArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let context = args.context.read()?;
    let opened = open_state(&args.roster, &[], args.in_sandbox(), terminal).await?;
    let roster = &opened.roster;
    for name in &args.vendor {
        if !roster.vendors.contains_key(&**name) {
            let names = roster.vendors.keys().map(|it| &**it);
            return Err(not_found("vendor", name, nearest(name, names)));
        }
    }
    let carries = |vendor: &str, attribute: &str| carries(roster, vendor, attribute);
    let wanted = wanted(roster, &args.person, &args.vendor, args.admins, &carries);
    let (shows, known) = match (&args.rev, args.at) {
        (Some(rev), _) => of_commit(args, roster, rev).await?,
        (None, Some(day)) => of_day(args, &opened.state, day).await?,
        (None, None) => {
            // Only what is asked for is read.
            let opened = match args.vendor.is_empty() {
                true => opened_again(args, &[], terminal).await?,
                false => opened_again(args, &args.vendor, terminal).await?,
            };
            let mark = RunMark {
                run: opened.state.here().nonce(),
                context,
            };
            (
                Shows::Now,
                now_at_vendors(args, &opened, &mark, wanted.people.as_deref(), terminal).await?,
            )
        }
    };
    let mut document = list(shows, known, &wanted, now()?);
    for (name, source) in &document.vendors {
        if let Some(problem) = &source.problem {
            terminal.error(&line(&format!("{name}: {problem}")).into());
        }
    }
    let exit = match document.has_problems() {
        true => Exit::Error,
        false => Exit::Done,
    };
    if args.review {
        sheet(args, &opened, document, &wanted, terminal).await?;
    } else {
        show(&mut document, Access::tables, &args.show, terminal)?;
    }
    Ok(exit)
}

async fn opened_again(
    args: &AccessArgs,
    vendor: &[String],
    terminal: &Terminal,
) -> Result<Opened, Error> {
    open_state(&args.roster, vendor, args.in_sandbox(), terminal).await
}

/// What the roster of a commit asks for, on the day of that commit.
async fn of_commit(
    args: &AccessArgs,
    roster: &Roster,
    rev: &str,
) -> Result<(Shows, BTreeMap<Box<str>, Known>), Error> {
    let (parsed, commit) = story::roster_at(args.files(), roster, rev).await?;
    let day = crate::model::inventory::day_of(commit.at);
    let then = std::sync::Arc::new(parsed.roster);
    let known = then.vendors.values().map(|settings| {
        let desired = desired(then.clone(), &settings.name, day);
        (settings.name.clone(), asked(settings, &desired))
    });
    Ok((Shows::Rev(commit.short().to_owned(), day), known.collect()))
}

/// What counted at the end of a day.
async fn of_day(
    args: &AccessArgs,
    state: &State,
    day: Date,
) -> Result<(Shows, BTreeMap<Box<str>, Known>), Error> {
    let store = state.store();
    let material = material(state, args.files(), (day, day), &[]).await?;
    let deeds = material.deeds();
    let mut known = BTreeMap::new();
    for vendor in inventories::vendors(store)? {
        let inventories = Inventories::of(store, &vendor)?;
        let (kept, logins) = (inventories.at(day)?, inventories.logins_at(day)?);
        let reads = material.reads(&vendor);
        let found = at_end_of(day, &vendor, kept, logins, &reads, &deeds);
        known.insert(vendor, found);
    }
    if known.is_empty() {
        return Err("no inventory is kept yet: applies keep them, and access --keep does".into());
    }
    Ok((Shows::At(day), known))
}

/// What the vendors show.
async fn now_at_vendors(
    args: &AccessArgs,
    opened: &Opened,
    mark: &RunMark,
    people: Option<&[EmailKey<'static>]>,
    terminal: &Terminal,
) -> Result<BTreeMap<Box<str>, Known>, Error> {
    let mut reads = opened.session.read().await;
    let (roster, at) = (&*opened.roster, opened.session.present());
    let plan = opened.session.plan(roster, &reads, &opened.scope, now()?);
    if args.keep {
        let kept = opened
            .session
            .note_read(mark, "access", (&plan, &reads), at, Vec::new());
        if let Err(error) = kept {
            return Err(format!("what was read is not kept: {error}").into());
        }
        terminal.note("What was read completely is kept among the state.");
    }
    // Not kept: an apply, whose inventories these are compared with, asks for nobody.
    let hiding = opened.session.hiding(&reads);
    let mut missed = None;
    if !hiding.is_empty() {
        let (departed, scope, why) = whom(args, opened, people).await?;
        missed = why.map(|why| {
            format!(
                "people who left the roster and whom the list may hide are not all looked up: {why}"
            )
        });
        let looks = opened
            .session
            .look_up_leavers(&mut reads, &departed, &scope);
        for fault in looks.await {
            terminal.note(&format!("who was not there is not remembered: {fault}"));
        }
    }
    let found = opened.session.inventories(&plan, &reads).into_iter();
    let known = found.map(|read| {
        let (whole, problem) = (read.note.digest.is_some(), read.note.problem.clone());
        let limits: Vec<String> = problem
            .iter()
            .filter(|_| whole)
            .cloned()
            .chain(read.unknown)
            .chain(missed.clone().filter(|_| hiding.contains(&read.name)))
            .collect();
        let source = Source {
            kind: read.note.kind.clone(),
            read_at: read.inventory.as_ref().map(|_| at),
            proof: read.note.proof.clone(),
            limit: (!limits.is_empty()).then(|| limits.join("; ")),
            problem: problem.filter(|_| !whole),
            ..Source::default()
        };
        let known = Known {
            source,
            inventory: read.inventory.unwrap_or_else(Inventory::default),
            logins: read.logins,
        };
        (read.name, known)
    });
    Ok(known.collect())
}

/// Which leavers are asked for one by one where a list may hide them: those of the roster, and people
/// whom it listed not long ago; and why somebody of these may be missing.
async fn whom(
    args: &AccessArgs,
    opened: &Opened,
    people: Option<&[EmailKey<'static>]>,
) -> Result<(Vec<Departed>, Scope, Option<String>), Error> {
    let on = today()?;
    let from = on.saturating_sub(Span::new().days(LEFT_SINCE));
    let past = past(args.files(), &opened.roster, from, on).await;
    let unread = past.unread.first().map(|(commit, why)| {
        let others = match past.unread.len() - 1 {
            0 => String::new(),
            1 => String::from(" and of another commit"),
            more => format!(" and of {more} other commits"),
        };
        format!(
            "the roster of {}{others} could not be read whole: {why}",
            commit.hash
        )
    });
    let why = past.problem.or(past.absent).or(unread);
    let mut departed = past.departed;
    if let Some(people) = people {
        departed.retain(|it| {
            let mut emails = std::iter::once(&it.email).chain(&it.other_emails);
            emails.any(|email| people.contains(&EmailKey::of(email).into_owned()))
        });
    }
    let scope = Scope {
        people: people.map(|it| it.iter().cloned().collect()),
        ..Scope::default()
    };
    Ok((departed, scope, why))
}

/// Prints the sheet of a review.
async fn sheet(
    args: &AccessArgs,
    opened: &Opened,
    document: Access,
    wanted: &Wanted<'_>,
    terminal: &Terminal,
) -> Result<(), Error> {
    let (state, begun) = (&opened.state, opened.session.began());
    let last = reviews::load(state)?;
    let since = match (args.since_last, last) {
        (true, None) => {
            return Err("no sheet was kept yet: make one with access --review --keep first".into());
        }
        (true, Some(last)) => Some(last),
        (false, _) => None,
    };
    let to = today()?;
    let from = beginning(state)?.unwrap_or(to);
    let material = material(state, args.files(), (from, to), &[]).await?;
    let everything = Wanted {
        people: wanted.people.clone(),
        vendors: wanted.vendors,
        admins: false,
        carries: wanted.carries,
    };
    let made_at = document.made_at;
    let history = history(&material, &everything, made_at);
    let lines = lines(args, &opened.roster, to);
    let mut sheet = review(document, &history, &lines, since);
    show(&mut sheet, |it| it.tables(), &args.show, terminal)?;
    if args.keep {
        reviews::save(state, begun)?;
        terminal.note("This sheet is kept: --since-last goes on from it.");
    }
    Ok(())
}

/// Where the roster gives each attribute of each person.
fn lines(args: &AccessArgs, roster: &Roster, day: Date) -> Lines {
    let parsed = load(args.files(), &connector::specs());
    let mut lines = Lines::new();
    for person in &roster.people {
        let email = &person.email.value;
        for vendor in roster.vendors.keys() {
            let given = layers(roster, person, vendor, When::On(day));
            let mut add = |name: &str, place: String| {
                lines.insert((vendor.clone(), email.clone(), name.into()), place);
            };
            add("", parsed.sources.locate(person.span));
            for layered in &given {
                let spans = layered.sources.iter().filter_map(|it| it.span);
                let places: Vec<String> = spans.map(|it| parsed.sources.locate(it)).collect();
                add(&layered.name, places.join(", "));
            }
        }
    }
    lines
}
