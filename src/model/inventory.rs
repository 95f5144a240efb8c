//! Inventories: who had which rights at a vendor, as one complete read showed it. Plain data, the
//! difference between two of them, and the form in which the state keeps them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::note::ReadProof;
use super::value::Value;
use crate::model::email::EmailKey;

/// The number in `format`.
pub const FORMAT: u32 = 1;

/// Attributes that carry rights, as the vendor showed them; `None` is its `null`.
pub type Rights = BTreeMap<Box<str>, Option<Value>>;

/// When accounts were last used, by [`Holder::key`].
pub type LastLogins = BTreeMap<Box<str>, Timestamp>;

/// One account of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The vendor's id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// The account's e-mail, in the vendor's spelling.
    pub email: Box<str>,
    /// The person of the roster; absent where the roster names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Box<str>>,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// What it may do.
    pub rights: Rights,
}

impl Holder {
    /// What tells it from every other account of its vendor.
    pub fn key(&self) -> Box<str> {
        key(self.id.as_deref(), &self.email)
    }

    /// Whether it goes by that address, at the vendor or in the roster.
    pub fn is_of(&self, person: &EmailKey<'_>) -> bool {
        let mut names = std::iter::once(&self.email).chain(&self.person);
        names.any(|name| EmailKey::of(name) == *person)
    }
}

/// What tells an account from every other one of its vendor: the id, or else the e-mail.
pub fn key(id: Option<&str>, email: &str) -> Box<str> {
    match id {
        Some(id) => format!("id {id}").into(),
        None => EmailKey::of(email).into(),
    }
}

/// What makes an administrator: by attribute, the words that it has to hold, in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AdminWords(pub BTreeMap<Box<str>, BTreeSet<Box<str>>>);

impl AdminWords {
    /// Whether an account with these rights is an administrator, be it switched on or off.
    pub fn make(&self, rights: &Rights) -> bool {
        self.0.iter().any(|(attribute, words)| {
            let is = |word: &str| words.contains(&*word.to_ascii_lowercase());
            match rights.get(attribute).and_then(Option::as_ref) {
                Some(Value::Flag(flag)) => is(if *flag { "true" } else { "false" }),
                Some(Value::Text(text)) => is(text),
                Some(Value::Set(items)) => items.iter().any(|item| is(item)),
                None => false,
            }
        })
    }
}

/// Who had which rights at a vendor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Whose accounts these are.
    pub place: Box<str>,
    /// What makes an administrator there.
    pub admins: AdminWords,
    /// The accounts, by [`Holder::key`].
    pub holders: BTreeMap<Box<str>, Holder>,
}

impl Inventory {
    /// What two equal inventories share.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// What makes this one of an earlier one.
    pub fn since(&self, earlier: &Self, at: Timestamp, proof: ReadProof) -> Step {
        let holders = self.holders.iter();
        let changed = holders.filter(|(key, it)| earlier.holders.get(&***key) != Some(*it));
        let gone = earlier.holders.keys();
        Step {
            at,
            proof,
            place: (self.place != earlier.place).then(|| self.place.clone()),
            admins: (self.admins != earlier.admins).then(|| self.admins.clone()),
            set: changed.map(|(_, holder)| holder.clone()).collect(),
            gone: gone
                .filter(|key| !self.holders.contains_key(*key))
                .cloned()
                .collect(),
        }
    }

    /// Goes one step on.
    pub fn take(&mut self, step: &Step) {
        let Step {
            at: _,
            proof: _,
            place,
            admins,
            set,
            gone,
        } = step;
        if let Some(place) = place {
            self.place = place.clone();
        }
        if let Some(admins) = admins {
            self.admins = admins.clone();
        }
        for key in gone {
            self.holders.remove(key);
        }
        let set = set.iter().map(|it| (it.key(), it.clone()));
        self.holders.extend(set);
    }
}

/// What differed between one kept read and the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When the later one was read.
    pub at: Timestamp,
    /// Why that read was complete.
    pub proof: ReadProof,
    /// Whose accounts these are from then on, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<str>>,
    /// What makes an administrator from then on, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admins: Option<AdminWords>,
    /// Accounts that came or changed, as they are from then on.
    pub set: Vec<Holder>,
    /// Keys of accounts that were not there any more.
    pub gone: Vec<Box<str>>,
}

impl Step {
    /// Whether nothing differed.
    pub fn is_empty(&self) -> bool {
        self.place.is_none() && self.admins.is_none() && self.set.is_empty() && self.gone.is_empty()
    }
}

/// The first inventory of a month, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was read.
    pub at: Timestamp,
    /// Why that read was complete.
    pub proof: ReadProof,
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Whose accounts these are.
    pub place: Box<str>,
    /// What makes an administrator there.
    pub admins: AdminWords,
    /// The accounts.
    pub accounts: Vec<Holder>,
}

impl Whole {
    /// The form in which an inventory is kept.
    pub fn of(inventory: &Inventory, at: Timestamp, proof: ReadProof) -> Self {
        let Inventory {
            kind,
            place,
            admins,
            holders,
        } = inventory;
        Self {
            format: FORMAT,
            at,
            proof,
            kind: kind.clone(),
            place: place.clone(),
            admins: admins.clone(),
            accounts: holders.values().cloned().collect(),
        }
    }

    /// The inventory.
    pub fn inventory(&self) -> Inventory {
        let holders = self.accounts.iter().map(|it| (it.key(), it.clone()));
        Inventory {
            kind: self.kind.clone(),
            place: self.place.clone(),
            admins: self.admins.clone(),
            holders: holders.collect(),
        }
    }
}

/// The rest of a month: one step for each day on which something differed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// [`FORMAT`].
    pub format: u32,
    /// What led from the month before to this month's first inventory; absent where there was none
    /// before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridge: Option<Step>,
    /// By time.
    pub days: Vec<Step>,
}

/// What is kept of one month of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Its first inventory.
    pub first: Whole,
    /// What came after.
    pub steps: Vec<Step>,
}

impl Month {
    /// A month that begins with this inventory.
    pub fn begin(inventory: &Inventory, at: Timestamp, proof: ReadProof) -> Self {
        Self {
            first: Whole::of(inventory, at, proof),
            steps: Vec::new(),
        }
    }

    /// The last inventory.
    pub fn last(&self) -> Inventory {
        self.before(None)
    }

    /// The inventory that counts before a day; `None`: the last one.
    fn before(&self, day: Option<Date>) -> Inventory {
        let mut inventory = self.first.inventory();
        let steps = self.steps.iter();
        let earlier = steps.take_while(|step| day.is_none_or(|day| day_of(step.at) < day));
        earlier.for_each(|step| inventory.take(step));
        inventory
    }

    /// Adds what a read showed, if it differs from the last one. Of a day the last one counts.
    /// Tells whether there is something new to keep.
    pub fn add(&mut self, inventory: &Inventory, at: Timestamp, proof: ReadProof) -> bool {
        if self.last() == *inventory {
            return false;
        }
        let day = day_of(at);
        if day_of(self.first.at) >= day {
            self.first = Whole::of(inventory, at, proof);
            self.steps.clear();
            return true;
        }
        let step = inventory.since(&self.before(Some(day)), at, proof);
        self.steps.retain(|it| day_of(it.at) < day);
        if !step.is_empty() {
            self.steps.push(step);
        }
        true
    }
}

/// What is known of a stretch of days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// What counted at its beginning, and when that was read.
    pub start: Option<(Inventory, Timestamp)>,
    /// What differed since, by time. The first one is from nothing where there is no beginning.
    pub steps: Vec<Step>,
}

/// The day of a time, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::OwnSeen;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn proof() -> ReadProof {
        ReadProof {
            accounts: 1,
            pages: 1,
            counted: None,
            own: OwnSeen::Seen,
        }
    }

    fn inventory(pairs: &[(&str, &str)]) -> Inventory {
        let words = BTreeSet::from([Box::from("admin")]);
        let holders = pairs.iter().map(|(id, role)| {
            let holder = Holder {
                id: Some((*id).into()),
                email: format!("{id}@x.com").into(),
                person: None,
                off: false,
                rights: Rights::from([("role".into(), Some(Value::text(*role)))]),
            };
            (holder.key(), holder)
        });
        Inventory {
            kind: "acme".into(),
            place: "https://acme.example".into(),
            admins: AdminWords(BTreeMap::from([("role".into(), words)])),
            holders: holders.collect(),
        }
    }

    #[test]
    fn steps_lead_from_one_inventory_to_the_next() {
        let before = inventory(&[("1", "user"), ("2", "user")]);
        let after = inventory(&[("2", "admin"), ("3", "user")]);
        let step = after.since(&before, at("2026-01-05T02:00:00Z"), proof());
        assert_eq!((step.set.len(), step.gone.len()), (2, 1));
        let mut taken = before.clone();
        taken.take(&step);
        assert_eq!(taken, after);
        assert!(after.since(&after, step.at, proof()).is_empty());
        let admins: Vec<bool> = after
            .holders
            .values()
            .map(|it| after.admins.make(&it.rights))
            .collect();
        assert_eq!(admins, [true, false]);
    }

    #[test]
    fn of_a_day_the_last_read_counts() {
        let states = [
            inventory(&[("1", "user")]),
            inventory(&[("1", "admin")]),
            inventory(&[("2", "admin")]),
        ];
        let mut month = Month::begin(&states[0], at("2026-01-05T02:00:00Z"), proof());
        assert!(!month.add(&states[0], at("2026-01-06T02:00:00Z"), proof()));
        assert!(month.add(&states[1], at("2026-01-07T02:00:00Z"), proof()));
        assert!(month.add(&states[2], at("2026-01-07T12:00:00Z"), proof()));
        assert_eq!((month.steps.len(), month.last()), (1, states[2].clone()));
        assert_eq!(month.steps[0].gone.len(), 1, "against the day before");
        // Back to what it was: the day is no change at all.
        assert!(month.add(&states[0], at("2026-01-07T20:00:00Z"), proof()));
        assert_eq!((month.steps.len(), month.last()), (0, states[0].clone()));
    }

    #[test]
    fn what_is_kept_reads_back_and_plain_accounts_are_short() {
        let month = Month::begin(
            &inventory(&[("1", "user")]),
            at("2026-01-05T02:00:00Z"),
            proof(),
        );
        let text = serde_json::to_string(&month.first).unwrap();
        assert!(
            text.contains(r#"{"id":"1","email":"1@x.com","rights":{"role":"user"}}"#),
            "{text}"
        );
        let back: Whole = serde_json::from_str(&text).unwrap();
        assert_eq!(back, month.first);
    }
}
