//! Groups: who is in them, and how somebody gets in and out.
//!
//! Writes of one group that wait at the same time share a call. What a batch came to is read back
//! from the group; whoever is not as asked is tried alone, so that a member deleted elsewhere spoils
//! nobody else's change, and an answer means one person.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Scim;
use super::discovery::GROUPS;
use super::known::{Groups, Way};
use super::wire::{Resource, entries, get, key_of, patch, value_of};
use crate::http::{Call, HttpError, segment};
use crate::reconcile::current::{Directory, Entry};
use crate::vendor::WriteError;
use crate::vendor::batch::{Batches, Waiting};

/// Members of one call, unless the roster says.
const BATCH: u64 = 50;

/// Changes of memberships that wait, by group.
pub(super) struct Memberships {
    size: usize,
    groups: Mutex<BTreeMap<String, Arc<GroupBatches>>>,
}

type GroupBatches = Batches<Wish, Result<(), WriteError>>;

/// One person in or out of one group.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    user: String,
    inside: bool,
}

impl Memberships {
    pub(super) fn new(size: Option<u64>) -> Self {
        Self {
            size: usize::try_from(size.unwrap_or(BATCH)).unwrap_or(usize::MAX),
            groups: Mutex::default(),
        }
    }

    fn of(&self, group: &str) -> Arc<GroupBatches> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = groups.entry(group.to_owned());
        Arc::clone(batches.or_insert_with(|| Arc::new(Batches::new(self.size))))
    }
}

impl Scim {
    /// All groups, and who of these users is in which. The second value is a doubt about the list.
    pub(super) async fn read_groups(
        &self,
        users: &[Resource],
    ) -> Result<(Groups, Option<String>), HttpError> {
        let on_user = self.groups_on_user();
        let list = match self.list_of(GROUPS).await {
            // Where users carry their groups, a list of all of them may not exist.
            Err(error) if on_user && not_offered(&error) => {
                return Ok((from_users(users), None));
            }
            other => other?,
        };
        let mut found = Groups {
            directory: Directory {
                noun: "group",
                entries: list.resources.iter().filter_map(entry).collect(),
            },
            ..Groups::default()
        };
        for user in users {
            found
                .of
                .insert(user.id().unwrap_or_default(), BTreeSet::new());
        }
        if on_user {
            return Ok((found, list.doubt));
        }
        let listed = list.resources.iter().any(has_members);
        let mut shows_members = listed;
        for group in list.resources {
            // A list may leave the members of all groups out.
            let group = match listed {
                true => group,
                false => self
                    .group(&group.id().unwrap_or_default())
                    .await?
                    .unwrap_or(group),
            };
            shows_members |= has_members(&group);
            let id = group.id().unwrap_or_default();
            for member in group.values("members") {
                if let Some(of) = found.of.get_mut(&member) {
                    of.insert(id.clone());
                }
            }
        }
        if !shows_members {
            for user in users {
                let of = user.values("groups").into_iter().collect::<BTreeSet<_>>();
                found.hides_members |= !of.is_empty();
                found.of.insert(user.id().unwrap_or_default(), of);
            }
        }
        Ok((found, list.doubt))
    }

    /// Brings one user into these groups and out of those, by id.
    ///
    /// # Errors
    /// The first change that did not go through; the others are made all the same.
    pub(super) async fn join(
        &self,
        user: &str,
        inside: &BTreeSet<String>,
        outside: &BTreeSet<String>,
    ) -> Result<(), WriteError> {
        let ins = inside.iter().map(|group| (group, true));
        let outs = outside.iter().map(|group| (group, false));
        let mut failed = None;
        for (group, inside) in ins.chain(outs) {
            let wish = Wish {
                user: user.to_owned(),
                inside,
            };
            let batches = self.memberships.of(group);
            let told = batches.share(wish.clone(), |batch| self.send_batch(group, batch));
            let told = match told.await {
                Some(told) => told,
                // Whoever took it from the queue was dropped in mid-call.
                None => self.alone(group, &wish).await,
            };
            match told {
                Ok(()) => self.know(|known| {
                    let groups = known.groups.as_mut();
                    let of = groups.map(|it| it.of.entry(user.to_owned()).or_default());
                    match (of, inside) {
                        (Some(of), true) => of.insert(group.clone()),
                        (Some(of), false) => of.remove(group),
                        (None, _) => false,
                    }
                }),
                Err(error) => {
                    // Which groups the user is in has to be looked up before it is said again.
                    self.know(|known| known.groups.as_mut().map(|it| it.of.remove(user)));
                    failed.get_or_insert(error);
                    false
                }
            };
        }
        failed.map_or(Ok(()), Err)
    }

    async fn send_batch(&self, group: &str, batch: Vec<Waiting<Wish, Result<(), WriteError>>>) {
        let wishes: Vec<Wish> = batch.iter().map(|it| it.item.clone()).collect();
        let sent = match wishes.as_slice() {
            [_] => None,
            several => Some(self.together(group, several).await),
        };
        for waiting in batch {
            let told = match &sent {
                Some(Ok(left)) if !left.contains(&waiting.item.user) => Ok(()),
                // What would meet the others as well.
                Some(Err(error)) if !is_refusal(error) => Err(error.clone().into()),
                _ => self.alone(group, &waiting.item).await,
            };
            waiting.tell(told);
        }
    }

    /// One call for several people; returns those for whom it did not work.
    async fn together(&self, group: &str, wishes: &[Wish]) -> Result<BTreeSet<String>, HttpError> {
        let learnt = self.learnt().group_way;
        let way = self.ways(learnt).into_iter().next().unwrap_or(Way::Path);
        self.change_group(group, wishes, way).await?;
        let now = self.shown(group, wishes).await?;
        let open = wishes.iter().filter(|wish| !is_met(now.as_ref(), wish));
        Ok(open.map(|wish| wish.user.clone()).collect())
    }

    /// One person, by every way until one works.
    async fn alone(&self, group: &str, wish: &Wish) -> Result<(), WriteError> {
        let one = std::slice::from_ref(wish);
        let mut refused: Option<HttpError> = None;
        let learnt = self.learnt().group_way;
        for (tried, way) in self.ways(learnt).into_iter().enumerate() {
            match self.change_group(group, one, way).await {
                Ok(()) => {}
                Err(error) if is_refusal(&error) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
            let now = self.shown(group, one).await.map_err(WriteError::Partly)?;
            if is_met(now.as_ref(), wish) {
                if tried > 0 {
                    self.learnt().group_way = Some(way);
                }
                return Ok(());
            }
            if now.is_none() {
                break;
            }
        }
        match refused {
            Some(error) => Err(error.into()),
            None => Err(WriteError::Refused {
                status: 200,
                message: format!(
                    "the change of the members of group {} was accepted, and the group does not \
                     show it",
                    self.api.clean(group)
                ),
                account: None,
            }),
        }
    }

    async fn change_group(&self, group: &str, wishes: &[Wish], way: Way) -> Result<(), HttpError> {
        let path = format!("{}/{}", self.groups_path(), segment(group));
        // Each of them sets values, so twice is the same as once.
        let patched = |operations: Vec<Json>| {
            let call = Call::patch("change members", path.clone());
            call.json(&patch(operations)).repeatable()
        };
        let call = if way == Way::Path {
            patched(operations(wishes))
        } else {
            let Some(whole) = self.replaced(group, wishes).await? else {
                return Ok(());
            };
            let call = match way {
                Way::Put => Call::put("replace group", path.clone()).json(&whole.0),
                // Taking members out by a plain `remove` would take all of them (RFC 7644, 3.5.2.2).
                _ => patched(vec![json!({ "op": "replace", "value":
                    { "members": whole.get("members").unwrap_or(&Json::Null) } })]),
            };
            match whole.version().filter(|_| self.sends_version()) {
                Some(version) => call.header("if-match", version),
                None => call,
            }
        };
        self.send(call).await.map(|_| ())
    }

    /// The whole group with these wishes granted; `None`: it must not be written whole.
    async fn replaced(&self, group: &str, wishes: &[Wish]) -> Result<Option<Resource>, HttpError> {
        let Some(mut now) = self.group(group).await? else {
            return Ok(None);
        };
        if self
            .known()
            .groups
            .as_ref()
            .is_some_and(|it| it.hides_members)
        {
            return Ok(None);
        }
        let key = key_of(&now.0, "members");
        let mut members = entries(now.get("members"));
        let is = |entry: &Json, user: &str| value_of(entry).as_deref() == Some(user);
        for wish in wishes {
            members.retain(|entry| !is(entry, &wish.user));
            if wish.inside {
                members.push(json!({ "value": wish.user }));
            }
        }
        now.0.insert(key, Json::Array(members));
        Ok(Some(now))
    }

    /// The group afresh, again after each lag while it does not show what was written.
    async fn shown(&self, group: &str, wishes: &[Wish]) -> Result<Option<Resource>, HttpError> {
        let mut now = self.group(group).await?;
        for pause in self.settings.spec.read_lag_ms {
            if wishes.iter().all(|wish| is_met(now.as_ref(), wish)) {
                break;
            }
            self.api.clock().sleep(Duration::from_millis(*pause)).await;
            now = self.group(group).await?;
        }
        Ok(now)
    }

    async fn group(&self, id: &str) -> Result<Option<Resource>, HttpError> {
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

/// Whether the vendor has no groups for these credentials.
pub(super) fn not_offered(error: &HttpError) -> bool {
    matches!(error.status(), Some(403 | 404 | 405 | 501))
}

/// Whether the vendor looked at the request and did not like it.
fn is_refusal(error: &HttpError) -> bool {
    matches!(
        error.status(),
        Some(400 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 500 | 501)
    )
}

fn has_members(group: &Resource) -> bool {
    group.get("members").is_some()
}

/// Whether the group is as the wish has it. One that is gone has no members.
fn is_met(group: Option<&Resource>, wish: &Wish) -> bool {
    let members = group.map(|group| group.values("members"));
    let inside = members.is_some_and(|members| members.contains(&wish.user));
    inside == wish.inside
}

fn operations(wishes: &[Wish]) -> Vec<Json> {
    let of = |inside: bool| wishes.iter().filter(move |wish| wish.inside == inside);
    let added: Vec<Json> = of(true).map(|wish| json!({ "value": wish.user })).collect();
    let mut operations = Vec::new();
    if !added.is_empty() {
        operations.push(json!({ "op": "add", "path": "members", "value": added }));
    }
    operations.extend(of(false).map(|wish| {
        let value = Json::from(wish.user.as_str());
        json!({ "op": "remove", "path": format!("members[value eq {value}]") })
    }));
    operations
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
        directory: Directory {
            noun: "group",
            entries: entries.collect(),
        },
        ..Groups::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(user: &str, inside: bool) -> Wish {
        Wish {
            user: user.into(),
            inside,
        }
    }

    #[test]
    fn members_are_added_together_and_taken_one_by_one() {
        let wishes = [wish("a", true), wish("b\"", false), wish("c", true)];
        assert_eq!(
            Json::Array(operations(&wishes)),
            json!([
                { "op": "add", "path": "members", "value": [{ "value": "a" }, { "value": "c" }] },
                { "op": "remove", "path": "members[value eq \"b\\\"\"]" },
            ])
        );
    }

    #[test]
    fn a_group_that_is_gone_keeps_nobody() {
        assert!(is_met(None, &wish("a", false)));
        assert!(!is_met(None, &wish("a", true)));
    }
}
