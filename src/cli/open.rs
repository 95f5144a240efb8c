//! From arguments to a session: roster, day, people, vendors, and the sandbox in place of them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::args::{RosterArgs, ScopeArgs};
use super::output::{Error, Terminal};
use crate::diagnostic::{Diagnostic, Sources};
use crate::http::{Backoff, Clock, Permit, Redactor};
use crate::load::load;
use crate::nearest::nearest;
use crate::reconcile::account::email_key;
use crate::reconcile::guard::Allowed;
use crate::reconcile::leavers::Certificate;
use crate::reconcile::plan::Plan;
use crate::roster::model::Roster;
use crate::session::{Options, Scope, Session};
use crate::state::State;
use crate::vendor;

/// Everything a command that talks to vendors needs.
pub(crate) struct Opened {
    pub(crate) roster: Arc<Roster>,
    pub(crate) session: Session,
    pub(crate) scope: Scope,
    /// What is kept between runs.
    pub(crate) state: State,
    /// The roster's files, as far as an assertion that breaks later needs them.
    pub(crate) sources: Sources,
    /// Keeps the embedded sandbox and its state folder alive.
    #[cfg(feature = "sandbox")]
    pub(crate) _sandbox: Option<crate::sandbox::Playground>,
}

impl Opened {
    /// Reads the vendors and plans.
    pub(crate) async fn plan(&self) -> Result<Plan, Error> {
        Ok(self.plan_and_check().await?.0)
    }

    /// The same, with the roster's assertions that would not hold afterwards.
    pub(crate) async fn plan_and_check(&self) -> Result<(Plan, Vec<Diagnostic>), Error> {
        let reads = self.session.read().await;
        let plan = self.session.plan(&self.roster, &reads, &self.scope, now()?);
        let broken = self.session.broken_assertions(&self.roster, &reads, &plan);
        Ok((plan, broken))
    }

    /// Shows assertions that would not hold; an error if there are any.
    pub(crate) fn refuse_broken(
        &self,
        broken: &[Diagnostic],
        terminal: &Terminal,
    ) -> Result<(), Error> {
        terminal.diagnostics(broken, &self.sources);
        match broken.len() {
            0 => Ok(()),
            _ => Err("the plan breaks what the roster asserts; nothing was written".into()),
        }
    }
}

impl Opened {
    /// Reads the vendors and looks at their leavers.
    pub(crate) async fn leavers(&self) -> Result<Certificate, Error> {
        let reads = self.session.read().await;
        let plan = self.session.plan(&self.roster, &reads, &self.scope, now()?);
        Ok(self.session.leavers(&reads, &self.scope, &plan))
    }
}

/// Loads a roster and shows its problems; an error when it cannot be used.
pub(crate) fn roster(args: &RosterArgs, terminal: &Terminal) -> Result<Roster, Error> {
    let (roster, _) = roster_and_sources(args, terminal)?;
    Ok(roster)
}

fn roster_and_sources(args: &RosterArgs, terminal: &Terminal) -> Result<(Roster, Sources), Error> {
    let parsed = load(&args.roster, &vendor::specs());
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if parsed.is_usable() {
        Ok((parsed.roster, parsed.sources))
    } else {
        Err("the roster cannot be used; nothing was read or written".into())
    }
}

/// Loads the roster and connects its vendors.
pub(crate) async fn open(
    args: &ScopeArgs,
    permit: Permit,
    terminal: &Terminal,
) -> Result<Opened, Error> {
    open_with(args, permit, Backoff::default().tries, terminal).await
}

/// The same with so many tries of one call in all.
pub(crate) async fn open_with(
    args: &ScopeArgs,
    permit: Permit,
    tries: u32,
    terminal: &Terminal,
) -> Result<Opened, Error> {
    let loaded = roster_and_sources(&args.roster, terminal)?;
    let state = state(&loaded.0, &args.roster.roster)?;
    connect(args, loaded, state, permit, tries).await
}

/// Connects the vendors of a roster that was loaded.
pub(super) async fn connect(
    args: &ScopeArgs,
    (roster, mut sources): (Roster, Sources),
    state: State,
    permit: Permit,
    tries: u32,
) -> Result<Opened, Error> {
    let on = match args.on {
        Some(day) => day,
        None => today()?,
    };
    let scope = scope(args, &roster)?;
    sources.keep_lines_of(roster.assertions.iter().map(|it| it.span));
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(unused_mut, reason = "only the sandbox swaps")
    )]
    let mut options = Options {
        permit,
        on,
        moment: moment(args)?,
        tries,
        vendors: args.vendor.clone(),
        clock: Clock::default(),
        redactor: Redactor::default(),
        secrets: None,
        state,
    };
    #[cfg(feature = "sandbox")]
    {
        let mut roster = roster;
        let sandbox = if args.sandbox {
            let playground = crate::sandbox::Playground::enter(&mut roster, on).await?;
            options.secrets = Some(playground.secrets());
            options.state = State::folder(playground.state());
            Some(playground)
        } else {
            None
        };
        let roster = Arc::new(roster);
        Ok(Opened {
            session: Session::open(&roster, &options),
            roster,
            scope,
            state: options.state,
            sources,
            _sandbox: sandbox,
        })
    }
    #[cfg(not(feature = "sandbox"))]
    let roster = Arc::new(roster);
    #[cfg(not(feature = "sandbox"))]
    Ok(Opened {
        session: Session::open(&roster, &options),
        roster,
        scope,
        state: options.state,
        sources,
    })
}

/// The day in UTC (roster: "the day is UTC").
pub(crate) fn today() -> Result<Date, Error> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}

/// The time that decides what may be deleted. A variable must not make graces pass, so only a
/// sandbox heeds `SOURCE_DATE_EPOCH` here.
fn moment(args: &ScopeArgs) -> Result<Timestamp, Error> {
    #[cfg(feature = "sandbox")]
    if args.sandbox {
        return now();
    }
    #[cfg(not(feature = "sandbox"))]
    let _ = args;
    Ok(Timestamp::now())
}

/// The time stamp of a plan; `SOURCE_DATE_EPOCH` (seconds) fixes it for reproducible output.
pub(crate) fn now() -> Result<Timestamp, Error> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let seconds: i64 = text
                .parse()
                .map_err(|_| "SOURCE_DATE_EPOCH is not a number of seconds")?;
            Ok(Timestamp::from_second(seconds)?)
        }
        Err(_) => Ok(Timestamp::now()),
    }
}

/// The state of a roster: where its `state:` says, else in `.rosterctl/` beside it. Sends nothing
/// yet.
pub(crate) fn state(roster: &Roster, files: &[PathBuf]) -> Result<State, Error> {
    if let Some(place) = &roster.state {
        return Ok(State::open(place)?);
    }
    let beside = match files.first() {
        Some(path) if path.is_dir() => path.as_path(),
        Some(path) => path.parent().unwrap_or(Path::new("")),
        None => Path::new(""),
    };
    Ok(State::folder(beside.join(".rosterctl")))
}

/// What `--vendor`, `--person` and the allowances name; a name that is not there is an error.
fn scope(args: &ScopeArgs, roster: &Roster) -> Result<Scope, Error> {
    let known = |name: &str| -> Result<(), Error> {
        if roster.vendors.contains_key(name) {
            return Ok(());
        }
        let names = roster.vendors.keys().map(|name| &**name);
        Err(not_found("vendor", name, nearest(name, names)))
    };
    for name in &args.vendor {
        known(name)?;
    }
    let mut allowed: BTreeMap<String, Allowed> = BTreeMap::new();
    for (name, number) in &args.allow_deactivations {
        known(name)?;
        allowed.entry(name.clone()).or_default().deactivations = Some(*number);
    }
    for (name, number) in &args.allow_creates {
        known(name)?;
        allowed.entry(name.clone()).or_default().creates = Some(*number);
    }
    for (name, number) in &args.allow_admin_grants {
        known(name)?;
        allowed.entry(name.clone()).or_default().admin_grants = Some(*number);
    }
    for name in &args.allow_shrinkage {
        known(name)?;
        allowed.entry(name.clone()).or_default().shrinkage = true;
    }
    for name in &args.allow_empty {
        known(name)?;
        allowed.entry(name.clone()).or_default().empty = true;
    }
    let mut people = HashSet::new();
    for email in &args.person {
        let Some(person) = roster.find_person(email) else {
            let emails = roster.people.iter().map(|person| &*person.email.value);
            return Err(not_found("person", email, nearest(email, emails)));
        };
        people.insert(email_key(&person.email.value));
    }
    Ok(Scope {
        people: (!args.person.is_empty()).then_some(people),
        allowed,
        ending_within: None,
    })
}

/// A name that is not in the roster, with the nearest that is.
pub(crate) fn not_found(what: &str, name: &str, near: Option<&str>) -> Error {
    match near {
        Some(near) => {
            format!("the roster has no {what} \"{name}\"; did you mean \"{near}\"?").into()
        }
        None => format!("the roster has no {what} \"{name}\"").into(),
    }
}
