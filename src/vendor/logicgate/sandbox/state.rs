//! What the local server holds: users, roles, tokens, and what its cache still shows.

use serde_json::{Map, Value, json};

use super::fields::{self, Refusal};
use super::{Behaviour, OffForm, Omitted};
use crate::reconcile::account::{Account, Shield, email_key};
use crate::reconcile::value::Value as Attribute;
use crate::sandbox::Seed;

/// When everything here was made: 2026-01-01T00:00:00Z, in milliseconds.
pub(super) const EPOCH_MS: i64 = 1_767_225_600_000;

/// Roster name and API name of the text attributes.
const TEXTS: [(&str, &str); 6] = [
    ("tier", "tier"),
    ("first", "first"),
    ("last", "last"),
    ("company", "company"),
    ("time_zone", "timeZone"),
    ("language_tag", "languageTag"),
];

/// Everything.
pub(super) struct State {
    pub(super) behaviour: Behaviour,
    pub(super) page_cap: Option<usize>,
    /// The accepted secrets, by their key under `auth`.
    pub(super) secrets: std::collections::BTreeMap<&'static str, String>,
    /// Minted tokens that are good.
    pub(super) tokens: Vec<String>,
    pub(super) roles: Vec<Role>,
    users: Vec<User>,
    /// What reads show while `stale` lasts.
    cached: Vec<User>,
    stale: u32,
    minted: u32,
    made: u32,
}

/// A role.
#[derive(Clone)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) extra: Map<String, Value>,
}

/// A user: its fields but for roles, its roles, and what reads never show.
#[derive(Clone)]
pub(super) struct User {
    pub(super) fields: Map<String, Value>,
    pub(super) roles: Vec<String>,
    send_email: Option<bool>,
}

impl State {
    pub(super) fn new(seed: Seed, behaviour: Behaviour) -> Self {
        let Seed {
            settings,
            accounts,
            mut names,
            own,
            secrets,
            page_cap,
        } = seed;
        let mut state = Self {
            behaviour,
            page_cap,
            secrets,
            tokens: Vec::new(),
            roles: Vec::new(),
            users: Vec::new(),
            cached: Vec::new(),
            stale: 0,
            minted: 0,
            made: 0,
        };
        for (name, id) in settings.text_map("role_ids").into_iter().flatten() {
            state.add_role(name, Some(id));
        }
        let named = names.remove("roles").unwrap_or_default();
        for name in &named {
            state.role_named(name);
        }
        for account in accounts {
            // The administrator holds every role, unless the seed says which: roles are learnt
            // from those who hold them, and a sandbox full of unknown roles would show little.
            let all = email_key(&account.email) == email_key(&own)
                && !account.attributes.contains("roles");
            let email = account.email.clone();
            state.put(account);
            if all {
                state.role_named("Administrator");
                let ids = state.roles.iter().map(|role| role.id.clone()).collect();
                if let Some(user) = state.user_mut(&email) {
                    user.roles = ids;
                }
            }
        }
        state.settle();
        state
    }

    /// Mints a token.
    pub(super) fn mint(&mut self) -> String {
        self.minted += 1;
        if self.behaviour.mint_revokes {
            self.tokens.clear();
        }
        let token = format!("sandbox-minted-token-{}", self.minted);
        self.tokens.push(token.clone());
        token
    }

    /// Whether a bearer token is good: the ready one, or one that was minted and not revoked.
    pub(super) fn accepts(&self, token: &str) -> bool {
        self.secrets.get("token").is_some_and(|good| good == token)
            || self.tokens.iter().any(|good| good == token)
    }

    /// What one read sees; it uses up one stale read.
    pub(super) fn read(&mut self) -> Vec<User> {
        if self.stale > 0 {
            self.stale -= 1;
            return self.cached.clone();
        }
        self.users.clone()
    }

    /// Makes a user.
    ///
    /// # Errors
    /// What the vendor refuses; `true` when it is because the e-mail is in use.
    pub(super) fn create(&mut self, body: &Map<String, Value>) -> Result<User, (Refusal, bool)> {
        fields::check_create(body).map_err(|refusal| (refusal, false))?;
        let email = body["email"].as_str().unwrap_or_default().to_owned();
        if self.user_mut(&email).is_some() {
            return Err((in_use(&body["email"]), true));
        }
        let mut account = Account::new(email.trim());
        for (name, field) in TEXTS {
            if let Some(Value::String(text)) = body.get(field) {
                let text = Attribute::text(text.as_str());
                account.attributes.insert(name, Some(text));
            }
        }
        let mut user = self.user_of(account);
        user.send_email = body.get("sendEmail").and_then(Value::as_bool);
        if let Some(name) = self.behaviour.default_role {
            let id = self.role_named(name);
            user.roles.push(id);
        }
        self.change(|users| users.push(user.clone()));
        Ok(user)
    }

    /// Replaces a user; `None`: there is no such user.
    ///
    /// # Errors
    /// As [`State::create`].
    pub(super) fn replace(
        &mut self,
        id: &str,
        body: &Map<String, Value>,
    ) -> Option<Result<User, (Refusal, bool)>> {
        let at = self.users.iter().position(|user| user.id() == id)?;
        Some(self.replacement(at, body).map(|user| {
            self.change(|users| users[at] = user.clone());
            user
        }))
    }

    fn replacement(&self, at: usize, body: &Map<String, Value>) -> Result<User, (Refusal, bool)> {
        let now = &self.users[at];
        fields::check_put(body, &now.fields).map_err(|refusal| (refusal, false))?;
        let scim = now.fields.get("autoprovisioned") == Some(&Value::Bool(true));
        if scim || now.fields.get("scimStatus").is_some_and(|it| !it.is_null()) {
            let flag = Value::Bool(true);
            let refusal = Refusal::new("autoprovisioned", &flag, "is managed through SCIM");
            return Err((refusal, false));
        }
        let email = body
            .get("email")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let taken = self
            .users
            .iter()
            .enumerate()
            .any(|(other, user)| other != at && email_key(user.email()) == email_key(email));
        if taken {
            return Err((in_use(&body["email"]), true));
        }
        let mut user = now.clone();
        for name in fields::settable() {
            if self.behaviour.not_sticking.contains(&name) {
                continue;
            }
            match (body.get(name), self.behaviour.omitted) {
                (Some(value), _) => user.fields.insert(name.to_owned(), value.clone()),
                (None, Omitted::Cleared) => {
                    user.fields.insert(name.to_owned(), fields::cleared(name))
                }
                (None, Omitted::Kept) => None,
            };
        }
        user.roles = self
            .role_references(body)
            .map_err(|refusal| (refusal, false))?;
        if user.flag("disabled") && !now.flag("disabled") {
            user.fields
                .insert("lastDeactivated".into(), json!(EPOCH_MS));
        }
        Ok(user)
    }

    /// The roles of a body: objects with a known `id` and `status: Active`.
    fn role_references(&self, body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
        let mut ids = Vec::new();
        for value in body
            .get("roles")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let Some(id) = value.get("id").and_then(Value::as_str) else {
                return Err(Refusal::new("roles.id", value, "must not be null"));
            };
            if value.get("status") != Some(&json!("Active")) {
                return Err(Refusal::new("roles.status", value, "must be Active"));
            }
            if !self.roles.iter().any(|role| role.id == id) {
                return Err(Refusal::new("roles.id", value, "is not a role"));
            }
            if !ids.iter().any(|have| have == id) {
                ids.push(id.to_owned());
            }
        }
        Ok(ids)
    }

    /// Writes, and lets the cache show what was before for a while.
    fn change(&mut self, write: impl FnOnce(&mut Vec<User>)) {
        if self.stale == 0 {
            self.cached.clone_from(&self.users);
        }
        self.stale = self.behaviour.stale_reads;
        write(&mut self.users);
    }

    /// Lets every read see what is.
    fn settle(&mut self) {
        self.stale = 0;
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.users
            .iter()
            .map(|user| self.account_of(user))
            .collect()
    }

    pub(super) fn put(&mut self, account: Account) {
        let key = account.email_key();
        let mut user = self.user_of(account);
        match self
            .users
            .iter()
            .position(|have| email_key(have.email()) == key)
        {
            Some(at) => {
                user.fields.insert("id".into(), json!(self.users[at].id()));
                self.users[at] = user;
            }
            None => self.users.push(user),
        }
        self.settle();
    }

    pub(super) fn remove(&mut self, email: &str) {
        let key = email_key(email);
        self.users.retain(|user| email_key(user.email()) != key);
        self.settle();
    }

    pub(super) fn set(&mut self, email: &str, field: &str, value: Value) {
        if let Some(user) = self.user_mut(email) {
            user.fields.insert(field.to_owned(), value);
        }
        self.settle();
    }

    pub(super) fn set_role(&mut self, name: &str, field: &str, value: Value) {
        let id = self.role_named(name);
        if let Some(role) = self.roles.iter_mut().find(|role| role.id == id) {
            role.extra.insert(field.to_owned(), value);
        }
    }

    pub(super) fn get(&self, email: &str, field: &str) -> Option<Value> {
        let key = email_key(email);
        let user = self
            .users
            .iter()
            .find(|user| email_key(user.email()) == key)?;
        user.fields.get(field).cloned()
    }

    fn user_mut(&mut self, email: &str) -> Option<&mut User> {
        let key = email_key(email);
        self.users
            .iter_mut()
            .find(|user| email_key(user.email()) == key)
    }

    /// The id of a role, which is made if it is not there.
    fn role_named(&mut self, name: &str) -> String {
        match self.roles.iter().find(|role| role.name == name) {
            Some(role) => role.id.clone(),
            None => self.add_role(name, None),
        }
    }

    fn add_role(&mut self, name: &str, id: Option<&str>) -> String {
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

    fn user_of(&mut self, account: Account) -> User {
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

    /// Whether a user can log in.
    pub(super) fn shows_on(&self, user: &User) -> bool {
        !user.flag("disabled") && !user.flag("external") && user.flag("active")
    }

    /// Whether a list with or without users that are off shows this one.
    pub(super) fn lists(&self, user: &User, with_off: bool) -> bool {
        if self.shows_on(user) {
            return true;
        }
        with_off && !(user.flag("disabled") && self.behaviour.off_form == OffForm::Hidden)
    }
}

impl User {
    pub(super) fn id(&self) -> &str {
        self.text("id")
    }

    pub(super) fn email(&self) -> &str {
        self.text("email")
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(true))
    }

    fn text(&self, name: &str) -> &str {
        self.fields
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

fn in_use(email: &Value) -> Refusal {
    Refusal::new("email", email, "is in use already")
}
