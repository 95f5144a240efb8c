//! Since when accounts are off, and what deleting them after a grace goes by. Pure: times and days
//! come in as values.
//!
//! Vendors do not tell when an account went off, so an apply keeps it: the time at which it
//! switched the account off, or at which it first saw that it is off. A clock runs only while the
//! roster wants the account off as well; one that is on, or wanted, loses its entry, and the next
//! time starts anew. What is not known is never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::account::Account;
use super::action::Action;
use super::desired::{Access, Desired, PersonKey};
use crate::model::email::EmailKey;

/// For how many days an account stays off before it is deleted (`leavers.delete_after`); from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grace(pub u16);

impl Grace {
    /// The first day (UTC) that begins with the whole grace over.
    pub fn over_on(self, since: Timestamp) -> Date {
        let end = since
            .to_zoned(TimeZone::UTC)
            .saturating_add(i64::from(self.0).days());
        match end.time() == Time::midnight() {
            true => end.date(),
            false => end.date().tomorrow().unwrap_or(Date::MAX),
        }
    }
}

impl fmt::Display for Grace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => out.write_str("1 day"),
            days => write!(out, "{days} days"),
        }
    }
}

/// When an account went off, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeactivatedSince {
    /// The time.
    pub at: Timestamp,
    /// What happened then.
    pub how: How,
}

/// What is known to have happened at the time of an [`DeactivatedSince`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// An apply switched the account off.
    SwitchedOff,
    /// An apply saw for the first time that it is off; it went off some time before.
    Seen,
}

impl DeactivatedSince {
    /// The day, as in "off {since 2026-01-05}".
    pub fn day_in_words(&self) -> String {
        let day = self.at.to_zoned(TimeZone::UTC).date();
        match self.how {
            How::SwitchedOff => format!("since {day}"),
            How::Seen => format!("since before {day}"),
        }
    }

    /// The time in whole seconds, as in "deactivated {since 2026-01-05T02:00:00Z}".
    pub fn time_in_words(&self) -> String {
        let at = Timestamp::from_second(self.at.as_second()).unwrap_or(self.at);
        match self.how {
            How::SwitchedOff => format!("since {at}"),
            How::Seen => format!("since before {at}"),
        }
    }
}

/// What tells an account apart over time: its id where the vendor has ids, else its e-mail key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// An id; no other account ever gets it.
    Id(Box<str>),
    /// An e-mail key.
    Email(EmailKey<'static>),
}

impl Who {
    /// Whom an id and an e-mail stand for.
    pub fn of(id: Option<&str>, email: &str) -> Self {
        match id {
            Some(id) => Self::Id(id.into()),
            None => Self::Email(EmailKey::of(email).into_owned()),
        }
    }

    /// Whom an account stands for.
    pub fn account(account: &Account) -> Self {
        Self::of(account.id.as_deref(), &account.email)
    }

    /// Whom an action is about.
    pub fn subject(action: &Action) -> Self {
        Self::of(action.id.as_deref(), &action.key().email)
    }
}

/// One account that is off as the roster wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its e-mail, for people who read the file.
    pub email: Box<str>,
    /// Since when.
    pub since: DeactivatedSince,
}

/// The accounts of one vendor that are off as the roster wants it.
pub type Entries = BTreeMap<Who, Entry>;

/// What a plan knows about accounts that are off.
#[derive(Debug, Clone)]
pub struct DeactivationHistory {
    /// The entries, or why they cannot be used.
    pub known: Result<Entries, String>,
    /// The earlier one of today and the day of the plan: a grace has to be over on both.
    /// `None`: no grace is ever over.
    pub day: Option<Date>,
    /// Where the plan is for another day: e-mail keys of people who are no leavers today, whatever
    /// they are on that day.
    pub here_today: BTreeSet<EmailKey<'static>>,
}

impl Default for DeactivationHistory {
    fn default() -> Self {
        Self {
            known: Ok(Entries::new()),
            day: None,
            here_today: BTreeSet::new(),
        }
    }
}

impl DeactivationHistory {
    /// What a plan for the day `on` goes by that is made `today`. `desired` is what the roster asks
    /// today.
    pub fn new(known: Result<Entries, String>, on: Date, today: Date, desired: &Desired) -> Self {
        let here = match on == today {
            true => BTreeSet::new(),
            false => {
                let here = desired.person_keys().filter(|it| !is_leaver(it.access));
                here.map(|it| EmailKey::of(it.email).into_owned()).collect()
            }
        };
        Self {
            known,
            day: Some(on.min(today)),
            here_today: here,
        }
    }

    /// Since when an account is off, if that is known.
    pub fn since(&self, account: &Account) -> Option<DeactivatedSince> {
        let entry = self.known.as_ref().ok()?.get(&Who::account(account))?;
        Some(entry.since)
    }

    /// Whether this person left for good: on the day of the plan, and today.
    pub fn has_left(&self, want: &PersonKey<'_>) -> bool {
        is_leaver(want.access) && !self.here_today.contains(&EmailKey::of(want.email))
    }
}

/// Somebody who should have had access and must not have it now. Who has not started yet never
/// had any.
pub fn is_leaver(access: Access) -> bool {
    match access {
        Access::Left | Access::Ended(_) | Access::Excluded => true,
        Access::Granted | Access::NotYet(_) => false,
    }
}
