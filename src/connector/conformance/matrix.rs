//! Every fault, at several seeds and rates, on reads and writes alike: after one clean run nothing
//! is double, nothing is lost, and no report has lied.
//!
//! `ROSTERCTL_SEEDS=50` soaks longer. A fault strikes by a hash of the request and of how often it
//! was made, so that a seed means the same however the calls overlap.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::applies;
use super::truth::assert_truth;
use super::world::{Setup, Variant, World, account, email, leaver, off_if_it_can, wanted};
use crate::connector::testing::{Subject, is_token_call, is_write};
use crate::model::action::ActionKind;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::spec::AuthForm;
use crate::sandbox::{Canned, Fault, Request};

fn seeds() -> u64 {
    let text = std::env::var("ROSTERCTL_SEEDS").unwrap_or_default();
    text.parse().unwrap_or(1)
}

/// Decides by chance, the same chance in each run.
struct Dice {
    seed: u64,
    percent: u64,
    made: HashMap<String, u64>,
}

impl Dice {
    fn new(seed: u64, percent: u64) -> Self {
        Self {
            seed,
            percent,
            made: HashMap::new(),
        }
    }

    fn strikes(&mut self, request: &Request) -> bool {
        let name = format!("{} {}?{}", request.method, request.path, request.query);
        let made = self.made.entry(name.clone()).or_default();
        *made += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, name, *made).hash(&mut hasher);
        hasher.finish() % 100 < self.percent
    }
}

/// Two of each: to create, to update, to switch on, to switch off; and one in sync.
pub(super) async fn crowd(kind: &'static Subject) -> World {
    crowd_with(kind, |forms| forms.first()).await
}

/// The same with credentials of another form.
pub(super) async fn crowd_with(
    kind: &'static Subject,
    form: fn(&'static [AuthForm]) -> Option<&'static AuthForm>,
) -> World {
    let spec = kind.spec;
    let accounts = (2..9)
        .map(|number| {
            let stale = [2, 3, 4].contains(&number);
            let variant = if stale { Variant::Old } else { Variant::Wanted };
            let account = account(spec, &email(number), variant);
            match number {
                4 | 5 => off_if_it_can(spec, account),
                _ => account,
            }
        })
        .collect();
    let desired = (0..9)
        .map(|number| match number {
            6 | 7 => leaver(spec, &email(number)),
            _ => wanted(spec, &email(number)),
        })
        .collect();
    let form = form(spec.auth).unwrap();
    Setup::new(kind, accounts, desired).form(form).start().await
}

/// One run under faults, one without; then everything is as it should be.
async fn converge(world: &World) -> Vec<Outcome> {
    let vendor = world.rig.connect();
    let mut outcomes = Vec::new();
    // A vendor that cannot be read is left alone: that is the first half of the promise.
    if let Ok(current) = vendor.fetch(&world.desired).await {
        let plan = world.plan(&current);
        outcomes = world.carry_out(vendor.as_ref(), &plan).await;
        assert_truth(world, &plan, &outcomes);
    }
    world.rig.sandbox.faults().clear();
    run_until_done(world).await;
    outcomes
}

/// A clean run does what is left, and leaves nothing.
pub(super) async fn run_until_done(world: &World) {
    let (plan, outcomes) = world.reconcile().await;
    assert_truth(world, &plan, &outcomes);
    for outcome in &outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:#?}");
    }
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}\nafter {outcomes:#?}");
}

/// Runs the crowd under one fault at several seeds and rates.
async fn soak(kind: &'static Subject, fault: &Fault, rates: &[u64], strikes: fn(&Request) -> bool) {
    for seed in 1..=seeds() {
        for &percent in rates {
            let world = crowd(kind).await;
            let mut dice = Dice::new(seed * 1_000 + percent, percent);
            let rule = move |request: &Request| strikes(request) && dice.strikes(request);
            world.rig.sandbox.faults().always(fault.clone(), rule);
            converge(&world).await;
        }
    }
}

fn any(request: &Request) -> bool {
    !is_token_call(request)
}

pub(super) async fn lost_and_broken_answers(kind: &'static Subject) {
    for fault in [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Truncate,
        Fault::Answer(Canned::html(200, "<html><title>Sign in</title></html>")),
        Fault::AnswerAfter(Canned::html(200, "<html><title>Sign in</title></html>")),
        Fault::AnswerAfter(Canned::json(200, "")),
        Fault::AnswerAfter(Canned::json(200, r#"{"id":[1],"users":{"a":1}}"#)),
    ] {
        soak(kind, &fault, &[5, 20], any).await;
    }
}

pub(super) async fn statuses_of_a_vendor_in_trouble(kind: &'static Subject) {
    for status in [500, 502, 503, 504, 524] {
        let answer = || Canned::json(status, r#"{"message":"in trouble"}"#);
        soak(kind, &Fault::Answer(answer()), &[10], any).await;
        soak(kind, &Fault::AnswerAfter(answer()), &[20], any).await;
    }
    let page = Canned::html(403, "<html><title>Blocked</title></html>");
    soak(kind, &Fault::Answer(page), &[20], any).await;
}

pub(super) async fn time_outs(kind: &'static Subject) {
    for fault in [Fault::HangBefore, Fault::HangAfter] {
        soak(kind, &fault, &[10], any).await;
        soak(kind, &fault, &[20], is_write).await;
    }
}

pub(super) async fn throttling_storms(kind: &'static Subject) {
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    let later = "Wed, 21 Oct 2015 07:28:09 GMT";
    let busy = || Canned::json(429, r#"{"message":"slow down"}"#);
    for answer in [
        busy().header("retry-after", "9"),
        busy().header("retry-after", later).header("date", date),
        busy(),
    ] {
        soak(kind, &Fault::Answer(answer.clone()), &[20], any).await;
        // Four in a row at one call, and nothing is lost but time.
        let world = crowd(kind).await;
        let faults = world.rig.sandbox.faults();
        faults.next(4, Fault::Answer(answer), is_write);
        let (plan, outcomes) = world.reconcile().await;
        assert_truth(&world, &plan, &outcomes);
        for outcome in &outcomes {
            assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:#?}");
        }
        assert!(world.rig.clock.skipped() >= Duration::from_secs(9));
        world.assert_end_state();
    }
}

pub(super) async fn credentials_that_end_in_mid_run(kind: &'static Subject) {
    let mints = kind.spec.kind == "logicgate";
    let refusal = || Fault::Answer(Canned::json(401, r#"{"message":"expired"}"#));
    for nth in [1, 3] {
        let world = crowd(kind).await;
        let faults = world.rig.sandbox.faults();
        let mut seen = 0;
        let from_nth = move |request: &Request| {
            seen += usize::from(is_write(request));
            is_write(request) && seen >= nth
        };
        if mints {
            faults.next(1, refusal(), from_nth);
        } else {
            faults.always(refusal(), from_nth);
        }
        let outcomes = converge(&world).await;
        let of = |verdict| outcomes.iter().filter(|it| it.verdict == verdict).count();
        if mints {
            assert_eq!(of(Verdict::Applied), outcomes.len(), "{outcomes:#?}");
            assert_eq!(
                world.rig.token_calls().len(),
                4,
                "each run mints, one twice"
            );
            continue;
        }
        // Where an action takes several calls, the refused one may be behind one that went through.
        let hit = of(Verdict::Failed) + of(Verdict::Unverified);
        assert!(hit > 0, "{outcomes:#?}");
        assert!(of(Verdict::Skipped) > 0, "{outcomes:#?}");
        for outcome in outcomes.iter().filter(|it| it.verdict == Verdict::Skipped) {
            assert!(outcome.message.contains("401"), "{outcome:#?}");
        }
    }
}

/// The server is at work long after the answer was given up.
pub(super) async fn a_late_write_is_found_by_the_next_run(kind: &'static Subject) {
    for nth in 0..8 {
        let world = crowd(kind).await;
        let mut seen = 0;
        let the_nth = move |request: &Request| {
            seen += usize::from(is_write(request));
            is_write(request) && seen > nth
        };
        world.rig.sandbox.faults().next(1, Fault::Late, the_nth);
        let (plan, outcomes) = world.reconcile().await;
        assert_truth(&world, &plan, &outcomes);
        for outcome in &outcomes {
            match outcome.verdict {
                Verdict::Applied => {}
                Verdict::Unverified => {
                    assert!(outcome.message.contains("next run"), "{outcome:#?}");
                }
                Verdict::Failed | Verdict::Skipped => panic!("{outcome:#?}"),
            }
        }
        world.rig.sandbox.faults().clear();
        // Every action is a write at least; where a vendor can do little, there are fewer.
        let late = world.rig.sandbox.finish_late().await;
        assert!(
            late == 1
                || (late == 0 && nth >= plan.actions.len() && !applies::reversible(kind.spec)),
            "{nth}: {late}"
        );
        run_until_done(&world).await;
    }
}

/// A create is the one call that must not be repeated blindly.
pub(super) async fn a_late_create_is_unverified_and_made_once(kind: &'static Subject) {
    let world = World::new(kind, Vec::new(), vec![wanted(kind.spec, &email(0))]).await;
    world.rig.sandbox.faults().next(1, Fault::Late, is_write);
    let (_, outcomes) = world.reconcile().await;
    assert_eq!(outcomes[0].action.kind, ActionKind::Create);
    assert_eq!(outcomes[0].verdict, Verdict::Unverified, "{outcomes:#?}");
    assert!(outcomes[0].message.contains("next run"), "{outcomes:#?}");
    assert_eq!(world.rig.writes(), [], "it was sent again");
    assert_eq!(world.rig.sandbox.finish_late().await, 1);
    run_until_done(&world).await;
}
