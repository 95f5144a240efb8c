//! Lists of users as the API sends them: an array with everybody, or pages in either envelope.

use serde::Deserialize;
use serde_json::Value;

use super::wire::User;
use crate::model::odd::Odd;

/// One answer of a list call: an array with everybody, or a page of either kind.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Everything at once.
    All(Vec<Result<User, Odd>>),
    /// A page.
    Page(Page),
}

/// A page, from the v1 or the v2 envelope.
/// <https://www.logicgate.com/developer/risk-cloud-api-pagination/>
#[derive(Debug)]
pub(crate) struct Page {
    /// Its users.
    pub(crate) users: Vec<Result<User, Odd>>,
    /// Its number, from 0, where it says so.
    pub(crate) number: Option<u64>,
    /// How many there are on all pages, where it says so.
    pub(crate) total: Option<u64>,
    /// Whether another page follows; `None` where nothing but a count says that none does.
    pub(crate) more: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    content: Option<Vec<Value>>,
    number: Option<u64>,
    total_elements: Option<u64>,
    total_pages: Option<u64>,
    last: Option<bool>,
    page: Option<PageInfo>,
    links: Option<Links>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PageInfo {
    number: Option<u64>,
    total_elements: Option<u64>,
    total_pages: Option<u64>,
}

/// Links are read as "there is more" and never followed: page numbers do, and no address that the
/// vendor sends can lead the token elsewhere.
#[derive(Deserialize, Default)]
struct Links {
    next: Option<Value>,
}

impl Answer {
    /// Reads an array of users or a page of them.
    ///
    /// # Errors
    /// A text that says what it is instead.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => Ok(Self::All(read_users(items))),
            Value::Object(_) => Page::read(value).map(Self::Page),
            _ => Err(String::from("neither a list of users nor a page of them")),
        }
    }
}

impl Page {
    fn read(value: Value) -> Result<Self, String> {
        let Envelope {
            content,
            number,
            total_elements,
            total_pages,
            last,
            page,
            links,
        } = Envelope::deserialize(value)
            .map_err(|_| "a page of users with a field of the wrong type in its envelope")?;
        let content = content.ok_or("an object without `content`, so not a page of users")?;
        let page = page.unwrap_or_default();
        let number = number.or(page.number);
        let pages = total_pages.or(page.total_pages);
        // What a page says about itself comes before what its numbers imply.
        let more = match (links, last) {
            (Some(links), _) => Some(links.next.is_some()),
            (None, Some(last)) => Some(!last),
            (None, None) => match (number, pages) {
                (Some(number), Some(pages)) if number.saturating_add(1) < pages => Some(true),
                _ => None,
            },
        };
        Ok(Self {
            users: read_users(content),
            number,
            total: total_elements.or(page.total_elements),
            more,
        })
    }
}

fn read_users(items: Vec<Value>) -> Vec<Result<User, Odd>> {
    let read = |item: Value| User::read(item.clone()).map_err(|reason| odd(&item, &reason));
    items.into_iter().map(read).collect()
}

/// An entry that cannot be understood.
pub(crate) fn odd(entry: &Value, reason: &str) -> Odd {
    let why = reason.split_once(": ").map_or(reason, |(_, why)| why);
    Odd::of(entry, "id", format!("cannot be read: {why}"))
}
