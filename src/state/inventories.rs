//! Inventories among the state, by vendor and month.
//!
//! `inventories/VENDOR/2026-01.json` is the month's first one, whole, and `inventories/VENDOR/2026-01.steps.json` what differed from the month before and
//! on later days. A month in which nothing differed has neither.
//!
//! So an inventory of any day takes two objects, and a year of changes one whole inventory and twelve
//! lists of differences.
//!
//! When accounts were last used is no difference, or each day would have one for nearly everybody: it is
//! in `inventories/VENDOR/2026-01.logins.json` as the month's last read showed it, where the vendor shows
//! it, and only packs and lists of a day read that.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::State;
use super::notes::{KeepError, month_of};
use super::small::Busy;
use super::store::{If, Put, Store, StoreError, Version, put};
use crate::model::inventory::{
    FORMAT, Inventory, LastLogins, Month, Span, Step, Steps, Whole, day_of,
};
use crate::model::note::ReadProof;

pub(super) const FOLDER: &str = "inventories";
const WHOLE: &str = ".json";
const STEPS: &str = ".steps.json";
const LOGINS: &str = ".logins.json";

/// Tries against others who write the same month.
const TRIES: usize = 20;

/// What the last read of a month showed of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Logins {
    /// [`FORMAT`].
    format: u32,
    logins: LastLogins,
}

/// One vendor's inventories.
pub struct Inventories<'a> {
    store: &'a dyn Store,
    vendor: &'a str,
    /// Months that begin with a whole inventory, oldest first.
    months: Vec<String>,
}

/// The vendors of which there are inventories.
///
/// # Errors
/// [`StoreError`].
pub fn vendors(store: &dyn Store) -> Result<Vec<Box<str>>, StoreError> {
    let keys = store.list(FOLDER)?;
    let name = |key: &String| {
        let name = key.strip_prefix(FOLDER)?.strip_prefix('/')?;
        Some(Box::from(name.split_once('/')?.0))
    };
    let mut names: Vec<Box<str>> = keys.iter().filter_map(name).collect();
    names.dedup();
    Ok(names)
}

impl<'a> Inventories<'a> {
    /// Looks which months there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn of(store: &'a dyn Store, vendor: &'a str) -> Result<Self, StoreError> {
        let folder = format!("{FOLDER}/{vendor}");
        let keys = store.list(&folder)?;
        let month = |key: &String| {
            let name = key.strip_prefix(&folder)?.strip_prefix('/')?;
            let month = name.strip_suffix(WHOLE)?;
            (!month.contains('.')).then(|| month.to_owned())
        };
        Ok(Self {
            store,
            vendor,
            months: keys.iter().filter_map(month).collect(),
        })
    }

    /// The keys of a month: the whole inventory, and the steps after it.
    fn keys(vendor: &str, month: &str) -> [String; 2] {
        [WHOLE, STEPS].map(|suffix| format!("{FOLDER}/{vendor}/{month}{suffix}"))
    }

    /// Where a month's last logins are.
    fn logins_key(vendor: &str, month: &str) -> String {
        format!("{FOLDER}/{vendor}/{month}{LOGINS}")
    }

    /// Everything that is kept of a vendor, by month.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn objects(
        store: &dyn Store,
        vendor: &str,
    ) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        let folder = format!("{FOLDER}/{vendor}/");
        let mut months: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for key in store.list(folder.trim_end_matches('/'))? {
            let name = key.strip_prefix(&folder).unwrap_or_default();
            if let Some((month, _)) = name.split_once('.') {
                months.entry(month.to_owned()).or_default().push(key);
            }
        }
        Ok(months)
    }

    /// When accounts had last been used by the end of a day. Of whom the month's last read shows a later
    /// time, nothing is said.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn logins_at(&self, day: Date) -> Result<LastLogins, KeepError> {
        let kept = last_logins(self.store, self.vendor, &month_of(day))?;
        let mut logins = kept.map(|it| it.logins).unwrap_or_default();
        logins.retain(|_, at| day_of(*at) <= day);
        Ok(logins)
    }

    pub(super) fn months(&self) -> &[String] {
        &self.months
    }

    /// When the first inventory was read; `None`: there is none.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn begins(&self) -> Result<Option<Timestamp>, KeepError> {
        let Some(month) = self.months.first() else {
            return Ok(None);
        };
        let [whole_key, _] = Self::keys(self.vendor, month);
        Ok(get::<Whole>(self.store, &whole_key)?.map(|(whole, _)| whole.at))
    }

    /// The inventory that counted at the end of a day, and when it was read; `None`: none is kept of
    /// that day or before.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn at(&self, day: Date) -> Result<Option<(Inventory, Timestamp)>, KeepError> {
        let wanted = month_of(day);
        let earlier = self.months.iter().rev().filter(|month| **month <= wanted);
        for month in earlier {
            let Some(month) = self.month(month)? else {
                continue;
            };
            if day_of(month.first.at) > day {
                continue;
            }
            let mut inventory = month.first.inventory();
            let mut at = month.first.at;
            for step in month.steps.iter().filter(|it| day_of(it.at) <= day) {
                inventory.take(step);
                at = step.at;
            }
            return Ok(Some((inventory, at)));
        }
        Ok(None)
    }

    /// The last inventory of the months before one.
    fn before(&self, month: &str, day: Date) -> Result<Option<Inventory>, KeepError> {
        let earlier = Self {
            store: self.store,
            vendor: self.vendor,
            months: self
                .months
                .iter()
                .filter(|it| it.as_str() < month)
                .cloned()
                .collect(),
        };
        Ok(earlier.at(day)?.map(|(inventory, _)| inventory))
    }

    /// Everything that differed from the end of `from` to the end of `to`, by time; after the
    /// inventory that counted at the end of `from`. Of later months no whole inventory is read.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn between(&self, from: Date, to: Date) -> Result<Span, KeepError> {
        let start = self.at(from)?;
        let mut found = Vec::new();
        let (first, last) = (month_of(from), month_of(to));
        for name in self
            .months
            .iter()
            .filter(|it| (&first..=&last).contains(it))
        {
            let [whole_key, steps_key] = Self::keys(self.vendor, name);
            let steps = get::<Steps>(self.store, &steps_key)?;
            let (bridge, days) = match steps {
                Some((steps, _)) => (steps.bridge, steps.days),
                None => (None, Vec::new()),
            };
            let begins = match bridge {
                Some(bridge) => Some(bridge),
                None => get::<Whole>(self.store, &whole_key)?.map(|(whole, _)| {
                    let inventory = whole.inventory();
                    inventory.since(&Inventory::default(), whole.at, whole.proof)
                }),
            };
            let since = begins.as_ref().map_or(Timestamp::MIN, |it| it.at);
            let days = days.into_iter().filter(|it| it.at > since);
            found.extend(begins.into_iter().chain(days).filter(|it| {
                let day = day_of(it.at);
                from < day && day <= to
            }));
        }
        let steps = found;
        Ok(Span { start, steps })
    }

    fn month(&self, month: &str) -> Result<Option<Month>, KeepError> {
        Ok(load(self.store, self.vendor, month)?.map(|it| it.month))
    }
}

/// A month and the versions of its two objects.
struct Loaded {
    month: Month,
    bridge: Option<Step>,
    whole: Version,
    steps: Option<Version>,
}

fn load(store: &dyn Store, vendor: &str, month: &str) -> Result<Option<Loaded>, KeepError> {
    let [whole_key, steps_key] = Inventories::keys(vendor, month);
    let Some((first, whole)) = get::<Whole>(store, &whole_key)? else {
        return Ok(None);
    };
    let steps = get::<Steps>(store, &steps_key)?;
    let (bridge, days, version) = match steps {
        Some((steps, version)) => (steps.bridge, steps.days, Some(version)),
        None => (None, Vec::new(), None),
    };
    Ok(Some(Loaded {
        // Steps of before the whole one were overtaken by it.
        month: Month {
            steps: days.into_iter().filter(|it| it.at > first.at).collect(),
            first,
        },
        bridge,
        whole,
        steps: version,
    }))
}

/// Keeps what a complete read showed, if it differs from what is kept; whether it did.
///
/// # Errors
/// [`KeepError`].
pub fn keep(
    state: &State,
    vendor: &str,
    inventory: &Inventory,
    at: Timestamp,
    proof: &ReadProof,
) -> Result<bool, KeepError> {
    let store = state.store();
    let name = month_of(day_of(at));
    let [whole_key, steps_key] = Inventories::keys(vendor, &name);
    for _ in 0..TRIES {
        state.tenure().check()?;
        let there = load(store, vendor, &name)?;
        let (month, bridge, whole, steps, is_new) = match there {
            Some(mut there) => {
                let first = there.month.first.at;
                if !there.month.add(inventory, at, proof.clone()) {
                    return Ok(false);
                }
                let is_new = there.month.first.at != first;
                (
                    there.month,
                    there.bridge,
                    Some(there.whole),
                    there.steps,
                    is_new,
                )
            }
            None => {
                // A run that died may have left steps without a whole one.
                let steps = get::<Steps>(store, &steps_key)?.map(|(_, version)| version);
                let month = Month::begin(inventory, at, proof.clone());
                (month, None, None, steps, true)
            }
        };
        let bridge = match is_new {
            true => {
                let kept = Inventories::of(store, vendor)?;
                let before = kept.before(&name, day_of(at))?;
                if whole.is_none() && before.as_ref() == Some(inventory) {
                    return Ok(false);
                }
                before.map(|before| inventory.since(&before, at, proof.clone()))
            }
            false => bridge,
        };
        let days = Steps {
            format: FORMAT,
            bridge,
            days: month.steps,
        };
        let needed = steps.is_some() || days.bridge.is_some() || !days.days.is_empty();
        // What differed goes first: a whole one without it would pass for the first of all.
        if needed && !write(store, &steps_key, &days, steps.as_ref())? {
            continue;
        }
        if !is_new || write(store, &whole_key, &month.first, whole.as_ref())? {
            return Ok(true);
        }
    }
    Err(Busy::new(store.place(), whole_key).into())
}

/// The last logins of the last month up to one of which any are kept.
fn last_logins(store: &dyn Store, vendor: &str, month: &str) -> Result<Option<Logins>, KeepError> {
    let months = Inventories::objects(store, vendor)?;
    let keys = months
        .iter()
        .rev()
        .filter(|(it, _)| it.as_str() <= month)
        .flat_map(|(_, keys)| keys);
    let mut kept = keys.filter(|key| key.ends_with(LOGINS));
    let Some(key) = kept.next() else {
        return Ok(None);
    };
    Ok(get(store, key)?.map(|(logins, _)| logins))
}

/// Keeps when accounts were last used, as a complete read showed it. The month's last read counts.
///
/// # Errors
/// [`KeepError`].
pub fn keep_logins(
    state: &State,
    vendor: &str,
    logins: &LastLogins,
    at: Timestamp,
) -> Result<(), KeepError> {
    let store = state.store();
    let month = month_of(day_of(at));
    let logins = Logins {
        format: FORMAT,
        logins: logins.clone(),
    };
    let key = Inventories::logins_key(vendor, &month);
    for _ in 0..TRIES {
        state.tenure().check()?;
        let before = last_logins(store, vendor, &month)?;
        if before.as_ref() == Some(&logins) {
            return Ok(());
        }
        let there = get::<Logins>(store, &key)?.map(|(_, version)| version);
        if write(store, &key, &logins, there.as_ref())? {
            return Ok(());
        }
    }
    Err(Busy::new(store.place(), key).into())
}

fn write(
    store: &dyn Store,
    key: &str,
    document: &impl Serialize,
    version: Option<&Version>,
) -> Result<bool, KeepError> {
    let damaged = |error: serde_json::Error| KeepError::Damaged {
        place: store.place().to_owned(),
        key: key.to_owned(),
        reason: error.to_string(),
    };
    let mut text = serde_json::to_vec(document).map_err(damaged)?;
    text.push(b'\n');
    Ok(put(store, key, &text, &If::still(version))? != Put::Taken)
}

/// What lies at a key, in the one format that is known.
fn get<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
) -> Result<Option<(T, Version)>, KeepError> {
    /// Read first, so that a later format is not called damaged.
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    let Some(stored) = store.get(key)? else {
        return Ok(None);
    };
    let damaged = |reason: String| KeepError::Damaged {
        place: store.place().to_owned(),
        key: key.to_owned(),
        reason,
    };
    let head: Head =
        serde_json::from_slice(&stored.bytes).map_err(|error| damaged(error.to_string()))?;
    if head.format != FORMAT {
        let format = head.format;
        let reason = format!("format {format} is not known here, only {FORMAT}");
        return Err(damaged(reason));
    }
    let document =
        serde_json::from_slice(&stored.bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(Some((document, stored.stat.version)))
}

#[cfg(test)]
mod tests;
