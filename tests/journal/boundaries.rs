//! The real binary, killed at the boundaries of its journal.

use std::collections::BTreeSet;

use super::Forty;

/// Events of a run of forty actions: its start, then intended, sent and outcome of each.
const EVENTS: usize = 1 + 3 * 40;

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
