//! How the local Bitsight's API shows what it holds.

use serde_json::{Value as Json, json};

use super::state::{State, Status, User};
use crate::account::Value;
use crate::account::{Account, Shield};

/// The guid of the pseudo-user behind a company token that no list shows.
pub(super) const PSEUDO_USER: &str = "2c2c2c2c-0000-4000-8000-000000000001";

impl State {
    /// A user as single reads and writes show it.
    pub(super) fn detail(&self, user: &User) -> Json {
        // Samples have times with and without fractions.
        let joined = if user.serial.is_multiple_of(2) {
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
            match &feature.value {
                Json::Bool(value) => set.insert(name, Some(Value::Flag(*value))),
                other => set.insert(name, other.as_str().map(Value::text)),
            };
        }
        for feature in user.features.iter().filter(|it| !it.can_update) {
            let name = format!("features.{}", feature.slug);
            let fixed = (name.into(), "can_update is false".into());
            account.fixed.push(fixed);
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

fn title(slug: &str) -> &str {
    match slug {
        "customer_admin" => "Admin",
        "customer_group_admin" => "Group Admin",
        "customer_portfolio_manager" => "Portfolio Manager",
        "customer_user" => "User",
        other => other,
    }
}
