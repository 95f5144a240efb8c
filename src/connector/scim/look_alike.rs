//! Accounts that may be somebody's though their user names are not: they are not made twice.

use std::collections::{HashMap, HashSet};

use super::Scim;
use super::wire::{Resource, get};
use crate::model::account::Account;
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::model::value::Value;

impl Scim {
    /// People without an account by `match` whose address stands in somebody's `emails`: a new
    /// account would be their second one, and a leaver's would be overlooked.
    pub(super) fn look_alikes(&self, users: &[Resource], current: &mut Current, desired: &Desired) {
        let accounts: HashSet<EmailKey<'_>> =
            current.accounts.iter().map(Account::email_key).collect();
        let mut holders: HashMap<EmailKey<'static>, &str> = HashMap::new();
        for user in users {
            for address in user.values("emails") {
                let name = user.text("userName").unwrap_or_default();
                holders.insert(EmailKey::of(&address).into_owned(), name);
            }
        }
        for want in desired.person_keys().filter(|want| want.id.is_none()) {
            if want
                .emails()
                .any(|email| accounts.contains(&EmailKey::of(email)))
            {
                continue;
            }
            let key = EmailKey::of(want.email);
            let Some(name) = holders.get(&key) else {
                continue;
            };
            let name = self.api.clean(name);
            let why = format!(
                "the account {name} has the address {} among its e-mails; if it is this person's, \
                 set `match: emails`, or give its id",
                want.email
            );
            if want.access.granted() {
                current.refused.insert(key.into_owned(), why);
            } else {
                current
                    .notices
                    .push(format!("{} left, and {why}", want.email));
            }
        }
        self.look_alikes_by_name(users, current, desired);
    }

    /// People without an account whose full name, and the beginning of whose address, somebody has
    /// who shows no address at all: a server that makes user names of its own hands out another
    /// one each time.
    fn look_alikes_by_name(&self, users: &[Resource], current: &mut Current, desired: &Desired) {
        let known: HashSet<EmailKey<'_>> =
            current.accounts.iter().map(Account::email_key).collect();
        let claimed: HashSet<EmailKey<'_>> = desired
            .person_keys()
            .flat_map(|want| want.emails().map(EmailKey::of).collect::<Vec<_>>())
            .collect();
        let mut named: HashMap<(String, String), Vec<&str>> = HashMap::new();
        for user in users.iter().filter(|user| user.values("emails").is_empty()) {
            let login = user.text("userName").unwrap_or_default();
            let name = user.get("name").and_then(serde_json::Value::as_object);
            let part = |part| get(name?, part)?.as_str();
            if let (Some(given), Some(family)) = (part("givenName"), part("familyName"))
                && !claimed.contains(&EmailKey::of(login))
            {
                let key = (full(given, family), head(login));
                named.entry(key).or_default().push(login);
            }
        }
        if named.is_empty() {
            return;
        }
        for want in desired.accounts().filter(|it| it.access.granted()) {
            let part = |name| want.attributes.get(name).and_then(Value::as_text);
            let (Some(given), Some(family)) = (part("given_name"), part("family_name")) else {
                continue;
            };
            let key = EmailKey::of(&want.email);
            let has_account = want
                .person_key()
                .emails()
                .any(|it| known.contains(&EmailKey::of(it)));
            if has_account || want.id.is_some() || current.refused.contains_key(&key) {
                continue;
            }
            let local = key.as_str().split('@').next().unwrap_or_default();
            let alike = |login: &&&str| {
                let rest = login.to_lowercase();
                let rest = rest.strip_prefix(local).map(str::to_owned);
                rest.is_some_and(|it| !it.starts_with(char::is_alphanumeric))
            };
            let logins = named.get(&(full(given, family), head(local)));
            if let Some(login) = logins.into_iter().flatten().find(alike) {
                let login = self.api.clean(login);
                let why = format!(
                    "the account {login} has this person's full name, a user name that begins \
                     like the address, and no address; if it is this person's, give its id"
                );
                current.refused.insert(key.into_owned(), why);
            }
        }
    }
}

/// What a user name begins with, up to its first sign: a list of thousands of one name is not to be
/// searched for each of them.
fn head(login: &str) -> String {
    let login = login.to_lowercase();
    let mut parts = login.split(|it: char| !it.is_alphanumeric());
    parts.next().unwrap_or_default().to_owned()
}

fn full(given: &str, family: &str) -> String {
    format!("{given} {family}").to_lowercase()
}
