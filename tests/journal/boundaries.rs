//! The real binary, killed at the boundaries of its journal.

use std::collections::BTreeSet;

use super::Forty;

/// Events of a run of forty actions: its start, then intended, sent, begun and outcome of each.
const EVENTS: usize = 1 + 4 * 40;

/// Kills the binary when its journal has so many lines; how many there were in the end.
fn killed_at(forty: &Forty, lines: usize) -> usize {
    let journal = forty.path().join("run.ndjson");
    let count = || {
        let bytes = std::fs::read(&journal).unwrap_or_default();
        bytes.iter().filter(|byte| **byte == b'\n').count()
    };
    let mut running = forty.start(&["--journal", "run.ndjson"]);
    // The journal growing is the event that is waited for; it ends with the run at the latest.
    while count() < lines && running.child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    running.child.kill().unwrap();
    let (code, stderr) = running.end();
    let left = count();
    assert!(
        code == -1 || left > EVENTS,
        "ended by itself with {code} at {left} lines: {stderr}"
    );
    left
}

/// A few boundaries; with `ROSTERCTL_EVERY_BOUNDARY=1` each of them (some minutes).
#[test]
fn a_run_killed_at_any_event_is_finished_by_the_next_one() {
    let step = match std::env::var_os("ROSTERCTL_EVERY_BOUNDARY") {
        Some(_) => 1,
        None => 30,
    };
    let mut died_at = BTreeSet::new();
    for lines in (1..=EVENTS).step_by(step) {
        let forty = Forty::new("{ per_second: 300, burst: 1, concurrency: 1 }");
        died_at.insert(killed_at(&forty, lines));
        forty.converges("run.ndjson");
    }
    assert!(died_at.len() > EVENTS / step / 2, "{died_at:?}");
}

/// How many actions of the run before were looked up, as an apply told it.
fn looked_up(stderr: &str) -> usize {
    let line = stderr.lines().find(|it| it.contains("was cut off; "));
    let told = line
        .and_then(|it| it.split_once("was cut off; "))
        .unwrap()
        .1;
    match told.split_once(" of its actions") {
        Some((count, _)) => count.parse().unwrap(),
        None => 0,
    }
}

#[test]
fn only_calls_that_can_have_been_sent_are_looked_up() {
    const AT_ONCE: usize = 3;
    for outcomes in [5, 20, 35] {
        // Many actions are on record ahead of their turn.
        let forty = Forty::new("{ per_second: 500, burst: 500, concurrency: 3 }");
        let mut running = forty.start(&[]);
        running.after(outcomes);
        running.signal("-KILL");
        assert_eq!(running.end().0, -1);

        // The run that recovers is killed as well, as soon as it has begun.
        let mut running = forty.start(&[]);
        running.told("was cut off");
        running.signal("-KILL");
        running.end();

        let again = forty.run(&["apply", "users.yaml", "--sandbox", "--yes"]);
        assert_eq!(again.code, 0, "{again:#?}");
        let count = looked_up(&again.stderr);
        assert!(count <= AT_ONCE, "{count}: {}", again.stderr);
        let plan = forty.run(&["plan", "users.yaml", "--sandbox", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{plan:#?}");
        assert!(plan.stdout.contains("43 accounts read"), "{}", plan.stdout);
    }
}
