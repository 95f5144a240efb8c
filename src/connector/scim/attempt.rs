//! One call to a group by one way, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Scim;
use super::group_batches::Wish;
use super::group_ways::{GroupWay, Ways, is_form, is_refusal};
use super::groups::{Groups, named};
use super::membership::Tried;
use super::wire::{Resource, key_of, patch};
use crate::connector::WriteError;
use crate::http::{Call, HttpError, segment};

/// So many calls of an attempt that are refused in a row end it.
const ENOUGH: u32 = 3;

/// Why an attempt came to nothing.
enum Trouble {
    /// What was sent was refused, or may have been done.
    Sent(HttpError),
    /// Nobody could look, before or behind it: that says nothing about the way.
    Unread(WriteError),
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Self {
        Self::Unread(error.into())
    }
}

impl Trouble {
    /// Of a look behind what was sent.
    fn behind(error: HttpError) -> Self {
        Self::Unread(WriteError::Partly(error))
    }
}

impl Scim {
    /// One way for some people, once more where the group changed underneath or its version has to
    /// be named; `None`: it must not be tried.
    pub(super) async fn attempt(
        &self,
        group: &str,
        wishes: &[Wish],
        ways: Ways,
    ) -> Result<Option<Tried>, HttpError> {
        let sent = self.attempt_once(group, wishes, ways).await;
        if let Err(error) = &sent
            && is_form(error)
        {
            // One of several forms, or the only one.
            let mut inside = wishes.iter().map(|it| it.inside);
            let first = inside.next().unwrap_or_default();
            if inside.all(|it| it == first) {
                let refused = (ways.by(first), first);
                self.learnt().groups.refuses.insert(refused);
            }
        }
        let again = match sent.as_ref().err().and_then(HttpError::status) {
            Some(428) => {
                self.learnt().needs_version = true;
                self.sends_version()
            }
            Some(412) => self.sends_version(),
            _ => false,
        };
        if !again {
            return sent;
        }
        self.memberships.forget(group);
        self.attempt_once(group, wishes, ways).await
    }

    async fn attempt_once(
        &self,
        group: &str,
        wishes: &[Wish],
        ways: Ways,
    ) -> Result<Option<Tried>, HttpError> {
        match self.go(group, wishes, ways).await {
            Ok(tried) => Ok(tried),
            Err(Trouble::Sent(error)) => Err(error),
            Err(Trouble::Unread(error)) => Ok(Some(Tried {
                unread: Some(error),
                ..Tried::default()
            })),
        }
    }

    async fn go(&self, group: &str, wishes: &[Wish], ways: Ways) -> Result<Option<Tried>, Trouble> {
        let seen = match self.memberships.forget(group) {
            Some(seen) => Some(seen),
            None => self.look_at(group).await?,
        };
        let Some(before) = seen else {
            let open = wishes.iter().filter(|it| it.inside);
            return Ok(Some(Tried {
                open: open.map(|it| it.user.clone()).collect(),
                gone: true,
                ..Tried::default()
            }));
        };
        let shown = self.shown(&before);
        self.ask_for_everybody(group, &shown).await?;
        let Some(calls) = self.calls(group, wishes, ways, &before, &shown).await? else {
            self.memberships.keep(group, before);
            return Ok(None);
        };
        let known = |groups: &Groups| groups.of.users(group).cloned().collect();
        let mut stay: BTreeSet<String> = self.of_groups(known).unwrap_or_default();
        stay.extend(shown.keys().cloned());
        for wish in wishes {
            stay.remove(&wish.user);
        }
        let mut tried = Tried::default();
        let mut row = 0;
        for (at, call) in calls.into_iter().enumerate() {
            match self.send(call).await {
                Ok(_) => row = 0,
                Err(error) if error.status() == Some(500) || at > 0 && is_refusal(&error) => {
                    tried.refused.get_or_insert(error);
                    row += 1;
                }
                Err(error) => {
                    // Nothing was done; with a 404 the group may be gone.
                    if is_refusal(&error) && error.status() != Some(404) {
                        self.memberships.keep(group, before);
                    }
                    return Err(Trouble::Sent(error));
                }
            }
            // Whoever is left is tried by another way.
            if row == ENOUGH {
                break;
            }
        }
        let now = self.poll_group(group, wishes, &mut tried).await;
        let mut now = now.map_err(Trouble::behind)?;
        let lost = match &now {
            Some(now) => {
                let mut known = stay.clone();
                known.extend(wishes.iter().map(|it| it.user.clone()));
                self.learn_turned_up(group, &known, now);
                let lost = self.lost(group, &stay, &shown, now).await;
                lost.map_err(Trouble::behind)?
            }
            None => BTreeSet::new(),
        };
        let of = |inside: bool| wishes.iter().filter(move |it| it.inside == inside);
        if !lost.is_empty() {
            // Who joins takes the others' place, and stays; who leaves takes them along.
            let joins = of(true).any(|it| !tried.open.contains(&it.user));
            let inside = of(false).next().is_none() || joins;
            self.learnt().groups.harms.insert((ways.by(inside), inside));
            let joined = of(true).map(|it| it.user.clone());
            let all = stay.iter().cloned().chain(joined).collect();
            let back = self.bring_back(group, &lost, &all, &shown, &mut tried);
            back.await.map_err(Trouble::behind)?;
            now = match self.poll_group(group, wishes, &mut tried).await {
                Ok(now) => now,
                Err(error) => {
                    tried.unread = Some(WriteError::Partly(error));
                    None
                }
            };
        } else {
            for inside in [true, false] {
                let seen =
                    |it: &Wish| !tried.open.contains(&it.user) && !tried.unknown.contains(&it.user);
                if of(inside).next().is_some() && of(inside).all(seen) {
                    let mut learnt = self.learnt();
                    learnt.groups.works.insert(inside, ways.by(inside));
                    learnt.groups.takes.insert((ways.by(inside), inside));
                }
            }
        }
        if let Some(now) = now {
            self.memberships.keep(group, now);
        }
        let seen = wishes.iter().filter(|_| tried.unread.is_none());
        for wish in seen {
            let user = &wish.user;
            if !tried.open.contains(user) && !tried.unknown.contains(user) {
                if !wish.inside && shown.contains_key(user) {
                    let mut left = self.memberships.left();
                    left.entry(group.to_owned())
                        .or_default()
                        .insert(user.clone());
                }
                self.learn_groups(|groups| match wish.inside {
                    true => _ = groups.of.join(user, [group.to_owned()]),
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
        ways: Ways,
        before: &Resource,
        shown: &BTreeMap<String, Json>,
    ) -> Result<Option<Vec<Call>>, HttpError> {
        let path = format!("{}/{}", self.groups_path(), segment(group));
        let entry = |user: &String| self.member_entry(shown.get(user), user);
        let value = |user: &String| {
            let shown = shown.get(user).and_then(named);
            shown.unwrap_or_else(|| self.member_value(user))
        };
        let needs_version = self.learnt().needs_version || ways.is_whole();
        let version = before
            .version()
            .filter(|_| needs_version && self.sends_version());
        let versioned = |call: Call| match version {
            Some(version) => call.header("if-match", version),
            None => call,
        };
        let patched = |operations: Vec<Json>| {
            let call = Call::patch("change members", path.clone());
            // Each of them sets values, so twice is the same as once.
            versioned(call.json(&patch(operations)).repeatable())
        };
        if !ways.is_whole() {
            // Where a plain `remove` takes all of them (RFC 7644, 3.5.2.2), they are brought back:
            // so all of them have to be known.
            let by_values = ways.leaves == GroupWay::Values && wishes.iter().any(|it| !it.inside);
            if by_values && !self.knows_all(group, shown) {
                return Ok(None);
            }
            let single = self.learnt().groups.single;
            let calls = wishes.chunks(self.group_size()).flat_map(|some| {
                let operations = operations(some, ways, value);
                match single {
                    true => operations.into_iter().map(|it| patched(vec![it])).collect(),
                    false => vec![patched(operations)],
                }
            });
            return Ok(Some(calls.collect()));
        }
        if !self.is_whole(group, shown).await? {
            return Ok(None);
        }
        let mut members = shown.clone();
        for wish in wishes {
            match wish.inside {
                true => drop(members.entry(wish.user.clone()).or_insert(Json::Null)),
                false => drop(members.remove(&wish.user)),
            }
        }
        let members: Json = members.keys().map(entry).collect();
        let call = match ways.joins {
            GroupWay::Put => {
                let mut whole = before.clone();
                let key = key_of(&whole.0, "members");
                whole.0.insert(key, members);
                versioned(Call::put("replace group", path.clone()).json(&whole.0))
            }
            GroupWay::ReplaceAt => patched(vec![
                json!({ "op": "replace", "path": "members", "value": members }),
            ]),
            _ => patched(vec![
                json!({ "op": "replace", "value": { "members": members } }),
            ]),
        };
        Ok(Some(vec![call]))
    }

    /// The group afresh, again after each lag while somebody is not as asked.
    async fn poll_group(
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
            let last = self.of_groups(|groups| groups.shows.lengths.get(group).copied());
            if last.is_some_and(|last| last != Some(shown)) {
                self.learn_groups(|groups| {
                    let shows = &mut groups.shows;
                    shows.lengths.insert(group.to_owned(), shown);
                    shows.members |= shown > 0;
                    shows.longest = shows.longest.max(shown);
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

    /// A member's entry for a list that is written: as it was shown, with a `value` in any case.
    pub(super) fn member_entry(&self, shown: Option<&Json>, user: &str) -> Json {
        let value = || json!(self.member_value(user));
        match shown.filter(|it| !it.is_null()) {
            Some(Json::Object(fields)) if !fields.contains_key("value") => {
                let mut fields = fields.clone();
                fields.insert("value".into(), value());
                Json::Object(fields)
            }
            Some(shown) => shown.clone(),
            None => json!({ "value": value() }),
        }
    }

    pub(super) fn group_name(&self, group: &str) -> String {
        let name = self.of_groups(|groups| groups.directory.display_id(group).to_owned());
        self.api.clean(name.as_deref().unwrap_or(group))
    }
}

/// The operations that bring people in and out without the others being named.
fn operations(wishes: &[Wish], ways: Ways, value: impl Fn(&String) -> String) -> Vec<Json> {
    let of = |inside: bool| wishes.iter().filter(move |wish| wish.inside == inside);
    let added: Vec<Json> = of(true)
        .map(|wish| json!({ "value": value(&wish.user) }))
        .collect();
    let mut operations = Vec::new();
    if !added.is_empty() {
        operations.push(match ways.joins {
            GroupWay::Plain => json!({ "op": "add", "value": { "members": added } }),
            _ => json!({ "op": "add", "path": "members", "value": added }),
        });
    }
    operations.extend(of(false).map(|wish| {
        let value = Json::from(value(&wish.user));
        match ways.leaves {
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
        let of = |way| Json::Array(operations(&wishes, Ways::both(way), String::clone));
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
