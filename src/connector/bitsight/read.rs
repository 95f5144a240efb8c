//! Reads of users: one by guid or e-mail, and lists with their pages.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::Bitsight;
use super::convert::{self, is_token};
use super::spec::USERS;
use super::users::Users;
use crate::connector::rest::find::read_user;
use crate::connector::rest::list::{Entry, Take as _};
use crate::connector::rest::row::Row;
use crate::connector::rest::walk::Listing;
use crate::http::{Call, HttpError, Problem};
use crate::model::account::Account;
use crate::model::current::Directory;
use crate::model::email::{EmailKey, spellings};

/// Filters for those whom a list without them may leave out: which it does is not documented.
pub(super) const HIDDEN: [(&str, &str); 2] = [
    ("status", "Deactivated"),
    ("is_available_for_contact", "true"),
];

impl Bitsight {
    /// One user by guid. `None` needs a 404 and a list that does not have the guid either.
    pub(super) async fn user_by_guid(&self, guid: &str) -> Result<Option<Row>, HttpError> {
        if let Some(user) = read_user(&self.api, &USERS, guid).await? {
            return Ok(Some(user));
        }
        let listed = self.users(&[("guid", guid)]).await?;
        let mut listed = listed.into_iter();
        Ok(listed.find(|user| user.text("guid") == Some(guid)))
    }

    /// The one user with an e-mail, those included that lists may hide. The filter may match inexactly or
    /// by letter case, so its answer is checked here and the lower-cased address is tried too.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Row>, HttpError> {
        let key = EmailKey::of(email);
        let mut spelled = spellings(email);
        if spelled.iter().all(|it| *it != key.as_str()) {
            spelled.push(key.as_str().into());
        }
        for spelling in &spelled {
            let [off, contacts] = HIDDEN;
            for besides in [&[][..], &[off], &[contacts], &[off, contacts]] {
                let mut filters = vec![("email", &**spelling)];
                filters.extend(besides);
                let found = self.users(&filters).await?;
                if found.iter().any(|user| !may_match(user, spelling)) {
                    self.ignores_filter.store(true, Ordering::Relaxed);
                }
                let (tokens, people): (Vec<Row>, Vec<Row>) = found.into_iter().partition(is_token);
                for found in [people, tokens] {
                    let user = USERS.only(found, email).map_err(|why| self.unusable(why))?;
                    if user.is_some() {
                        return Ok(user);
                    }
                }
            }
        }
        Ok(None)
    }

    /// A list, read again once when the vendor's count does not match what came. Users of
    /// `besides` are left out.
    pub(super) async fn list_whole(
        &self,
        filters: &[(&str, &str)],
        besides: Option<&Users>,
    ) -> Result<(Users, Listing), HttpError> {
        let read = async || {
            let (mut users, mut repeats) = (Users::default(), false);
            let known = |entry: &Entry| {
                let guid = entry.as_ref().ok().and_then(|user| user.text("guid"));
                guid.is_some_and(|guid| besides.is_some_and(|it| it.all.has(guid)))
            };
            let take = |entry: Entry| match known(&entry) {
                true => repeats = true,
                false => users.add(entry),
            };
            let listing = self.list(filters, take).await?;
            match users.all.is_no_list() {
                Some(why) if !repeats => Err(self.unusable(why)),
                _ => Ok((users, listing)),
            }
        };
        let first: (Users, Listing) = read().await?;
        if first.1.doubts.is_empty() {
            return Ok(first);
        }
        let mut again = read().await?;
        again.1.pages += first.1.pages;
        Ok(again)
    }

    /// The users that filters leave over; few.
    pub(super) async fn users(&self, filters: &[(&str, &str)]) -> Result<Vec<Row>, HttpError> {
        let mut users = Vec::new();
        self.list(filters, |user| users.take(user)).await?;
        Ok(users)
    }

    /// All pages of a list; `take` gets each user once, as they arrive.
    async fn list(
        &self,
        filters: &[(&str, &str)],
        mut take: impl FnMut(Entry),
    ) -> Result<Listing, HttpError> {
        // Behind what asks for the page.
        let send = |call: Call| {
            let filters = filters.iter();
            self.api
                .send(filters.fold(call, |call, (name, value)| call.query(name, value)))
        };
        let take = |user, new| {
            if new {
                take(user);
            }
            ControlFlow::Continue(())
        };
        let ahead = self.settings.limits.concurrency;
        let call = USERS.call();
        let mut listing = USERS.walk(&self.api, ahead, &call, send, take).await?;
        if listing.counted.is_none() {
            listing.doubts = vec!["the list came without the vendor's own count".into()];
        } else if listing.doubts.is_empty() {
            listing.doubts.extend(listing.difference("accounts"));
        }
        Ok(listing)
    }

    /// A user in our words; an error names the user, not the call.
    pub(super) fn account(
        &self,
        user: &Row,
        groups: &Directory,
    ) -> Result<Option<Account>, HttpError> {
        convert::account(user, groups).map_err(|why| {
            let guid = user.text("guid").unwrap_or_default();
            self.unusable(format!("the user {guid} {why}"))
        })
    }

    fn unusable(&self, reason: String) -> HttpError {
        self.api
            .problem(&USERS.call().describe(), Problem::Body(reason))
    }
}

/// Whether a filter for that address, be it inexact, can have left this user over.
fn may_match(user: &Row, address: &str) -> bool {
    let part = address.to_ascii_lowercase();
    let text = user.text("email");
    text.is_none_or(|it| it.to_ascii_lowercase().contains(&part))
}
