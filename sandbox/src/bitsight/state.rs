//! What the local Bitsight holds, and how it changes.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Behaviour;
use super::body::Fields;
use crate::account::Account;
use crate::account::Value;
use crate::{Keyed, Keys, Seed};

/// Role slugs: three of the help pages, the rest of the vendor's OpenAPI.
const ROLES: [&str; 9] = [
    "customer_admin",
    "customer_group_admin",
    "customer_portfolio_manager",
    "customer_user",
    "vrm_admin",
    "vrm_internal_business_user",
    "vrm_operations",
    "vrm_view_only",
    "vulnerability_response_outreach",
];

/// Every account starts with this group, and new users land in it.
const DEFAULT_GROUP: &str = "All Companies";

/// The feature that the documented create sample shows unasked.
const UNASKED_FEATURE: &str = "wfh-ro";

/// The value of a feature that is no flag.
pub(super) const TEXT: &str = "limited";

/// Users and groups.
pub(super) struct State {
    /// In the order they were made.
    pub(super) users: Keyed<User>,
    /// Guid and name; the first is the default one.
    pub(super) groups: Vec<(String, String)>,
    /// E-mail keys of users that were deleted through the API.
    pub(super) deleted: BTreeSet<String>,
    made: u32,
    /// The features that every user has.
    given: Vec<Feature>,
}

/// One user.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) guid: String,
    pub(super) email: String,
    pub(super) friendly_name: Option<String>,
    pub(super) formal_name: Option<String>,
    pub(super) roles: Vec<String>,
    /// A guid.
    pub(super) group: String,
    pub(super) status: Status,
    pub(super) contact: bool,
    pub(super) token: bool,
    pub(super) features: Vec<Feature>,
    /// Grows with every user made.
    pub(super) serial: u32,
}

/// One feature of a user.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) slug: String,
    /// A boolean or a text.
    pub(super) value: Json,
    pub(super) can_update: bool,
}

/// The documented statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Activated,
    Deactivated,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Activated => "Activated",
            Self::Deactivated => "Deactivated",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Created, Self::Activated, Self::Deactivated]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

impl State {
    /// What the seed says; every user also has a feature whose value is a text, if one is named.
    pub(super) fn new(seed: &Seed, behaviour: Behaviour) -> Self {
        let feature = |slug: &str, value: Json| Feature {
            slug: slug.to_owned(),
            value,
            can_update: true,
        };
        let mut given = vec![feature(UNASKED_FEATURE, Json::Bool(false))];
        let text = behaviour.text_feature;
        given.extend(text.map(|slug| feature(slug, Json::from(TEXT))));
        let further = behaviour.further_feature;
        given.extend(further.map(|slug| feature(slug, Json::Bool(false))));
        let mut state = Self {
            users: Keyed::default(),
            groups: Vec::new(),
            deleted: BTreeSet::new(),
            made: 0,
            given,
        };
        state.group(DEFAULT_GROUP);
        for name in seed.names.get("group").into_iter().flatten() {
            state.group(name);
        }
        for account in &seed.accounts {
            state.put(account);
        }
        state
    }

    /// The guid of the group with that name (or guid), made if need be.
    fn group(&mut self, wanted: &str) -> String {
        let known = self
            .groups
            .iter()
            .find(|(guid, name)| guid == wanted || name == wanted);
        if let Some((guid, _)) = known {
            return guid.clone();
        }
        let guid = format!("0a0a0a0a-0000-4000-8000-{:012x}", self.groups.len() + 1);
        self.groups.push((guid.clone(), wanted.to_owned()));
        guid
    }

    /// The guid of the group with that name.
    pub(super) fn group_named(&self, wanted: &str) -> Option<String> {
        self.groups
            .iter()
            .find(|(_, name)| name == wanted)
            .map(|(guid, _)| guid.clone())
    }

    pub(super) fn group_name(&self, guid: &str) -> &str {
        self.groups
            .iter()
            .find(|(have, _)| have == guid)
            .map_or("", |(_, name)| name)
    }

    /// Role slugs that this Bitsight account knows.
    pub(super) fn knows_role(&self, slug: &str) -> bool {
        ROLES.contains(&slug)
            || self
                .users
                .iter()
                .any(|user| user.roles.iter().any(|role| role == slug))
    }

    /// Users that count against the quota.
    pub(super) fn active(&self) -> i64 {
        let active = self
            .users
            .iter()
            .filter(|user| !user.token && user.status != Status::Deactivated)
            .count();
        i64::try_from(active).unwrap_or(i64::MAX)
    }

    /// Whether another user than the one at `except` has that address.
    pub(super) fn taken(&self, email: &str, except: Option<usize>, case: bool) -> bool {
        let mut holders = self.users.with_email(email).iter();
        holders.any(|at| Some(*at) != except && (!case || self.users[*at].email == email))
    }

    /// Adds the account, or replaces the one with its address.
    pub(super) fn put(&mut self, account: &Account) {
        let old = self.users.by_email(&account.email);
        let text = |name: &str| {
            let value = account.attributes.get(name)?.as_ref()?;
            value.as_text().map(str::to_owned)
        };
        let group = self.group(&text("group").unwrap_or_else(|| DEFAULT_GROUP.to_owned()));
        let mut user = self.blank(account.email.to_string(), group);
        if let Some(at) = old {
            user.guid.clone_from(&self.users[at].guid);
            user.serial = self.users[at].serial;
            user.status = self.users[at].status;
        }
        if let Some(id) = &account.id {
            user.guid = id.to_string();
        }
        user.status = match (account.active, old.is_some(), user.status) {
            (false, _, _) => Status::Deactivated,
            (true, true, Status::Created) => Status::Created,
            (true, _, _) => Status::Activated,
        };
        user.friendly_name = text("friendly_name");
        user.formal_name = text("formal_name");
        let roles = text("role").unwrap_or_default();
        user.roles = roles
            .split(", ")
            .filter(|slug| !slug.is_empty())
            .map(str::to_owned)
            .collect();
        user.contact = flag(account, "is_available_for_contact").unwrap_or(false);
        // A company token is the only thing here that has a user and is no person.
        user.token = account.shield.is_some();
        for (name, value) in account.attributes.iter() {
            if let (Some(slug), Some(Value::Flag(value))) = (name.strip_prefix("features."), value)
            {
                let fixed = account.fixed.iter().any(|(key, _)| key == name);
                user.features.retain(|feature| feature.slug != slug);
                user.features.push(Feature {
                    slug: slug.to_owned(),
                    value: Json::Bool(*value),
                    can_update: !fixed,
                });
            }
        }
        match old {
            Some(at) => self.users.change(at, |it| *it = user),
            None => self.users.push(user),
        }
    }

    /// Adds a user and tells where.
    pub(super) fn create(&mut self, fields: Fields) -> usize {
        let group = self.groups.first().map(|(guid, _)| guid.clone());
        let mut user = self.blank(String::new(), group.unwrap_or_default());
        // What a create sends joins the features that every user has.
        user.edit(fields, true);
        self.users.push(user);
        self.users.len() - 1
    }

    /// Changes the fields that are given.
    pub(super) fn edit(&mut self, at: usize, fields: Fields, merge: bool) {
        self.users.change(at, |user| user.edit(fields, merge));
    }

    fn blank(&mut self, email: String, group: String) -> User {
        self.made += 1;
        User {
            guid: format!("1b1b1b1b-0000-4000-8000-{:012x}", self.made),
            email,
            friendly_name: None,
            formal_name: None,
            roles: Vec::new(),
            group,
            status: Status::Created,
            contact: false,
            token: false,
            features: self.given.clone(),
            serial: self.made,
        }
    }
}

impl User {
    fn edit(&mut self, fields: Fields, merge: bool) {
        let Fields {
            email,
            friendly_name,
            formal_name,
            role,
            group,
            contact,
            features,
            status,
        } = fields;
        self.email = email.unwrap_or_else(|| self.email.clone());
        self.friendly_name = friendly_name.or_else(|| self.friendly_name.clone());
        self.formal_name = formal_name.or_else(|| self.formal_name.clone());
        self.group = group.unwrap_or_else(|| self.group.clone());
        self.contact = contact.unwrap_or(self.contact);
        self.status = status.unwrap_or(self.status);
        if let Some(role) = role {
            self.roles = vec![role];
        }
        if let Some(list) = features {
            let sent = |slug: &str| list.iter().any(|(have, _)| have == slug);
            self.features
                .retain(|old| !old.can_update || merge && !sent(&old.slug));
            for (slug, value) in list {
                if !self.features.iter().any(|have| have.slug == slug) {
                    self.features.push(Feature {
                        slug,
                        value,
                        can_update: true,
                    });
                }
            }
        }
    }
}

impl Keys for User {
    fn email(&self) -> &str {
        &self.email
    }

    fn id(&self) -> &str {
        &self.guid
    }
}

fn flag(account: &Account, name: &str) -> Option<bool> {
    account.attributes.get(name)?.as_ref()?.as_flag()
}
