//! The reading calls, one function each: the list, one user, groups. GET only.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use futures::stream::{StreamExt as _, TryStreamExt as _};

use super::answer::send;
use super::spec::{Group, GroupNames, USER, USERS, reserved};
use super::{PREFIX, SPEC, SnapLogic};
use crate::connector::WriteError;
use crate::connector::rest::list::Entry;
use crate::connector::rest::row::Row;
use crate::connector::rest::users::is_no_list;
use crate::connector::rest::write::poll_until;
use crate::http::{Call, HttpError, Problem, segment};
use crate::model::email::{same_email, spellings};
use crate::model::fingerprint::EmailIndex;
use crate::model::odd::Odd;

/// How often a list is read in all that changes meanwhile.
const READS: usize = 4;

/// The list, or as much of it as was needed.
#[derive(Default)]
pub(super) struct Listed {
    /// Each user once.
    pub(super) rows: Vec<Row>,
    /// Where each is, by e-mail.
    pub(super) places: EmailIndex,
    /// Pages read.
    pub(super) pages: u32,
    /// What speaks against the list, one clause each.
    pub(super) flaws: Vec<String>,
    /// It may end before its end: [`stood_still`](crate::connector::rest::walk::Listing::stood_still).
    pub(super) stood_still: bool,
    /// Whether several pages brought something: one that shrinks while they are read leaves rows out.
    pub(super) several: bool,
    /// Rows that cannot be understood.
    pub(super) odd: Vec<Odd>,
}

impl SnapLogic {
    /// One row of the list; no more pages are read than needed. A list that grows or shrinks while it
    /// is read proves nobody's absence: it is read again, until two in a row are as long.
    pub(super) async fn listed(&self, email: &str) -> Result<Option<Row>, HttpError> {
        let mut before = None;
        for _ in 0..READS {
            let listed = self.list(Some(email)).await?;
            let rows = listed.rows.len();
            let found = listed.rows.into_iter().find(|row| is(row, email));
            let several = listed.several || self.known().several_pages;
            let still = !listed.stood_still && !several;
            if found.is_some() || still || before == Some(rows) {
                return Ok(found);
            }
            before = Some(rows);
        }
        let reason = String::from("it changes while it is read");
        Err(self.api.problem(USERS.what, Problem::Paging(reason)))
    }

    /// One user; a 404 alone means that there is none. The vendor compares texts and may know
    /// either form of a domain.
    pub(super) async fn user(&self, email: &str) -> Result<Option<Row>, HttpError> {
        for spelling in spellings(email) {
            if let Some(user) = self.user_spelled(&spelling).await? {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    async fn user_spelled(&self, email: &str) -> Result<Option<Row>, HttpError> {
        let call = Call::get("read user", user_path(email));
        let answer = match send(&self.api, call).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        match answer.row(&USER)? {
            user if is(&user, email) => Ok(Some(user)),
            _ => Err(answer.unusable("it is about another user")),
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
    /// nothing new.
    pub(super) async fn list(&self, wanted: Option<&str>) -> Result<Listed, HttpError> {
        let mut listed = Listed::default();
        // No order_by: the default order is the one wanted, and a `+` in a query is a space to many
        // servers.
        let organization = format!("/{}", self.organization);
        let call = USERS.call().query("path", organization);
        let ask = |call| async move { Ok(send(&self.api, call).await?.into_reply()) };
        let take = |entry, _| {
            listed.take(entry);
            match wanted.is_some_and(|key| listed.places.contains(key)) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let listing = USERS.walk(&self.api, 0, &call, ask, take).await?;
        if let Some(why) = is_no_list(listed.rows.len(), &listed.odd) {
            return Err(self
                .api
                .problem(&call.describe(), Problem::Body(self.api.clean(&why))));
        }
        listed.pages = listing.pages;
        listed.stood_still = listing.stood_still;
        listed.several = listing.fresh_pages > 1;
        listed.flaws.extend(listing.doubts);
        Ok(listed)
    }

    /// Calls that may be under way at once.
    pub(super) fn in_flight(&self) -> usize {
        self.settings.limits.concurrency.max(1)
    }

    /// [`poll_until`] with the waits of the declaration.
    pub(super) async fn poll_until<T, F>(
        &self,
        read: impl FnMut() -> F,
        good: impl Fn(&T) -> bool,
    ) -> Result<T, WriteError>
    where
        F: Future<Output = Result<T, HttpError>>,
    {
        poll_until(&self.api, SPEC.read_lag_ms, read, good).await
    }
}

impl Listed {
    fn take(&mut self, entry: Entry) {
        let row = match entry {
            Ok(row) => row,
            Err(odd) => return self.odd.push(odd),
        };
        let Some(name) = row.text(&USERS.key) else {
            return self.odd.push(USERS.odd_one(&row, "has no user name"));
        };
        let Some(place) = self.places.get(name) else {
            self.places.insert(name, self.rows.len());
            return self.rows.push(row);
        };
        let first = self.rows[place].text("username").unwrap_or_default();
        if first != name {
            let flaw = format!("{first} and {name} differ in letter case only");
            self.flaws.push(flaw);
        }
    }
}

/// The path of one user; the vendor's spelling of the e-mail is to be used.
pub(super) fn user_path(email: &str) -> String {
    format!("{PREFIX}/users/{}", segment(email))
}

/// Whether a list of e-mails has that one.
pub(super) fn holds(emails: &[String], email: &str) -> bool {
    emails.iter().any(|it| same_email(it, email))
}

fn is(user: &Row, key: &str) -> bool {
    let name = user.text("username");
    name.is_some_and(|name| same_email(name, key))
}
