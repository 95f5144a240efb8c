//! Memberships by filter, for what groups do not show: who is in them, and that nobody else is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Scim;
use super::group_ways::MemberFilter;
use super::groups::Groups;
use super::setting;
use super::wire::{Page, equals};
use crate::http::{Call, HttpError};
use crate::model::email::EmailKey;

/// So many people who should be in a group and are not shown there are asked for, before the list
/// is taken as whole.
const ASKED: usize = 3;

/// So many people are asked for at most, to prove that a group has no other members.
const MOST: usize = 1_000;

impl Scim {
    /// Asks by filter for people who should be in a group that does not show them, and, where a
    /// group turns out to show only some, for everybody whom the roster manages.
    pub(super) async fn ask_for_members(&self, found: &mut Groups) -> Result<(), HttpError> {
        let known = self.known();
        if found.shows.own || found.directory.entries().is_empty() {
            return Ok(());
        }
        let mut managed: Vec<(&String, BTreeSet<String>)> = Vec::new();
        for (id, email) in known.people.iter() {
            if let Some(wanted) = known.wanted.get(&EmailKey::of(email)) {
                let named = wanted
                    .iter()
                    .filter_map(|it| found.directory.lookup(it).ok());
                managed.push((id, named.map(|it| it.id.to_string()).collect()));
            }
        }
        managed.sort();
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let mut hit = false;
        // Where nothing else shows anybody in a group, the filter alone can.
        let unseen = !found.shows.members;
        for round in [false, true] {
            for (id, wanted) in &managed {
                let have = found.of.groups(id).cloned().unwrap_or_default();
                let mut open: Vec<&String> = wanted.difference(&have).collect();
                open.retain(|group| unseen || asked.get(*group).is_none_or(|it| *it < ASKED));
                // Everybody is asked for once somebody was found so.
                if !round && open.is_empty() && !unseen || round && (!hit || unseen) {
                    continue;
                }
                let Some(groups) = self.groups_by_filter(id).await? else {
                    return Ok(());
                };
                for group in open {
                    *asked.entry(group.clone()).or_default() += 1;
                }
                for group in groups.difference(&have) {
                    hit = true;
                    found.shows.cut.insert(group.clone());
                }
                found.shows.asked_for.insert((*id).clone());
                found.of.join(id, groups);
            }
        }
        Ok(())
    }

    /// What a plan has to say where nothing shows who is in any group, and somebody is to be in one.
    pub(super) fn unseen_members(&self, found: &Groups) -> Option<String> {
        let known = self.known();
        let wants = |(_, email): (_, &String)| {
            let wanted = known.wanted.get(&EmailKey::of(email));
            wanted.is_some_and(|it| !it.is_empty())
        };
        let shown = found.shows.members
            || found.shows.own
            || self.learnt().member_filter == MemberFilter::Works;
        (!shown && !self.groups_on_user() && known.people.iter().any(wants)).then(|| {
            "no read shows who is in a group: if nobody is, all is well; where the vendor hides it, \
             changes of groups end as unverified, and nobody can tell whether they take others out"
                .to_owned()
        })
    }

    /// Asks for everybody and for every group, once, before a group is changed whose members only a
    /// filter shows, or one that may hide some once changes were seen to take people out: who is taken
    /// out by the change could not be missed otherwise.
    pub(super) async fn ask_for_everybody(
        &self,
        group: &str,
        shown: &BTreeMap<String, Json>,
    ) -> Result<(), HttpError> {
        let harms = !self.learnt().groups.harms.is_empty();
        let unproved = harms && !self.knows_all(group, shown);
        let members = self.of_groups(|groups| {
            let shows = &groups.shows;
            let hidden = !shows.members || shows.cut.contains(group) || unproved;
            let again = shows.own || shows.asked || shows.asked_in_vain;
            let asks = hidden && !again && groups.of.all().len() <= MOST;
            let inner = groups
                .directory
                .entries()
                .iter()
                .map(|it| it.id.to_string());
            let users = groups.of.all().filter(|it| !shows.asked_for.contains(*it));
            asks.then(|| users.cloned().chain(inner).collect::<Vec<_>>())
        });
        let Some(members) = members.flatten() else {
            return Ok(());
        };
        if self.learnt().member_filter == MemberFilter::Untried {
            // Whether it is looked at at all.
            self.groups_by_filter("nobody-has-this-id").await?;
        }
        let looked_at = [MemberFilter::Works, MemberFilter::Unproved];
        if !looked_at.contains(&self.learnt().member_filter) {
            return Ok(());
        }
        for member in members {
            let Some(found) = self.groups_by_filter(&member).await? else {
                return Ok(());
            };
            if !found.is_empty() {
                self.learn_groups(|groups| _ = groups.of.join(&member, found));
            }
        }
        // A filter that has shown nobody proves nothing.
        let works = self.learnt().member_filter == MemberFilter::Works;
        self.learn_groups(|groups| match works {
            true => groups.shows.asked = true,
            false => groups.shows.asked_in_vain = true,
        });
        Ok(())
    }

    /// The groups that a filter shows for one user; `None`: filters by members do not work.
    pub(super) async fn groups_by_filter(
        &self,
        user: &str,
    ) -> Result<Option<BTreeSet<String>>, HttpError> {
        let said = self.known().discovered.filter != Some(false);
        if !self.settings.said(setting::FILTER).unwrap_or(said) {
            return Ok(None);
        }
        if self.learnt().member_filter == MemberFilter::Untried {
            // Nobody has this id, and a filter that works shows as much.
            let nobody = self
                .filter_groups("members.value", "nobody-has-this-id")
                .await?;
            let works = nobody.is_some_and(|groups| groups.is_empty());
            self.learnt().member_filter = match works {
                true => MemberFilter::Unproved,
                false => MemberFilter::No,
            };
        }
        if self.learnt().member_filter == MemberFilter::No {
            return Ok(None);
        }
        let groups = self.filter_groups("members.value", user).await?;
        let mut learnt = self.learnt();
        match &groups {
            None => learnt.member_filter = MemberFilter::No,
            Some(groups) if !groups.is_empty() => learnt.member_filter = MemberFilter::Works,
            Some(_) => {}
        }
        Ok(groups)
    }

    /// The ids of the groups that a filter shows; `None`: it is refused.
    pub(super) async fn filter_groups(
        &self,
        attribute: &str,
        text: &str,
    ) -> Result<Option<BTreeSet<String>>, HttpError> {
        let mut found = BTreeSet::new();
        loop {
            let call = Call::get("find groups", self.groups_path());
            let mut call = call.query("filter", equals(attribute, text));
            if !found.is_empty() {
                call = call.query("startIndex", found.len() + 1);
            }
            let page = match self.send(call).await {
                Ok(reply) => reply.json::<Json>().map(Page::of),
                Err(error)
                    if !error.is_throttled() && error.status().is_some_and(|it| it != 401) =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let Ok(Ok(page)) = page else {
                return Ok(None);
            };
            let before = found.len();
            let total = page.total;
            found.extend(page.resources().filter_map(|it| it.id()));
            let all =
                total.is_none_or(|total| u64::try_from(found.len()).is_ok_and(|it| it >= total));
            if found.len() == before || all {
                return Ok(Some(found));
            }
        }
    }

    /// Whether the list that a group shows is proved to be whole: by what users show, by a longer
    /// list of another group, or by a filter that finds nobody else.
    pub(super) async fn is_whole(
        &self,
        group: &str,
        shown: &BTreeMap<String, Json>,
    ) -> Result<bool, HttpError> {
        let seen = self.of_groups(|groups| {
            let missing = groups.of.users(group).any(|it| !shown.contains_key(it));
            let shows = &groups.shows;
            let no = missing || shows.cut.contains(group) || !groups.is_complete();
            // What users show proves nothing of groups in the group.
            let own = shows.own && shows.members;
            let yes = own || shows.whole.contains(group) || shown.len() < shows.longest;
            (no, yes)
        });
        let proved = match seen {
            None | Some((true, _)) => false,
            Some((false, true)) => true,
            Some((false, false)) => self.filter_finds_nobody_else(group, shown).await?,
        };
        if proved {
            self.learn_groups(|groups| {
                groups.shows.whole.insert(group.to_owned());
            });
        }
        Ok(proved)
    }

    async fn filter_finds_nobody_else(
        &self,
        group: &str,
        shown: &BTreeMap<String, Json>,
    ) -> Result<bool, HttpError> {
        let seen = self.of_groups(|groups| {
            let name = groups.directory.display_id(group).to_owned();
            let inside = shown.keys().filter(|it| groups.of.knows(it));
            let inside: Vec<String> = inside.cloned().collect();
            // Nobody need be looked at where too many are.
            (groups.of.all().len() - inside.len() <= MOST).then(|| {
                let outside = groups.of.all().filter(|it| !shown.contains_key(*it));
                (name, inside, outside.cloned().collect::<Vec<_>>())
            })
        });
        let Some((name, inside, outside)) = seen.flatten() else {
            return Ok(false);
        };
        // That filters are looked at: groups are found by their names and by nobody's id.
        if self.groups_by_filter("nobody-has-this-id").await?.is_none() {
            return Ok(false);
        }
        match self.filter_groups("displayName", &name).await? {
            Some(found) if found.contains(group) && found.len() < 2 => {}
            _ => return Ok(false),
        }
        for user in &outside {
            match self.groups_by_filter(user).await? {
                Some(found) if !found.contains(group) => {}
                Some(_) => {
                    self.learn_groups(|groups| {
                        groups.shows.cut.insert(group.to_owned());
                    });
                    return Ok(false);
                }
                None => return Ok(false),
            }
        }
        // Somebody who is shown has to be found the same way.
        match inside.first() {
            Some(user) => {
                let found = self.groups_by_filter(user).await?;
                Ok(found.is_some_and(|it| it.contains(group)))
            }
            None => Ok(true),
        }
    }
}
