//! What changed at a vendor, and what made it change: inventories in the order in which they were
//! read, with the actions of runs in between.
//!
//! The actions are played on what was known before. What the next complete read shows otherwise was
//! made by nobody's run: that is drift, and it happened between two reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::action::{Action, ActionKind};
use crate::model::email::EmailKey;
use crate::model::inventory::{Holder, Inventory, Step, day_of};
use crate::model::outcome::Verdict;
use crate::model::value::Value;
use crate::state::journal::story;

/// One action of a run, with what became of it.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// The place of its run in the list of runs.
    pub run: usize,
    /// The action.
    pub action: &'a Action,
    /// The vendor's id, as far as it is known by the end.
    pub id: Option<&'a str>,
    /// When its last line was written.
    pub at: Timestamp,
    /// What became of it; `None`: nobody knows.
    pub verdict: Option<Verdict>,
    /// What there is to say about it.
    pub message: &'a str,
    /// Whether a write of it was sent.
    pub sent: bool,
}

impl Deed<'_> {
    /// Whether it did what it was to do.
    pub fn is_done(&self) -> bool {
        self.verdict == Some(Verdict::Applied)
    }
}

/// All actions of runs, by time.
pub fn deeds<'a>(runs: impl IntoIterator<Item = (usize, &'a story::Run)>) -> Vec<Deed<'a>> {
    let mut all = Vec::new();
    for (place, run) in runs {
        all.extend(run.steps.values().map(|step| {
            let outcome = step.outcome.as_ref();
            let settled = step.settled.as_ref();
            let verdict = match (outcome, settled) {
                (Some(outcome), _) => Some(outcome.outcome),
                (None, Some(settled)) if settled.happened => Some(Verdict::Applied),
                (None, Some(_)) => Some(Verdict::Skipped),
                (None, None) if step.sent == 0 => Some(Verdict::Skipped),
                (None, None) => None,
            };
            let said = outcome.map(|it| it.message.as_str());
            let said = said.or(settled.map(|it| it.message.as_str()));
            Deed {
                run: place,
                action: &step.action,
                id: outcome
                    .and_then(|it| it.id.as_deref())
                    .or(step.action.id.as_deref()),
                at: step.at,
                verdict,
                message: said.unwrap_or("the run was cut off in it"),
                sent: step.sent > 0,
            }
        }));
    }
    all.sort_by_key(|deed| deed.at);
    all
}

/// One attribute before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name; `account` for whether there is one, and whether it is on.
    pub attribute: Box<str>,
    /// What was there.
    pub before: String,
    /// What is there.
    pub after: String,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The account's e-mail.
    pub email: Box<str>,
    /// The vendor's id.
    pub id: Option<Box<str>>,
    /// The person of the roster.
    pub person: Option<Box<str>>,
    /// It happened after this; `None`: exactly at `at`.
    pub after: Option<Timestamp>,
    /// When it was done, or first seen.
    pub at: Timestamp,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Whether it made an administrator, or ended one.
    pub admin: Option<bool>,
    /// What made it change: an action, by its place; `None`: no run did.
    pub deed: Option<usize>,
}

/// One vendor in a stretch of days.
pub struct Timeline<'a> {
    /// What was known at its beginning, and when that was read.
    pub start: Option<(Inventory, Timestamp)>,
    /// What differed from one kept inventory to the next, by time.
    pub steps: &'a [Step],
    /// When the vendor was read completely, by time.
    pub reads: &'a [Timestamp],
}

/// An inventory with the actions of runs played on it.
struct Played {
    state: Inventory,
    /// Accounts of which a run may have changed more than is known, until the next read.
    loose: BTreeSet<Box<str>>,
    /// Accounts with an action of which nobody knows what it did, by its place.
    uncertain: BTreeMap<Box<str>, usize>,
    touched: BTreeSet<Box<str>>,
}

impl Timeline<'_> {
    /// Everything that changed at this vendor. `deeds` are those of the vendor, by time, each with its
    /// place.
    pub fn changes(&self, deeds: &[(usize, &Deed<'_>)]) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut kept = self.start.clone().map(|(inventory, _)| inventory);
        let mut played = Played::new(kept.clone().unwrap_or_default());
        let mut seen = self.start.as_ref().map(|(_, at)| *at);
        let (mut deeds, mut steps) = (deeds.iter().peekable(), self.steps.iter().peekable());
        for read in self.points() {
            while let Some((place, deed)) = deeds.next_if(|(_, deed)| deed.at <= read) {
                changes.extend(played.play(*place, deed, kept.is_some()));
            }
            let mut stepped: BTreeSet<Box<str>> = BTreeSet::new();
            let first = kept.is_none();
            let now = kept.get_or_insert_default();
            while let Some(step) = steps.next_if(|step| step.at <= read) {
                stepped.extend(step.set.iter().map(Holder::key));
                stepped.extend(step.gone.iter().cloned());
                now.take(step);
            }
            stepped.append(&mut played.touched);
            if !first {
                let found = stepped
                    .iter()
                    .filter_map(|key| played.drift(key, now, seen, read));
                changes.extend(found);
            }
            // What was read counts from here on.
            played.state.admins = now.admins.clone();
            for key in &stepped {
                match now.holders.get(key) {
                    Some(holder) => played.state.holders.insert(key.clone(), holder.clone()),
                    None => played.state.holders.remove(key),
                };
            }
            if first {
                played.state = now.clone();
            }
            played.loose.clear();
            played.uncertain.clear();
            seen = Some(read);
        }
        for (place, deed) in deeds {
            changes.extend(played.play(*place, deed, kept.is_some()));
        }
        changes.sort_by_key(|it| it.at);
        changes
    }

    /// The reads that can be compared with: of a day only the last one's inventory is kept.
    fn points(&self) -> Vec<Timestamp> {
        let mut last: BTreeMap<_, Timestamp> = BTreeMap::new();
        for step in self.steps {
            last.insert(day_of(step.at), step.at);
        }
        let kept = |at: &Timestamp| last.get(&day_of(*at)).is_none_or(|last| at >= last);
        let mut points: Vec<Timestamp> = self.reads.iter().copied().filter(kept).collect();
        points.extend(self.steps.iter().map(|it| it.at));
        points.sort_unstable();
        points.dedup();
        points
    }
}

/// Plays verified actions on an inventory, for what counted after it was read.
pub fn play(inventory: &Inventory, deeds: &[&Deed<'_>]) -> Inventory {
    let mut played = Played::new(inventory.clone());
    for (place, deed) in deeds.iter().enumerate() {
        played.play(place, deed, true);
    }
    played.state
}

impl Played {
    fn new(state: Inventory) -> Self {
        Self {
            state,
            loose: BTreeSet::new(),
            uncertain: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Whether an attribute carries rights, as far as inventories of this vendor have it. What does not
    /// is in none.
    fn is_right(&self, name: &str) -> bool {
        let mut holders = self.state.holders.values();
        self.state.admins.0.contains_key(name)
            || holders.any(|holder| holder.rights.contains_key(name))
    }

    /// Plays one action; what it changed, if it did or may have. Of what was never read, only the
    /// action itself tells.
    fn play(&mut self, place: usize, deed: &Deed<'_>, known: bool) -> Option<Change> {
        let Deed {
            run: _,
            action,
            id,
            at,
            verdict,
            message: _,
            sent,
        } = deed;
        let key = self.key_of(action, *id);
        if !matches!(verdict, Some(Verdict::Applied)) {
            if *sent {
                // The next read tells what of it happened.
                self.uncertain.insert(key.clone(), place);
                self.touched.insert(key);
            }
            return None;
        }
        let before = self.state.holders.get(&key).cloned();
        let was = before.as_ref().is_some_and(|it| self.is_admin(it));
        let after = self.after(action, *id, before.clone());
        let differences = told(action, before.as_ref());
        let will = after.as_ref().is_some_and(|it| self.is_admin(it));
        self.touched.insert(key.clone());
        if action.kind.removes() || before.is_none() {
            self.loose.insert(key.clone());
        }
        self.state.holders.remove(&key);
        if let Some(holder) = &after {
            let key = holder.key();
            self.touched.insert(key.clone());
            self.state.holders.insert(key, holder.clone());
        }
        let shown = after.or(before);
        let email = shown.as_ref().map(|it| it.email.clone());
        Some(Change {
            email: email.unwrap_or_else(|| action.email.clone()),
            id: id.map(Box::from),
            person: Some(action.email.clone()),
            after: None,
            at: *at,
            differences,
            admin: (known && was != will).then_some(will),
            deed: Some(place),
        })
    }

    fn is_admin(&self, holder: &Holder) -> bool {
        !holder.off && self.state.admins.make(&holder.rights)
    }

    /// The account that an action is about.
    fn key_of(&self, action: &Action, id: Option<&str>) -> Box<str> {
        let email = action.key().email;
        let key = crate::model::inventory::key(id, &email);
        if self.state.holders.contains_key(&key) {
            return key;
        }
        let wanted = EmailKey::of(&email);
        let mut holders = self.state.holders.iter();
        let same = holders.find(|(_, it)| EmailKey::of(&it.email) == wanted);
        same.map_or(key, |(key, _)| key.clone())
    }

    /// The account after an action.
    fn after(&self, action: &Action, id: Option<&str>, before: Option<Holder>) -> Option<Holder> {
        if action.kind == ActionKind::Delete {
            return None;
        }
        let mut holder = before.unwrap_or_else(|| Holder {
            id: id.map(Box::from),
            email: action.key().email,
            person: Some(action.email.clone()),
            off: false,
            rights: BTreeMap::new(),
        });
        holder.off = action.kind == ActionKind::Deactivate
            || (holder.off && action.kind == ActionKind::Update);
        for change in &action.changes {
            if change.attribute == "email"
                && let Value::Text(email) = &change.after
            {
                holder.email = email.as_str().into();
            }
            if self.is_right(&change.attribute) {
                let name = Box::from(&*change.attribute);
                holder.rights.insert(name, Some(change.after.clone()));
            }
        }
        Some(holder)
    }

    /// What a read shows of an account and what was played does not: no run made it, or one of which
    /// nobody knew what became of it.
    fn drift(
        &self,
        key: &str,
        now: &Inventory,
        after: Option<Timestamp>,
        at: Timestamp,
    ) -> Option<Change> {
        let (before, shown) = (self.state.holders.get(key), now.holders.get(key));
        let loose = self.loose.contains(key);
        let mut differences = Vec::new();
        let mut differs = |attribute: &str, before: String, after: String| {
            differences.push(Difference {
                attribute: attribute.into(),
                before,
                after,
            });
        };
        let state = |it: Option<&Holder>| match it {
            None => String::from("none"),
            Some(it) if it.off => String::from("switched off"),
            Some(_) => String::from("active"),
        };
        let (then, there) = (state(before), state(shown));
        if then != there && !(loose && shown.is_none_or(|it| it.off)) {
            differs("account", then, there);
        }
        if let Some(shown) = shown {
            if before.is_some_and(|it| EmailKey::of(&it.email) != EmailKey::of(&shown.email)) {
                let before = before.map(|it| it.email.to_string());
                differs("email", before.unwrap_or_default(), shown.email.to_string());
            }
            let nothing = BTreeMap::new();
            let rights = before.map_or(&nothing, |it| &it.rights);
            for (name, value) in &shown.rights {
                let before = rights.get(name);
                let new = before.is_none() && self.state.holders.contains_key(key);
                if !loose && !new && before != Some(value) {
                    let words = |it: Option<&Value>| super::table::value(it);
                    let before = before.and_then(Option::as_ref);
                    differs(name, words(before), words(value.as_ref()));
                }
            }
        }
        if differences.is_empty() {
            return None;
        }
        let was = before.is_some_and(|it| self.is_admin(it));
        let is = shown.is_some_and(|it| !it.off && now.admins.make(&it.rights));
        let holder = shown.or(before)?;
        Some(Change {
            email: holder.email.clone(),
            id: holder.id.clone(),
            person: holder.person.clone(),
            after,
            at,
            differences,
            admin: (was != is).then_some(is),
            deed: self.uncertain.get(key).copied(),
        })
    }
}

/// What an action changed, in words.
fn told(action: &Action, before: Option<&Holder>) -> Vec<Difference> {
    let state = |off: bool| String::from(if off { "switched off" } else { "active" });
    let was = before.map_or_else(|| String::from("none"), |it| state(it.off));
    let became = match action.kind {
        ActionKind::Create => Some(("none".to_owned(), state(false))),
        ActionKind::Deactivate => Some(("active".to_owned(), state(true))),
        ActionKind::Reactivate => Some(("switched off".to_owned(), state(false))),
        ActionKind::Delete => Some((was, "none".to_owned())),
        ActionKind::Update => None,
    };
    let account = became.map(|(before, after)| Difference {
        attribute: "account".into(),
        before,
        after,
    });
    let changes = action.changes.iter().map(|change| Difference {
        attribute: (*change.attribute).into(),
        before: super::table::value(change.before.as_ref()),
        after: super::table::value(Some(&change.after)),
    });
    account.into_iter().chain(changes).collect()
}

#[cfg(test)]
mod tests;
