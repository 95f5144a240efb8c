//! One fetch: which reads, in which order, and what they say about completeness.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Bitsight;
use super::convert;
use super::read::{Listing, is_token};
use super::spec::{ADMIN, ROLES};
use super::token::Groups;
use super::wire::User;
use crate::http::HttpError;
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::{Current, Directory, Own, Proof};
use crate::reconcile::desired::{Desired, DesiredAccount};
use crate::reconcile::value::{Shapes, Value};
use crate::vendor::spec::Means;

/// New users an account may get in a month, unless the vendor's support raised it.
/// <https://help.bitsighttech.com/hc/en-us/articles/21490971050903-How-to-Add-a-User>
const MONTHLY_CREATES: usize = 300;

impl Bitsight {
    pub(super) async fn fetch_current(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let (users, mut proof) = self.all_users(desired).await?;
        let Groups { directory, doubts } = self.read_groups(&users).await?;
        proof.missing.extend(doubts);
        let mut shapes = Shapes::default();
        let mut accounts = Vec::with_capacity(users.len());
        for user in &users {
            let account = self.account(user, &directory)?;
            accounts.extend(account.map(|account| shapes.pack(account)));
        }
        proof.missing.extend(doubles(&users));
        let (own, doubt) = self.own(&users).await?;
        proof.missing.extend(doubt);
        proof.missing.extend(partial_own(&own, &accounts));
        let mut notices = notices(&users, desired);
        let creates = announce_creates(desired, &accounts, &mut notices);
        let allowance = if creates {
            self.allowance(&mut proof.missing, &mut notices).await?
        } else {
            None
        };
        if self.settings.deactivate.means == Means::Delete || self.settings.delete_after.is_some() {
            notices.push(
                "deleting a user cannot be undone and also deletes the shared folders they made; \
                 give the folders a new owner first"
                    .into(),
            );
        }
        caution_moves(desired, &directory, &mut accounts);
        *self.lock_groups() = Some(Arc::new(directory.clone()));
        Ok(Current {
            accounts,
            directories: BTreeMap::from([("group", directory)]),
            own,
            proof,
            allowance,
            last_read: None,
            notices,
            ..Current::default()
        })
    }

    /// All users. Whether the list without a filter has the deactivated ones is not documented, so
    /// they are asked for when somebody who should have access is not in it, and where they are
    /// deleted after a grace.
    async fn all_users(&self, desired: &Desired<'_>) -> Result<(Vec<User>, Proof), HttpError> {
        let Listing {
            mut users,
            mut counted,
            mut pages,
            doubt,
        } = self.list_whole(&[]).await?;
        let mut missing: Vec<String> = doubt.into_iter().collect();
        if self.settings.delete_after.is_some() || lacks_wanted(&users, desired) {
            let more = self.list_whole(&[("status", "Deactivated")]).await?;
            pages += more.pages;
            missing.extend(
                more.doubt
                    .map(|doubt| format!("of the deactivated users, {doubt}")),
            );
            let known: BTreeSet<Box<str>> = users.iter().map(|user| user.guid.clone()).collect();
            let before = users.len();
            users.extend(
                more.users
                    .into_iter()
                    .filter(|user| !known.contains(&user.guid)),
            );
            // What the first count left out belongs to the whole.
            let added = u64::try_from(users.len() - before).unwrap_or(u64::MAX);
            counted = counted.map(|count| count.saturating_add(added));
        }
        let proof = Proof {
            pages,
            counted,
            missing,
        };
        Ok((users, proof))
    }
}

/// Says what creates bring with them; whether there may be any.
fn announce_creates(desired: &Desired, accounts: &[Account], notices: &mut Vec<String>) -> bool {
    let have: BTreeSet<String> = accounts.iter().map(Account::email_key).collect();
    let creates = desired
        .claims()
        .filter(|wanted| wanted.access.granted() && wanted.id.is_none())
        .filter(|wanted| {
            !wanted
                .emails()
                .any(|email| have.contains(&email_key(email)))
        })
        .count();
    if creates == 0 {
        return false;
    }
    notices.push("Bitsight sends every new user a welcome mail".into());
    if creates > MONTHLY_CREATES {
        notices.push(format!(
            "{creates} new users are wanted and Bitsight takes {MONTHLY_CREATES} new users a month \
             unless its support raised that; `max: {{ creates: {MONTHLY_CREATES} }}` holds a plan \
             beyond that"
        ));
    }
    true
}

/// Whether somebody who should have access is not in the list.
fn lacks_wanted(users: &[User], desired: &Desired) -> bool {
    let emails: BTreeSet<String> = users
        .iter()
        .filter_map(|user| user.email.as_deref().map(email_key))
        .collect();
    let guids: BTreeSet<&str> = users.iter().map(|user| user.guid.as_ref()).collect();
    let wanted = desired.claims();
    wanted
        .filter(|wanted| wanted.access.granted())
        .any(|wanted| match wanted.id {
            Some(id) => !guids.contains(id),
            None => !emails.contains(&email_key(wanted.email)),
        })
}

/// Addresses that several people's users share but for letter case: matching them is a guess.
fn doubles(users: &[User]) -> Vec<String> {
    let mut by_email: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for user in users.iter().filter(|user| !is_token(user)) {
        if let Some(email) = &user.email {
            by_email
                .entry(email_key(email))
                .or_default()
                .push(&user.guid);
        }
    }
    by_email.retain(|_, guids| guids.len() > 1);
    by_email
        .into_iter()
        .map(|(email, guids)| format!("several users have the email {email}: {}", guids.join(", ")))
        .collect()
}

/// A user who is no Admin may see only the users of the own group.
fn partial_own(own: &Own, accounts: &[Account]) -> Option<String> {
    let Own::Email(email) = own else {
        return None;
    };
    let key = email_key(email);
    let own = accounts.iter().find(|account| account.email_key() == key)?;
    match own.attributes.get("role") {
        Some(Some(Value::Text(role))) if &**role != ADMIN => Some(format!(
            "partial view: the token belongs to {email}, whose role is {role}"
        )),
        _ => None,
    }
}

/// What is odd about what was read, or asked for.
fn notices(users: &[User], desired: &Desired) -> Vec<String> {
    let mut notices = Vec::new();
    let mut seen: BTreeSet<&str> = ROLES.iter().copied().collect();
    for user in users {
        let slugs = convert::role_slugs(user);
        if slugs.len() > 1 {
            notices.push(format!(
                "the user {} holds several roles ({}); the API takes one, so settle it in Bitsight",
                user.email.as_deref().unwrap_or(&user.guid),
                slugs.join(", ")
            ));
        }
        seen.extend(slugs);
    }
    let statuses: BTreeSet<&str> = users
        .iter()
        .filter_map(|user| user.status.as_deref())
        .filter(|status| !matches!(*status, "Created" | "Activated" | "Deactivated"))
        .collect();
    for status in statuses {
        notices.push(format!(
            "the status {status} is not documented and counts as access"
        ));
    }
    let mut roles: BTreeSet<Box<str>> = BTreeSet::new();
    for wanted in desired.accounts() {
        if let Some(role) = wanted.initial("role").and_then(Value::as_text)
            && !seen.contains(role)
            && !roles.contains(role)
        {
            roles.insert(role.into());
        }
    }
    for role in roles {
        notices.push(format!(
            "no user holds the role {role} yet, and it is not documented"
        ));
    }
    notices
}

/// Marks the accounts whose group the roster changes.
fn caution_moves(desired: &Desired, groups: &Directory, accounts: &mut [Account]) {
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    for (at, account) in accounts.iter().enumerate() {
        by_key.insert(account.email_key(), at);
        if let Some(id) = &account.id {
            by_key.insert(id.to_string(), at);
        }
    }
    for wanted in desired.accounts() {
        let Some(Value::Text(group)) = wanted.attributes.get("group") else {
            continue;
        };
        let Some(at) = keys(&wanted).find_map(|key| by_key.get(&key)) else {
            continue;
        };
        let account = &mut accounts[*at];
        let Some(Some(Value::Text(now))) = account.attributes.get("group") else {
            continue;
        };
        let same = groups
            .lookup(group)
            .is_ok_and(|entry| groups.display(entry) == &**now);
        if !same {
            account
                .cautions
                .push("moving to another group can change the folders of this user".into());
        }
    }
}

/// What an account may be matched by, strongest first (roster rule 5).
fn keys(wanted: &DesiredAccount) -> impl Iterator<Item = String> {
    let id = wanted.id.iter().map(|id| id.to_string());
    let emails = std::iter::once(&wanted.email).chain(&wanted.previous_emails);
    let with_id = wanted.id.is_some();
    id.chain(
        emails
            .filter(move |_| !with_id)
            .map(|email| email_key(email)),
    )
}
