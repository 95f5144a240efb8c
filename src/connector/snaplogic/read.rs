//! Reading: everything at once, and one person afresh. What is called for it is in
//! [`super::calls`].

use std::collections::BTreeMap;

use futures::stream::{StreamExt as _, TryStreamExt as _};

use super::SnapLogic;
use super::calls::{Listed, holds};
use super::convert::{DETAIL, Facts, View, Wants, account, password_unknown};
use super::known::{Known, Looks, Wanted};
use super::members::{Memberships, disagreement, marks, some};
use super::request::check_email;
use crate::http::HttpError;
use crate::model::account::{Account, AccountKey};
use crate::model::current::{Completeness, Current, Directory};
use crate::model::desired::{Desired, DesiredAccount};
use crate::model::email::EmailKey;
use crate::model::fingerprint::EmailIndex;
use crate::model::odd::OddIndex;
use crate::model::value::{Attributes, Shapes};

impl SnapLogic {
    pub(super) async fn read_all(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.revoked.reload();
        let wanted = Wanted::new(desired);
        let Listed {
            rows,
            places,
            pages,
            flaws,
            odd,
            several,
            // The members tell whether it is whole.
            stood_still: _,
        } = self.list(None).await?;
        let mut members = self.members("members").await?;
        let admins = marks(&self.members("admins").await?);
        let groups = match desired.manages("groups") {
            true => Some(self.memberships(&places).await?),
            false => None,
        };
        let (own, mut notices) = self.identity().await?;
        notices.extend(self.revoked.fault());
        let mut missing = flaws;
        // A row that cannot be understood is a member's, or nobody's.
        let entries = OddIndex::new(&odd);
        members.retain(|email| !entries.mentions(email));
        missing.extend(disagreement(&rows, &places, &members));
        let counted = u64::try_from(members.len() + odd.len()).ok();
        drop((members, places));

        let mut all = Accounts {
            vendor: self,
            wanted,
            accounts: Vec::with_capacity(rows.len()),
            shapes: Shapes::default(),
            read: Looks::default(),
            unproved: Vec::new(),
        };
        // Most rows need no call of their own, and are done with at once.
        let mut open = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let email = row.text("username").unwrap_or_default();
            let facts = Facts {
                admin: Some(admins.contains(email)),
                groups: groups.as_ref().map(|groups| groups.of(place)),
                user: None,
                listed: Some(row),
            };
            let place = all.wanted.place(facts.email().unwrap_or_default());
            let wants = place.map(|place| desired.account(place));
            if self.needs_details(&facts, wants.as_deref()) {
                open.push((all.accounts.len(), facts));
                all.accounts.push(None);
            } else {
                let account = all.take(&facts);
                all.accounts.push(account);
            }
        }
        let mut detailed =
            futures::stream::iter(open)
                .map(|(at, facts)| async move {
                    Ok::<_, HttpError>((at, self.with_details(facts).await?))
                })
                .buffered(self.in_flight());
        while let Some((at, facts)) = detailed.try_next().await? {
            let email = facts.email().unwrap_or_default();
            if facts.user.is_none() {
                missing.push(format!("{email} is listed and cannot be read"));
            }
            all.accounts[at] = all.take(&facts);
        }
        drop(detailed);

        let Accounts {
            vendor: _,
            wanted,
            accounts,
            shapes: _,
            read,
            unproved,
        } = all;
        notices.extend(unproved_leavers(unproved));
        let directory = groups.map(|groups| {
            let names = groups.names.iter().map(String::as_str);
            Directory::of_names("group", names)
        });
        let mut current = Current {
            odd,
            accounts: accounts.into_iter().flatten().collect(),
            own,
            proof: Completeness {
                pages,
                counted,
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
            wanted,
            read,
            groups: directory,
            put_replaces,
            several_pages: several,
        };
        Ok(current)
    }

    pub(super) async fn read_one(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let facts = self.facts(&key.email).await?;
        let account = facts.as_ref().and_then(|facts| self.account(facts));
        self.just_read.keep(key, facts);
        Ok(account)
    }

    /// Everything about one person, afresh; `None`: not in this environment. Membership is told
    /// by the list: `organizations` may be cut to what the caller can see.
    pub(super) async fn facts(&self, email: &str) -> Result<Option<Facts>, HttpError> {
        let Some(row) = self.listed(email).await? else {
            return Ok(None);
        };
        let spelled = row.text("username").unwrap_or(email).to_owned();
        let thin = self.known().read.thin(email);
        let user = match thin {
            true => None,
            false => match self.user(&spelled).await? {
                Some(user) => Some(user),
                None => return Ok(None),
            },
        };
        let admin = holds(&self.members("admins").await?, email);
        let reads_groups = self.known().groups.is_some();
        let groups = match reads_groups {
            true => {
                let all = self.each_group(|members| holds(members, email)).await?;
                let holding = all.into_iter().filter(|(_, holds)| *holds);
                Some(holding.map(|(name, _)| name).collect())
            }
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
        let email = facts.email()?;
        let wants = self.known().wanted.of(email);
        account(facts, &self.view(wants.as_ref(), email))
    }

    pub(super) fn view<'a>(&'a self, wants: Option<&'a Wants>, email: &str) -> View<'a> {
        View {
            organization: &self.organization,
            sso: self.settings.flag("sso"),
            wants,
            revoked: self.revoked.has(email),
        }
    }

    /// Adds the person's own record.
    async fn with_details(&self, mut facts: Facts) -> Result<Facts, HttpError> {
        let email = facts.email().unwrap_or_default();
        facts.user = self.user(email).await?;
        Ok(facts)
    }

    /// Who of the listed is in which group.
    async fn memberships(&self, places: &EmailIndex) -> Result<Memberships, HttpError> {
        let listed = |members: &[String]| -> Vec<usize> {
            let members = members.iter();
            members.filter_map(|email| places.get(email)).collect()
        };
        Ok(Memberships::new(self.each_group(listed).await?))
    }

    /// The list does not show whether an account is a team's, is known elsewhere, or was used for
    /// Basic. That matters where an account may be switched off or changed for all environments.
    fn needs_details(&self, facts: &Facts, wants: Option<&DesiredAccount>) -> bool {
        let off = facts.looks_off(&self.organization);
        let proved_off = off && facts.email().is_some_and(|email| self.revoked.has(email));
        let mut admins = self.settings.admins.iter();
        if admins.any(|it| DETAIL.contains(&&*it.attribute)) {
            return true;
        }
        match wants {
            Some(wants) if wants.access.granted() => {
                DETAIL.iter().any(|name| wants.attributes.contains(name))
                    || off
                    || differs(facts, &wants.attributes)
            }
            // Only its own record tells whether a delete would reach other environments.
            Some(_) => self.settings.may_remove(true, proved_off),
            None => self.settings.may_remove(false, proved_off) && facts.utility() != Some(true),
        }
    }
}

/// Accounts as they are put together from what was read.
struct Accounts<'a> {
    vendor: &'a SnapLogic,
    wanted: Wanted,
    /// In the order of the list.
    accounts: Vec<Option<Account>>,
    shapes: Shapes,
    read: Looks,
    /// Leavers who look switched off, by whatever means, and whose password may still work.
    unproved: Vec<String>,
}

impl Accounts<'_> {
    /// Everything about one person in the program's words.
    fn take(&mut self, facts: &Facts) -> Option<Account> {
        let email = facts.email()?;
        let wants = self.wanted.of(email);
        let thin = facts.user.is_none();
        self.read.insert(email, thin, facts.utility() == Some(true));
        let view = self.vendor.view(wants.as_ref(), email);
        let account = account(facts, &view)?;
        let left = wants.as_ref().is_some_and(|wants| !wants.access);
        if left && !account.active && password_unknown(facts, &view) {
            self.unproved.push(email.to_owned());
        }
        Some(account.pack(&mut self.shapes))
    }
}

fn unproved_leavers(mut emails: Vec<String>) -> Option<String> {
    emails.sort_unstable();
    (!emails.is_empty()).then(|| {
        format!(
            "leavers who look switched off without a record of it: {}{}; whether their \
             passwords still work cannot be read. Where in doubt, revoke them by hand",
            emails.len(),
            some(emails.iter().map(String::as_str))
        )
    })
}

/// Who cannot have an account under the present e-mail.
fn refused(desired: &Desired) -> BTreeMap<EmailKey<'static>, String> {
    let people = desired.person_keys();
    people
        .filter_map(|person| {
            let why = check_email(person.email).err()?;
            let text = format!("{} cannot be a SnapLogic user name: {why}", person.email);
            Some((EmailKey::of(person.email).into_owned(), text))
        })
        .collect()
}

/// Whether a setting that counts in every environment is to be changed.
fn differs(facts: &Facts, attributes: &Attributes) -> bool {
    let Some(row) = &facts.listed else {
        return true;
    };
    let names = ["first_name", "last_name", "ui_access", "utility"];
    let wanted = |name: &&str| Some((attributes.get(name)?, row.value(name)));
    let mut wanted = names.iter().filter_map(wanted);
    wanted.any(|(wanted, shown)| shown != Some(wanted))
}
