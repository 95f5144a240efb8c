//! The record among the state: in a folder and in memory, with writers side by side, with faults,
//! and with runs that lost their lease.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::http::Moment;
use crate::model::email::EmailKey;
use crate::state::store::testing::{Fault, Memory};
use crate::state::store::{If, Put, Store as _};

fn among(state: &State) -> Record {
    let place = RecordPlace::State(state.clone(), "surecloud".into());
    Record::new(place, "surecloud", Vec::new())
}

fn memory() -> (Arc<Memory>, State) {
    let memory = Arc::new(Memory::default());
    (memory.clone(), State::new(memory))
}

/// Both kinds of state, the folder with what keeps it alive.
fn states() -> (tempfile::TempDir, [State; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path().join("state"));
    (folder, [state, memory().1])
}

fn someone(number: usize) -> Account {
    Account::new(format!("p{number:03}@example.com"))
}

#[tokio::test]
async fn what_is_committed_is_loaded_and_the_document_is_plain() {
    let (folder, states) = states();
    for state in states {
        let record = among(&state);
        assert!(!record.exists().unwrap());
        assert_eq!(record.load().unwrap(), Accounts::new());
        record.commit(keep(ada())).await.unwrap();
        record.commit(keep(someone(1))).await.unwrap();
        record
            .commit(|draft| *draft.slot(&EmailKey::of("p001@example.com")) = None)
            .await
            .unwrap();
        assert_eq!(among(&state).load().unwrap(), record.load().unwrap());
        let parts = state.store().list("records/surecloud.log").unwrap();
        assert_eq!(parts.len(), 2);
        record.compact().await.unwrap();
        record.compact().await.unwrap();
        assert_eq!(
            state.store().list("records").unwrap(),
            ["records/surecloud.json"]
        );
        assert_eq!(among(&state).load().unwrap(), record.load().unwrap());
    }
    // It is the same document as in a file of its own.
    let path = folder.path().join("state/records/surecloud.json");
    let entry = Record::new(&path, "surecloud", Vec::new()).load().unwrap();
    assert_eq!(entry[&EmailKey::of("ada@example.com")].account(), ada());
}

#[tokio::test]
async fn the_seed_begins_it() {
    let (_, state) = memory();
    let place = RecordPlace::State(state.clone(), "surecloud".into());
    let seed = vec![Entry::of(&someone(9), time())];
    let record = Record::new(place, "surecloud", seed);
    assert_eq!(record.load().unwrap().len(), 1);
    assert!(!record.exists().unwrap());
    record.commit(keep(ada())).await.unwrap();
    assert_eq!(among(&state).load().unwrap().len(), 2);
}

#[tokio::test]
async fn a_commit_costs_what_it_changes_and_long_logs_become_part_of_the_document() {
    let (memory, state) = memory();
    let record = among(&state);
    record.commit(keep(ada())).await.unwrap();
    for number in 0..250 {
        let before = memory.writes();
        record.commit(keep(someone(number))).await.unwrap();
        assert!(memory.writes() - before <= 2);
    }
    let parts = state.store().list("records/surecloud.log").unwrap().len();
    assert!(parts < 250, "{parts}");
    assert_eq!(among(&state).load().unwrap().len(), 251);
}

#[tokio::test]
async fn two_records_at_once_lose_nothing_even_while_one_is_made_whole() {
    let (_folder, states) = states();
    for state in states {
        std::thread::scope(|scope| {
            for writer in 0..3 {
                let state = &state;
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .build()
                        .unwrap();
                    let record = among(state);
                    for at in 0..12 {
                        let account = Account::new(format!("w{writer}-{at}@example.com"));
                        runtime.block_on(record.commit(keep(account))).unwrap();
                        if at % 4 == writer {
                            runtime.block_on(record.compact()).unwrap();
                        }
                    }
                });
            }
        });
        assert_eq!(among(&state).load().unwrap().len(), 36);
    }
}

/// What one of several writers does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Commit { by: usize, account: usize },
    Compact { by: usize },
    Fail(Fault),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_usize, 0..6_usize).prop_map(|(by, account)| Step::Commit { by, account }),
        2 => (0..3_usize).prop_map(|by| Step::Compact { by }),
        1 => prop_oneof![Just(Fault::Answer), Just(Fault::Unavailable)].prop_map(Step::Fail),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Writers that each go by an old view, in any order, with faults in between: an account
    /// counts every commit that succeeded.
    #[test]
    fn no_commit_is_lost_however_writers_take_turns(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (memory, state) = memory();
        let records = [among(&state), among(&state), among(&state)];
        let mut counted = [0_u64; 6];
        for step in steps {
            match step {
                Step::Commit { by, account } => {
                    let email = someone(account).email;
                    let key = EmailKey::of(&email).into_owned();
                    let add = move |draft: &mut RecordDraft<'_>| {
                        let entry = draft.slot(&key).get_or_insert_default();
                        entry.email.clone_from(&email);
                        let number = entry.extra.get("n").and_then(serde_json::Value::as_u64);
                        entry.extra.insert("n".to_owned(), (number.unwrap_or(0) + 1).into());
                    };
                    if runtime.block_on(records[by].commit(add)).is_ok() {
                        counted[account] += 1;
                    }
                }
                Step::Compact { by } => drop(runtime.block_on(records[by].compact())),
                Step::Fail(fault) => memory.fail_next(&[fault]),
            }
        }
        let there = among(&state).load().unwrap();
        for (account, count) in counted.into_iter().enumerate() {
            let entry = there.get(&someone(account).email_key().into_owned());
            let number = entry.and_then(|it| it.extra.get("n")?.as_u64()).unwrap_or(0);
            prop_assert_eq!(number, count, "account {}", account);
        }
    }
}

#[tokio::test]
async fn a_number_that_came_free_again_is_not_mistaken_for_the_next() {
    let (_, state) = memory();
    let (slow, other) = (among(&state), among(&state));
    slow.commit(keep(ada())).await.unwrap();
    other.load().unwrap();
    for number in 0..3 {
        other.commit(keep(someone(number))).await.unwrap();
    }
    other.compact().await.unwrap();
    // Part 1 is gone by now, and `slow` believes that it is the next one.
    slow.commit(keep(someone(7))).await.unwrap();
    let all = among(&state).load().unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(slow.load().unwrap(), all);
}

#[tokio::test]
async fn a_run_that_lost_its_lease_changes_nothing() {
    let (memory, first) = memory();
    let next = State::new(memory.clone());
    let later = Moment::now().after(Duration::from_secs(600));
    first.tenure().begin(1, "zombie", later);
    let zombie = among(&first);
    // There is no lease in this store for the first version to be checked against.
    among(&next).commit(keep(ada())).await.unwrap();
    zombie.commit(keep(someone(1))).await.unwrap();
    next.tenure().begin(2, "next", later);
    crate::state::fence::fence(&next).unwrap();
    let before = among(&next).load().unwrap();
    let writes = memory.writes();
    let lost = zombie
        .commit(keep(someone(2)))
        .await
        .unwrap_err()
        .to_string();
    assert!(lost.contains("lost its lock"), "{lost}");
    assert!(first.tenure().check().is_err(), "it stops altogether");
    zombie.compact().await.unwrap();
    assert_eq!(memory.writes(), writes, "it wrote nothing");
    assert_eq!(among(&next).load().unwrap(), before);
    // Also when the next run has made the record whole in between.
    let record = among(&next);
    record.commit(keep(someone(3))).await.unwrap();
    record.compact().await.unwrap();
    assert!(state_has_fence(&next));
    assert_eq!(among(&next).load().unwrap().len(), 3);
}

/// Whether the part that shut the zombie out is still there.
fn state_has_fence(state: &State) -> bool {
    state.store().list("records/surecloud.log").unwrap()
        == ["records/surecloud.log/00000002.ndjson"]
}

#[tokio::test]
async fn what_does_not_fit_together_is_an_error_and_stays_as_it_is() {
    let (memory, state) = memory();
    let record = among(&state);
    record.commit(keep(ada())).await.unwrap();
    for number in 0..3 {
        record.commit(keep(someone(number))).await.unwrap();
    }
    let part = "records/surecloud.log/00000002.ndjson";
    let kept = memory.get(part).unwrap().unwrap();
    memory.delete(part).unwrap();
    let error = among(&state).load().unwrap_err().to_string();
    assert!(error.contains("part 2 of its log is missing"), "{error}");
    for text in [
        "",
        "{}\n",
        "{\"format\":9,\"by\":\"x\"}\n",
        "{\"format\":1,\"by\":\"x\"}\nhalf\n",
    ] {
        memory.put(part, text.as_bytes(), &If::Absent).unwrap();
        let error = among(&state).load().unwrap_err();
        assert!(
            matches!(error, RecordError::Damaged { .. }),
            "{text}: {error}"
        );
        memory.delete(part).unwrap();
    }
    assert!(matches!(
        memory.put(part, &kept.bytes, &If::Absent),
        Ok(Put::Done(_))
    ));
    assert_eq!(among(&state).load().unwrap().len(), 4);
    memory.delete("records/surecloud.json").unwrap();
    let error = among(&state).load().unwrap_err().to_string();
    assert!(error.contains("document is missing"), "{error}");
}
