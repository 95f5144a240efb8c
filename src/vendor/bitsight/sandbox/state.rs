//! What the local Bitsight holds, and how its API shows it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::body::Fields;
use crate::reconcile::account::{Account, Shield, email_key};
use crate::reconcile::value::Value;
use crate::sandbox::Seed;
use crate::vendor::bitsight::ROLES;

/// The guid of the pseudo-user behind a company token that no list shows.
pub(super) const PSEUDO_USER: &str = "2c2c2c2c-0000-4000-8000-000000000001";

/// Every account starts with this group, and new users land in it.
const DEFAULT_GROUP: &str = "All Companies";

/// The feature that the documented create sample shows unasked.
const UNASKED_FEATURE: &str = "wfh-ro";

/// Users and groups.
pub(super) struct State {
    /// In the order they were made.
    pub(super) users: Vec<User>,
    /// Guid and name; the first is the default one.
    pub(super) groups: Vec<(String, String)>,
    /// E-mail keys of users that were deleted through the API.
    pub(super) deleted: BTreeSet<String>,
    made: u32,
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
    serial: u32,
}

/// One feature of a user.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) slug: String,
    pub(super) value: bool,
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
    pub(super) fn new(seed: &Seed) -> Self {
        let mut state = Self {
            users: Vec::new(),
            groups: Vec::new(),
            deleted: BTreeSet::new(),
            made: 0,
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

    fn group_name(&self, guid: &str) -> &str {
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
        self.users.iter().enumerate().any(|(at, user)| {
            Some(at) != except
                && (user.email == email || !case && email_key(&user.email) == email_key(email))
        })
    }

    /// Adds the account, or replaces the one with its address.
    pub(super) fn put(&mut self, account: &Account) {
        let key = account.email_key();
        let old = self
            .users
            .iter()
            .position(|user| email_key(&user.email) == key);
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
                    value: *value,
                    can_update: !fixed,
                });
            }
        }
        match old {
            Some(at) => self.users[at] = user,
            None => self.users.push(user),
        }
    }

    /// Adds a user and tells where.
    pub(super) fn create(&mut self, fields: Fields) -> usize {
        let group = self.groups.first().map(|(guid, _)| guid.clone());
        let user = self.blank(String::new(), group.unwrap_or_default());
        self.users.push(user);
        let at = self.users.len() - 1;
        // What a create sends joins the features that every user has.
        self.edit(at, fields, true);
        at
    }

    /// Changes the fields that are given.
    pub(super) fn edit(&mut self, at: usize, fields: Fields, merge: bool) {
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
        let user = &mut self.users[at];
        user.email = email.unwrap_or_else(|| user.email.clone());
        user.friendly_name = friendly_name.or_else(|| user.friendly_name.clone());
        user.formal_name = formal_name.or_else(|| user.formal_name.clone());
        user.group = group.unwrap_or_else(|| user.group.clone());
        user.contact = contact.unwrap_or(user.contact);
        user.status = status.unwrap_or(user.status);
        if let Some(role) = role {
            user.roles = vec![role];
        }
        if let Some(list) = features {
            let sent = |slug: &str| list.iter().any(|(have, _)| have == slug);
            user.features
                .retain(|old| !old.can_update || merge && !sent(&old.slug));
            for (slug, value) in list {
                if !user.features.iter().any(|have| have.slug == slug) {
                    user.features.push(Feature {
                        slug,
                        value,
                        can_update: true,
                    });
                }
            }
        }
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
            features: vec![Feature {
                slug: UNASKED_FEATURE.to_owned(),
                value: false,
                can_update: true,
            }],
            serial: self.made,
        }
    }

    /// A user as single reads and writes show it.
    pub(super) fn detail(&self, user: &User) -> Json {
        // Samples have times with and without fractions.
        let joined = if user.serial % 2 == 0 {
            "2026-01-05T09:00:00Z"
        } else {
            "2026-01-05T09:00:00.123456Z"
        };
        let login = (user.status == Status::Activated).then_some("2026-01-06T10:30:00.000001Z");
        json!({
            "guid": user.guid,
            "email": user.email,
            "friendly_name": user.friendly_name,
            "formal_name": user.formal_name,
            "roles": user.roles.iter().map(|slug| json!({"name": title(slug), "slug": slug})).collect::<Vec<_>>(),
            "group": {"guid": user.group, "name": self.group_name(&user.group)},
            "status": user.status.as_str(),
            "is_available_for_contact": user.contact,
            "is_company_api_token": user.token,
            "features": user.features.iter().map(|feature| json!({
                "slug": feature.slug, "value": feature.value, "can_update": feature.can_update,
            })).collect::<Vec<_>>(),
            "last_login_time": login,
            "joined_time": joined,
        })
    }

    /// A user as the list shows it: with fields that a single read lacks.
    pub(super) fn row(&self, user: &User) -> Json {
        let mut row = self.detail(user);
        row["landing_page"] = json!("DEFAULT");
        row["mfa_status"] = json!("Not Enabled");
        row["preferred_contact_for_entities"] = json!([]);
        row
    }

    /// A user as `/ratings/v1` shows it: a role by its name, features as an object.
    pub(super) fn old_shape(&self, user: &User) -> Json {
        let features: serde_json::Map<String, Json> = user
            .features
            .iter()
            .map(|feature| (feature.slug.clone(), json!(feature.value)))
            .collect();
        json!({
            "guid": user.guid,
            "email": user.email,
            "friendly_name": user.friendly_name,
            "formal_name": user.formal_name,
            "roles": user.roles.iter().map(|slug| format!("Customer {}", title(slug))).collect::<Vec<_>>(),
            "group": {"guid": user.group, "name": self.group_name(&user.group)},
            "status": user.status.as_str(),
            "features": features,
        })
    }

    /// The groups that the token sees.
    pub(super) fn access_groups(&self, only: Option<&str>) -> Json {
        let groups: Vec<Json> = self
            .groups
            .iter()
            .enumerate()
            .filter(|(_, (guid, _))| only.is_none_or(|only| only == guid))
            .map(|(at, (guid, name))| {
                let users = self.users.iter().filter(|user| user.group == *guid);
                json!({
                    "guid": guid, "name": name, "is_default": at == 0, "all_companies": at == 0,
                    "user_count": users.count(), "company_count": 0, "subscription_types": [],
                })
            })
            .collect();
        json!({"groups": groups, "default_group": self.groups.first().map(|(guid, _)| guid)})
    }

    /// A user in the words of the roster.
    pub(super) fn account(&self, user: &User) -> Account {
        let mut account = Account::new(user.email.as_str());
        account.id = Some(user.guid.as_str().into());
        account.active = user.status != Status::Deactivated;
        let set = &mut account.attributes;
        let text = |text: &Option<String>| text.as_deref().map(Value::text);
        set.insert("friendly_name", text(&user.friendly_name));
        set.insert("formal_name", text(&user.formal_name));
        let role = (!user.roles.is_empty()).then(|| Value::text(user.roles.join(", ")));
        set.insert("role", role);
        set.insert("group", Some(Value::text(self.group_name(&user.group))));
        set.insert("is_available_for_contact", Some(Value::Flag(user.contact)));
        set.insert("features", None);
        for feature in &user.features {
            let name = format!("features.{}", feature.slug);
            set.insert(name.clone(), Some(Value::Flag(feature.value)));
            if !feature.can_update {
                account
                    .fixed
                    .push((name.into(), "can_update is false".into()));
            }
        }
        account.shield = user.token.then_some(Shield {
            what: "company API token",
            always: true,
        });
        account
    }
}

/// The pseudo-user of a company token; the old shape does not mark it as one.
pub(super) fn pseudo_user(marked: bool) -> Json {
    let mut user = json!({
        "guid": PSEUDO_USER, "email": "company-token@sandbox.example",
        "friendly_name": "API", "formal_name": "API Token", "status": "Activated",
    });
    if marked {
        user["is_company_api_token"] = json!(true);
    }
    user
}

fn flag(account: &Account, name: &str) -> Option<bool> {
    account.attributes.get(name)?.as_ref()?.as_flag()
}

fn title(slug: &str) -> &str {
    match slug {
        "customer_admin" => "Admin",
        "customer_group_admin" => "Group Admin",
        "customer_portfolio_manager" => "Portfolio Manager",
        "customer_user" => "User",
        other => other,
    }
}
