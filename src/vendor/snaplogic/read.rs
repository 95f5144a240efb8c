//! Reading: the list, one person, groups. GET only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use futures::stream::{StreamExt as _, TryStreamExt as _};

use super::answer::send;
use super::convert::{DETAIL, Facts, View, Wants, account, reserved};
use super::wire::{Group, GroupNames, ListedUser, User, UserPage};
use super::{PREFIX, SPEC, SnapLogic};
use crate::http::{Call, HttpError, Problem, segment};
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::{Current, Directory, Entry, Proof};
use crate::reconcile::desired::Desired;
use crate::reconcile::value::{Attributes, Value};
use crate::roster::model::Unlisted;
use crate::vendor::AccountKey;

/// Rows asked for at once. The vendor allows 100 000 and gives 100 when not asked; most
/// environments fit into one page of this size.
const PAGE_ROWS: usize = 1000;
/// The design's end of a read that does not end by itself.
const MOST_PAGES: u32 = 10_000;
/// So many e-mails are named when lists disagree.
const NAMED: usize = 3;

/// What a fetch learnt for the reads and writes that follow.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The roster's word, by e-mail key, earlier e-mails included.
    pub(super) wants: BTreeMap<String, Wants>,
    /// E-mail keys of accounts that were read from the list alone. A later read of them shows no
    /// more than that, so that an unchanged account looks unchanged.
    pub(super) thin: BTreeSet<String>,
    /// E-mail keys of the service accounts among those read.
    pub(super) utility: BTreeMap<String, bool>,
    /// The groups, if the roster manages them.
    pub(super) groups: Option<Directory>,
    /// The e-mail key of the account behind the credentials.
    pub(super) own: Option<String>,
    /// Set once a PUT changed what it did not send: no further PUT goes out but those that take
    /// access away.
    pub(super) put_replaces: bool,
}

/// The list, or as much of it as was needed.
struct Listing {
    rows: Vec<ListedUser>,
    pages: u32,
    flaws: Vec<String>,
}

impl SnapLogic {
    pub(super) async fn read_all(&self, desired: &Desired) -> Result<Current, HttpError> {
        self.revoked.reload();
        let listing = self.list(None).await?;
        let members = self.members("members").await?;
        let admins = keys(&self.members("admins").await?);
        let manages_groups = desired.manages("groups");
        let groups = match manages_groups {
            true => Some(self.all_groups().await?),
            false => None,
        };
        let (own, mut notices) = self.identity().await?;
        notices.extend(self.revoked.fault());
        let mut missing = listing.flaws.clone();
        missing.extend(disagreement(&listing.rows, &members));

        let wants = wants(desired);
        let facts: Vec<Facts> = listing
            .rows
            .into_iter()
            .map(|row| {
                let key = row.username.as_deref().map(email_key).unwrap_or_default();
                Facts {
                    admin: Some(admins.contains(&key)),
                    groups: groups.as_ref().map(|groups| groups_of(groups, &key)),
                    user: None,
                    listed: Some(row),
                }
            })
            .collect();
        let (facts, vanished) = self.with_details(facts, &wants).await?;
        missing.extend(vanished);

        let accounts: Vec<Account> = facts
            .iter()
            .filter_map(|facts| {
                let key = facts.email().map(email_key)?;
                account(facts, &self.view(wants.get(&key), &key))
            })
            .collect();
        let directory = groups.map(|groups| directory(groups.into_keys()));
        let mut current = Current {
            accounts,
            own: own.clone(),
            proof: Proof {
                pages: listing.pages,
                counted: u64::try_from(members.len()).ok(),
                missing,
            },
            notices,
            ..Current::default()
        };
        if let Some(directory) = &directory {
            current.directories.insert("groups", directory.clone());
        }
        let put_replaces = self.known().put_replaces;
        *self.known() = Known {
            thin: facts
                .iter()
                .filter(|it| it.user.is_none())
                .filter_map(key_of)
                .collect(),
            utility: facts
                .iter()
                .filter_map(|it| Some((key_of(it)?, it.utility() == Some(true))))
                .collect(),
            groups: directory,
            own: match own {
                crate::reconcile::current::Own::Email(email) => Some(email_key(&email)),
                _ => None,
            },
            put_replaces,
            wants,
        };
        Ok(current)
    }

    pub(super) async fn read_one(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let facts = self.facts(&key.email).await?;
        Ok(facts.and_then(|facts| self.account(&facts)))
    }

    /// Everything about one person, afresh; `None`: not in this environment. Membership is told
    /// by the list: `organizations` may be cut to what the caller can see.
    pub(super) async fn facts(&self, email: &str) -> Result<Option<Facts>, HttpError> {
        let Some(row) = self.listed(email).await? else {
            return Ok(None);
        };
        let key = email_key(email);
        let spelled = row.username.clone().unwrap_or_else(|| email.to_owned());
        let thin = self.known().thin.contains(&key);
        let user = match thin {
            true => None,
            false => match self.user(&spelled).await? {
                Some(user) => Some(user),
                None => return Ok(None),
            },
        };
        let admin = keys(&self.members("admins").await?).contains(&key);
        let reads_groups = self.known().groups.is_some();
        let groups = match reads_groups {
            true => Some(groups_of(&self.all_groups().await?, &key)),
            false => None,
        };
        Ok(Some(Facts {
            listed: Some(row),
            user,
            admin: Some(admin),
            groups,
        }))
    }

    /// Facts in the program's words.
    pub(super) fn account(&self, facts: &Facts) -> Option<Account> {
        let key = email_key(facts.email()?);
        let wants = self.known().wants.get(&key).cloned();
        account(facts, &self.view(wants.as_ref(), &key))
    }

    pub(super) fn view<'a>(&'a self, wants: Option<&'a Wants>, key: &str) -> View<'a> {
        View {
            organization: &self.organization,
            sso: self.settings.flag("sso"),
            wants,
            revoked: self.revoked.get(key).is_some(),
        }
    }

    /// One row of the list; no more pages are read than needed.
    pub(super) async fn listed(&self, email: &str) -> Result<Option<ListedUser>, HttpError> {
        let key = email_key(email);
        let listing = self.list(Some(&key)).await?;
        Ok(listing.rows.into_iter().find(|row| is(row, &key)))
    }

    /// One user; a 404 alone means that there is none.
    pub(super) async fn user(&self, email: &str) -> Result<Option<User>, HttpError> {
        let call = Call::get("read user", user_path(email));
        let answer = match send(&self.api, call).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let wrong = answer.unusable("it is about another user");
        let user: User = answer.parse()?;
        match &user.email {
            Some(shown) if email_key(shown) == email_key(email) => Ok(Some(user)),
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

    /// All groups but the reserved ones, with the e-mail keys of their members.
    async fn all_groups(&self) -> Result<BTreeMap<String, BTreeSet<String>>, HttpError> {
        let path = format!("{PREFIX}/groups/{}", segment(&self.organization));
        let names: GroupNames = send(&self.api, Call::get("list groups", path))
            .await?
            .parse()?;
        let names: BTreeSet<String> = names
            .groups
            .into_iter()
            .filter(|it| !reserved(it))
            .collect();
        futures::stream::iter(names)
            .map(|name| async move {
                let members = keys(&self.members(&name).await?);
                Ok((name, members))
            })
            .buffered(self.in_flight())
            .try_collect()
            .await
    }

    /// The list up to the page that shows `wanted`, or to its end: an empty page or one with
    /// nothing new. The offset moves by the rows received, because a server that caps `limit`
    /// without a word would otherwise look like the end.
    async fn list(&self, wanted: Option<&str>) -> Result<Listing, HttpError> {
        let mut listing = Listing {
            rows: Vec::new(),
            pages: 0,
            flaws: Vec::new(),
        };
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut offset = 0;
        loop {
            // No order_by: the default order is the one wanted, and a `+` in a query is a space
            // to many servers.
            let call = Call::get("list users", format!("{PREFIX}/assetapi/user/settings"))
                .query("path", format!("/{}", self.organization))
                .query("limit", PAGE_ROWS)
                .query("offset", offset);
            let what = call.describe();
            let page: UserPage = send(&self.api, call).await?.parse()?;
            listing.pages += 1;
            let received = page.users.len();
            let before = listing.rows.len();
            for row in page.users {
                let Some(name) = row.username.clone() else {
                    listing
                        .flaws
                        .push(String::from("a row of the list has no user name"));
                    continue;
                };
                match seen.insert(email_key(&name), name.clone()) {
                    None => listing.rows.push(row),
                    Some(first) if first == name => {}
                    Some(first) => listing
                        .flaws
                        .push(format!("{first} and {name} differ in letter case only")),
                }
            }
            let found = wanted.is_some_and(|key| seen.contains_key(key));
            if received == 0 || listing.rows.len() == before || found {
                return Ok(listing);
            }
            if listing.pages >= MOST_PAGES {
                let problem = Problem::Paging(format!("no end after {MOST_PAGES} pages"));
                return Err(self.api.problem(&what, problem));
            }
            offset += received;
        }
    }

    /// Adds the person's own record where the roster or a safety rule needs more than the list
    /// shows. Also returns what speaks against a complete read.
    async fn with_details(
        &self,
        facts: Vec<Facts>,
        wants: &BTreeMap<String, Wants>,
    ) -> Result<(Vec<Facts>, Vec<String>), HttpError> {
        let read = futures::stream::iter(facts)
            .map(|mut facts| async move {
                let email = facts.email().unwrap_or_default().to_owned();
                if self.needs_details(&facts, wants.get(&email_key(&email))) {
                    facts.user = self.user(&email).await?;
                    if facts.user.is_none() {
                        return Ok((facts, Some(format!("{email} is listed and cannot be read"))));
                    }
                }
                Ok::<_, HttpError>((facts, None))
            })
            .buffered(self.in_flight())
            .try_collect::<Vec<_>>()
            .await?;
        let (facts, vanished): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        Ok((facts, vanished.into_iter().flatten().collect()))
    }

    /// The list does not show whether an account is a team's, is known elsewhere, or was used for
    /// Basic. That matters where an account may be switched off or changed for all environments.
    fn needs_details(&self, facts: &Facts, wants: Option<&Wants>) -> bool {
        let off = facts.looks_off(&self.organization);
        let settled = off
            && facts
                .email()
                .is_some_and(|email| self.revoked.get(&email_key(email)).is_some());
        match wants {
            Some(wants) if wants.access => {
                DETAIL.iter().any(|name| wants.attributes.contains(name))
                    || off
                    || differs(facts, &wants.attributes)
            }
            Some(_) => !settled,
            None => {
                self.settings.unlisted == Unlisted::Deactivate
                    && !settled
                    && facts.utility() != Some(true)
            }
        }
    }

    fn in_flight(&self) -> usize {
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

/// The path of one user; the vendor's spelling of the e-mail is to be used.
pub(super) fn user_path(email: &str) -> String {
    format!("{PREFIX}/users/{}", segment(email))
}

/// The keys of a list of e-mails.
pub(super) fn keys(emails: &[String]) -> BTreeSet<String> {
    emails.iter().map(|email| email_key(email)).collect()
}

fn key_of(facts: &Facts) -> Option<String> {
    facts.email().map(email_key)
}

fn is(row: &ListedUser, key: &str) -> bool {
    row.username.as_deref().map(email_key).as_deref() == Some(key)
}

fn groups_of(groups: &BTreeMap<String, BTreeSet<String>>, key: &str) -> BTreeSet<String> {
    let holding = groups.iter().filter(|(_, members)| members.contains(key));
    holding.map(|(name, _)| name.clone()).collect()
}

/// Groups have no id but their name.
fn directory(names: impl Iterator<Item = String>) -> Directory {
    Directory {
        noun: "group",
        entries: names
            .map(|name| Entry {
                id: name.clone().into(),
                name: name.into(),
                admin: false,
            })
            .collect(),
    }
}

fn wants(desired: &Desired) -> BTreeMap<String, Wants> {
    let mut all = BTreeMap::new();
    for person in &desired.accounts {
        for email in &person.previous_emails {
            all.entry(email_key(email))
                .or_insert_with(|| Wants::of(person));
        }
    }
    // A person's present e-mail counts more than somebody else's earlier one.
    for person in &desired.accounts {
        all.insert(email_key(&person.email), Wants::of(person));
    }
    all
}

/// Whether a setting that counts in every environment is to be changed.
fn differs(facts: &Facts, attributes: &Attributes) -> bool {
    let Some(row) = &facts.listed else {
        return true;
    };
    let text = |name: &str, shown: &Option<Option<String>>| {
        attributes
            .get(name)
            .and_then(Value::as_text)
            .is_some_and(|wanted| shown.as_ref().and_then(Option::as_deref) != Some(wanted))
    };
    let flag = |name: &str, shown: Option<bool>| {
        attributes
            .get(name)
            .and_then(Value::as_flag)
            .is_some_and(|wanted| shown != Some(wanted))
    };
    text("first_name", &row.first_name)
        || text("last_name", &row.last_name)
        || flag("ui_access", row.ui_access)
        || flag("utility", row.utility)
}

/// What the group of all members says against the list, in one clause.
fn disagreement(rows: &[ListedUser], members: &[String]) -> Option<String> {
    let listed: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row.username.as_deref().map(email_key))
        .collect();
    let members = keys(members);
    let only_listed: Vec<&String> = listed.difference(&members).collect();
    let only_member: Vec<&String> = members.difference(&listed).collect();
    if only_listed.is_empty() && only_member.is_empty() {
        return None;
    }
    Some(format!(
        "the list and the group `members` disagree: {} only in the list{}, {} only in the group{}",
        only_listed.len(),
        some(&only_listed),
        only_member.len(),
        some(&only_member),
    ))
}

fn some(emails: &[impl Display]) -> String {
    if emails.is_empty() {
        return String::new();
    }
    let named: Vec<String> = emails.iter().take(NAMED).map(ToString::to_string).collect();
    let more = if emails.len() > NAMED { ", …" } else { "" };
    format!(" ({}{more})", named.join(", "))
}
