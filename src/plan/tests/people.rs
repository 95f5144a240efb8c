//! What follows for one person: every combination of access and account, matching, renames.

use jiff::civil::date;

use crate::model::account::Account;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::spec::DeactivateMode;
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

fn with_access(access: Access) -> DesiredAccount {
    DesiredAccount {
        access,
        ..person("ada@x.com")
    }
}

#[test]
fn no_access_in_any_form_takes_an_active_account_away_and_makes_none() {
    let day = date(2026, 1, 5);
    let reasons = [
        (Access::Left, "active: false"),
        (Access::Ended(day), "ended on 2026-01-05"),
        (Access::NotYet(day), "starts on 2026-01-05"),
        (Access::Excluded, "says false"),
    ];
    for (access, reason) in reasons {
        let active = Case::new(&API, [with_access(access)], [account("ada@x.com", "1")]);
        let keeps = [account("z@x.com", "9")];
        active.check(&[&format!("deactivate ada@x.com #1 | {reason}")]);
        active
            .clone()
            .mode(DeactivateMode::Delete)
            .check(&[&format!("delete ada@x.com #1 | {reason}")]);
        active
            .mode(DeactivateMode::Manual)
            .check(&["manual deactivate ada@x.com #1 | by hand in Acme: switch the account off"]);
        Case::new(&API, [with_access(access)], [inactive("ada@x.com", "1")]).check(&[]);
        Case::new(&API, [with_access(access)], keeps)
            .unlisted(Unlisted::Ignore)
            .check(&[]);
    }
}

#[test]
fn a_missing_account_is_made_with_everything_the_roster_says() {
    let mut ada = person("ada@x.com")
        .wants("company", text("X"))
        .wants("features.fast", flag(true))
        .wants("send_email", flag(false))
        .wants("region", text("eu"));
    ada.on_create.insert("admin", flag(false));
    ada.on_create
        .insert("company", text("never: the roster decides"));
    Case::new(&API, [ada], [account("z@x.com", "9")])
        .unlisted(Unlisted::Ignore)
        .check(&["create ada@x.com, admin null > false, company null > X, \
             features.fast null > true, region null > eu, send_email null > false \
             | no account here yet"]);
}

#[test]
fn what_a_create_lacks_at_the_vendor_holds_it() {
    let others = [account("z@x.com", "9")];
    Case::new(&DEMANDING, [person("ada@x.com")], others)
        .unlisted(Unlisted::Ignore)
        .check(&["held create ada@x.com | Acme asks for company"]);
}

#[test]
fn an_account_that_is_off_is_switched_on_and_brought_in_line_at_once() {
    let ada = person("ada@x.com").wants("company", text("X"));
    let off = inactive("ada@x.com", "1").shows("company", text("Y"));
    let case = Case::new(&API, [ada], [off]);
    case.check(&["reactivate ada@x.com #1, company Y > X | switched off"]);
    case.mode(DeactivateMode::Manual)
        .check(&["manual reactivate ada@x.com #1, company Y > X | switch the account on"]);
}

#[test]
fn a_record_is_worded_as_one() {
    Case::new(&RECORD, [person("ada@x.com")], [])
        .check(&["create ada@x.com | the vendor will update the account if it is there"]);
    Case::new(&RECORD, [leaver("ada@x.com")], [])
        .check(&["warning ada@x.com | the record knows no account"]);
    let starts = with_access(Access::NotYet(date(2027, 1, 1)));
    Case::new(&RECORD, [starts], []).check(&[]);
    Case::new(&RECORD, [leaver("ada@x.com")], [Account::new("ada@x.com")])
        .check(&["deactivate ada@x.com"]);
}

#[test]
fn a_rename_is_an_update_or_a_step_for_a_person() {
    let ada = person("ada@x.com")
        .formerly("byron@x.com")
        .wants("company", text("X"));
    let had = account("Byron@x.com", "1").shows("company", text("Y"));
    Case::new(&API, [ada.clone()], [had.clone()])
        .check(&["update ada@x.com #1, company Y > X, email Byron@x.com > ada@x.com"]);
    Case::new(&FIXED_EMAIL, [ada.clone()], [had.clone()]).check(&[
        "update ada@x.com #1, company Y > X",
        "manual update ada@x.com #1, email Byron@x.com > ada@x.com | e-mails are fixed here",
    ]);
    let mut locked = had;
    locked
        .fixed
        .push(("email".into(), "it is federated".into()));
    let case = Case::new(&API, [ada], [locked]);
    case.check(&[
        "update ada@x.com #1, company Y > X",
        "manual update ada@x.com #1, email Byron@x.com > ada@x.com | it is federated",
    ]);
    assert_eq!(case.plan().read.unwrap().unchanged, 0);
}

#[test]
fn a_difference_of_letter_case_is_no_rename() {
    let case = Case::new(&API, [person("Ada@X.com")], [account(" ada@x.COM", "1")]);
    case.check(&[]);
    assert_eq!(case.plan().read.unwrap().unchanged, 1);
}

#[test]
fn a_rename_onto_an_address_that_is_taken_is_held_with_all_that_goes_with_it() {
    let ada = person("ada@x.com").by_id("1").wants("company", text("X"));
    let accounts = [
        account("byron@x.com", "1").shows("company", text("Y")),
        account("ADA@x.com", "2"),
    ];
    Case::new(&API, [ada], accounts)
        .unlisted(Unlisted::Deactivate)
        .check(&[
            "held update ada@x.com #1, company Y > X, email byron@x.com > ada@x.com \
             | the account 2 already has the e-mail ada@x.com",
            "warning ada@x.com | the account 2 (ADA@x.com)",
        ]);
}

#[test]
fn an_unclear_match_holds_what_would_have_been_done_and_touches_no_candidate() {
    let accounts = [account("ada@x.com", "1"), account("Ada@x.com", "2")];
    Case::new(&API, [person("ada@x.com")], accounts.clone())
        .unlisted(Unlisted::Deactivate)
        .check(&["held update ada@x.com | 2 accounts with the e-mail ada@x.com (1, 2)"]);
    Case::new(&API, [leaver("ada@x.com")], accounts)
        .unlisted(Unlisted::Deactivate)
        .check(&["held deactivate ada@x.com | 2 accounts"]);
    let typo = person("ada@x.com").by_id("10");
    Case::new(&API, [typo], [account("ada@x.com", "1")])
        .unlisted(Unlisted::Deactivate)
        .check(&["held update ada@x.com #10 | knows no account with the id 10"]);
}

#[test]
fn one_id_on_two_accounts_is_no_proof_and_no_match() {
    let accounts = [account("ada@x.com", "1"), account("bob@x.com", "1")];
    Case::new(
        &API,
        [leaver("ada@x.com"), person("bob@x.com").by_id("1")],
        accounts,
    )
    .check(&[
        "held deactivate ada@x.com | 2 accounts with the id 1",
        "held update bob@x.com #1 | 2 accounts with the id 1",
        "warning all | the account 1 was listed more than once",
    ]);
}

#[test]
fn a_second_account_of_somebody_is_named_and_left_alone() {
    let ada = person("ada@x.com").formerly("byron@x.com");
    let accounts = [account("ada@x.com", "1"), account("byron@x.com", "2")];
    let case = Case::new(&API, [ada.clone()], accounts.clone());
    for unlisted in [Unlisted::Ignore, Unlisted::Report, Unlisted::Deactivate] {
        case.clone()
            .unlisted(unlisted)
            .check(&["warning ada@x.com | the account 2 (byron@x.com)"]);
    }
    case.only(&["bob@x.com"]).check(&[]);
    let left = DesiredAccount {
        access: Access::Left,
        ..ada
    };
    let case = Case::new(&API, [left], accounts);
    case.check(&[
        "deactivate ada@x.com #1",
        "manual deactivate ada@x.com #2 | find out whether the account 2 (byron@x.com)",
    ]);
    case.protect("byron@x.com").check(&[
        "deactivate ada@x.com #1",
        "held deactivate ada@x.com #2 | protected",
    ]);
}

#[test]
fn only_the_people_asked_for_are_planned_and_nobody_else_becomes_a_stranger() {
    let people = [
        person("ada@x.com").wants("company", text("X")),
        person("bob@x.com").wants("company", text("X")),
    ];
    let accounts = [
        account("ada@x.com", "1").shows("company", text("Y")),
        account("bob@x.com", "2").shows("company", text("Y")),
        account("eve@x.com", "3"),
    ];
    Case::new(&API, people, accounts)
        .unlisted(Unlisted::Deactivate)
        .only(&["Bob@x.com"])
        .check(&["update bob@x.com #2, company Y > X"]);
}
