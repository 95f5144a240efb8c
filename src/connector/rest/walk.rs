//! One list, page by page, to its proved end: the loop of every kind.
//!
//! A page that does not say that it is the last one ends no list, however short it is: one page more
//! is asked for. What is particular to a kind is data ([`Rules`]), and how it asks for a page and
//! understands the answer ([`Source`]).

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use super::counts::{Counts, PageCounts};
use crate::http::{Api, HttpError, Pages, Prefetcher};

/// The doubt about a list of which a page says that something was left out.
const CUT: &str = "the vendor says that its list is cut";

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PagePlace {
    /// At the beginning, which is asked for without a place.
    First,
    /// At this entry, or this page.
    Number(u64),
    /// Where a cursor leads.
    Cursor(String),
    /// Where a link leads, of which the query is all that counts.
    Link(Vec<(String, String)>),
}

impl PagePlace {
    /// The entry or page; 0 where it is none.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::First | Self::Cursor(_) | Self::Link(_) => 0,
        }
    }
}

/// What a page says of the one behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    Untold,
    /// There is none.
    End,
    /// There is one, and it begins where this one ends.
    Behind,
    /// There is one.
    At(PagePlace),
}

/// A page as its kind understands it.
pub(crate) struct Page<E> {
    pub(crate) entries: Vec<E>,
    /// The vendor's count, of the list or of this page.
    pub(crate) total: Option<u64>,
    pub(crate) next: Next,
    /// Whether it says that its list is cut.
    pub(crate) cut: bool,
    /// Whether it is an object and no bare array.
    pub(crate) wrapped: bool,
}

/// What ends a list whose pages say nothing of the one behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// An empty page: one that shows again what was read speaks against the list.
    Empty,
    /// A page that brings nothing new: the first one over again speaks against the list.
    NotTheFirst,
    /// A page that brings nothing new.
    NothingNew,
    /// A page that begins with the last entry that was read, and brings nothing new.
    Overlap,
}

/// How a list goes from page to page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Its calls in messages.
    pub(crate) what: &'static str,
    /// Whether a place is the number of a page, and no entry's.
    pub(crate) by_pages: bool,
    /// Entries of a full page, where that is known.
    pub(crate) size: Option<u64>,
    pub(crate) end: End,
    pub(crate) page_counts: PageCounts,
    /// Calls that may be under way; 0: no page is asked for ahead of its turn.
    pub(crate) ahead: usize,
}

/// How a kind asks for pages.
pub(crate) trait Source: Sync {
    /// What stands in a list.
    type Entry: fmt::Debug + Send + 'static;

    /// Asks for the page at that place.
    fn ask(
        &self,
        place: PagePlace,
    ) -> impl Future<Output = Result<Page<Self::Entry>, HttpError>> + Send;

    /// By what an entry is told from others.
    fn key<'e>(&self, entry: &'e Self::Entry) -> Option<Cow<'e, str>>;

    /// Learns that places are counted from 0, since a page began one entry too late; `false`: that was
    /// known.
    fn learn_from_zero(&self) -> bool {
        false
    }
}

/// What a list brought, besides its entries.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Pages read; 0 when everything came at once.
    pub(crate) pages: u32,
    /// Those that brought something.
    pub(crate) fresh_pages: u32,
    /// The vendor's own count of the whole.
    pub(crate) counted: Option<u64>,
    /// Different entries read.
    pub(crate) read: u64,
    /// What speaks against its being whole, one clause each.
    pub(crate) doubts: Vec<String>,
    /// Whether some answer was a page and no bare array.
    pub(crate) in_pages: bool,
    /// Whether it ended with a page that brought nothing new: so does one that grew by a whole page
    /// while it was read.
    pub(crate) stood_still: bool,
    /// Every page begins with the first entry again, and is so long: what comes behind is not seen.
    pub(crate) first_again: Option<usize>,
}

impl Listing {
    /// Says that the vendor counts others than were read, where that is so.
    pub(crate) fn difference(&self, noun: &str) -> Option<String> {
        let read = self.read;
        let counted = self.counted.filter(|counted| *counted != read)?;
        Some(format!(
            "the vendor counts {counted} {noun}, {read} were read"
        ))
    }
}

/// Reads all pages from `place` on. `take` gets each entry once as they arrive, those that a list
/// shows again too (with `false`), and where it stands, from 1; it ends the list behind a page.
///
/// # Errors
/// Those of the calls; [`crate::http::Problem::Paging`] for pages that do not go on as promised.
pub(crate) async fn walk<S: Source>(
    source: &S,
    api: &Api,
    rules: Rules,
    mut place: PagePlace,
    mut take: impl FnMut(S::Entry, bool, u64) -> ControlFlow<()>,
) -> Result<Listing, HttpError> {
    let overlap = rules.end == End::Overlap;
    let mut pages = Pages::new(api, rules.what);
    let mut ahead = Prefetcher::new(rules.ahead);
    let mut counts = Counts::new(rules.page_counts);
    let mut listing = Listing::default();
    // Where the next entry stands, and what the first page and the last entry were.
    let (mut index, mut first, mut last) = (1, None, None);
    // Whether the page to come begins with the last entry if it is right, and looks for the end.
    let (mut overlaps, mut looks) = (false, false);
    let mut step = rules.size;
    loop {
        let asked = match &place {
            PagePlace::Number(number) => ahead.take(*number).await,
            _ => None,
        };
        let asked = match asked {
            Some(asked) => asked,
            None => source.ask(place.clone()).await,
        };
        let page = match asked {
            // There is no page behind its end.
            Err(error) if looks && matches!(error.status(), Some(400 | 404 | 416)) => break,
            asked => asked?,
        };
        let length = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        let key_of = |entry: Option<&S::Entry>| Some(source.key(entry?)?.into_owned());
        let begins = (key_of(page.entries.first()), length);
        let ends = key_of(page.entries.last());
        let first = first.get_or_insert_with(|| begins.clone());
        if looks && length > 1 && first.0 == begins.0 {
            listing.first_again = Some(page.entries.len());
            break;
        }
        let begin = match place {
            PagePlace::Number(number) if overlap => number,
            _ => index,
        };
        let (untold, before) = (page.next == Next::Untold, pages.seen());
        // An entry without a key is known by where it stands, if the vendor tells pages apart; else by
        // what stands in it, and only where nothing else tells whether the page is new.
        let stands = !untold || overlap;
        let keyless = page.entries.iter().all(|it| source.key(it).is_none());
        let mut odd = Vec::new();
        let mut flow = ControlFlow::Continue(());
        for (entry, at) in page.entries.into_iter().zip(begin..) {
            let new = source.key(&entry).map(|key| pages.is_new(&key));
            let Some(new) = new else {
                // No key begins so.
                let new = match (stands, keyless) {
                    (true, _) => pages.is_new(&format!("\0{at}")),
                    (false, true) => pages.is_new(&format!("\0{} {entry:?}", at - begin)),
                    (false, false) => true,
                };
                odd.extend(new.then_some((entry, at)));
                continue;
            };
            listing.read += u64::from(new);
            if take(entry, new, at).is_break() {
                flow = ControlFlow::Break(());
            }
        }
        let fresh = pages.seen() > before;
        let late = overlaps && begins.0 != last;
        counts.take(page.total, length, fresh || pages.count() == 0);
        if fresh || pages.count() == 0 {
            for (entry, at) in odd {
                listing.read += 1;
                let _ = take(entry, true, at);
            }
        }
        if fresh {
            listing.fresh_pages += 1;
            index = begin.saturating_add(length);
            last = ends;
        }
        let again = length > 0 && !fresh;
        listing.stood_still |= again;
        listing.in_pages |= page.wrapped;
        let suspicious = match rules.end {
            End::Empty => true,
            End::NotTheFirst => *first == begins,
            End::NothingNew | End::Overlap => false,
        };
        if again && untold && suspicious {
            counts.again();
        }
        if page.cut && !listing.doubts.iter().any(|it| it == CUT) {
            listing.doubts.push(CUT.to_owned());
        }
        let more = match page.next {
            Next::Untold => fresh,
            Next::End => false,
            Next::Behind | Next::At(_) => true,
        };
        // What brought nothing new is looked at once more, from the last entry on.
        let once_more = overlap && untold && !fresh && !looks && pages.seen() > 0;
        if !once_more && !pages.goes_on(more && flow.is_continue())? {
            break;
        }
        let begun = place.number();
        (looks, overlaps) = (false, false);
        let leads = matches!(page.next, Next::At(PagePlace::Number(_)));
        place = match page.next {
            Next::At(PagePlace::Number(next)) => PagePlace::Number(pages.forward(begun, next)?),
            Next::At(place) => place,
            Next::Untold if overlap => {
                // Each page would begin one entry too late.
                index += u64::from(late && source.learn_from_zero());
                let seen = u64::try_from(pages.seen()).unwrap_or(u64::MAX);
                let all = counts.whole().is_some_and(|total| seen >= total);
                looks = all || !fresh || listing.fresh_pages == 1;
                overlaps = looks && index > 2;
                PagePlace::Number(index - u64::from(overlaps))
            }
            Next::Untold | Next::Behind | Next::End => PagePlace::Number(match rules.by_pages {
                true => begun + 1,
                false => begun.saturating_add(length),
            }),
        };
        match page.total {
            // Pages as long as the first, one behind the other: so the rest will be.
            Some(total)
                if (leads || (overlap && !looks))
                    && *step.get_or_insert(length) == length
                    && place == PagePlace::Number(begun.saturating_add(length)) =>
            {
                let end = total.saturating_add(u64::from(overlap));
                let ask = |number| source.ask(PagePlace::Number(number));
                ahead.ask(begun.saturating_add(length), length, end, ask);
            }
            _ => ahead.forget(),
        }
    }
    listing.pages = pages.count();
    listing.counted = counts.whole();
    listing.doubts.extend(counts.doubt());
    Ok(listing)
}
