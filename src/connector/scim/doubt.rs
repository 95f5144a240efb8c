//! What a run learns of memberships after an action has ended: somebody was taken out of a group by
//! another change, or a list leaves people out, so that it proves of nobody that they are not in it.

use std::collections::{BTreeMap, BTreeSet};

use super::Scim;
use super::group_ways::MemberFilter;
use super::groups::Groups;
use super::wire::Resource;
use crate::model::action::ActionKind;
use crate::model::few::FEW;
use crate::model::outcome::Outcome;
use crate::model::value::Value;

impl Scim {
    /// Which of these outcomes, by place, claim memberships that this run took away or cannot know.
    pub(super) fn doubted(&self, applied: &[&Outcome]) -> Vec<(usize, String)> {
        if self.groups_on_user() {
            return Vec::new();
        }
        let doubts = self.of_groups(|groups| {
            let unproved = self.unproved(groups);
            let found = applied.iter().enumerate().filter_map(|(place, outcome)| {
                Some((place, self.doubt(outcome, groups, &unproved)?))
            });
            found.collect()
        });
        doubts.unwrap_or_default()
    }

    /// Why the memberships that an outcome claims are in doubt, if they are.
    fn doubt(
        &self,
        outcome: &Outcome,
        groups: &Groups,
        unproved: &BTreeSet<String>,
    ) -> Option<String> {
        let mut changes = outcome.action.changes.iter();
        let change = changes.find(|it| it.attribute == "groups")?;
        let user = outcome.id.as_deref()?;
        let ids = |value: Option<&Value>| -> BTreeSet<String> {
            let names = value.and_then(Value::as_set).unwrap_or_default().iter();
            let found = names.filter_map(|it| groups.directory.lookup(it).ok());
            found.map(|it| it.id.to_string()).collect()
        };
        let wanted = ids(Some(&change.after));
        let named = |ids: Vec<&String>| {
            let names = ids.iter().map(|it| self.group_name(it));
            names.collect::<Vec<_>>().join(", ")
        };
        let has = |of: &BTreeMap<String, BTreeSet<String>>, group: &String| {
            of.get(group).is_some_and(|users| users.contains(user))
        };
        let all = self.memberships.lost();
        let lost: Vec<&String> = wanted.iter().filter(|it| has(&all, it)).collect();
        if !lost.is_empty() {
            return Some(format!(
                "another change of this run took them out of {}, and they could not be brought \
                 back; put them back by hand",
                named(lost)
            ));
        }
        // Nobody has put a new user anywhere else.
        if outcome.action.kind == ActionKind::Create {
            return None;
        }
        let left = self
            .additive()
            .then(|| &ids(change.before.as_ref()) & unproved);
        let inherited = groups.inherited.get(user);
        let seen = self.memberships.left();
        let unknown = left.as_ref().unwrap_or(unproved).difference(&wanted);
        let mut unknown = unknown
            .filter(|it| !has(&seen, it))
            .filter(|it| inherited.is_none_or(|inherited| !inherited.contains(*it)));
        // There may be as many groups as outcomes.
        let first: Vec<&String> = unknown.by_ref().take(FEW).collect();
        let others = if unknown.next().is_some() {
            " and others"
        } else {
            ""
        };
        (!first.is_empty()).then(|| {
            format!(
                "perhaps still in {}{others}: lists of members leave people out here, and nothing \
                 else shows who is in a group",
                named(first)
            )
        })
    }

    /// Groups whose lists prove of nobody that they are not in them, once this run has seen a list
    /// that leaves people out: those that show as many as the longest, or more.
    fn unproved(&self, groups: &Groups) -> BTreeSet<String> {
        let shows = &groups.shows;
        let works = self.learnt().member_filter == MemberFilter::Works;
        if !shows.doubted || shows.own || shows.asked || works {
            return BTreeSet::new();
        }
        let long = shows
            .lengths
            .iter()
            .filter(|(group, length)| **length >= shows.longest && !shows.whole.contains(*group));
        long.map(|(group, _)| group.clone()).collect()
    }

    /// Learns from a group, as it is behind a call, who was in it and had not been shown; `known`:
    /// who may be in it as far as anybody knew.
    pub(super) fn learn_turned_up(&self, group: &str, known: &BTreeSet<String>, now: &Resource) {
        self.learn_groups(|groups| {
            let shown = groups.shown(now);
            for user in shown.keys().filter(|it| !known.contains(*it)) {
                if groups.of.knows(user) {
                    groups.shows.doubted |= groups.of.join(user, [group.to_owned()]);
                }
            }
        });
    }

    /// Learns that nothing shows somebody in a group who was taken in.
    pub(super) fn learn_unshown(&self) {
        self.learn_groups(|groups| groups.shows.doubted = true);
    }
}
