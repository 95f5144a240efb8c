//! Lists: by index, by cursor or in one piece; capped, counted, moving while they are read.

use serde_json::Value as Json;

use super::Scim;
use super::spec::setting;
use super::wire::{Page, Resource};
use crate::http::{Ahead, Call, HttpError, Pages};

/// A list that moved while it was read is read so often in all.
const PASSES: u32 = 3;

/// The `count` to ask for when neither roster nor vendor says.
const PAGE_SIZE: u64 = 100;

/// Everything of one list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) resources: Vec<Resource>,
    /// How many there are by the vendor's own count.
    pub(super) counted: Option<u64>,
    pub(super) pages: u32,
    /// Why it may not be all, in one clause.
    pub(super) doubt: Option<String>,
}

/// How a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paging {
    Index,
    Cursor,
    None,
}

impl Scim {
    /// Reads a whole list, again from its first page when it moved underneath.
    ///
    /// # Errors
    /// Any page that cannot be read.
    pub(super) async fn list(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Listing, HttpError> {
        let mut pass = 1;
        loop {
            match self.pass(what, path, query).await {
                Ok(listing) if listing.doubt.is_none() || pass == PASSES => return Ok(listing),
                // A cursor that expired in mid-list (RFC 9865, 2.1): from the start once more.
                Err(error) if error.status() == Some(400) && pass < PASSES => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            pass += 1;
        }
    }

    async fn pass(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Listing, HttpError> {
        let paging = self.paging();
        let mut pages = Pages::new(&self.api, what);
        let mut list = Listing::default();
        let (mut index, mut cursor, mut moved) = (1_u64, None::<String>, false);
        let mut step = None;
        let mut ahead = Ahead::new(self.settings.limits.concurrency);
        let call = |index: u64, cursor: Option<String>| {
            let place = match (cursor, paging) {
                (Some(cursor), _) => Some(("cursor", cursor)),
                (None, Paging::Cursor) => Some(("cursor", String::new())),
                (None, Paging::Index) if index > 1 => Some(("startIndex", index.to_string())),
                (None, _) => None,
            };
            let mut call = Call::get(what, path);
            for (name, text) in query
                .iter()
                .copied()
                .chain(place.as_ref().map(|(name, text)| (*name, text.as_str())))
            {
                call = call.query(name, text);
            }
            call
        };
        loop {
            let asked = match cursor {
                None => ahead.take(index).await,
                Some(_) => None,
            };
            let page = match asked {
                Some(page) => page?,
                None => self.page(call(index, cursor.clone()), paging).await?,
            };
            moved |= list.pages > 0 && page.total != list.counted;
            list.counted = page.total;
            let length = u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
            let before = pages.seen();
            for resource in page.resources {
                if pages.is_new(&resource.id().unwrap_or_default()) {
                    list.resources.push(resource);
                }
            }
            list.pages += 1;
            let fresh = pages.seen() > before;
            let all = list
                .counted
                .is_some_and(|total| u64::try_from(pages.seen()).is_ok_and(|it| it >= total));
            // A cursor that leads on is followed; its absence is the end.
            let more = match (&page.next, paging) {
                (Some(_), Paging::Index | Paging::Cursor) => true,
                (None, Paging::Index) if cursor.is_none() => !all && fresh,
                _ => false,
            };
            if !pages.goes_on(more)? {
                break;
            }
            cursor = page.next;
            index = index.saturating_add(length);
            match (list.counted, paging, &cursor) {
                // Pages as long as the first, one behind the other: so the rest will be.
                (Some(total), Paging::Index, None) if *step.get_or_insert(length) == length => {
                    let end = total.saturating_add(1);
                    ahead.ask(index, length, end, |index| {
                        self.page(call(index, None), paging)
                    });
                }
                _ => ahead.forget(),
            }
        }
        let seen = pages.seen();
        list.doubt = match list.counted {
            _ if moved => Some(format!(
                "{what}: the vendor's count changed while it was read"
            )),
            Some(total) if u64::try_from(seen) != Ok(total) => Some(format!(
                "{what}: the vendor counts {total}, {seen} were read"
            )),
            _ => None,
        };
        Ok(list)
    }

    /// One page. A `count` that is refused is left out from then on.
    async fn page(&self, call: Call, paging: Paging) -> Result<Page, HttpError> {
        let with_count = paging != Paging::None && !self.learnt().no_count;
        let size = self.page_size();
        let sized = match with_count {
            true => call.clone().query("count", size),
            false => call.clone(),
        };
        let reply = match self.send(sized).await {
            Err(error) if with_count && matches!(error.status(), Some(400 | 422 | 500 | 501)) => {
                let bare = self.send(call).await.map_err(|_| error)?;
                self.learnt().no_count = true;
                bare
            }
            other => other?,
        };
        let json: Json = reply.json()?;
        Page::of(json).map_err(|why| reply.unusable(why))
    }

    fn paging(&self) -> Paging {
        match self.settings.text(setting::PAGING) {
            Some("index") => Paging::Index,
            Some("cursor") => Paging::Cursor,
            Some("none") => Paging::None,
            _ if self.known().discovered.cursor => Paging::Cursor,
            _ => Paging::Index,
        }
    }

    fn page_size(&self) -> u64 {
        let largest = self.known().discovered.largest_page;
        let given = self.settings.count(setting::PAGE_SIZE);
        given.unwrap_or_else(|| PAGE_SIZE.min(largest.unwrap_or(PAGE_SIZE)))
    }
}
