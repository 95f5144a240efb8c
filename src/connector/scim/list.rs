//! Lists: by index, by cursor or in one piece; capped, counted, moving while they are read.
//!
//! A total proves nothing by itself: some servers count what one page holds. By index a list has
//! ended when one page more, which begins with the last user that was seen, brought that one and
//! nothing new. Where every page begins with the first user again, another way is looked for:
//! cursors, then the letters that user names begin with (`letters`).

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::Value as Json;

use super::Scim;
use super::discovery::USERS;
use super::setting;
use super::wire::{Listing, Page, Resource};
use crate::connector::rest::counts::PageCounts;
use crate::connector::rest::walk::{self, End, Next, PagePlace, Source};
use crate::http::{Call, HttpError};

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

/// The list at a path.
struct Asked<'s> {
    scim: &'s Scim,
    what: &'static str,
    path: &'s str,
    paging: Paging,
}

impl Source for Asked<'_> {
    /// A resource; of an entry that is none, what is odd about it, and the entry.
    type Entry = Result<Resource, (String, Json)>;

    async fn ask(&self, place: PagePlace) -> Result<walk::Page<Self::Entry>, HttpError> {
        let call = Call::get(self.what, self.path);
        let follows = matches!(place, PagePlace::Cursor(_));
        let call = match place {
            PagePlace::Cursor(cursor) => call.query("cursor", cursor),
            PagePlace::Number(index) if index > 1 => {
                let from_zero = u64::from(self.scim.learnt().from_zero);
                call.query("startIndex", index - from_zero)
            }
            PagePlace::Number(_) | PagePlace::First | PagePlace::Link(_) => call,
        };
        let page = self.scim.sized(call).await?;
        let next = match (page.next, self.paging) {
            (_, Paging::None) => Next::End,
            // A cursor that leads on is followed, whatever was asked for; its absence is the end.
            (Some(next), _) => Next::At(PagePlace::Cursor(next)),
            (None, _) if follows => Next::End,
            (None, _) => Next::Untold,
        };
        Ok(walk::Page {
            entries: page.entries,
            total: page.total,
            next,
            cut: false,
            wrapped: true,
        })
    }

    fn key<'e>(&self, entry: &'e Self::Entry) -> Option<Cow<'e, str>> {
        entry.as_ref().ok()?.id().map(Cow::Owned)
    }

    fn learn_from_zero(&self) -> bool {
        !std::mem::replace(&mut self.scim.learnt().from_zero, true)
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
            let read = self.once(what, path, self.paging()).await;
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

    /// Reads a list once.
    async fn once(
        &self,
        what: &'static str,
        path: &str,
        paging: Paging,
    ) -> Result<Listing, HttpError> {
        let asked = Asked {
            scim: self,
            what,
            path,
            paging,
        };
        let rules = walk::Rules {
            what,
            by_pages: false,
            size: None,
            end: End::Overlap,
            page_counts: PageCounts::Ignored,
            ahead: self.settings.limits.concurrency,
        };
        let first = match paging {
            Paging::Cursor => PagePlace::Cursor(String::new()),
            Paging::Index | Paging::None => PagePlace::Number(1),
        };
        let mut list = Listing::default();
        let take = |entry, new, at| {
            match entry {
                Ok(resource) if new => list.resources.push(resource),
                Ok(_) => {}
                Err((why, entry)) => list.odd.push((at, why, entry)),
            }
            ControlFlow::Continue(())
        };
        let read = walk::walk(&asked, &self.api, rules, first, take).await?;
        list.pages = read.fresh_pages;
        list.counted = read.counted;
        list.again = read.first_again;
        let noun = what.strip_prefix("list ").unwrap_or("entries");
        let differ = read.difference(noun);
        let doubt = read.doubts.into_iter().next().or(differ);
        list.doubt = doubt.map(|doubt| format!("{what}: {doubt}"));
        Ok(list)
    }

    /// The list of a vendor that answers every page with the first one.
    async fn another_way(
        &self,
        what: &'static str,
        path: &str,
        mut listing: Listing,
    ) -> Result<Listing, HttpError> {
        let begins = self.sized(Call::get(what, path).query("cursor", "")).await;
        let said = self.known().discovered.has_cursors;
        if begins.is_ok_and(|page| said || page.next.is_some()) {
            self.learnt().cursor = true;
            return self.once(what, path, Paging::Cursor).await;
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
