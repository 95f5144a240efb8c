//! From arguments to a session: roster, day, people, vendors, and the sandbox in place of them.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::args::{RosterArgs, ScopeArgs};
#[cfg(feature = "sandbox")]
use super::calendar::Calendar;
pub(crate) use super::calendar::{now, today};
use super::output::{Error, Terminal};
use super::state_place::state;
use super::tracked::tracked_state;
use crate::connector;
use crate::http::{Backoff, Clock, Permit, Redactor, Transport, WriteScope};
use crate::model::email::EmailKey;
use crate::model::nearest::nearest;
use crate::model::plan::Plan;
use crate::plan::guard::Allowed;
use crate::plan::leavers::LeaversCheck;
#[cfg(feature = "sandbox")]
use crate::roster::VendorsMeaning;
use crate::roster::diagnostic::Sources;
use crate::roster::history::departed::Past;
use crate::roster::model::Roster;
use crate::run::load::load;
use crate::run::session::{Options, Scope, Session};
use crate::state::State;

/// Everything a command that talks to vendors needs.
pub(crate) struct Opened {
    pub(crate) roster: Arc<Roster>,
    pub(crate) session: Session,
    pub(crate) scope: Scope,
    /// What is kept between runs.
    pub(crate) state: State,
    /// Keeps the embedded sandbox and its state folder alive.
    #[cfg(feature = "sandbox")]
    pub(crate) _sandbox: Option<crate::sandbox::Playground>,
}

impl Opened {
    /// Reads the vendors and plans.
    pub(crate) async fn plan(&self) -> Result<Plan, Error> {
        let reads = self.session.read().await;
        Ok(self.session.plan(&self.roster, &reads, &self.scope, now()?))
    }
}

impl Opened {
    /// Reads the vendors and looks at their leavers, and at people who are gone from the roster.
    /// Leavers whom a list may hide are asked for one by one.
    pub(crate) async fn leavers(
        &self,
        past: Option<Past>,
        terminal: &Terminal,
    ) -> Result<LeaversCheck, Error> {
        let departed = past.as_ref().map_or(&[][..], |past| &past.departed);
        let wishes = self.session.wishes_with(departed);
        let mut reads = self.session.read_for(&wishes).await;
        let (roster, scope) = (&*self.roster, &self.scope);
        let plan = self.session.plan(roster, &reads, scope, now()?);
        let looks = self.session.look_up_leavers(&mut reads, departed, scope);
        for fault in looks.await {
            terminal.note(&format!("who was not there is not remembered: {fault}"));
        }
        Ok(self.session.leavers(roster, &reads, scope, &plan, past))
    }
}

/// Loads a roster and shows its problems; an error when it cannot be used.
pub(crate) fn roster(args: &RosterArgs, terminal: &Terminal) -> Result<Roster, Error> {
    let parsed = load(&args.all(), &connector::specs()).to_plan_with();
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if parsed.is_usable() {
        Ok(parsed.roster)
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
    let loaded = roster(&args.roster, terminal)?;
    let warnings = tracked_state(&loaded, &args.roster.roster).await;
    terminal.diagnostics(&warnings, &Sources::default());
    let state = match in_sandbox(args) {
        // The sandbox has its own.
        true => State::folder(PathBuf::new()),
        false => state(&loaded, &args.roster.roster, terminal)?,
    };
    connect(args, loaded, state, permit, tries, None).await
}

/// The same for a run that may write to few accounts and to no other.
pub(crate) async fn open_within(
    args: &ScopeArgs,
    only: &WriteScope,
    terminal: &Terminal,
) -> Result<Opened, Error> {
    let loaded = roster(&args.roster, terminal)?;
    let state = match in_sandbox(args) {
        true => State::folder(PathBuf::new()),
        false => state(&loaded, &args.roster.roster, terminal)?,
    };
    let (tries, only) = (Backoff::default().tries, Some(only.clone()));
    connect(args, loaded, state, Permit::ReadWrite, tries, only).await
}

/// Whether a sandbox takes the place of the vendors.
pub(crate) fn in_sandbox(args: &ScopeArgs) -> bool {
    #[cfg(feature = "sandbox")]
    return args.sandbox;
    #[cfg(not(feature = "sandbox"))]
    {
        let _ = args;
        false
    }
}

/// Connects the vendors of a roster that was loaded.
pub(super) async fn connect(
    args: &ScopeArgs,
    roster: Roster,
    state: State,
    permit: Permit,
    tries: u32,
    only: Option<WriteScope>,
) -> Result<Opened, Error> {
    let on = match args.on {
        Some(day) => day,
        None => today()?,
    };
    let scope = scope(args, &roster)?;
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(unused_mut, reason = "only the sandbox swaps")
    )]
    let mut options = Options {
        permit,
        on,
        moment: match in_sandbox(args) {
            true => now()?,
            false => state.here().clock.wall(),
        },
        backoff: Backoff {
            tries,
            ..Backoff::default()
        },
        vendors: args.vendor.clone(),
        clock: Clock::default(),
        transport: Transport::default(),
        redactor: Redactor::default(),
        secrets: None,
        state,
        written: None,
        only,
    };
    #[cfg(feature = "sandbox")]
    {
        let mut roster = roster;
        let sandbox = if args.sandbox {
            options.written = Some(VendorsMeaning::of(&roster));
            let playground = crate::sandbox::Playground::enter(&mut roster, on).await?;
            options.secrets = Some(playground.secrets());
            options.state = State::folder(playground.state()).dated(Calendar::MadeUp.clock()?);
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
    })
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
        people.insert(EmailKey::of(&person.email.value).into_owned());
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
