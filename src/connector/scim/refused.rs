//! People who get no new account, and why: the plan holds it.

use std::collections::BTreeMap;

use super::Scim;
use super::field::{known as names, place};
use super::known::Match;
use super::wire::USER;
use crate::model::desired::Desired;
use crate::model::email::{EmailKey, same_email};
use crate::model::value::Value;

impl Scim {
    /// What the vendor's schema requires of a new user and the roster does not give.
    pub(super) fn unmet_requirements(
        &self,
        desired: &Desired,
        refused: &mut BTreeMap<EmailKey<'static>, String>,
    ) {
        let known = self.known();
        let required: Vec<&str> = names()
            .filter(|name| !matches!(*name, "user_name" | "emails" | "groups"))
            .filter(|name| {
                place(name).is_some_and(|place| {
                    let urn = place.urn.as_deref().unwrap_or(USER);
                    let said = &known.discovered;
                    said.requires(urn, &place.attribute, place.part)
                })
            })
            .filter(|name| !known.absent.contains(*name))
            .collect();
        if required.is_empty() {
            return;
        }
        for want in desired.accounts() {
            let lacking: Vec<&str> = required
                .iter()
                .copied()
                .filter(|name| want.initial(name).is_none_or(Value::is_empty))
                .collect();
            if !lacking.is_empty() {
                let why = format!(
                    "the vendor's schema requires {}, and the roster does not set it",
                    lacking.join(" and ")
                );
                refused
                    .entry(EmailKey::of(&want.email).into_owned())
                    .or_insert(why);
            }
        }
    }

    /// People who cannot get a new account as the roster describes it.
    pub(super) fn refused(&self, desired: &Desired) -> BTreeMap<EmailKey<'static>, String> {
        let name = match self.by() {
            Match::UserName => "user_name",
            Match::ExternalId => "external_id",
            Match::Emails => return BTreeMap::new(),
        };
        let people = desired.accounts().filter(|account| {
            let set = account.attributes.get(name).and_then(Value::as_text);
            set.is_some_and(|set| !same_email(set, &account.email))
        });
        let why = format!(
            "`{name}` holds the e-mail at {}, and the roster gives another one; leave it out, or \
             choose another `match`",
            self.settings.name
        );
        people
            .map(|account| (EmailKey::of(&account.email).into_owned(), why.clone()))
            .collect()
    }
}
