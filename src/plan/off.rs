//! Since when accounts are off, as an apply takes it over.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::matching::{Index, Match};
use crate::model::action::{Action, ActionKind};
use crate::model::desired::{Desired, PersonKey};
use crate::model::off::{DeactivatedSince, Entries, Entry, How, Who};
use crate::model::outcome::{Outcome, Verdict};
use crate::plan::known::Known;
use crate::roster::model::VendorSettings;

/// The entries of one vendor as an apply leaves them before its first write.
///
/// `before` are those of the file as it is now: what could not be had when the vendor was read is not
/// forgotten. `actions` are those it is about to carry out; `complete` says that every account was read.
///
/// An account that is about to be switched on loses its entry before that: a run that dies in
/// between must not leave the old time behind.
pub fn sighted(
    settings: &VendorSettings,
    desired: &Desired,
    known: &Known,
    before: &Entries,
    actions: &[Action],
    complete: bool,
    now: Timestamp,
) -> Entries {
    let mut entries = match complete {
        // What a whole list does not show is gone.
        true => Entries::new(),
        false => before.clone(),
    };
    let accounts = &known.current.accounts;
    let to_stay_off = to_stay_off(settings, desired, known);
    for (at, account) in accounts.iter().enumerate() {
        let who = Who::account(account);
        if account.active || !to_stay_off.contains(&at) {
            entries.remove(&who);
            continue;
        }
        let since = before.get(&who).map(|entry| entry.since);
        let since = since.unwrap_or(DeactivatedSince {
            at: now,
            how: How::Seen,
        });
        let email = account.email.clone();
        entries.insert(who, Entry { email, since });
    }
    for action in actions {
        if matches!(action.kind, ActionKind::Create | ActionKind::Reactivate) {
            entries.remove(&Who::subject(action));
        }
    }
    entries
}

/// Places of the accounts that the roster wants off: those of leavers, and of strangers where they
/// are switched off.
fn to_stay_off(settings: &VendorSettings, desired: &Desired, known: &Known) -> BTreeSet<usize> {
    let accounts = &known.current.accounts;
    let people: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let index = Index::new(accounts);
    let matches = index.matches(&people);
    let pairs = people.iter().zip(&matches);
    let mut places: BTreeSet<usize> = pairs
        .filter(|(want, _)| known.remembered.off.has_left(want))
        .filter_map(|(_, found)| match found {
            Match::Account(at) => Some(*at),
            Match::Missing | Match::Doubtful(_) | Match::Contested(..) => None,
        })
        .collect();
    if settings.may_remove(false, false) {
        let claims = index.claimants(&people);
        let strangers = claims.iter().enumerate().filter(|(_, it)| it.is_empty());
        places.extend(strangers.map(|(at, _)| at));
    }
    places
}

/// Takes over what became of the actions of one vendor.
pub fn take_over<'a>(
    entries: &mut Entries,
    outcomes: impl Iterator<Item = &'a Outcome>,
    now: Timestamp,
) {
    for outcome in outcomes {
        let who = Who::subject(&outcome.action);
        match (outcome.action.kind, outcome.verdict) {
            (ActionKind::Deactivate, Verdict::Applied) => {
                let entry = Entry {
                    email: outcome.action.key().email,
                    since: DeactivatedSince {
                        at: now,
                        how: How::SwitchedOff,
                    },
                };
                entries.insert(who, entry);
            }
            (ActionKind::Delete, Verdict::Applied)
            | (ActionKind::Create | ActionKind::Reactivate, _) => {
                entries.remove(&who);
            }
            (ActionKind::Deactivate | ActionKind::Delete | ActionKind::Update, _) => {}
        }
    }
}

#[cfg(test)]
mod tests;
