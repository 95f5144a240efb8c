//! The account of one action, among many that are asked for.

use super::Index;
use crate::model::account::Account;

impl<'a> Index<'a> {
    /// The account with that id, else the first with one of these e-mails.
    pub fn find(&self, id: Option<&str>, emails: &[&str]) -> Option<&'a Account> {
        let by_id = id.and_then(|id| self.with_id(id).first().copied());
        let by_email = || {
            let places = emails.iter().flat_map(|email| self.emails.get(email));
            places.map(|(_, at)| *at).min()
        };
        by_id.or_else(by_email).map(|at| &self.accounts[at])
    }

    /// The first account that has that id, or, where one of the two has none, that e-mail.
    pub fn find_alike(&self, id: Option<&str>, email: &str) -> Option<&'a Account> {
        let by_id = id.into_iter().flat_map(|id| self.with_id(id));
        let by_email = self.emails.get(email).iter().map(|(_, at)| *at);
        let by_email = by_email.filter(|at| id.is_none() || self.accounts[*at].id.is_none());
        by_id.chain(by_email).min().map(|at| &self.accounts[at])
    }
}
