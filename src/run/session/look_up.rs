//! Look-ups of people whom a list does not show: it may hide who is switched off. Leavers are asked for
//! by commands that say of somebody that there is no account; whoever is to have access again under a
//! new address, by every read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};

use super::{Member, Reads, Scope, Session};
use crate::connector::{LookUp, Vendor};
use crate::model::account::{Account, AccountKey};
use crate::model::current::Current;
use crate::model::desired::{Desired, DesiredAccount, PersonKey};
use crate::model::email::{EmailKey, spellings};
use crate::model::off::{Who, is_leaver};
use crate::model::spec::ReadFrom;
use crate::plan::known::Known;
use crate::roster::history::departed::Departed;
use crate::state::gone::{self, Gone, Person};

/// Somebody to ask for.
struct Asked {
    key: EmailKey<'static>,
    id: Option<Box<str>>,
    login: Option<Box<str>>,
    emails: Vec<Box<str>>,
}

impl Asked {
    fn of(claim: &PersonKey<'_>) -> Self {
        Self {
            key: EmailKey::of(claim.email).into_owned(),
            id: claim.id.map(Box::from),
            login: claim.login.map(Box::from),
            emails: claim.emails().map(Box::from).collect(),
        }
    }

    /// All that is asked for.
    fn words(&self) -> BTreeSet<Box<str>> {
        let emails = self
            .emails
            .iter()
            .map(|it| EmailKey::of(it).as_str().into());
        let others = self.id.iter().chain(&self.login).cloned();
        emails.chain(others).collect()
    }

    /// Asks by the id, then by each address.
    async fn look(&self, vendor: &dyn Vendor) -> Result<LookUp, String> {
        let key = |id: Option<&Box<str>>, email: &str| AccountKey {
            id: id.cloned(),
            email: email.into(),
            login: self.login.clone(),
        };
        let first = self.emails.first().map_or("", |it| &**it);
        let by_id = self.id.as_ref().map(|id| key(Some(id), first));
        let by_email = self.emails.iter().map(|email| key(None, email));
        for key in by_id.into_iter().chain(by_email) {
            let found = vendor
                .look_up(&key)
                .await
                .map_err(|error| error.to_string())?;
            if found != LookUp::Nobody {
                return Ok(found);
            }
        }
        Ok(LookUp::Nobody)
    }
}

impl Session {
    /// Asks each vendor whose list has shown no account that is switched off for the leavers whom it
    /// does not show, but not for those who were not there within thirty days. Returns why what was
    /// learnt cannot be kept.
    pub async fn look_up_leavers(
        &self,
        reads: &mut Reads,
        departed: &[Departed],
        scope: &Scope,
    ) -> Vec<String> {
        let (known, mut faults) = match Gone::load(&self.state) {
            Ok(known) => (known, Vec::new()),
            Err(error) => (Gone::default(), vec![error.to_string()]),
        };
        let looks = self.members.iter().zip(reads).filter_map(|(member, read)| {
            let seen = read.as_mut().ok()?;
            may_hide(member, seen).then(|| self.look_up(member, seen, departed, scope, &known))
        });
        let kept = join_all(looks).await;
        faults.extend(kept.into_iter().filter_map(Result::err));
        faults
    }

    /// The vendors whose lists, as they were read, may hide accounts that are off.
    pub fn hiding(&self, reads: &Reads) -> BTreeSet<Box<str>> {
        let read = self.members.iter().zip(reads);
        let hiding = read.filter(|(member, read)| {
            let seen = read.as_ref();
            seen.is_ok_and(|seen| may_hide(member, seen))
        });
        hiding.map(|it| it.0.settings.name.clone()).collect()
    }

    async fn look_up(
        &self,
        member: &Member,
        seen: &mut Known,
        departed: &[Departed],
        scope: &Scope,
        known: &Gone,
    ) -> Result<(), String> {
        let Ok(vendor) = &member.vendor else {
            return Ok(());
        };
        let settings = &member.settings;
        let mut looked = seen.remembered.looked_up.take().unwrap_or_default();
        let mut asked = Vec::new();
        for it in absent(member, &seen.current, departed, scope) {
            match known.has(settings, it.key.as_str(), &it.words(), self.today) {
                true => drop(looked.gone.insert(it.key)),
                false => asked.push(it),
            }
        }
        let looks = asked.iter().map(|it| it.look(vendor.as_ref()));
        let looks = stream::iter(looks).buffered(settings.limits.concurrency.max(1));
        let found: Vec<_> = looks.collect().await;
        let mut people = BTreeMap::new();
        for (it, found) in asked.iter().zip(found) {
            match found {
                Ok(LookUp::Account(account)) => {
                    looked.hidden.insert(Who::account(&account));
                    seen.current.accounts.push(*account);
                }
                Ok(LookUp::Nobody) => {
                    let person = Person {
                        asked: it.words(),
                        on: self.today,
                    };
                    people.insert(it.key.as_str().into(), person);
                    looked.gone.insert(it.key.clone());
                }
                Ok(LookUp::Unknown(why)) => drop(looked.unknown.insert(it.key.clone(), why)),
                Err(error) => {
                    let why = self.redactor.redact(&error);
                    looked.unknown.insert(it.key.clone(), why);
                }
            }
        }
        seen.remembered.looked_up = Some(looked);
        gone::keep(&self.state, settings, &people, self.today).map_err(|error| error.to_string())
    }

    /// Asks for people who are to have access and had other addresses, or have one that can be written in
    /// two ways, and of whom the list shows no account: one that is off would get a second one beside it.
    pub(super) async fn look_up_renamed(
        &self,
        member: &Member,
        wish: &Desired<'_>,
        seen: &mut Known,
    ) {
        let Ok(vendor) = &member.vendor else {
            return;
        };
        if !may_hide(member, seen) {
            return;
        }
        let people = wish.person_keys();
        // A server that knows of no other spelling would take the same address twice, too.
        let several =
            |it: &PersonKey<'_>| !it.previous_emails.is_empty() || spellings(it.email).len() > 1;
        let renamed = people.filter(|it| it.access.granted() && several(it));
        let asked = not_listed(&seen.current, renamed);
        let looks = asked.iter().map(|it| it.look(vendor.as_ref()));
        let most = member.settings.limits.concurrency.max(1);
        let found: Vec<_> = stream::iter(looks).buffered(most).collect().await;
        for (it, found) in asked.iter().zip(found) {
            match found {
                Ok(LookUp::Account(account)) => {
                    let looked = seen.remembered.looked_up.get_or_insert_default();
                    if looked.hidden.insert(Who::account(&account)) {
                        seen.current.accounts.push(*account);
                    }
                }
                // Where nobody can be asked for, the list is all that there is.
                Ok(LookUp::Nobody | LookUp::Unknown(_)) => {}
                Err(error) => {
                    let error = self.redactor.redact(&error);
                    let why = format!(
                        "the list shows no account of this person and may hide one that is off \
                         under an earlier address; asking for it failed: {error}"
                    );
                    seen.current.refused.insert(it.key.clone(), why);
                }
            }
        }
    }

    /// Forgets who was not there and has been seen, or was given an account, since.
    pub(super) fn no_longer_gone<'a>(
        &self,
        member: &Member,
        accounts: impl Iterator<Item = &'a Account>,
        emails: impl Iterator<Item = &'a str>,
    ) {
        let mut seen: BTreeSet<Box<str>> = BTreeSet::new();
        for account in accounts {
            seen.insert(account.email_key().as_str().into());
            seen.extend(account.id.clone());
        }
        seen.extend(emails.map(|it| EmailKey::of(it).as_str().into()));
        if let Err(error) = gone::forget(&self.state, &member.settings, &seen) {
            let vendor = &*member.settings.name;
            tracing::warn!(vendor, %error, "who was seen again is still remembered as gone");
        }
    }
}

/// Whether the list is whole, and may hide accounts that are off all the same: it has shown none.
fn may_hide(member: &Member, seen: &Known) -> bool {
    let current = &seen.current;
    let shown = |account: &Account| {
        let looked_up = seen.remembered.looked_up.as_ref();
        !looked_up.is_some_and(|it| it.hidden.contains(&Who::account(account)))
    };
    let mut off = current.accounts.iter().filter(|it| !it.active);
    member.settings.spec.read == ReadFrom::Api
        && current.proof.missing.is_empty()
        && current.searched.is_none()
        && !off.any(shown)
}

/// Those of whom the list shows nobody.
fn not_listed<'a>(current: &Current, people: impl Iterator<Item = PersonKey<'a>>) -> Vec<Asked> {
    let ids = current.accounts.iter().filter_map(|it| it.id.as_deref());
    let ids: HashSet<&str> = ids.collect();
    let emails: HashSet<EmailKey<'_>> = current.accounts.iter().map(Account::email_key).collect();
    let absent = people.filter(|it| {
        let mut all = it.emails();
        !it.id.is_some_and(|id| ids.contains(id))
            && !all.any(|email| emails.contains(&EmailKey::of(email)))
    });
    absent.map(|it| Asked::of(&it)).collect()
}

/// Leavers of the roster and people who are gone from it, of whom the list shows nobody.
fn absent(member: &Member, current: &Current, departed: &[Departed], scope: &Scope) -> Vec<Asked> {
    let wishes: Vec<DesiredAccount> = departed
        .iter()
        .filter_map(|it| it.wish(&member.settings.name))
        .collect();
    let listed = member
        .desired
        .person_keys()
        .filter(|it| is_leaver(it.access));
    let listed = listed.filter(|it| {
        let only = scope.people.as_ref();
        only.is_none_or(|only| only.contains(&EmailKey::of(it.email)))
    });
    let wishes = wishes.iter().map(DesiredAccount::person_key);
    not_listed(current, listed.chain(wishes))
}
