//! Which account belongs to which person (roster rule 5).

use std::collections::HashMap;

use super::account::{Account, email_key};
use super::desired::DesiredAccount;

/// What was found for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// This account, by its place in the list of accounts.
    Account(usize),
    /// None: there is no such account.
    Missing,
    /// It cannot be told, or must not be: the action is held for this reason.
    Doubtful(String),
}

/// One [`Match`] for each desired account, in the same order.
///
/// An id decides alone. Otherwise every e-mail is matched before any earlier e-mail is, so that
/// an account never goes to the person who had the address once instead of the one who has it now.
pub fn match_accounts(desired: &[DesiredAccount], accounts: &[Account]) -> Vec<Match> {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut by_email: HashMap<String, Vec<usize>> = HashMap::with_capacity(accounts.len());
    for (at, account) in accounts.iter().enumerate() {
        if let Some(id) = &account.id {
            by_id.insert(id, at);
        }
        by_email.entry(account.email_key()).or_default().push(at);
    }
    let mut taken: HashMap<usize, &str> = HashMap::new();
    let mut matches: Vec<Option<Match>> = vec![None; desired.len()];

    for (want, slot) in desired.iter().zip(&mut matches) {
        let found = match &want.id {
            Some(id) => match by_id.get(&**id) {
                Some(at) => claim(*at, want, &mut taken),
                None => Match::Doubtful(format!(
                    "the vendor knows no account with the id {id} that the roster gives; \
                     correct the id, or leave it out so that the e-mail matches"
                )),
            },
            None => match by_email.get(&email_key(&want.email)).map(Vec::as_slice) {
                Some([at]) => claim(*at, want, &mut taken),
                Some(several) => Match::Doubtful(ambiguous(&want.email, several, accounts)),
                None => continue,
            },
        };
        *slot = Some(found);
    }
    for (want, slot) in desired.iter().zip(&mut matches) {
        if slot.is_none() {
            *slot = Some(by_previous(want, &by_email, accounts, &mut taken));
        }
    }
    matches
        .into_iter()
        .map(|found| found.unwrap_or(Match::Missing))
        .collect()
}

fn by_previous<'a>(
    want: &'a DesiredAccount,
    by_email: &HashMap<String, Vec<usize>>,
    accounts: &[Account],
    taken: &mut HashMap<usize, &'a str>,
) -> Match {
    for previous in &want.previous_emails {
        match by_email.get(&email_key(previous)).map(Vec::as_slice) {
            // Somebody else has that address now: it says nothing about this person any more.
            Some([at]) if taken.contains_key(at) => {}
            Some([at]) => return claim(*at, want, taken),
            Some(several) => return Match::Doubtful(ambiguous(previous, several, accounts)),
            None => {}
        }
    }
    Match::Missing
}

fn claim<'a>(at: usize, want: &'a DesiredAccount, taken: &mut HashMap<usize, &'a str>) -> Match {
    match taken.get(&at) {
        Some(other) => Match::Doubtful(format!(
            "the account that matches already belongs to {other} in the roster"
        )),
        None => {
            taken.insert(at, &want.email);
            Match::Account(at)
        }
    }
}

fn ambiguous(email: &str, several: &[usize], accounts: &[Account]) -> String {
    let ids: Vec<&str> = several
        .iter()
        .map(|at| accounts[*at].id.as_deref().unwrap_or("no id"))
        .collect();
    format!(
        "the vendor has {} accounts with the e-mail {email} ({}); give the right one's id in the roster",
        several.len(),
        ids.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::desired::Access;
    use crate::reconcile::value::Attributes;

    fn want(email: &str, previous: &[&str], id: Option<&str>) -> DesiredAccount {
        DesiredAccount {
            email: email.into(),
            previous_emails: previous.iter().map(|p| (*p).into()).collect(),
            id: id.map(Into::into),
            access: Access::Granted,
            attributes: Attributes::new(),
            on_create: Attributes::new(),
        }
    }

    fn have(email: &str, id: &str) -> Account {
        Account {
            id: Some(id.into()),
            ..Account::new(email)
        }
    }

    #[test]
    fn an_email_matches_in_any_letter_case() {
        let found = match_accounts(&[want("Ada@X.com", &[], None)], &[have(" ada@x.COM", "1")]);
        assert_eq!(found, [Match::Account(0)]);
    }

    #[test]
    fn an_id_decides_alone_and_an_unknown_one_is_doubtful() {
        let accounts = [have("ada@x.com", "1"), have("old@x.com", "2")];
        let found = match_accounts(&[want("ada@x.com", &[], Some("2"))], &accounts);
        assert_eq!(found, [Match::Account(1)]);
        let found = match_accounts(&[want("ada@x.com", &[], Some("9"))], &accounts);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("id 9")));
    }

    #[test]
    fn the_present_owner_of_an_address_comes_before_the_former_one() {
        // The former owner stands first in the roster and still must not get the account.
        let desired = [
            want("ada.new@x.com", &["shared@x.com"], None),
            want("shared@x.com", &[], None),
        ];
        let found = match_accounts(&desired, &[have("shared@x.com", "1")]);
        assert_eq!(found, [Match::Missing, Match::Account(0)]);
    }

    #[test]
    fn an_earlier_email_matches_when_the_new_one_does_not() {
        let desired = [want("new@x.com", &["older@x.com", "old@x.com"], None)];
        let found = match_accounts(&desired, &[have("OLD@x.com", "1")]);
        assert_eq!(found, [Match::Account(0)]);
    }

    #[test]
    fn two_accounts_with_one_email_are_doubtful() {
        let accounts = [have("a@x.com", "1"), have("A@x.com", "2")];
        let found = match_accounts(&[want("a@x.com", &[], None)], &accounts);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("1, 2")));
    }

    #[test]
    fn one_account_is_never_given_to_two_people() {
        let desired = [want("a@x.com", &[], Some("1")), want("b@x.com", &[], None)];
        let found = match_accounts(&desired, &[have("b@x.com", "1")]);
        assert_eq!(found[0], Match::Account(0));
        assert!(matches!(&found[1], Match::Doubtful(why) if why.contains("a@x.com")));
    }
}
