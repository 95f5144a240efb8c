//! Accounts that several people have a claim on: neither of them gets such an account.
//!
//! An id or an earlier e-mail is a claim that anybody can write. Where the account's address is
//! somebody else's by the same roster, one of both is wrong, and only people can tell which: held on
//! one side alone, the rightful owner could be the one who waits.

use super::{Index, Match};
use crate::model::account::Account;
use crate::model::desired::PersonKey;
use crate::model::email::same_email;

impl Index<'_> {
    /// Holds both sides where an account that was given to somebody may be somebody else's.
    ///
    /// Who has another account holds that one, and no claim of an earlier e-mail any more. Neither
    /// does a leaver, against whoever has the address now: addresses are given out again.
    pub(super) fn contest(&self, desired: &[PersonKey<'_>], matches: &mut [Match]) {
        let plain = |it: &PersonKey<'_>| {
            it.id.is_none() && it.login.is_none() && it.previous_emails.is_empty()
        };
        if desired.iter().all(plain) {
            return;
        }
        let claims = self.claimants(desired);
        let mut contests = Vec::new();
        for (place, found) in matches.iter().enumerate() {
            let Match::Account(at) = found else {
                continue;
            };
            let by_address = same_email(desired[place].email, &self.accounts[*at].email);
            let contests_it = |other: &usize| {
                let has_another = matches!(matches[*other], Match::Account(_));
                *other != place && !has_another && (!by_address || desired[*other].access.granted())
            };
            let others = claims[*at].iter().copied().filter(contests_it);
            let mut people: Vec<usize> = others.collect();
            if !people.is_empty() {
                people.push(place);
                contests.push((*at, people));
            }
        }
        // Who is in several of them is told of the first account.
        contests.sort_unstable();
        for (at, people) in contests.into_iter().rev() {
            let account = &self.accounts[at];
            let mut claims: Vec<String> = people
                .iter()
                .map(|place| claim(&desired[*place], account))
                .collect();
            claims.sort_unstable();
            let why = format!(
                "the account {} ({}) is claimed by {}; nobody gets it before the roster says \
                 whose it is: correct the id, the login or the previous_emails of the other",
                account.id.as_deref().unwrap_or("without an id"),
                account.email,
                claims.join(" and by "),
            );
            for place in people {
                matches[place] = Match::Contested(at, why.clone());
            }
        }
    }
}

/// `ada@example.com (by its id)`
fn claim(claim: &PersonKey<'_>, account: &Account) -> String {
    let by_id = claim.id.is_some() && claim.id == account.id.as_deref();
    let has_login = |it: &str| account.login().is_some_and(|login| same_email(login, it));
    let by_login = claim.login.is_some_and(has_login);
    let by = if by_id {
        "its id"
    } else if same_email(claim.email, &account.email) {
        "its e-mail"
    } else if by_login {
        "its login"
    } else {
        "an earlier e-mail"
    };
    format!("{} (by {by})", claim.email)
}
