//! The accounts of the local server, and their two outer forms: user models and accounts.

use crate::folded;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Rules;
use crate::account::Account;
use crate::account::Value;

/// Everything the server knows.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By lower-cased e-mail.
    users: BTreeMap<String, Stored>,
    /// Paths of the groups that exist, byte for byte.
    groups: BTreeSet<Box<str>>,
    /// The last `userID`.
    last_id: u64,
}

/// One user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) email: Box<str>,
    pub(super) user_id: Box<str>,
    pub(super) role: Option<Box<str>>,
    pub(super) name: Option<Box<str>>,
    pub(super) job_title: Option<Box<str>>,
    pub(super) person_type: Box<str>,
    pub(super) enabled: bool,
    pub(super) groups: Vec<Box<str>>,
}

impl Store {
    pub(super) fn new(accounts: &[Account], groups: Option<&Vec<Box<str>>>) -> Self {
        let mut store = Self {
            groups: groups.into_iter().flatten().cloned().collect(),
            last_id: 1000,
            ..Self::default()
        };
        for account in accounts {
            store.put(account);
        }
        store
    }

    pub(super) fn knows_group(&self, path: &str) -> bool {
        self.groups.contains(path)
    }

    /// The user with that e-mail, in any letter case.
    pub(super) fn by_email(&self, email: &str) -> Option<&Stored> {
        self.users.get(&folded(email))
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Stored> {
        self.users.values().find(|user| &*user.user_id == id)
    }

    pub(super) fn next_id(&mut self) -> Box<str> {
        self.last_id += 1;
        self.last_id.to_string().into()
    }

    pub(super) fn save(&mut self, user: Stored) {
        self.users.insert(folded(&user.email), user);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.users.remove(key);
    }

    /// Replaces or adds an account; its groups exist from then on.
    pub(super) fn put(&mut self, account: &Account) {
        let value = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
        let text = |name: &str| value(name).and_then(Value::as_text).map(Into::into);
        let groups = value("groups").and_then(Value::as_set).unwrap_or_default();
        let known = self
            .by_email(&account.email)
            .map(|user| user.user_id.clone());
        let id = account.id.clone().or_else(|| text("user_id")).or(known);
        self.groups.extend(groups.iter().cloned());
        let user = Stored {
            email: account.email.clone(),
            user_id: id.unwrap_or_else(|| self.next_id()),
            role: text("role"),
            name: text("name"),
            job_title: text("job_title"),
            person_type: text("person_type").unwrap_or_else(|| super::INTERNAL.into()),
            enabled: account.active,
            groups: groups.to_vec(),
        };
        self.save(user);
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.users.values().map(Stored::account).collect()
    }

    pub(super) fn models(&self, rules: Rules) -> Vec<Json> {
        self.users.values().map(|user| user.model(rules)).collect()
    }
}

impl Stored {
    /// The user model of answers. More fields exist than are published; one stands for them.
    pub(super) fn model(&self, rules: Rules) -> Json {
        let mut model = json!({
            "email": self.email,
            "name": self.name,
            "jobTitle": self.job_title,
            "role": self.role,
            "personType": self.person_type,
            "enabled": self.enabled,
            "groups": self.groups,
            "timeZone": "Europe/London",
        });
        if rules.shows_id {
            let number = self
                .user_id
                .parse::<u64>()
                .ok()
                .filter(|_| rules.numeric_id);
            model["userID"] = number.map_or_else(|| json!(self.user_id), |number| json!(number));
        }
        model
    }

    fn account(&self) -> Account {
        let text = |text: &Option<Box<str>>| text.as_deref().map(Value::text);
        let mut account = Account::new(self.email.clone());
        account.id = Some(self.user_id.clone());
        account.active = self.enabled;
        account.attributes = [
            ("role", text(&self.role)),
            ("name", text(&self.name)),
            ("job_title", text(&self.job_title)),
            ("person_type", Some(Value::text(&*self.person_type))),
            ("groups", Some(Value::set(self.groups.iter().cloned()))),
            ("user_id", Some(Value::text(&*self.user_id))),
        ]
        .into_iter()
        .collect();
        account
    }
}
