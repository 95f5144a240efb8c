//! The common path: reconcile, reconcile again, look at the end state.

use super::applies::{self, unnamed};
use super::world::{
    Variant, World, account, email, leaver, off_if_it_can, removal, revival, wanted,
};
use crate::connector::testing::Subject;
use crate::model::action::ActionKind;
use crate::model::outcome::Verdict;
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::sandbox::HeldAccounts as _;

/// Somebody in sync, stale, missing, gone, back again; and a stranger.
pub(super) async fn mixed(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let back = off_if_it_can(spec, account(spec, &email(4), Variant::Old));
    let accounts = vec![
        account(spec, &email(0), Variant::Wanted),
        account(spec, &email(1), Variant::Old),
        account(spec, &email(3), Variant::Wanted),
        back,
        account(spec, "stranger@example.com", Variant::Old),
    ];
    let desired = vec![
        wanted(spec, &email(0)),
        wanted(spec, &email(1)),
        wanted(spec, &email(2)),
        leaver(spec, &email(3)),
        wanted(spec, &email(4)),
    ];
    World::new(kind, accounts, desired).await
}

pub(super) async fn a_second_plan_is_empty_and_the_end_state_is_the_rosters(
    kind: &'static Subject,
) {
    let world = mixed(kind).await;
    let (plan, outcomes) = world.reconcile().await;
    let kinds: Vec<ActionKind> = plan.actions.iter().map(|action| action.kind).collect();
    assert_eq!(
        kinds,
        [
            removal(world.spec),
            ActionKind::Update,
            revival(world.spec),
            ActionKind::Create
        ],
        "{plan:#?}"
    );
    for outcome in &outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    world.assert_end_state();
    let stranger = world.rig.account("stranger@example.com").unwrap();
    assert!(stranger.active, "a stranger is only reported");
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
    assert_eq!(again.held, [], "{again:#?}");
}

pub(super) async fn an_empty_list_creates_nobody_until_it_is_allowed(kind: &'static Subject) {
    let spec = kind.spec;
    let people = vec![wanted(spec, &email(0)), wanted(spec, &email(1))];
    let world = World::new(kind, Vec::new(), people).await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let held = world.plan(&current);
    // Some list the account behind the credentials; a record claims nothing of others.
    let empty = applies::lists(spec) && current.accounts.is_empty();
    if empty {
        assert_eq!(held.actions, [], "{held:#?}");
        assert_eq!(held.held.len(), 2, "{held:#?}");
        let way_out = format!("--allow-empty {}", world.rig.settings.name);
        assert!(
            held.held.iter().all(|it| it.why.contains(&way_out)),
            "{held:#?}"
        );
    }
    let allowed = Allowed {
        empty,
        ..Allowed::default()
    };
    let plan = world.plan_known(&current.into(), allowed);
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes.len(), 2, "{plan:#?}");
    for outcome in &outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!((again.actions, again.held), (vec![], vec![]));
}

pub(super) async fn what_the_roster_does_not_name_is_left_alone(kind: &'static Subject) {
    let spec = kind.spec;
    let mut stale = account(spec, &email(1), Variant::Old);
    let mut leaves = account(spec, &email(3), Variant::Wanted);
    for account in [&mut stale, &mut leaves] {
        if let Some(name) = unnamed(spec) {
            let kept = Some(Value::text(kept(name)));
            account.attributes.insert(name, kept);
        }
    }
    let desired = vec![wanted(spec, &email(1)), leaver(spec, &email(3))];
    let world = World::new(kind, vec![stale, leaves], desired).await;
    let before = world.rig.account(&email(1)).unwrap();
    let (_, outcomes) = world.reconcile().await;
    assert_eq!(outcomes.len(), 2);
    let after = world.rig.account(&email(1)).unwrap();
    let wanted = world.desired.account(0);
    let named = &wanted.attributes;
    for (name, value) in before.attributes.iter() {
        let ours = named.contains(name) || name.contains('.');
        if !ours {
            assert_eq!(after.attributes.get(name), Some(value), "{name}");
        }
    }
    if let Some(name) = unnamed(spec) {
        let stays = applies::reversible(spec).then_some(3);
        for number in [Some(1), stays].into_iter().flatten() {
            let account = world.rig.account(&email(number)).unwrap();
            let have = account.attributes.get(name).and_then(Option::as_ref);
            assert_eq!(have.and_then(Value::as_text), Some(kept(name)), "{name}");
        }
    }
}

/// A value that the attribute can have.
fn kept(name: &str) -> &'static str {
    match name {
        "time_zone" => "Pacific/Auckland",
        "language_tag" => "mi-NZ",
        _ => "kept as it was",
    }
}

pub(super) async fn a_plan_sends_no_writing_request(kind: &'static Subject) {
    let world = mixed(kind).await;
    let plan = world.dry_run().await;
    assert_eq!(plan.actions.len(), 4, "{plan:#?}");
    assert_eq!(world.rig.writes(), []);
}

pub(super) async fn letter_case_plus_signs_and_unicode_survive(kind: &'static Subject) {
    let spec = kind.spec;
    let odd = ["Ada.Byron+Risk@Example.com", "o'neil_x/y+z@example.com"];
    let mut desired: Vec<_> = odd.iter().map(|email| wanted(spec, email)).collect();
    for want in &mut desired {
        for attribute in spec.attributes {
            if attribute.from_person.is_some() && want.attributes.contains(attribute.name) {
                let name = Value::text("Zoë \"Ńana\" 李 <b>");
                want.attributes.insert(attribute.name, name);
            }
        }
    }
    // The second one is there already, in another spelling.
    let there = account(spec, "O'Neil_X/y+z@EXAMPLE.com", Variant::Old);
    let world = World::new(kind, vec![there], desired).await;
    let (_, outcomes) = world.reconcile().await;
    for outcome in &outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
}

pub(super) async fn an_account_that_appears_between_read_and_create_is_adopted(
    kind: &'static Subject,
) {
    let spec = kind.spec;
    let world = World::new(
        kind,
        vec![account(spec, &email(0), Variant::Wanted)],
        vec![wanted(spec, &email(0)), wanted(spec, &email(1))],
    )
    .await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    assert_eq!(plan.actions[0].kind, ActionKind::Create);
    world
        .rig
        .local()
        .put(account(spec, &email(1), Variant::Old));
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{:?}", outcomes[0]);
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
}

pub(super) async fn an_account_changed_between_read_and_write_keeps_the_other_change(
    kind: &'static Subject,
) {
    let spec = kind.spec;
    let name = unnamed(spec).expect("the case asks for one");
    let stale = account(spec, &email(1), Variant::Old);
    let world = World::new(kind, vec![stale], vec![wanted(spec, &email(1))]).await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    let mut changed = world.rig.account(&email(1)).unwrap();
    let kept_value = Some(Value::text(kept(name)));
    changed.attributes.insert(name, kept_value.clone());
    world.rig.local().put(changed);
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{:?}", outcomes[0]);
    let after = world.rig.account(&email(1)).unwrap();
    assert_eq!(after.attributes.get(name), Some(&kept_value));
    world.assert_end_state();
}

pub(super) async fn an_account_gone_between_read_and_removal_is_no_failure(kind: &'static Subject) {
    let spec = kind.spec;
    let there = account(spec, &email(1), Variant::Wanted);
    let world = World::new(kind, vec![there], vec![leaver(spec, &email(1))]).await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    world.rig.local().remove(&email(1));
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{:?}", outcomes[0]);
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
}
