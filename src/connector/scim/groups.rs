//! Groups: what there is, and who is in them, as far as anything shows it.
//!
//! Servers cut the lists of members, leave them empty or out, or write them by user name. So a
//! membership is what a group, the user itself, or a filter shows, and what none of them can show
//! is not known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::Scim;
use super::discovery::GROUPS;
use super::group_ways::MemberFilter;
use super::inside::Inside;
use super::wire::{Resource, entries, get, last_segment, scalar, value_of};
use crate::http::{Call, HttpError, segment};
use crate::model::current::{Directory, Entry};
use crate::model::email::EmailKey;

/// Groups and who is in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    pub(super) directory: Directory,
    /// Who is in which: direct memberships.
    pub(super) of: Inside,
    /// Users whose memberships have to be looked up again.
    pub(super) stale: BTreeSet<String>,
    /// Groups that users are in by way of another group, which nobody can change for one of them.
    pub(super) inherited: HashMap<String, BTreeSet<String>>,
    pub(super) shows: Shows,
    /// The groups of members whom the list of users does not show, each by the group's word for them.
    strangers: HashMap<EmailKey<'static>, BTreeSet<String>>,
    /// User ids by user name and address, where members are written so.
    names: HashMap<EmailKey<'static>, String>,
    /// Their user names by id.
    logins: HashMap<String, String>,
    /// Members are written by user name.
    by_name: bool,
    /// Every user is known.
    complete: bool,
}

/// Where memberships show at this vendor.
#[derive(Debug, Clone, Default)]
pub(super) struct Shows {
    /// Some group showed members.
    pub(super) members: bool,
    /// Some user showed its groups.
    pub(super) own: bool,
    /// How many members each group showed last.
    pub(super) lengths: HashMap<String, usize>,
    /// The most members that one group showed: a list that is cut is at least so long.
    pub(super) longest: usize,
    /// Groups that have members whom they do not show.
    pub(super) cut: BTreeSet<String>,
    /// Groups whose lists were proved to be whole.
    pub(super) whole: BTreeSet<String>,
    /// Everybody was asked for by filter.
    pub(super) asked: bool,
    /// Users who were asked for with the last read, or made since.
    pub(super) asked_for: BTreeSet<String>,
    /// Everybody was asked for by filter, and it showed nobody in any group.
    pub(super) asked_in_vain: bool,
    /// A list was seen to leave somebody out, or somebody was taken in and nothing shows it.
    pub(super) doubted: bool,
}

impl Groups {
    /// Whether every user is known.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether no group can be in this one, as far as users show their groups: who is in a group in it
    /// would be in it as well.
    pub(super) fn has_no_inner(&self, group: &str) -> bool {
        let mut others: BTreeMap<&String, bool> = BTreeMap::new();
        for of in self.of.all().filter_map(|user| self.of.groups(user)) {
            let inside = of.contains(group);
            for other in of.iter().filter(|it| **it != *group) {
                *others.entry(other).or_insert(true) &= inside;
            }
        }
        let mut inherited = self.inherited.values();
        !others.into_values().any(|all| all) && !inherited.any(|of| of.contains(group))
    }

    /// The user whom an entry of a member list means; the entry's own word for a stranger.
    fn member(&self, entry: &Json) -> Option<String> {
        let said = named(entry)
            .or_else(|| referred(entry))
            .or_else(|| value_of(entry))?;
        if self.of.knows(&said) {
            return Some(said);
        }
        let named = self.names.get(&EmailKey::of(&said)).cloned();
        named.or(Some(said))
    }

    /// The groups that show a user whom the list of users does not show.
    fn of_stranger(&self, user: &Resource) -> BTreeSet<String> {
        let names = names_of(user).into_iter();
        let groups = names.filter_map(|name| self.strangers.get(&name));
        groups.flatten().cloned().collect()
    }

    /// Who a group shows in it, each with its entry.
    pub(super) fn shown(&self, group: &Resource) -> BTreeMap<String, Json> {
        let members = entries(group.get("members")).into_iter();
        members
            .filter_map(|entry| Some((self.member(&entry)?, entry)))
            .collect()
    }

    /// How a user is named in a member list.
    pub(super) fn value(&self, user: &str) -> String {
        let login = self.logins.get(user).filter(|_| self.by_name);
        login.map_or(user, String::as_str).to_owned()
    }

    /// Learns how a user may be named in a member list.
    pub(super) fn learn(&mut self, user: &Resource) {
        let id = user.id().unwrap_or_default();
        for name in names_of(user) {
            self.names.entry(name).or_insert_with(|| id.clone());
        }
        if let Some(login) = user.text("userName") {
            self.logins.insert(id, login.to_owned());
        }
    }
}

impl Scim {
    /// What is known of groups, if the roster sets any.
    pub(super) fn of_groups<T>(&self, ask: impl FnOnce(&Groups) -> T) -> Option<T> {
        self.known().groups.as_ref().map(ask)
    }

    /// Somebody who is gone is in no group.
    pub(super) fn forget_member(&self, user: &str) {
        self.learn_groups(|groups| groups.of.forget(user));
    }

    /// Learns something of groups.
    pub(super) fn learn_groups(&self, change: impl FnOnce(&mut Groups)) {
        self.know(|known| known.groups.as_mut().map(change));
    }

    /// All groups, and who of these users is in which. `complete`: these are all users. The second
    /// value is a doubt about the list.
    pub(super) async fn read_groups(
        &self,
        users: &[Resource],
        complete: bool,
    ) -> Result<(Groups, Option<String>), HttpError> {
        let on_user = self.groups_on_user();
        let (list, doubt) = match self.listed_groups(!on_user).await {
            // Where users carry their groups, a list of all of them may not exist.
            Err(error) if on_user && not_offered(&error) => {
                return Ok((from_users(users), None));
            }
            other => other?,
        };
        let mut found = Groups {
            directory: Directory::new("group", list.iter().filter_map(entry).collect()),
            complete,
            ..Groups::default()
        };
        for user in users {
            found.learn(user);
            let id = user.id().unwrap_or_default();
            found.of.join(&id, []);
        }
        if on_user {
            return Ok((found, doubt));
        }
        let parents = take_members(&mut found, &list);
        take_own(&mut found, users, &parents);
        self.ask_for_members(&mut found).await?;
        Ok((found, doubt))
    }

    /// All groups with the members that they show.
    async fn listed_groups(
        &self,
        with_members: bool,
    ) -> Result<(Vec<Resource>, Option<String>), HttpError> {
        let list = self.list_of(GROUPS).await?;
        let mut groups = list.resources;
        // A list may leave the members out, or show fewer than the group itself.
        let count = |group: &Resource| entries(group.get("members")).len();
        let longest = groups.iter().max_by_key(|group| count(group));
        let Some(longest) = longest.filter(|_| with_members) else {
            return Ok((groups, list.doubt));
        };
        let (id, listed) = (longest.id().unwrap_or_default(), count(longest));
        let alone = self.group(&id).await?;
        let more = alone.as_ref().is_some_and(|group| count(group) > listed);
        if more || listed == 0 {
            for group in &mut groups {
                let id_of = group.id().unwrap_or_default();
                let whole = match alone.as_ref().filter(|_| id_of == id) {
                    Some(alone) => Some(alone.clone()),
                    None => self.group(&id_of).await?,
                };
                *group = whole.unwrap_or_else(|| group.clone());
            }
        }
        Ok((groups, list.doubt))
    }

    /// The groups that a user shows itself, direct ones.
    pub(super) fn own_groups(&self, user: &Resource) -> BTreeSet<String> {
        let known = self.known();
        let inherited = known.groups.as_ref();
        let inherited = inherited.and_then(|it| it.inherited.get(&user.id().unwrap_or_default()));
        let entries = entries(user.get("groups")).into_iter();
        let direct = entries.filter(|entry| !is_indirect(entry));
        direct
            .filter_map(|entry| value_of(&entry))
            .filter(|id| inherited.is_none_or(|it| !it.contains(id)))
            .collect()
    }

    /// Learns the groups of somebody whom the last fetch did not see, from groups that are read now.
    pub(super) async fn meet(&self, user: &Resource) -> Result<(), HttpError> {
        self.meet_by(user, true).await
    }

    /// Learns the groups of somebody whom the list hides, right behind a fetch: the groups that it read
    /// are not read once more for each of them.
    pub(super) async fn meet_hidden(&self, user: &Resource) -> Result<(), HttpError> {
        self.meet_by(user, false).await
    }

    async fn meet_by(&self, user: &Resource, afresh: bool) -> Result<(), HttpError> {
        let id = user.id().unwrap_or_default();
        let own = self.of_groups(|groups| {
            let strange = !groups.of.knows(&id) || groups.stale.contains(&id);
            strange.then_some(groups.shows.own)
        });
        let (Some(Some(own)), false) = (own, self.groups_on_user()) else {
            return Ok(());
        };
        let works = self.learnt().member_filter == MemberFilter::Works;
        let of = match own {
            true => self.own_groups(user),
            false if works => self.groups_by_filter(&id).await?.unwrap_or_default(),
            false if !afresh => self
                .of_groups(|it| it.of_stranger(user))
                .unwrap_or_default(),
            false => {
                let (list, _) = self.listed_groups(true).await?;
                self.learn_groups(|groups| groups.learn(user));
                let inside = |groups: &Groups| {
                    let inside = list.iter().filter(|it| {
                        let mut shown = groups.shown(it).into_keys();
                        shown.any(|member| member == id)
                    });
                    inside.filter_map(Resource::id).collect()
                };
                self.of_groups(inside).unwrap_or_default()
            }
        };
        self.learn_groups(|groups| {
            groups.learn(user);
            groups.stale.remove(&id);
            groups.of.forget(&id);
            groups.of.join(&id, of);
        });
        Ok(())
    }

    pub(super) async fn group(&self, id: &str) -> Result<Option<Resource>, HttpError> {
        let path = format!("{}/{}", self.groups_path(), segment(id));
        let reply = match self.send(Call::get("read group", path)).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let group = Resource::of(reply.json()?);
        match group.filter(|group| group.id().as_deref() == Some(id)) {
            Some(group) => Ok(Some(group)),
            None => Err(reply.unusable("it is not the group that was asked for")),
        }
    }
}

/// The words for a user in a member list: the user name, each address, and the id, which some write in
/// another letter case there.
fn names_of(user: &Resource) -> Vec<EmailKey<'static>> {
    let login = user.text("userName").map(str::to_owned);
    let all = login.into_iter().chain(user.values("emails"));
    let all = all.chain(user.id());
    all.map(|name| EmailKey::of(&name).into_owned()).collect()
}

/// The `value` of an entry of a member list.
pub(super) fn named(entry: &Json) -> Option<String> {
    match entry {
        Json::Object(fields) => scalar(get(fields, "value")?),
        other => scalar(other),
    }
}

/// The id in the `$ref` of an entry of a member list.
fn referred(entry: &Json) -> Option<String> {
    last_segment(get(entry.as_object()?, "$ref")?.as_str()?)
}

/// Whether the vendor has no groups for these credentials.
pub(super) fn not_offered(error: &HttpError) -> bool {
    !error.is_throttled() && matches!(error.status(), Some(403 | 404 | 405 | 501))
}

/// Takes the members that groups show. Returns the groups that each group is a member of.
fn take_members(found: &mut Groups, list: &[Resource]) -> HashMap<String, BTreeSet<String>> {
    // Some write ids in another letter case there.
    let ids: BTreeMap<String, String> = list
        .iter()
        .filter_map(Resource::id)
        .map(|id| (id.to_lowercase(), id))
        .collect();
    let mut parents: HashMap<String, BTreeSet<String>> = HashMap::new();
    for group in list {
        let id = group.id().unwrap_or_default();
        let shown = found.shown(group);
        found.shows.members |= !shown.is_empty();
        found.shows.longest = found.shows.longest.max(shown.len());
        found.shows.lengths.insert(id.clone(), shown.len());
        for (member, entry) in shown {
            if found.of.knows(&member) {
                found.of.join(&member, [id.clone()]);
                found.by_name |= named(&entry).is_some_and(|it| !it.eq_ignore_ascii_case(&member));
            } else if let Some(inner) = ids.get(&member.to_lowercase()) {
                parents.entry(inner.clone()).or_default().insert(id.clone());
            } else {
                let stranger = EmailKey::of(&member).into_owned();
                found
                    .strangers
                    .entry(stranger)
                    .or_default()
                    .insert(id.clone());
            }
        }
    }
    parents
}

/// Takes the groups that users show: direct ones, and those by way of another group.
fn take_own(found: &mut Groups, users: &[Resource], parents: &HashMap<String, BTreeSet<String>>) {
    for user in users {
        let id = user.id().unwrap_or_default();
        let direct = found.of.groups(&id).cloned().unwrap_or_default();
        let (mut above, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for entry in entries(user.get("groups")) {
            found.shows.own = true;
            let Some(group) = value_of(&entry) else {
                continue;
            };
            // Some servers write the name.
            let group = match found.directory.lookup(&group) {
                Ok(entry) => entry.id.to_string(),
                Err(_) => group,
            };
            match is_indirect(&entry) {
                true => above.insert(group),
                false => shown.insert(group),
            };
        }
        // Not all servers mark a group that somebody is in by way of another one.
        let mut todo: Vec<&String> = direct.union(&shown).collect();
        while let Some(group) = todo.pop() {
            for parent in parents.get(group).into_iter().flatten() {
                if above.insert(parent.clone()) {
                    todo.push(parent);
                }
            }
        }
        let more = shown.difference(&direct).filter(|it| !above.contains(*it));
        let more: BTreeSet<String> = more.cloned().collect();
        if found.shows.members {
            found.shows.cut.extend(more.iter().cloned());
        }
        above.retain(|group| !direct.contains(group));
        found.inherited.insert(id.clone(), above);
        found.of.join(&id, more);
    }
}

/// Whether a user is in a group only by way of another one (RFC 7643, 4.1.2).
fn is_indirect(entry: &Json) -> bool {
    let kind = entry.as_object().and_then(|it| get(it, "type"));
    kind.and_then(Json::as_str).is_some_and(|it| {
        ["indirect", "inherited", "nested"]
            .iter()
            .any(|word| it.eq_ignore_ascii_case(word))
    })
}

fn entry(group: &Resource) -> Option<Entry> {
    let id = group.id()?;
    Some(Entry {
        name: group.text("displayName").unwrap_or(&id).into(),
        id: id.into(),
        admin: false,
    })
}

/// The groups that users show: all that is known where groups are no resource.
fn from_users(users: &[Resource]) -> Groups {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for user in users {
        for group in entries(user.get("groups")) {
            let Some(id) = value_of(&group) else {
                continue;
            };
            let display = group.as_object().and_then(|it| get(it, "display"));
            let display = display.and_then(Json::as_str).unwrap_or(&id).to_owned();
            named.insert(id, display);
        }
    }
    let entries = named.into_iter().map(|(id, name)| Entry {
        id: id.into(),
        name: name.into(),
        admin: false,
    });
    Groups {
        directory: Directory::new("group", entries.collect()),
        ..Groups::default()
    }
}
