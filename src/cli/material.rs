//! What evidence is made from, gathered from the state and from git: only what the days asked for need.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::args::{PlanFormat, RosterArgs, ScopeArgs};
use super::git::story;
use super::open::{Opened, open};
use super::output::{Error, Terminal};
use crate::evidence::history::Wanted;
use crate::evidence::material::{JournalRun, Material};
use crate::http::Permit;
use crate::model::email::EmailKey;
use crate::model::spec::Rights;
use crate::roster::admins::Admins;
use crate::roster::model::Roster;
use crate::state::State;
use crate::state::inventories::{self, Inventories};
use crate::state::journal::chain::{self, Chain};
use crate::state::journal::story::runs;
use crate::state::journal::{file, parts};
use crate::state::notes;

/// A run that was killed is taken up by a later one, in the old one's journal: so many days before the
/// first one are looked through for such.
const BEFORE: i64 = 14;

/// Gathers what is known of these days. `outside` are journals that `--journal` put elsewhere.
pub(super) async fn material(
    state: &State,
    paths: &[PathBuf],
    (from, to): (Date, Date),
    outside: &[PathBuf],
) -> Result<Material, Error> {
    let store = state.store();
    let before = from.yesterday().unwrap_or(from);
    let mut material = Material {
        from,
        to,
        notes: notes::load(store, before, to)?,
        authors: story::authors(paths).await,
        ..Material::default()
    };
    for vendor in inventories::vendors(store)? {
        let span = Inventories::of(store, &vendor)?.between(before, to)?;
        material.vendors.insert(vendor, span);
    }
    for run in journals(state, from, to)? {
        let chain = parts::load(state, &run)?;
        material.runs.extend(of_chain(&run, &chain));
    }
    for path in outside {
        let name = path.display().to_string();
        material.runs.extend(of_chain(&name, &file::load(path)?));
    }
    material.runs.sort_by_key(|it| it.run.at);
    Ok(material)
}

/// The journals among the state that can tell of these days.
pub(super) fn journals(state: &State, from: Date, to: Date) -> Result<Vec<Box<str>>, Error> {
    let first = from.saturating_sub(Span::new().days(BEFORE));
    let mut found = parts::list(state.store())?;
    found.retain(|it| parts::day_of_run(&it.run).is_none_or(|day| first <= day && day <= to));
    Ok(found.into_iter().map(|it| it.run).collect())
}

/// The runs of a journal; what is wrong with it is told of each.
fn of_chain(name: &str, chain: &Chain) -> Vec<JournalRun> {
    let flaws: Vec<String> = chain.flaws.iter().map(chain::Flaw::to_string).collect();
    let runs = runs(&chain.entries).into_iter();
    runs.map(|run| JournalRun {
        journal: name.into(),
        run,
        head: chain.last.clone(),
        flaws: flaws.clone(),
    })
    .collect()
}

/// Everybody whom these addresses tell: those of the roster with all their addresses, others with the
/// one that was given. Evidence is also asked of people whom no roster lists any more.
pub(super) fn people(roster: &Roster, given: &[String]) -> Option<Vec<EmailKey<'static>>> {
    let keys = given.iter().flat_map(|email| {
        let person = roster.find_person(email);
        let known = person.into_iter().flat_map(|person| {
            let former = person.previous_emails.iter().map(|it| &it.value);
            std::iter::once(&person.email.value).chain(former)
        });
        let known = known.map(|it| EmailKey::of(it).into_owned());
        known.chain([EmailKey::of(email).into_owned()])
    });
    (!given.is_empty()).then(|| keys.collect())
}

/// Whether an attribute of a vendor carries rights, by the roster that is there now.
pub(super) fn carries(roster: &Roster, vendor: &str, attribute: &str) -> bool {
    let Some(settings) = roster.vendors.get(vendor) else {
        return false;
    };
    let rights = settings.spec.attribute(attribute).map(|it| it.rights);
    let admins = Admins::new(settings, &std::collections::BTreeMap::new());
    rights.is_some_and(|it| it != Rights::None) || admins.words().contains_key(attribute)
}

/// Which part of the evidence is asked for.
pub(super) fn wanted<'a>(
    roster: &Roster,
    person: &[String],
    vendors: &'a [String],
    admins: bool,
    carries: &'a dyn Fn(&str, &str) -> bool,
) -> Wanted<'a> {
    Wanted {
        people: people(roster, person),
        vendors,
        admins,
        carries,
    }
}

/// Opens a roster with its state for evidence; of the vendors nothing is asked yet.
pub(super) async fn open_state(
    files: &RosterArgs,
    vendor: &[String],
    sandbox: bool,
    terminal: &Terminal,
) -> Result<Opened, Error> {
    #[cfg(not(feature = "sandbox"))]
    let _ = sandbox;
    let scope = ScopeArgs {
        roster: files.clone(),
        vendor: vendor.to_vec(),
        person: Vec::new(),
        on: None,
        format: PlanFormat::Text,
        limit: 0,
        mask: false,
        #[cfg(feature = "sandbox")]
        sandbox,
        allow_deactivations: Vec::new(),
        allow_creates: Vec::new(),
        allow_admin_grants: Vec::new(),
        allow_shrinkage: Vec::new(),
        allow_empty: Vec::new(),
    };
    open(&scope, Permit::ReadOnly, terminal).await
}

/// From the first moment on which anything is kept.
pub(super) fn beginning(state: &State) -> Result<Option<Date>, Error> {
    let store = state.store();
    let mut first: Option<Timestamp> = None;
    for vendor in inventories::vendors(store)? {
        let at = Inventories::of(store, &vendor)?.begins()?;
        first = first.into_iter().chain(at).min();
    }
    Ok(first.map(crate::model::inventory::day_of))
}
