//! A believable, deterministic mess made from the roster itself: some people missing, some
//! attributes stale, leavers still active, a stranger, an administrator, a service account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use rosterctl_sandbox as local;

use super::accounts::plain;
use crate::model::account::{Account, Shield};
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::{EmailKey, same_email};
use crate::model::spec::{AdminRule, AttributeKind, FromPerson, Literal, Mode, Rights, VendorSpec};
use crate::model::value::Value;
use crate::roster::model::{Setting, VendorSettings};

/// Where strangers of the sandbox live: a name that no company has (RFC 2606).
const STRANGERS: &str = "sandbox.example";

/// What a local vendor starts with, in the core's words.
#[derive(Clone)]
pub struct Seed {
    /// The vendor's settings; its `auth` keys tell which form of credentials to demand.
    pub settings: Arc<VendorSettings>,
    /// The accounts it holds, attributes under their roster names; groups and roles by name.
    /// [`Account::id`] may be `None`: the server makes one.
    pub accounts: Vec<Account>,
    /// Names of groups or roles that exist even if nobody is in them, by attribute.
    pub names: BTreeMap<&'static str, Vec<Box<str>>>,
    /// The e-mail of the account behind the credentials; one of `accounts`, an administrator.
    pub own: Box<str>,
    /// The texts of the secrets to accept, by their key under `auth`.
    pub secrets: BTreeMap<&'static str, String>,
    /// Page size the server caps lists at, if it is to be smaller than documented.
    pub page_cap: Option<usize>,
}

impl From<Seed> for local::Seed {
    fn from(seed: Seed) -> Self {
        let Seed {
            settings,
            accounts,
            names,
            own,
            secrets,
            page_cap,
        } = seed;
        let given = settings.settings.iter();
        Self {
            kind: settings.spec.kind.into(),
            name: settings.name.clone(),
            base_url: settings.base_url.clone(),
            settings: given
                .map(|(name, it)| ((*name).into(), written(it)))
                .collect(),
            accounts: accounts.iter().map(plain).collect(),
            names,
            own,
            secrets,
            page_cap,
            twists: Vec::new(),
        }
    }
}

/// A setting as the roster has it.
fn written(setting: &Setting) -> Json {
    match setting {
        Setting::Text(text) => json!(text),
        Setting::Flag(flag) => json!(flag),
        Setting::Count(count) => json!(count),
        Setting::TextMap(map) => json!(map),
        Setting::Names(names) => json!(names),
        Setting::Description(it) => json!(it.text),
    }
}

/// How far a local vendor is from the roster when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A bit of everything that a reconciler is for.
    Messy,
    /// Exactly as the roster says.
    InSync,
    /// As the roster says, but for one attribute of one account in so many.
    Drifted(usize),
    /// Nobody has an account yet.
    Empty,
}

/// What the local server of one vendor starts with, in a mess.
pub fn seed(settings: &Arc<VendorSettings>, desired: &Desired) -> Seed {
    seed_as(settings, desired, Start::Messy)
}

/// The same in any state. The account behind the credentials is always there.
pub fn seed_as(settings: &Arc<VendorSettings>, desired: &Desired, start: Start) -> Seed {
    let own = settings
        .own_account
        .clone()
        .unwrap_or_else(|| format!("admin@{STRANGERS}").into());
    let spec = settings.spec;
    let granted = desired.accounts().filter(|d| d.access.granted());
    let in_line = granted.map(|person| in_sync(spec, &person));
    let accounts = match start {
        Start::Messy => messy(spec, desired, &own),
        Start::InSync => in_line.collect(),
        Start::Drifted(period) => in_line
            .enumerate()
            .map(
                |(at, account)| match (at + 1).is_multiple_of(period.max(1)) {
                    true => stale(spec, account, at / period.max(1)),
                    false => account,
                },
            )
            .collect(),
        Start::Empty => Vec::new(),
    };
    with_own(settings, desired, accounts, own)
}

/// Adds the account behind the credentials, or makes it an administrator.
fn with_own(
    settings: &Arc<VendorSettings>,
    desired: &Desired,
    mut accounts: Vec<Account>,
    own: Box<str>,
) -> Seed {
    let spec = settings.spec;
    let own_key = EmailKey::of(&own);
    match accounts.iter_mut().find(|a| a.email_key() == own_key) {
        Some(account) => make_admin(spec, account),
        None => {
            let mut account = stranger(spec, &own, "Sandbox", "Admin");
            make_admin(spec, &mut account);
            accounts.push(account);
        }
    }
    Seed {
        names: names(spec, desired, &accounts),
        secrets: secrets(settings, &own),
        settings: settings.clone(),
        accounts,
        own,
        page_cap: None,
    }
}

fn messy(spec: &VendorSpec, desired: &Desired, own: &str) -> Vec<Account> {
    let mut accounts = Vec::new();
    let claims = desired.person_keys().filter(|it| it.access.granted());
    // Small rosters get one of each within a few people, large ones stay mostly in sync.
    let period = if claims.count() < 12 { 4 } else { 10 };
    let mut at = 0;
    for person in desired.accounts().filter(|it| it.access.granted()) {
        let account = in_sync(spec, &person);
        if same_email(&person.email, own) {
            accounts.push(account);
        } else if let (true, Some(previous)) = (spec.email_change, person.previous_emails.first()) {
            accounts.push(Account {
                email: previous.clone(),
                ..account
            });
        } else {
            match at % period {
                0 => {}
                1 => accounts.push(stale(spec, account, at / period)),
                _ => accounts.push(account),
            }
            at += 1;
        }
    }
    // People who have not started yet have no account; of those who left, most still do: that is
    // what a reconciler is for.
    let leavers = desired
        .accounts()
        .filter(|d| !d.access.granted() && !matches!(d.access, Access::NotYet(_)));
    for (at, person) in leavers.enumerate() {
        let mut account = in_sync(spec, &person);
        account.active = at % 4 != 3;
        accounts.push(account);
    }
    accounts.extend(strangers(spec));
    accounts
}

/// The account exactly as the roster wants it.
fn in_sync(spec: &VendorSpec, person: &DesiredAccount) -> Account {
    let mut account = Account::new(person.email.clone());
    account.id = person.id.clone();
    for (name, value) in person.attributes.iter().chain(person.on_create.iter()) {
        let readable = spec
            .attribute(name)
            .is_some_and(|attribute| attribute.mode != Mode::CreateOnly);
        if readable {
            account
                .attributes
                .insert(name.to_owned(), Some(value.clone()));
        }
    }
    account
}

/// One attribute as it was before somebody changed the roster.
fn stale(spec: &VendorSpec, mut account: Account, turn: usize) -> Account {
    // What carries rights first: that is the drift people look for. Each next account gets
    // another attribute.
    let mut names: Vec<String> = account
        .attributes
        .iter()
        .filter(|(name, _)| can_be_stale(spec, name))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort_by_key(|name| {
        let rights = spec.attribute(name).map(|attribute| attribute.rights);
        rights == Some(Rights::None)
    });
    let Some(name) = names.get(turn % names.len().max(1)) else {
        return account;
    };
    let kind = spec.attribute(name).map(|attribute| attribute.kind);
    if let Some(Some(value)) = account.attributes.get(name) {
        let old = outdated(kind, value);
        account.attributes.insert(name.clone(), Some(old));
    }
    account
}

fn can_be_stale(spec: &VendorSpec, name: &str) -> bool {
    spec.attribute(name).is_some_and(|attribute| {
        attribute.mode == Mode::ReadWrite
            && attribute.default.is_none()
            // Whether a flag may flip depends on the other flags of the account.
            && attribute.kind != AttributeKind::Flag
            // Another address would be nobody's.
            && attribute.kind != AttributeKind::Email
    })
}

fn outdated(kind: Option<AttributeKind>, value: &Value) -> Value {
    match (kind, value) {
        (Some(AttributeKind::Choice(words) | AttributeKind::Slug(words)), Value::Text(text)) => {
            let other = words.iter().rev().find(|word| **word != &**text);
            Value::text(other.copied().unwrap_or(text))
        }
        (_, Value::Flag(flag)) => Value::Flag(!flag),
        (_, Value::Text(text)) => Value::text(format!("Old {text}")),
        (_, Value::Set(items)) => Value::set(items.iter().skip(1).cloned()),
    }
}

/// People and programs that the roster does not know.
fn strangers(spec: &VendorSpec) -> Vec<Account> {
    let contractor = stranger(
        spec,
        &format!("former.contractor@{STRANGERS}"),
        "Former",
        "Contractor",
    );
    let mut gone = stranger(spec, &format!("long.gone@{STRANGERS}"), "Long", "Gone");
    gone.active = false;
    let mut service = stranger(
        spec,
        &format!("nightly-export@{STRANGERS}"),
        "Nightly",
        "Export",
    );
    service.shield = Some(Shield {
        what: "service account",
        always: false,
    });
    vec![contractor, gone, service]
}

/// An account with something in every attribute that the vendor requires.
fn stranger(spec: &VendorSpec, email: &str, first: &str, last: &str) -> Account {
    let mut account = Account::new(email);
    for attribute in spec.attributes {
        let value = match (attribute.from_person, attribute.kind) {
            (Some(FromPerson::FirstName), _) => Some(Value::text(first)),
            (Some(FromPerson::LastName), _) => Some(Value::text(last)),
            (Some(FromPerson::FullName), _) => Some(Value::text(format!("{first} {last}"))),
            (_, AttributeKind::Choice(words) | AttributeKind::Slug(words)) => {
                // The weakest word is last in a choice of tiers and first in ranked roles; the
                // plain user is what is left when administrators are out.
                let admin = admin_text(spec, attribute.name);
                let word = words.iter().rev().find(|word| Some(**word) != admin);
                word.map(|word| Value::text(*word))
            }
            _ => match attribute.default {
                Some(Literal::Text(text)) => Some(Value::text(text)),
                Some(Literal::Flag(flag)) => Some(Value::Flag(flag)),
                None => None,
            },
        };
        if attribute.mode != Mode::CreateOnly && value.is_some() {
            account.attributes.insert(attribute.name, value);
        }
    }
    account
}

fn admin_text(spec: &VendorSpec, attribute: &str) -> Option<&'static str> {
    match spec.admin {
        AdminRule::TextIs(name, word) if name == attribute => Some(word),
        _ => None,
    }
}

fn make_admin(spec: &VendorSpec, account: &mut Account) {
    match spec.admin {
        AdminRule::TextIs(name, word) => {
            account.attributes.insert(name, Some(Value::text(word)));
        }
        AdminRule::FlagIs(name) => {
            account.attributes.insert(name, Some(Value::Flag(true)));
        }
        AdminRule::Holds(_) | AdminRule::Unknown => {}
    }
}

/// Every group and role that the roster names, so that the vendor knows them.
fn names(
    spec: &VendorSpec,
    desired: &Desired,
    accounts: &[Account],
) -> BTreeMap<&'static str, Vec<Box<str>>> {
    let mut names: BTreeMap<&'static str, BTreeSet<Box<str>>> = BTreeMap::new();
    let mut note = |name: &str, value: &Value| {
        let Some(attribute) = spec.attribute(name) else {
            return;
        };
        let list = names.entry(attribute.name).or_default();
        let mut add = |text: &str| {
            if !list.contains(text) {
                list.insert(text.into());
            }
        };
        match value {
            Value::Set(items) => items.iter().for_each(|item| add(item)),
            Value::Text(text) => add(text),
            Value::Flag(_) => {}
        }
    };
    for wanted in desired.accounts() {
        for (name, value) in wanted.attributes.iter() {
            note(name, value);
        }
    }
    for (name, value) in accounts.iter().flat_map(|it| it.attributes.iter()) {
        if let Some(value) = value {
            note(name, value);
        }
    }
    let listed = |names: BTreeSet<Box<str>>| names.into_iter().collect();
    let names = names.into_iter().map(|(name, all)| (name, listed(all)));
    names.collect()
}

/// Invented secrets; an `email` that authenticates is the own account's.
fn secrets(settings: &VendorSettings, own: &str) -> BTreeMap<&'static str, String> {
    settings
        .auth
        .keys()
        .map(|key| match *key {
            "email" => (*key, own.to_owned()),
            _ => (*key, format!("sandbox-{}-{key}", settings.name)),
        })
        .collect()
}
