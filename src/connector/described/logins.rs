//! Whom a login name stands for, where accounts are known by one.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Described;
use crate::description;
use crate::model::account::{Account, AccountKey};
use crate::model::desired::Desired;
use crate::model::email::{EmailKey, same_email};
use crate::model::spec::LOGIN;
use crate::roster::model::LOCAL_PART;

/// By what one person is sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) email: Box<str>,
    pub(super) login: Option<Box<str>>,
}

impl Who {
    /// By what an account of the list can be sought.
    pub(super) fn of(account: &Account) -> Self {
        Self {
            email: account.email.clone(),
            login: account.login().map(Box::from),
        }
    }
}

/// The people of a roster by what they are known by at the vendor.
#[derive(Debug, Default)]
pub(super) struct Logins {
    /// E-mails by login.
    emails: HashMap<EmailKey<'static>, Box<str>>,
    /// E-mails by the id that the roster gives.
    by_id: HashMap<Box<str>, Box<str>>,
    /// Logins by e-mail.
    logins: HashMap<EmailKey<'static>, Box<str>>,
}

impl Logins {
    /// Those of a roster. Who was renamed may still have the login that was made of an earlier
    /// e-mail, unless it is somebody else's by now.
    fn of(desired: &Desired<'_>, from_email: bool) -> Self {
        let mut logins = Self::default();
        for want in desired.person_keys() {
            if let Some(login) = want.login {
                logins.add(login, want.email);
            }
            if let Some(id) = want.id {
                logins.by_id.insert(id.into(), want.email.into());
            }
        }
        for want in desired.person_keys().filter(|_| from_email) {
            for (login, _) in want
                .previous_emails
                .iter()
                .filter_map(|it| it.rsplit_once('@'))
            {
                let key = EmailKey::of(login).into_owned();
                logins
                    .emails
                    .entry(key)
                    .or_insert_with(|| want.email.into());
            }
        }
        logins
    }

    fn add(&mut self, login: &str, email: &str) {
        let keys = [login, email].map(|it| EmailKey::of(it).into_owned());
        let [by_login, by_email] = keys;
        self.emails.insert(by_login, email.into());
        self.logins.insert(by_email, login.into());
    }
}

impl Described {
    /// Learns whose each login is; only where accounts have one.
    pub(super) fn learn_logins(&self, desired: &Desired<'_>) {
        if self.description.users.login.is_some() {
            let from_email = self.settings.text(LOGIN) == Some(LOCAL_PART);
            self.known().logins = Logins::of(desired, from_email);
        }
    }

    /// Learns whose one login is.
    pub(super) fn learn_login(&self, login: &str, email: &str) {
        self.known().logins.add(login, email);
    }

    /// The e-mail of the person with a login, or the login of anybody else.
    pub(super) fn whose(&self, login: Box<str>) -> Box<str> {
        let known = self.known();
        let email = known.logins.emails.get(&EmailKey::of(&login)).cloned();
        email.unwrap_or(login)
    }

    /// By what the account with a key is sought.
    pub(super) fn who(&self, key: &AccountKey) -> Who {
        let known = || {
            self.known()
                .logins
                .logins
                .get(&EmailKey::of(&key.email))
                .cloned()
        };
        Who {
            email: key.email.clone(),
            login: key.login.clone().or_else(known),
        }
    }

    /// A user without an e-mail is the person's whose login it has; anybody else goes by the login.
    /// Where an update can give it the e-mail, it is shown to lack one.
    pub(super) fn name(&self, account: &mut Account) {
        let update = self.description.users.update.as_ref();
        let can_have = update.is_some_and(|it| it.email);
        if can_have || Who::of(account).login.as_ref() != Some(&account.email) {
            return;
        }
        let known = self.known();
        let by_id = account
            .id
            .as_ref()
            .and_then(|id| known.logins.by_id.get(id));
        let by_login = || known.logins.emails.get(&account.email_key());
        if let Some(email) = by_id.or_else(by_login) {
            account.email = email.clone();
        }
    }

    /// Whether a user is who is sought: by the login, or else by the e-mail.
    pub(super) fn is(&self, user: &Json, who: &Who) -> bool {
        self.has_login(user, who) || {
            let theirs = description::email(&self.description, user);
            theirs.is_some_and(|it| same_email(&it, &who.email))
        }
    }

    /// Whether a user has the login that is sought.
    pub(super) fn has_login(&self, user: &Json, who: &Who) -> bool {
        let at = self.description.users.login.as_ref();
        let theirs = at.and_then(|at| description::key(user, at));
        match (theirs, &who.login) {
            (Some(theirs), Some(login)) => same_email(&theirs, login),
            _ => false,
        }
    }
}
