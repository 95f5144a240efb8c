//! What a base roster lists and this one does not is named, with what becomes of it.

use std::collections::HashSet;

use crate::model::account::Account;
use crate::model::attention::GoneKind;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::EmailKey;
use crate::model::spec::DeactivateMode;
use crate::plan::gone::{Comparison, Found, gone};
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

/// Compares two lists of people over one case, which has the second one.
fn look(base: &[DesiredAccount], case: &Case) -> Found {
    let addresses = |want: &DesiredAccount| {
        let previous = want.previous_emails.iter().chain([&want.email]);
        previous
            .map(|it| EmailKey::of(it).into_owned())
            .collect::<Vec<_>>()
    };
    let listed: HashSet<EmailKey<'static>> = case.desired.iter().flat_map(addresses).collect();
    gone(Comparison {
        settings: &case.settings,
        base: &Desired::listed("acme", base.to_vec()),
        desired: &Desired::listed("acme", case.desired.clone()),
        current: &case.current,
        plan: &case.plan(),
        listed: &listed,
    })
}

/// Expected are lines like `right ada@x.com roles stays admin`, and a part of the text after ` | `.
#[track_caller]
fn check(base: &[DesiredAccount], case: &Case, expected: &[&str]) {
    let found = look(base, case).gone;
    let lines: Vec<(String, &str)> = found
        .iter()
        .map(|it| {
            let what = match &it.what {
                GoneKind::Person => format!("person {}", it.email),
                GoneKind::Account => format!("account {}", it.email),
                GoneKind::Right { attribute, .. } => format!("right {} {attribute}", it.email),
            };
            let fate = if it.stays { "stays" } else { "ends" };
            let admin = if it.admin { " admin" } else { "" };
            (format!("{what} {fate}{admin}"), it.text.as_str())
        })
        .collect();
    let fits = lines.len() == expected.len()
        && lines.iter().zip(expected).all(|((line, text), expected)| {
            let (head, part) = expected.split_once(" | ").unwrap_or((expected, ""));
            line == head && text.contains(part)
        });
    assert!(fits, "found: {lines:#?}\nexpected: {expected:#?}");
}

fn ada() -> DesiredAccount {
    person("ada@x.com")
}

/// Somebody who stays, so that the roster is not empty.
fn eve() -> DesiredAccount {
    person("eve@x.com")
}

fn accounts() -> [Account; 2] {
    [account("ada@x.com", "1"), account("eve@x.com", "2")]
}

#[test]
fn a_person_who_is_deleted_stays_or_ends() {
    let base = [ada(), eve()];
    let case = Case::new(&API, [eve()], accounts());
    check(
        &base,
        &case,
        &["person ada@x.com stays | a leaver stays listed, with `active: false`"],
    );
    let ends = case.clone().unlisted(Unlisted::Deactivate);
    check(
        &base,
        &ends,
        &["person ada@x.com ends | an apply will deactivate it"],
    );
    check(
        &base,
        &ends.clone().protect("ada@*"),
        &["person ada@x.com stays | protected"],
    );
    check(
        &base,
        &ends.clone().mode(DeactivateMode::Manual),
        &["person ada@x.com stays | a person ends it"],
    );
    let unproved = ends.with(|it| it.current.proof.missing.push(String::from("page 2")));
    check(
        &base,
        &unproved,
        &["person ada@x.com stays | its end is held"],
    );
    check(
        &base,
        &case.clone().unlisted(Unlisted::Ignore),
        &["person ada@x.com stays"],
    );
    check(
        &base,
        &case.clone().with(|it| it.settings.spec = &RECORD),
        &["person ada@x.com stays"],
    );
}

#[test]
fn who_was_to_lose_access_anyhow_and_is_deleted_keeps_it() {
    let base = [leaver("ada@x.com"), eve()];
    check(
        &base,
        &Case::new(&API, [eve()], accounts()),
        &["person ada@x.com stays"],
    );
    // Off is off.
    let off = [inactive("ada@x.com", "1"), account("eve@x.com", "2")];
    check(&base, &Case::new(&API, [eve()], off), &[]);
}

#[test]
fn a_vendor_that_is_named_no_more_for_somebody_leaves_the_account() {
    let base = [ada(), eve()];
    let case = Case::new(&API, [eve()], accounts());
    let desired = Desired::listed("acme", base.to_vec());
    let found = gone(Comparison {
        settings: &case.settings,
        base: &desired,
        desired: &Desired::listed("acme", vec![eve()]),
        current: &case.current,
        plan: &case.plan(),
        listed: &HashSet::from([EmailKey::of("ada@x.com"), EmailKey::of("eve@x.com")]),
    });
    let [one] = &found.gone[..] else {
        panic!("{found:?}")
    };
    assert_eq!((&one.what, one.stays), (&GoneKind::Account, true));
    assert!(one.text.contains("write `acme: false`"), "{}", one.text);
    // Said so, it is a leaver and no secret.
    let denied = DesiredAccount {
        access: Access::Excluded,
        ..ada()
    };
    check(&base, &Case::new(&API, [denied, eve()], accounts()), &[]);
}

#[test]
fn who_is_renamed_or_tied_by_an_id_is_not_gone() {
    let base = [ada(), eve()];
    let renamed = [person("ada@y.com").formerly("ada@x.com"), eve()];
    check(&base, &Case::new(&API, renamed, accounts()), &[]);
    let tied = Case::new(&API, [person("ada@y.com").by_id("1"), eve()], accounts());
    check(&base, &tied, &[]);
    assert!(look(&base, &tied).tied.contains(&EmailKey::of("ada@x.com")));
    // A rename that names no earlier address is none.
    let new = [person("ada@y.com"), eve()];
    check(
        &base,
        &Case::new(&API, new, accounts()),
        &["person ada@x.com stays"],
    );
}

#[test]
fn a_second_account_stays_as_well() {
    let base = [ada().formerly("old@x.com"), eve()];
    let three = [
        account("ada@x.com", "1"),
        account("eve@x.com", "2"),
        account("Old@x.com", "3"),
    ];
    check(
        &base,
        &Case::new(&API, [eve()], three),
        &[
            "person ada@x.com stays | the account ada@x.com stays",
            "person ada@x.com stays | the account Old@x.com stays",
        ],
    );
}

#[test]
fn an_earlier_address_that_is_dropped_leaves_its_account() {
    let base = [person("ada@y.com").formerly("ada@x.com"), eve()];
    let now = [person("ada@y.com"), eve()];
    check(
        &base,
        &Case::new(&API, now, accounts()),
        &["account ada@y.com stays | the account ada@x.com stays"],
    );
}

#[test]
fn a_right_that_nothing_asks_for_any_more_stays() {
    let shows = |name, value| [account("ada@x.com", "1").shows(name, value)];
    let one = |name: &'static str, asked, holds, expected: &[&str]| {
        let base = [ada().wants(name, asked)];
        check(
            &base,
            &Case::new(&API, [ada()], shows(name, holds)),
            expected,
        );
    };
    one(
        "admin",
        flag(true),
        flag(true),
        &["right ada@x.com admin stays | `true` stays"],
    );
    one(
        "tier",
        text("PRO"),
        text("PRO"),
        &["right ada@x.com tier stays | `PRO` stays"],
    );
    one(
        "group",
        text("A"),
        text("A"),
        &["right ada@x.com group stays"],
    );
    one(
        "roles",
        set(&["a", "b"]),
        set(&["a", "b"]),
        &["right ada@x.com roles stays | `[a, b]`"],
    );
    // What the vendor shows now counts, whatever the base asked.
    one(
        "tier",
        text("PRO"),
        text("BASIC"),
        &["right ada@x.com tier stays | `BASIC`"],
    );
    one(
        "admin",
        flag(false),
        flag(true),
        &["right ada@x.com admin stays"],
    );
    one(
        "roles",
        set(&[]),
        set(&["b"]),
        &["right ada@x.com roles stays | `[b]`"],
    );
    // What the vendor never had does not stay, and what is no right is none.
    one("admin", flag(true), flag(false), &[]);
    one("roles", set(&["a"]), set(&[]), &[]);
    one("group", text("A"), text(""), &[]);
    one("company", text("A"), text("A"), &[]);
    one("send_email", flag(true), flag(true), &[]);
    let null = account("ada@x.com", "1").shows("tier", None);
    let base = [ada().wants("tier", text("PRO"))];
    check(&base, &Case::new(&API, [ada()], [null]), &[]);
}

#[test]
fn a_key_of_a_map_is_a_right_of_its_own() {
    let base = [ada()
        .wants("features.a", flag(true))
        .wants("features.b", flag(true))];
    let now = [ada().wants("features.b", flag(true))];
    let holds = account("ada@x.com", "1").shows("features", None);
    let both = holds
        .clone()
        .shows("features.a", flag(true))
        .shows("features.b", flag(true));
    check(
        &base,
        &Case::new(&API, now.clone(), [both]),
        &["right ada@x.com features.a stays"],
    );
    check(&base, &Case::new(&API, now, [holds]), &[]);
}

#[test]
fn a_list_that_is_still_managed_is_an_update() {
    let base = [ada().wants("roles", set(&["a", "b"]))];
    let now = [ada().wants("roles", set(&["a"]))];
    let holds = [account("ada@x.com", "1").shows("roles", set(&["a", "b"]))];
    check(&base, &Case::new(&API, now, holds), &[]);
}

#[test]
fn a_right_that_is_not_shown_is_told_as_such() {
    let base = [ada().wants("roles", set(&["a"]))];
    let case = Case::new(&API, [ada()], [account("ada@x.com", "1")]);
    check(
        &base,
        &case,
        &["right ada@x.com roles stays | cannot be seen"],
    );
    assert!(look(&base, &case).unseen);
}

#[test]
fn of_a_leaver_no_right_is_told_and_of_somebody_switched_on_again_it_is() {
    let base = [ada().wants("admin", flag(true))];
    let holds = account("ada@x.com", "1").shows("admin", flag(true));
    check(
        &base,
        &Case::new(&API, [leaver("ada@x.com")], [holds.clone()]),
        &[],
    );
    let off = Account {
        active: false,
        ..holds
    };
    check(
        &base,
        &Case::new(&API, [ada()], [off]),
        &["right ada@x.com admin stays"],
    );
}

#[test]
fn administrators_are_told_as_such() {
    let base = [
        ada().wants("admin", flag(true)).wants("group", text("A")),
        eve(),
    ];
    let admin = account("ada@x.com", "1")
        .shows("admin", flag(true))
        .shows("group", text("A"));
    let holds = [admin, account("eve@x.com", "2")];
    check(
        &base,
        &Case::new(&ADMIN_FLAG, [eve()], holds.clone()),
        &["person ada@x.com stays admin"],
    );
    check(
        &base,
        &Case::new(&ADMIN_FLAG, [ada(), eve()], holds),
        &[
            "right ada@x.com admin stays admin",
            "right ada@x.com group stays",
        ],
    );
    let role = [ada().wants("roles", set(&["Boss"]))];
    let holds = [account("ada@x.com", "1").shows("roles", set(&["Boss"]))];
    let case = Case::new(&ADMIN_ROLE, [ada()], holds);
    let case = case.directory("roles", "role", &[("r1", "Boss", true)]);
    check(&role, &case, &["right ada@x.com roles stays admin"]);
}

#[test]
fn equal_rosters_have_nothing_to_tell() {
    let both = [ada().wants("admin", flag(true)), eve()];
    let found = look(&both, &Case::new(&API, both.clone(), accounts()));
    assert_eq!((found.gone, found.unseen), (Vec::new(), false));
}

#[test]
fn a_whole_profile_that_goes_is_told_in_one_walk() {
    // Everybody once for each action would be four hundred million looks.
    let people: Vec<DesiredAccount> = (0..20_000)
        .map(|at| person(&format!("p{at}@x.com")))
        .collect();
    let accounts: Vec<Account> = (0..20_000)
        .map(|at| account(&format!("p{at}@x.com"), &at.to_string()))
        .collect();
    let case = Case::new(&API, [], accounts).unlisted(Unlisted::Deactivate);
    assert_eq!(look(&people, &case).gone.len(), 20_000);
}
