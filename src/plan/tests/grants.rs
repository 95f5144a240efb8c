//! Administrators that one plan may make.

use crate::model::action::ActionKind;
use crate::model::attention::GrantKind;
use crate::model::desired::DesiredAccount;
use crate::model::spec::VendorSpec;
use crate::plan::testing::*;
use crate::roster::model::{AdminMark, Bound};

/// Three new administrators (created, promoted, switched on again), one who is one already, and
/// somebody new who is none.
fn promoting(spec: &'static VendorSpec, admin: (&'static str, crate::model::value::Value)) -> Case {
    let (name, value) = admin;
    let wants = |email: &str| person(email).wants(name, value.clone());
    Case::new(
        spec,
        [
            wants("boss@x.com").wants("company", text("X")),
            wants("created@x.com"),
            wants("promoted@x.com"),
            person("back@x.com"),
            person("plain@x.com"),
        ],
        [
            account("boss@x.com", "1").shows(name, value.clone()),
            account("promoted@x.com", "2").shows(name, None),
            inactive("back@x.com", "3").shows(name, value.clone()),
        ],
    )
}

#[test]
fn past_the_limit_all_grants_are_held_and_nothing_else() {
    let tier = promoting(&ADMIN_TIER, ("tier", text("ADMIN")));
    let flags = promoting(&ADMIN_FLAG, ("admin", flag(true)));
    for case in [tier, flags] {
        assert_eq!(case.plan().held, [], "no limit unless the roster sets one");
        let limited = |bound| {
            case.clone()
                .with(|it| it.settings.max.admin_grants = Some(bound))
        };
        assert_eq!(limited(Bound::Count(3)).plan().held, []);
        for bound in [Bound::Count(2), Bound::Percent(100)] {
            let plan = limited(bound).plan();
            let held: Vec<&str> = plan.held.iter().map(|it| &*it.action.email).collect();
            assert_eq!(held, ["promoted@x.com", "back@x.com", "created@x.com"]);
            assert!(
                plan.held[0].why.contains("--allow-admin-grants acme=3"),
                "{plan:?}"
            );
            let creates = plan
                .actions
                .iter()
                .filter(|it| it.kind == ActionKind::Create);
            assert_eq!(creates.count(), 1, "{plan:?}");
        }
        let allowed =
            |count| limited(Bound::Count(0)).with(|it| it.allowed.admin_grants = Some(count));
        assert_eq!(allowed(3).plan().held, []);
        assert_eq!(allowed(2).plan().held.len(), 3);
    }
}

#[test]
fn a_role_makes_an_administrator_as_the_directory_says() {
    let case = Case::new(
        &ADMIN_ROLE,
        [
            person("a@x.com").wants("roles", set(&["Admins"])),
            person("b@x.com").wants("roles", set(&["Readers"])),
        ],
        [],
    )
    .directory(
        "roles",
        "role",
        &[("1", "Admins", true), ("2", "Readers", false)],
    )
    .with(|it| {
        it.settings.max.admin_grants = Some(Bound::Count(0));
        it.current.accounts.push(account("somebody@x.com", "9"));
    });
    let plan = case.plan();
    let held: Vec<&str> = plan.held.iter().map(|it| &*it.action.email).collect();
    assert_eq!(held, ["a@x.com"]);
}

/// One role of two makes an administrator; a company and the loss of a role are asked for besides.
fn promotion() -> Case {
    let there = account("a@x.com", "1")
        .shows("roles", set(&["Old", "Readers"]))
        .shows("company", None);
    let wanted = person("a@x.com")
        .wants("roles", set(&["Admins", "Readers"]))
        .wants("company", text("X"));
    let roles = [
        ("1", "Admins", true),
        ("2", "Readers", false),
        ("3", "Old", false),
    ];
    Case::new(&ADMIN_ROLE, [wanted], [there]).directory("roles", "role", &roles)
}

#[test]
fn of_an_update_only_what_grants_is_held() {
    let case = promotion().with(|it| it.settings.max.admin_grants = Some(Bound::Count(0)));
    case.check(&[
        "update a@x.com #1, company null > X, roles [Old Readers] > [Readers]",
        "held update a@x.com #1, roles [Old Readers] > [Admins Readers] | --allow-admin-grants",
    ]);
    let plan = case.plan();
    assert_eq!(plan.hints.grant(&plan.actions[0]), None);
    assert!(plan.hints.grant(&plan.held[0].action).is_some());
}

#[test]
fn an_administrator_who_comes_back_with_fewer_rights_is_told() {
    let case = promotion().with(|it| {
        it.current.accounts[0] =
            inactive("a@x.com", "1").shows("roles", set(&["Admins", "Old", "Readers"]));
    });
    let plan = case.plan();
    assert_eq!(plan.actions[0].kind, ActionKind::Reactivate);
    assert!(plan.hints.grant(&plan.actions[0]).is_some(), "{plan:?}");
}

#[test]
fn what_cannot_be_split_is_held_whole() {
    let limit = |it: &mut Case| it.settings.max.admin_grants = Some(Bound::Count(0));
    // An account that is off gets everything at once.
    let off = promotion().with(|it| it.current.accounts[0].active = false);
    let plan = off.with(limit).plan();
    assert_eq!((plan.actions.len(), plan.held.len()), (0, 1), "{plan:?}");
    // Nothing is written into the account of an administrator for somebody who may not have it.
    let claimed = promotion().with(|it| {
        it.desired = vec![person("new@x.com").by_id("1").wants("company", text("X"))];
        it.current.accounts[0] = account("boss@x.com", "1").shows("roles", set(&["Admins"]));
    });
    let plan = claimed.with(limit).plan();
    assert_eq!((plan.actions.len(), plan.held.len()), (0, 1), "{plan:?}");
}

#[test]
fn a_share_never_comes_to_less_than_the_roster_says() {
    let case = promoting(&ADMIN_TIER, ("tier", text("ADMIN"))).with(|it| {
        it.settings.max.admin_grants = Some(Bound::Percent(10));
    });
    assert_eq!(case.plan().held.len(), 3);
    let case = case.with(|it| it.settings.max.at_least = Some(3));
    assert_eq!(case.plan().held, []);
}

fn marks(attribute: &str, values: &[&str]) -> Vec<AdminMark> {
    vec![AdminMark {
        attribute: attribute.into(),
        values: values.iter().map(|it| Box::from(*it)).collect(),
    }]
}

fn held(case: &Case) -> Vec<String> {
    let case = case.clone().with(|it| {
        it.settings.max.admin_grants = Some(Bound::Count(0));
        it.current.accounts.push(account("somebody@x.com", "9"));
    });
    let plan = case.plan();
    let held = plan.held.iter().map(|it| it.action.email.to_string());
    let mut held: Vec<String> = held.collect();
    held.sort_unstable();
    let shown: Vec<String> = plan.hints.admins.keys().map(ToString::to_string).collect();
    assert_eq!(held, shown, "what is shown and what is counted is one");
    held
}

#[test]
fn what_the_roster_calls_an_administrator_counts_besides_the_vendors_own_rule() {
    let people = [
        person("a@x.com").wants("tier", text("ADMIN")),
        person("b@x.com").wants("roles", set(&["owner", "Reader"])),
        person("c@x.com").wants("company", text("Owner")),
        person("d@x.com").wants("roles", set(&["Super Admin"])),
    ];
    let at = |spec, marks: Vec<AdminMark>| {
        Case::new(spec, people.clone(), []).with(|it| it.settings.admins = marks)
    };
    assert_eq!(held(&at(&API, Vec::new())), [""; 0]);
    assert_eq!(held(&at(&API, marks("roles", &["Owner"]))), ["b@x.com"]);
    assert_eq!(
        held(&at(&ADMIN_TIER, marks("roles", &["Owner"]))),
        ["a@x.com", "b@x.com"]
    );
    // A right that is only called so is told, and is not counted by anything.
    let plan = at(&API, Vec::new()).plan();
    let told: Vec<&str> = plan.notices.iter().map(|it| &*it.text).collect();
    assert!(
        told[0].contains("`Super Admin`") || told[0].contains("`owner`"),
        "{told:?}"
    );
}

#[test]
fn a_role_is_meant_by_its_id_as_well_as_by_its_name() {
    for meant in ["7", "Ops"] {
        for wanted in ["7", "Ops"] {
            let person = person("a@x.com").wants("roles", set(&[wanted]));
            let case = Case::new(&API, [person], [])
                .directory(
                    "roles",
                    "role",
                    &[("7", "Ops", false), ("8", "Other", true)],
                )
                .with(|it| it.settings.admins = marks("roles", &[meant]));
            assert_eq!(held(&case), ["a@x.com"], "{meant}, {wanted}");
        }
    }
}

#[test]
fn the_last_one_by_the_rosters_word_stays() {
    let admin = |email: &str| account(email, email).shows("roles", set(&["Owner"]));
    let case = Case::new(&API, [leaver("a@x.com")], [admin("a@x.com")])
        .with(|it| it.settings.admins = marks("roles", &["owner"]));
    case.check(&["held deactivate a@x.com #a@x.com | last administrator"]);
}

/// The administrator of `1`, and the names of what a plan without any limit does and holds.
fn takeover(spec: &'static VendorSpec, people: Vec<DesiredAccount>) -> Case {
    let has = text("ADMIN");
    Case::new(
        spec,
        people,
        [
            account("root@x.com", "1").shows("tier", has.clone()),
            account("two@x.com", "2").shows("tier", has),
            account("plain@x.com", "3").shows("tier", text("PRO")),
        ],
    )
}

#[test]
fn whoever_gets_an_administrators_account_counts_as_a_new_one() {
    let fixed: &'static VendorSpec = &FIXED_ADMIN;
    for spec in [&ADMIN_TIER, fixed] {
        for taker in [
            person("evil@x.com").by_id("1"),
            person("evil@x.com").formerly("ROOT@x.com"),
            // With the rights taken in the same go, or others changed: it was an administrator's.
            person("evil@x.com").by_id("1").wants("tier", text("PRO")),
            person("evil@x.com").by_id("1").wants("company", text("X")),
        ] {
            let case = takeover(spec, vec![taker, person("two@x.com")]);
            let plan = case.plan();
            let how = plan.hints.admins["evil@x.com"].how;
            assert_eq!(how, GrantKind::ChangesHands);
            assert!(plan.held.is_empty(), "{plan:?}");
            let limited = case.with(|it| it.settings.max.admin_grants = Some(Bound::Count(0)));
            let plan = limited.plan();
            assert_eq!((plan.actions.len(), plan.manual.len()), (0, 0), "{plan:?}");
            assert!(plan.held[0].why.contains("--allow-admin-grants acme=1"));
            let allowed = limited.with(|it| it.allowed.admin_grants = Some(1));
            assert!(allowed.plan().held.is_empty());
        }
    }
}

#[test]
fn a_new_address_that_is_written_otherwise_hands_nothing_over() {
    let case = takeover(&ADMIN_TIER, vec![person("Root@X.com").by_id("1")]);
    assert_eq!(case.plan().hints.admins.len(), 0);
    let plain = takeover(&ADMIN_TIER, vec![person("new@x.com").by_id("3")]);
    let plan = plain.plan();
    assert_eq!((plan.hints.admins.len(), plan.actions.len()), (0, 1));
}

#[test]
fn a_claim_on_somebody_elses_account_is_held_on_both_sides() {
    let root = [
        person("root@x.com").wants("company", text("X")),
        leaver("root@x.com"),
    ];
    for owner in root {
        let case = takeover(&ADMIN_TIER, vec![owner, person("evil@x.com").by_id("1")]);
        let plan = case.with(|it| it.allowed.admin_grants = Some(9)).plan();
        assert_eq!(plan.actions, []);
        let held: Vec<&str> = plan.held.iter().map(|it| &*it.action.email).collect();
        assert_eq!(held.len(), 2, "{plan:?}");
        for kept in &plan.held {
            for name in held.iter().chain(&["root@x.com"]) {
                assert!(kept.why.contains(name), "{}", kept.why);
            }
        }
        // Held or not, the page says what the claim is about.
        let admins: Vec<&str> = plan.hints.admins.keys().map(|it| &**it).collect();
        assert_eq!(admins, ["evil@x.com"]);
    }
}

#[test]
fn a_protected_account_gets_no_new_address_but_under_its_own_pattern() {
    let taken = |email: &str| {
        let case = takeover(&ADMIN_TIER, vec![person(email).by_id("3")]);
        let case = case.protect("plain@x.com").protect("*@msp.com");
        case.plan().held.len()
    };
    assert_eq!(taken("evil@x.com"), 1);
    assert_eq!(taken("evil@msp.com"), 1);
    let within = takeover(&ADMIN_TIER, vec![person("new@x.com").by_id("3")]);
    assert_eq!(within.protect("*@x.com").plan().held, []);
}
