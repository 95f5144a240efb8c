//! Whether a read can be trusted to be complete: what the connector says, the vendor's own count,
//! the account behind the credentials, and the size of the list at the last apply.

use super::Allowed;
use crate::model::account::Account;
use crate::model::current::Own;
use crate::model::email::EmailKey;
use crate::model::plan::{Completeness, OwnSeen};
use crate::model::spec::ReadFrom;
use crate::plan::known::Known;
use crate::plan::seen;
use crate::roster::model::{Bound, VendorSettings};

/// The share of its accounts that a list may have lost when `max.shrinkage` is silent.
const DEFAULT_SHRINKAGE_PERCENT: u64 = 20;
/// The least that the default tolerates, so that a small list may change at all.
const DEFAULT_SHRINKAGE_AT_LEAST: u64 = 5;

/// What speaks against a complete read, over what the connector says itself.
pub(super) fn unproved(
    settings: &VendorSettings,
    known: &Known,
    own: Option<&EmailKey<'_>>,
    allowed: Allowed,
) -> Option<String> {
    let current = &known.current;
    let mut missing = current.proof.missing.clone();
    missing.extend(seen::doubts(settings));
    // A record proves nothing about absence and is not asked to: what it does not know is worded
    // as such in the plan, and only accounts it knows are ever removed.
    if let Some(searched) = &current.searched {
        if !searched.works && !searched.people.is_empty() && !allowed.empty {
            missing.push(format!(
                "no search shows anybody; if nobody has an account there yet: --allow-empty {}",
                settings.name
            ));
        }
    } else if settings.spec.read == ReadFrom::Api {
        // Who was looked up besides is none that the list shows.
        let besides = known
            .remembered
            .looked_up
            .as_ref()
            .map_or(0, |it| it.hidden.len());
        let listed = current.accounts.len().saturating_sub(besides);
        let read = listed + current.odd.len();
        if let Some(counted) = current.proof.counted
            && missing.is_empty()
            && usize::try_from(counted) != Ok(read)
        {
            missing.push(format!(
                "the vendor counts {counted} accounts, {read} were read"
            ));
        }
        if read == 0 {
            if !allowed.empty {
                missing.push(format!(
                    "the list is empty; if nobody has an account there yet: --allow-empty {}",
                    settings.name
                ));
            }
        } else if let Some(own) = own
            && !current.accounts.iter().any(|it| it.goes_by(own))
        {
            missing.push(format!(
                "the account behind the credentials ({own}) is not in the list"
            ));
        }
        if !allowed.shrinkage {
            missing.extend(shrunk(settings, known));
        }
    }
    missing.extend(doubles(&current.accounts));
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// Accounts that were listed twice. A page that shifted while it was read shows one account twice
/// and hides another.
fn doubles(accounts: &[Account]) -> Option<String> {
    let keys = accounts.iter().map(|account| match &account.id {
        Some(id) => (true, &**id),
        None => (false, &*account.email),
    });
    let mut keys: Vec<(bool, &str)> = keys.collect();
    keys.sort_unstable();
    let same = keys.chunk_by(|one, other| one == other);
    let doubled = same.filter(|it| it.len() > 1).map(|it| it[0].1);
    let doubled: Vec<&str> = doubled.collect();
    match doubled.as_slice() {
        [] => None,
        [one] => Some(format!("the account {one} was listed more than once")),
        [first, rest @ ..] => Some(format!(
            "the account {first} and {} others were listed more than once",
            rest.len()
        )),
    }
}

/// A list that lost more accounts since the last apply than people leave: half of it was not shown,
/// or the address is that of another tenant.
fn shrunk(settings: &VendorSettings, known: &Known) -> Option<String> {
    let current = &known.current;
    let last = known.remembered.last_read?;
    let read = current.accounts.len() + current.odd.len();
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    let lost = last.accounts.checked_sub(read)?;
    let share = |percent: u64| last.accounts.saturating_mul(percent) / 100;
    let max = &settings.max;
    let tolerated = match max.shrinkage {
        Some(Bound::Count(count)) => count,
        Some(Bound::Percent(percent)) => {
            share(u64::from(percent)).max(max.at_least.unwrap_or_default())
        }
        None => {
            share(DEFAULT_SHRINKAGE_PERCENT).max(max.at_least.unwrap_or(DEFAULT_SHRINKAGE_AT_LEAST))
        }
    };
    (lost > tolerated).then(|| {
        format!(
            "the list shrank from {} accounts ({}) to {read}, by more than max.shrinkage allows \
             ({tolerated}); if they are gone: --allow-shrinkage {}",
            last.accounts,
            last.read_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
            settings.name
        )
    })
}

/// The proof as the plan shows it. `own` are the e-mail keys of the account behind the credentials.
pub(super) fn proof(known: &Known, own: &[EmailKey<'_>], missing: Option<String>) -> Completeness {
    let current = &known.current;
    let listed = |own: &EmailKey<'_>| current.accounts.iter().any(|it| it.goes_by(own));
    Completeness {
        pages: current.proof.pages,
        counted: current.proof.counted,
        own: match current.own {
            Own::Nobody => OwnSeen::Nobody,
            Own::Email(_) | Own::Unknown if own.is_empty() => OwnSeen::Unknown,
            Own::Email(_) | Own::Unknown if own.iter().any(listed) => OwnSeen::Seen,
            Own::Email(_) | Own::Unknown => OwnSeen::Missing,
        },
        last: known.remembered.last_read,
        missing,
    }
}
