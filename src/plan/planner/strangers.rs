//! Accounts that nobody was matched to: strangers, and second accounts of known people.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Planner;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::desired::{DesiredAccount, PersonKey};
use crate::model::email::{EmailKey, compare_emails};
use crate::model::plan::{Level, UnlistedAccount};
use crate::plan::guard::identity;
use crate::plan::matching::Match;
use crate::plan::reason::leaver_reason;
use crate::roster::model::Unlisted;

impl Planner<'_> {
    /// Goes through the accounts that `matches` gives to nobody.
    pub(super) fn unmatched(&mut self, desired: &[PersonKey<'_>], matches: &[Match]) {
        let (all, accounts) = (self.input.desired, &self.input.known.current.accounts);
        let listed: HashSet<usize> = matches
            .iter()
            .filter_map(|found| match found {
                Match::Account(at) => Some(*at),
                Match::Missing | Match::Doubtful(_) | Match::Contested(..) => None,
            })
            .collect();
        let claims = self.index.claimants(desired);
        let unclaimed = accounts.iter().zip(&claims);
        let unclaimed = unclaimed.filter(|(_, claims)| claims.is_empty());
        self.look_alikes(unclaimed.map(|(account, _)| account));
        for (at, (account, claims)) in accounts.iter().zip(claims).enumerate() {
            if listed.contains(&at) {
                continue;
            }
            if !account.active {
                if claims.is_empty() && self.input.only.is_none() {
                    self.stranger_off(account);
                }
                continue;
            }
            if !claims.is_empty() {
                // What is held for a doubtful person tells about the account already.
                let unclear = |place: &usize| {
                    matches!(matches[*place], Match::Doubtful(_) | Match::Contested(..))
                };
                if !claims.iter().any(unclear) {
                    let people = claims.iter().map(|place| all.account(*place));
                    let people = people.collect();
                    self.second_account(account, people);
                }
            } else if self.input.only.is_none() {
                self.stranger(account);
            }
        }
    }

    /// An account with an e-mail of somebody who has another account here. It may still be used,
    /// so it is nothing to switch off unseen, and nothing to pass over when that person left.
    fn second_account(&mut self, account: &Account, mut people: Vec<Cow<'_, DesiredAccount>>) {
        let only = self.input.only;
        let in_scope = |want: &DesiredAccount| {
            only.is_none_or(|only| only.contains(&EmailKey::of(&want.email)))
        };
        people.sort_by(|one, other| compare_emails(&one.email, &other.email));
        let name = account.id.as_deref().unwrap_or(&account.email);
        if people.iter().any(|want| want.access.granted()) {
            let text = format!(
                "the account {name} ({}) is this person's as well by its e-mail; only one account \
                 is kept in line, the other one is left as it is",
                account.email
            );
            for want in people.iter().filter(|want| in_scope(want)) {
                self.notice(Level::Warning, Some(&want.email), text.clone());
            }
        } else if let Some(want) = people.into_iter().find(|want| in_scope(want)) {
            let why = self.by_hand(&format!(
                "find out whether the account {name} ({}) is this person's second one, and switch \
                 it off",
                account.email
            ));
            let reason = leaver_reason(want.access);
            let action = self.action(self.removal(), &want, Some(account), reason);
            self.route(action, account, Some(why));
        }
    }

    fn stranger(&mut self, account: &Account) {
        match self.input.settings.unlisted {
            Unlisted::Ignore => {}
            Unlisted::Report => self.unlisted(account, None),
            Unlisted::Deactivate => match self.guard.shields_stranger(account) {
                Some(why) => self.unlisted(account, Some(why)),
                None => {
                    let action = Action {
                        vendor: self.input.settings.name.clone(),
                        kind: self.removal(),
                        email: account.email.clone(),
                        account_email: Some(account.email.clone()),
                        id: account.id.clone(),
                        changes: Vec::new(),
                        reason: String::from("not in the roster"),
                        current: Some(super::digest_of(account)),
                    };
                    self.strangers.insert(identity(account));
                    self.route(action, account, self.manual_removal());
                }
            },
        }
    }

    fn unlisted(&mut self, account: &Account, why: Option<String>) {
        self.plan.unlisted.push(UnlistedAccount {
            email: account.email.clone(),
            id: account.id.clone(),
            why,
        });
    }
}
