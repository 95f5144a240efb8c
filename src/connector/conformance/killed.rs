//! A hundred creates, killed at every 27th event of their journal, and what the run after that
//! costs; every second time it is killed as well, in the middle of its looks.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::resume::{run, story};
use super::world::{World, email, wanted};
use crate::connector::Vendor;
use crate::connector::testing::Subject;
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::outcome::Verdict;
use crate::run::apply::{Recovered, recover};
use crate::state::journal::Journal;
use crate::state::journal::event::{Event, Settled};

const PEOPLE: usize = 100;

/// Of one create: intended, about to be sent, sent, ended.
const EVENTS: usize = 4;

/// Events from one death to the next; no multiple of those of a create, so that all of them come up.
const EVERY: usize = 27;

pub(super) async fn a_hundred_creates_recover_at_the_cost_of_what_was_in_flight(
    kind: &'static Subject,
) {
    let (mut looked_up, mut deaths) = (0, 0);
    for events in (EVERY..).step_by(EVERY) {
        let people = (0..PEOPLE).map(|it| wanted(kind.spec, &email(it)));
        let world = World::new(kind, Vec::new(), people.collect()).await;
        let Some(looks) = dies_and_recovers(&world, events, deaths % 2 == 1).await else {
            break;
        };
        looked_up += looks;
        deaths += 1;
    }
    assert_eq!(deaths, EVENTS * PEOPLE / EVERY);
    assert!(looked_up > 0, "nothing was in flight at any death");
}

/// What was looked up after a run that died at that event; `None`: it did not die.
async fn dies_and_recovers(world: &World, events: usize, again: bool) -> Option<usize> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    if let Some(outcomes) = run(world, vendor.as_ref(), (&plan, &current), &path, events).await {
        assert_eq!(outcomes.len(), PEOPLE);
        return None;
    }
    drop(vendor);

    let vendor = world.rig.connect();
    let start = world.rig.clock.now();
    let before = world.rig.sandbox.requests().len();
    let mut current = vendor.fetch(&world.desired).await.unwrap();
    let normal = world.rig.sandbox.requests().len() - before;
    let unlisted = open(&path)
        .iter()
        .filter(|(_, action)| !current.accounts.iter().any(|it| it.email == action.email))
        .count();
    // Each call carries one create.
    let at_once = world.rig.settings.limits.concurrency;
    assert!(unlisted <= at_once, "{unlisted} are looked up");
    let looks = recover_run(world, vendor.as_ref(), &mut current, &path, again).await;
    let took = world.rig.clock.now().duration_since(start);
    let requests = world.rig.sandbox.requests().len() - before;
    if again {
        // The looks that were under way are asked for once more, and nothing else.
        assert!(looks <= unlisted, "{looks} of {unlisted}");
    } else {
        assert_eq!(looks, unlisted);
        // A look that finds nobody may end in the list, which they share.
        assert!(
            requests <= 2 * normal + looks,
            "{requests} requests, {normal} of a read"
        );
    }
    assert!(took < Duration::from_secs(15), "it took {took:?}");

    let plan = world.plan(&current);
    assert_eq!(plan.held, [], "{plan:#?}");
    for outcome in world.carry_out(vendor.as_ref(), &plan).await {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
    Some(unlisted)
}

/// What can have been on the wire and is not known yet.
fn open(path: &Path) -> Vec<(u32, Action)> {
    let story = story(path);
    let begun = story.in_flight().filter(|(_, step)| step.begun);
    begun
        .map(|(number, step)| (number, step.action.clone()))
        .collect()
}

/// Looks for what was in flight, and has it on record at once; `dies`: after the first one, and goes
/// on where it was. Returns how many were looked for in the end.
async fn recover_run(
    world: &World,
    vendor: &dyn Vendor,
    current: &mut Current,
    path: &Path,
    dies: bool,
) -> usize {
    let mut looks = 0;
    for dies in [true, false].into_iter().filter(|it| dies || !it) {
        let sent = open(path);
        let actions: Vec<&Action> = sent.iter().map(|(_, action)| action).collect();
        let known = current.accounts.clone();
        let journal = Mutex::new(Journal::open(path).unwrap());
        let (told, dead) = (AtomicUsize::new(0), Notify::new());
        let unlisted = |at: usize| !known.iter().any(|it| it.email == sent[at].1.email);
        let tell = |at: usize, found: Recovered| {
            // What is told behind the death is on no record.
            if dies && told.load(Ordering::Relaxed) > 0 {
                return;
            }
            told.fetch_add(usize::from(unlisted(at)), Ordering::Relaxed);
            let settled = Event::Settled(Settled {
                number: sent[at].0,
                happened: found.happened.unwrap(),
                message: found.message,
            });
            journal.lock().unwrap().append(settled).unwrap();
            if dies && told.load(Ordering::Relaxed) > 0 {
                dead.notify_one();
            }
        };
        let (settings, clock) = (&world.rig.settings, &world.rig.clock);
        let since = Duration::ZERO;
        let settled = recover(vendor, settings, clock, since, current, &actions, &tell);
        tokio::select! {
            biased;
            () = dead.notified() => {}
            () = settled => {}
        }
        looks += told.into_inner();
    }
    looks
}
