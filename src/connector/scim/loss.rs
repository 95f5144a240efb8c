//! Who is in a group after a call, who was taken out of it that should not have been, and how they
//! are brought back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Scim;
use super::group_batches::Wish;
use super::group_ways::MemberFilter;
use super::membership::Tried;
use super::wire::{Resource, flag, key_of, patch};
use crate::http::{Call, HttpError, segment};

/// So many people are looked up one by one; more of them are read as a list, where that takes fewer
/// calls.
const SINGLE_READS: usize = 30;

/// About so many people come with one page of a list.
const PAGE: usize = 100;

impl Scim {
    /// Whether a user is in a group, by whatever shows it; `None`: nothing does. `now` is whom the
    /// group shows.
    pub(super) async fn is_in(
        &self,
        group: &str,
        wish: &Wish,
        now: Option<&BTreeMap<String, Json>>,
    ) -> Result<Option<bool>, HttpError> {
        let Some(now) = now else {
            // A group that is gone has nobody in it.
            return Ok(Some(false));
        };
        let seen = self.of_groups(|groups| {
            let shown = now.contains_key(&wish.user);
            let shows = groups.shows.members && !groups.shows.cut.contains(group);
            (shown, shows, groups.shows.own)
        });
        let Some((shown, shows, own)) = seen else {
            return Ok(None);
        };
        if shown || (shows && !wish.inside) {
            return Ok(Some(shown));
        }
        let works = self.learnt().member_filter == MemberFilter::Works;
        if own || !works {
            let Some(user) = self.user_by_id(&wish.user).await? else {
                return Ok(Some(false));
            };
            if own || user.get("groups").is_some() {
                let inside = self.own_groups(&user).contains(group);
                self.learn_shown(group, inside, true);
                return Ok(Some(inside));
            }
        }
        let found = self.groups_by_filter(&wish.user).await?;
        let works = self.learnt().member_filter == MemberFilter::Works;
        Ok(match found {
            Some(found) if found.contains(group) => {
                self.learn_shown(group, true, false);
                Some(true)
            }
            Some(_) if works => Some(false),
            _ => shows.then_some(false),
        })
    }

    /// Takes note that something else than the group shows its members.
    fn learn_shown(&self, group: &str, inside: bool, own: bool) {
        self.learn_groups(|groups| {
            groups.shows.own |= own;
            if inside && groups.shows.members {
                groups.shows.cut.insert(group.to_owned());
            }
        });
    }

    /// Whether all members of the group are known, shown there or not.
    pub(super) fn knows_all(&self, group: &str, shown: &BTreeMap<String, Json>) -> bool {
        let knows = self.of_groups(|groups| {
            let shows = &groups.shows;
            let all = || groups.of.users(group).all(|it| shown.contains_key(it));
            groups.is_complete()
                && (shows.whole.contains(group)
                    || shown.len() < shows.longest
                    || shows.asked
                    || shows.own && (shows.members && all() || groups.has_no_inner(group)))
        });
        knows.unwrap_or_default()
    }

    /// Whether all members of a group are known: as it was shown `before`, or as it is now and with
    /// those who were lost.
    fn is_known_with(
        &self,
        group: &str,
        lost: &BTreeSet<String>,
        before: &BTreeMap<String, Json>,
        now: &Resource,
    ) -> bool {
        let shown = self.of_groups(|groups| groups.shown(now));
        let mut shown = shown.unwrap_or_default();
        let short =
            self.of_groups(|groups| groups.is_complete() && shown.len() < groups.shows.longest);
        shown.extend(lost.iter().map(|it| (it.clone(), Json::Null)));
        short.unwrap_or_default() || self.knows_all(group, before) || self.knows_all(group, &shown)
    }

    /// Who should have stayed in a group and is not there any more. Who is gone altogether is not
    /// lost to the group.
    pub(super) async fn lost(
        &self,
        group: &str,
        stay: &BTreeSet<String>,
        before: &BTreeMap<String, Json>,
        now: &Resource,
    ) -> Result<BTreeSet<String>, HttpError> {
        let seen = self.of_groups(|groups| {
            let pages = groups.of.all().len() / PAGE;
            (groups.shown(now), groups.shows.own, pages)
        });
        let Some((shown, shows_own, pages)) = seen else {
            return Ok(BTreeSet::new());
        };
        let missing: Vec<&String> = stay.iter().filter(|it| !shown.contains_key(*it)).collect();
        let hidden = missing
            .iter()
            .filter(|it| !before.contains_key(**it))
            .count();
        let mut own = BTreeMap::new();
        if hidden > SINGLE_READS.max(pages) && shows_own {
            let listed = self.list("list users", &self.users()).await;
            for user in unless_over(listed.map(|it| it.resources))?.unwrap_or_default() {
                own.insert(user.id().unwrap_or_default(), self.own_groups(&user));
            }
        }
        let mut lost = BTreeSet::new();
        for user in missing {
            if let Some(own) = own.get(user) {
                if !own.contains(group) {
                    lost.insert(user.clone());
                }
                continue;
            }
            let wish = Wish {
                user: user.clone(),
                // What the group does not show is no proof of anything where it hid them before.
                inside: true,
            };
            let was_shown = before.contains_key(user);
            let taken = async {
                let inside = self.is_in(group, &wish, Some(&shown)).await?;
                Ok(inside == Some(false) && self.belongs(user, was_shown).await?)
            };
            // Whoever was there a moment ago and cannot be asked for is brought back.
            if unless_over(taken.await)?.unwrap_or(was_shown) {
                lost.insert(user.clone());
            }
        }
        Ok(lost)
    }

    /// Whether a member, a user or a group, is there, and was not switched off in this run where
    /// nothing showed it right `before`: some vendors take whoever is switched off out of all groups.
    async fn belongs(&self, id: &str, before: bool) -> Result<bool, HttpError> {
        match self.user_by_id(id).await? {
            Some(user) => Ok(before
                || user.get("active").and_then(flag) != Some(false)
                || self.known().off.contains(id)),
            None => Ok(self.group(id).await?.is_some()),
        }
    }

    /// Brings back whom a call took out of a group. `all`: who should be in it, as far as is known;
    /// `before`: how the group showed them.
    pub(super) async fn bring_back(
        &self,
        group: &str,
        lost: &BTreeSet<String>,
        all: &BTreeSet<String>,
        before: &BTreeMap<String, Json>,
        tried: &mut Tried,
    ) -> Result<(), HttpError> {
        let path = format!("{}/{}", self.groups_path(), segment(group));
        let entry = |user: &String| self.member_entry(before.get(user), user);
        let everybody: Vec<Json> = all.iter().map(entry).collect();
        let patched = |operation: Json| {
            let call = Call::patch("bring members back", path.clone());
            call.json(&patch(vec![operation])).repeatable()
        };
        // Everybody at once, because an `add` may replace the list, too.
        let mut calls = vec![
            patched(json!({ "op": "add", "path": "members", "value": everybody })),
            patched(json!({ "op": "add", "value": { "members": everybody } })),
        ];
        let whole = unless_over(self.group(group).await)?;
        if let Some(mut whole) = whole.flatten()
            // How it is now: what is gone already cannot be lost by writing the rest.
            && self.is_known_with(group, lost, before, &whole)
        {
            let list = json!({ "members": everybody });
            calls.push(patched(json!({ "op": "replace", "value": list })));
            let key = key_of(&whole.0, "members");
            whole.0.insert(key, Json::Array(everybody.clone()));
            let call = Call::put("bring members back", path.clone());
            calls.push(call.json(&whole.0).repeatable());
        }
        calls.extend(lost.iter().map(|user| {
            patched(json!({ "op": "add", "path": "members", "value": [entry(user)] }))
        }));
        let mut still = lost.clone();
        for call in calls {
            // What is refused is followed by the next; the look says what became of it.
            unless_over(self.send(call).await)?;
            match unless_over(self.group(group).await)? {
                // The next call may be seen.
                None => {}
                Some(None) => break,
                Some(Some(now)) => still = self.lost(group, lost, before, &now).await?,
            }
            if still.is_empty() {
                break;
            }
        }
        {
            let mut all = self.memberships.lost();
            let of = all.entry(group.to_owned()).or_default();
            of.retain(|it| !lost.contains(it));
            of.extend(still.iter().cloned());
        }
        let known = self.known();
        let name = |user: &String| {
            let email = known.people.email(user);
            self.api.clean(email.unwrap_or(user))
        };
        if still.is_empty() {
            let names: Vec<String> = lost.iter().take(5).map(name).collect();
            tried.notes.push(format!(
                "the vendor took {} others out of group {} with this change ({}{}); they were \
                 brought back",
                lost.len(),
                self.group_name(group),
                names.join(", "),
                if lost.len() > names.len() {
                    ", …"
                } else {
                    ""
                }
            ));
        }
        tried.lost = still.iter().map(name).collect();
        if !self.knows_all(group, before) {
            tried.notes.push(format!(
                "whoever the list of group {} did not show may be out of it as well: look there",
                self.group_name(group)
            ));
        }
        Ok(())
    }
}

/// An answer, or `None` where there is none and the run may go on without.
fn unless_over<T>(answered: Result<T, HttpError>) -> Result<Option<T>, HttpError> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.ends_run() => Err(error),
        Err(_) => Ok(None),
    }
}
