//! Administrators that one plan may make.

use crate::reconcile::plan::ActionKind;
use crate::reconcile::testing::*;
use crate::roster::model::Bound;
use crate::vendor::spec::VendorSpec;

/// Three new administrators (created, promoted, switched on again), one who is one already, and
/// somebody new who is none.
fn promoting(
    spec: &'static VendorSpec,
    admin: (&'static str, crate::reconcile::value::Value),
) -> Case {
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

#[test]
fn a_share_never_comes_to_less_than_the_roster_says() {
    let case = promoting(&ADMIN_TIER, ("tier", text("ADMIN"))).with(|it| {
        it.settings.max.admin_grants = Some(Bound::Percent(10));
    });
    assert_eq!(case.plan().held.len(), 3);
    let case = case.with(|it| it.settings.max.at_least = Some(3));
    assert_eq!(case.plan().held, []);
}
