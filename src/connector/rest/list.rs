//! Lists as the kinds in folders declare them: how a page is asked for, where its entries stand and
//! what it says of the whole. [`walk`] reads them.
//!
//! Of a page link only the offset is used: path and filters stay ours.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::counts::PageCounts;
use super::row::{Fault, ReadRow, Row, Table, Word};
use super::walk::{self, End, Listing, Next, PagePlace, Source};
use crate::http::{Api, Call, HttpError, Problem, Reply, segment};
use crate::model::email::same_email;
use crate::model::few::few;
use crate::model::odd::Odd;

/// An entry of a list, or what is odd about it.
pub(crate) type Entry = Result<Row, Odd>;

/// How a list is asked for, and what its pages say of it.
#[derive(Clone)]
pub(crate) struct List {
    /// Its calls in messages.
    pub(crate) what: &'static str,
    /// Where it is asked for.
    pub(crate) path: Word,
    /// The keys that lead to the entries of a page, each where it is there.
    pub(crate) items: Vec<Word>,
    /// Whether an answer may be a bare array of entries.
    pub(crate) bare: bool,
    /// The fields of an entry.
    pub(crate) table: Table,
    /// The field by which entries are told apart.
    pub(crate) key: Word,
    /// The field with the e-mail.
    pub(crate) email: Word,
    /// Fields by which people recognise an entry that is nobody's account.
    pub(crate) names: Vec<Word>,
    /// Keys that one object is known to have twice.
    pub(crate) twice: &'static [&'static str],
    /// What is odd about an entry that cannot be understood, in one clause.
    pub(crate) odd: fn(Fault) -> String,
    /// How pages are asked for.
    pub(crate) paging: Paging,
    /// Pointers to the count of the whole list.
    pub(crate) total: Vec<Word>,
    /// Pointers to the link to the next page.
    pub(crate) next: Vec<Word>,
    /// Pointer to whether it is the last page.
    pub(crate) last: Word,
    /// Pointers to the number of the page, from 0.
    pub(crate) number: Vec<Word>,
    /// Pointers to the number of pages.
    pub(crate) pages: Vec<Word>,
    /// What ends it where its pages do not say it.
    pub(crate) end: End,
}

impl List {
    /// A list whose pages say nothing of it; the base of every declaration.
    pub(crate) fn base() -> Self {
        Self {
            what: "list users",
            path: "".into(),
            items: Vec::new(),
            bare: false,
            table: Table::from([]),
            key: "".into(),
            email: "email".into(),
            names: Vec::new(),
            twice: &[],
            odd: Fault::why,
            paging: Paging::Offset("limit".into(), 0),
            total: Vec::new(),
            next: Vec::new(),
            last: "".into(),
            number: Vec::new(),
            pages: Vec::new(),
            end: End::Empty,
        }
    }
}

/// How pages are asked for.
#[derive(Clone)]
pub(crate) enum Paging {
    /// By `offset`; the parameter for the size, and the size.
    Offset(Word, u64),
    /// By `page`, from 0; the parameter for the size, and the size.
    Page(Word, u64),
}

impl Paging {
    fn size(&self) -> u64 {
        match self {
            Self::Offset(_, size) | Self::Page(_, size) => *size,
        }
    }

    /// The call for the page at that place.
    fn of(&self, call: Call, place: u64) -> Call {
        match self {
            Self::Offset(name, size) => call.query(name, size).query("offset", place),
            Self::Page(name, size) => call.query("page", place).query(name, size),
        }
    }
}

/// What becomes of the users of a list.
pub(crate) trait Take: Default + Send + 'static {
    /// Takes the next entry, if it was not there yet.
    fn take(&mut self, entry: Entry);

    /// How many were taken.
    fn count(&self) -> usize;

    /// Whether a user with that id was.
    fn has(&self, id: &str) -> bool;

    /// Why it is no list of users, where nothing of it can be understood.
    fn is_no_list(&self) -> Option<String>;
}

/// Nobody is looked for among entries that cannot be understood.
impl Take for Vec<Row> {
    fn take(&mut self, entry: Entry) {
        self.extend(entry.ok());
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn has(&self, id: &str) -> bool {
        self.iter().any(|user| user.text("id") == Some(id))
    }

    fn is_no_list(&self) -> Option<String> {
        None
    }
}

/// One page, as it was read.
pub(crate) struct ReadPage {
    pub(crate) entries: Vec<Entry>,
    /// The vendor's count of the whole.
    pub(crate) total: Option<u64>,
    /// Whether another one follows; `None`: it does not say.
    pub(crate) more: Option<bool>,
    /// Its number, where it says so.
    pub(crate) number: Option<u64>,
    /// The link to the next one.
    pub(crate) next: Option<String>,
    /// Whether it is an object and no bare array.
    pub(crate) wrapped: bool,
}

impl List {
    /// Asks for the list.
    pub(crate) fn call(&self) -> Call {
        Call::get(self.what, &*self.path)
    }

    /// Where the entry of that key stands by itself.
    pub(crate) fn path_of(&self, key: &str) -> String {
        format!("{}/{}", self.path, segment(key))
    }

    /// Reads all pages of what `call` asks for, one after the other, into what takes each entry once.
    ///
    /// # Errors
    /// As [`List::walk`].
    pub(crate) async fn read<T: Take>(
        &self,
        api: &Api,
        call: &Call,
    ) -> Result<(T, Listing), HttpError> {
        let mut taken = T::default();
        let take = |entry, new| {
            if new {
                taken.take(entry);
            }
            ControlFlow::Continue(())
        };
        let listing = self.walk(api, 0, call, |call| api.send(call), take).await?;
        Ok((taken, listing))
    }

    /// Reads all pages of what `call` asks for; `send` sends it. `take` gets each entry once, as they
    /// arrive, those that a list shows again too (with `false`), and ends it behind a page.
    ///
    /// # Errors
    /// As [`walk`].
    pub(crate) async fn walk<F>(
        &self,
        api: &Api,
        ahead: usize,
        call: &Call,
        send: impl Fn(Call) -> F + Sync,
        mut take: impl FnMut(Entry, bool) -> ControlFlow<()>,
    ) -> Result<Listing, HttpError>
    where
        F: Future<Output = Result<Reply, HttpError>> + Send,
    {
        let list = self;
        let source = Asked {
            list,
            api,
            call,
            send,
        };
        let rules = walk::Rules {
            what: self.what,
            by_pages: matches!(self.paging, Paging::Page(..)),
            size: Some(self.paging.size()),
            end: self.end,
            page_counts: PageCounts::Sum,
            ahead,
        };
        let take = |entry, new, _| take(entry, new);
        walk::walk(&source, api, rules, PagePlace::Number(0), take).await
    }

    /// The one of those found who has that e-mail: a search may bring others as well.
    ///
    /// # Errors
    /// Several have it, in one clause.
    pub(crate) fn only(&self, found: Vec<Row>, email: &str) -> Result<Option<Row>, String> {
        let has_it = |user: &Row| {
            user.text(&self.email)
                .is_some_and(|it| same_email(it, email))
        };
        let mut those: BTreeMap<String, Row> = BTreeMap::new();
        for user in found.into_iter().filter(has_it) {
            let key = user.text(&self.key).unwrap_or_default().to_owned();
            those.entry(key).or_insert(user);
        }
        if those.len() > 1 {
            let keys: Vec<&String> = those.keys().collect();
            let keys = few(&keys, ", ");
            return Err(format!("several users have this e-mail ({keys})"));
        }
        Ok(those.into_values().next())
    }

    /// Reads an answer: a page, or a bare array.
    ///
    /// # Errors
    /// [`Problem::Body`] for what is neither.
    pub(crate) fn page(&self, reply: &Reply) -> Result<ReadPage, HttpError> {
        let inside = Inside(&self.table, &self.items);
        if let Ok((Some(rows), rest)) = reply.json_by(inside, self.twice)
            && (self.bare || rest.is_object())
            && let Ok(rows) = rows.into_iter().map(|row| row.map(Ok)).collect()
        {
            let page = self.told(rows, &rest);
            return page.map_err(|why| reply.unusable(why));
        }
        // The careful way says what is wrong with it, or with which entry.
        let body = reply.json_with_twice(self.twice)?;
        self.page_of(body).map_err(|why| reply.unusable(why))
    }

    /// The same of an answer that was read as JSON.
    ///
    /// # Errors
    /// What it is instead.
    pub(crate) fn page_of(&self, mut body: Json) -> Result<ReadPage, String> {
        let is_list = body.is_object() || (self.bare && body.is_array());
        if !is_list {
            return Err(String::from("neither a list of users nor a page of them"));
        }
        let Some(items) = items_of(&mut body, &self.items) else {
            let key = self.items.last().map_or("", |it| &**it);
            return Err(format!("an object without `{key}`, so not a page of users"));
        };
        let entries = items.iter().map(|entry| self.entry(entry)).collect();
        self.told(entries, &body)
    }

    /// An entry of a list.
    pub(crate) fn entry(&self, entry: &Json) -> Entry {
        let odd = |fault| Odd::of(entry, &self.key, (self.odd)(fault));
        Row::of(entry, &self.table).map_err(odd)
    }

    /// What is odd about an entry that was understood and is nobody's account.
    pub(crate) fn odd_one(&self, user: &Row, why: &str) -> Odd {
        let name = match user.text(&self.key) {
            Some(id) => format!("the user {id}"),
            None => String::from("an entry of the list"),
        };
        let texts = self.names.iter().filter_map(|it| user.text(it));
        Odd::new(name, why).with(&texts.collect())
    }

    /// A page with what it says of the list. What it says of itself comes before what its numbers
    /// imply.
    fn told(&self, entries: Vec<Entry>, about: &Json) -> Result<ReadPage, String> {
        let wrong = || "a page of users with a field of the wrong type in its envelope";
        let number = |pointers: &[Word]| number(about, pointers).ok_or_else(wrong);
        let (total, at, pages) = (
            number(&self.total)?,
            number(&self.number)?,
            number(&self.pages)?,
        );
        let mut links = self.next.iter().filter_map(|it| about.pointer(it));
        let link = links.find(|it| !it.is_null() && it.as_str() != Some(""));
        if matches!(self.paging, Paging::Offset(..)) && link.is_some_and(|it| !it.is_string()) {
            return Err(wrong().to_owned());
        }
        let gives_links = self.next.iter().any(|it| {
            let (above, _) = it.rsplit_once('/').unwrap_or_default();
            about.pointer(it).is_some()
                || (!above.is_empty() && about.pointer(above).is_some_and(Json::is_object))
        });
        let last = match about
            .pointer(&self.last)
            .filter(|it| !self.last.is_empty() && !it.is_null())
        {
            Some(Json::Bool(last)) => Some(*last),
            Some(_) => return Err(wrong().to_owned()),
            None => None,
        };
        let more = match (gives_links, last, at.zip(pages)) {
            (true, _, _) => Some(link.is_some()),
            (false, Some(last), _) => Some(!last),
            (false, None, Some((at, pages))) if at.saturating_add(1) < pages => Some(true),
            (false, None, _) => None,
        };
        Ok(ReadPage {
            entries,
            total,
            more,
            number: at,
            next: link.and_then(Json::as_str).map(str::to_owned),
            wrapped: about.is_object(),
        })
    }
}

/// A list with what asks for it.
struct Asked<'l, S> {
    list: &'l List,
    api: &'l Api,
    call: &'l Call,
    send: S,
}

impl<S, F> Source for Asked<'_, S>
where
    S: Fn(Call) -> F + Sync,
    F: Future<Output = Result<Reply, HttpError>> + Send,
{
    type Entry = Entry;

    async fn ask(&self, place: PagePlace) -> Result<walk::Page<Entry>, HttpError> {
        let place = place.number();
        let reply = (self.send)(self.list.paging.of(self.call.clone(), place)).await?;
        let page = self.list.page(&reply)?;
        if let Some(have) = page.number.filter(|have| *have != place) {
            let reason = format!("asked for page {place}, got page {have}");
            return Err(reply.problem(Problem::Paging(reason)));
        }
        let next = match (&page.next, page.more) {
            (Some(link), _) if matches!(self.list.paging, Paging::Offset(..)) => {
                Next::At(PagePlace::Number(self.offset_of(link)?))
            }
            (_, Some(true)) => Next::Behind,
            (_, Some(false)) => Next::End,
            (_, None) => Next::Untold,
        };
        Ok(walk::Page {
            entries: page.entries,
            total: page.total,
            next,
            cut: false,
            wrapped: page.wrapped,
        })
    }

    fn key<'e>(&self, entry: &'e Entry) -> Option<Cow<'e, str>> {
        let row = entry.as_ref().ok()?;
        row.text(&self.list.key).map(Cow::Borrowed)
    }
}

impl<S> Asked<'_, S> {
    /// Where a page link leads. One to another origin is refused, though only its offset is used:
    /// something is wrong with such a list.
    fn offset_of(&self, link: &str) -> Result<u64, HttpError> {
        let call = self.api.follow(self.list.what, link)?;
        let offset = call.query.iter().find(|(name, _)| name == "offset");
        let offset = offset.and_then(|(_, value)| value.parse().ok());
        offset.ok_or_else(|| {
            let reason = "the link to the next page has no offset".to_owned();
            self.api.problem(self.list.what, Problem::Paging(reason))
        })
    }
}

/// The first number that is there; outer `None`: it is none.
fn number(about: &Json, pointers: &[Word]) -> Option<Option<u64>> {
    let mut told = pointers.iter().filter_map(|it| about.pointer(it));
    match told.find(|it| !it.is_null()) {
        Some(number) => number.as_u64().map(Some),
        None => Some(None),
    }
}

/// Takes the entries out of a page.
pub(crate) fn items_of(body: &mut Json, keys: &[Word]) -> Option<Vec<Json>> {
    match body {
        Json::Array(items) => Some(std::mem::take(items)),
        Json::Object(page) => {
            let mut inside = keys.iter();
            inside.find_map(|key| items_of(page.get_mut(&**key)?, keys))
        }
        _ => None,
    }
}

/// Reads a page the quick way, by a table and the keys that lead to its entries: these, and
/// everything else.
#[derive(Clone, Copy)]
struct Inside<'t>(&'t Table, &'t [Word]);

type Parts = (Option<Vec<Result<Row, Fault>>>, Json);

impl<'de> DeserializeSeed<'de> for Inside<'_> {
    type Value = Parts;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Parts, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let (mut rows, mut rest) = (None, Map::new());
        while let Some(key) = map.next_key::<String>()? {
            let value = match self.1.iter().any(|it| **it == *key) {
                true => {
                    let (inside, value) = map.next_value_seed(self)?;
                    rows = rows.or(inside);
                    value
                }
                false => map.next_value()?,
            };
            rest.insert(key, value);
        }
        Ok((rows, Json::Object(rest)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Parts, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element_seed(ReadRow(self.0))? {
            rows.push(row);
        }
        Ok((Some(rows), Json::Null))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::row::{Field, words};
    use super::*;

    fn page(json: Json) -> Result<ReadPage, String> {
        let list = List {
            items: words(["data", "users"]),
            table: Table::from([Field::text("id").required(), Field::flag("on")]),
            key: "id".into(),
            total: words(["/total", "/data/total"]),
            next: words(["/links/next"]),
            last: "/last".into(),
            ..List::base()
        };
        list.page_of(json)
    }

    #[test]
    fn entries_are_found_by_the_keys_that_are_there() {
        for json in [
            json!({"users": [{"id": "a"}], "total": 1}),
            json!({"data": {"users": [{"id": "a"}], "total": 1}}),
            json!({"data": [{"id": "a"}], "total": 1}),
        ] {
            let page = page(json.clone()).unwrap();
            assert_eq!((page.entries.len(), page.total), (1, Some(1)), "{json}");
        }
    }

    #[test]
    fn what_is_no_page_is_an_error_that_quotes_nothing() {
        for json in [
            json!({"users": "SECRET"}),
            json!({"other": ["SECRET"]}),
            json!({"users": [], "total": "SECRET"}),
            json!({"users": [], "last": "SECRET"}),
            json!({"users": [], "links": {"next": ["SECRET"]}}),
            json!(["SECRET"]),
            json!("SECRET"),
        ] {
            let error = page(json.clone()).err().unwrap();
            assert!(!error.contains("SECRET"), "{json}: {error}");
        }
    }

    #[test]
    fn one_odd_entry_stops_only_itself() {
        let users = json!({"users": [{"id": "a"}, {"id": "b", "on": 7}, 7, {"id": 7}]});
        let page = page(users).unwrap();
        let told = |entry: &Entry| match entry {
            Ok(row) => row.text("id").unwrap().to_owned(),
            Err(odd) => format!("{} {}", odd.name, odd.why),
        };
        let told: Vec<String> = page.entries.iter().map(told).collect();
        assert_eq!(
            told,
            [
                "a",
                "the user b has a `on` that is not of its type",
                "an entry of the list is no object",
                "the user 7 cannot be read",
            ]
        );
    }

    #[test]
    fn a_page_says_whether_another_one_follows_or_nothing() {
        let more = |json| page(json).unwrap().more;
        assert_eq!(
            more(json!({"users": [], "links": {"next": "/x"}})),
            Some(true)
        );
        assert_eq!(
            more(json!({"users": [], "links": {"next": ""}})),
            Some(false)
        );
        assert_eq!(more(json!({"users": [], "links": {}})), Some(false));
        assert_eq!(more(json!({"users": [], "links": null})), None);
        assert_eq!(more(json!({"users": [], "last": false})), Some(true));
        assert_eq!(more(json!({"users": [], "total": 9})), None);
    }
}
