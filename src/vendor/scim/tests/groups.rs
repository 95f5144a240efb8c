//! Memberships.

use std::sync::Arc;

use super::{Company, email, groups, title, word};
use crate::reconcile::outcome::Verdict;
use crate::sandbox::{LocalVendor as _, Request};
use crate::vendor::scim::sandbox::{Patches, Shape};
use crate::vendor::scim::spec::setting;
use crate::vendor::testing::{account, wanted};

#[tokio::test]
async fn one_call_brings_several_people_into_a_group() {
    for patches in [Patches::Work, Patches::Refused(501)] {
        let accounts = (0..24).map(|number| account(&email(number), &[])).collect();
        let people = (0..24).map(|number| wanted(&email(number), &[groups(&["Big"])]));
        let shape = Shape {
            patches,
            ..Shape::default()
        };
        let mut company = Company::new(shape, accounts, people.collect()).await;
        Arc::make_mut(&mut company.rig.settings).limits.concurrency = 12;
        company.settle().await;
        assert_eq!(company.server.members("Big").len(), 24);
        let calls = company.calls("PATCH", "/Groups") + company.calls("PUT", "/Groups");
        assert!(calls <= 8, "{calls} calls");
    }
}

#[tokio::test]
async fn a_member_deleted_elsewhere_spoils_nobody_elses_change() {
    let accounts = (0..6).map(|number| account(&email(number), &[groups(&["Old"])]));
    let people = (0..6).map(|number| wanted(&email(number), &[groups(&["New"])]));
    let mut company = Company::new(Shape::default(), accounts.collect(), people.collect()).await;
    Arc::make_mut(&mut company.rig.settings).limits.concurrency = 6;
    // Gone after each person was read and before the group is written.
    let (server, mut struck) = (company.server.clone(), false);
    let faults = company.rig.sandbox.faults();
    let nothing = crate::sandbox::Fault::Rewrite(String::from("\u{1}"), String::new());
    faults.always(nothing, move |request: &Request| {
        let first = request.method == "PATCH" && request.path.starts_with("/Groups") && !struck;
        if first {
            struck = true;
            server.remove(&email(3));
        }
        false
    });
    let outcomes = company.run(|_| {}).await;
    for outcome in &outcomes {
        let gone = *outcome.action.email == *email(3);
        assert_eq!(outcome.verdict == Verdict::Applied, !gone, "{outcome:#?}");
    }
    assert_eq!(company.server.members("New").len(), 5);
    assert_eq!(company.server.members("Old").len(), 0);
}

#[tokio::test]
async fn additive_membership_leaves_other_groups_alone() {
    for (on_user, patches) in [
        (false, Patches::Work),
        (false, Patches::NoPaths),
        (true, Patches::Work),
    ] {
        let there = vec![
            account(&email(0), &[groups(&["By hand"])]),
            account(&email(1), &[groups(&["By hand", "Ours"])]),
        ];
        let people = vec![
            wanted(&email(0), &[groups(&["Ours"]), title("Lead")]),
            wanted(&email(1), &[groups(&["Ours"])]),
        ];
        let shape = Shape {
            groups_on_user: on_user,
            patches,
            ..Shape::default()
        };
        let set = |settings: &mut crate::roster::model::VendorSettings| {
            word(settings, setting::MEMBERSHIP, "additive");
            if on_user {
                word(settings, setting::GROUPS, "user");
            }
        };
        let company = Company::with(shape, there, people, set).await;
        let outcomes = company.settle().await;
        assert_eq!(outcomes.len(), 1, "{outcomes:#?}");
        for name in ["By hand", "Ours"] {
            assert_eq!(company.server.members(name).len(), 2, "{name}, {on_user}");
        }
    }
}

#[tokio::test]
async fn a_group_that_the_vendor_does_not_have_holds_that_person_only() {
    let people = vec![
        wanted(&email(0), &[groups(&["Known"])]),
        wanted(&email(1), &[groups(&["Known"])]),
    ];
    let mut company = Company::new(Shape::default(), Vec::new(), people).await;
    let (name, wish) = groups(&["Knwon"]);
    company.desired = company.desired.with(|people| {
        people[1].attributes.insert(name, wish);
    });
    let plan = company.plan().await;
    assert_eq!(plan.actions.len(), 1);
    assert!(
        plan.held[0]
            .why
            .contains("no group \"Knwon\"; near: \"Known\""),
        "{plan:#?}"
    );
}
