//! Accounts in the roster's words and users as the API knows them, in both directions, behind the
//! API's back.

use serde_json::{Value, json};

use super::state::{EPOCH_MS, Role, State, User};
use crate::Keys as _;
use crate::account::Value as Attribute;
use crate::account::{Account, Shield};

/// Roster name and API name of the text attributes.
pub(super) const TEXTS: [(&str, &str); 6] = [
    ("tier", "tier"),
    ("first", "first"),
    ("last", "last"),
    ("company", "company"),
    ("time_zone", "timeZone"),
    ("language_tag", "languageTag"),
];

impl State {
    pub(super) fn accounts(&self) -> Vec<Account> {
        self.users
            .iter()
            .map(|user| self.account_of(user))
            .collect()
    }

    pub(super) fn put(&mut self, account: Account) {
        let mut user = self.user_of(account);
        match self.users.by_email(user.email()) {
            Some(at) => {
                user.fields.insert("id".into(), json!(self.users[at].id()));
                self.users.change(at, |it| *it = user);
            }
            None => self.users.push(user),
        }
        self.settle();
    }

    pub(super) fn remove(&mut self, email: &str) {
        while let Some(at) = self.users.by_email(email) {
            self.users.remove(at);
        }
        self.settle();
    }

    pub(super) fn set(&mut self, email: &str, field: &str, value: Value) {
        self.change_user(email, |user| {
            user.fields.insert(field.to_owned(), value);
        });
        self.settle();
    }

    pub(super) fn set_role(&mut self, name: &str, field: &str, value: Value) {
        let id = self.role_named(name);
        if let Some(role) = self.roles.iter_mut().find(|role| role.id == id) {
            role.extra.insert(field.to_owned(), value);
        }
    }

    pub(super) fn get(&self, email: &str, field: &str) -> Option<Value> {
        let user = &self.users[self.users.by_email(email)?];
        user.fields.get(field).cloned()
    }

    pub(super) fn change_user(&mut self, email: &str, change: impl FnOnce(&mut User)) {
        if let Some(at) = self.users.by_email(email) {
            self.users.change(at, change);
        }
    }

    /// The id of a role, which is made if it is not there.
    pub(super) fn role_named(&mut self, name: &str) -> String {
        match self.roles.iter().find(|role| role.name == name) {
            Some(role) => role.id.clone(),
            None => self.add_role(name, None),
        }
    }

    pub(super) fn add_role(&mut self, name: &str, id: Option<&str>) -> String {
        let id = match id {
            Some(id) => id.to_owned(),
            None => format!("rL{:06}", self.roles.len() + 1),
        };
        let admin = name.to_lowercase().contains("admin");
        let extra = json!({
            "active": true, "status": "Active", "created": EPOCH_MS, "updated": EPOCH_MS,
            "locked": false, "superAdmin": admin, "defaultRoleForNewUsers": false,
            "autoprovisioned": false, "externalId": null, "stepPermissionSets": [],
            "moduleEntitlements": [],
        });
        self.roles.push(Role {
            id: id.clone(),
            name: name.to_owned(),
            extra: extra.as_object().cloned().unwrap_or_default(),
        });
        id
    }

    pub(super) fn user_of(&mut self, account: Account) -> User {
        self.made += 1;
        let id = match &account.id {
            Some(id) => id.to_string(),
            None => format!("uQ{:06}", self.made),
        };
        let text = |name: &str| {
            let value = account.attributes.get(name)?.as_ref()?;
            value.as_text().map(str::to_owned)
        };
        let name = [text("first"), text("last")].map(Option::unwrap_or_default);
        let shield = account.shield.as_ref().map(|shield| shield.what);
        let fields = json!({
            "id": id, "email": account.email, "name": name.join(" ").trim(),
            "active": true, "status": "Active", "valueType": "User", "pricingUserTier": "POWER",
            "disabled": !account.active, "external": false,
            "lastDeactivated": (!account.active).then_some(EPOCH_MS),
            "autoprovisioned": account.managed_by.is_some(), "scimStatus": null,
            "superUser": shield == Some("super user"),
            "serviceAccount": shield == Some("service account"),
            "locked": false, "loginAttempts": 0, "lastLogin": null,
            "stepPermissionSets": [], "applicationEntitlements": [], "modulePermissionSets": [],
            "records": [{"id": "rec1"}], "notificationPreference": true, "allowLocalLogin": true,
            "mfaEnabled": false, "mfaSetup": false, "imageUrl": null, "imageS3Key": null,
            "fieldType": "USER", "discriminator": "User",
        });
        let mut fields = fields.as_object().cloned().unwrap_or_default();
        for (name, field) in TEXTS {
            let tenant = match field {
                "timeZone" => Some(String::from("UTC")),
                "languageTag" => Some(String::from("en-US")),
                _ => None,
            };
            let shown = account.attributes.contains(name);
            let value = if shown { text(name) } else { tenant };
            fields.insert(field.to_owned(), json!(value));
        }
        let roles = account.attributes.get("roles").and_then(Option::as_ref);
        let roles = roles.and_then(Attribute::as_set).unwrap_or_default();
        let send_email = account.attributes.get("send_email");
        User {
            fields,
            send_email: send_email.and_then(|it| it.as_ref()?.as_flag()),
            roles: roles.iter().map(|name| self.role_meant(name)).collect(),
        }
    }

    /// A role by id or name, as a roster gives it.
    fn role_meant(&mut self, word: &str) -> String {
        match self.roles.iter().find(|role| role.id == word) {
            Some(role) => role.id.clone(),
            None => self.role_named(word),
        }
    }

    fn account_of(&self, user: &User) -> Account {
        let mut account = Account::new(user.email());
        account.id = Some(user.id().into());
        account.active = self.shows_on(user);
        for (name, field) in TEXTS {
            let value = user.fields.get(field).and_then(Value::as_str);
            account.attributes.insert(name, value.map(Attribute::text));
        }
        let names = user.roles.iter().filter_map(|id| {
            let role = self.roles.iter().find(|role| role.id == *id)?;
            Some(role.name.as_str())
        });
        account
            .attributes
            .insert("roles", Some(Attribute::set(names)));
        if let Some(sent) = user.send_email {
            account
                .attributes
                .insert("send_email", Some(Attribute::Flag(sent)));
        }
        account.managed_by = user
            .flag("autoprovisioned")
            .then(|| "the identity provider".into());
        let shields = [
            ("superUser", "super user"),
            ("serviceAccount", "service account"),
        ];
        account.shield = shields
            .into_iter()
            .find(|(field, _)| user.flag(field))
            .map(|(_, what)| Shield { what, always: true });
        account
    }
}
