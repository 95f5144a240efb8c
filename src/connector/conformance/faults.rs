//! Writes under faults: no second account, nobody lost, and a report that tells the truth.

use super::world::{Variant, World, account, email, leaver, removal, wanted};
use crate::connector::testing::{Subject, is_write};
use crate::model::action::ActionKind;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::spec::ReadFrom;
use crate::sandbox::{Canned, Fault};

/// Three to create, three to update, three to switch off.
async fn busy(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let accounts = (3..9)
        .map(|number| {
            let variant = if number < 6 {
                Variant::Old
            } else {
                Variant::Wanted
            };
            account(spec, &email(number), variant)
        })
        .collect();
    let desired = (0..9)
        .map(|number| {
            if number < 6 {
                wanted(spec, &email(number))
            } else {
                leaver(spec, &email(number))
            }
        })
        .collect();
    World::new(kind, accounts, desired).await
}

/// What a report says was done is done.
fn assert_truth(world: &World, outcomes: &[Outcome]) {
    for outcome in outcomes {
        if outcome.verdict != Verdict::Applied {
            continue;
        }
        let account = world.rig.account(&outcome.action.email);
        match outcome.action.kind {
            ActionKind::Deactivate => assert!(!account.unwrap().active, "{outcome:?}"),
            ActionKind::Create | ActionKind::Update | ActionKind::Reactivate => {
                let account = account.unwrap();
                assert!(account.active, "{outcome:?}");
                for change in &outcome.action.changes {
                    if let Some(now) = account.attributes.get(&change.attribute) {
                        assert_eq!(now.as_ref(), Some(&change.after), "{outcome:?}");
                    }
                }
            }
            ActionKind::Delete => assert_eq!(account, None, "{outcome:?}"),
        }
    }
}

/// One run with whatever faults are set, then clean runs until nothing is left.
async fn converge(world: &World) -> Vec<Outcome> {
    let (_, outcomes) = world.reconcile().await;
    assert_truth(world, &outcomes);
    world.rig.sandbox.faults().clear();
    // One clean run; a second only where the vendor's time-out left something to look at.
    let (_, second) = world.reconcile().await;
    assert_truth(world, &second);
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}\n{outcomes:#?}\n{second:#?}");
    outcomes
}

pub(super) async fn lost_answers_make_no_second_account_and_lose_nobody(kind: &'static Subject) {
    let faults = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Truncate,
        Fault::AnswerAfter(Canned::json(502, "")),
        Fault::AnswerAfter(Canned::json(503, "")),
        Fault::AnswerAfter(Canned::json(524, "")),
        Fault::AnswerAfter(Canned::html(500, "<html></html>")),
        Fault::Answer(Canned::json(502, "")),
        Fault::Answer(Canned::json(524, "")),
    ];
    for fault in faults {
        for nth in [1, 4] {
            let world = busy(kind).await;
            let mut seen = 0;
            world
                .rig
                .sandbox
                .faults()
                .next(1, fault.clone(), move |request| {
                    seen += usize::from(is_write(request));
                    is_write(request) && seen >= nth
                });
            converge(&world).await;
        }
    }
}

pub(super) async fn refused_writes_are_told_as_they_are(kind: &'static Subject) {
    for status in [403, 404, 409, 422] {
        // Of a delete, 404 says that it was done.
        if status == 404 && removal(kind.spec) == ActionKind::Delete {
            continue;
        }
        let world = busy(kind).await;
        let refusal = Canned::json(status, r#"{"message":"no, thank you"}"#);
        world
            .rig
            .sandbox
            .faults()
            .always(Fault::Answer(refusal), is_write);
        let (plan, outcomes) = world.reconcile().await;
        assert_eq!(outcomes.len(), plan.actions.len());
        assert_eq!(plan.actions.len(), 9);
        for outcome in &outcomes {
            assert_eq!(outcome.verdict, Verdict::Failed, "{status}: {outcome:?}");
            assert_eq!(outcome.status, Some(status), "{outcome:?}");
            assert!(outcome.message.contains("no, thank you"), "{outcome:?}");
        }
    }
}

pub(super) async fn a_throttled_write_is_sent_again(kind: &'static Subject) {
    let world = busy(kind).await;
    let answer = Canned::json(429, "").header("retry-after", "30");
    world
        .rig
        .sandbox
        .faults()
        .next(2, Fault::Answer(answer), is_write);
    let (_, outcomes) = world.reconcile().await;
    for outcome in &outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    assert!(world.rig.clock.skipped().as_secs() >= 30);
    world.assert_end_state();
}

pub(super) async fn random_faults_converge_after_one_clean_run(kind: &'static Subject) {
    for seed in 1..=12_u64 {
        let world = busy(kind).await;
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let fault = match seed % 4 {
            0 => Fault::DropBefore,
            1 => Fault::DropAfter,
            2 => Fault::AnswerAfter(Canned::json(503, "")),
            _ => Fault::Truncate,
        };
        // One request in five, reads among them once the run has begun to write.
        let mut begun = kind.spec.read == ReadFrom::Record;
        world.rig.sandbox.faults().always(fault, move |request| {
            begun |= is_write(request);
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            begun && random % 5 == 0
        });
        converge(&world).await;
    }
}
