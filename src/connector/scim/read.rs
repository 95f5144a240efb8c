//! One fetch, and the search for one user.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Scim;
use super::convert::{self, Rules};
use super::discovery::USERS;
use super::field::{known as names, place};
use super::known::Known;
use super::setting;
use super::wire::{Listing, Resource, USER, flag};
use crate::http::{HttpError, Problem};
use crate::model::account::{Account, AccountKey};
use crate::model::current::{Completeness, Current, Directory, Entry, Own};
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::model::odd::Odd;
use crate::model::value::Shapes;
use crate::roster::preset;

pub(super) const LIST: &str = "list users";

impl Scim {
    pub(super) async fn fetch_current(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let mut known = Known::of(desired, self.settings.names(setting::WITHOUT));
        known.discovered = self.discover().await?;
        let mut notices = known.discovered.notices.clone();
        notices.extend(preset::in_words(&self.settings));
        self.know(|have| *have = known);
        let mut searched = None;
        let mut odd = Vec::new();
        let mut missing = Vec::new();
        let listing = if self.searches() {
            let found = self.look_up(desired).await?;
            odd.extend(found.renamed);
            missing.extend(found.doubts);
            notices.extend(found.notices);
            searched = Some(found.searched);
            Listing {
                resources: found.users,
                ..Listing::default()
            }
        } else {
            self.list_of(USERS).await?
        };
        missing.extend(listing.doubt);
        odd.extend(listing.odd.iter().map(unreadable));
        let resources = self.understood(listing.resources, &mut odd);
        notices.extend(self.learn_absent(&resources));
        self.learn_people(&resources);
        let mut directories = BTreeMap::new();
        let managed = desired.manages("groups");
        let mut refused = self.refused(desired);
        self.unmet_requirements(desired, &mut refused);
        // Without anybody to read for, as in an import, everything is shown.
        if managed || desired.is_empty() {
            match self.read_groups(&resources, missing.is_empty()).await {
                Ok((groups, doubt)) => {
                    missing.extend(doubt);
                    directories.insert("groups", groups.directory.clone());
                    notices.extend(self.unseen_members(&groups));
                    self.know(|known| known.groups = Some(groups));
                }
                Err(error) if error.ends_run() => return Err(error),
                Err(error) => {
                    notices.push(format!(
                        "groups cannot be read and are left alone: {}",
                        error.problem
                    ));
                    for want in desired.accounts() {
                        if want.initial("groups").is_some_and(|it| !it.is_empty()) {
                            let why = "the groups that the roster gives cannot be read at the \
                                       vendor, so that nobody can be put into them";
                            refused.insert(EmailKey::of(&want.email).into_owned(), why.into());
                        }
                    }
                }
            }
        }
        let mut shapes = Shapes::default();
        let mut accounts: Vec<Account> = resources
            .iter()
            .map(|user| Ok(self.account(user)?.pack(&mut shapes)))
            .collect::<Result<_, _>>()?;
        notices.extend(self.take_invited(&mut accounts, desired).await);
        notices.extend(locked(&accounts));
        if desired.manages("manager") {
            directories.insert("manager", managers(&accounts, desired));
        }
        let own = self.settings.own_account.clone();
        let mut current = Current {
            refused,
            accounts,
            odd,
            searched,
            directories,
            own: own.map_or(Own::Unknown, Own::Email),
            proof: Completeness {
                pages: listing.pages,
                counted: listing.counted,
                missing,
            },
            notices,
            ..Current::default()
        };
        self.look_alikes(&resources, &mut current, desired);
        Ok(current)
    }

    /// Attributes that the vendor's schema does not have and no user shows are left out.
    fn learn_absent(&self, users: &[Resource]) -> Vec<String> {
        let known = self.known();
        let mut absent = BTreeSet::new();
        for name in names() {
            let Some(place) = place(name) else {
                continue;
            };
            // Groups are a resource of their own, and the name is what every user has.
            if matches!(name, "groups" | "user_name" | "external_id") {
                continue;
            }
            let urn = place.urn.as_deref().unwrap_or(USER);
            let shown = users.iter().any(|user| match &place.urn {
                None => match (user.get(&place.attribute), place.part) {
                    (Some(Json::Object(fields)), Some(part)) => {
                        super::wire::get(fields, part).is_some()
                    }
                    (found, _) => found.is_some(),
                },
                Some(urn) => {
                    let fields = user.get(urn).and_then(Json::as_object);
                    fields.is_some_and(|it| super::wire::get(it, &place.attribute).is_some())
                }
            });
            let declared = known.discovered.attribute(urn, &place.attribute);
            if declared.is_some_and(|it| it.read_only)
                || (known.discovered.lacks(urn, &place.attribute, place.part) && !shown)
            {
                absent.insert(name.to_owned());
            }
        }
        if absent.is_empty() {
            return Vec::new();
        }
        let list: Vec<&str> = absent.iter().map(String::as_str).collect();
        let notice = format!(
            "the vendor's schema has no {}: left out of plans and writes",
            list.join(", ")
        );
        self.know(|known| known.absent.extend(absent));
        vec![notice]
    }

    /// The users that can be understood; of the others, what is odd about them.
    fn understood(&self, users: Vec<Resource>, odd: &mut Vec<Odd>) -> Vec<Resource> {
        let rules = self.rules();
        let known = self.known();
        let mut understood = Vec::with_capacity(users.len());
        for user in users {
            match convert::account(&user, rules, &known) {
                Ok(_) => understood.push(user),
                Err(why) => {
                    let name = format!("the user {}", user.id().unwrap_or_default());
                    let name = self.api.clean(&name);
                    odd.push(Odd::new(name, self.api.clean(&why)).with(&Json::Object(user.0)));
                }
            }
        }
        understood
    }

    fn learn_people(&self, users: &[Resource]) {
        let mut people = Vec::with_capacity(users.len());
        let mut off = HashSet::new();
        let mut ids_are_names = false;
        let mut text = match self.settings.text(setting::BOOLEANS) {
            Some("text") => Some("true".to_owned()),
            _ => None,
        };
        for user in users {
            if let Some(active) = user.text("active") {
                text = Some(active.to_owned());
            }
            let id = user.id().unwrap_or_default();
            ids_are_names |= user.text("userName") == Some(&id);
            if user.get("active").and_then(flag) == Some(false) {
                off.insert(id.clone());
            }
            if let Ok(email) = convert::address(user, self.by()) {
                people.push((id, email));
            }
        }
        self.know(|known| {
            known.people = people.into_iter().collect();
            known.off = off;
            known.ids_are_names = ids_are_names;
            known.text_boolean = text;
        });
    }

    fn rules(&self) -> Rules {
        Rules {
            by: self.by(),
            additive: self.additive(),
            groups_on_user: self.groups_on_user(),
        }
    }

    /// The account that a user is, in our words.
    pub(super) fn account(&self, user: &Resource) -> Result<Account, HttpError> {
        convert::account(user, self.rules(), &self.known()).map_err(|why| {
            let id = self.api.clean(&user.id().unwrap_or_default());
            let path = format!("{LIST} (GET {})", self.users());
            let why = format!("the user {id} {why}");
            self.api.problem(&path, Problem::Body(self.api.clean(&why)))
        })
    }

    pub(super) async fn find_account(
        &self,
        key: &AccountKey,
    ) -> Result<Option<Account>, HttpError> {
        let found = match &key.id {
            Some(id) => match self.user_by_id(id).await? {
                // An id that is the user name has changed with it.
                None if self.known().ids_are_names => self.user_by_email(&key.email).await?,
                found => found,
            },
            None => self.user_by_email(&key.email).await?,
        };
        let Some(user) = found else {
            return Ok(None);
        };
        self.meet(&user).await?;
        self.just_seen(&user);
        self.account(&user).map(Some)
    }
}

/// An entry that is no resource.
fn unreadable((place, why, entry): &(u64, String, Json)) -> Odd {
    let name = format!("entry {place} of the list");
    Odd::new(name, format!("cannot be read, because {why}")).with(entry)
}

/// Attributes that are not of their type, each with a user who has one.
fn locked(accounts: &[Account]) -> Vec<String> {
    let mut named: BTreeMap<&str, (&Account, usize)> = BTreeMap::new();
    for account in accounts {
        let whys: BTreeSet<&str> = account.fixed.iter().map(|(_, why)| &**why).collect();
        for why in whys {
            named.entry(why).or_insert((account, 0)).1 += 1;
        }
    }
    let told = named.into_iter().map(|(why, (account, count))| {
        let others = match count {
            1 => String::new(),
            count => format!(" (and {} others)", count - 1),
        };
        let what = why.strip_prefix("the user ").unwrap_or(why);
        let id = account.id.as_deref().unwrap_or_default();
        format!("the user {id}{others} {what}: it is left as it is")
    });
    told.collect()
}

/// Whom `manager` can name: everybody who is there, and everybody who will be.
fn managers(accounts: &[Account], desired: &Desired) -> Directory {
    let mut entries: BTreeMap<EmailKey<'_>, Arc<str>> = BTreeMap::new();
    for account in accounts {
        let id = account.id.as_deref().unwrap_or_default();
        entries.insert(account.email_key(), id.into());
    }
    for account in desired.person_keys().filter(|it| it.access.granted()) {
        let email = EmailKey::of(account.email);
        let id = email.as_str().into();
        entries.entry(email).or_insert(id);
    }
    let entries = entries
        .into_iter()
        .map(|(email, id)| Entry {
            id: (*id).into(),
            name: email.as_str().into(),
            admin: false,
        })
        .collect();
    Directory::new("person", entries)
}
