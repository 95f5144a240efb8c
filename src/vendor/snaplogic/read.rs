//! Reading: everything at once, and one person afresh. What is called for it is in
//! [`super::calls`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use futures::stream::{StreamExt as _, TryStreamExt as _};

use super::SnapLogic;
use super::calls::keys;
use super::convert::{DETAIL, Facts, View, Wants, account, password_unknown};
use super::request::check_email;
use super::wire::ListedUser;
use crate::http::HttpError;
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::{Current, Directory, Entry, Proof};
use crate::reconcile::desired::Desired;
use crate::reconcile::value::{Attributes, Shapes, Value};
use crate::roster::model::Unlisted;
use crate::vendor::AccountKey;

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

impl SnapLogic {
    pub(super) async fn read_all(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
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

        notices.extend(self.unproved_leavers(&facts, &wants));
        let mut shapes = Shapes::default();
        let accounts: Vec<Account> = facts
            .iter()
            .filter_map(|facts| {
                let key = facts.email().map(email_key)?;
                account(facts, &self.view(wants.get(&key), &key))
            })
            .map(|account| shapes.pack(account))
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
            refused: refused(desired),
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

    /// Leavers who look switched off, by whatever means, and whose password may still work.
    fn unproved_leavers(&self, facts: &[Facts], wants: &BTreeMap<String, Wants>) -> Option<String> {
        let mut emails: Vec<&str> = facts
            .iter()
            .filter(|facts| {
                let key = facts.email().map(email_key).unwrap_or_default();
                let wants = wants.get(&key);
                let view = self.view(wants, &key);
                wants.is_some_and(|wants| !wants.access)
                    && password_unknown(facts, &view)
                    && account(facts, &view).is_some_and(|account| !account.active)
            })
            .filter_map(Facts::email)
            .collect();
        emails.sort_unstable();
        (!emails.is_empty()).then(|| {
            format!(
                "leavers who look switched off without a record of it: {}{}; whether their \
                 passwords still work cannot be read. Where in doubt, revoke them by hand",
                emails.len(),
                some(&emails)
            )
        })
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
            // Only its own record tells whether a delete would reach other environments.
            Some(_) => !settled || self.settings.delete_after.is_some(),
            None => {
                self.settings.unlisted == Unlisted::Deactivate
                    && (!settled || self.settings.delete_after.is_some())
                    && facts.utility() != Some(true)
            }
        }
    }
}

fn key_of(facts: &Facts) -> Option<String> {
    facts.email().map(email_key)
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

/// Who cannot have an account under the present e-mail.
fn refused(desired: &Desired) -> BTreeMap<String, String> {
    let people = desired.claims();
    people
        .filter_map(|person| {
            let why = check_email(person.email).err()?;
            let text = format!("{} cannot be a SnapLogic user name: {why}", person.email);
            Some((email_key(person.email), text))
        })
        .collect()
}

fn wants(desired: &Desired) -> BTreeMap<String, Wants> {
    let mut all = BTreeMap::new();
    for person in desired.accounts() {
        for email in &person.previous_emails {
            all.entry(email_key(email))
                .or_insert_with(|| Wants::of(&person));
        }
    }
    // A person's present e-mail counts more than somebody else's earlier one.
    for person in desired.accounts() {
        all.insert(email_key(&person.email), Wants::of(&person));
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
