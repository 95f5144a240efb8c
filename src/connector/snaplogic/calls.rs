//! The reading calls, one function each: the list, one user, groups. GET only.

use std::collections::BTreeSet;

use futures::stream::{StreamExt as _, TryStreamExt as _};
use serde_json::Value as Json;

use super::answer::{Answer, send};
use super::convert::reserved;
use super::wire::{Group, GroupNames, ListedUser, User, UserPage};
use super::{PREFIX, SPEC, SnapLogic};
use crate::connector::entries::{is_no_list, understood};
use crate::http::{Call, HttpError, Problem, segment};
use crate::model::email::{same_email, spellings};
use crate::model::marks::EmailMarks;
use crate::model::odd::Odd;

/// Rows asked for at once. The vendor allows 100 000 and gives 100 when not asked; most
/// environments fit into one page of this size.
const PAGE_ROWS: usize = 1000;
/// The design's end of a read that does not end by itself.
const MOST_PAGES: u32 = 100_000;

/// The list, or as much of it as was needed.
pub(super) struct Listing {
    /// Each user once.
    pub(super) rows: Vec<ListedUser>,
    /// Where each is, by e-mail.
    pub(super) places: EmailMarks,
    /// Pages read.
    pub(super) pages: u32,
    /// What speaks against the list, one clause each.
    pub(super) flaws: Vec<String>,
    /// Rows that cannot be understood.
    pub(super) odd: Vec<Odd>,
}

impl SnapLogic {
    /// One row of the list; no more pages are read than needed.
    pub(super) async fn listed(&self, email: &str) -> Result<Option<ListedUser>, HttpError> {
        let listing = self.list(Some(email)).await?;
        Ok(listing.rows.into_iter().find(|row| is(row, email)))
    }

    /// One user; a 404 alone means that there is none. The vendor compares texts and may know
    /// either form of a domain.
    pub(super) async fn user(&self, email: &str) -> Result<Option<User>, HttpError> {
        for spelling in spellings(email) {
            if let Some(user) = self.user_spelled(&spelling).await? {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    async fn user_spelled(&self, email: &str) -> Result<Option<User>, HttpError> {
        let call = Call::get("read user", user_path(email));
        let answer = match send(&self.api, call).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let wrong = answer.unusable("it is about another user");
        let user: User = answer.parse()?;
        match &user.email {
            Some(shown) if same_email(shown, email) => Ok(Some(user)),
            Some(_) | None => Err(wrong),
        }
    }

    /// The members of a group, in the vendor's spelling.
    pub(super) async fn members(&self, group: &str) -> Result<Vec<String>, HttpError> {
        let call = Call::get("read group", self.group_path(group));
        let group: Group = send(&self.api, call).await?.parse()?;
        Ok(group.members)
    }

    pub(super) fn group_path(&self, group: &str) -> String {
        format!(
            "{PREFIX}/groups/{}/{}",
            segment(&self.organization),
            segment(group)
        )
    }

    /// All groups but the reserved ones, sorted by name, and of each what `pick` makes of its
    /// members: all members of all groups at once may be more than all accounts.
    pub(super) async fn each_group<T>(
        &self,
        pick: impl Fn(&[String]) -> T,
    ) -> Result<Vec<(String, T)>, HttpError> {
        let path = format!("{PREFIX}/groups/{}", segment(&self.organization));
        let names: GroupNames = send(&self.api, Call::get("list groups", path))
            .await?
            .parse()?;
        let names: BTreeSet<String> = names
            .groups
            .into_iter()
            .filter(|it| !reserved(it))
            .collect();
        let pick = &pick;
        futures::stream::iter(names)
            .map(|name| async move {
                let picked = pick(&self.members(&name).await?);
                Ok((name, picked))
            })
            .buffered(self.in_flight())
            .try_collect()
            .await
    }

    /// The list up to the page that shows `wanted`, or to its end: an empty page or one with
    /// nothing new. The offset moves by the rows received, because a server that caps `limit`
    /// without a word would otherwise look like the end.
    pub(super) async fn list(&self, wanted: Option<&str>) -> Result<Listing, HttpError> {
        let mut listing = Listing {
            rows: Vec::new(),
            places: EmailMarks::default(),
            pages: 0,
            flaws: Vec::new(),
            odd: Vec::new(),
        };
        let (mut offset, mut first) = (0, None);
        loop {
            // No order_by: the default order is the one wanted, and a `+` in a query is a space
            // to many servers.
            let call = Call::get("list users", format!("{PREFIX}/assetapi/user/settings"))
                .query("path", format!("/{}", self.organization))
                .query("limit", PAGE_ROWS)
                .query("offset", offset);
            let what = call.describe();
            let page = rows_of(&send(&self.api, call).await?)?;
            listing.pages += 1;
            let received = page.len();
            let before = listing.rows.len();
            let begins = page
                .first()
                .and_then(|row| row.as_ref().ok()?.username.clone());
            for row in page {
                let row = match row {
                    Ok(row) => row,
                    Err(odd) => {
                        listing.odd.push(odd);
                        continue;
                    }
                };
                let Some(name) = row.username.as_deref() else {
                    let names = [&row.first_name, &row.last_name];
                    let names = names.into_iter().flatten().flatten();
                    let names: Json = names.map(|name| Json::from(name.as_str())).collect();
                    let odd = Odd::new("an entry of the list", "has no user name");
                    listing.odd.push(odd.with(&names));
                    continue;
                };
                let Some(place) = listing.places.get(name) else {
                    listing.places.insert(name, listing.rows.len());
                    listing.rows.push(row);
                    continue;
                };
                let first = listing.rows[place].username.as_deref().unwrap_or_default();
                if first != name {
                    listing
                        .flaws
                        .push(format!("{first} and {name} differ in letter case only"));
                }
            }
            let again = before > 0 && listing.rows.len() == before && begins.is_some();
            if again && first == Some((begins.clone(), received)) {
                let flaw = "the list begins with its first accounts again where its end should be, \
                            so that what comes behind them cannot be seen";
                listing.flaws.push(flaw.to_owned());
            }
            first.get_or_insert((begins, received));
            let found = wanted.is_some_and(|key| listing.places.contains(key));
            if received == 0 || listing.rows.len() == before || found {
                if let Some(why) = is_no_list(listing.rows.len(), &listing.odd) {
                    return Err(self.api.problem(&what, Problem::Body(self.api.clean(&why))));
                }
                return Ok(listing);
            }
            if listing.pages >= MOST_PAGES {
                let problem = Problem::Paging(format!("no end after {MOST_PAGES} pages"));
                return Err(self.api.problem(&what, problem));
            }
            offset += received;
        }
    }

    /// Calls that may be under way at once.
    pub(super) fn in_flight(&self) -> usize {
        self.settings.limits.concurrency.max(1)
    }

    /// Reads again, with the waits of the declaration, until the answer is `good` or the waits
    /// are used up.
    pub(super) async fn settled<T, F>(
        &self,
        mut read: impl FnMut() -> F,
        good: impl Fn(&T) -> bool,
    ) -> Result<T, HttpError>
    where
        F: Future<Output = Result<T, HttpError>>,
    {
        let mut got = read().await?;
        for wait in SPEC.read_lag_ms {
            if good(&got) {
                break;
            }
            self.api
                .clock()
                .sleep(std::time::Duration::from_millis(*wait))
                .await;
            got = read().await?;
        }
        Ok(got)
    }
}

/// The rows of a page, each by itself where they are not all as documented.
fn rows_of(answer: &Answer) -> Result<Vec<Result<ListedUser, Odd>>, HttpError> {
    let whole = match answer.parse::<UserPage>() {
        Ok(page) => return Ok(page.users.into_iter().map(Ok).collect()),
        Err(error) => error,
    };
    let page = answer.parse::<UserPage<Json>>().map_err(|_| whole)?;
    let rows = page.users.into_iter();
    Ok(rows.map(|row| understood(row, "username")).collect())
}

/// The path of one user; the vendor's spelling of the e-mail is to be used.
pub(super) fn user_path(email: &str) -> String {
    format!("{PREFIX}/users/{}", segment(email))
}

/// Whether a list of e-mails has that one.
pub(super) fn holds(emails: &[String], email: &str) -> bool {
    emails.iter().any(|it| same_email(it, email))
}

fn is(row: &ListedUser, key: &str) -> bool {
    let name = row.username.as_deref();
    name.is_some_and(|name| same_email(name, key))
}
