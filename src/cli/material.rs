//! What evidence is made from, gathered from the state and from git: only what the days asked for need.

use std::path::PathBuf;

use jiff::civil::Date;

use super::args::{RosterArgs, ScopeArgs};
use super::git::story;
use super::open::{Opened, open};
use super::output::{Error, Terminal};
use crate::evidence::history::Wanted;
use crate::evidence::material::Material;
use crate::http::Permit;
use crate::model::email::EmailKey;
use crate::model::spec::Rights;
use crate::roster::admins::Admins;
use crate::roster::model::Roster;
use crate::run::material::gather;
use crate::state::State;

/// Gathers what is known of these days. `outside` are journals that `--journal` put elsewhere.
pub(super) async fn material(
    state: &State,
    paths: &[PathBuf],
    days: (Date, Date),
    outside: &[PathBuf],
) -> Result<Material, Error> {
    Ok(Material {
        authors: story::authors(paths).await,
        ..gather(state, days, outside)?
    })
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
        #[cfg(feature = "sandbox")]
        sandbox,
        ..ScopeArgs::of(files, vendor)
    };
    open(&scope, Permit::ReadOnly, terminal).await
}
