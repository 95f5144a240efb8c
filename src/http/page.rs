//! Guards for lists that come in pages: they end, they go forward, and they bring something new.

use super::{Api, HttpError, Problem};
use crate::model::fingerprint::FingerprintIndex;

/// A read ends in an error after so many pages (Safety).
const MOST_PAGES: u32 = 100_000;

/// Follows one list from its first page to its last.
///
/// ```ignore
/// let mut pages = Pages::new(&api, "list users");
/// loop {
///     let page: Page = api.send(call(offset)).await?.json()?;
///     for user in page.results {
///         if pages.is_new(&user.guid) {
///             users.push(user);
///         }
///     }
///     if !pages.goes_on(page.next.is_some())? {
///         break;
///     }
///     offset = pages.forward(offset, next_offset)?;
/// }
/// ```
pub struct Pages {
    api: Api,
    what: &'static str,
    seen: FingerprintIndex,
    pages: u32,
    fresh: bool,
}

impl Pages {
    /// No page read yet; `what` is the call's name in messages.
    pub fn new(api: &Api, what: &'static str) -> Self {
        Self {
            api: api.clone(),
            what,
            seen: FingerprintIndex::default(),
            pages: 0,
            fresh: false,
        }
    }

    /// Whether the thing with this key has not been on any page before. Lists that change while
    /// they are read show some things twice.
    pub fn is_new(&mut self, key: &str) -> bool {
        let new = self.seen.insert(key, 0).is_none();
        self.fresh |= new;
        new
    }

    /// Closes a page; `more` is whether it promises another. Returns `more`.
    ///
    /// # Errors
    /// [`Problem::Paging`] if a page that promises more brought nothing new, or after 100,000
    /// pages.
    pub fn goes_on(&mut self, more: bool) -> Result<bool, HttpError> {
        self.pages += 1;
        let fresh = std::mem::take(&mut self.fresh);
        if !more {
            return Ok(false);
        }
        if !fresh {
            return Err(self.broken(format!(
                "page {} promises more and brought nothing new",
                self.pages
            )));
        }
        if self.pages >= MOST_PAGES {
            return Err(self.broken(format!("it has not ended after {MOST_PAGES} pages")));
        }
        Ok(true)
    }

    /// The next offset (or page number), if it lies behind the present one.
    ///
    /// # Errors
    /// [`Problem::Paging`] if it does not.
    pub fn forward(&self, present: u64, next: u64) -> Result<u64, HttpError> {
        if next > present {
            return Ok(next);
        }
        Err(self.broken(format!("it leads from {present} back to {next}")))
    }

    /// Pages read, for [`crate::model::current::Completeness::pages`].
    pub fn count(&self) -> u32 {
        self.pages
    }

    /// Different things seen.
    pub fn seen(&self) -> usize {
        self.seen.len()
    }

    fn broken(&self, reason: String) -> HttpError {
        self.api.problem(self.what, Problem::Paging(reason))
    }
}
