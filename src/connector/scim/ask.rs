//! How open questions are settled here.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::Scim;
use super::discovery::{GROUPS, USERS};
use super::wire::{self, Page, Resource, USER, equals, flag, patch};
use crate::connector::asked::{
    Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway, shown, swapped,
};
use crate::http::{Call, HttpError, Problem, segment};
use crate::model::certificate::Evidence;

/// Somebody who is nowhere.
const NOBODY: &str = "nobody.at.all.7f3a@example.com";

/// So many groups are looked at.
const GROUPS_READ: usize = 20;

#[async_trait]
impl Questioned for Scim {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &["GET /Users?filter={account}"],
            make: &["POST /Users", "GET /Users?filter={account}"],
            told_by_making: &[],
            clear: &[
                "DELETE /Users/{account}",
                "GET /Users/{account}",
                "PATCH /Users/{account}, active false, where a DELETE is refused",
                "PUT /Users/{account}, active false, where a PATCH is refused",
            ],
        }
    }

    async fn ask(&self, question: &str, memo: &Memo) -> Result<Found, HttpError> {
        match question {
            "list_total" => self.list_total().await,
            "inactive_listed" | "members_shown" | "filter" => {
                let listed = async { Ok(self.list_of(USERS).await?.resources) };
                let listed = memo.once(listed).await?;
                match question {
                    "inactive_listed" => self.inactive_listed(&listed).await,
                    "members_shown" => self.members_shown(&listed).await,
                    _ => self.filter(&listed).await,
                }
            }
            _ => Ok(Found::Open("reading does not tell")),
        }
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        let body = self.body(account, true, None);
        let reply = self
            .send(Call::post("create user", self.users()).json(&body))
            .await?;
        let answered: Option<Json> = reply.json().ok();
        let id = answered.and_then(Resource::of).and_then(|it| it.id());
        account.id = match id {
            Some(id) => Some(id.into()),
            None => self.holder(&account.email).await?,
        };
        account.id(&self.api).map(drop)
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "patch" => self.patch_form(account).await,
            "put_clears" => self.put_clears(account).await,
            "off_means" => self.off_means(account).await,
            "inactive_listed" if account.says("off_means", "inactive") => {
                let listed = self.list_of(USERS).await?.resources;
                let found = listed
                    .iter()
                    .any(|it| it.id().as_deref() == account.id.as_deref());
                let evidence = Evidence::default().count("listed", listed.len());
                Ok(Found::yes_if(found, evidence))
            }
            _ => Ok(Found::Open("writing does not tell")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let user = self.user_by_email(email).await?;
        Ok(user.and_then(|it| it.id()).map(Box::from))
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        let Some(id) = account.id.as_deref() else {
            return Ok(Left::Nothing);
        };
        let deleted = self
            .exchange(Call::delete("delete user", self.path_of(id)))
            .await?;
        let is_gone = |it: &Exchange| it.status == 404;
        if deleted.is_good() || is_gone(&deleted) {
            let waits = self.settings.spec.read_lag_ms;
            let seen = shown(&self.api, waits, || self.raw(id), is_gone).await?;
            if is_gone(&seen) {
                return Ok(Left::Nothing);
            }
        }
        let _ = self.switch_off(account).await?;
        let seen = self.raw(id).await?;
        Ok(match is_gone(&seen) || is_off(&seen) {
            true => Left::Off,
            false => Left::On,
        })
    }
}

impl Scim {
    async fn exchange(&self, call: Call) -> Result<Exchange, HttpError> {
        Exchange::sent(self.send(call).await)
    }

    fn path_of(&self, id: &str) -> String {
        format!("{}/{}", self.users(), segment(id))
    }

    async fn raw(&self, id: &str) -> Result<Exchange, HttpError> {
        self.exchange(Call::get("read user", self.path_of(id)))
            .await
    }

    /// The whole user, as a create and a PUT take it.
    fn body(&self, account: &Throwaway, active: bool, title: Option<&str>) -> Json {
        let mut body = json!({
            "schemas": [USER],
            "userName": account.email,
            "name": { "givenName": "Certify", "familyName": account.mark },
            "displayName": format!("Certify {}", account.mark),
            "emails": [{ "value": account.email, "type": "work", "primary": true }],
            "active": active,
        });
        if let Some(title) = title {
            body["title"] = json!(title);
        }
        body
    }

    async fn list_total(&self) -> Result<Found, HttpError> {
        let page = |place: u64| async move {
            let call = Call::get("list users", self.users());
            let got = self
                .exchange(call.query("startIndex", place).query("count", 1))
                .await?;
            let page = Page::of(got.body.clone());
            let page = page.map_err(|why| self.api.problem("list users", Problem::Body(why)));
            Ok::<_, HttpError>((got, page?))
        };
        let (got, first) = page(1).await?;
        let evidence = Evidence::default()
            .status(got.status)
            .key("totalResults", got.body.get("totalResults"))
            .count("first_page", first.entries.len());
        let Some(total) = first.total else {
            return Ok(Found::answer("absent", evidence));
        };
        let length = u64::try_from(first.entries.len()).unwrap_or(u64::MAX);
        if total > length {
            return Ok(Found::answer("whole", evidence));
        }
        let (_, second) = page(length + 1).await?;
        let new = second.ids().iter().any(|id| !first.ids().contains(id));
        let evidence = evidence.count("second_page", second.entries.len());
        Ok(Found::answer(if new { "page" } else { "whole" }, evidence))
    }

    async fn inactive_listed(&self, listed: &[Resource]) -> Result<Found, HttpError> {
        let off = |it: &Resource| it.get("active").and_then(flag) == Some(false);
        let seen = listed.iter().filter(|it| off(it)).count();
        let evidence = Evidence::default()
            .count("listed", listed.len())
            .count("off", seen);
        if seen > 0 {
            return Ok(Found::answer("yes", evidence));
        }
        let call = Call::get("list users", self.users()).query("filter", "active eq false");
        let got = self.exchange(call).await?;
        let found = Page::of(got.body).map(|it| it.resources().filter(off).count());
        Ok(match found {
            Ok(found) if found > 0 => {
                Found::answer("no", evidence.status(got.status).count("found_off", found))
            }
            _ => Found::Open("nobody is seen to be off"),
        })
    }

    async fn members_shown(&self, listed: &[Resource]) -> Result<Found, HttpError> {
        let mut claimed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for user in listed {
            for group in user.values("groups") {
                claimed.entry(group).or_default().extend(user.id());
            }
        }
        if claimed.is_empty() {
            return Ok(Found::Open("no user shows to be in a group"));
        }
        let groups = self.list_of(GROUPS).await?.resources;
        let (mut read, mut shown, mut lacking) = (0, 0, 0);
        // A list that is cut shows one member as well as a whole one does.
        let mut tells = false;
        for (group, members) in claimed.iter().take(GROUPS_READ) {
            let Some(listed) = groups
                .iter()
                .find(|it| it.id().as_deref() == Some(&**group))
            else {
                continue;
            };
            let path = format!("{}/{}", self.groups_path(), segment(group));
            let got = self.exchange(Call::get("read group", path)).await?;
            let one = Resource::of(got.body).unwrap_or_else(|| listed.clone());
            let there: BTreeSet<String> = one.values("members").into_iter().collect();
            read += 1;
            tells |= members.len() > 1;
            shown += members.intersection(&there).count();
            lacking += members.difference(&there).count();
        }
        if read == 0 {
            return Ok(Found::Open("the groups that users show are not listed"));
        }
        if lacking == 0 && !tells {
            return Ok(Found::Open("no group is seen to have two members"));
        }
        let evidence = Evidence::default()
            .count("groups", read)
            .count("members_shown", shown)
            .count("members_lacking", lacking);
        Ok(Found::answer(
            match (shown, lacking) {
                (_, 0) => "all",
                (0, _) => "none",
                _ => "part",
            },
            evidence,
        ))
    }

    async fn filter(&self, listed: &[Resource]) -> Result<Found, HttpError> {
        let names = listed
            .iter()
            .filter_map(|it| Some((it.id()?, it.text("userName")?)));
        let mut swappable = names.filter(|(_, name)| swapped(name) != **name);
        let Some((id, name)) = swappable.next() else {
            return Ok(Found::Open("no user name here has letters"));
        };
        let mut evidence = Evidence::default();
        let mut found = Vec::new();
        for name in [name.to_owned(), swapped(name), NOBODY.to_owned()] {
            let call = Call::get("find user", self.users());
            let got = self
                .exchange(call.query("filter", equals("userName", &name)))
                .await?;
            evidence = evidence.status(got.status);
            if !got.is_good() {
                return Ok(Found::answer("refused", evidence));
            }
            let page = Page::of(got.body);
            let page = page.map_err(|why| self.api.problem("find user", Problem::Body(why)))?;
            found.push(
                page.resources()
                    .filter_map(|it| it.id())
                    .collect::<Vec<_>>(),
            );
        }
        let [exact, other, nobody] = found.as_slice() else {
            return Ok(Found::Open("the filter was not answered"));
        };
        let evidence = evidence
            .count("found", exact.len())
            .count("found_for_nobody", nobody.len());
        Ok(match exact.contains(&id) {
            _ if !nobody.is_empty() => Found::answer("ignored", evidence),
            false => Found::Open("the filter does not find who is listed"),
            true if other.contains(&id) => Found::answer("folded", evidence),
            true => Found::answer("exact", evidence),
        })
    }

    async fn patch_form(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let mut evidence = Evidence::default();
        for form in ["path", "plain"] {
            let name = format!("Certify {} {form}", account.mark);
            let operation = match form {
                "path" => json!({ "op": "replace", "path": "displayName", "value": name }),
                _ => json!({ "op": "replace", "value": { "displayName": name } }),
            };
            let call = Call::patch("change user", self.path_of(id));
            let sent = self
                .exchange(call.json(&patch(vec![operation])).repeatable())
                .await?;
            evidence = evidence.status(sent.status);
            if !sent.is_good() {
                continue;
            }
            let is_new = |it: &Exchange| text(&it.body, "displayName") == Some(&name);
            let waits = self.settings.spec.read_lag_ms;
            let seen = shown(&self.api, waits, || self.raw(id), is_new).await?;
            if is_new(&seen) {
                return Ok(Found::answer(form, evidence));
            }
        }
        Ok(Found::answer("off", evidence))
    }

    async fn put_clears(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let mut evidence = Evidence::default();
        for title in [Some("Certified"), None] {
            let body = self.body(account, true, title);
            let sent = self
                .exchange(Call::put("change user", self.path_of(id)).json(&body))
                .await?;
            evidence = evidence.status(sent.status);
            if !sent.is_good() {
                return Ok(Found::Open("a PUT of the whole user is refused"));
            }
            let is_so = |it: &Exchange| text(&it.body, "title") == title;
            let waits = self.settings.spec.read_lag_ms;
            let seen = shown(&self.api, waits, || self.raw(id), is_so).await?;
            match title {
                Some(_) if !is_so(&seen) => return Ok(Found::Open("a title is not stored")),
                Some(_) => {}
                None => {
                    let evidence = evidence.key("title", seen.body.get("title"));
                    return Ok(Found::yes_if(is_so(&seen), evidence));
                }
            }
        }
        Ok(Found::Open("a PUT was not answered"))
    }

    async fn switch_off(&self, account: &Throwaway) -> Result<Exchange, HttpError> {
        let id = account.id(&self.api)?;
        let operation = json!({ "op": "replace", "path": "active", "value": false });
        let call = Call::patch("switch user off", self.path_of(id));
        let sent = self
            .exchange(call.json(&patch(vec![operation])).repeatable())
            .await?;
        if sent.is_good() {
            return Ok(sent);
        }
        let body = self.body(account, false, None);
        let call = Call::put("switch user off", self.path_of(id)).json(&body);
        self.exchange(call).await
    }

    async fn off_means(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let sent = self.switch_off(account).await?;
        let is_done = |it: &Exchange| it.status == 404 || is_off(it);
        let waits = self.settings.spec.read_lag_ms;
        let seen = shown(&self.api, waits, || self.raw(id), is_done).await?;
        let evidence = Evidence::default().status(sent.status).status(seen.status);
        Ok(match seen.status {
            404 => Found::answer("gone", evidence),
            _ if is_off(&seen) => Found::answer("inactive", evidence),
            _ => Found::Open("the account cannot be switched off"),
        })
    }
}

fn is_off(user: &Exchange) -> bool {
    let fields = user.body.as_object();
    fields.and_then(|it| wire::get(it, "active")).and_then(flag) == Some(false)
}

/// A text attribute with a value.
fn text<'a>(user: &'a Json, name: &str) -> Option<&'a str> {
    let text = wire::get(user.as_object()?, name)?.as_str()?;
    Some(text).filter(|it| !it.is_empty())
}
