//! Reads: one user, lists with their pages, groups, the token's own user, the quota.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use url::Url;

use super::Bitsight;
use super::convert;
use super::wire::{AccessGroups, CurrentUser, Page, Quota, User};
use crate::http::{Call, HttpError, Problem, Reply, segment};
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::{Directory, Entry, Own};

/// List and create.
pub(super) const USERS: &str = "/ratings/v2/users";
const CURRENT: &str = "/ratings/v1/users/current";
const QUOTA: &str = "/ratings/v1/users/quota";
const GROUPS: &str = "/ratings/v1/access-groups";

/// The documented default page size; a maximum is not documented.
const LIMIT: u64 = 100;

/// Pages after which a list is taken to have no end.
const MAX_PAGES: u32 = 10_000;

/// The pause before a read is repeated that the edge server, not the API, refused.
const EDGE_PAUSE: Duration = Duration::from_secs(10);

/// What a list call brought.
#[derive(Debug)]
pub(super) struct Listing {
    /// The users, each once.
    pub(super) users: Vec<User>,
    /// The vendor's own count, of the last page.
    pub(super) counted: Option<u64>,
    /// Pages read.
    pub(super) pages: u32,
    /// What speaks against completeness.
    pub(super) doubt: Option<String>,
}

/// The groups, and what speaks against the token seeing all of them.
pub(super) struct Groups {
    /// Those listed, and those that users were seen in.
    pub(super) directory: Directory,
    /// One clause each.
    pub(super) doubts: Vec<String>,
}

impl Bitsight {
    /// One user by guid. `None` needs a 404 and a list that does not have the guid either.
    pub(super) async fn user_by_guid(&self, guid: &str) -> Result<Option<User>, HttpError> {
        let call = Call::get("read user", format!("{USERS}/{}", segment(guid)));
        match self.read(call).await {
            Ok(reply) => {
                let user: User = reply.json()?;
                if *user.guid == *guid {
                    Ok(Some(user))
                } else {
                    Err(reply.unusable("it is about another user"))
                }
            }
            Err(error) if error.status() == Some(404) => {
                let listed = self.list(&[("guid", guid)]).await?;
                Ok(listed.users.into_iter().find(|user| *user.guid == *guid))
            }
            Err(error) => Err(error),
        }
    }

    /// The one user with an e-mail, `Deactivated` ones included. The filter may match inexactly or
    /// by letter case, so its answer is checked here and the lower-cased address is tried too.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<User>, HttpError> {
        let key = email_key(email);
        let mut spellings = vec![email];
        if key != email {
            spellings.push(&key);
        }
        for spelling in spellings {
            for status in [None, Some("Deactivated")] {
                let mut filters = vec![("email", spelling)];
                filters.extend(status.map(|status| ("status", status)));
                let mut found = self.list(&filters).await?.users;
                found.retain(|user| user.email.as_deref().map(email_key) == Some(key.clone()));
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

    /// A list, read again once when the vendor's count does not match what came.
    pub(super) async fn list_whole(&self, filters: &[(&str, &str)]) -> Result<Listing, HttpError> {
        let first = self.list(filters).await?;
        if first.doubt.is_none() {
            return Ok(first);
        }
        let mut again = self.list(filters).await?;
        again.pages += first.pages;
        Ok(again)
    }

    /// All pages of a list. Only the offset is taken from the vendor's link: path and filters stay
    /// ours.
    pub(super) async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing, HttpError> {
        let mut users = Vec::new();
        let mut seen: BTreeSet<Box<str>> = BTreeSet::new();
        let mut counts: BTreeSet<Option<u64>> = BTreeSet::new();
        let (mut offset, mut pages, mut idle) = (0, 0, false);
        loop {
            let mut call = Call::get("list users", USERS)
                .query("limit", LIMIT)
                .query("offset", offset);
            for (name, value) in filters {
                call = call.query(name, value);
            }
            let reply = self.read(call).await?;
            let page: Page = reply.json()?;
            pages += 1;
            counts.insert(page.count);
            let next = self.next_offset(&reply, page.next(), offset)?;
            let before = users.len();
            for user in page.results {
                if seen.insert(user.guid.clone()) {
                    users.push(user);
                }
            }
            let Some(next) = next else {
                let counted = page.count;
                let doubt = doubt(&counts, users.len());
                return Ok(Listing {
                    users,
                    counted,
                    pages,
                    doubt,
                });
            };
            // The help pages allow an empty page in between, so one is let through.
            let nothing_new = users.len() == before;
            if nothing_new && idle || pages >= MAX_PAGES {
                return Err(reply.problem(Problem::Paging(format!(
                    "after {pages} pages another is promised, and the last ones brought nothing new"
                ))));
            }
            idle = nothing_new;
            offset = next;
        }
    }

    /// Where the next page begins, if there is one.
    fn next_offset(
        &self,
        reply: &Reply,
        link: Option<&str>,
        offset: u64,
    ) -> Result<Option<u64>, HttpError> {
        let Some(link) = link else {
            return Ok(None);
        };
        // Another origin means that something is wrong, though the link itself is not called.
        self.api.follow("list users", link)?;
        let base = Url::parse(&format!("{}/", self.api.base_url()));
        let next = base.ok().and_then(|base| base.join(link).ok());
        let next = next.and_then(|url| {
            let mut pairs = url.query_pairs();
            let (_, value) = pairs.find(|(name, _)| name == "offset")?;
            value.parse::<u64>().ok()
        });
        match next {
            Some(next) if next > offset => Ok(Some(next)),
            Some(next) => Err(reply.problem(Problem::Paging(format!(
                "the page after offset {offset} is said to be at {next}"
            )))),
            None => Err(reply.problem(Problem::Paging("a page link has no offset".into()))),
        }
    }

    /// The groups, completed by those of `users`; a group that only a user shows means that the
    /// token sees a part.
    pub(super) async fn read_groups(&self, users: &[User]) -> Result<Groups, HttpError> {
        let mut entries: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
        let mut doubts = Vec::new();
        match self.read(Call::get("list groups", GROUPS)).await {
            Ok(reply) => {
                let listed: AccessGroups = reply.json()?;
                for group in listed.groups {
                    let name = group.name.unwrap_or_else(|| group.guid.clone());
                    entries.insert(group.guid, name);
                }
                let default = listed.default_group.as_ref().map(|group| group.guid());
                if default.is_some_and(|guid| !entries.contains_key(guid)) {
                    doubts.push("partial view: the token does not see the default group".into());
                }
            }
            Err(error) if refused(&error) => {
                doubts.push("partial view: the token may not list groups".into());
            }
            Err(error) => return Err(error),
        }
        let mut hidden = 0;
        for group in users
            .iter()
            .filter_map(|user| user.group.iter().flatten().next())
        {
            if !entries.contains_key(group.guid()) {
                hidden += 1;
                let name = group.name().unwrap_or_else(|| group.guid());
                entries.insert(group.guid().into(), name.into());
            }
        }
        if hidden > 0 && doubts.is_empty() {
            doubts.push(format!(
                "partial view: {hidden} groups of users are not among the groups that the token sees"
            ));
        }
        let entries = entries.into_iter().map(|(id, name)| Entry {
            id,
            name,
            admin: false,
        });
        Ok(Groups {
            directory: Directory {
                noun: "group",
                entries: entries.collect(),
            },
            doubts,
        })
    }

    /// Whose the token is. A company token has no user, or a pseudo-user that lists leave out:
    /// which of the two is not documented.
    pub(super) async fn own(&self, users: &[User]) -> Result<Own, HttpError> {
        if let Some(email) = &self.settings.own_account {
            return Ok(Own::Email(email.clone()));
        }
        let reply = match self.read(Call::get("read own user", CURRENT)).await {
            Ok(reply) => reply,
            // The list was read with the same token, so this is about the token's kind.
            Err(error) if refused(&error) => return Ok(Own::Nobody),
            Err(error) if error.status().is_some_and(|s| (400..429).contains(&s)) => {
                return Ok(Own::Unknown);
            }
            Err(error) => return Err(error),
        };
        let Ok(me) = reply.json::<CurrentUser>() else {
            return Ok(Own::Unknown);
        };
        if me.is_company_api_token == Some(true) {
            return Ok(Own::Nobody);
        }
        let key = me.email.as_deref().map(email_key);
        let listed = users.iter().find(|user| match &me.guid {
            Some(guid) => user.guid == *guid,
            None => key.is_some() && user.email.as_deref().map(email_key) == key,
        });
        if let Some(user) = listed {
            return Ok(match &user.email {
                Some(email) if !is_token(user) => Own::Email(email.clone()),
                _ => Own::Nobody,
            });
        }
        if let Some(guid) = me.guid.as_deref() {
            let user = match self.user_by_guid(guid).await? {
                Some(user) => Some(user),
                None => {
                    let filters = [("guid", guid), ("is_company_api_token", "true")];
                    self.list(&filters).await?.users.pop()
                }
            };
            if user.is_some_and(|user| is_token(&user)) {
                return Ok(Own::Nobody);
            }
        }
        Ok(me.email.map_or(Own::Nobody, Own::Email))
    }

    /// The quota, or why it is not known: it is a help, not a need.
    pub(super) async fn quota(&self) -> Result<Result<Quota, String>, HttpError> {
        match self.read(Call::get("read user quota", QUOTA)).await {
            Ok(reply) => Ok(reply.json().map_err(|error| error.problem.to_string())),
            Err(error) if error.status().is_some_and(|s| (400..500).contains(&s)) => {
                Ok(Err(error.problem.to_string()))
            }
            Err(error) => Err(error),
        }
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

    /// Sends a GET. The edge before the API now and then answers 403 with a page of HTML; such a
    /// one is asked again once.
    async fn read(&self, call: Call) -> Result<Reply, HttpError> {
        match self.api.send(call.clone()).await {
            Err(error) if edge_refused(&error) => {
                self.api.clock().sleep(EDGE_PAUSE).await;
                self.api.send(call).await
            }
            other => other,
        }
    }
}

/// Whether a user is the pseudo-user of a company token.
pub(super) fn is_token(user: &User) -> bool {
    user.is_company_api_token == Some(true)
}

fn edge_refused(error: &HttpError) -> bool {
    matches!(
        error.problem,
        Problem::Status {
            status: 403,
            message: _,
            body: None
        }
    )
}

/// Whether the API itself, not something in between, refuses a read for good.
fn refused(error: &HttpError) -> bool {
    match &error.problem {
        Problem::Unauthorized(_) => true,
        Problem::Status {
            status,
            message: _,
            body,
        } => body.is_some() && matches!(status, 400 | 401 | 403 | 404),
        _ => false,
    }
}

fn doubt(counts: &BTreeSet<Option<u64>>, read: usize) -> Option<String> {
    let known: Vec<u64> = counts.iter().copied().flatten().collect();
    match known.as_slice() {
        [] => Some("the list came without the vendor's own count".into()),
        [count] if counts.len() > 1 => Some(format!("not every page gave the count of {count}")),
        [count] if u64::try_from(read).ok() == Some(*count) => None,
        [count] => Some(format!(
            "the vendor counts {count} accounts, {read} were read"
        )),
        _ => Some("the vendor's count changed while the list was read".into()),
    }
}
