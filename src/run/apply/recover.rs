//! Recovering what an earlier run left open: writes that were announced and whose end nobody saw.

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use super::perform::Performer;
use crate::connector::Vendor;
use crate::http::{Clock, HttpError};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Current;
use crate::model::spec::ReadFrom;
use crate::plan::matching::Index;
use crate::roster::model::VendorSettings;

/// What was found of an action that was in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Whether the vendor shows its effect; `None`: that could not be learnt.
    pub happened: Option<bool>,
    /// How that was learnt, in one clause.
    pub message: String,
}

/// Looks for the effects of one vendor's actions in what was just read, and tells each by its place
/// in `actions` as soon as it is known.
///
/// Creates that the list does not show are looked up, because lists may be slower than single reads:
/// once each and side by side, after one wait for the vendor's lag. `since` is how long ago the
/// earlier run wrote its last line, so much of the lag is over. An account found so is added to what
/// was read, so that nothing plans it once more.
pub async fn recover(
    vendor: &dyn Vendor,
    settings: &VendorSettings,
    clock: &Clock,
    since: Duration,
    current: &mut Current,
    actions: &[&Action],
    tell: &dyn Fn(usize, Recovered),
) {
    let performer = Performer::new(vendor, settings, clock);
    let mut unlisted = Vec::new();
    let index = Index::new(&current.accounts);
    for (at, action) in actions.iter().enumerate() {
        let before = action.key().email;
        let listed = index.find(action.id.as_deref(), &[&before, &action.email]);
        let lack = performer.lacks(action, listed);
        if settings.spec.read == ReadFrom::Record
            && (lack.is_some() || listed.is_some_and(|it| !it.cautions.is_empty()))
        {
            // A record is a memory: without an answer it tells nothing of the vendor.
            tell(at, of_record());
            continue;
        }
        if action.kind == ActionKind::Create && listed.is_none() {
            unlisted.push((at, *action));
            continue;
        }
        let recovered = Recovered {
            happened: Some(lack.is_none()),
            message: lack.unwrap_or_else(|| String::from("the vendor shows it")),
        };
        tell(at, recovered);
    }
    if unlisted.is_empty() {
        return;
    }
    let lag = Duration::from_millis(settings.spec.read_lag_ms.iter().sum());
    clock.sleep(lag.saturating_sub(since)).await;
    let performer = &performer;
    let mut looks: FuturesUnordered<_> = unlisted
        .into_iter()
        .map(|(at, action)| async move { (at, performer.look(action, false).await) })
        .collect();
    let ids = current.accounts.iter().filter_map(|it| it.id.clone());
    let mut known: HashSet<Box<str>> = ids.collect();
    while let Some((at, found)) = looks.next().await {
        tell(at, of_look(current, &mut known, found));
    }
}

/// What can be said of a write whose answer the record does not have.
fn of_record() -> Recovered {
    Recovered {
        happened: None,
        message: String::from(
            "the vendor cannot be asked, and the record has no answer to it; the plan has what is due",
        ),
    }
}

/// What a read of its own says about a create. `known` are the ids of all accounts.
fn of_look(
    current: &mut Current,
    known: &mut HashSet<Box<str>>,
    found: Result<Option<Account>, HttpError>,
) -> Recovered {
    match found {
        Ok(Some(account)) => {
            if account.id.clone().is_none_or(|id| known.insert(id)) {
                // The list and its count lag together; this one is proved by its own read.
                if let Some(counted) = &mut current.proof.counted {
                    *counted += 1;
                }
                current.accounts.push(account);
            }
            Recovered {
                happened: Some(true),
                message: String::from("the list does not show it yet, a read of its own does"),
            }
        }
        Ok(None) => Recovered {
            happened: Some(false),
            message: String::from("neither the list nor a read of its own shows it"),
        },
        Err(error) => Recovered {
            happened: None,
            message: format!("looking for it failed: {error}"),
        },
    }
}
