//! Accounts that the roster does not list.

use crate::model::account::Account;
use crate::model::spec::DeactivateMode;
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

fn case(strangers: impl Into<Vec<Account>>) -> Case {
    Case::new(&API, [], strangers)
}

#[test]
fn the_policy_decides_what_happens_to_a_stranger() {
    let eve = case([account("eve@x.com", "1")]);
    eve.clone().unlisted(Unlisted::Ignore).check(&[]);
    eve.clone()
        .unlisted(Unlisted::Report)
        .check(&["unlisted eve@x.com"]);
    let eve = eve.unlisted(Unlisted::Deactivate);
    eve.check(&["deactivate eve@x.com #1 | not in the roster"]);
    eve.clone()
        .mode(DeactivateMode::Delete)
        .check(&["delete eve@x.com #1"]);
    eve.mode(DeactivateMode::Manual)
        .check(&["manual deactivate eve@x.com #1 | switch the account off"]);
}

#[test]
fn a_stranger_that_is_off_is_not_mentioned() {
    for unlisted in [Unlisted::Ignore, Unlisted::Report, Unlisted::Deactivate] {
        case([inactive("eve@x.com", "1")])
            .unlisted(unlisted)
            .check(&[]);
    }
}

#[test]
fn a_protected_stranger_is_listed_and_no_more() {
    let eve = [account("Eve@x.com", "1")];
    let of = |accounts: &[Account]| case(accounts).unlisted(Unlisted::Deactivate);
    of(&eve)
        .protect("*@X.COM")
        .check(&["unlisted Eve@x.com | protected"]);
    of(&eve)
        .own("eve@x.com")
        .check(&["unlisted Eve@x.com | behind the credentials"]);
    of(&eve)
        .with(|it| it.settings.own_account = Some("eve@X.com".into()))
        .check(&["unlisted Eve@x.com | behind the credentials"]);
    for always in [true, false] {
        let bot = account("bot@x.com", "1").shield(always);
        of(&[bot]).check(&["unlisted bot@x.com | a service account that the roster does not name"]);
    }
    of(&[Account::new("")]).check(&["unlisted  | neither an id nor an e-mail"]);
}

#[test]
fn a_stranger_that_an_identity_provider_owns_is_a_step_for_a_person() {
    let eve = [account("eve@x.com", "1").managed_by("Okta")];
    case(eve)
        .unlisted(Unlisted::Deactivate)
        .check(&["manual deactivate eve@x.com #1 | managed by Okta"]);
}
