//! A create beside an account that may be the same person's says so, and is not held.

use crate::model::account::Account;
use crate::model::desired::DesiredAccount;
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

fn called(email: &str, first: &str, last: &str) -> DesiredAccount {
    let person = person(email).wants("first_name", text(first));
    person.wants("last_name", text(last))
}

fn known(email: &str, id: &str, first: &str, last: &str) -> Account {
    let account = account(email, id).shows("first_name", text(first));
    account.shows("last_name", text(last))
}

/// The notices about one create beside one account.
#[track_caller]
fn check(want: DesiredAccount, account: Account, parts: &[&str]) {
    let notices = Case::new(&NAMED, [want], [account]).plan().notices;
    let texts: Vec<&str> = notices.iter().map(|it| &*it.text).collect();
    match parts {
        [] => assert!(texts.is_empty(), "{texts:?}"),
        _ => assert!(
            matches!(&texts[..], [text] if parts.iter().all(|part| text.contains(part))),
            "{texts:?}"
        ),
    }
}

#[test]
fn each_likeness_is_named_with_the_way_out() {
    let jose = || called("jose.nunez@new.example", "José", "Núñez");
    let way_out = "add jn@x.com to `previous_emails`";
    check(
        jose(),
        known("jn@x.com", "7", "NUNEZ", "Jose"),
        &["(7)", "the same full name", way_out],
    );
    check(
        jose(),
        account("Jose.Nunez@old.example", "7"),
        &["the same name before the @"],
    );
    check(
        jose(),
        account("jose.nunes@new.example", "7"),
        &["one letter apart"],
    );
    check(
        jose(),
        known("jose.nunez@new.exampl", "7", "Jose", "Nunez"),
        &["the same full name and the same name before the @ and an address that is one letter"],
    );
    check(
        jose(),
        inactive("jose.nunez@old.example", "7"),
        &["switched off"],
    );
}

#[test]
fn others_are_not_named() {
    let ada = || called("ada@x.com", "Ada", "Byron");
    check(ada(), known("grace@x.com", "7", "Grace", "Byron"), &[]);
    // Half a name is nobody's.
    check(
        ada(),
        account("lord@x.com", "7").shows("last_name", text("Byron")),
        &[],
    );
    // An account that somebody claims is that person's.
    let listed = [ada(), called("ada@y.com", "Ada", "Byron")];
    let case = Case::new(&NAMED, listed, [account("ada@y.com", "7")]);
    assert!(case.plan().notices.is_empty());
    // Who is renamed has one account.
    check(ada().formerly("ada@y.com"), account("ada@y.com", "7"), &[]);
}

#[test]
fn the_create_stays_and_the_stranger_goes() {
    let case = Case::new(&NAMED, [person("ada@new.com")], [account("ada@x.com", "7")]);
    case.clone().unlisted(Unlisted::Deactivate).check(&[
        "deactivate ada@x.com #7",
        "create ada@new.com",
        "warning ada@new.com | previous_emails",
    ]);
    // Asked for one person, the plan still says what else there is of that person.
    case.only(&["ada@new.com"])
        .check(&["create ada@new.com", "warning ada@new.com"]);
}

#[test]
fn at_most_twenty_are_named_and_the_rest_is_counted() {
    let people: Vec<DesiredAccount> = (0..30)
        .map(|at| person(&format!("person{at}@new.com")))
        .collect();
    let accounts: Vec<Account> = (0..30)
        .map(|at| account(&format!("person{at}@old.com"), &at.to_string()))
        .collect();
    let notices = Case::new(&NAMED, people, accounts).plan().notices;
    assert_eq!(notices.len(), 21);
    let rest = notices.iter().find(|it| it.email.is_none()).unwrap();
    assert!(rest.text.starts_with("10 more accounts"), "{}", rest.text);
}

#[test]
fn many_who_look_alike_take_no_longer_than_others() {
    // Everybody looks like everybody: each pair once would be four hundred million.
    let people: Vec<DesiredAccount> = (0..20_000)
        .map(|at| called(&format!("info@{at}.example"), "In", "Fo"))
        .collect();
    let accounts: Vec<Account> = (0..20_000)
        .map(|at| known(&format!("info@{at}.test"), &at.to_string(), "In", "Fo"))
        .collect();
    assert_eq!(Case::new(&NAMED, people, accounts).plan().notices.len(), 21);
}
