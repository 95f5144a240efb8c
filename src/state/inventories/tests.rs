use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::model::inventory::{AdminWords, Holder, Rights};
use crate::model::plan::OwnSeen;
use crate::model::value::Value;
use crate::state::store::testing::Memory;

fn at(day: &str) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

fn date(day: &str) -> Date {
    day.parse().unwrap()
}

fn proof() -> ReadProof {
    ReadProof {
        accounts: 1,
        pages: 1,
        counted: None,
        own: OwnSeen::Seen,
    }
}

/// Accounts `0` to `count`, of which the one numbered `special` has another role.
fn inventory(count: usize, special: usize) -> Inventory {
    let holders = (0..count).map(|number| {
        let role = if number == special { "admin" } else { "user" };
        let holder = Holder {
            id: Some(number.to_string().into()),
            email: format!("person.{number}@example.com").into(),
            person: Some(format!("person.{number}@example.com").into()),
            off: false,
            rights: Rights::from([("role".into(), Some(Value::text(role)))]),
        };
        (holder.key(), holder)
    });
    Inventory {
        kind: "acme".into(),
        place: "https://acme.example".into(),
        admins: AdminWords(BTreeMap::new()),
        holders: holders.collect(),
    }
}

fn kept(days: &[(&str, usize)]) -> (Arc<Memory>, State) {
    let memory = Arc::new(Memory::default());
    let state = State::new(memory.clone());
    for (day, special) in days {
        keep(&state, "acme", &inventory(3, *special), at(day), &proof()).unwrap();
    }
    (memory, state)
}

/// The account with the other role at the end of a day.
fn special(state: &State, day: &str) -> Option<usize> {
    let inventories = Inventories::of(state.store(), "acme").unwrap();
    let (found, _) = inventories.at(date(day)).unwrap()?;
    (0..3).find(|number| inventory(3, *number) == found)
}

#[test]
fn an_inventory_counts_until_the_next_one() {
    let days = [
        ("2026-01-05", 0),
        ("2026-01-06", 0),
        ("2026-01-20", 1),
        ("2026-02-10", 2),
        ("2026-04-01", 0),
    ];
    let (_, state) = kept(&days);
    assert_eq!(special(&state, "2026-01-04"), None);
    for (day, number) in [
        ("2026-01-05", 0),
        ("2026-01-19", 0),
        ("2026-01-20", 1),
        ("2026-02-09", 1),
        ("2026-02-10", 2),
        ("2026-03-31", 2),
        ("2027-01-01", 0),
    ] {
        assert_eq!(special(&state, day), Some(number), "{day}");
    }
}

#[test]
fn the_same_again_writes_nothing() {
    let (memory, state) = kept(&[("2026-01-05", 0)]);
    let before = memory.writes();
    for day in ["2026-01-05", "2026-01-06", "2026-03-01"] {
        assert!(!keep(&state, "acme", &inventory(3, 0), at(day), &proof()).unwrap());
    }
    assert_eq!(memory.writes(), before);
}

#[test]
fn a_stretch_of_days_is_a_beginning_and_steps() {
    let (_, state) = kept(&[
        ("2026-01-05", 0),
        ("2026-01-20", 1),
        ("2026-02-10", 2),
        ("2026-02-20", 0),
    ]);
    let inventories = Inventories::of(state.store(), "acme").unwrap();
    let between = |from: &str, to: &str| inventories.between(date(from), date(to)).unwrap();
    let span = between("2026-01-10", "2026-02-19");
    let (mut inventory_then, read) = span.start.unwrap();
    assert_eq!(
        (inventory_then.clone(), read),
        (inventory(3, 0), at("2026-01-05"))
    );
    let times: Vec<Timestamp> = span.steps.iter().map(|it| it.at).collect();
    assert_eq!(times, [at("2026-01-20"), at("2026-02-10")]);
    span.steps.iter().for_each(|it| inventory_then.take(it));
    assert_eq!(inventory_then, inventory(3, 2));
    // Of before the first one nothing is known: everybody comes with it.
    let span = between("2026-01-01", "2026-01-31");
    assert_eq!((span.start, span.steps[0].set.len()), (None, 3));
}

#[test]
fn five_hundred_days_of_a_large_vendor_are_read_in_little() {
    let memory = Arc::new(Memory::default());
    let state = State::new(memory.clone());
    let mut day = date("2025-01-01");
    for number in 0..500 {
        let time = at(&day.to_string());
        keep(&state, "acme", &inventory(2_000, number), time, &proof()).unwrap();
        day = day.tomorrow().unwrap();
    }
    let (gets, bytes) = (memory.gets(), memory.read());
    let inventories = Inventories::of(state.store(), "acme").unwrap();
    let span = inventories.between(date("2024-12-31"), day).unwrap();
    assert_eq!(span.steps.len(), 500);
    let whole = serde_json::to_vec(&Whole::of(&inventory(2_000, 0), at("2025-01-01"), proof()));
    let whole = whole.unwrap().len();
    // One object a month, and one whole inventory in all: 500 changes are less than another one.
    let (gets, bytes) = (memory.gets() - gets, memory.read() - bytes);
    assert!(gets <= 17 + 2, "{gets} objects");
    assert!(bytes <= 2 * whole, "{bytes} bytes, a whole one has {whole}");
}

#[test]
fn another_format_is_refused_by_its_number() {
    let (memory, state) = kept(&[("2026-01-05", 0)]);
    let key = "inventories/acme/2026-01.json";
    memory.delete(key).unwrap();
    put(&*memory, key, b"{\"format\":2}", &If::Absent).unwrap();
    let inventories = Inventories::of(state.store(), "acme").unwrap();
    let error = inventories.at(date("2026-01-05")).unwrap_err().to_string();
    assert!(error.contains("format 2 is not known here"), "{error}");
}

fn logins(at_last: &str) -> LastLogins {
    LastLogins::from([
        ("id 1".into(), at("2026-01-04")),
        ("id 2".into(), at(at_last)),
    ])
}

#[test]
fn last_logins_are_those_that_were_known_then() {
    let (memory, state) = kept(&[("2026-01-05", 0)]);
    for (read, last) in [
        ("2026-01-10", "2026-01-09"),
        ("2026-01-31", "2026-01-30"),
        ("2026-03-10", "2026-01-30"),
        ("2026-04-10", "2026-04-09"),
    ] {
        keep_logins(&state, "acme", &logins(last), at(read)).unwrap();
    }
    let inventories = Inventories::of(state.store(), "acme").unwrap();
    let on = |day: &str| inventories.logins_at(date(day)).unwrap();
    assert_eq!(on("2025-12-31"), LastLogins::new());
    assert_eq!(on("2026-01-31"), logins("2026-01-30"));
    assert_eq!(on("2026-03-31"), logins("2026-01-30"));
    // What was seen later says nothing of the days before.
    let early = on("2026-01-15");
    assert_eq!(early.keys().map(|it| &**it).collect::<Vec<_>>(), ["id 1"]);
    assert_eq!(on("2026-04-30"), logins("2026-04-09"));
    // The same again writes nothing, and the inventory does not differ.
    let writes = memory.writes();
    keep_logins(&state, "acme", &logins("2026-04-09"), at("2026-05-10")).unwrap();
    assert_eq!(memory.writes(), writes);
    assert_eq!(special(&state, "2026-04-30"), Some(0));
}
