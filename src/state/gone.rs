//! Whom `leavers` asked a vendor for, one by one, and who was not there: `gone.json`. They are asked
//! for again after thirty days, when they were seen since, or when the roster says more of them.
//!
//! It is the one document that a reading command writes: without the lock, under the condition that
//! nobody wrote in between, and only where an apply has left a state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::State;
use super::off::place;
use super::reads;
use super::small::{self, SmallError};
use crate::roster::model::VendorSettings;

const KEY: &str = "gone.json";

/// For so many days a look-up is believed.
const DAYS: i64 = 30;

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    vendors: BTreeMap<Box<str>, Vendor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    /// Where they were looked for.
    place: String,
    people: BTreeMap<Box<str>, Person>,
}

/// Somebody who was not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The addresses and ids that were asked for.
    pub asked: BTreeSet<Box<str>>,
    /// When, in UTC.
    pub on: Date,
}

impl Gone {
    /// Reads the document; empty where there is none.
    ///
    /// # Errors
    /// [`SmallError`].
    pub fn load(state: &State) -> Result<Self, SmallError> {
        Ok(small::load(state, KEY)?.unwrap_or_default())
    }

    /// Whether that person, by e-mail key, was asked for under all these addresses and ids, not long
    /// ago, and was not there.
    pub fn has(
        &self,
        settings: &VendorSettings,
        person: &str,
        asked: &BTreeSet<Box<str>>,
        today: Date,
    ) -> bool {
        let vendor = self.vendors.get(&settings.name);
        let vendor = vendor.filter(|it| it.place == place(settings));
        let known = vendor.and_then(|it| it.people.get(person));
        known.is_some_and(|it| it.asked.is_superset(asked) && is_fresh(it.on, today))
    }
}

fn is_fresh(on: Date, today: Date) -> bool {
    on <= today && today < on.saturating_add(Span::new().days(DAYS))
}

/// Keeps who was not there today. Nothing is written where no apply has left a state yet.
///
/// # Errors
/// [`SmallError`]; then they are asked for again the next time.
pub fn keep(
    state: &State,
    settings: &VendorSettings,
    people: &BTreeMap<Box<str>, Person>,
    today: Date,
) -> Result<(), SmallError> {
    if people.is_empty() || reads::load(state)?.is_empty() {
        return Ok(());
    }
    small::update(state, KEY, |there: Option<Gone>| {
        let mut gone = there.unwrap_or_default();
        let vendor = gone.vendors.entry(settings.name.clone());
        let vendor = vendor.or_insert_with(|| Vendor {
            place: place(settings),
            people: BTreeMap::new(),
        });
        if vendor.place != place(settings) {
            vendor.place = place(settings);
            vendor.people.clear();
        }
        vendor.people.retain(|_, it| is_fresh(it.on, today));
        let people = people.iter().map(|(key, it)| (key.clone(), it.clone()));
        vendor.people.extend(people);
        gone
    })
}

/// Forgets who has been seen since, by any address or id.
///
/// # Errors
/// [`SmallError`].
pub fn forget(
    state: &State,
    settings: &VendorSettings,
    seen: &BTreeSet<Box<str>>,
) -> Result<(), SmallError> {
    let known = Gone::load(state)?;
    let is_seen = |person: &Person| person.asked.iter().any(|it| seen.contains(it));
    let vendor = known.vendors.get(&settings.name);
    if !vendor.is_some_and(|it| it.people.values().any(is_seen)) {
        return Ok(());
    }
    small::update(state, KEY, |there: Option<Gone>| {
        let mut gone = there.unwrap_or_default();
        if let Some(vendor) = gone.vendors.get_mut(&settings.name) {
            vendor.people.retain(|_, person| !is_seen(person));
        }
        gone
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::current::LastRead;
    use crate::plan::testing::{API, settings};

    fn asked(words: &[&str]) -> BTreeSet<Box<str>> {
        words.iter().map(|word| Box::from(*word)).collect()
    }

    fn people(on: Date) -> BTreeMap<Box<str>, Person> {
        let asked = asked(&["a@x.com", "7"]);
        BTreeMap::from([("a@x.com".into(), Person { asked, on })])
    }

    /// A state that an apply has left.
    fn state(folder: &std::path::Path) -> State {
        let state = State::folder(folder);
        let last = LastRead {
            accounts: 1,
            read_at: jiff::Timestamp::UNIX_EPOCH,
        };
        reads::save(&state, &reads::Sizes::from([("acme".into(), last)])).unwrap();
        state
    }

    #[test]
    fn who_was_gone_is_asked_for_again_after_thirty_days() {
        let folder = tempfile::tempdir().unwrap();
        let (state, acme) = (state(folder.path()), settings(&API));
        keep(&state, &acme, &people(date(2026, 1, 1)), date(2026, 1, 1)).unwrap();
        let has = |words: &[&str], on| {
            let gone = Gone::load(&state).unwrap();
            gone.has(&acme, "a@x.com", &asked(words), on)
        };
        assert!(has(&["a@x.com"], date(2026, 1, 1)));
        assert!(has(&["a@x.com", "7"], date(2026, 1, 30)));
        assert!(!has(&["a@x.com"], date(2026, 1, 31)));
        assert!(
            !has(&["a@x.com"], date(2025, 12, 31)),
            "a clock that went back"
        );
        assert!(!has(&["a@x.com", "old@x.com"], date(2026, 1, 2)));
        let mut other = settings(&API);
        other.base_url = "https://other.example.com".into();
        let gone = Gone::load(&state).unwrap();
        assert!(!gone.has(&other, "a@x.com", &asked(&["a@x.com"]), date(2026, 1, 2)));
        forget(&state, &acme, &asked(&["b@x.com"])).unwrap();
        assert!(has(&["a@x.com"], date(2026, 1, 2)));
        forget(&state, &acme, &asked(&["7"])).unwrap();
        assert!(!has(&["a@x.com"], date(2026, 1, 2)));
    }

    #[test]
    fn nothing_is_written_where_no_apply_left_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (state, acme) = (State::folder(&path), settings(&API));
        keep(&state, &acme, &people(date(2026, 1, 1)), date(2026, 1, 1)).unwrap();
        forget(&state, &acme, &asked(&["7"])).unwrap();
        assert!(!path.exists());
    }
}
