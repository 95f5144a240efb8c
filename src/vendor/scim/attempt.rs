//! One call to a group by one way, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Scim;
use super::membership::{GroupWay, Tried, Wish, is_refusal};
use super::wire::{Resource, key_of, patch, value_of};
use crate::http::{Call, HttpError, segment};

impl Scim {
    /// One way for some people; `None`: it must not be tried.
    pub(super) async fn attempt(
        &self,
        group: &str,
        wishes: &[Wish],
        way: GroupWay,
    ) -> Result<Option<Tried>, HttpError> {
        let turn = self.memberships.turn(group);
        let _turn = turn.lock().await;
        let Some(before) = self.look_at(group).await? else {
            let open = wishes.iter().filter(|it| it.inside);
            return Ok(Some(Tried {
                open: open.map(|it| it.user.clone()).collect(),
                gone: true,
                ..Tried::default()
            }));
        };
        self.ask_for_everybody(group).await?;
        let shown = self.shown(&before);
        let Some(calls) = self.calls(group, wishes, way, &before, &shown).await? else {
            return Ok(None);
        };
        let stay = self.of_groups(|groups| groups.of.users(group));
        let mut stay = stay.unwrap_or_default();
        stay.extend(shown.keys().cloned());
        for wish in wishes {
            stay.remove(&wish.user);
        }
        let mut tried = Tried::default();
        for (at, call) in calls.into_iter().enumerate() {
            match self.send(call).await {
                Ok(_) => {}
                Err(error) if error.status() == Some(500) || at > 0 && is_refusal(&error) => {
                    tried.refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        let now = self.settled(group, wishes, &mut tried).await?;
        let lost = match &now {
            Some(now) => self.lost(group, &stay, &shown, now).await?,
            None => BTreeSet::new(),
        };
        let inside = wishes.first().is_some_and(|it| it.inside);
        if !lost.is_empty() {
            self.learnt().groups.harms.insert((way, inside));
            let joined = wishes
                .iter()
                .filter(|it| it.inside)
                .map(|it| it.user.clone());
            let all = stay.iter().cloned().chain(joined).collect();
            self.bring_back(group, &lost, &all, &shown, &mut tried)
                .await?;
            self.settled(group, wishes, &mut tried).await?;
        } else if tried.open.is_empty() && tried.unknown.is_empty() {
            let mut learnt = self.learnt();
            learnt.groups.works.insert(inside, way);
            learnt.groups.takes.insert((way, inside));
        }
        for wish in wishes {
            let user = &wish.user;
            if !tried.open.contains(user) && !tried.unknown.contains(user) {
                self.learn_groups(|groups| match wish.inside {
                    true => groups.of.join(user, [group.to_owned()]),
                    false => groups.of.leave(user, group),
                });
            }
        }
        Ok(Some(tried))
    }

    /// The calls of one way; `None`: it must not be tried.
    async fn calls(
        &self,
        group: &str,
        wishes: &[Wish],
        way: GroupWay,
        before: &Resource,
        shown: &BTreeMap<String, Json>,
    ) -> Result<Option<Vec<Call>>, HttpError> {
        let path = format!("{}/{}", self.groups_path(), segment(group));
        let entry = |user: &String| {
            let shown = shown.get(user).cloned();
            shown.unwrap_or_else(|| json!({ "value": self.member_value(user) }))
        };
        let patched = |operations: Vec<Json>| {
            let call = Call::patch("change members", path.clone());
            // Each of them sets values, so twice is the same as once.
            call.json(&patch(operations)).repeatable()
        };
        if !way.is_whole() {
            // Where a plain `remove` takes all of them (RFC 7644, 3.5.2.2), they are brought back:
            // so all of them have to be known.
            if way == GroupWay::Values && !self.knows_all(group, shown) {
                return Ok(None);
            }
            let operations = operations(wishes, way, entry);
            let single = self.learnt().groups.single;
            return Ok(Some(match single {
                true => operations.into_iter().map(|it| patched(vec![it])).collect(),
                false => vec![patched(operations)],
            }));
        }
        if !self.is_whole(group, shown).await? {
            return Ok(None);
        }
        let mut members = shown.clone();
        for wish in wishes {
            match wish.inside {
                true => members.insert(wish.user.clone(), entry(&wish.user)),
                false => members.remove(&wish.user),
            };
        }
        let members: Json = members.into_values().collect();
        let call = match way {
            GroupWay::Put => {
                let mut whole = before.clone();
                let key = key_of(&whole.0, "members");
                whole.0.insert(key, members);
                Call::put("replace group", path.clone()).json(&whole.0)
            }
            GroupWay::ReplaceAt => patched(vec![
                json!({ "op": "replace", "path": "members", "value": members }),
            ]),
            _ => patched(vec![
                json!({ "op": "replace", "value": { "members": members } }),
            ]),
        };
        let version = before.version().filter(|_| self.sends_version());
        Ok(Some(vec![match version {
            Some(version) => call.header("if-match", version),
            None => call,
        }]))
    }

    /// The group afresh, again after each lag while somebody is not as asked.
    async fn settled(
        &self,
        group: &str,
        wishes: &[Wish],
        tried: &mut Tried,
    ) -> Result<Option<Resource>, HttpError> {
        let mut pauses = self.settings.spec.read_lag_ms.iter();
        loop {
            let now = self.look_at(group).await?;
            let shown = now.as_ref().map(|now| self.shown(now));
            tried.open.clear();
            tried.unknown.clear();
            for wish in wishes {
                match self.is_in(group, wish, shown.as_ref()).await? {
                    Some(inside) if inside == wish.inside => {}
                    Some(_) => {
                        tried.open.insert(wish.user.clone());
                    }
                    None => {
                        tried.unknown.insert(wish.user.clone());
                    }
                }
            }
            let pause = pauses.next().filter(|_| !tried.open.is_empty());
            let Some(pause) = pause else {
                return Ok(now);
            };
            self.api.clock().sleep(Duration::from_millis(*pause)).await;
        }
    }

    /// A group as it is now; what it shows is learnt.
    async fn look_at(&self, group: &str) -> Result<Option<Resource>, HttpError> {
        let now = self.group(group).await?;
        if let Some(now) = &now {
            let shown = self.shown(now).len();
            let longest = self.of_groups(|groups| groups.shows.longest);
            if longest.is_some_and(|longest| shown > longest) {
                self.learn_groups(|groups| {
                    groups.shows.members = true;
                    groups.shows.longest = shown;
                });
            }
        }
        Ok(now)
    }

    fn shown(&self, group: &Resource) -> BTreeMap<String, Json> {
        let shown = self.of_groups(|groups| groups.shown(group));
        shown.unwrap_or_default()
    }

    pub(super) fn member_value(&self, user: &str) -> String {
        let value = self.of_groups(|groups| groups.value(user));
        value.unwrap_or_else(|| user.to_owned())
    }

    pub(super) fn group_name(&self, group: &str) -> String {
        let name = self.of_groups(|groups| groups.directory.display_id(group).to_owned());
        self.api.clean(name.as_deref().unwrap_or(group))
    }
}

/// The operations that bring people in and out without the others being named.
fn operations(wishes: &[Wish], way: GroupWay, entry: impl Fn(&String) -> Json) -> Vec<Json> {
    let of = |inside: bool| wishes.iter().filter(move |wish| wish.inside == inside);
    let added: Vec<Json> = of(true)
        .map(|wish| json!({ "value": value_of(&entry(&wish.user)) }))
        .collect();
    let mut operations = Vec::new();
    if !added.is_empty() {
        operations.push(match way {
            GroupWay::Plain => json!({ "op": "add", "value": { "members": added } }),
            _ => json!({ "op": "add", "path": "members", "value": added }),
        });
    }
    operations.extend(of(false).map(|wish| {
        let value = value_of(&entry(&wish.user)).map_or_else(|| json!(wish.user), Json::from);
        match way {
            GroupWay::Values => {
                json!({ "op": "remove", "path": "members", "value": [{ "value": value }] })
            }
            _ => json!({ "op": "remove", "path": format!("members[value eq {value}]") }),
        }
    }));
    operations
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
        let of = |way| Json::Array(operations(&wishes, way, |user| json!({ "value": user })));
        assert_eq!(
            of(GroupWay::Path),
            json!([
                { "op": "add", "path": "members", "value": [{ "value": "a" }, { "value": "c" }] },
                { "op": "remove", "path": "members[value eq \"b\\\"\"]" },
            ])
        );
        assert_eq!(
            of(GroupWay::Values)[1],
            json!({ "op": "remove", "path": "members", "value": [{ "value": "b\"" }] })
        );
    }
}
