//! What every store has to do, asked of each that needs no server; `tests/objects` asks an S3.

use std::sync::Arc;

use super::testing::{Fault, Memory};
use super::*;

/// Both stores, the folder with what keeps it alive.
fn each(check: impl Fn(&Arc<dyn Store>)) {
    let folder = tempfile::tempdir().unwrap();
    check(&(Arc::new(Folder::new(folder.path().join("state"))) as Arc<dyn Store>));
    check(&(Arc::new(Memory::default()) as Arc<dyn Store>));
}

fn done(put: Result<Put, StoreError>) -> Version {
    match put.unwrap() {
        Put::Done(version) => version,
        Put::Taken => panic!("it was to go through"),
    }
}

#[test]
fn of_two_writers_with_one_condition_one_goes_through() {
    each(|store| {
        assert_eq!(store.get("a/b").unwrap(), None);
        assert_eq!(store.stat("a/b").unwrap(), None);
        let first = done(store.put("a/b", b"1", &If::Absent));
        assert_eq!(store.put("a/b", b"2", &If::Absent), Ok(Put::Taken));
        let second = done(store.put("a/b", b"2", &If::Is(first.clone())));
        assert_eq!(store.put("a/b", b"3", &If::Is(first)), Ok(Put::Taken));
        let there = store.get("a/b").unwrap().unwrap();
        assert_eq!((&*there.bytes, &there.stat.version), (&b"2"[..], &second));
        assert_eq!(store.stat("a/b").unwrap().unwrap(), there.stat);
        assert_eq!(store.put("a/c", b"1", &If::Is(second)), Ok(Put::Taken));
    });
}

#[test]
fn keys_are_listed_in_order_and_deleted_twice_without_harm() {
    each(|store| {
        for key in ["j/2/00000002", "j/2/00000001", "j/1", "k/1"] {
            done(store.put(key, b"x", &If::Absent));
        }
        let keys = ["j/1", "j/2/00000001", "j/2/00000002"];
        assert_eq!(store.list("j").unwrap(), keys);
        for key in keys {
            store.delete(key).unwrap();
            store.delete(key).unwrap();
        }
        assert_eq!(store.list("j").unwrap(), [""; 0]);
        assert_eq!(store.list("k").unwrap(), ["k/1"]);
    });
}

#[test]
fn racing_writers_of_a_folder_all_get_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let store = Folder::new(folder.path());
    done(store.put("n", b"0", &If::Absent));
    let add = || loop {
        let there = store.get("n").unwrap().unwrap();
        let number: u32 = String::from_utf8(there.bytes).unwrap().parse().unwrap();
        let next = (number + 1).to_string();
        let put = store.put("n", next.as_bytes(), &If::Is(there.stat.version));
        if matches!(put.unwrap(), Put::Done(_)) {
            break;
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(|_| add()));
        }
    });
    assert_eq!(store.get("n").unwrap().unwrap().bytes, b"40");
}

#[test]
fn what_a_lost_answer_meant_is_looked_up() {
    use Fault::{Answer, Denied, Spare, Unavailable};
    // The faults of the puts, and what comes out: went through, taken, or not known.
    let cases: &[(&[Fault], &str)] = &[
        (&[Spare], "done"),
        (&[Answer], "done"),
        (&[Unavailable, Spare], "done"),
        (&[Unavailable, Answer], "done"),
        (&[Unavailable, Unavailable, Unavailable], "unreachable"),
        (&[Denied], "denied"),
    ];
    for (faults, expected) in cases {
        let store = Memory::default();
        store.fail_next(faults);
        let word = match put(&store, "k", b"ours", &If::Absent) {
            Ok(Put::Done(version)) => {
                assert_eq!(store.stat("k").unwrap().unwrap().version, version);
                "done"
            }
            Ok(Put::Taken) => "taken",
            Err(error) if error.may_have_happened() => "unreachable",
            Err(_) => "denied",
        };
        assert_eq!(word, *expected, "{faults:?}");
        assert_eq!(store.writes(), u64::from(word == "done"), "{faults:?}");
    }
}

#[test]
fn a_lost_answer_is_not_taken_for_ours_when_another_was_first() {
    let store = Memory::default();
    done(store.put("k", b"theirs", &If::Absent));
    store.fail_next(&[Fault::Unavailable, Fault::Spare]);
    assert_eq!(put(&store, "k", b"ours", &If::Absent), Ok(Put::Taken));
    assert_eq!(store.get("k").unwrap().unwrap().bytes, b"theirs");
}
