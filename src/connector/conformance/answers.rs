//! Answers that are not what the documentation says: field by field, and behind the time.

use super::applies;
use super::matrix::{crowd, crowd_with, run_until_done};
use super::truth::assert_truth;
use super::world::{Variant, World, account, email, has_names, leaver, removal, wanted};
use crate::connector::testing::{Subject, is_write};
use crate::model::action::ActionKind;
use crate::model::outcome::Verdict;
use crate::model::spec::{AuthForm, LOGIN};
use crate::model::value::Value;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::{Canned, Fault, Request, Spoil};

fn is_read(request: &Request) -> bool {
    request.method == "GET"
}

/// A vendor with two people in sync, a leaver, and one who is missing.
async fn few(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let accounts = (0..3)
        .map(|number| account(spec, &email(number), Variant::Wanted))
        .collect();
    let desired = vec![
        wanted(spec, &email(0)),
        wanted(spec, &email(1)),
        leaver(spec, &email(2)),
        wanted(spec, &email(3)),
    ];
    World::new(kind, accounts, desired).await
}

/// Whatever one field of an answer turns into: an error with its place, or a plan that gives and
/// takes access only where that is due.
pub(super) async fn no_spoiled_field_gives_or_takes_access(kind: &'static Subject) {
    let world = few(kind).await;
    let expected = world.dry_run().await;
    for how in [
        Spoil::Null,
        Spoil::Missing,
        Spoil::WrongType,
        Spoil::Extra,
        Spoil::Twice,
    ] {
        // SnapLogic's answers hold maps by environment, where one more key is no unknown field.
        let harmless = how == Spoil::Extra && kind.spec.kind != "snaplogic";
        for nth in 0.. {
            let spoiled = world.rig.sandbox.spoiled();
            let faults = world.rig.sandbox.faults();
            faults.clear();
            faults.always(Fault::Field(nth, how), is_read);
            let vendor = world.rig.connect_read_only();
            let read = vendor.fetch(&world.desired).await;
            if world.rig.sandbox.spoiled() == spoiled {
                // No answer has so many fields.
                assert!(nth > 10, "{how:?}: nothing was spoiled");
                break;
            }
            let plan = match read {
                Ok(current) => world.plan(&current),
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.starts_with(kind.spec.kind), "{how:?} {nth}: {text}");
                    assert!(text.contains("GET /"), "{how:?} {nth}: {text}");
                    assert!(!harmless, "{nth}: {text}");
                    continue;
                }
            };
            if harmless {
                assert_eq!(plan, expected, "field {nth}");
            }
            for action in &plan.actions {
                let due = match action.kind {
                    ActionKind::Create => email(3),
                    kind if kind.removes() => email(2),
                    _ => continue,
                };
                if action.kind == ActionKind::Create
                    && !has_names(kind.spec)
                    && *action.email != *due
                {
                    // Nothing in the entry tells whose it is. The create looks first.
                    nobody_is_doubled(kind, nth, how).await;
                    continue;
                }
                assert_eq!(*action.email, *due, "field {nth} {how:?}: {action:#?}");
            }
        }
    }
    assert_eq!(world.rig.writes(), []);
}

/// A run of which each answer has that field spoiled.
async fn nobody_is_doubled(kind: &'static Subject, nth: usize, how: Spoil) {
    let world = few(kind).await;
    let faults = world.rig.sandbox.faults();
    faults.always(Fault::Field(nth, how), is_read);
    world.reconcile().await;
    let accounts = world.rig.local().accounts();
    let emails: std::collections::BTreeSet<_> = accounts.iter().map(|it| it.email_key()).collect();
    assert_eq!(
        emails.len(),
        accounts.len(),
        "field {nth} {how:?}: {accounts:#?}"
    );
}

/// Which of two values counts is nobody's guess.
pub(super) async fn a_key_twice_is_an_error(kind: &'static Subject) {
    let world = few(kind).await;
    let twice = Fault::Field(1, Spoil::Twice);
    world.rig.sandbox.faults().always(twice, is_read);
    let vendor = world.rig.connect_read_only();
    let error = vendor.fetch(&world.desired).await.unwrap_err().to_string();
    assert!(error.contains("same key twice"), "{error}");
}

/// After each write some reads still show what was before it.
pub(super) async fn reads_that_lag_behind_writes_make_nothing_double(kind: &'static Subject) {
    // As many reads as every declaration allows for.
    for lag in [1, 2] {
        // What is kept of a vendor knows no tokens that are minted later.
        let ready = |forms: &'static [AuthForm]| {
            let ready = forms.iter().find(|form| form.secrets == ["token"]);
            ready.or(forms.first())
        };
        let mut world = crowd_with(kind, ready).await;
        // One after the other: a lag is that of one's own write.
        std::sync::Arc::make_mut(&mut world.rig.settings)
            .limits
            .concurrency = 1;
        let sandbox = &world.rig.sandbox;
        sandbox.freeze(&world.rig.settings.name);
        let mut left = 0;
        sandbox.faults().always(Fault::Stale, move |request| {
            if is_write(request) {
                left = lag;
                return false;
            }
            let stale = is_read(request) && left > 0;
            left -= usize::from(stale);
            stale
        });
        let (plan, outcomes) = world.reconcile().await;
        assert_truth(&world, &plan, &outcomes);
        world.rig.sandbox.faults().clear();
        run_until_done(&world).await;
    }
}

/// One call is refused: that action says so, every other one goes through.
pub(super) async fn one_refused_write_stops_nothing_else(kind: &'static Subject) {
    for status in [400, 403, 404, 409, 422, 500] {
        for nth in [1, 2, 5] {
            let world = crowd(kind).await;
            let answer = Canned::json(status, r#"{"message":"no, thank you"}"#);
            let mut seen = 0;
            let the_nth = move |request: &Request| {
                seen += usize::from(is_write(request));
                is_write(request) && seen >= nth
            };
            let faults = world.rig.sandbox.faults();
            faults.next(1, Fault::Answer(answer), the_nth);
            let (plan, outcomes) = world.reconcile().await;
            assert_truth(&world, &plan, &outcomes);
            let bad: Vec<_> = outcomes
                .iter()
                .filter(|it| it.verdict != Verdict::Applied)
                .collect();
            assert!(bad.len() <= 1, "{status}: {bad:#?}");
            for outcome in bad {
                assert_eq!(outcome.verdict, Verdict::Failed, "{outcome:#?}");
                assert_eq!(outcome.status, Some(status), "{outcome:#?}");
                assert!(outcome.message.contains("no, thank you"), "{outcome:#?}");
            }
            run_until_done(&world).await;
        }
    }
}

const SOMEBODY_ELSE: &str = "somebody.else@example.com";

/// Somebody gives the first account to [`SOMEBODY_ELSE`], with a login of their own where there are any.
fn hand_over(world: &World) {
    let mut account = world.rig.account(&email(1)).unwrap();
    world.rig.local().remove(&email(1));
    account.email = SOMEBODY_ELSE.into();
    if world.spec.attribute(LOGIN).is_some() {
        let theirs = Value::text("somebody.else");
        account.attributes.insert(LOGIN, Some(theirs));
    }
    world.rig.local().put(account);
}

/// Between the read and the removal, somebody gives the account to somebody else.
pub(super) async fn an_account_renamed_before_its_removal_is_left_alone(kind: &'static Subject) {
    let spec = kind.spec;
    let there = account(spec, &email(1), Variant::Wanted);
    let world = World::new(kind, vec![there], vec![leaver(spec, &email(1))]).await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    hand_over(&world);
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(world.rig.writes(), [], "{outcomes:#?}");
    let other = world.rig.account(SOMEBODY_ELSE).unwrap();
    assert!(other.active, "{outcomes:#?}");
    // Where the e-mail is the key, the account that was planned for is gone.
    let kept_its_id = other.id.is_some() && other.id == plan.actions[0].id;
    let (verdict, word) = match kept_its_id {
        true => (Verdict::Skipped, SOMEBODY_ELSE),
        false => (Verdict::Applied, "gone"),
    };
    assert_eq!(outcomes[0].verdict, verdict, "{outcomes:#?}");
    assert!(outcomes[0].message.contains(word), "{outcomes:#?}");
}

/// Between the read and a change, or a return, somebody gives the account to somebody else.
pub(super) async fn an_account_renamed_before_its_update_is_left_alone(kind: &'static Subject) {
    let spec = kind.spec;
    for active in [true, false] {
        let mut there = account(spec, &email(1), Variant::Old);
        there.active = active;
        let world = World::new(kind, vec![there], vec![wanted(spec, &email(1))]).await;
        let vendor = world.rig.connect();
        let current = vendor.fetch(&world.desired).await.unwrap();
        let plan = world.plan(&current);
        assert_ne!((active, plan.actions.len()), (true, 0), "{plan:#?}");
        hand_over(&world);
        let before = world.rig.local().accounts();
        let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
        assert_eq!(world.rig.local().accounts(), before, "{outcomes:#?}");
        for outcome in &outcomes {
            assert_ne!(outcome.verdict, Verdict::Applied, "{outcomes:#?}");
        }
    }
}

/// Somebody did the work by hand in the meantime.
pub(super) async fn an_account_switched_off_before_its_removal_is_not_touched(
    kind: &'static Subject,
) {
    let spec = kind.spec;
    let there = account(spec, &email(1), Variant::Wanted);
    let world = World::new(kind, vec![there], vec![leaver(spec, &email(1))]).await;
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    let mut off = world.rig.account(&email(1)).unwrap();
    off.active = false;
    world.rig.local().put(off);
    if world.rig.account(&email(1)).unwrap().active {
        // Nobody can be off at a vendor where nothing shows it.
        assert!(!applies::reversible(spec));
        return;
    }
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    // A delete was planned for an account that was on: what it is now needs another plan.
    let verdict = match removal(spec) {
        ActionKind::Delete => Verdict::Skipped,
        _ => Verdict::Applied,
    };
    assert_eq!(outcomes[0].verdict, verdict, "{outcomes:#?}");
    world.assert_end_state();
}

/// A vendor that stops answering costs the waits of a few calls, not those of all.
pub(super) async fn a_dead_vendor_costs_seconds(kind: &'static Subject) {
    let spec = kind.spec;
    let desired = (0..150)
        .map(|number| wanted(spec, &email(number)))
        .collect();
    for fault in [Fault::DropBefore, Fault::Answer(Canned::json(503, ""))] {
        let world = World::new(kind, Vec::new(), Vec::clone(&desired)).await;
        let vendor = world.rig.connect();
        let current = vendor.fetch(&world.desired).await.unwrap();
        let plan = world.plan(&current);
        world.rig.sandbox.faults().always(fault, |_| true);
        let before = world.rig.clock.skipped();
        let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
        let waited = world.rig.clock.skipped() - before;
        assert!(waited.as_secs() < 120, "{waited:?}");
        assert_truth(&world, &plan, &outcomes);
        let skipped = outcomes.iter().filter(|it| it.verdict == Verdict::Skipped);
        let skipped: Vec<_> = skipped.collect();
        assert!(skipped.len() >= 130, "{}", skipped.len());
        for outcome in skipped {
            assert!(outcome.message.contains("seems to be down"), "{outcome:#?}");
        }
        world.rig.sandbox.faults().clear();
        run_until_done(&world).await;
    }
}
