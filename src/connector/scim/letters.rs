//! A list that shows its first page only, read by the letters that user names begin with.

use serde_json::Value as Json;

use super::Scim;
use super::wire::{Listing, Resource};
use crate::http::{Call, HttpError, Pages};

/// What user names begin with, and go on with.
const SYMBOLS: &str = "abcdefghijklmnopqrstuvwxyz0123456789._-+@'";

/// Searches at most: a list that needs more is not read this way.
const MOST: usize = 600;

impl Scim {
    /// Adds whom searches for the beginnings of user names show. `true`: these are all, because each
    /// answer was shorter than the vendor's pages, and fitted.
    ///
    /// # Errors
    /// Faults that every further call would meet as well.
    pub(super) async fn by_letters(
        &self,
        path: &str,
        listing: &mut Listing,
    ) -> Result<bool, HttpError> {
        let longest = listing.again.unwrap_or_default();
        let fits = |user: &Resource, prefix: &str| {
            let name = user.text("userName").unwrap_or_default().to_lowercase();
            name.starts_with(prefix)
        };
        // Somebody whose name begins otherwise shows that there may be more of them.
        let usual = |user: &Resource| {
            let name = user.text("userName").unwrap_or_default().to_lowercase();
            name.starts_with(|first| SYMBOLS.contains(first))
        };
        if !listing.odd.is_empty() || !listing.resources.iter().all(usual) {
            return Ok(false);
        }
        let mut pages = Pages::new(&self.api, "list users");
        let mut found: Vec<Resource> = Vec::new();
        let mut open: Vec<String> = SYMBOLS.chars().rev().map(String::from).collect();
        let mut asked = 0;
        while let Some(prefix) = open.pop() {
            asked += 1;
            let filter = format!("userName sw {}", Json::from(prefix.as_str()));
            let call = Call::get("list users", path).query("filter", filter);
            let page = match self.sized(call).await {
                Err(error) if error.ends_run() => return Err(error),
                Err(_) => return Ok(false),
                Ok(page) => page,
            };
            if asked > MOST || page.entries.iter().any(Result::is_err) {
                return Ok(false);
            }
            let users: Vec<Resource> = page.resources().collect();
            if !users.iter().all(|user| fits(user, &prefix)) {
                return Ok(false);
            }
            if users.len() >= longest {
                open.extend(SYMBOLS.chars().rev().map(|next| format!("{prefix}{next}")));
            }
            let new = |user: &Resource| pages.is_new(&user.id().unwrap_or_default());
            found.extend(users.into_iter().filter(new));
        }
        let mut listed = listing.resources.iter();
        if listed.any(|user| pages.is_new(&user.id().unwrap_or_default())) {
            return Ok(false);
        }
        listing.pages += 1;
        listing.counted = None;
        listing.doubt = None;
        listing.resources = found;
        Ok(true)
    }
}
