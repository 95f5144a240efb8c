//! Two rosters without any vendor: who comes and goes, and whose accounts become what. It is what
//! somebody can be told who must not read the vendors.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::desired::{Desired, DesiredAccount};
use crate::model::email::{EmailKey, same_email};
use crate::model::value::{Key, Value};
use crate::roster::admins::Admins;
use crate::roster::model::Roster;
use crate::roster::{desired, lost};

/// What a roster changes against another one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RosterDifference {
    /// E-mails of people who are listed now.
    pub added: Vec<Box<str>>,
    /// E-mails of people who are listed no more.
    pub removed: Vec<Box<str>>,
    /// People with another e-mail: the old one, the new one.
    pub renamed: Vec<(Box<str>, Box<str>)>,
    /// Accounts that become something else, by vendor and e-mail.
    pub accounts: Vec<AccountDifference>,
}

/// What becomes of one account.
#[derive(Debug, PartialEq, Eq)]
pub struct AccountDifference {
    /// The vendor's name in the rosters.
    pub vendor: Box<str>,
    /// The person's e-mail, as the new roster has it.
    pub email: Box<str>,
    /// Whether the person has access before and after.
    pub access: (bool, bool),
    /// Attributes before and after; of access that ends, none.
    pub changes: Vec<AttributeDifference>,
    /// What it does to the rights of an administrator, as far as the roster alone tells.
    pub administrator: Option<AdminDifference>,
}

/// What a roster does to an administrator's account. (Where only the vendor knows which roles make
/// one, `admins:` of the roster has to say so.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminDifference {
    /// Somebody becomes one.
    Becomes,
    /// The account of one goes to another e-mail.
    ChangesHands,
    /// Somebody is one no more.
    Ends,
    /// One is listed no more, which by itself takes nothing away.
    Unlisted,
}

/// An attribute, and what it is in the old and in the new roster; `None`: it is not managed.
pub type AttributeDifference = (Key, Option<Value>, Option<Value>);

/// Compares a roster with its base for a day.
pub fn roster_difference(base: &Roster, head: &Roster, on: Date) -> RosterDifference {
    let key = |email: &str| EmailKey::of(email).into_owned();
    let mut names: BTreeMap<EmailKey<'static>, EmailKey<'static>> = BTreeMap::new();
    let mut found = RosterDifference::default();
    let listed: BTreeMap<_, _> = base
        .people
        .iter()
        .map(|it| (key(&it.email.value), it))
        .collect();
    for person in &head.people {
        let now = key(&person.email.value);
        if listed.contains_key(&now) {
            continue;
        }
        let mut previous = person.previous_emails.iter().map(|it| key(&it.value));
        match previous.find_map(|old| listed.get_key_value(&old)) {
            None => found.added.push(person.email.value.clone()),
            Some((old, before)) => {
                found
                    .renamed
                    .push((before.email.value.clone(), person.email.value.clone()));
                names.insert(old.clone(), now);
            }
        }
    }
    found.removed = lost(base, head)
        .into_iter()
        .map(|it| it.email.value.clone())
        .collect();
    let vendors = base.vendors.keys().chain(head.vendors.keys());
    let vendors: std::collections::BTreeSet<&Box<str>> = vendors.collect();
    for vendor in vendors {
        let [before, after] = [base, head].map(|roster| desired(roster, vendor, on));
        // Both have a say in who is an administrator: a roster must not make one and take the rule
        // away that tells so.
        let rules = [base, head].into_iter();
        let rules = rules.filter_map(|roster| roster.vendors.get(vendor));
        let none = BTreeMap::new();
        let admins: Vec<Admins<'_>> = rules.map(|it| Admins::new(it, &none)).collect();
        let mut accounts = at_vendor(vendor, &before, &after, &names, &admins);
        found.accounts.append(&mut accounts);
    }
    found
}

fn at_vendor(
    vendor: &str,
    before: &Desired<'_>,
    after: &Desired<'_>,
    names: &BTreeMap<EmailKey<'static>, EmailKey<'static>>,
    admins: &[Admins<'_>],
) -> Vec<AccountDifference> {
    type Both = (Option<DesiredAccount>, Option<DesiredAccount>);
    let mut both: BTreeMap<EmailKey<'static>, Both> = BTreeMap::new();
    for account in before.accounts() {
        let key = EmailKey::of(&account.email).into_owned();
        let key = names.get(&key).cloned().unwrap_or(key);
        both.entry(key).or_default().0 = Some(account.into_owned());
    }
    for account in after.accounts() {
        let key = EmailKey::of(&account.email).into_owned();
        both.entry(key).or_default().1 = Some(account.into_owned());
    }
    let differences = both.into_values().filter_map(|(before, after)| {
        let has = |it: &Option<DesiredAccount>| it.as_ref().is_some_and(|it| it.access.granted());
        let access = (has(&before), has(&after));
        let email = after.as_ref().or(before.as_ref())?.email.clone();
        let administers = |it: &Option<DesiredAccount>| {
            let it = it.as_ref().filter(|it| it.access.granted());
            it.is_some_and(|it| admins.iter().any(|rule| rule.would_be(&it.attributes)))
        };
        let moved = match (&before, &after) {
            (Some(before), Some(after)) => !same_email(&before.email, &after.email),
            _ => false,
        };
        let administrator = match (administers(&before), administers(&after)) {
            (true, true) if moved => Some(AdminDifference::ChangesHands),
            (false, true) => Some(AdminDifference::Becomes),
            (true, false) if after.is_none() => Some(AdminDifference::Unlisted),
            (true, false) => Some(AdminDifference::Ends),
            _ => None,
        };
        let changes = match access {
            (_, true) => changes(before.as_ref().filter(|_| access.0), after.as_ref()),
            (_, false) => Vec::new(),
        };
        let differs = access.0 != access.1 || !changes.is_empty() || administrator.is_some();
        differs.then(|| AccountDifference {
            vendor: vendor.into(),
            email,
            access,
            changes,
            administrator,
        })
    });
    differences.collect()
}

fn changes(
    before: Option<&DesiredAccount>,
    after: Option<&DesiredAccount>,
) -> Vec<AttributeDifference> {
    let mut all: BTreeMap<String, (Option<Value>, Option<Value>)> = BTreeMap::new();
    for (name, value) in before.iter().flat_map(|it| it.attributes.iter()) {
        all.entry(name.to_owned()).or_default().0 = Some(value.clone());
    }
    for (name, value) in after.iter().flat_map(|it| it.attributes.iter()) {
        all.entry(name.to_owned()).or_default().1 = Some(value.clone());
    }
    let changed = all
        .into_iter()
        .filter(|(_, (before, after))| before != after);
    changed
        .map(|(name, (before, after))| (Key::Owned(name), before, after))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{RosterFile, parse};

    fn roster(people: &str) -> Roster {
        let file = RosterFile {
            path: String::from("roster.yaml"),
            folder: std::path::PathBuf::new(),
            text: format!(
                "version: 1\nvendors: {{bitsight: {{auth: {{token: {{env: A}}}}}}}}\npeople: {people}\n"
            ),
        };
        let parsed = parse(vec![file], &crate::connector::specs());
        assert!(parsed.is_usable(), "{:?}", parsed.diagnostics);
        parsed.roster
    }

    #[test]
    fn what_becomes_of_an_administrator_is_told() {
        let with = |email: &str, role: &str| {
            roster(&format!(
                "[{{email: {email}, previous_emails: [was@x.com], accounts: {{bitsight: {{role: {role}}}}}}}]"
            ))
        };
        let base = with("ada@x.com", "customer_admin");
        let renamed = "[{email: eve@x.com, previous_emails: [ada@x.com], accounts: {bitsight: {role: customer_admin}}}]";
        let day = Date::constant(2026, 1, 5);
        let made = roster_difference(&roster("[]"), &base, day).accounts;
        assert_eq!(made[0].administrator, Some(AdminDifference::Becomes));
        for (head, told) in [
            (with("ada@x.com", "customer_admin"), None),
            (with("ADA@x.com", "customer_admin"), None),
            (
                with("ada@x.com", "customer_user"),
                Some(AdminDifference::Ends),
            ),
            (roster("[]"), Some(AdminDifference::Unlisted)),
            (roster(renamed), Some(AdminDifference::ChangesHands)),
        ] {
            let found = roster_difference(&base, &head, day);
            let found: Vec<_> = found.accounts.iter().map(|it| it.administrator).collect();
            assert_eq!(found, told.map(Some).into_iter().collect::<Vec<_>>());
        }
    }
}
