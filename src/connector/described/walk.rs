//! A list of the description's, read to its proved end.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use crate::description::{self, List, ListPart, Numbered, Page, Place, Pointer, Template, Total};
use crate::http::{Call, HttpError, Pages, Problem, Reply};

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
                let count = number_in(reply.header(&name.to_ascii_lowercase()));
                Some(count.ok_or_else(|| reply.unusable("its header has no count"))?)
            }
            _ => None,
        };
        let mut pages = Pages::new(&self.api, what);
        let mut walked = Walked::default();
        let (mut counts, mut at) = (Vec::new(), Step::first(list));
        let mut names_of_fields = HashMap::new();
        loop {
            let reply = self.ask(at.of(plain.clone(), list)).await?;
            let mut body: Json = reply.json()?;
            let items = list.items.get_mut(&mut body).map(Json::take);
            let Some(Json::Array(items)) = items else {
                let reason = format!("there is no list at {:?}", list.items.to_string());
                return Err(reply.unusable(reason));
            };
            let before = pages.seen();
            let length = items.len() as u64;
            for mut item in items {
                // What has no key is kept, and is nothing new: else such a list need never end.
                let known = description::key(&item, key);
                if known.is_none_or(|it| pages.is_new(&it)) {
                    self.without_secrets_of(&mut item, &mut names_of_fields);
                    walked.entries.push(item);
                }
            }
            let fresh = pages.seen() > before;
            counts.push(match &list.total {
                Some(Total::Body(at)) => Some(count_at(at, &body, &reply)?),
                Some(Total::Header(name)) => {
                    let count = number_in(reply.header(&name.to_ascii_lowercase()));
                    Some(count.ok_or_else(|| reply.unusable("its header has no count"))?)
                }
                Some(Total::Head(_)) => head,
                None => None,
            });
            let cut = list.truncated.as_ref().and_then(|at| at.get(&body));
            if cut.is_some_and(|it| it != &Json::Bool(false) && !it.is_null()) {
                walked
                    .doubts
                    .push("the vendor says that its list is cut".into());
            }
            let more = self.next(list, &mut at, length, fresh, &body, &reply)?;
            if !fresh && length > 0 && list.total.is_none() {
                // What comes behind these entries cannot be seen.
                return Err(reply.problem(Problem::Paging(String::from(
                    "a page brought nothing new where the end of the list should be",
                ))));
            }
            let goes_on = pages.goes_on(more)?;
            walked.pages = pages.count();
            if !goes_on {
                break;
            }
        }
        let first = counts.first().copied().flatten();
        walked.counted = first;
        if counts.iter().any(|count| *count != first) {
            walked
                .doubts
                .push("the vendor's count changed while the list was read".into());
        }
        let read = walked.entries.len() as u64;
        if let Some(counted) = first.filter(|counted| *counted != read) {
            walked.doubts.push(format!(
                "the vendor counts {counted} accounts, {read} were read"
            ));
        }
        Ok(walked)
    }

    /// Goes on to the next page; whether there is one.
    fn next(
        &self,
        list: &List,
        at: &mut Step,
        length: u64,
        fresh: bool,
        body: &Json,
        reply: &Reply,
    ) -> Result<bool, HttpError> {
        match &list.page {
            None => Ok(false),
            // One page more is asked for, however short this one was, until one brings nothing.
            Some(Page::Offset(_)) => {
                at.place += length;
                Ok(length > 0 && fresh)
            }
            Some(Page::Number(_)) => {
                at.place += 1;
                Ok(length > 0 && fresh)
            }
            Some(Page::Cursor { at: place, .. }) => {
                let next = text_at(place, body, reply);
                if next.is_some() && next == at.cursor {
                    let reason = String::from("the next page is this one again");
                    return Err(reply.problem(Problem::Paging(reason)));
                }
                at.cursor = next;
                Ok(at.cursor.is_some())
            }
            Some(Page::Link { at: place, .. }) => {
                let Some(link) = text_at(place, body, reply) else {
                    return Ok(false);
                };
                let query = query_of(&link).ok_or_else(|| {
                    let reason = String::from("the link to the next page has no query");
                    reply.problem(Problem::Paging(reason))
                })?;
                if at.query.as_ref() == Some(&query) {
                    let reason = String::from("the next page is this one again");
                    return Err(reply.problem(Problem::Paging(reason)));
                }
                at.query = Some(query);
                Ok(true)
            }
        }
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

/// Where a walk is.
struct Step {
    place: u64,
    cursor: Option<String>,
    query: Option<Vec<(String, String)>>,
}

impl Step {
    fn first(list: &List) -> Self {
        Self {
            place: match &list.page {
                Some(Page::Offset(it) | Page::Number(it)) => it.first,
                _ => 0,
            },
            cursor: None,
            query: None,
        }
    }

    /// The call for this page.
    fn of(&self, call: Call, list: &List) -> Call {
        let sized = |call: Call, size: &Option<(Box<str>, u64)>| match size {
            Some((name, size)) => call.query(name, size),
            None => call,
        };
        match &list.page {
            None => call,
            Some(
                Page::Offset(Numbered {
                    parameter,
                    limit,
                    size,
                    ..
                })
                | Page::Number(Numbered {
                    parameter,
                    limit,
                    size,
                    ..
                }),
            ) => call.query(limit, size).query(parameter, self.place),
            Some(Page::Cursor {
                parameter, size, ..
            }) => match &self.cursor {
                Some(cursor) => sized(call, size).query(parameter, cursor),
                None => sized(call, size),
            },
            Some(Page::Link { size, .. }) => match &self.query {
                Some(query) => Call {
                    query: query.clone(),
                    ..call
                },
                None => sized(call, size),
            },
        }
    }
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
fn text_at(place: &Place, body: &Json, reply: &Reply) -> Option<String> {
    match place {
        Place::Body(at) => match at.get(body)? {
            Json::String(text) if !text.is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        },
        Place::Header(name, relation) => {
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
