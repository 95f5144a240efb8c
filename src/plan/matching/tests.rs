//! Who gets which account, and who gets none.

use super::*;
use crate::model::desired::Access;
use crate::model::email::same_email;
use crate::model::spec::LOGIN;
use crate::model::value::Value;

fn want<'a>(email: &'a str, previous: &[&'a str], id: Option<&'a str>) -> PersonKey<'a> {
    PersonKey {
        email,
        previous_emails: previous.to_vec(),
        id,
        login: None,
        access: Access::Granted,
    }
}

fn called<'a>(email: &'a str, login: &'a str) -> PersonKey<'a> {
    PersonKey {
        login: Some(login),
        ..want(email, &[], None)
    }
}

fn logged(email: &str, id: &str, login: &str) -> Account {
    let mut account = have(email, id);
    let shown = Some(Value::text(login));
    account.attributes.insert(LOGIN, shown);
    account
}

#[test]
fn a_login_comes_before_an_e_mail_and_after_an_id() {
    let accounts = [
        logged("other@x.io", "1", "Ada"),
        logged("ada@x.io", "2", "ada.l"),
    ];
    let found = |want: PersonKey<'_>| match_accounts(&[want], &accounts);
    assert_eq!(found(called("ada@x.io", "ada")), [Match::Account(0)]);
    // In other letters it may be somebody else.
    assert!(matches!(
        found(called("a.lovelace@x.io", "ada"))[..],
        [Match::Doubtful(_)]
    ));
    assert_eq!(found(called("ada@x.io", "nobody")), [Match::Account(1)]);
    let by_id = PersonKey {
        id: Some("2"),
        ..called("x@x.io", "ada")
    };
    assert_eq!(found(by_id), [Match::Account(1)]);
}

#[test]
fn the_login_in_the_same_letters_wins_and_others_are_doubtful() {
    let accounts = [
        logged("a@x.io", "1", "ADA"),
        logged("b@x.io", "2", "ada"),
        logged("c@x.io", "3", "Ada"),
    ];
    let found = |login| match_accounts(&[called("ada@x.io", login)], &accounts);
    assert_eq!(found("ada"), [Match::Account(1)]);
    let [Match::Doubtful(why)] = &found("adA")[..] else {
        panic!("nobody can tell which");
    };
    assert!(
        why.contains("3 accounts with the login adA (1, 2, 3)"),
        "{why}"
    );
}

#[test]
fn a_login_does_not_take_the_account_of_somebody_who_is_listed() {
    let accounts = [logged("bob@x.io", "1", "bob")];
    let people = [called("ada@x.io", "bob"), want("bob@x.io", &[], None)];
    for found in match_accounts(&people, &accounts) {
        let Match::Contested(0, why) = found else {
            panic!("{found:?}");
        };
        assert!(why.contains("ada@x.io (by its login)"), "{why}");
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

/// Everybody's account is contested, for a reason that names everybody.
fn contested(desired: &[PersonKey<'_>], accounts: &[Account]) {
    for found in match_accounts(desired, accounts) {
        let Match::Contested(0, why) = &found else {
            panic!("{found:?}")
        };
        assert!(desired.iter().all(|it| why.contains(it.email)), "{why}");
    }
}

#[test]
fn the_present_owner_and_the_former_one_of_an_address_both_wait() {
    // Whoever gets the address would get the account with it.
    let desired = [
        want("ada.new@x.com", &["shared@x.com"], None),
        want("shared@x.com", &[], None),
    ];
    let accounts = [have("shared@x.com", "1"), have("ada.new@x.com", "2")];
    contested(&desired, &accounts[..1]);
    let with_id = [desired[0].clone(), want("shared@x.com", &[], Some("1"))];
    contested(&with_id, &accounts[..1]);
    // Who has another account, or should have none, lost this one with the address.
    let found = match_accounts(&desired, &accounts);
    assert_eq!(found, [Match::Account(1), Match::Account(0)]);
    let left = PersonKey {
        access: Access::Left,
        ..desired[0].clone()
    };
    let found = match_accounts(&[left, desired[1].clone()], &accounts[..1]);
    assert_eq!(found, [Match::Missing, Match::Account(0)]);
}

#[test]
fn an_earlier_email_matches_when_the_new_one_does_not() {
    let desired = [want("new@x.com", &["older@x.com", "old@x.com"], None)];
    let found = match_accounts(&desired, &[have("OLD@x.com", "1")]);
    assert_eq!(found, [Match::Account(0)]);
}

#[test]
fn an_unknown_id_of_a_leaver_is_done_unless_an_address_is_still_there() {
    let leaver = PersonKey {
        access: Access::Left,
        ..want("ada@x.com", &["old@x.com"], Some("9"))
    };
    let find = |email: &str| {
        let found = match_accounts(std::slice::from_ref(&leaver), &[have(email, "1")]);
        found.into_iter().next().unwrap()
    };
    assert_eq!(find("zoe@x.com"), Match::Missing);
    for email in ["ADA@x.com", "old@x.com"] {
        assert!(matches!(find(email), Match::Doubtful(why) if why.contains("id 9")));
    }
}

#[test]
fn two_accounts_with_one_email_are_doubtful() {
    let accounts = [have("a@x.com", "1"), have("A@x.com", "2")];
    let found = match_accounts(&[want("a@x.com", &[], None)], &accounts);
    assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("1, 2")));
}

#[test]
fn an_id_takes_no_account_that_is_somebody_elses_by_its_address() {
    let taker = want("a@x.com", &[], Some("1"));
    let accounts = [have("b@x.com", "1")];
    let owners = [
        want("b@x.com", &[], None),
        want("new@x.com", &["B@x.com"], None),
    ];
    for owner in owners {
        contested(&[taker.clone(), owner.clone()], &accounts);
        contested(&[owner.clone(), taker.clone()], &accounts);
        // A leaver's account is not somebody else's either before the roster says so.
        let left = PersonKey {
            access: Access::Left,
            ..owner
        };
        contested(&[taker.clone(), left], &accounts);
    }
}

#[test]
fn nobody_gets_what_two_people_have_the_same_right_to() {
    let both = |desired: &[PersonKey<'_>], accounts: &[Account]| {
        let found = match_accounts(desired, accounts);
        let unclear = |it: &Match| matches!(it, Match::Doubtful(_));
        assert!(found.iter().all(unclear), "{found:?}");
    };
    let accounts = [have("old@x.com", "1")];
    let id = [
        want("a@x.com", &[], Some("1")),
        want("b@x.com", &[], Some("1")),
    ];
    both(&id, &accounts);
    let previous = [
        want("a@x.com", &["old@x.com"], None),
        want("b@x.com", &["OLD@x.com"], None),
    ];
    both(&previous, &accounts);
    // Neither is there a second account to be made for two people with one e-mail.
    both(
        &[want("a@x.com", &[], None), want("A@x.com", &[], None)],
        &accounts,
    );
}

#[test]
fn two_people_have_the_same_right_whoever_stands_between_them() {
    let accounts = [have("old@x.com", "1"), have("b@x.com", "2")];
    for (one, other) in [
        (
            want("a@x.com", &[], Some("1")),
            want("c@x.com", &[], Some("1")),
        ),
        (want("a@x.com", &[], None), want("A@x.com", &[], None)),
    ] {
        let desired = [one, want("b@x.com", &[], None), other];
        let found = match_accounts(&desired, &accounts);
        assert!(matches!(&found[0], Match::Doubtful(_)), "{found:?}");
        assert_eq!(found[1], Match::Account(1));
        assert!(matches!(&found[2], Match::Doubtful(_)), "{found:?}");
    }
}

#[test]
fn an_earlier_address_that_two_accounts_have_is_doubtful() {
    let accounts = [have("old@x.com", "2"), have("OLD@x.com", "1")];
    let found = match_accounts(&[want("new@x.com", &["old@x.com"], None)], &accounts);
    assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("1, 2")));
    // Where somebody has one of them, the other one is clear.
    let owner = want("z@x.com", &[], Some("2"));
    let found = match_accounts(&[want("new@x.com", &["old@x.com"], None), owner], &accounts);
    assert_eq!(found, [Match::Account(1), Match::Account(0)]);
}

#[test]
fn reasons_read_the_same_in_whatever_order_people_and_accounts_come() {
    let shared = [have("s@x.com", "1"), have("S@x.com", "2")];
    for people in [
        // Two who want one account by an id, by an earlier address, and against its owner.
        vec![
            want("b@x.com", &[], Some("1")),
            want("a@x.com", &[], Some("1")),
        ],
        vec![
            want("b@x.com", &["s@x.com"], Some("1")),
            want("a@x.com", &["s@x.com"], Some("2")),
            want("s@x.com", &[], None),
        ],
    ] {
        let mut turned = people.clone();
        turned.reverse();
        let mut found = match_accounts(&turned, &shared);
        found.reverse();
        assert_eq!(found, match_accounts(&people, &shared));
    }
    // Two who have the accounts of one login already, in whatever order the vendor lists these.
    let left = PersonKey {
        access: Access::Left,
        ..called("old@x.com", "t1")
    };
    let people = [
        want("b@x.com", &[], Some("1")),
        want("a@x.com", &[], Some("2")),
        left,
    ];
    let accounts = [logged("b@x.com", "1", "t1"), logged("a@x.com", "2", "t1")];
    let turned = [accounts[1].clone(), accounts[0].clone()];
    for accounts in [accounts, turned] {
        let found = match_accounts(&people, &accounts);
        let told = matches!(&found[2], Match::Doubtful(why) if why.contains("a@x.com and b@x.com"));
        assert!(told, "{found:?}");
    }
    let mine = [have("b@x.com", "1")];
    let people = [
        want("c@x.com", &["b@x.com"], None),
        want("b@x.com", &[], None),
        want("a@x.com", &["b@x.com"], None),
    ];
    let Match::Contested(0, why) = &match_accounts(&people, &mine)[1] else {
        panic!("nobody contests it")
    };
    let at = |email: &str| why.find(&format!("{email} (by"));
    assert!(
        at("a@x.com") < at("b@x.com") && at("b@x.com") < at("c@x.com"),
        "{why}"
    );
}

#[test]
fn of_several_holders_of_an_address_the_least_id_is_named() {
    let mut accounts = [
        have("a@x.com", "2"),
        have("A@x.com", "1"),
        have("a@x.com", "3"),
    ];
    for _ in 0..3 {
        let holder = Index::new(&accounts).holder("a@x.com").unwrap().id.clone();
        assert_eq!(holder.as_deref(), Some("1"));
        accounts.rotate_left(1);
    }
    assert_eq!(Index::new(&accounts).holder("b@x.com"), None);
}

#[test]
fn a_former_owner_does_not_profit_from_a_mistake_of_the_present_one() {
    let present = want("shared@x.com", &[], Some("wrong"));
    let former = want("new@x.com", &["shared@x.com"], None);
    let found = match_accounts(&[former, present], &[have("shared@x.com", "1")]);
    assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("unclear")));
    assert!(matches!(&found[1], Match::Doubtful(why) if why.contains("wrong")));
}

#[test]
fn an_address_that_moves_on_finds_its_former_owner_when_the_present_one_has_an_id() {
    let desired = [
        want("shared@x.com", &[], Some("1")),
        want("new@x.com", &["shared@x.com"], None),
    ];
    let accounts = [have("mine@x.com", "1"), have("shared@x.com", "2")];
    let found = match_accounts(&desired, &accounts);
    assert_eq!(found, [Match::Account(0), Match::Account(1)]);
}

#[test]
fn an_account_that_an_id_takes_leaves_the_other_one_clear() {
    let desired = [want("a@x.com", &[], None), want("b@x.com", &[], Some("2"))];
    let accounts = [have("a@x.com", "1"), have("A@x.com", "2")];
    let found = match_accounts(&desired, &accounts);
    assert_eq!(found, [Match::Account(0), Match::Account(1)]);
}

#[test]
fn emails_are_found_in_whatever_order_they_are_asked_for() {
    let accounts: Vec<Account> = (0..50)
        .map(|at| have(&format!("P{:02}@x.com", at * 7 % 25), &at.to_string()))
        .collect();
    let emails = Emails::of(&accounts);
    let mut asked: Vec<usize> = (0..27).chain((0..27).rev()).collect();
    asked.extend((0..200).map(|at| at * 11 % 27));
    for number in asked {
        let email = format!("p{number:02}@X.com");
        let has = |at: &usize| same_email(&accounts[*at].email, &email);
        let expected: Vec<usize> = (0..50).filter(has).collect();
        let found: Vec<usize> = emails.get(&email).iter().map(|(_, at)| *at).collect();
        assert_eq!(found, expected, "{email}");
    }
    assert!(emails.get("a").is_empty() && emails.get("z").is_empty());
    assert!(Emails::of(&[]).get("a@x.com").is_empty());
}

#[test]
fn a_claim_is_an_id_an_email_or_an_earlier_one() {
    let desired = [
        want("a@x.com", &["old@x.com"], None),
        want("b@x.com", &["OLD@x.com"], Some("3")),
    ];
    let accounts = [
        have("A@x.com", "1"),
        have("old@x.com", "2"),
        have("z@x.com", "3"),
        have("z@x.com", "4"),
    ];
    let expected: [&[usize]; 4] = [&[0], &[0, 1], &[1], &[]];
    let found = claimants(&desired, &accounts);
    assert!(found.iter().map(|it| &**it).eq(expected), "{found:?}");
}
