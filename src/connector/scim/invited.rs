//! Accounts that are off until their person accepts an invitation: made once, then left in peace.
//!
//! Nothing in a user tells an invitation from an account that somebody switched off. So a new account
//! that stays off is remembered in the record until it is seen on, is switched off, or is gone;
//! `without: [active]` says so of all.

use std::collections::HashSet;

use super::Scim;
use super::goal::ACTIVE;
use super::setting;
use crate::http::Permit;
use crate::model::account::Account;
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::state::record::{Accounts, Entry, Pending};

impl Scim {
    /// Takes accounts that should be on and wait for their person as on. Returns what is to be said
    /// of it.
    pub(super) async fn take_invited(
        &self,
        accounts: &mut [Account],
        desired: &Desired<'_>,
    ) -> Vec<String> {
        let all = self.settings.names(setting::WITHOUT);
        let all = all.iter().any(|it| **it == *ACTIVE);
        let mut notices = Vec::new();
        let known = match self.record.exists().and_then(|there| match there {
            true => self.record.load(),
            false => Ok(Accounts::default()),
        }) {
            Ok(known) => known,
            Err(error) => {
                notices.push(format!("who was invited cannot be read: {error}"));
                Accounts::default()
            }
        };
        if !all && known.is_empty() {
            return notices;
        }
        let (mut ids, mut emails) = (HashSet::new(), HashSet::new());
        for want in desired.person_keys().filter(|want| want.access.granted()) {
            ids.extend(want.id);
            emails.extend(want.emails().map(EmailKey::of));
        }
        let mut waiting = HashSet::new();
        for account in accounts.iter_mut().filter(|it| !it.active) {
            let key = account.email_key().into_owned();
            let has_id = account.id.as_deref().is_some_and(|id| ids.contains(id));
            let invited = known.get(&key);
            let invited = invited.is_some_and(|it| it.pending.is_some() && it.id == account.id);
            if (has_id || emails.contains(&key)) && (all || invited) {
                account.active = true;
                waiting.insert(key);
            }
        }
        if !waiting.is_empty() {
            notices.push(format!(
                "{} accounts that should be on wait for their person to accept an invitation, and \
                 are left alone",
                waiting.len()
            ));
        }
        if self.permit == Permit::ReadWrite {
            let over = known.iter().filter(|(_, entry)| entry.pending.is_some());
            let over = over.filter(|(key, _)| !waiting.contains(*key));
            let over: Vec<EmailKey<'static>> = over.map(|(key, _)| key.clone()).collect();
            notices.extend(self.forget(over).await);
        }
        notices
    }

    /// Remembers a new account that is off.
    pub(super) async fn remember_invited(&self, account: &Account) -> Option<String> {
        let entry = Entry {
            email: account.email.clone(),
            id: account.id.clone(),
            pending: Some(Pending::Reactivate),
            ..Entry::default()
        };
        let key = account.email_key().into_owned();
        let kept = self.record.commit(move |accounts| {
            *accounts.slot(&key) = Some(entry.clone());
        });
        let error = kept.await.err()?;
        Some(format!("that it was invited cannot be remembered: {error}"))
    }

    /// Forgets an invitation, because the account is to be off.
    pub(super) async fn forget_invited(&self, email: &str) -> Option<String> {
        match self.record.exists() {
            Ok(true) => self.forget(vec![EmailKey::of(email).into_owned()]).await,
            _ => None,
        }
    }

    async fn forget(&self, keys: Vec<EmailKey<'static>>) -> Option<String> {
        if keys.is_empty() {
            return None;
        }
        let kept = self.record.commit(move |accounts| {
            for key in &keys {
                if accounts.get(key).is_some_and(|it| it.pending.is_some()) {
                    *accounts.slot(key) = None;
                }
            }
        });
        let error = kept.await.err()?;
        Some(format!(
            "an invitation that is over cannot be forgotten: {error}"
        ))
    }
}
