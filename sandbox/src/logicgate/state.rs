//! What the local server holds, and what its calls do to it.

use crate::folded;
use serde_json::{Map, Value, json};

use super::fields::{self, Refusal};
use super::people::TEXTS;
use super::{Behaviour, OffForm, Omitted};
use crate::account::Account;
use crate::account::Value as Attribute;
use crate::{Keyed, Keys, Seed};

/// When everything here was made: 2026-01-01T00:00:00Z, in milliseconds.
pub(super) const EPOCH_MS: i64 = 1_767_225_600_000;

/// Everything.
pub(super) struct State {
    pub(super) behaviour: Behaviour,
    pub(super) page_cap: Option<usize>,
    /// The accepted secrets, by their key under `auth`.
    pub(super) secrets: std::collections::BTreeMap<&'static str, String>,
    /// Minted tokens that are good.
    pub(super) tokens: Vec<String>,
    pub(super) roles: Vec<Role>,
    pub(super) users: Keyed<User>,
    /// What reads show while `stale` lasts.
    cached: Keyed<User>,
    stale: u32,
    minted: u32,
    pub(super) made: u32,
    /// The e-mail of the account behind the credentials.
    pub(super) own: Box<str>,
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
    pub(super) send_email: Option<bool>,
}

impl State {
    pub(super) fn new(seed: Seed, behaviour: Behaviour) -> Self {
        let ids = seed.map("role_ids");
        let ids: Vec<(String, String)> = ids.map(|(name, id)| (name.into(), id.into())).collect();
        let Seed {
            kind: _,
            name: _,
            base_url: _,
            settings: _,
            accounts,
            mut names,
            own,
            secrets,
            page_cap,
            twists: _,
        } = seed;
        let mut state = Self {
            behaviour,
            page_cap,
            secrets,
            tokens: Vec::new(),
            roles: Vec::new(),
            users: Keyed::default(),
            cached: Keyed::default(),
            stale: 0,
            minted: 0,
            made: 0,
            own: own.clone(),
        };
        for (name, id) in &ids {
            state.add_role(name, Some(id));
        }
        let named = names.remove("roles").unwrap_or_default();
        for name in &named {
            state.role_named(name);
        }
        for account in accounts {
            // The administrator holds every role, unless the seed says which: roles are learnt
            // from those who hold them, and a sandbox full of unknown roles would show little.
            let all =
                folded(&account.email) == folded(&own) && !account.attributes.contains("roles");
            let email = account.email.clone();
            state.put(account);
            if all {
                state.role_named("Administrator");
                let ids = state.roles.iter().map(|role| role.id.clone()).collect();
                state.change_user(&email, |user| user.roles = ids);
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

    /// Whether the next read is stale; it uses up one stale read.
    pub(super) fn is_stale(&mut self) -> bool {
        let stale = self.stale > 0;
        self.stale = self.stale.saturating_sub(1);
        stale
    }

    /// What a read sees.
    pub(super) fn seen(&self, stale: bool) -> &Keyed<User> {
        if stale { &self.cached } else { &self.users }
    }

    /// Makes a user.
    ///
    /// # Errors
    /// What the vendor refuses; `true` when it is because the e-mail is in use.
    pub(super) fn create(&mut self, body: &Map<String, Value>) -> Result<User, (Refusal, bool)> {
        fields::check_create(body).map_err(|refusal| (refusal, false))?;
        let email = body["email"].as_str().unwrap_or_default().to_owned();
        if self.users.by_email(&email).is_some() {
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
        let at = self.users.by_id(id)?;
        let replaced = self.replacement(at, body);
        if let Ok(user) = &replaced {
            self.change(|users| users.change(at, |it| *it = user.clone()));
        }
        Some(replaced)
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
        let mut holders = self.users.with_email(email).iter();
        if holders.any(|other| *other != at) {
            return Err((in_use(&body["email"]), true));
        }
        let off = body.get("disabled").and_then(Value::as_bool);
        if self.behaviour.refuses_off && off.is_some_and(|it| it != now.flag("disabled")) {
            let refusal = Refusal::new("disabled", &Value::Bool(true), "is read-only");
            return Err((refusal, false));
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
    fn change(&mut self, write: impl FnOnce(&mut Keyed<User>)) {
        if self.stale == 0 && self.behaviour.stale_reads > 0 {
            self.cached.clone_from(&self.users);
        }
        self.stale = self.behaviour.stale_reads;
        write(&mut self.users);
    }

    /// Lets every read see what is.
    pub(super) fn settle(&mut self) {
        self.stale = 0;
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

impl Keys for User {
    fn id(&self) -> &str {
        self.text("id")
    }

    fn email(&self) -> &str {
        self.text("email")
    }
}

impl User {
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
