//! Lists: by index, by cursor or in one piece; capped, counted, moving while they are read.
//!
//! A total proves nothing by itself: some servers count what one page holds. By index a list has
//! ended when one page more, which begins with the last user that was seen, brought that one and
//! nothing new. Where every page begins with the first user again, another way is looked for:
//! cursors, then the letters that user names begin with (`letters`).

use serde_json::Value as Json;

use super::Scim;
use super::discovery::USERS;
use super::setting;
use super::wire::{Listing, Page};
use crate::http::{Api, Call, HttpError, Pages, Prefetcher};

/// A list that moved while it was read is read so often in all.
const PASSES: u32 = 3;

/// The `count` to ask for when neither roster nor vendor says.
const PAGE_SIZE: u64 = 100;
/// What is asked for instead of a `count` that is refused, in turn; 0: none.
const SMALLER: [u64; 3] = [50, 10, 0];

/// The most to ask for where the vendor says that it gives as many.
const LARGE_PAGE: u64 = 200;

/// How a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paging {
    Index,
    Cursor,
    None,
}

/// Where a page begins.
enum Place {
    /// At this entry, counted from 1.
    Index(u64),
    /// Where a cursor leads; an empty one to the beginning.
    Cursor(String),
}

/// What has been read of a list.
struct Pass {
    pages: Pages,
    list: Listing,
    /// What the first page showed, and the last entry of the last one.
    first: Vec<Option<String>>,
    last: Option<String>,
    /// Each page's own count and length.
    counts: Vec<(Option<u64>, u64)>,
    /// The next entry; odd ones are known by their places.
    index: u64,
}

impl Pass {
    fn new(api: &Api, what: &'static str) -> Self {
        Self {
            pages: Pages::new(api, what),
            list: Listing::default(),
            first: Vec::new(),
            last: None,
            counts: Vec::new(),
            index: 1,
        }
    }

    /// Takes a page that begins at that entry; whether it brought anything new.
    fn take(&mut self, page: Page, place: u64) -> bool {
        let ids = page.ids();
        let length = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let before = self.pages.seen();
        for (entry, at) in page.entries.into_iter().zip(place..) {
            match entry {
                Ok(resource) => {
                    if self.pages.is_new(&resource.id().unwrap_or_default()) {
                        self.list.resources.push(resource);
                    }
                }
                // No id begins so.
                Err((why, entry)) => {
                    if self.pages.is_new(&format!("\0{at}")) {
                        self.list.odd.push((at, why, entry));
                    }
                }
            }
        }
        let fresh = self.pages.seen() > before;
        if fresh {
            self.list.pages += 1;
            self.index = place.saturating_add(length);
            self.counts.push((page.total, length));
            self.last = ids.last().cloned().flatten();
        }
        if self.first.is_empty() {
            self.first = ids;
        }
        fresh
    }

    /// Whether a page of several is the first one over again.
    fn is_first(&self, ids: &[Option<String>]) -> bool {
        ids.len() > 1 && self.first.first() == ids.first()
    }

    fn seen(&self) -> u64 {
        u64::try_from(self.pages.seen()).unwrap_or(u64::MAX)
    }

    /// The vendor's count, as far as it is one of the whole list: where each page counts just
    /// itself, there is none.
    fn counted(&self) -> Option<u64> {
        let itself = |(total, length): &(Option<u64>, u64)| *total == Some(*length);
        let several = self.counts.len() > 1 && self.counts.iter().all(itself);
        let (last, _) = self.counts.last()?;
        last.filter(|_| !several)
    }

    fn finish(mut self, what: &str) -> Listing {
        let seen = self.seen();
        self.list.counted = self.counted();
        let moved = self.counts.windows(2).any(|two| two[0].0 != two[1].0);
        self.list.doubt = match self.list.counted {
            Some(_) if moved => Some(format!(
                "{what}: the vendor's count changed while it was read"
            )),
            Some(total) if seen != total => Some(format!(
                "{what}: the vendor counts {total}, {seen} were read"
            )),
            _ => None,
        };
        self.list
    }
}

impl Scim {
    /// Reads a whole list, again from its first page when it moved underneath.
    ///
    /// # Errors
    /// Any page that cannot be read.
    pub(super) async fn list(&self, what: &'static str, path: &str) -> Result<Listing, HttpError> {
        let mut pass = 1;
        loop {
            let read = match self.paging() {
                Paging::Index => self.by_index(what, path).await,
                Paging::Cursor => self.by_cursor(what, path).await,
                Paging::None => self.in_one(what, path).await,
            };
            match read {
                Ok(listing) if listing.again.is_some() => {
                    return self.another_way(what, path, listing).await;
                }
                Ok(listing) if listing.doubt.is_none() || pass == PASSES => return Ok(listing),
                // A cursor that expired in mid-list (RFC 9865, 2.1): from the start once more.
                Err(error) if error.status() == Some(400) && pass < PASSES => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            pass += 1;
        }
    }

    async fn by_index(&self, what: &'static str, path: &str) -> Result<Listing, HttpError> {
        let mut pass = Pass::new(&self.api, what);
        let mut step = None;
        let mut ahead = Prefetcher::new(self.settings.limits.concurrency);
        let ask = |index: u64| self.page(what, path, Place::Index(index));
        // Whether the page to come begins with the last entry that was seen, if it is right.
        let mut checks = false;
        loop {
            let overlaps = checks && pass.index > 2;
            let place = pass.index - u64::from(overlaps);
            let asked = match ahead.take(place).await {
                Some(page) => page,
                None => ask(place).await,
            };
            let page = match asked {
                Err(error) if checks && matches!(error.status(), Some(400 | 404 | 416)) => {
                    return Ok(pass.finish(what));
                }
                page => page?,
            };
            let (ids, next, last) = (page.ids(), page.next.clone(), pass.last.clone());
            if checks && pass.is_first(&ids) {
                pass.list.again = Some(ids.len());
                return Ok(pass.finish(what));
            }
            let fresh = pass.take(page, place);
            // A cursor that leads on is followed; its absence is the end.
            if let Some(next) = next {
                pass.pages.goes_on(true)?;
                return self.follow(what, path, pass, next).await;
            }
            if !fresh && (checks || pass.seen() == 0) {
                return Ok(pass.finish(what));
            }
            if fresh {
                pass.pages.goes_on(true)?;
            }
            if overlaps && ids.first().cloned().flatten() != last && !self.learnt().from_zero {
                // It counts its entries from 0, and each page would begin one too late.
                self.learnt().from_zero = true;
                pass.index += 1;
            }
            let total = pass.counted();
            let all = total.is_some_and(|total| pass.seen() >= total);
            checks = all || !fresh || pass.list.pages == 1;
            let length = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            match total {
                // Pages as long as the one before, one behind the other: so the rest will be.
                Some(total) if !checks && *step.get_or_insert(length) == length => {
                    ahead.ask(pass.index, length, total.saturating_add(1), ask);
                }
                _ => ahead.forget(),
            }
        }
    }

    async fn by_cursor(&self, what: &'static str, path: &str) -> Result<Listing, HttpError> {
        let pass = Pass::new(&self.api, what);
        self.follow(what, path, pass, String::new()).await
    }

    /// Follows cursors to the end, which the vendor declares by giving none.
    async fn follow(
        &self,
        what: &'static str,
        path: &str,
        mut pass: Pass,
        mut cursor: String,
    ) -> Result<Listing, HttpError> {
        loop {
            let page = self.page(what, path, Place::Cursor(cursor)).await?;
            let next = page.next.clone();
            let place = pass.index;
            pass.take(page, place);
            pass.pages.goes_on(next.is_some())?;
            match next {
                Some(next) => cursor = next,
                None => return Ok(pass.finish(what)),
            }
        }
    }

    /// All at once, because the roster says that this vendor has no pages.
    async fn in_one(&self, what: &'static str, path: &str) -> Result<Listing, HttpError> {
        let mut pass = Pass::new(&self.api, what);
        let page = self.page(what, path, Place::Index(1)).await?;
        pass.take(page, 1);
        Ok(pass.finish(what))
    }

    /// The list of a vendor that answers every page with the first one.
    async fn another_way(
        &self,
        what: &'static str,
        path: &str,
        mut listing: Listing,
    ) -> Result<Listing, HttpError> {
        let begin = Place::Cursor(String::new());
        let begins = self.page(what, path, begin).await;
        let said = self.known().discovered.has_cursors;
        if begins.is_ok_and(|page| said || page.next.is_some()) {
            self.learnt().cursor = true;
            return self.by_cursor(what, path).await;
        }
        if what == USERS.list && self.by_letters(path, &mut listing).await? {
            return Ok(listing);
        }
        listing.doubt = Some(format!(
            "{what}: every page begins with the first entry again, so that what comes behind it \
             cannot be seen; if the vendor has cursors, set `paging: cursor`, and `paging: none` if \
             it always answers with everybody"
        ));
        Ok(listing)
    }

    /// One page.
    async fn page(&self, what: &'static str, path: &str, place: Place) -> Result<Page, HttpError> {
        let call = Call::get(what, path);
        let call = match place {
            Place::Cursor(cursor) => call.query("cursor", cursor),
            Place::Index(1) => call,
            Place::Index(index) => {
                let from_zero = u64::from(self.learnt().from_zero);
                call.query("startIndex", index - from_zero)
            }
        };
        self.sized(call).await
    }

    /// The page that a call brings. A `count` that is refused is made smaller, and then left out, for
    /// the rest of the run.
    pub(super) async fn sized(&self, call: Call) -> Result<Page, HttpError> {
        let wanted = match self.paging() {
            Paging::None => 0,
            Paging::Index | Paging::Cursor => {
                self.learnt().count.unwrap_or_else(|| self.page_size())
            }
        };
        let sized = |size| match size {
            0 => call.clone(),
            size => call.clone().query("count", size),
        };
        let reply = match self.send(sized(wanted)).await {
            Err(error) if wanted > 0 && matches!(error.status(), Some(400 | 422 | 500 | 501)) => {
                let mut taken = None;
                for size in SMALLER.into_iter().filter(|size| *size < wanted) {
                    if let Ok(reply) = self.send(sized(size)).await {
                        self.learnt().count = Some(size);
                        taken = Some(reply);
                        break;
                    }
                }
                taken.ok_or(error)?
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
            _ if self.known().discovered.cursor || self.learnt().cursor => Paging::Cursor,
            _ => Paging::Index,
        }
    }

    fn page_size(&self) -> u64 {
        let largest = self.known().discovered.largest_page;
        let given = self.settings.count(setting::PAGE_SIZE);
        given.unwrap_or_else(|| largest.map_or(PAGE_SIZE, |it| it.min(LARGE_PAGE)))
    }
}
