//! Journals among the state, in memory and in a folder.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::http::Moment;
use crate::model::action::{Action, ActionKind};
use crate::model::outcome::{Outcome, Verdict};
use crate::state::here::Here;
use crate::state::journal::Journal;
use crate::state::journal::Log as _;
use crate::state::journal::event::RunEnded;
use crate::state::journal::story::runs;
use crate::state::journal::story::tests::{action, head};
use crate::state::store::testing::{Fault, Memory};

fn machine() -> String {
    Here::real().machine
}

fn outcome(action: &Action) -> Outcome {
    Outcome {
        action: action.clone(),
        verdict: Verdict::Applied,
        status: Some(200),
        message: String::new(),
        id: Some("7".into()),
        seconds: 0.25,
    }
}

fn create() -> Action {
    action(ActionKind::Create, "a@x.com")
}

/// One action, announced and not ended.
async fn begin(journal: &Journal) {
    journal.start(head()).await.unwrap();
    journal.intended(1, &create()).await.unwrap();
    journal.sent(1).await.unwrap();
}

async fn finish(journal: &Journal) {
    let outcome = outcome(&create());
    journal.ended(1, &outcome).await.unwrap();
    journal.end(RunEnded::of(&[outcome])).await.unwrap();
}

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hour)
}

/// A state in a folder and one in memory, the folder with what keeps it alive.
fn states() -> (tempfile::TempDir, [State; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let states = [
        State::folder(folder.path()),
        State::new(Arc::new(Memory::default())),
    ];
    (folder, states)
}

#[tokio::test]
async fn what_was_announced_survives_the_process_and_is_settled_by_the_next_one() {
    let (_folder, states) = states();
    for state in states {
        let journal = Journal::create_in(&state, at(0)).unwrap();
        begin(&journal).await;
        drop(journal);
        let [run] = &*unfinished(state.store()).unwrap() else {
            panic!("one run is open");
        };
        let chain = load(&state, run).unwrap();
        assert_eq!((chain.flaws.len(), chain.entries.len()), (0, 3));
        assert_eq!(runs(&chain.entries)[0].in_flight().count(), 1);
        finish(&Journal::resume(&state, run).unwrap()).await;
        assert_eq!(unfinished(state.store()).unwrap(), []);
        let chain = load(&state, run).unwrap();
        assert!(chain.is_finished() && chain.is_sound());
        let listed = list(state.store()).unwrap();
        assert_eq!((listed[0].ended, listed[0].parts), (true, 0));
    }
}

#[tokio::test]
async fn what_no_part_has_yet_outlives_the_process_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path());
    let journal = Journal::create_in(&state, at(0)).unwrap();
    begin(&journal).await;
    for number in [2, 3] {
        journal.intended(number, &create()).await.unwrap();
        journal.sent(number).await.unwrap();
    }
    journal.begun(1).unwrap();
    journal.begun(2).unwrap();
    journal.ended(1, &outcome(&create())).await.unwrap();
    drop(journal);
    let run = unfinished(state.store()).unwrap()[0].clone();
    let open = |machine: &str| {
        let chain = load(&state, &run).unwrap();
        assert!(chain.is_sound());
        let story = runs(&chain.entries).pop().unwrap();
        let steps = story.in_flight();
        let sent = steps.filter(|(_, step)| story.can_have_been_sent(step, &chain, machine));
        sent.map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!(open(&machine()), [2], "1 has ended, 3 waited for its turn");
    assert_eq!(open("another"), [2, 3]);

    // A machine that was started anew since may have lost lines.
    let tail = folder.path().join("journal").join(&*run).join(".tail");
    let text = std::fs::read_to_string(&tail).unwrap();
    let (_, lines) = text.split_once('\n').unwrap();
    std::fs::write(&tail, format!("another\n{lines}")).unwrap();
    assert_eq!(open("another"), [1, 2, 3]);
    let mut torn = format!("{}\n{lines}{{\"torn", machine()).into_bytes();
    torn.push(0xC3);
    std::fs::write(&tail, torn).unwrap();
    assert_eq!(open(&machine()), [2], "half a character spoils no line");

    // The next run goes on behind them, and puts all of it together.
    finish(&Journal::resume(&state, &run).unwrap()).await;
    let chain = load(&state, &run).unwrap();
    assert!(chain.is_finished() && chain.is_sound());
    assert_eq!(runs(&chain.entries)[0].steps.len(), 3);
    assert!(!tail.exists());
}

/// Three actions are announced, two had their turn, and the process died; then its tail is spoilt.
#[tokio::test]
async fn a_tail_that_is_missing_or_damaged_proves_nothing() {
    type Spoil = fn(&str) -> Option<String>;
    let spoils: [(&str, Spoil); 7] = [
        ("missing", |_| None),
        ("empty", |_| Some(String::new())),
        ("without its lines' numbers", |text| {
            Some(text.replace("\"seq\"", "\"x\""))
        }),
        ("with a line edited", |text| {
            Some(text.replacen("\"begun\"", "\"sent\"", 1))
        }),
        ("with a line gone", |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.remove(lines.len() - 2);
            Some(lines.join("\n") + "\n")
        }),
        ("with a line of zeros", |text| {
            Some(format!("{text}\0\0\0\n"))
        }),
        ("of another machine", |text| {
            Some(format!("another\n{}", text.split_once('\n')?.1))
        }),
    ];
    for (what, spoil) in spoils {
        let folder = tempfile::tempdir().unwrap();
        let state = State::folder(folder.path());
        let journal = Journal::create_in(&state, at(0)).unwrap();
        begin(&journal).await;
        for number in [2, 3] {
            journal.intended(number, &create()).await.unwrap();
            journal.sent(number).await.unwrap();
        }
        journal.begun(1).unwrap();
        journal.begun(2).unwrap();
        drop(journal);
        let run = unfinished(state.store()).unwrap()[0].clone();
        let open = || {
            let chain = load(&state, &run).unwrap();
            let story = runs(&chain.entries).pop().unwrap();
            let steps = story.in_flight();
            let sent = steps.filter(|(_, step)| story.can_have_been_sent(step, &chain, &machine()));
            sent.map(|(number, _)| number).collect::<Vec<_>>()
        };
        assert_eq!(open(), [1, 2], "{what}: 3 waited for its turn");
        let tail = folder.path().join("journal").join(&*run).join(".tail");
        let text = std::fs::read_to_string(&tail).unwrap();
        match spoil(&text) {
            Some(spoilt) => std::fs::write(&tail, spoilt).unwrap(),
            None => std::fs::remove_file(&tail).unwrap(),
        }
        assert_eq!(
            open(),
            [1, 2, 3],
            "{what}: all that was announced is looked up"
        );
        // A run that looks, and dies of it, knows no more.
        drop(Journal::resume(&state, &run).unwrap());
        assert_eq!(open(), [1, 2, 3], "{what}: nor does the next run know");
    }
}

#[tokio::test]
async fn a_run_elsewhere_that_took_over_may_not_have_seen_all_lines() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path());
    let journal = Journal::create_in(&state, at(0)).unwrap();
    begin(&journal).await;
    for (by, known) in [(Some(machine()), true), (Some(String::from("b")), false)] {
        let host = String::from("b");
        let taken = Event::TakenOver {
            host,
            epoch: 2,
            machine: by,
        };
        journal.append(taken).unwrap();
        journal.flush().await.unwrap();
        let run = &unfinished(state.store()).unwrap()[0];
        let chain = load(&state, run).unwrap();
        let story = runs(&chain.entries).pop().unwrap();
        let sent = story.can_have_been_sent(&story.steps[&1], &chain, &machine());
        assert_eq!(sent, !known);
    }
}

#[tokio::test]
async fn actions_that_wait_share_one_part() {
    let memory = Arc::new(Memory::default());
    let state = State::new(memory.clone());
    let journal = Journal::create_in(&state, at(0)).unwrap();
    journal.start(head()).await.unwrap();
    let before = memory.writes();
    let action = create();
    let all = (1..=50).map(async |number| {
        journal.intended(number, &action).await?;
        journal.sent(number).await
    });
    let mut all = std::pin::pin!(futures::future::join_all(all));
    // The first write cannot end before all wait.
    let slow = memory.hold();
    assert!(futures::poll!(all.as_mut()).is_pending());
    drop(slow);
    for announced in all.await {
        announced.unwrap();
    }
    assert!(memory.writes() - before <= 2, "{}", memory.writes());
    let run = &unfinished(state.store()).unwrap()[0];
    assert_eq!(load(&state, run).unwrap().entries.len(), 101);
}

#[tokio::test]
async fn a_run_whose_journal_was_taken_over_announces_nothing_more() {
    let (_folder, states) = states();
    for state in states {
        let zombie = State::new(state.shared_store().clone());
        let later = Moment::now().after(Duration::from_secs(600));
        zombie.tenure().begin(1, "zombie", later);
        let journal = Journal::create_in(&zombie, at(0)).unwrap();
        begin(&journal).await;
        let run = &unfinished(state.store()).unwrap()[0];
        let next = Journal::resume(&state, run).unwrap();
        let host = String::from("b");
        let taken = Event::TakenOver {
            host,
            epoch: 2,
            machine: None,
        };
        next.append(taken).unwrap();
        next.flush().await.unwrap();
        let lost = journal.sent(1).await.unwrap_err().to_string();
        assert!(lost.contains("taken its journal over"), "{lost}");
        assert!(zombie.tenure().check().is_err(), "it stops altogether");
        // Not even once the journal is put together is there room for its next part.
        finish(&next).await;
        assert_eq!(unfinished(state.store()).unwrap(), []);
        let (parts, _) = Parts::resume(&state, run).unwrap();
        assert!(*lock(&parts.next) > 2);
        assert!(load(&state, run).unwrap().is_sound());
    }
}

#[tokio::test]
async fn without_the_right_to_write_nothing_is_announced() {
    let memory = Arc::new(Memory::default());
    let state = State::new(memory.clone());
    let journal = Journal::create_in(&state, at(0)).unwrap();
    begin(&journal).await;
    let before = memory.writes();
    state.tenure().lose("gone");
    for lost in [
        journal.intended(2, &create()).await,
        journal.sent(2).await,
        journal.ended(1, &outcome(&create())).await,
    ] {
        assert!(lost.unwrap_err().to_string().contains("gone"));
    }
    assert_eq!(memory.writes(), before);
}

#[tokio::test]
async fn a_lost_answer_is_no_second_part_and_an_outage_ends_the_run() {
    use Fault::{Answer, Unavailable};
    let memory = Arc::new(Memory::default());
    let state = State::new(memory.clone());
    let journal = Journal::create_in(&state, at(0)).unwrap();
    memory.fail_next(&[Answer]);
    begin(&journal).await;
    memory.fail_next(&[Unavailable; 3]);
    journal.sent(1).await.unwrap_err();
    let again = journal.sent(1).await.unwrap_err().to_string();
    assert!(again.contains("cannot be reached"), "{again}");
    let run = &unfinished(state.store()).unwrap()[0];
    assert!(load(&state, run).unwrap().is_sound());
}

#[tokio::test]
async fn a_part_that_is_missing_shows() {
    let (_folder, states) = states();
    for state in states {
        begin(&Journal::create_in(&state, at(0)).unwrap()).await;
        let run = &unfinished(state.store()).unwrap()[0];
        state
            .store()
            .delete(&log(state.store(), run).key(1))
            .unwrap();
        assert!(!load(&state, run).unwrap().is_sound());
        let refused = Journal::resume(&state, run).map(drop).unwrap_err();
        assert!(matches!(refused, JournalError::Unsound { .. }), "{refused}");
        let missing = load(&state, "nothing").unwrap_err().to_string();
        assert!(missing.contains("journal list"), "{missing}");
    }
}
