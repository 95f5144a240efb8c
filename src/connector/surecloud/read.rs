//! Reading: the record, the tenant's own list call where there is one, and whose credentials
//! these are.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::claims::Claims;
use super::memory::Listed;
use super::token::{self, TenantAddress};
use super::{SureCloud, Who, convert, memory, wire};
use crate::http::{Call, HttpError};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::current::Own;
use crate::model::email::EmailKey;

impl SureCloud {
    /// The account with that id, else the one with that e-mail, as it is known at this moment;
    /// `fresh`: where there is a list call, from it.
    pub(super) async fn account(
        &self,
        key: &AccountKey,
        fresh: bool,
    ) -> Result<Option<Account>, HttpError> {
        match &self.list {
            Some(place) if fresh => {
                let known = self.look(|entries| memory::view(entries, &self.seen().wanted))?;
                let (listed, _) = self.list(place, &known).await?;
                self.look(|entries| memory::find(entries, &self.seen().wanted, &listed, key))
            }
            _ => self.look(|entries| {
                let seen = self.seen();
                memory::find(entries, &seen.wanted, &seen.listed, key)
            }),
        }
    }

    pub(super) fn remember_list(&self, listed: BTreeMap<EmailKey<'static>, Listed>) {
        let mut seen = self.seen();
        seen.listed = listed;
        seen.saved = false;
    }

    /// The tenant's own list call, over what the record knows; and what speaks against its being
    /// whole.
    pub(super) async fn list(
        &self,
        place: &TenantAddress,
        known: &BTreeMap<EmailKey<'static>, Account>,
    ) -> Result<(BTreeMap<EmailKey<'static>, Listed>, Vec<String>), HttpError> {
        let mut call = Call::get("list users", &place.path);
        call.query.clone_from(&place.query);
        let reply = self.api.send(call).await?;
        let answer = wire::parse_users(&reply.body).map_err(|why| reply.unusable(why))?;
        let mut missing: Vec<String> = answer.more.into_iter().collect();
        let mut accounts = BTreeMap::new();
        for user in &answer.users {
            let Some(email) = user.row.text("email").filter(|email| !email.is_empty()) else {
                missing.push(String::from("the list holds a user without an e-mail"));
                continue;
            };
            let key = EmailKey::of(email).into_owned();
            let mut account = convert::account(user, known.get(&key), email);
            if user.row.flag("enabled").is_some() {
                // What the list shows settles what an unconfirmed write left open.
                account.cautions.clear();
            }
            let listed = Listed {
                account,
                id: user.row.json("userID").cloned(),
                told: user.row.flag("enabled").is_some(),
            };
            if accounts.insert(key, listed).is_some() {
                return Err(reply.unusable("it holds two users with one e-mail"));
            }
        }
        Ok((accounts, missing))
    }

    pub(super) async fn own(&self, notices: &mut Vec<String>) -> Result<Own, HttpError> {
        if let Some(email) = &self.settings.own_account {
            return Ok(Own::Email(email.clone()));
        }
        match &self.who {
            Who::Email(secret) => {
                let email = token::read(secret, &self.api).await?;
                Ok(Own::Email(email.expose_secret().trim().into()))
            }
            Who::Jwt(secret) => {
                let jwt = token::read(secret, &self.api).await?;
                let claims = Claims::of(jwt.expose_secret().trim()).unwrap_or_default();
                notices.extend(claims.warning());
                let email = claims.email().map(Into::into);
                Ok(email.map_or(Own::Unknown, Own::Email))
            }
        }
    }
}

/// The accounts of a list, by e-mail key.
pub(super) fn accounts_of(
    listed: &BTreeMap<EmailKey<'static>, Listed>,
) -> BTreeMap<EmailKey<'static>, Account> {
    let account =
        |(key, listed): (&EmailKey<'static>, &Listed)| (key.clone(), listed.account.clone());
    listed.iter().map(account).collect()
}
