//! One fetch: which reads, in which order, and what they say about completeness.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Bitsight;
use super::read::HIDDEN;
use super::spec::ADMIN;
use super::users::Users;
use crate::connector::rest::walk::Listing;
use crate::http::HttpError;
use crate::model::current::{Completeness, Current, Directory, Own};
use crate::model::desired::Desired;
use crate::model::value::Value;

/// New users an account may get in a month, unless the vendor's support raised it.
/// <https://help.bitsighttech.com/hc/en-us/articles/21490971050903-How-to-Add-a-User>
const MONTHLY_CREATES: usize = 300;

/// What a person should know before somebody's group changes.
const MOVES: &str = "moving to another group can change the folders of this user";

impl Bitsight {
    pub(super) async fn fetch_current(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let (mut users, mut proof) = self.all_users(desired).await?;
        let (directory, doubts) = self.read_groups(&users.groups).await?;
        proof.missing.extend(doubts);
        users.all.name("group", &directory);
        proof.missing.extend(users.all.doubles());
        let (own, doubt) = self.own(&users).await?;
        proof.missing.extend(doubt);
        proof.missing.extend(partial_own(&own, &users));
        let mut notices = users.notices();
        notices.extend(look_at_wishes(desired, &directory, &mut users));
        let creates = announce_creates(desired, &users, &mut notices);
        let allowance = if creates {
            self.allowance(&users, &mut proof.missing, &mut notices)
                .await?
        } else {
            None
        };
        *self.lock_groups() = Some(Arc::new(directory.clone()));
        Ok(Current {
            odd: users.all.odd().to_vec(),
            accounts: users.all.into_accounts(),
            directories: BTreeMap::from([("group", directory)]),
            own,
            proof,
            allowance,
            notices,
            ..Current::default()
        })
    }

    /// All users. Whether the list without a filter has the deactivated ones and the contacts is
    /// not documented, so they are asked for when somebody who should have access is not in it; the
    /// deactivated ones also where they are deleted after a grace.
    async fn all_users(&self, desired: &Desired<'_>) -> Result<(Users, Completeness), HttpError> {
        let (mut users, listing) = self.list_whole(&[], None).await?;
        let Listing {
            mut counted,
            mut pages,
            doubts: mut missing,
            ..
        } = listing;
        for filter in HIDDEN {
            let is_status = filter.0 == "status";
            let deletes = is_status && self.settings.may_remove(true, true);
            let question = if is_status {
                "deactivated_listed"
            } else {
                "contacts_listed"
            };
            if self.settings.answers.says(question, "yes") {
                // The list was seen to show them.
                continue;
            }
            if !deletes && !users.lacks_wanted(desired) {
                continue;
            }
            let (others, listing) = self.list_whole(&[filter], Some(&users)).await?;
            pages += listing.pages;
            let (name, value) = filter;
            let doubts = listing.doubts.into_iter();
            missing
                .extend(doubts.map(|doubt| format!("of the users with {name}={value}, {doubt}")));
            // What the first count left out belongs to the whole.
            let added = u64::try_from(others.all.len()).unwrap_or(u64::MAX);
            counted = counted.map(|count| count.saturating_add(added));
            users.append(others);
        }
        let proof = Completeness {
            pages,
            counted,
            missing,
        };
        Ok((users, proof))
    }
}

/// Says what creates bring with them; whether there may be any.
fn announce_creates(desired: &Desired, users: &Users, notices: &mut Vec<String>) -> bool {
    let creates = desired
        .person_keys()
        .filter(|wanted| wanted.access.granted() && wanted.id.is_none())
        .filter(|wanted| users.all.place_of(wanted).is_none())
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

/// A user who is no Admin may see only the users of the own group.
fn partial_own(own: &Own, users: &Users) -> Option<String> {
    let Own::Email(email) = own else {
        return None;
    };
    let shown = users.all.by_email(email)?.attributes.get("role")?.as_ref();
    match shown.and_then(Value::as_text) {
        Some(role) if role != ADMIN => Some(format!(
            "partial view: the token belongs to {email}, whose role is {role}"
        )),
        _ => None,
    }
}

/// Roles that the roster asks for and nobody knows; marks the accounts whose group it changes.
fn look_at_wishes(
    desired: &Desired<'_>,
    groups: &Directory,
    users: &mut Users,
) -> impl Iterator<Item = String> + use<> {
    let mut roles: BTreeSet<Box<str>> = BTreeSet::new();
    for wanted in desired.accounts() {
        if let Some(role) = wanted.initial("role").and_then(Value::as_text)
            && !users.knows_role(role)
            && !roles.contains(role)
        {
            roles.insert(role.into());
        }
        let Some(group) = wanted.attributes.get("group").and_then(Value::as_text) else {
            continue;
        };
        let Some(place) = users.all.place_of(&wanted.person_key()) else {
            continue;
        };
        let shown = users.all.accounts()[place].attributes.get("group");
        let Some(now) = shown.and_then(Option::as_ref).and_then(Value::as_text) else {
            continue;
        };
        let same = groups
            .lookup(group)
            .is_ok_and(|entry| groups.display(entry) == now);
        if !same {
            users.all.accounts_mut()[place].cautions.push(MOVES.into());
        }
    }
    roles
        .into_iter()
        .map(|role| format!("no user holds the role {role} yet, and it is not documented"))
}
