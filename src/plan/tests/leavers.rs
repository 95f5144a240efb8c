//! What is told about leavers: never "no access" without having seen it.

use crate::model::account::Account;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::digest::Digest;
use crate::model::email::EmailKey;
use crate::model::off::Who;
use crate::model::plan::Plan;
use crate::model::spec::DeactivateMode;
use crate::plan::known::LookedUp;
use crate::plan::leavers::{Departures, Leaver, LeaverState, VendorLeavers, vendor_leavers};
use crate::plan::testing::*;
use crate::roster::diagnostic::Span;
use crate::roster::history::departed::{Commit, Departed};
use crate::roster::model::{Released, Spanned, Unlisted};

fn look(case: &Case, error: Option<&str>) -> VendorLeavers {
    let (departed, released) = (&[][..], &[][..]);
    let on = jiff::civil::date(2026, 1, 5);
    look_at(
        case,
        error,
        Departures {
            departed,
            released,
            on,
        },
    )
}

fn look_at(case: &Case, error: Option<&str>, departures: Departures<'_>) -> VendorLeavers {
    let desired = Desired::listed(case.settings.name.clone(), case.desired.clone());
    let plan = Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: jiff::civil::date(2026, 1, 5),
        roster: Digest::of(&"roster"),
        people: case.desired.len(),
        vendors: vec![case.plan()],
        attention: crate::model::attention::Attention::default(),
        ending: Vec::new(),
    };
    let known = case.known();
    let read = match error {
        None => Ok(&known),
        Some(error) => Err(error),
    };
    vendor_leavers(
        &case.settings,
        &desired,
        read,
        &plan,
        case.only.as_ref(),
        case.allowed,
        departures,
    )
}

/// `state email: why`, where a part of the reason is enough.
#[track_caller]
fn check(case: &Case, expected: &[(LeaverState, &str, &str)]) {
    let found = look(case, None).leavers;
    let fits = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, (state, email, why))| {
                found.state == *state && &*found.email == *email && found.why.contains(why)
            });
    assert!(fits, "{found:#?}");
}

fn with(email: &str, access: Access) -> DesiredAccount {
    DesiredAccount {
        access,
        ..person(email)
    }
}

/// Somebody who is there, so that the list is not empty.
fn bystander() -> Account {
    account("somebody@x.com", "0")
}

/// Somebody who is off, so that the list is shown to hold such accounts.
fn switched_off() -> Account {
    inactive("off@x.com", "99")
}

#[test]
fn every_state_has_its_words() {
    let words = LeaverState::ALL.map(LeaverState::as_str);
    assert_eq!(
        words,
        [
            "still active",
            "cannot be seen",
            "deactivated",
            "no account"
        ]
    );
}

#[test]
fn everybody_without_access_is_listed_but_who_has_not_started() {
    let day = jiff::civil::date(2026, 1, 1);
    let desired = [
        leaver("d@x.com"),
        with("c@x.com", Access::Ended(day)),
        with("b@x.com", Access::Excluded),
        with("a@x.com", Access::NotYet(day)),
        person("somebody@x.com"),
    ];
    let case = Case::new(&API, desired, [bystander(), inactive("C@x.com", "3")]);
    check(
        &case,
        &[
            (LeaverState::NoAccount, "b@x.com", ""),
            (LeaverState::Deactivated, "c@x.com", ""),
            (LeaverState::NoAccount, "d@x.com", ""),
        ],
    );
    let found = look(&case, None).leavers;
    assert_eq!(found[1].account_email.as_deref(), Some("C@x.com"));
    assert_eq!(found[1].reason, "access ended on 2026-01-01");
}

#[test]
fn an_active_account_comes_with_what_the_plan_does_about_it() {
    let case = Case::new(
        &API,
        [leaver("ada@x.com")],
        [bystander(), account("ada@x.com", "1")],
    );
    let active = |why: &'static str| [(LeaverState::StillActive, "ada@x.com", why)];
    check(&case, &active("an apply will deactivate it"));
    check(
        &case.clone().protect("ada@x.com"),
        &active("held: ada@x.com is protected"),
    );
    check(
        &case.clone().mode(DeactivateMode::Manual),
        &active("a step for a person: by hand"),
    );
    check(
        &case.mode(DeactivateMode::Delete),
        &active("an apply will delete it"),
    );
}

#[test]
fn a_second_account_and_one_under_an_earlier_address_are_not_missed() {
    let accounts = [inactive("new@x.com", "1"), account("old@x.com", "2")];
    let case = Case::new(&API, [leaver("new@x.com").formerly("old@x.com")], accounts);
    check(
        &case,
        &[(LeaverState::StillActive, "new@x.com", "step for a person")],
    );
    // The address has another owner now, whose account says nothing about the leaver.
    let desired = [
        leaver("new@x.com").formerly("old@x.com"),
        person("old@x.com"),
    ];
    check(
        &Case::new(&API, desired, [account("old@x.com", "2"), switched_off()]),
        &[(LeaverState::NoAccount, "new@x.com", "")],
    );
}

#[test]
fn nothing_is_vouched_for_that_was_not_seen() {
    let case = Case::new(&API, [leaver("ada@x.com")], [bystander(), switched_off()]);
    check(&case, &[(LeaverState::NoAccount, "ada@x.com", "")]);
    let unseen = |why: &'static str| [(LeaverState::CannotBeSeen, "ada@x.com", why)];
    let cut = case.clone().with(|it| {
        it.current
            .proof
            .missing
            .push(String::from("page 2 is missing"));
    });
    check(&cut, &unseen("page 2 is missing"));
    assert!(look(&cut, None).problem.is_some());
    let empty = case.clone().with(|it| it.current.accounts.clear());
    check(
        &empty,
        &unseen("the list is empty; if nobody has an account there yet: --allow-empty acme"),
    );
    let wrong_id = case.clone().with(|it| it.desired[0].id = Some("9".into()));
    // Neither the id nor an address is in a complete list: the account was deleted.
    check(&wrong_id, &[(LeaverState::NoAccount, "ada@x.com", "")]);
    let recorded = case.clone().with(|it| it.settings.spec = &RECORD);
    check(&recorded, &unseen("no list of accounts"));
    assert_eq!(look(&recorded, None).problem, None);

    let down = look(&case, Some("GET /users failed"));
    assert_eq!(down.problem.as_deref(), Some("GET /users failed"));
    assert_eq!(down.accounts, None);
    let [Leaver { state, why, .. }] = &down.leavers[..] else {
        panic!("{down:?}");
    };
    assert_eq!(
        (*state, why.as_str()),
        (LeaverState::CannotBeSeen, "GET /users failed")
    );
}

#[test]
fn a_list_that_shows_nobody_off_vouches_only_for_who_was_looked_up() {
    let case = Case::new(&API, [leaver("ada@x.com")], [bystander()]);
    let unknown = [(LeaverState::CannotBeSeen, "ada@x.com", "look there by hand")];
    check(&case, &unknown);
    let gone = [departed("eve@x.com", &[], None)];
    let former = [(LeaverState::CannotBeSeen, "eve@x.com", "may hide those")];
    check_former(&case, &gone, &former);

    let looked = |gone: &[&str], hidden: &[Account], why: &str| {
        let mut looked = LookedUp::default();
        looked
            .gone
            .extend(gone.iter().map(|it| EmailKey::of(it).into_owned()));
        looked
            .unknown
            .insert(EmailKey::of("ada@x.com").into_owned(), why.into());
        looked.hidden = hidden.iter().map(Who::account).collect();
        case.clone().with(|it| {
            it.current.accounts.extend(hidden.iter().cloned());
            it.remembered.looked_up = Some(looked);
        })
    };
    let none = [(LeaverState::NoAccount, "ada@x.com", "")];
    check(&looked(&["Ada@X.com"], &[], ""), &none);
    // A look-up of somebody else that shows an account that is off says nothing of Ada.
    let others = looked(&[], &[inactive("eve@x.com", "5")], "HTTP 500");
    check(
        &others,
        &[(LeaverState::CannotBeSeen, "ada@x.com", "(HTTP 500)")],
    );
    check_former(
        &others,
        &gone,
        &[(LeaverState::Deactivated, "eve@x.com", "")],
    );
    let hidden = looked(&[], &[account("ada@x.com", "5")], "");
    let by_hand = [(
        LeaverState::StillActive,
        "ada@x.com",
        "switch it off by hand",
    )];
    check(&hidden, &by_hand);
}

#[test]
fn an_account_that_may_be_a_leavers_is_still_active() {
    let accounts = [account("a@x.com", "1"), account("A@x.com", "2")];
    let case = Case::new(&API, [leaver("a@x.com")], accounts);
    check(
        &case,
        &[(
            LeaverState::StillActive,
            "a@x.com",
            "held: the vendor has 2 accounts",
        )],
    );
}

#[test]
fn a_scope_leaves_others_out() {
    let people = [leaver("a@x.com"), leaver("b@x.com")];
    let case = Case::new(&API, people, [bystander(), switched_off()]);
    check(
        &case.only(&["B@x.com"]),
        &[(LeaverState::NoAccount, "b@x.com", "")],
    );
}

fn departed(email: &str, other: &[&str], id: Option<&str>) -> Departed {
    Departed {
        email: email.into(),
        other_emails: other.iter().map(|email| Box::from(*email)).collect(),
        ids: id
            .map(|id| ("acme".into(), id.into()))
            .into_iter()
            .collect(),
        logins: std::collections::BTreeMap::new(),
        vendors: vec!["acme".into()],
        since: Some(Commit {
            hash: "1a2b3c4d5e".into(),
            day: jiff::civil::date(2026, 1, 3),
        }),
    }
}

/// `state email: why`, of people who are gone.
#[track_caller]
fn check_former(case: &Case, gone: &[Departed], expected: &[(LeaverState, &str, &str)]) {
    let on = jiff::civil::date(2026, 1, 5);
    let departures = Departures {
        departed: gone,
        released: &[],
        on,
    };
    let found = look_at(case, None, departures).former;
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(it, (state, email, why))| {
            let it = &it.leaver;
            it.state == *state && &*it.email == *email && it.why.contains(why)
        });
    assert!(fits, "{found:#?}");
}

#[test]
fn who_is_gone_and_has_an_account_is_found_by_any_address_and_by_id() {
    let ada = || [departed("ada@x.com", &["old@x.com"], Some("7"))];
    let with = |account| {
        let accounts = [bystander(), switched_off(), account];
        Case::new(&API, [person("somebody@x.com")], accounts)
    };
    let active = [(LeaverState::StillActive, "ada@x.com", "`released`")];
    check_former(&with(account("Ada@X.com", "1")), &ada(), &active);
    check_former(&with(account("old@x.com", "1")), &ada(), &active);
    check_former(&with(account("other@x.com", "7")), &ada(), &active);
    let off = [(LeaverState::Deactivated, "ada@x.com", "")];
    check_former(&with(inactive("ada@x.com", "1")), &ada(), &off);
    let none = [(LeaverState::NoAccount, "ada@x.com", "")];
    check_former(&with(account("eve@x.com", "1")), &ada(), &none);
    let ends = with(account("ada@x.com", "1")).unlisted(Unlisted::Deactivate);
    check_former(
        &ends,
        &ada(),
        &[(
            LeaverState::StillActive,
            "ada@x.com",
            "an apply will deactivate it",
        )],
    );
    // Somebody on the roster has that account now.
    let mine = Case::new(
        &API,
        [person("old@x.com")],
        [bystander(), switched_off(), account("old@x.com", "7")],
    );
    check_former(&mine, &ada(), &none);
    // Where they had no access by the roster, only an account counts.
    let elsewhere = [Departed {
        vendors: vec!["wiki".into()],
        ..ada()[0].clone()
    }];
    check_former(&with(account("eve@x.com", "1")), &elsewhere, &[]);
    check_former(&with(account("ada@x.com", "1")), &elsewhere, &active);
}

#[test]
fn of_who_is_gone_nothing_is_vouched_for_that_was_not_seen() {
    let ada = [departed("ada@x.com", &[], None)];
    let case = Case::new(&API, [person("somebody@x.com")], [bystander()]);
    let cut = case
        .clone()
        .with(|it| it.current.proof.missing.push(String::from("page 2")));
    check_former(
        &cut,
        &ada,
        &[(LeaverState::CannotBeSeen, "ada@x.com", "page 2")],
    );
    let recorded = case.with(|it| it.settings.spec = &RECORD);
    check_former(
        &recorded,
        &ada,
        &[(
            LeaverState::CannotBeSeen,
            "ada@x.com",
            "no list of accounts",
        )],
    );
}

#[test]
fn a_release_holds_until_its_day() {
    let ada = [departed("ada@x.com", &["old@x.com"], None)];
    let case = Case::new(
        &API,
        [person("somebody@x.com")],
        [bystander(), account("ada@x.com", "1")],
    );
    let released = |until: Option<jiff::civil::Date>| {
        let email = Spanned {
            value: "OLD@x.com".into(),
            span: Span::NOWHERE,
        };
        let released = [Released {
            email,
            note: Some("leave".into()),
            until,
        }];
        let on = jiff::civil::date(2026, 1, 5);
        let departures = Departures {
            departed: &ada,
            released: &released,
            on,
        };
        let found = look_at(&case, None, departures);
        (
            found.former[0].released.is_some(),
            found.count(LeaverState::StillActive),
        )
    };
    assert_eq!(released(None), (true, 0));
    assert_eq!(released(Some(jiff::civil::date(2026, 1, 5))), (true, 0));
    assert_eq!(released(Some(jiff::civil::date(2026, 1, 4))), (false, 1));
}
