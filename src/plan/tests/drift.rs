//! Which attributes differ, by kind and mode.

use crate::model::account::Account;
use crate::model::action::Change;
use crate::model::desired::DesiredAccount;
use crate::model::value::Value;
use crate::plan::diff::unmet;
use crate::plan::testing::*;

fn ada() -> DesiredAccount {
    person("ada@x.com")
}

fn has() -> Account {
    account("ada@x.com", "1")
}

/// What is planned when one attribute is wanted so and shown so (`None`: the vendor's `null`).
#[track_caller]
fn check(name: &'static str, wanted: Value, shown: Option<Value>, expected: &[&str]) {
    Case::new(
        &API,
        [ada().wants(name, wanted)],
        [has().shows(name, shown)],
    )
    .check(expected);
}

#[test]
fn texts_flags_and_sets_are_compared_by_value() {
    check("company", text("X"), Some(text("X")), &[]);
    let line = "update ada@x.com #1, company x > X | company differs";
    check("company", text("X"), Some(text("x")), &[line]);
    check("admin", flag(true), Some(flag(true)), &[]);
    let line = "update ada@x.com #1, admin false > true";
    check("admin", flag(true), Some(flag(false)), &[line]);
    check("roles", set(&["a", "b", "a"]), Some(set(&["b", "a"])), &[]);
    let line = "update ada@x.com #1, roles [a b] > [a]";
    check("roles", set(&["a"]), Some(set(&["a", "b"])), &[line]);
    let unsorted = Value::Set(["b".into(), "a".into()].into());
    check("roles", set(&["a", "b"]), Some(unsorted), &[]);
    let upper = set(&["Bob@X.com", "eve@x.com"]);
    check(
        "maintainers",
        set(&["EVE@x.com", "bob@x.com"]),
        Some(upper),
        &[],
    );
}

#[test]
fn null_and_empty_are_the_same_and_a_flag_is_neither() {
    check("company", text(""), None, &[]);
    check("roles", set(&[]), None, &[]);
    check("roles", set(&[]), Some(text("")), &[]);
    let line = "update ada@x.com #1, company null > X";
    check("company", text("X"), None, &[line]);
    let line = "update ada@x.com #1, roles [a] > []";
    check("roles", set(&[]), Some(set(&["a"])), &[line]);
    let line = "update ada@x.com #1, admin null > false";
    check("admin", flag(false), None, &[line]);
}

#[test]
fn what_is_not_managed_or_not_shown_is_left_alone() {
    Case::new(&API, [ada()], [has().shows("company", text("Y"))]).check(&[]);
    Case::new(&API, [ada().wants("company", text("X"))], [has()]).check(&[]);
    check("send_email", flag(true), Some(flag(false)), &[]);
}

#[test]
fn a_map_is_compared_key_by_key() {
    let wanted = ada()
        .wants("features.a", flag(true))
        .wants("features.b", flag(false));
    let shows = has()
        .shows("features", None)
        .shows("features.a", flag(true))
        .shows("features.c", flag(true));
    let line = "update ada@x.com #1, features.b null > false";
    let unknown = "warning all | no account at Acme shows the key \"b\" of features";
    Case::new(&API, [wanted.clone()], [shows]).check(&[line, unknown]);
    Case::new(&API, [wanted], [has()]).check(&[]);
}

#[test]
fn a_fixed_attribute_is_a_step_for_a_person_and_the_rest_goes_on() {
    let wanted = ada()
        .wants("region", text("eu"))
        .wants("company", text("X"));
    let shows = has()
        .shows("region", text("us"))
        .shows("company", text("Y"));
    let case = Case::new(&API, [wanted], [shows]);
    case.check(&[
        "update ada@x.com #1, company Y > X",
        "manual update ada@x.com #1, region us > eu | cannot be changed in this",
    ]);
    case.own("ada@x.com").check(&[
        "update ada@x.com #1, company Y > X",
        "held update ada@x.com #1, region us > eu | behind the credentials",
    ]);
}

#[test]
fn a_lock_of_the_vendor_is_a_warning_and_no_unchanged_account() {
    let wanted = ada()
        .wants("features.a", flag(true))
        .wants("company", text("X"));
    let mut shows = has()
        .shows("features.a", flag(false))
        .shows("company", text("Y"));
    shows
        .fixed
        .push(("features".into(), "not in the contract".into()));
    shows.fixed.push(("company".into(), "set by SSO".into()));
    let case = Case::new(&API, [wanted], [shows]);
    case.check(&[
        "warning ada@x.com | company differs and is left as it is: set by SSO",
        "warning ada@x.com | features.a differs and is left as it is: not in the contract",
    ]);
    assert_eq!(case.plan().read.unwrap().unchanged, 0);
}

#[test]
fn names_and_ids_of_a_directory_mean_the_same() {
    let entries = [("r1", "Reader", false), ("r2", "Writer", false)];
    let check = |wanted: &[&str], expected: &[&str]| {
        let shows = has().shows("roles", set(&["Reader"]));
        Case::new(&API, [ada().wants("roles", set(wanted))], [shows])
            .directory("roles", "role", &entries)
            .check(expected);
    };
    check(&["Reader"], &[]);
    check(&["r1"], &[]);
    check(
        &["r2", "Reader"],
        &["update ada@x.com #1, roles [Reader] > [Reader Writer]"],
    );
    check(
        &["Raeder"],
        &[
            "held update ada@x.com #1, roles [Reader] > [Raeder] | no role \"Raeder\"; near: \"Reader\"",
        ],
    );
}

#[test]
fn of_many_unknown_names_twenty_are_told() {
    let names: Vec<String> = (0..25).map(|n| format!("x{n:02}")).collect();
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let shows = has().shows("roles", set(&["Reader"]));
    let case = Case::new(&API, [ada().wants("roles", set(&wanted))], [shows]);
    let case = case.directory("roles", "role", &[("r1", "Reader", false)]);
    let plan = case.plan();
    let why = &plan.held[0].why;
    assert_eq!(why.matches("shows no role").count(), 20, "{why}");
    assert!(
        why.ends_with("; nor 5 more roles that the roster gives"),
        "{why}"
    );
}

#[test]
fn a_name_that_two_entries_have_needs_the_id() {
    let entries = [("g2", "Europe", false), ("g1", "Europe", false)];
    let check = |wanted: &str, expected: &[&str]| {
        let shows = has().shows("group", text("g1"));
        Case::new(&API, [ada().wants("group", text(wanted))], [shows])
            .directory("group", "group", &entries)
            .check(expected);
    };
    check("g1", &[]);
    check("g2", &["update ada@x.com #1, group g1 > g2"]);
    check(
        "Europe",
        &["held update ada@x.com #1, group g1 > Europe | id of one: g1, g2"],
    );
}

#[test]
fn an_unknown_name_holds_only_where_it_would_be_written() {
    let known = [("g1", "Europe", false)];
    let with = |person: DesiredAccount, account: Account| {
        Case::new(&API, [person], [account]).directory("group", "group", &known)
    };
    // The vendor hides the group and the account is in it all the same.
    let hidden = ada().wants("group", text("Hidden"));
    with(hidden.clone(), has().shows("group", text("Hidden"))).check(&[]);
    with(hidden.clone(), has()).check(&[]);
    with(
        hidden.clone().wants("company", text("X")),
        has().shows("company", text("Y")),
    )
    .check(&["update ada@x.com #1, company Y > X"]);
    with(leaver("ada@x.com").wants("group", text("Hidden")), has())
        .check(&["deactivate ada@x.com #1"]);
    with(
        hidden.clone(),
        account("ada@x.com", "1").shows("group", None),
    )
    .check(&["held update ada@x.com #1, group null > Hidden | no group"]);
    with(hidden, account("eve@x.com", "1")).check(&[
        "held create ada@x.com, group null > Hidden | no group",
        "unlisted eve@x.com",
    ]);
}

#[test]
fn unmet_are_the_changes_that_a_fresh_read_denies() {
    let change = |attribute: &'static str, after: Value| Change {
        attribute: attribute.into(),
        before: None,
        after,
    };
    let changes = [
        change("admin", flag(true)),
        change("company", text("X")),
        change("email", text("ADA@x.com")),
        change("features.a", flag(true)),
        change("maintainers", set(&["bob@x.com"])),
        change("send_email", flag(true)),
    ];
    let fresh = has()
        .shows("admin", flag(true))
        .shows("features", None)
        .shows("maintainers", set(&["Bob@x.com"]))
        .shows("send_email", flag(false));
    let names = |account: &Account| -> Vec<String> {
        let unmet = unmet(&API, &changes, account);
        unmet.iter().map(|it| it.attribute.to_string()).collect()
    };
    assert_eq!(names(&fresh), ["features.a"]);
    let moved = Account {
        email: "other@x.com".into(),
        ..fresh.shows("admin", None)
    };
    assert_eq!(names(&moved), ["admin", "email", "features.a"]);
}
