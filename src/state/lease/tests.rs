//! The lease over a store in memory, whose time is moved by hand, and over a folder.

use std::sync::Arc;

use super::super::probe::probe;
use super::super::store::Folder;
use super::super::store::testing::{Fault, Memory};
use super::*;
use crate::http::Clock;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// A machine at a store whose clock is moved together with the machine's steady one.
struct World {
    memory: Arc<Memory>,
    store: Arc<dyn Store>,
    now: Moment,
    passed: Duration,
}

impl World {
    fn new() -> Self {
        let memory = Arc::new(Memory::default());
        Self {
            store: memory.clone(),
            memory,
            now: Moment::now(),
            passed: Duration::ZERO,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.memory.pass(time);
        self.passed += time;
    }

    fn moment(&self) -> Moment {
        self.now.after(self.passed)
    }

    /// Takes the lease as a run on another machine, whose clock is off by some seconds.
    fn take(&self, name: &str, tenure: &WritePermit, off: i64) -> Result<Lease, LeaseError> {
        let mut now = self.moment();
        now.wall += jiff::SignedDuration::from_secs(off);
        let probed = probe(&*self.store, name, &Clock::Real)?;
        let clock = StoreClock::new(probed.time(self.now.ticks), now);
        Lease::take(&self.store, tenure, &who(name), MINUTE, &clock, now)
    }
}

fn who(name: &str) -> Who {
    Who {
        run: name.into(),
        host: name.to_owned(),
        machine: format!("machine of {name}"),
        pid: 7,
    }
}

#[test]
fn a_second_run_is_refused_and_told_who_has_it() {
    let world = World::new();
    let first = world.take("a", &WritePermit::default(), 0).unwrap();
    let refused = world.take("b", &WritePermit::default(), 0).unwrap_err();
    let text = refused.to_string();
    assert!(text.contains("process 7 on a since"), "{text}");
    assert_eq!(first.former(), &Former::Gone);
    drop(first);
    let next = world.take("b", &WritePermit::default(), 0).unwrap();
    assert_eq!((next.epoch(), next.former()), (2, &Former::Gone));
}

#[test]
fn a_dead_holder_is_replaced_after_its_time_and_not_before() {
    // However wrong the clocks of the machines are.
    for off in [0, -86_400, 86_400] {
        let mut world = World::new();
        let tenure = WritePermit::default();
        let dead = world.take("a", &tenure, off).unwrap();
        world.pass(MINUTE + SECOND);
        assert!(
            world.take("b", &WritePermit::default(), -off).is_err(),
            "{off}"
        );
        world.pass(2 * SECOND);
        let next = world.take("b", &WritePermit::default(), -off).unwrap();
        assert_eq!(next.epoch(), 2);
        let Former::Unaware(former) = next.former() else {
            panic!("it was not given back");
        };
        assert_eq!(&*former.run, "a");
        // The dead one wakes up: it may not write, and giving back takes nothing away.
        tenure.check_at(world.moment()).unwrap_err();
        drop(dead);
        assert_eq!(&*look(&*world.store).unwrap().unwrap().lease.run, "b");
    }
}

#[test]
fn the_holder_stops_before_others_may_begin() {
    let mut world = World::new();
    let tenure = WritePermit::default();
    let lease = world.take("a", &tenure, 0).unwrap();
    world.pass(44 * SECOND);
    tenure.check_at(world.moment()).unwrap();
    lease.renew(world.moment()).unwrap();
    world.pass(44 * SECOND);
    tenure.check_at(world.moment()).unwrap();
    assert!(world.take("b", &WritePermit::default(), 0).is_err());
    world.pass(SECOND);
    let lost = tenure.check_at(world.moment()).unwrap_err().to_string();
    assert!(lost.contains("renewed in time"), "{lost}");
    lease.renew(world.moment()).unwrap_err();
    assert!(
        world.take("b", &WritePermit::default(), 0).is_err(),
        "not yet"
    );
}

#[test]
fn a_lost_lease_is_noticed_by_the_next_renewal() {
    let world = World::new();
    let tenure = WritePermit::default();
    let lease = world.take("a", &tenure, 0).unwrap();
    assert!(break_it(&*world.store, &who("person"), world.moment()).unwrap());
    assert!(!break_it(&*world.store, &who("person"), world.moment()).unwrap());
    let error = lease.renew(world.moment()).unwrap_err().to_string();
    assert!(error.contains("lock break"), "{error}");
    assert!(tenure.check().is_err());
    let next = world.take("b", &WritePermit::default(), 0).unwrap();
    assert!(matches!(next.former(), Former::Unaware(_)));
}

#[test]
fn renewals_survive_lost_answers_and_short_outages() {
    use Fault::{Answer, Unavailable};
    let cases: [(&[Fault], bool); 3] = [
        (&[Answer], true),
        (&[Unavailable, Answer], true),
        (&[Unavailable, Unavailable, Unavailable], false),
    ];
    for (faults, expected) in cases {
        let world = World::new();
        let tenure = WritePermit::default();
        let lease = world.take("a", &tenure, 0).unwrap();
        world.memory.fail_next(faults);
        let renewed = lease.renew(world.moment());
        assert_eq!(renewed.is_ok(), expected, "{faults:?}: {renewed:?}");
        // An outage takes nothing away as long as there is time.
        tenure.check_at(world.moment()).unwrap();
        lease.renew(world.moment()).unwrap();
    }
}

#[test]
fn a_lost_answer_while_taking_leaves_one_holder() {
    let world = World::new();
    let probed = probe(&*world.store, "n", &Clock::Real).unwrap();
    world.memory.fail_next(&[Fault::Answer]);
    let (tenure, now) = (WritePermit::default(), world.moment());
    let lease = Lease::take(&world.store, &tenure, &who("a"), MINUTE, &probed, now).unwrap();
    assert_eq!(lease.epoch(), 1);
    assert!(world.take("b", &WritePermit::default(), 0).is_err());
}

#[test]
fn of_many_who_race_one_wins() {
    for _ in 0..20 {
        let world = World::new();
        let wins = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|number| {
                    let world = &world;
                    scope.spawn(move || world.take(&number.to_string(), &WritePermit::default(), 0))
                })
                .collect();
            let takes: Vec<_> = racers.into_iter().map(|it| it.join().unwrap()).collect();
            takes.iter().filter(|take| take.is_ok()).count()
        });
        assert_eq!(wins, 1);
    }
}

#[test]
fn what_a_run_left_outside_is_told_to_the_next_one() {
    let world = World::new();
    let journal = vec![PathBuf::from("/elsewhere/journal.ndjson")];
    let first = world.take("a", &WritePermit::default(), 0).unwrap();
    first.remember(journal.clone()).unwrap();
    drop(first);
    let second = world.take("b", &WritePermit::default(), 0).unwrap();
    assert_eq!((second.left(), second.open()), (&*journal, journal.clone()));
    second.remember(Vec::new()).unwrap();
    drop(second);
    let third = world.take("c", &WritePermit::default(), 0).unwrap();
    assert_eq!(third.left(), [] as [PathBuf; 0]);
}

#[test]
fn what_is_no_lease_is_refused_until_it_is_broken() {
    let world = World::new();
    for text in ["half of a le", "{}", r#"{"format":2}"#] {
        let seen = world.store.stat(KEY).unwrap().map(|stat| stat.version);
        let written = put(
            &*world.store,
            KEY,
            text.as_bytes(),
            &If::still(seen.as_ref()),
        );
        assert!(matches!(written, Ok(Put::Done(_))));
        let refused = world.take("a", &WritePermit::default(), 0).unwrap_err();
        assert!(refused.to_string().contains("lock break"), "{refused}");
        assert!(break_it(&*world.store, &who("person"), world.moment()).unwrap());
        let lease = world.take("a", &WritePermit::default(), 0).unwrap();
        assert!(
            lease.epoch() > 1_000_000_000,
            "ahead of any that were counted"
        );
    }
}

/// In a folder, with everything real.
fn in_folder(folder: &std::path::Path, machine: &str) -> Result<Lease, LeaseError> {
    let store: Arc<dyn Store> = Arc::new(Folder::new(folder));
    let clock = probe(&*store, machine, &Clock::Real)?;
    let who = Who {
        machine: machine.to_owned(),
        ..Who::of(&Here::real())
    };
    Lease::take(
        &store,
        &WritePermit::default(),
        &who,
        MINUTE,
        &clock,
        Moment::now(),
    )
}

#[test]
fn in_a_folder_the_death_of_a_process_of_this_machine_frees_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = in_folder(folder.path(), "here").unwrap();
    assert!(matches!(
        in_folder(folder.path(), "here"),
        Err(LeaseError::Held(Some(_)))
    ));
    // As if the process had died: the system's lock goes away, the lease stays.
    let Lease { shared, _hold, .. } = &first;
    let left = shared.held().lease.text();
    drop(first);
    std::fs::write(folder.path().join(KEY), left).unwrap();
    let elsewhere = in_folder(folder.path(), "another machine").unwrap_err();
    assert!(
        matches!(elsewhere, LeaseError::Held(Some(_))),
        "{elsewhere}"
    );
    let next = in_folder(folder.path(), "here").unwrap();
    assert!(matches!(next.former(), Former::Unaware(_)));
}

#[test]
fn a_kept_lease_is_given_back_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let lease = in_folder(folder.path(), "here").unwrap().keep();
    let state = || {
        let store = Folder::new(folder.path());
        look(&store).unwrap().unwrap().lease.state
    };
    assert_eq!(state(), LeaseState::Held);
    drop(lease);
    assert_eq!(state(), LeaseState::Released);
}
