//! Memberships.

use std::sync::Arc;

use super::{Company, email, groups, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::outcome::Verdict;
use crate::sandbox::scim::{Filters, Joins, Leaves, Members, Nests, Patches, Shape};
use crate::sandbox::{LocalVendor as _, Request};

#[tokio::test(start_paused = true)]
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
        company.run_until_done().await;
        assert_eq!(company.server.members("Big").len(), 24);
        let calls = company.calls("PATCH", "/Groups") + company.calls("PUT", "/Groups");
        assert!(calls <= 8, "{calls} calls");
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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
        let outcomes = company.run_until_done().await;
        assert_eq!(outcomes.len(), 1, "{outcomes:#?}");
        for name in ["By hand", "Ours"] {
            assert_eq!(company.server.members(name).len(), 2, "{name}, {on_user}");
        }
    }
}

#[tokio::test(start_paused = true)]
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

/// A server whose group `Team` has the people 0 to 3; the roster takes 0 out and brings 4 in, and
/// does not know 3.
async fn team(shape: Shape) -> (Company, Vec<crate::model::outcome::Outcome>) {
    let inside = (0..4).map(|number| account(&email(number), &[groups(&["Team"])]));
    let there = inside.chain([account(&email(4), &[])]);
    let stay = (1..3).map(|number| wanted(&email(number), &[groups(&["Team"])]));
    let moved = [
        wanted(&email(0), &[groups(&[])]),
        wanted(&email(4), &[groups(&["Team"])]),
    ];
    let company = Company::new(shape, there.collect(), stay.chain(moved).collect()).await;
    let outcomes = company.run(|_| {}).await;
    // Whoever was in it and should still be is, at every server.
    for number in 1..4 {
        assert!(
            is_in(&company, number),
            "{number} was taken out: {outcomes:#?}"
        );
    }
    for outcome in &outcomes {
        let joins = *outcome.action.email == *email(4);
        let done = is_in(&company, if joins { 4 } else { 0 }) == joins;
        let applied = outcome.verdict == Verdict::Applied;
        assert_eq!(applied, done, "{shape:?}: {outcome:#?}");
    }
    (company, outcomes)
}

fn is_in(company: &Company, number: usize) -> bool {
    let user = company.server.user(&email(number)).unwrap();
    let members = company.server.members("Team");
    members.iter().any(|id| user["id"] == **id)
}

#[tokio::test(start_paused = true)]
async fn groups_that_show_less_are_changed_all_the_same() {
    let members = [
        Members::First(2),
        Members::Empty,
        Members::Absent,
        Members::Names,
    ];
    for members in members {
        for (own_groups, group_filters) in [
            (true, Filters::Work),
            (true, Filters::Refused(400)),
            (false, Filters::Work),
        ] {
            let shape = Shape {
                members,
                own_groups,
                group_filters,
                ..Shape::default()
            };
            let (company, outcomes) = team(shape).await;
            assert!(is_in(&company, 4) && !is_in(&company, 0), "{outcomes:#?}");
            let again = company.plan().await;
            assert_eq!(again.actions, [], "{shape:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_proved_whole_is_not_written_whole() {
    for members in [Members::First(2), Members::Empty, Members::Absent] {
        let shape = |patches| Shape {
            members,
            patches,
            own_groups: false,
            ..Shape::default()
        };
        let (company, outcomes) = team(shape(Patches::Refused(405))).await;
        assert!(is_in(&company, 0), "{outcomes:#?}");
        let why = "is not written whole, because nothing proves";
        assert!(
            outcomes.iter().any(|it| it.message.contains(why)),
            "{outcomes:#?}"
        );
        assert_eq!(company.calls("PUT", "/Groups"), 0);

        // Filters tell who is in it: one can leave by a way that takes all out, and the others are
        // brought back.
        let (company, outcomes) = team(shape(Patches::NoPathFilters)).await;
        let left = (1..4).all(|number| is_in(&company, number));
        assert!(left && !is_in(&company, 0), "{outcomes:#?}");
        assert_eq!(company.calls("PUT", "/Groups"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_taken_out_by_anothers_change_is_brought_back() {
    let differ = [
        Shape {
            joins: Joins::Replace,
            ..Shape::default()
        },
        Shape {
            leaves: Leaves::All,
            ..Shape::default()
        },
        Shape {
            joins: Joins::Replace,
            members: Members::Absent,
            ..Shape::default()
        },
        Shape {
            leaves: Leaves::All,
            members: Members::Absent,
            own_groups: false,
            ..Shape::default()
        },
    ];
    for shape in differ {
        let (company, outcomes) = team(shape).await;
        assert!(is_in(&company, 4) && !is_in(&company, 0), "{outcomes:#?}");
        let told = outcomes
            .iter()
            .filter(|it| it.message.contains("were brought back"));
        assert_eq!(told.count(), 1, "{outcomes:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_tries_no_way_that_takes_out_others() {
    // What comes right behind the first change of a group, and the look before that.
    for behind in [true, false] {
        let accounts = (0..5).map(|number| account(&email(number), &[groups(&["Team"])]));
        let people = (0..5).map(|number| match number {
            0 => wanted(&email(0), &[groups(&[])]),
            _ => wanted(&email(number), &[groups(&["Team"])]),
        });
        let shape = Shape {
            filters: Filters::Refused(501),
            ..Shape::default()
        };
        let company = Company::new(shape, accounts.collect(), people.collect()).await;
        let faults = company.rig.sandbox.faults();
        let mut due = false;
        let broken = crate::sandbox::Fault::Answer(crate::sandbox::Canned::json(500, "{}"));
        faults.next(1, broken, move |request: &Request| {
            let group = request.path.starts_with("/Groups/");
            due |= match behind {
                true => group && request.method == "PATCH",
                // The account is looked at before the action.
                false => request.path.starts_with("/Users/"),
            };
            due && group && request.method == "GET"
        });
        let outcomes = company.run(|_| {}).await;
        assert_eq!(company.server.members("Team").len(), 4, "{outcomes:#?}");
        let only = outcomes.iter().all(|it| !it.message.contains("others"));
        assert!(only, "{outcomes:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn accepted_without_effect_is_not_applied() {
    for members in [Members::All, Members::Absent] {
        for put in [None, Some(405)] {
            let shape = Shape {
                members,
                put,
                joins: Joins::Ignored,
                leaves: Leaves::Ignored,
                ..Shape::default()
            };
            team(shape).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_operation_a_call_and_values_instead_of_filters() {
    for (one_operation, leaves) in [(true, Leaves::Work), (false, Leaves::Values)] {
        let shape = Shape {
            one_operation,
            leaves,
            put: Some(405),
            ..Shape::default()
        };
        let (company, outcomes) = team(shape).await;
        assert!(is_in(&company, 4) && !is_in(&company, 0), "{outcomes:#?}");
        // Several of them leave one by one.
        let inside = (0..9).map(|number| account(&email(number), &[groups(&["Team"])]));
        let people = (0..7).map(|number| wanted(&email(number), &[groups(&[])]));
        let mut company = Company::new(shape, inside.collect(), people.collect()).await;
        Arc::make_mut(&mut company.rig.settings).limits.concurrency = 7;
        company.run_until_done().await;
        assert_eq!(company.server.members("Team").len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_too_large_is_halved() {
    let people = (0..40).map(|number| wanted(&email(number), &[groups(&["Big"])]));
    let accounts = (0..40).map(|number| account(&email(number), &[]));
    let shape = Shape {
        most_members: 12,
        ..Shape::default()
    };
    let company = Company::new(shape, accounts.collect(), people.collect()).await;
    company.run_until_done().await;
    assert_eq!(company.server.members("Big").len(), 40);
    // Too large with 40, 20; then four of ten.
    assert_eq!(company.calls("PATCH", "/Groups"), 6);
}

#[tokio::test(start_paused = true)]
async fn everybody_who_waits_shares_two_reads_of_a_group() {
    let inside = (0..60).map(|number| account(&email(number), &[groups(&["Old"])]));
    let people = (0..60).map(|number| wanted(&email(number), &[groups(&["New"])]));
    let company = Company::new(Shape::default(), inside.collect(), people.collect()).await;
    company.run_until_done().await;
    let sizes = ["New", "Old"].map(|it| company.server.members(it).len());
    assert_eq!(sizes, [60, 0]);
    assert_eq!(company.calls("PATCH", "/Groups"), 2);
    // One of the fetches each, before and after the writes.
    let reads = company.calls("GET", "/Groups/");
    assert!(reads <= 2 + 2 * 2, "{reads} reads of single groups");
}

#[tokio::test(start_paused = true)]
async fn one_reason_refuses_no_more_than_three_who_join() {
    let accounts = (0..30).map(|number| account(&email(number), &[]));
    let people = (0..30).map(|number| wanted(&email(number), &[groups(&["Team"])]));
    let shape = Shape {
        put: Some(403),
        patches: Patches::Refused(403),
        ..Shape::default()
    };
    let company = Company::new(shape, accounts.collect(), people.collect()).await;
    let outcomes = company.run(|_| {}).await;
    let failed = outcomes.iter().filter(|it| it.verdict == Verdict::Failed);
    assert_eq!(failed.count(), 30, "{outcomes:#?}");
    let last = outcomes
        .iter()
        .filter(|it| it.message.contains("3 others in a row"));
    assert_eq!(last.count(), 27, "{outcomes:#?}");
    let writes = company.calls("PATCH", "/Groups") + company.calls("PUT", "/Groups");
    assert!(writes <= 3 * 5 + 2, "{writes} writes");
}

#[tokio::test(start_paused = true)]
async fn who_is_lost_to_anothers_change_is_not_called_applied() {
    // Nobody can be brought in again, and who leaves takes everybody along; only users show it.
    let shape = Shape {
        joins: Joins::Ignored,
        leaves: Leaves::All,
        members: Members::Empty,
        put: Some(405),
        ..Shape::default()
    };
    let there = vec![
        account(&email(0), &[groups(&["Team", "Old"])]),
        account(&email(1), &[groups(&["Team"])]),
        // Who is in the second is in the first: it may be a group in it, so that is not written whole.
        account(&email(2), &[groups(&["Team", "Inner"])]),
    ];
    let people = vec![
        // Leaves one, and stays in the other, which the next one leaves.
        wanted(&email(0), &[groups(&["Team"])]),
        wanted(&email(1), &[groups(&[])]),
    ];
    let company = Company::new(shape, there, people).await;
    let outcomes = company.run(|_| {}).await;
    assert!(!is_in(&company, 0), "{outcomes:#?}");
    let message = &outcomes[0].message;
    assert_eq!(outcomes[0].verdict, Verdict::Unverified, "{outcomes:#?}");
    assert!(
        message.contains("another change of this run took them out of Team"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_leaves_people_out_proves_of_nobody_that_they_are_not_in_it() {
    let shape = Shape {
        members: Members::First(2),
        own_groups: false,
        group_filters: Filters::Refused(400),
        ..Shape::default()
    };
    let inside = (0..4).map(|number| account(&email(number), &[groups(&["Team"])]));
    let people = vec![
        // Makes room in the list for somebody who had not been shown.
        wanted(&email(0), &[groups(&[])]),
        // Is not shown in the group that the roster does not give.
        wanted(&email(3), &[groups(&["Other"])]),
    ];
    let company = Company::new(shape, inside.collect(), people).await;
    let outcomes = company.run(|_| {}).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:#?}");
    assert!(is_in(&company, 3) && !is_in(&company, 0));
    assert_eq!(outcomes[1].verdict, Verdict::Unverified, "{outcomes:#?}");
    let message = &outcomes[1].message;
    assert!(message.contains("perhaps still in Team"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_group_in_a_group_is_not_lost_where_only_users_show_their_groups() {
    let shape = Shape {
        members: Members::Empty,
        nests: Nests::Bare,
        patches: Patches::NoPathFilters,
        group_filters: Filters::Refused(400),
        ..Shape::default()
    };
    // In `Parent` by way of another group: the roster does not give it.
    let there = vec![account(&email(0), &[groups(&["Red"])])];
    let people = vec![wanted(&email(0), &[groups(&["Red"])])];
    let company = Company::new(shape, there, people).await;
    let outcomes = company.run(|_| {}).await;
    assert!(
        !company.server.members("Parent").is_empty(),
        "{outcomes:#?}"
    );
    let applied = outcomes.iter().filter(|it| it.verdict == Verdict::Applied);
    assert_eq!(applied.count(), 0, "{outcomes:#?}");
}
