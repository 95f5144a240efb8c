//! Reads of users: one by guid or e-mail, and lists with their pages.

use serde_json::Value as Json;

use super::Bitsight;
use super::convert;
use super::roll::Roll;
use super::wire::{Page, User};
use crate::connector::counts::Counts;
use crate::connector::entries::{is_no_list, understood};
use crate::http::{Ahead, Call, HttpError, Pages, Problem, Reply, segment};
use crate::model::account::Account;
use crate::model::current::Directory;
use crate::model::email::{EmailKey, same_email, spellings};
use crate::model::odd::Odd;

/// List and create.
pub(super) const USERS: &str = "/ratings/v2/users";

/// The documented default page size; a maximum is not documented.
const LIMIT: u64 = 100;

/// Filters for those whom a list without them may leave out: which it does is not documented.
pub(super) const HIDDEN: [(&str, &str); 2] = [
    ("status", "Deactivated"),
    ("is_available_for_contact", "true"),
];

/// What a list call brought, besides its users.
#[derive(Debug)]
pub(super) struct Listing {
    /// The vendor's own count, of the last page.
    pub(super) counted: Option<u64>,
    /// Pages read.
    pub(super) pages: u32,
    /// What speaks against completeness.
    pub(super) doubt: Option<String>,
}

impl Bitsight {
    /// One user by guid. `None` needs a 404 and a list that does not have the guid either.
    pub(super) async fn user_by_guid(&self, guid: &str) -> Result<Option<User>, HttpError> {
        let call = Call::get("read user", format!("{USERS}/{}", segment(guid)));
        match self.api.send(call).await {
            Ok(reply) => {
                let user: User = reply.json()?;
                if *user.guid == *guid {
                    Ok(Some(user))
                } else {
                    Err(reply.unusable("it is about another user"))
                }
            }
            Err(error) if error.status() == Some(404) => {
                let listed = self.users(&[("guid", guid)]).await?;
                Ok(listed.into_iter().find(|user| *user.guid == *guid))
            }
            Err(error) => Err(error),
        }
    }

    /// The one user with an e-mail, those included that lists may hide. The filter may match inexactly or
    /// by letter case, so its answer is checked here and the lower-cased address is tried too.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<User>, HttpError> {
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
                let mut found = self.users(&filters).await?;
                found.retain(|user| {
                    user.email
                        .as_deref()
                        .is_some_and(|it| same_email(it, email))
                });
                if found.iter().any(|user| !is_token(user)) {
                    found.retain(|user| !is_token(user));
                }
                if found.len() > 1 {
                    return Err(self.unusable(format!("{} users have this email", found.len())));
                }
                if let Some(user) = found.pop() {
                    return Ok(Some(user));
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
        besides: Option<&Roll>,
    ) -> Result<(Roll, Listing), HttpError> {
        let read = async || {
            let (mut roll, mut known) = (Roll::default(), 0);
            let take = |user: Result<User, Odd>| match user {
                Ok(user) if besides.is_some_and(|it| it.has(&user.guid)) => known += 1,
                Ok(user) => roll.add(&user),
                Err(odd) => roll.add_odd(odd),
            };
            let listing = self.list(filters, take).await?;
            if let Some(why) = is_no_list(known + roll.accounts().len(), roll.odd()) {
                return Err(self.unusable(why));
            }
            Ok((roll, listing))
        };
        let first: (Roll, Listing) = read().await?;
        if first.1.doubt.is_none() {
            return Ok(first);
        }
        let mut again = read().await?;
        again.1.pages += first.1.pages;
        Ok(again)
    }

    /// The users that filters leave over; few.
    pub(super) async fn users(&self, filters: &[(&str, &str)]) -> Result<Vec<User>, HttpError> {
        let mut users = Vec::new();
        // Nobody is looked for among entries that cannot be understood.
        self.list(filters, |user| users.extend(user.ok())).await?;
        Ok(users)
    }

    /// All pages of a list; `take` gets each user once, as they arrive. Only the offset is taken
    /// from the vendor's link: path and filters stay ours. Where a page does not say that it is the
    /// last one, its count proves nothing, and one page more is asked for.
    async fn list(
        &self,
        filters: &[(&str, &str)],
        mut take: impl FnMut(Result<User, Odd>),
    ) -> Result<Listing, HttpError> {
        let mut pages = Pages::new(&self.api, "list users");
        let mut ahead = Ahead::new(self.settings.limits.concurrency);
        let ask = |offset: u64| {
            let mut call = Call::get("list users", USERS)
                .query("limit", LIMIT)
                .query("offset", offset);
            for (name, value) in filters {
                call = call.query(name, value);
            }
            self.api.send(call)
        };
        let mut counts = Counts::default();
        let mut offset = 0;
        loop {
            let reply = match ahead.take(offset).await {
                Some(asked) => asked,
                None => ask(offset).await,
            };
            let page = entries_of(&reply?)?;
            let next = page.next().map(|link| self.offset_of(link)).transpose()?;
            let (is_last, count) = (page.is_last(), page.count);
            let length = u64::try_from(page.results.len()).unwrap_or(u64::MAX);
            let before = pages.seen();
            for (user, at) in page.results.into_iter().zip(offset..) {
                let new = match &user {
                    Ok(user) => pages.is_new(&user.guid),
                    // No guid begins so.
                    Err(_) => pages.is_new(&format!("\0{at}")),
                };
                if new {
                    take(user);
                }
            }
            let fresh = pages.seen() > before;
            if fresh || offset == 0 {
                counts.take(count, length);
            }
            let silent = next.is_none() && !is_last && length > 0;
            if silent && !fresh {
                counts.again();
            }
            pages.goes_on(next.is_some() || (silent && fresh))?;
            match next {
                Some(next) => {
                    let begun = offset;
                    offset = pages.forward(offset, next)?;
                    match count {
                        // Full pages, one behind the other: so the rest will be.
                        Some(count) if length == LIMIT && offset == begun + LIMIT => {
                            ahead.ask(offset, LIMIT, count, ask);
                        }
                        _ => ahead.forget(),
                    }
                }
                None if silent && fresh => {
                    ahead.forget();
                    offset += length;
                }
                None => {
                    return Ok(Listing {
                        counted: counts.whole(),
                        pages: pages.count(),
                        doubt: doubt(&counts, pages.seen()),
                    });
                }
            }
        }
    }

    /// Where a page link leads. One to another origin is refused, though only its offset is used:
    /// something is wrong with such a list.
    fn offset_of(&self, link: &str) -> Result<u64, HttpError> {
        let call = self.api.follow("list users", link)?;
        let offset = call.query.iter().find(|(name, _)| name == "offset");
        let offset = offset.and_then(|(_, value)| value.parse().ok());
        offset.ok_or_else(|| {
            let reason = "the link to the next page has no offset".to_owned();
            self.api.problem("list users", Problem::Paging(reason))
        })
    }

    /// A user in our words; an error names the user, not the call.
    pub(super) fn account(
        &self,
        user: &User,
        groups: &Directory,
    ) -> Result<Option<Account>, HttpError> {
        convert::account(user, groups).map_err(|reason| self.unusable(reason))
    }

    fn unusable(&self, reason: String) -> HttpError {
        self.api
            .problem(&format!("list users (GET {USERS})"), Problem::Body(reason))
    }
}

/// A page, each entry by itself where they are not all as documented.
fn entries_of(reply: &Reply) -> Result<Page<Result<User, Odd>>, HttpError> {
    let whole = match reply.json::<Page>() {
        Ok(page) => return Ok(page.map(Ok)),
        Err(error) => error,
    };
    match reply.json::<Page<Json>>() {
        Ok(page) => Ok(page.map(|entry| understood(entry, "guid"))),
        Err(_) => Err(whole),
    }
}

/// Whether a user is the pseudo-user of a company token.
pub(super) fn is_token(user: &User) -> bool {
    user.is_company_api_token == Some(true)
}

/// What speaks against a list of which so many users were read.
fn doubt(counts: &Counts, read: usize) -> Option<String> {
    let Some(whole) = counts.whole() else {
        return Some("the list came without the vendor's own count".into());
    };
    let told = u64::try_from(read).ok() == Some(whole);
    let differ =
        || (!told).then(|| format!("the vendor counts {whole} accounts, {read} were read"));
    counts.doubt().or_else(differ)
}
