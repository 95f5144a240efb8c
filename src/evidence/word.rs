//! The roster's word: from one state of it to the next, who lost access where, by which commit and
//! from which day on; and which rules changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::end_of;
use crate::model::attention::RuleChange;
use crate::model::email::EmailKey;
use crate::model::inventory::day_of;
use crate::roster::history::departed::Listed;
use crate::roster::listed;
use crate::roster::model::{self, Roster};

/// A commit of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Its whole hash.
    pub hash: Box<str>,
    /// When it was committed.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Box<str>,
    /// The first line of its message.
    pub subject: Box<str>,
}

impl Commit {
    /// The first digits of its hash.
    pub fn short(&self) -> &str {
        self.hash.get(..10).unwrap_or(&self.hash)
    }
}

/// That somebody should have no access any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The person's last e-mail.
    pub email: Box<str>,
    /// Every address that they had.
    pub keys: BTreeSet<EmailKey<'static>>,
    /// The vendor.
    pub vendor: Box<str>,
    /// The commit that said it.
    pub commit: Commit,
    /// The last day with access, where the roster gave one.
    pub last_day: Option<Date>,
    /// From then on there should be no access.
    pub due: Timestamp,
    /// When the roster gave access again, if it did.
    pub until: Option<Timestamp>,
}

/// Rules that one commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The commit.
    pub commit: Commit,
    /// What it changed.
    pub changes: Vec<RuleChange>,
}

/// Who has access where by the roster, and by which commit.
#[derive(Debug, Default)]
pub struct Words {
    /// By e-mail key and vendor, what was last seen of them.
    now: BTreeMap<EmailKey<'static>, Person>,
    /// What was said.
    pub words: Vec<Word>,
    /// Rules that changed.
    pub rules: Vec<Rules>,
    /// Commits whose roster could not be read whole, and why.
    pub unread: Vec<(Commit, String)>,
}

#[derive(Debug, Clone, Default)]
struct Person {
    email: Box<str>,
    keys: BTreeSet<EmailKey<'static>>,
    vendors: BTreeSet<Box<str>>,
    /// The last day, and the commit that gave it.
    ends: Option<(Date, Commit)>,
}

type People = BTreeMap<EmailKey<'static>, Person>;

impl Words {
    /// Takes the next state, the oldest first; it counts until `until`.
    pub fn state(&mut self, commit: &Commit, roster: &Roster, until: Timestamp) {
        let (first, last) = (day_of(commit.at), day_of(until));
        let next = self.people(roster, first, commit);
        self.compare(next, commit);
        // Days with access that end while this state counts.
        let ends = self.now.values().filter_map(|it| it.ends.as_ref());
        if ends.clone().any(|(day, _)| first <= *day && *day < last) {
            let next = self.people(roster, last, commit);
            self.compare(next, commit);
        }
    }

    /// Whom a state lists, with where they have access on a day.
    fn people(&self, roster: &Roster, day: Date, commit: &Commit) -> People {
        let listed = listed(roster, day, day);
        let people = roster.people.iter().zip(&listed);
        let of = |(person, listed): (&model::Person, &Listed)| {
            let key = listed.keys.first()?.clone();
            let before = self.now.get(&key).and_then(|it| it.ends.as_ref());
            let ends = person.ends.as_ref().map(|ends| {
                let same = before.filter(|(day, _)| *day == ends.value);
                let by = same.map_or(commit, |(_, by)| by);
                (ends.value, by.clone())
            });
            let person = Person {
                email: listed.emails.first()?.clone(),
                keys: listed.keys.iter().cloned().collect(),
                vendors: listed.access.iter().cloned().collect(),
                ends,
            };
            Some((key, person))
        };
        people.filter_map(of).collect()
    }

    fn compare(&mut self, next: People, commit: &Commit) {
        // Whoever was renamed is found by an address of before.
        let mut renamed: BTreeMap<&EmailKey<'static>, &EmailKey<'static>> = BTreeMap::new();
        for (key, person) in &next {
            let former = person.keys.iter().filter(|it| *it != key);
            renamed.extend(former.map(|it| (it, key)));
        }
        for person in next.values() {
            for word in &mut self.words {
                let back = word.until.is_none()
                    && person.vendors.contains(&word.vendor)
                    && person.keys.iter().any(|it| word.keys.contains(it));
                if back {
                    word.until = Some(commit.at);
                }
            }
        }
        for (key, before) in &self.now {
            let now = next.get(key).or_else(|| next.get(*renamed.get(key)?));
            let nothing = BTreeSet::new();
            let vendors = now.map_or(&nothing, |it| &it.vendors);
            for vendor in before.vendors.difference(vendors) {
                // Without a word of the last day, it is the commit alone.
                let ended = now.and_then(|it| it.ends.as_ref());
                let (said, last_day, due) = match ended {
                    Some((day, by)) => (by, Some(*day), by.at.max(end_of(*day))),
                    None => (commit, None, commit.at),
                };
                let mut keys = before.keys.clone();
                keys.extend(now.iter().flat_map(|it| it.keys.iter().cloned()));
                self.words.push(Word {
                    email: now.map_or(&before.email, |it| &it.email).clone(),
                    keys,
                    vendor: vendor.clone(),
                    commit: said.clone(),
                    last_day,
                    due,
                    until: None,
                });
            }
        }
        self.now = next;
    }
}
