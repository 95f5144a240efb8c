//! A fetch: whose credentials these are, all users, and what they are in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt as _};
use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use super::logins::Who;
use super::walk::Walked;
use crate::description::{self, ListProof, OwnBy};
use crate::http::{Call, HttpError};
use crate::model::account::{Account, Shield};
use crate::model::current::{Completeness, Current, Directory, Own};
use crate::model::desired::Desired;
use crate::model::email::{EmailKey, same_email};
use crate::model::odd::Odd;
use crate::model::value::{Shapes, Value};

/// The attribute that groups are.
pub(super) const GROUPS: &str = "groups";

impl Described {
    pub(super) async fn fetch_current(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let mut wishes = desired.accounts();
        let manages = wishes.any(|it| it.attributes.get(GROUPS).is_some());
        self.known().manages_groups = manages;
        self.learn_logins(desired);
        let users = &self.description.users;
        let walked = self
            .walk("list users", &users.list, &users.id, &[], Names::default())
            .await?;
        let Walked {
            entries,
            pages,
            counted,
            doubts: mut missing,
        } = walked;
        let entries = match users.list.each {
            true => self.each(entries).await?,
            false => entries,
        };
        let (groups, doubts, strange) = self.read_groups().await?;
        missing.extend(doubts);
        let (mut accounts, mut odd) = (Vec::new(), Vec::new());
        let mut undescribed = BTreeSet::new();
        let mut shapes = Shapes::default();
        for entry in entries {
            match self.account(&entry, &groups) {
                Ok((account, statuses)) => {
                    undescribed.extend(statuses);
                    accounts.push(account.pack(&mut shapes));
                }
                Err(why) => odd.push(self.odd(&entry, &why)),
            }
        }
        missing.extend(doubled(&accounts));
        if accounts.is_empty() && !odd.is_empty() {
            let reason = format!(
                "none of its {} entries can be understood; the first {}",
                odd.len(),
                odd[0].why
            );
            return Err(self.unusable("list users", &users.list, reason));
        }
        let (own, doubt) = self.own().await?;
        missing.extend(doubt);
        if users.list.proof() == Some(ListProof::Whole) && !matches!(own, Own::Email(_)) {
            missing.push(String::from(
                "the list is one array, and nothing in it shows that it is whole; set `own_account`",
            ));
        }
        let mut notices: Vec<String> = undescribed
            .into_iter()
            .map(|it| {
                format!(
                    "{} is not described and counts as access",
                    self.api.clean(&it)
                )
            })
            .collect();
        notices.extend(strange);
        notices.push(String::from(
            "what the description says was not tried at this tenant: compare some accounts by hand",
        ));
        notices.extend(self.cautions(desired));
        // Somebody who stays, so that looking for them tells something at any time.
        let staying = desired.accounts().filter(|it| it.access.granted());
        let stays = staying.take(20).find_map(|want| {
            let mut accounts = accounts.iter();
            accounts.find(|it| same_email(&it.email, &want.email))
        });
        let listed = stays.or(accounts.first());
        {
            let mut known = self.known();
            known.listed = listed.map(Who::of);
            known.listed_id = listed.and_then(|it| it.id.clone());
            known.groups = Some(std::sync::Arc::new(groups.clone()));
        }
        let mut directories = BTreeMap::new();
        for attribute in self.settings.spec.attributes {
            let mut described = self.description.attributes.iter();
            let of_groups = described.any(|it| *it.name == *attribute.name && it.of_groups);
            if of_groups || attribute.name == GROUPS {
                directories.insert(attribute.name, groups.clone());
            }
        }
        Ok(Current {
            accounts,
            odd,
            directories,
            own,
            proof: Completeness {
                pages,
                counted,
                missing,
            },
            notices,
            ..Current::default()
        })
    }

    /// What a person should know before a call, or before an attribute changes that somebody has.
    fn cautions(&self, desired: &Desired<'_>) -> Vec<String> {
        let users = &self.description.users;
        let calls = [
            ("creating a user", &users.create),
            ("changing a user", &users.update),
            ("switching a user off", &users.deactivate),
            ("switching a user on", &users.reactivate),
        ];
        let calls = calls.into_iter().filter_map(|(what, call)| {
            let caution = call.as_ref()?.caution.as_ref()?;
            Some(format!("{what}: {caution}"))
        });
        let attributes = self.description.attributes.iter().filter_map(|it| {
            let caution = it.caution.as_ref()?;
            let mut wishes = desired.accounts();
            let asked = wishes.any(|want| {
                want.attributes
                    .iter()
                    .any(|(name, _)| name.split('.').next() == Some(&*it.name))
            });
            asked.then(|| format!("a change of {}: {caution}", it.name))
        });
        calls.chain(attributes).collect()
    }

    /// Reads each user on its own, as many at once as calls may be in flight.
    pub(super) async fn each(&self, entries: Vec<Json>) -> Result<Vec<Json>, HttpError> {
        let reads = entries.into_iter().map(|entry| async move {
            let Some(id) = description::key(&entry, &self.description.users.id) else {
                return Ok(entry);
            };
            // Somebody who went away in the meantime is as the list showed them.
            Ok(self.user_by_id(&id).await?.unwrap_or(entry))
        });
        let at_once = self.settings.limits.concurrency.max(1);
        let reads: Vec<Result<Json, HttpError>> =
            stream::iter(reads).buffered(at_once).collect().await;
        reads.into_iter().collect()
    }

    /// A user in our words, and values of what tells access that are not described.
    pub(super) fn account(
        &self,
        user: &Json,
        groups: &Directory,
    ) -> Result<(Account, Vec<String>), String> {
        let read = description::user(&self.description, user, groups)?;
        let mut account = read.account;
        self.name(&mut account);
        if read.shielded
            && let Some(what) = self.shield
        {
            account.shield = Some(Shield {
                what,
                always: false,
            });
        }
        if let Some(id) = &account.id
            && self
                .description
                .groups
                .as_ref()
                .is_some_and(|it| it.members.is_some())
        {
            let known = self.known();
            let of_user = known.members.get(id).cloned().unwrap_or_default();
            let names = of_user
                .iter()
                .map(|it| Box::<str>::from(groups.display_id(it)));
            let set = Value::set(names);
            account.attributes.insert(GROUPS, Some(set));
        }
        Ok((account, read.undescribed))
    }

    fn odd(&self, entry: &Json, why: &str) -> Odd {
        let id = description::key(entry, &self.description.users.id);
        let name = match id {
            Some(id) => format!("the user {}", self.api.clean(&id)),
            None => String::from("an entry of the list"),
        };
        Odd::new(name, why).with(entry)
    }

    /// Whose the credentials are, and what speaks against believing it.
    pub(super) async fn own(&self) -> Result<(Own, Option<String>), HttpError> {
        if let Some(email) = &self.settings.own_account {
            return Ok((Own::Email(email.clone()), None));
        }
        let Some(own) = &self.description.own else {
            return Ok((Own::Unknown, None));
        };
        let email = match &own.by {
            OwnBy::Login(_) => self.login.as_ref().and_then(|login| login.owner()),
            OwnBy::Read { get, email, id } => {
                let what = "read own account";
                let path = self.path(what, get, Names::default())?;
                let call = self.dressed(Call::get(what, path), &[], Names::default())?;
                let reply = match self.ask(call).await {
                    Ok(reply) => reply,
                    Err(error) if error.status().is_some_and(|it| own.nobody.contains(&it)) => {
                        return Ok((Own::Nobody, None));
                    }
                    Err(error) => {
                        // A bad token may give 200 and an empty list.
                        let doubt =
                            format!("the vendor does not tell whose the credentials are ({error})");
                        return Ok((Own::Unknown, Some(doubt)));
                    }
                };
                let body: Json = reply.json()?;
                let text = |at: &Option<description::Pointer>| {
                    at.as_ref().and_then(|at| description::key(&body, at))
                };
                let users_have_logins = self.description.users.email.is_none();
                match (text(email), text(id)) {
                    // Where users have no e-mail, this is a login.
                    (Some(text), _) if users_have_logins => Some(self.whose(text)),
                    (Some(email), _) => Some(email),
                    (None, Some(id)) if own.is_account => {
                        let user = self.user_by_id(&id).await?;
                        let groups = Directory::default();
                        let account = user.and_then(|user| self.account(&user, &groups).ok());
                        account.map(|(account, _)| account.email)
                    }
                    _ => None,
                }
            }
        };
        Ok(match (email, own.is_account) {
            (_, false) => (Own::Nobody, None),
            (Some(email), true) => (Own::Email(email), None),
            (None, true) => (
                Own::Unknown,
                Some(String::from(
                    "the vendor does not tell whose the credentials are",
                )),
            ),
        })
    }
}

/// Addresses that several users have, by address.
fn doubled(accounts: &[Account]) -> Vec<String> {
    let mut counts: HashMap<EmailKey<'_>, usize> = HashMap::with_capacity(accounts.len());
    for account in accounts {
        *counts.entry(account.email_key()).or_default() += 1;
    }
    let mut doubled: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    doubled.sort_unstable();
    let told = doubled.iter();
    told.map(|(email, count)| format!("{count} users are {email}"))
        .collect()
}
