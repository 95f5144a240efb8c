//! People who are gone from the roster and may still have an account.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{HIDDEN, Leaver, LeaverState, VendorLeavers, is_hidden, unseen};
use crate::model::account::Account;
use crate::model::desired::{Access, Desired, DesiredAccount, PersonKey};
use crate::model::email::EmailKey;
use crate::model::plan::Plan;
use crate::model::spec::LOGIN;
use crate::model::value::{Attributes, Key, Value};
use crate::plan::gone::{Fate, fates};
use crate::plan::known::Known;
use crate::plan::matching::Index;
use crate::roster::history::departed::{Commit, Departed};
use crate::roster::model::{Released, VendorSettings};

/// Somebody who is gone from the roster, at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// What is known of the account.
    pub leaver: Leaver,
    /// The first commit without them; `None`: it is not committed yet.
    pub since: Option<Commit>,
    /// Set where the roster says that the account may stay.
    pub released: Option<Release>,
}

/// Why somebody who is gone may keep an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// In the roster's words.
    pub note: Option<Box<str>>,
    /// The last day on which it holds; `None`: for good.
    pub until: Option<Date>,
}

/// What is known of people who are gone.
#[derive(Debug, Clone, Copy)]
pub struct Departures<'a> {
    /// Who is gone.
    pub departed: &'a [Departed],
    /// `released` of the roster.
    pub released: &'a [Released],
    /// The day that decides whether a release holds.
    pub on: Date,
}

impl Departed {
    /// The wish that has a vendor look for an account of theirs; `None` where they had none.
    pub fn wish(&self, vendor: &str) -> Option<DesiredAccount> {
        let had = self.vendors.iter().any(|it| &**it == vendor);
        let login = self.logins.get(vendor);
        let login = login.map(|it| (Key::Borrowed(LOGIN), Value::text(&**it)));
        had.then(|| DesiredAccount {
            email: self.email.clone(),
            previous_emails: self.other_emails.clone(),
            id: self.ids.get(vendor).cloned(),
            access: Access::Left,
            attributes: login.into_iter().collect(),
            on_create: Attributes::new(),
        })
    }
}

/// Looks for accounts of people who are gone among those that nobody on the roster claims.
pub(super) fn former(
    settings: &VendorSettings,
    desired: &Desired<'_>,
    known: &Known,
    problem: Option<&str>,
    plan: &Plan,
    departures: Departures<'_>,
) -> Vec<Former> {
    if departures.departed.is_empty() {
        return Vec::new();
    }
    let claims: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let claims = Index::new(&known.current.accounts).claimants(&claims);
    let (mut emails, mut ids) = (HashMap::new(), HashMap::new());
    let mut logins: HashMap<EmailKey<'_>, &Account> = HashMap::new();
    for (account, claims) in known.current.accounts.iter().zip(claims) {
        if claims.is_empty() {
            let of_email: &mut Vec<&Account> = emails.entry(account.email_key()).or_default();
            of_email.push(account);
            if let Some(id) = account.id.as_deref() {
                ids.entry(id).or_insert(account);
            }
            if let Some(login) = account.login() {
                logins.entry(EmailKey::of(login)).or_insert(account);
            }
        }
    }
    let planned = plan.vendors.iter().find(|it| it.name == settings.name);
    let fates = planned.map(fates).unwrap_or_default();
    let mut released: HashMap<EmailKey<'_>, &Released> = HashMap::new();
    for it in departures.released {
        let key = EmailKey::of(&it.email.value);
        released.entry(key).or_insert(it);
    }
    let mut found = Vec::new();
    for it in departures.departed {
        let by_email = it
            .emails()
            .filter_map(|email| emails.get(&EmailKey::of(email)));
        let mut owned: Vec<&Account> = by_email.flatten().copied().collect();
        let by_id = it.ids.get(&settings.name);
        let by_id = by_id.and_then(|id| ids.get(&**id)).copied();
        let by_login = it.logins.get(&settings.name);
        let by_login = by_login.and_then(|login| logins.get(&EmailKey::of(login)));
        for account in by_id.into_iter().chain(by_login.copied()) {
            if !owned.iter().any(|it| std::ptr::eq(*it, account)) {
                owned.push(account);
            }
        }
        let had = it.vendors.contains(&settings.name);
        if !had && !owned.iter().any(|account| account.active) {
            continue;
        }
        let active = owned.iter().find(|account| account.active);
        let shown = active.or(owned.first()).copied();
        let (state, why) = match (active, shown) {
            (Some(account), _) if is_hidden(known, account) => {
                (LeaverState::StillActive, HIDDEN.to_owned())
            }
            (Some(account), _) => {
                let fate = fates.get(&(account.id.as_deref(), &*account.email));
                (LeaverState::StillActive, why_active(fate))
            }
            (None, Some(_)) => (LeaverState::Deactivated, String::new()),
            (None, None) => unseen(settings, known, problem, &it.email),
        };
        let gone = match &it.since {
            Some(commit) => format!("{} ({})", commit.hash, commit.day),
            None => String::from("a change that is not committed yet"),
        };
        found.push(Former {
            leaver: Leaver {
                email: it.email.clone(),
                reason: format!("gone from the roster since {gone}"),
                state,
                account_email: shown.map(|account| account.email.clone()),
                id: shown.and_then(|account| account.id.clone()),
                why,
                since: match state {
                    LeaverState::Deactivated => shown.and_then(|it| known.remembered.off.since(it)),
                    LeaverState::StillActive
                    | LeaverState::CannotBeSeen
                    | LeaverState::NoAccount => None,
                },
            },
            since: it.since.clone(),
            released: release(it, &released, departures.on),
        });
    }
    found
}

pub(super) fn why_active(fate: Option<&Fate<'_>>) -> String {
    match fate {
        Some(Fate::Ends(what)) => format!("an apply will {what} it"),
        Some(Fate::Held(why)) => format!("held: {why}"),
        Some(Fate::ByHand(why)) => format!("a step for a person: {why}"),
        Some(Fate::Spared(why)) => format!("nothing is planned: {why}"),
        None => String::from(
            "nothing is planned for who is not listed; list them again with `active: false`, or \
             under `released`",
        ),
    }
}

/// The release that holds for somebody on that day: the first of the roster that names them.
fn release(
    departed: &Departed,
    released: &HashMap<EmailKey<'_>, &Released>,
    on: Date,
) -> Option<Release> {
    let named = departed
        .emails()
        .filter_map(|email| released.get(&EmailKey::of(email)));
    let release = named.min_by_key(|it| it.email.span)?;
    let holds = release.until.is_none_or(|until| on <= until);
    holds.then(|| Release {
        note: release.note.clone(),
        until: release.until,
    })
}

impl Release {
    /// As in "may keep an account {until 2026-12-31: parental leave}".
    pub fn in_words(&self) -> String {
        let until = match self.until {
            Some(day) => format!("until {day}"),
            None => String::from("for good"),
        };
        match &self.note {
            Some(note) => format!("{until}: {note}"),
            None => until,
        }
    }
}

impl VendorLeavers {
    /// Accounts in one state, of leavers and of people who are gone and not released.
    pub fn count(&self, state: LeaverState) -> usize {
        let listed = self.leavers.iter().filter(|it| it.state == state).count();
        let former = self.former.iter().filter(|it| it.released.is_none());
        listed + former.filter(|it| it.leaver.state == state).count()
    }
}
