//! Users as accounts with the roster's names for attributes, and back: from the standard alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::attributes::{Kind, find};
use super::json::{ENTERPRISE, USER, entries, flag, get, key_of, value_of};
use crate::account::Account;
use crate::account::Value;
use crate::folded;

/// Where the tenant keeps a person's e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// In `userName`.
    UserName,
    /// In `externalId`.
    ExternalId,
    /// In the primary of `emails`.
    Emails,
}

impl Address {
    /// As the setting `match` has it.
    pub(super) fn of(setting: Option<&str>) -> Self {
        match setting {
            Some("externalId") => Self::ExternalId,
            Some("emails") => Self::Emails,
            _ => Self::UserName,
        }
    }

    /// The e-mail of a user.
    pub(super) fn read(self, user: &Map<String, Json>) -> Option<String> {
        let name = get(user, "userName").and_then(value_of)?;
        let other = match self {
            Self::UserName => None,
            Self::ExternalId => get(user, "externalId").and_then(value_of),
            Self::Emails => primary(user),
        };
        Some(other.unwrap_or(name))
    }
}

/// The attributes of RFC 7643 that are texts: the roster's name, and the path in a user.
const TEXTS: &[(&str, &[&str])] = &[
    ("user_name", &["userName"]),
    ("external_id", &["externalId"]),
    ("given_name", &["name", "givenName"]),
    ("family_name", &["name", "familyName"]),
    ("middle_name", &["name", "middleName"]),
    ("honorific_prefix", &["name", "honorificPrefix"]),
    ("honorific_suffix", &["name", "honorificSuffix"]),
    ("formatted", &["name", "formatted"]),
    ("display_name", &["displayName"]),
    ("nick_name", &["nickName"]),
    ("profile_url", &["profileUrl"]),
    ("title", &["title"]),
    ("user_type", &["userType"]),
    ("preferred_language", &["preferredLanguage"]),
    ("locale", &["locale"]),
    ("timezone", &["timezone"]),
    ("employee_number", &[ENTERPRISE, "employeeNumber"]),
    ("cost_center", &[ENTERPRISE, "costCenter"]),
    ("organization", &[ENTERPRISE, "organization"]),
    ("division", &[ENTERPRISE, "division"]),
    ("department", &[ENTERPRISE, "department"]),
];

/// Those that are lists of values.
const LISTS: &[(&str, &str)] = &[
    ("phone_numbers", "phoneNumbers"),
    ("roles", "roles"),
    ("entitlements", "entitlements"),
];

fn at<'a>(user: &'a Map<String, Json>, path: &[&str]) -> Option<&'a Json> {
    let (last, above) = path.split_last()?;
    let mut fields = user;
    for name in above {
        fields = get(fields, name)?.as_object()?;
    }
    get(fields, last)
}

/// The primary e-mail, else the first.
fn primary(user: &Map<String, Json>) -> Option<String> {
    let emails = entries(get(user, "emails"));
    let is_primary = |it: &&Json| it["primary"].as_bool() == Some(true);
    let found = emails.iter().find(is_primary).or(emails.first())?;
    value_of(found)
}

/// A user as an account. `groups` are the names of its groups, `people` the e-mails by id.
pub(super) fn account(
    user: &Map<String, Json>,
    by: Address,
    groups: impl Iterator<Item = String>,
    people: &BTreeMap<String, String>,
) -> Account {
    let id = get(user, "id").and_then(value_of).unwrap_or_default();
    // Whatever the server holds is an account of somebody.
    let email = by
        .read(user)
        .unwrap_or_else(|| format!("{id} has no address"));
    let mut account = Account::new(&*email);
    account.active = get(user, "active").and_then(flag).unwrap_or(true);
    account.id = Some(id.into());
    let shown = &mut account.attributes;
    for (name, path) in TEXTS {
        let named = match by {
            Address::UserName => *name == "user_name",
            Address::ExternalId => *name == "external_id",
            Address::Emails => false,
        };
        if !named {
            let text = at(user, path).and_then(value_of);
            shown.insert(*name, text.map(Value::text));
        }
    }
    for (name, attribute) in LISTS {
        let found = get(user, attribute);
        let values = |found| entries(Some(found)).iter().filter_map(value_of).collect();
        shown.insert(
            *name,
            found.map(|it| Value::set::<String>(Vec::into_iter(values(it)))),
        );
    }
    let addresses: Vec<String> = entries(get(user, "emails"))
        .iter()
        .filter_map(value_of)
        .collect();
    let is_own = |it: &&String| folded(it) == folded(&email);
    let own = addresses.iter().find(is_own).cloned().or(primary(user));
    let others = addresses.into_iter().filter(|it| Some(it) != own.as_ref());
    shown.insert("emails", Some(Value::set(others.map(|it| folded(&it)))));
    let manager = at(user, &[ENTERPRISE, "manager"]).and_then(value_of);
    let manager = manager.map(|id| people.get(&id).map_or(id, |email| folded(email)));
    shown.insert("manager", manager.map(Value::text));
    shown.insert("groups", Some(Value::set(groups)));
    for (urn, fields) in user {
        let own = urn.to_lowercase().starts_with("urn:") && !urn.eq_ignore_ascii_case(ENTERPRISE);
        for (name, value) in fields.as_object().into_iter().flatten().filter(|_| own) {
            let value = match value {
                Json::Null => None,
                Json::Bool(flag) => Some(Value::Flag(*flag)),
                Json::Array(items) => Some(Value::set(items.iter().filter_map(value_of))),
                other => match find(urn, name).map(|(_, kind)| kind) {
                    Some(Kind::Flag) => flag(other).map(Value::Flag),
                    _ => value_of(other).map(Value::text),
                },
            };
            shown.insert(format!("{urn}.{}", snake(name)), value);
        }
    }
    account
}

/// A user that stands for an account. `manager` finds the id of the user with an e-mail.
pub(super) fn user(
    account: &Account,
    by: Address,
    manager: impl Fn(&str) -> Option<String>,
) -> Map<String, Json> {
    let email = &*account.email;
    let mut user = Map::new();
    user.insert("userName".into(), json!(email));
    if by == Address::ExternalId {
        user.insert("externalId".into(), json!(email));
    }
    let mut emails = vec![json!({ "value": email, "type": "work", "primary": true })];
    for (name, value) in account.attributes.iter() {
        let Some(value) = value else { continue };
        match (name, value) {
            ("emails", Value::Set(others)) => {
                emails.extend(others.iter().map(|it| json!({ "value": it })));
            }
            ("manager", Value::Text(email)) => {
                if let Some(id) = manager(email) {
                    put(&mut user, &[ENTERPRISE, "manager"], json!({ "value": id }));
                }
            }
            _ if value.is_empty() => {}
            (name, value) => plain(&mut user, name, value),
        }
    }
    if emails.len() > 1 || by == Address::Emails || account.email.contains('@') {
        user.insert("emails".into(), Json::Array(emails));
    }
    user.insert("active".into(), json!(account.active));
    user.insert("schemas".into(), json!([USER]));
    user
}

fn plain(user: &mut Map<String, Json>, name: &str, value: &Value) {
    let text = TEXTS.iter().find(|(known, _)| *known == name);
    let list = LISTS.iter().find(|(known, _)| *known == name);
    match (text, list, value) {
        (Some((_, path)), _, Value::Text(text)) => put(user, path, json!(**text)),
        (_, Some((_, attribute)), Value::Set(items)) => {
            let items = items.iter().map(|it| json!({ "value": it }));
            user.insert((*attribute).into(), items.collect());
        }
        _ => {
            if let Some((urn, attribute)) = name
                .rsplit_once('.')
                .filter(|(urn, _)| urn.starts_with("urn:"))
            {
                let attribute = camel(attribute);
                let kind = find(urn, &attribute).map(|(_, kind)| kind);
                let json = match (value, kind) {
                    (Value::Flag(flag), _) => json!(flag),
                    (Value::Set(items), _) => json!(items),
                    (Value::Text(text), Some(Kind::Number)) => {
                        text.parse::<i64>().map_or(json!(**text), |it| json!(it))
                    }
                    (Value::Text(text), _) => json!(**text),
                };
                put(user, &[urn, &attribute], json);
            }
        }
    }
}

fn put(user: &mut Map<String, Json>, path: &[&str], value: Json) {
    match path {
        [] => {}
        [name] => {
            let key = key_of(user, name);
            user.insert(key, value);
        }
        [head, rest @ ..] => {
            let key = key_of(user, head);
            let inner = user.entry(key).or_insert_with(|| json!({}));
            if let Some(fields) = inner.as_object_mut() {
                put(fields, rest, value);
            }
        }
    }
}

/// `cost_code` as `costCode`.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    let mut camel = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '_' => camel.extend(letters.next().map(|next| next.to_ascii_uppercase())),
            letter => camel.push(letter),
        }
    }
    camel
}

/// `costCode` as `cost_code`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
