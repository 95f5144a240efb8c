//! What the environment holds: global accounts, and this environment's groups.

use crate::folded;
use std::collections::{BTreeMap, BTreeSet};

use crate::account::Value;
use crate::account::{Account, Shield};

/// Groups that every environment has; each means something of its own.
const RESERVED: [&str; 4] = [
    "admins",
    "members",
    "pattern_submitters",
    "pattern_custodians",
];

/// The applications that the environment subscribes to.
pub(super) const APPS: [&str; 4] = [
    "autosync",
    "flows",
    "intelligent_integration_platform",
    "pattern_management",
];

/// One global account.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) ui_access: bool,
    pub(super) utility: bool,
    pub(super) allow_password_login: bool,
    pub(super) managed: bool,
    pub(super) maintainers: Vec<String>,
    pub(super) mfa_login: bool,
    pub(super) home: bool,
    pub(super) notified: bool,
    /// A public key, which no read shows.
    pub(super) certificate: Option<String>,
    pub(super) created_by: String,
    pub(super) apps: BTreeMap<String, bool>,
    pub(super) elsewhere: BTreeSet<String>,
    pub(super) revoked: bool,
    pub(super) revocations: u32,
    pub(super) failed_logins: u32,
    pub(super) used_basic: bool,
}

impl Person {
    /// A person as an account describes one; what it does not say is as the vendor's pages make
    /// new accounts.
    pub(super) fn of(account: &Account) -> Self {
        let value = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
        let flag = |name: &str| value(name).and_then(Value::as_flag);
        let text = |name: &str| value(name).and_then(Value::as_text).map(str::to_owned);
        let utility = flag("utility").unwrap_or_else(|| {
            account
                .shield
                .as_ref()
                .is_some_and(|it| it.what == "service account")
        });
        let ui_access = account.active && !utility && flag("ui_access").unwrap_or(true);
        let apps = APPS.iter().filter(|_| ui_access);
        Self {
            email: account.email.to_string(),
            first_name: text("first_name"),
            last_name: text("last_name"),
            ui_access,
            utility,
            allow_password_login: flag("allow_password_login").unwrap_or(true),
            managed: flag("managed").unwrap_or(false),
            maintainers: value("maintainers")
                .and_then(Value::as_set)
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            created_by: String::from("it-admin@example.com"),
            apps: apps
                .map(|app| {
                    (
                        (*app).to_owned(),
                        *app == "intelligent_integration_platform",
                    )
                })
                .collect(),
            revoked: !account.active,
            ..Self::default()
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Store {
    /// By e-mail key.
    pub(super) people: BTreeMap<String, Person>,
    /// By name, reserved ones included.
    pub(super) groups: BTreeMap<String, Group>,
}

/// The members of a group.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// In the spelling of their accounts, by e-mail key; each with the number it came under.
    members: BTreeMap<String, (u64, String)>,
    /// Members so far.
    came: u64,
}

impl Group {
    /// Whether that e-mail, in any letter case, is a member.
    pub(super) fn has(&self, email: &str) -> bool {
        self.members.contains_key(&folded(email))
    }

    pub(super) fn add(&mut self, email: &str) {
        self.came += 1;
        let member = (self.came, email.to_owned());
        self.members.entry(folded(email)).or_insert(member);
    }

    pub(super) fn take_out(&mut self, email: &str) {
        self.members.remove(&folded(email));
    }

    /// The members in the order they came.
    pub(super) fn list(&self) -> Vec<String> {
        let mut members: Vec<&(u64, String)> = self.members.values().collect();
        members.sort_unstable();
        members
            .into_iter()
            .map(|(_, email)| email.clone())
            .collect()
    }
}

impl Store {
    pub(super) fn new(groups: &[Box<str>]) -> Self {
        let names = RESERVED
            .iter()
            .copied()
            .chain(groups.iter().map(|name| &**name));
        Self {
            people: BTreeMap::new(),
            groups: names
                .map(|name| (name.to_owned(), Group::default()))
                .collect(),
        }
    }

    /// Replaces or adds an account of this environment.
    pub(super) fn put(&mut self, account: &Account) {
        let key = folded(&account.email);
        let mut person = Person::of(account);
        if let Some(old) = self.people.remove(&key) {
            person.elsewhere = old.elsewhere;
        }
        self.expel(&account.email);
        let value = |name: &str| account.attributes.get(name).and_then(Option::as_ref);
        self.enroll("members", &person.email);
        if account.active {
            if value("administrator") == Some(&Value::Flag(true)) {
                self.enroll("admins", &person.email);
            }
            for group in value("groups").and_then(Value::as_set).unwrap_or_default() {
                self.enroll(group, &person.email);
            }
        }
        self.people.insert(key, person);
    }

    /// The account goes away everywhere.
    pub(super) fn delete(&mut self, email: &str) {
        self.people.remove(&folded(email));
        self.expel(email);
    }

    /// The account leaves this environment.
    pub(super) fn expel(&mut self, email: &str) {
        for group in self.groups.values_mut() {
            group.take_out(email);
        }
    }

    pub(super) fn enroll(&mut self, group: &str, email: &str) {
        self.groups.entry(group.to_owned()).or_default().add(email);
    }

    pub(super) fn is_in(&self, group: &str, email: &str) -> bool {
        self.groups.get(group).is_some_and(|group| group.has(email))
    }

    /// The people of this environment, in the order of the list.
    pub(super) fn members(&self) -> impl Iterator<Item = &Person> {
        let members = self.groups.get("members").map(|group| &group.members);
        let keys = members.into_iter().flat_map(BTreeMap::keys);
        keys.filter_map(|key| self.people.get(key))
    }

    /// The people of this environment in the roster's words.
    pub(super) fn accounts(&self) -> Vec<Account> {
        self.members().map(|person| self.account(person)).collect()
    }

    fn account(&self, person: &Person) -> Account {
        let mut account = Account::new(person.email.as_str());
        // The truth, which the API does not show: whether interface or password open it.
        account.active = person.ui_access || (person.allow_password_login && !person.revoked);
        if person.utility {
            account.shield = Some(Shield {
                what: "service account",
                always: false,
            });
        } else if person.managed {
            account.shield = Some(Shield {
                what: "team account",
                always: false,
            });
        }
        let groups = self
            .groups
            .keys()
            .filter(|name| !RESERVED.contains(&name.as_str()));
        let groups = groups.filter(|name| self.is_in(name, &person.email));
        let text = |text: &Option<String>| text.as_deref().map(Value::text);
        let flag = |flag| Some(Value::Flag(flag));
        account.attributes = [
            ("first_name", text(&person.first_name)),
            ("last_name", text(&person.last_name)),
            ("administrator", flag(self.is_in("admins", &person.email))),
            ("ui_access", flag(person.ui_access)),
            ("utility", flag(person.utility)),
            ("allow_password_login", flag(person.allow_password_login)),
            ("managed", flag(person.managed)),
            (
                "maintainers",
                Some(Value::set(
                    person.maintainers.iter().map(|email| folded(email)),
                )),
            ),
            ("groups", Some(Value::set(groups.map(String::as_str)))),
            ("mfa_login", flag(person.mfa_login)),
            ("create_home_directory", flag(person.home)),
            ("email_notification", flag(person.notified)),
            ("certificate", text(&person.certificate)),
        ]
        .into_iter()
        .collect();
        account
    }
}
