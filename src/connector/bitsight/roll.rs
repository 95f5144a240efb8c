//! The users of a list in our words, as they arrive: of a page nothing else is kept. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::convert;
use super::spec::ROLES;
use super::wire::User;
use crate::model::account::Account;
use crate::model::current::Directory;
use crate::model::desired::{Claim, Desired};
use crate::model::email::{EmailKey, same_email};
use crate::model::marks::{EmailMarks, Marks};
use crate::model::odd::Odd;
use crate::model::value::{Shapes, Value};

/// The place of users who are nobody's account.
const NOWHERE: usize = usize::MAX;

/// Users that were read, each once.
#[derive(Debug, Default)]
pub(super) struct Roll {
    /// In the vendor's order. Their groups are guids until [`Roll::into_accounts`].
    accounts: Vec<Account>,
    shapes: Shapes,
    ids: Marks,
    emails: EmailMarks,
    /// Addresses that several people's users share, by e-mail key.
    shared: BTreeSet<EmailKey<'static>>,
    /// The pseudo-users of company tokens without an e-mail, which are nobody's account.
    nameless: Vec<Box<str>>,
    /// Entries that cannot be understood.
    odd: Vec<Odd>,
    /// The groups that users were seen in: guid and name.
    groups: BTreeMap<Box<str>, Box<str>>,
    /// Roles that somebody holds.
    roles: BTreeSet<Box<str>>,
    /// Statuses that are not documented.
    statuses: BTreeSet<Box<str>>,
    /// What is odd about one user.
    notices: Vec<String>,
}

impl Roll {
    /// Takes the next user.
    pub(super) fn add(&mut self, user: &User) {
        self.look(user);
        // Without a directory a group is shown by its guid; the names are not known yet.
        match convert::account(user, &Directory::default()) {
            Ok(Some(account)) => self.push(account),
            Ok(None) => self.push_nameless(user.guid.clone()),
            Err(_) => {
                let names = [&user.formal_name, &user.friendly_name];
                let names = names.into_iter().flatten().flatten();
                let names: Json = names.map(|name| Json::from(&**name)).collect();
                let odd = Odd::new(format!("the user {}", user.guid), "has no email");
                self.ids.insert(&user.guid, NOWHERE);
                self.add_odd(odd.with(&names));
            }
        }
    }

    /// Takes an entry that cannot be understood.
    pub(super) fn add_odd(&mut self, odd: Odd) {
        self.odd.push(odd);
    }

    /// Entries that cannot be understood.
    pub(super) fn odd(&self) -> &[Odd] {
        &self.odd
    }

    /// Takes the users of another list; none of them is here yet.
    pub(super) fn append(&mut self, more: Self) {
        let Self {
            accounts,
            shapes: _,
            ids: _,
            emails: _,
            shared: _,
            nameless,
            odd,
            groups,
            roles,
            statuses,
            notices,
        } = more;
        self.odd.extend(odd);
        for account in accounts {
            self.push(account);
        }
        for guid in nameless {
            self.push_nameless(guid);
        }
        for (guid, name) in groups {
            self.groups.entry(guid).or_insert(name);
        }
        self.roles.extend(roles);
        self.statuses.extend(statuses);
        self.notices.extend(notices);
    }

    fn push_nameless(&mut self, guid: Box<str>) {
        self.ids.insert(&guid, NOWHERE);
        self.nameless.push(guid);
    }

    fn push(&mut self, account: Account) {
        let place = self.accounts.len();
        if let Some(guid) = &account.id {
            self.ids.insert(guid, place);
        }
        let before = self.emails.insert(&account.email, place);
        if before.is_some() && account.shield.is_none() {
            self.shared.insert(account.email_key().into_owned());
        }
        self.accounts.push(account.pack(&mut self.shapes));
    }

    fn look(&mut self, user: &User) {
        if let Some(group) = user.group.iter().flatten().next()
            && !self.groups.contains_key(group.guid())
        {
            let name = group.name().unwrap_or_else(|| group.guid());
            self.groups.insert(group.guid().into(), name.into());
        }
        let slugs = convert::role_slugs(user);
        if slugs.len() > 1 {
            self.notices.push(format!(
                "the user {} holds several roles ({}); the API takes one, so settle it in Bitsight",
                user.email.as_deref().unwrap_or(&user.guid),
                slugs.join(", ")
            ));
        }
        for slug in slugs {
            if !ROLES.contains(&slug) && !self.roles.contains(slug) {
                self.roles.insert(slug.into());
            }
        }
        if let Some(status) = user.status.as_deref()
            && !matches!(status, "Created" | "Activated" | "Deactivated")
            && !self.statuses.contains(status)
        {
            self.statuses.insert(status.into());
        }
    }

    /// Users so far.
    pub(super) fn len(&self) -> usize {
        self.accounts.len() + self.nameless.len() + self.odd.len()
    }

    /// Their accounts; those of company tokens without an e-mail are nobody's.
    pub(super) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Whether the user with that guid is here.
    pub(super) fn has(&self, guid: &str) -> bool {
        self.ids.contains(guid)
    }

    /// Whether it is the pseudo-user of a company token without an e-mail.
    pub(super) fn is_nameless(&self, guid: &str) -> bool {
        self.has(guid) && self.by_guid(guid).is_none()
    }

    /// The account with that guid.
    pub(super) fn by_guid(&self, guid: &str) -> Option<&Account> {
        self.accounts.get(self.ids.get(guid)?)
    }

    /// The first account with that e-mail.
    pub(super) fn by_email(&self, email: &str) -> Option<&Account> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| same_email(&account.email, email))
    }

    /// Where the account is that a person may own, by the strongest sign (roster rule 5).
    pub(super) fn place_of(&self, wanted: &Claim<'_>) -> Option<usize> {
        match wanted.id {
            Some(id) => self.ids.get(id).filter(|at| *at < self.accounts.len()),
            None => wanted.emails().find_map(|email| self.emails.get(email)),
        }
    }

    /// Whether somebody who should have access is not here.
    pub(super) fn lacks_wanted(&self, desired: &Desired<'_>) -> bool {
        let mut wanted = desired.claims().filter(|wanted| wanted.access.granted());
        wanted.any(|wanted| match wanted.id {
            Some(id) => !self.has(id),
            None => !self.emails.contains(wanted.email),
        })
    }

    /// The groups that users were seen in: guid and name.
    pub(super) fn groups(&self) -> &BTreeMap<Box<str>, Box<str>> {
        &self.groups
    }

    /// Whether a role is documented, or somebody holds it.
    pub(super) fn knows_role(&self, role: &str) -> bool {
        ROLES.contains(&role) || self.roles.contains(role)
    }

    /// Addresses that several people's users share but for letter case: matching them is a guess.
    pub(super) fn doubles(&self) -> Vec<String> {
        let mut doubles = Vec::new();
        for email in &self.shared {
            let people = self.accounts.iter().filter(|it| it.shield.is_none());
            let of_email = people.filter(|account| account.email_key() == *email);
            let guids: Vec<&str> = of_email.filter_map(|it| it.id.as_deref()).collect();
            if guids.len() > 1 {
                let guids = guids.join(", ");
                doubles.push(format!("several users have the email {email}: {guids}"));
            }
        }
        doubles
    }

    /// What is odd about the users.
    pub(super) fn notices(&self) -> Vec<String> {
        let statuses = self
            .statuses
            .iter()
            .map(|status| format!("the status {status} is not documented and counts as access"));
        self.notices.iter().cloned().chain(statuses).collect()
    }

    /// Shows groups by their names.
    pub(super) fn name_groups(&mut self, directory: &Directory) {
        let mut names: HashMap<Box<str>, Value> = HashMap::new();
        for account in &mut self.accounts {
            let group = account.attributes.get("group").and_then(Option::as_ref);
            let Some(guid) = group.and_then(Value::as_text) else {
                continue;
            };
            let name = match names.get(guid) {
                Some(name) => name.clone(),
                None => {
                    let name = Value::text(directory.display_id(guid));
                    names.insert(guid.into(), name.clone());
                    name
                }
            };
            account.attributes.insert("group", Some(name));
            let named = std::mem::replace(account, Account::new(""));
            *account = named.pack(&mut self.shapes);
        }
    }

    /// Ends the list; what only helps to look into it goes away.
    pub(super) fn into_accounts(self) -> Vec<Account> {
        self.accounts
    }

    /// Adds to the accounts in these places what a person should know first.
    pub(super) fn caution(&mut self, place: usize, text: &str) {
        if let Some(account) = self.accounts.get_mut(place) {
            account.cautions.push(text.into());
        }
    }
}
