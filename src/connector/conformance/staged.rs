//! Leavers in stages: off at once, deleted after thirty days, on again when listed within them.
//! Days are values; nobody waits.

use crate::plan::guard::Allowed;
use crate::plan::known::{Known, Remembered};
use crate::sandbox::HeldAccounts as _;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::world::{Setup, Variant, World, account, email, leaver, wanted};
use crate::connector::Vendor;
use crate::connector::testing::Subject;
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::off::DeactivationHistory;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::plan::off;
use crate::state::State;
use crate::state::off::DeactivationFile;

/// The first of some nights, at two in the morning.
const FIRST: &str = "2026-01-05T02:00:00Z";
/// The night of the first apply that may delete what the first one switched off.
const OVER: i64 = 31;

fn night(number: i64) -> Timestamp {
    let first = FIRST.parse::<Timestamp>().unwrap();
    let first = first.to_zoned(TimeZone::UTC);
    first.saturating_add(number.days()).timestamp()
}

fn day(number: i64) -> Date {
    night(number).to_zoned(TimeZone::UTC).date()
}

/// Somebody stays, somebody left.
async fn world(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let accounts = vec![
        account(spec, &email(0), Variant::Wanted),
        account(spec, &email(1), Variant::Wanted),
    ];
    let desired = vec![wanted(spec, &email(0)), leaver(spec, &email(1))];
    Setup::new(kind, accounts, desired).grace(30).start().await
}

/// A read in a night, with what the state folder says.
async fn read(world: &World, vendor: &dyn Vendor, state: &Path, at: i64) -> Known {
    let current = vendor.fetch(&world.desired).await.unwrap();
    let known = DeactivationFile::load(&State::folder(state)).map_err(|error| error.to_string());
    let known = known.map(|book| book.entries(&world.rig.settings));
    Known {
        current,
        remembered: Remembered {
            off: DeactivationHistory::new(known, day(at), day(at), &world.desired),
            ..Remembered::default()
        },
    }
}

/// How far a run comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dies {
    No,
    /// After its calls, and before it keeps what became of them.
    AfterTheCalls,
}

/// One apply in a night.
async fn apply(world: &World, state: &Path, at: i64, dies: Dies) -> (VendorPlan, Vec<Outcome>) {
    let vendor = world.rig.connect();
    let known = read(world, vendor.as_ref(), state, at).await;
    let plan = world.plan_known(&known, Allowed::default());
    let settings = &world.rig.settings;
    let mut book = DeactivationFile::load(&State::folder(state)).unwrap();
    let entries = off::sighted(
        settings,
        &world.desired,
        &known,
        &book.entries(settings),
        &plan.actions,
        plan.read.as_ref().unwrap().proof.missing.is_none(),
        night(at),
    );
    book.set(settings, &entries);
    book.save(&State::folder(state)).unwrap();
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    if dies == Dies::No {
        let mut entries = book.entries(settings);
        off::take_over(&mut entries, outcomes.iter(), night(at));
        book.set(settings, &entries);
        book.save(&State::folder(state)).unwrap();
    }
    (plan, outcomes)
}

/// What is planned in a night: kinds, without anything held.
async fn planned(world: &World, state: &Path, at: i64) -> Vec<ActionKind> {
    let vendor = world.rig.connect_read_only();
    let known = read(world, vendor.as_ref(), state, at).await;
    let plan = world.plan_known(&known, Allowed::default());
    assert_eq!(plan.held, [], "{plan:#?}");
    plan.actions.iter().map(|action| action.kind).collect()
}

#[track_caller]
fn assert_applied((plan, outcomes): &(VendorPlan, Vec<Outcome>), kinds: &[ActionKind]) {
    let found: Vec<ActionKind> = plan.actions.iter().map(|action| action.kind).collect();
    assert_eq!(found, kinds, "{plan:#?}");
    for outcome in outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:#?}");
    }
}

fn list_again(world: &mut World, access: Access) {
    let spec = world.spec;
    world.desired = world.desired.with(|accounts| {
        accounts[1] = DesiredAccount {
            access,
            ..wanted(spec, &email(1))
        };
    });
}

pub(super) async fn leavers_go_off_and_are_deleted_after_their_grace(kind: &'static Subject) {
    let world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let first = apply(&world, state, 0, Dies::No).await;
    assert_applied(&first, &[ActionKind::Deactivate]);
    for at in [0, 1, OVER - 1] {
        let waiting = apply(&world, state, at, Dies::No).await;
        assert_applied(&waiting, &[]);
        let told = waiting.0.notices.iter().any(|notice| {
            notice.email.as_deref() == Some(&*email(1))
                && notice
                    .text
                    .contains("off since 2026-01-05; will be deleted on 2026-02-05")
        });
        assert!(told, "{:#?}", waiting.0.notices);
    }
    assert!(!world.rig.account(&email(1)).unwrap().active);
    // A plan writes nothing, however often it is made.
    assert_eq!(planned(&world, state, OVER).await, [ActionKind::Delete]);
    assert!(world.rig.account(&email(1)).is_some());
    let last = apply(&world, state, OVER, Dies::No).await;
    assert_applied(&last, &[ActionKind::Delete]);
    let reason = "off since 2026-01-05 (30 days of grace are over)";
    assert_eq!(last.0.actions[0].reason, reason);
    assert_eq!(world.rig.account(&email(1)), None);
    assert!(world.rig.account(&email(0)).unwrap().active);
    assert_eq!(planned(&world, state, OVER).await, []);
    let book = DeactivationFile::load(&State::folder(state)).unwrap();
    assert!(book.entries(&world.rig.settings).is_empty(), "{book:#?}");
}

pub(super) async fn whoever_is_listed_again_is_on_again_and_starts_anew(kind: &'static Subject) {
    let mut world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let first = apply(&world, state, 0, Dies::No).await;
    assert_applied(&first, &[ActionKind::Deactivate]);
    list_again(&mut world, Access::Granted);
    // Even a run that keeps nothing leaves no old time behind.
    let back = apply(&world, state, 20, Dies::AfterTheCalls).await;
    assert_applied(&back, &[ActionKind::Reactivate]);
    world.assert_end_state();
    list_again(&mut world, Access::Left);
    let again = apply(&world, state, 25, Dies::No).await;
    assert_applied(&again, &[ActionKind::Deactivate]);
    for at in [OVER, 25 + OVER - 1] {
        assert_eq!(planned(&world, state, at).await, [], "night {at}");
    }
    let over = planned(&world, state, 25 + OVER).await;
    assert_eq!(over, [ActionKind::Delete]);
}

pub(super) async fn a_run_that_dies_in_between_deletes_later_and_never_earlier(
    kind: &'static Subject,
) {
    let world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    let first = apply(&world, state, 0, Dies::AfterTheCalls).await;
    assert_applied(&first, &[ActionKind::Deactivate]);
    // Nobody kept when: the clock starts when the next apply sees it.
    let next = apply(&world, state, 3, Dies::No).await;
    assert_applied(&next, &[]);
    assert_eq!(planned(&world, state, 3 + OVER - 1).await, []);
    let last = apply(&world, state, 3 + OVER, Dies::AfterTheCalls).await;
    assert_applied(&last, &[ActionKind::Delete]);
    // The account is gone, its time is not: that does no harm and is tidied away.
    let after = apply(&world, state, 4 + OVER, Dies::No).await;
    assert_applied(&after, &[]);
    let book = DeactivationFile::load(&State::folder(state)).unwrap();
    assert!(book.entries(&world.rig.settings).is_empty(), "{book:#?}");
}

pub(super) async fn an_account_that_is_on_again_right_before_its_deletion_stays(
    kind: &'static Subject,
) {
    let world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    apply(&world, state, 0, Dies::No).await;
    let vendor = world.rig.connect();
    let plan = world.plan_known(
        &read(&world, vendor.as_ref(), state, OVER).await,
        Allowed::default(),
    );
    assert_eq!(plan.actions[0].kind, ActionKind::Delete, "{plan:#?}");
    let mut on = account(world.spec, &email(1), Variant::Wanted);
    on.id = world.rig.account(&email(1)).unwrap().id;
    world.rig.local().put(on);
    let writes = world.rig.writes().len();
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes[0].verdict, Verdict::Skipped, "{outcomes:#?}");
    assert!(outcomes[0].message.contains("switched on"), "{outcomes:#?}");
    assert_eq!(world.rig.writes().len(), writes);
    assert!(world.rig.account(&email(1)).unwrap().active);
}

pub(super) async fn a_deleted_person_who_is_listed_again_is_created_once_or_refused(
    kind: &'static Subject,
) {
    let mut world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    apply(&world, state, 0, Dies::No).await;
    apply(&world, state, OVER, Dies::No).await;
    list_again(&mut world, Access::Granted);
    let (plan, outcomes) = apply(&world, state, OVER + 9, Dies::No).await;
    assert_eq!(plan.actions[0].kind, ActionKind::Create, "{plan:#?}");
    // A vendor may not take an address again; that is told, and nobody is made twice.
    let there = world.rig.account(&email(1)).is_some();
    match outcomes[0].verdict {
        Verdict::Applied => assert!(there),
        Verdict::Failed => assert!(!there && !outcomes[0].message.is_empty()),
        Verdict::Unverified | Verdict::Skipped => panic!("{outcomes:#?}"),
    }
    if there {
        world.assert_end_state();
        assert_eq!(planned(&world, state, OVER + 9).await, []);
    }
}

pub(super) async fn a_damaged_file_deletes_nobody_and_hinders_nobody(kind: &'static Subject) {
    let world = world(kind).await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    apply(&world, state, 0, Dies::No).await;
    std::fs::write(state.join("off.json"), "{ \"format\": 1, \"vend").unwrap();
    let vendor = world.rig.connect();
    let plan = world.plan_known(
        &read(&world, vendor.as_ref(), state, 365).await,
        Allowed::default(),
    );
    assert_eq!(plan.actions, []);
    assert_eq!(plan.held.len(), 1, "{plan:#?}");
    assert!(
        plan.held[0].why.contains("off.json cannot be read"),
        "{plan:#?}"
    );
}
