//! A list of the description's, read to its proved end.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use crate::connector::rest::counts::PageCounts;
use crate::connector::rest::walk::{self, End, Next, PagePlace, Source};
use crate::description::{self, AnswerPlace, List, ListPart, Page, Pointer, Template, Total};
use crate::http::{Call, HttpError, Problem, Reply};

/// What a list brought.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Its entries, each once, without what may be a secret.
    pub(super) entries: Vec<Json>,
    /// Pages read.
    pub(super) pages: u32,
    /// How many the vendor counts; of parts the sum.
    pub(super) counted: Option<u64>,
    /// What speaks against its being whole, one clause each.
    pub(super) doubts: Vec<String>,
}

impl Described {
    /// Reads a list and its parts; `narrowed` is a query besides, `key` tells entries apart.
    ///
    /// # Errors
    /// Those of the calls; [`Problem::Paging`] and [`Problem::Body`] for pages that are none.
    pub(super) async fn walk(
        &self,
        what: &'static str,
        list: &List,
        key: &Pointer,
        narrowed: &[(Box<str>, Template)],
        names: Names<'_>,
    ) -> Result<Walked, HttpError> {
        let whole = ListPart {
            query: Vec::new(),
            implies: Vec::new(),
            doubles: false,
        };
        let parts = match list.parts.as_slice() {
            [] => std::slice::from_ref(&whole),
            parts => parts,
        };
        let (mut all, mut seen) = (Walked::default(), HashSet::new());
        for part in parts {
            let own = part.query.iter();
            let own = own.filter(|(name, _)| !narrowed.iter().any(|(other, _)| other == name));
            let query: Vec<_> = own.chain(narrowed).cloned().collect();
            let mut read = self.once(what, list, key, &query, names).await?;
            if list.twice {
                let again = self.once(what, list, key, &query, names).await?;
                let keys = |walked: &Walked| -> HashSet<Option<Box<str>>> {
                    let entries = walked.entries.iter();
                    entries.map(|entry| description::key(entry, key)).collect()
                };
                if keys(&read) != keys(&again) {
                    read.doubts
                        .push("two walks of the list do not see the same".into());
                }
                read.pages += again.pages;
            }
            for mut entry in read.entries {
                for (at, value) in &part.implies {
                    at.put(&mut entry, value.clone());
                }
                let key = description::key(&entry, key);
                if key.is_none() || seen.insert(key.clone()) {
                    all.entries.push(entry);
                } else if !part.doubles {
                    let key = self.api.clean(&key.unwrap_or_default());
                    all.doubts.push(format!("two parts of the list show {key}"));
                }
            }
            all.pages += read.pages;
            all.doubts.extend(read.doubts);
            all.counted = match (all.counted, read.counted) {
                (Some(one), Some(two)) => Some(one.saturating_add(two)),
                (one, two) => one.or(two),
            };
        }
        if parts.len() > 1 && parts.iter().any(|it| it.doubles) {
            // The sum of the parts counts somebody twice.
            all.counted = all.counted.map(|_| all.entries.len() as u64);
        }
        Ok(all)
    }

    /// One walk of one list.
    async fn once(
        &self,
        what: &'static str,
        list: &List,
        key: &Pointer,
        query: &[(Box<str>, Template)],
        names: Names<'_>,
    ) -> Result<Walked, HttpError> {
        let path = self.path(what, &list.get, names)?;
        // What narrows a list stands in place of what it is asked with otherwise.
        let own = list.query.iter();
        let own = own.filter(|(name, _)| !query.iter().any(|(other, _)| other == name));
        let query: Vec<_> = own.chain(query).cloned().collect();
        let plain = self.dressed(Call::get(what, &*path), &query, names)?;
        let head = match &list.total {
            Some(Total::Head(name)) => {
                let call = self.dressed(Call::head(what, &*path), &query, names)?;
                let reply = self.ask(call).await?;
                Some(count_in(name, &reply)?)
            }
            _ => None,
        };
        let asked = Asked {
            connector: self,
            list,
            key,
            plain,
            head,
        };
        let (by_pages, first) = match &list.page {
            Some(Page::Offset(it)) => (false, PagePlace::Number(it.first)),
            Some(Page::Number(it)) => (true, PagePlace::Number(it.first)),
            Some(Page::Cursor { .. } | Page::Link { .. }) | None => (false, PagePlace::First),
        };
        let rules = walk::Rules {
            what,
            by_pages,
            size: None,
            end: End::NothingNew,
            page_counts: PageCounts::Wrong,
            ahead: 0,
        };
        let (mut entries, mut names_of_fields) = (Vec::new(), HashMap::new());
        let take = |mut entry, new, _| {
            if new {
                self.without_secrets_of(&mut entry, &mut names_of_fields);
                entries.push(entry);
            }
            ControlFlow::Continue(())
        };
        let listing = walk::walk(&asked, &self.api, rules, first, take).await?;
        if listing.stood_still && list.total.is_none() {
            // What comes behind these entries cannot be seen.
            let reason = "a page brought nothing new where the end of the list should be";
            let call = asked.plain.describe();
            return Err(self.api.problem(&call, Problem::Paging(reason.into())));
        }
        let differ = listing.difference("accounts");
        Ok(Walked {
            entries,
            pages: listing.pages,
            counted: listing.counted,
            doubts: listing.doubts.into_iter().chain(differ).collect(),
        })
    }

    /// Takes away what may be a secret, at any depth.
    pub(super) fn without_secrets(&self, json: &mut Json) {
        self.without_secrets_of(json, &mut HashMap::new());
    }

    /// The same for many of a kind: `names` are fields that were met, and whether they hold secrets.
    fn without_secrets_of(&self, json: &mut Json, names: &mut HashMap<Box<str>, bool>) {
        for at in &self.description.secret {
            at.remove(json);
        }
        drop_secrets(json, names);
    }
}

/// A list with what asks for it.
struct Asked<'d> {
    connector: &'d Described,
    list: &'d List,
    key: &'d Pointer,
    /// The call without a place.
    plain: Call,
    /// The count that the answer to a HEAD gave.
    head: Option<u64>,
}

impl Asked<'_> {
    /// The call for a page.
    fn call(&self, place: &PagePlace) -> Call {
        let call = self.plain.clone();
        let sized = |call: Call, size: &Option<(Box<str>, u64)>| match size {
            Some((name, size)) => call.query(name, size),
            None => call,
        };
        match (&self.list.page, place) {
            (None, _) => call,
            (Some(Page::Offset(it) | Page::Number(it)), _) => {
                let call = call.query(&it.limit, it.size);
                call.query(&it.parameter, place.number())
            }
            (
                Some(Page::Cursor {
                    parameter, size, ..
                }),
                PagePlace::Cursor(cursor),
            ) => sized(call, size).query(parameter, cursor),
            (Some(Page::Link { .. }), PagePlace::Link(query)) => Call {
                query: query.clone(),
                ..call
            },
            (Some(Page::Cursor { size, .. } | Page::Link { size, .. }), _) => sized(call, size),
        }
    }

    /// What follows a page.
    fn next(&self, place: &PagePlace, body: &Json, reply: &Reply) -> Result<Next, HttpError> {
        let paging = |reason: &str| reply.problem(Problem::Paging(reason.to_owned()));
        let next = match &self.list.page {
            None => None,
            // One page more is asked for, however short this one was, until one brings nothing.
            Some(Page::Offset(_) | Page::Number(_)) => return Ok(Next::Untold),
            Some(Page::Cursor { at, .. }) => text_at(at, body, reply).map(PagePlace::Cursor),
            Some(Page::Link { at, .. }) => match text_at(at, body, reply) {
                Some(link) => {
                    let query = query_of(&link);
                    let none = || paging("the link to the next page has no query");
                    Some(PagePlace::Link(query.ok_or_else(none)?))
                }
                None => None,
            },
        };
        match next {
            Some(next) if next == *place => Err(paging("the next page is this one again")),
            Some(next) => Ok(Next::At(next)),
            None => Ok(Next::End),
        }
    }
}

impl Source for Asked<'_> {
    type Entry = Json;

    async fn ask(&self, place: PagePlace) -> Result<walk::Page<Json>, HttpError> {
        let reply = self.connector.ask(self.call(&place)).await?;
        let mut body: Json = reply.json()?;
        let items = self.list.items.get_mut(&mut body).map(Json::take);
        let Some(Json::Array(entries)) = items else {
            let reason = format!("there is no list at {:?}", self.list.items.to_string());
            return Err(reply.unusable(reason));
        };
        let total = match &self.list.total {
            Some(Total::Body(at)) => Some(count_at(at, &body, &reply)?),
            Some(Total::Header(name)) => Some(count_in(name, &reply)?),
            Some(Total::Head(_)) => self.head,
            None => None,
        };
        let cut = self.list.truncated.as_ref().and_then(|at| at.get(&body));
        Ok(walk::Page {
            entries,
            total,
            next: self.next(&place, &body, &reply)?,
            cut: cut.is_some_and(|it| it != &Json::Bool(false) && !it.is_null()),
            wrapped: true,
        })
    }

    fn key<'e>(&self, entry: &'e Json) -> Option<Cow<'e, str>> {
        let key = description::key(entry, self.key)?;
        Some(Cow::Owned(key.into_string()))
    }
}

/// A count in a header.
fn count_in(name: &str, reply: &Reply) -> Result<u64, HttpError> {
    let count = number_in(reply.header(&name.to_ascii_lowercase()));
    count.ok_or_else(|| reply.unusable("its header has no count"))
}

/// A count in the body; a text of digits is one.
fn count_at(at: &Pointer, body: &Json, reply: &Reply) -> Result<u64, HttpError> {
    let found = at.get(body);
    let count = found.and_then(|it| it.as_u64().or_else(|| number_in(it.as_str())));
    count.ok_or_else(|| reply.unusable(format!("there is no count at {at}")))
}

fn number_in(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// The cursor or link of a page; `None`: nothing follows.
fn text_at(place: &AnswerPlace, body: &Json, reply: &Reply) -> Option<String> {
    match place {
        AnswerPlace::Body(at) => match at.get(body)? {
            Json::String(text) if !text.is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        },
        AnswerPlace::Header(name, relation) => {
            let value = reply.header(&name.to_ascii_lowercase())?;
            match name.eq_ignore_ascii_case("link") {
                true => linked(value, relation),
                false => Some(value.trim().to_owned()).filter(|it| !it.is_empty()),
            }
        }
    }
}

/// The query of a link, which is all of it that counts: path and host stay ours.
fn query_of(link: &str) -> Option<Vec<(String, String)>> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default().as_bytes();
    Some(url::form_urlencoded::parse(query).into_owned().collect())
}

/// The target with that relation in a `Link` header.
/// <https://www.rfc-editor.org/rfc/rfc8288#section-3>
fn linked(header: &str, relation: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        // Parameters go on to the next target; a comma within quotes belongs to them.
        let end = after.find(", <").or_else(|| after.find(",<"));
        let (parameters, next) = after.split_at(end.unwrap_or(after.len()));
        let is_it = parameters.split(';').any(|it| {
            let (name, value) = it.split_once('=').unwrap_or_default();
            let value = value.trim().trim_matches('"');
            let mut relations = value.split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|it| it.eq_ignore_ascii_case(relation))
        });
        if is_it {
            return Some(target.trim().to_owned());
        }
        rest = next;
    }
    None
}

/// Fields whose names say that they hold secrets.
fn drop_secrets(json: &mut Json, names: &mut HashMap<Box<str>, bool>) {
    match json {
        Json::Object(map) => {
            map.retain(|name, it| {
                // A yes or no is none.
                it.is_boolean() || !holds_secret(name, names)
            });
            for value in map.values_mut() {
                drop_secrets(value, names);
            }
        }
        Json::Array(items) => {
            for item in items {
                drop_secrets(item, names);
            }
        }
        _ => {}
    }
}

fn holds_secret(name: &str, names: &mut HashMap<Box<str>, bool>) -> bool {
    if let Some(known) = names.get(name) {
        return *known;
    }
    let secret = description::says_secret(name);
    // Names that are data (an id as a key) would fill the memory.
    if names.len() < 1000 {
        names.insert(name.into(), secret);
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_header_has_the_link_with_its_relation() {
        let header = "<https://a.example/x?page=1>; rel=\"first prev\", </x?page=3&a=b,c>; title=\"a, b\"; rel=next";
        assert_eq!(linked(header, "next").as_deref(), Some("/x?page=3&a=b,c"));
        assert_eq!(
            linked(header, "prev").as_deref(),
            Some("https://a.example/x?page=1")
        );
        assert_eq!(linked(header, "last"), None);
        assert_eq!(linked("nonsense", "next"), None);
    }

    #[test]
    fn secrets_are_dropped_at_any_depth() {
        let mut json = serde_json::json!({
            "name": "x", "passwordHash": 1, "profile": [{ "api-key": "a", "level": 2 }], "is_token": true,
        });
        drop_secrets(&mut json, &mut HashMap::new());
        assert_eq!(
            json,
            serde_json::json!({ "name": "x", "profile": [{ "level": 2 }], "is_token": true })
        );
    }
}
