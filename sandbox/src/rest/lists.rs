//! Reads: lists in pages, one user, a search, whose the credentials are.

use serde_json::{Map, Value as Json, json};

use super::asked::{Answer, Asked};
use super::file::{EmailAt, List, Page, Part, Place, Total, as_text};
use super::routes::{Does, has};
use super::state::State;
use super::template::{Named, Template};

/// The entries of a page where nobody asks for a number.
const USUAL: usize = 20;

/// What is asked of a list.
enum Of {
    Users(Vec<usize>, Option<usize>),
    Entries(Vec<Json>),
}

impl State {
    /// A call that reads.
    pub(super) fn reading(&mut self, found: &[(Does, Named)], asked: &Asked) -> Answer {
        let is_search = |(does, _): &&(Does, Named)| {
            let find = self.file.users.find.as_ref();
            let query = find.is_some_and(|it| has(&asked.query, &it.query, &self.known));
            *does != Does::Find || found.len() == 1 || query
        };
        let Some((does, values)) = found.iter().find(is_search) else {
            return self.refuse(404, "there is no such call");
        };
        match does {
            Does::Own => self.own(),
            Does::Users => self.list_users(asked),
            Does::One => self.one(values, asked),
            Does::Find => self.search(values, asked),
            Does::Groups => match self.file.groups.as_ref().map(|it| it.list.clone()) {
                Some(list) => {
                    let groups = self.groups.iter().map(|it| self.shown_group(it));
                    let groups = Of::Entries(groups.collect());
                    self.list(&list, groups, asked)
                }
                None => self.refuse(404, "there are no groups"),
            },
            _ => self.list_members(values, asked),
        }
    }

    fn own(&self) -> Answer {
        let mut body = json!({});
        let Some(own) = &self.file.own else {
            return self.refuse(404, "there is no such call");
        };
        if own.account == Some(false) {
            if let (Some(status), None) = (own.nobody.first(), &own.email) {
                return self.refuse(*status, "a service has no account");
            }
            for at in own.email.iter().chain(&own.id) {
                at.put(&mut body, json!("a-service"));
            }
            return Answer::json(200, body);
        }
        if let Some(at) = &own.email {
            at.put(&mut body, json!(self.own));
        }
        if let (Some(at), Some(place)) = (&own.id, self.users.by_email(&self.own)) {
            let id = self.file.users.id.of(&self.users[place].json);
            at.put(&mut body, id.cloned().unwrap_or_default());
        }
        Answer::json(200, body)
    }

    fn one(&self, values: &Named, asked: &Asked) -> Answer {
        let Some(one) = &self.file.users.get else {
            return self.refuse(404, "there is no such call");
        };
        if !has(&asked.query, &one.query, &self.known) {
            return self.refuse(400, "a parameter is missing");
        }
        match self.whom(values) {
            Some(at) => {
                let mut body = json!({});
                one.item.put(
                    &mut body,
                    match self.behaviour.outlines {
                        true => self.outline(at),
                        false => self.users[at].json.clone(),
                    },
                );
                Answer::json(200, body)
            }
            None => self.refuse(self.missing(), "there is no such user"),
        }
    }

    /// What is answered for a user who is not there.
    pub(super) fn missing(&self) -> u16 {
        let one = self.file.users.get.as_ref();
        let missing = one.and_then(|it| it.missing.as_ref()?.first().copied());
        missing.unwrap_or(404)
    }

    fn search(&self, values: &Named, asked: &Asked) -> Answer {
        let Some(find) = self.file.users.find.clone() else {
            return self.refuse(404, "there is no such call");
        };
        if self.behaviour.refuses_searches {
            return self.refuse(400, "there is no search");
        }
        let mut values = values.clone();
        for (name, text) in &find.query {
            let template = Template::new(&as_text(text), &self.known);
            let sent = asked.parameter(name).unwrap_or_default();
            if !template.matches(sent, &mut values) {
                return self.refuse(400, &format!("{name} is no search"));
            }
        }
        let who = values.get("email").or(values.get("login"));
        let who = who.map(String::as_str).unwrap_or_default();
        let mut hits: Vec<Json> = (0..self.users.len())
            .filter(|at| !self.behaviour.heeds_filters || self.is_found(*at, who))
            .filter(|at| self.behaviour.shows_off || self.is_on(&self.users[*at].json))
            .map(|at| match find.then.is_some() {
                true => self.outline(at),
                false => self.users[at].json.clone(),
            })
            .collect();
        let mut body = json!({});
        match &find.items {
            Some(at) => at.put(&mut body, Json::Array(hits)),
            None if hits.is_empty() => {
                let missing = find.missing.as_ref().and_then(|it| it.first().copied());
                return self.refuse(missing.unwrap_or(404), "there is no such user");
            }
            None => find.item.put(&mut body, hits.remove(0)),
        }
        Answer::json(200, body)
    }

    /// Whether a search for an address, or for a login name, shows this user.
    fn is_found(&self, at: usize, who: &str) -> bool {
        match self.file.users.login {
            Some(_) => self.has_login(at, who) || self.is_called(at, who),
            None => self.is_called(at, who),
        }
    }

    /// A user where no more than who it is is shown.
    pub(super) fn outline(&self, at: usize) -> Json {
        let users = &self.file.users;
        let mut places = vec![&users.id];
        places.extend(&users.login);
        match &users.email {
            Some(EmailAt::Plain(at)) => places.push(at),
            Some(EmailAt::Entry(entry)) => places.push(&entry.at),
            None => {}
        }
        let mut outline = json!({});
        for place in places {
            if let Some(value) = place.of(&self.users[at].json) {
                place.put(&mut outline, value.clone());
            }
        }
        outline
    }

    fn list_users(&mut self, asked: &Asked) -> Answer {
        let list = self.file.users.list.clone();
        let mut shown: Vec<usize> = (0..self.users.len()).collect();
        let part = self.part(&list, asked);
        if self.behaviour.heeds_filters {
            shown.retain(|at| self.is_in(&list, part, *at));
            if let Some(find) = self.file.users.find.as_ref().filter(|it| it.get.is_none()) {
                for (name, text) in &find.query {
                    let template = Template::new(&as_text(text), &self.known);
                    let Some(sent) = asked.parameter(name) else {
                        continue;
                    };
                    if self.behaviour.refuses_searches {
                        return self.refuse(400, "there is no search");
                    }
                    let mut values = Named::new();
                    if !template.matches(sent, &mut values) {
                        return self.refuse(400, &format!("{name} is no search"));
                    }
                    if let Some(who) = values.get("email").or(values.get("login")) {
                        shown.retain(|at| self.is_found(*at, who));
                    }
                }
            }
        }
        if !self.behaviour.shows_off {
            shown.retain(|at| self.is_on(&self.users[*at].json));
        }
        let lacks = self.behaviour.wrong.lacks_part;
        if lacks > 0 && part == Some(lacks - 1) {
            shown.clear();
        }
        self.list(&list, Of::Users(shown, part), asked)
    }

    /// Which part of a list is asked for: the one with most of its parameters there.
    fn part(&self, list: &List, asked: &Asked) -> Option<usize> {
        let parts = list.parts.iter().enumerate();
        let asked_for = parts.filter(|(_, it)| has(&asked.query, &it.query, &self.known));
        let part = asked_for.max_by_key(|(at, it)| (it.query.len(), usize::MAX - at));
        part.map(|(at, _)| at)
    }

    /// Whether a user is in a part of the list. Where nothing says what a part shows, each user is in
    /// one of those parts; where no part is asked for, who is off is left out.
    fn is_in(&self, list: &List, part: Option<usize>, at: usize) -> bool {
        let user = &self.users[at].json;
        let Some(part) = part else {
            return list.parts.is_empty() || self.is_on(user);
        };
        let says = |part: &Part| -> Option<bool> {
            if !part.implies.is_empty() {
                let mut implied = part.implies.iter();
                return Some(implied.all(|(at, is)| at.of(user) == Some(is)));
            }
            if part.query.is_empty() {
                return Some(true);
            }
            let asked: Vec<String> = part.query.values().map(as_text).collect();
            let mut conditions = self.file.users.active.iter();
            conditions.find_map(|it| {
                let mut known = it.active.iter().chain(&it.inactive);
                let named = known.find(|value| asked.contains(&as_text(value)))?;
                Some(it.at.of(user) == Some(named))
            })
        };
        if let Some(is_in) = says(&list.parts[part]) {
            return is_in;
        }
        let taken = |it: &Part| !it.query.is_empty() && says(it) == Some(true);
        let silent = list
            .parts
            .iter()
            .enumerate()
            .filter(|(_, it)| says(it).is_none());
        let silent: Vec<usize> = silent.map(|(at, _)| at).collect();
        !list.parts.iter().any(taken) && silent[at % silent.len()] == part
    }

    fn list_members(&mut self, values: &Named, asked: &Asked) -> Answer {
        let group = values.get("group").and_then(|id| self.group(id));
        let (Some(group), Some((list, user))) = (group, self.file.members_list()) else {
            return self.refuse(404, "there is no such group");
        };
        let members = self.groups[group].members.iter();
        let members = Of::Entries(members.map(|it| self.member(it, &user)).collect());
        self.list(&list, members, asked)
    }

    /// A page of a list.
    fn list(&mut self, list: &List, of: Of, asked: &Asked) -> Answer {
        if !has(&asked.query, &list.query, &self.known) {
            return self.refuse(400, "a parameter is missing");
        }
        let is_users = matches!(of, Of::Users(..));
        let wrong = self.behaviour.wrong;
        let count = match &of {
            Of::Users(shown, _) => shown.len(),
            Of::Entries(entries) => entries.len(),
        };
        let total = match is_users {
            true => i64::try_from(count).unwrap_or(i64::MAX) + wrong.counts_more,
            false => i64::try_from(count).unwrap_or(i64::MAX),
        };
        let mut answer = Answer::json(200, json!({}));
        if let (Some(Total::Head(it)), "HEAD") = (&list.total, &*asked.method) {
            answer.headers.push((it.head.clone(), total.to_string()));
            answer.body = None;
            return answer;
        }
        let Some((start, size)) = self.window(list, asked) else {
            return self.refuse(400, "there is no such page");
        };
        let end = start.saturating_add(size).min(count);
        let start = start.min(count);
        self.pages += usize::from(is_users);
        let dropped = is_users && wrong.drops_page == self.pages;
        let mut items: Vec<Json> = match of {
            _ if dropped => Vec::new(),
            Of::Users(shown, part) => {
                let page = shown[start..end].iter();
                page.map(|at| self.listed(list, part, *at)).collect()
            }
            Of::Entries(mut entries) => entries.drain(start..end).collect(),
        };
        let mut body = json!({});
        if list.items.is_whole() {
            body = Json::Array(std::mem::take(&mut items));
        } else {
            list.items.put(&mut body, Json::Array(items));
        }
        match &list.total {
            Some(Total::Body(at)) => at.put(&mut body, json!(total)),
            Some(Total::Header(it)) => {
                answer.headers.push((it.header.clone(), total.to_string()));
            }
            Some(Total::Head(_)) | None => {}
        }
        if let Some(at) = &list.truncated {
            at.put(&mut body, json!(false));
        }
        let next = (end < count).then(|| format!("after-{end}"));
        self.point_on(list, next, asked, &mut body, &mut answer.headers);
        answer.body = Some(body);
        answer
    }

    /// A user as a list shows it.
    fn listed(&self, list: &List, part: Option<usize>, at: usize) -> Json {
        if list.each.is_some() {
            return self.outline(at);
        }
        let mut user = self.users[at].json.clone();
        let part = part.and_then(|it| list.parts.get(it));
        for place in part.into_iter().flat_map(|it| it.implies.keys()) {
            place.take(&mut user);
        }
        user
    }

    /// Where a page begins, and how many entries it has.
    fn window(&self, list: &List, asked: &Asked) -> Option<(usize, usize)> {
        let number = |name: &str, usual: usize| match asked.parameter(name) {
            Some(text) => text.parse::<usize>().ok(),
            None => Some(usual),
        };
        let cap = [self.page_cap, self.behaviour.small_pages.then_some(3)];
        let cap = cap.into_iter().flatten().min().unwrap_or(usize::MAX);
        let sized = |limit: Option<&String>, size: Option<usize>| {
            let asked = limit.and_then(|it| number(it, USUAL)).unwrap_or(USUAL);
            // Nobody gives more than is documented.
            asked.min(size.unwrap_or(USUAL)).min(cap)
        };
        let after = |text: Option<&str>| match text {
            Some(text) => text.strip_prefix("after-")?.parse().ok(),
            None => Some(0),
        };
        let (start, size) = match list.page.as_ref() {
            None => (0, usize::MAX),
            Some(Page::Offset {
                offset,
                limit,
                size,
                first,
            }) => {
                let first = first.unwrap_or_default();
                let start = number(offset, first)?.checked_sub(first)?;
                (start, sized(Some(limit), Some(*size)))
            }
            Some(Page::Number {
                page,
                limit,
                size,
                first,
            }) => {
                let size = sized(Some(limit), Some(*size));
                let first = first.unwrap_or(1);
                let before = number(page, first)?.checked_sub(first)?;
                (before.checked_mul(size)?, size)
            }
            Some(Page::Cursor {
                cursor,
                limit,
                size,
                ..
            }) => (
                after(asked.parameter(cursor))?,
                sized(limit.as_ref(), *size),
            ),
            Some(Page::Link { limit, size, .. }) => (
                after(asked.parameter("page_token"))?,
                sized(limit.as_ref(), *size),
            ),
        };
        (size > 0).then_some((start, size))
    }

    /// Says what the next page is.
    fn point_on(
        &self,
        list: &List,
        next: Option<String>,
        asked: &Asked,
        body: &mut Json,
        headers: &mut Vec<(String, String)>,
    ) {
        let (place, next) = match &list.page {
            Some(Page::Cursor { at, .. }) => (at, next),
            Some(Page::Link { at, .. }) => {
                let link = |next: String| {
                    let others = asked.query.iter().filter(|(name, _)| name != "page_token");
                    let query = url::form_urlencoded::Serializer::new(String::new())
                        .extend_pairs(others)
                        .append_pair("page_token", &next)
                        .finish();
                    format!("{}?{query}", asked.path)
                };
                (at, next.map(link))
            }
            _ => return,
        };
        match (place, next) {
            (Place::Body(at), next) => at.put(body, next.map_or(Json::Null, Json::String)),
            (Place::Header(at), next) if at.header.eq_ignore_ascii_case("link") => {
                let rel = at.rel.as_deref().unwrap_or("next");
                let first = format!("<{}>; rel=\"first\"", asked.path);
                let next = next.map(|it| format!(", <{it}>; rel=\"{rel}\""));
                let value = format!("{first}{}", next.unwrap_or_default());
                headers.push((at.header.clone(), value));
            }
            (Place::Header(at), Some(next)) => headers.push((at.header.clone(), next)),
            (Place::Header(_), None) => {}
        }
    }
}

/// An object without anything in it.
pub(super) fn is_empty(json: &Json) -> bool {
    json.is_null() || json.as_object().is_some_and(Map::is_empty)
}
