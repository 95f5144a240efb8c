use std::collections::BTreeMap;

use super::*;
use crate::model::action::Change as Set;
use crate::model::inventory::{AdminWords, Rights};
use crate::model::note::ReadProof;
use crate::model::plan::OwnSeen;

fn at(day: &str) -> Timestamp {
    match day.contains('T') {
        true => format!("2026-{day}:00Z").parse().unwrap(),
        false => format!("2026-{day}T02:00:00Z").parse().unwrap(),
    }
}

fn holder(id: &str, role: &str) -> Holder {
    Holder {
        id: Some(id.into()),
        email: format!("{id}@x.com").into(),
        person: Some(format!("{id}@x.com").into()),
        off: false,
        rights: Rights::from([("role".into(), Some(Value::text(role)))]),
    }
}

fn inventory(holders: &[&Holder]) -> Inventory {
    let words = BTreeSet::from([Box::from("admin")]);
    Inventory {
        kind: "acme".into(),
        place: "acme".into(),
        admins: AdminWords(BTreeMap::from([("role".into(), words)])),
        holders: holders.iter().map(|it| (it.key(), (*it).clone())).collect(),
    }
}

fn step(before: &[&Holder], after: &[&Holder], day: &str) -> Step {
    let proof = ReadProof {
        accounts: 1,
        pages: 1,
        counted: None,
        own: OwnSeen::Seen,
    };
    inventory(after).since(&inventory(before), at(day), proof)
}

fn action(kind: ActionKind, id: &str, role: Option<(&str, &str)>) -> Action {
    let change = role.map(|(before, after)| Set {
        attribute: "role".into(),
        before: (kind != ActionKind::Create).then(|| Value::text(before)),
        after: Value::text(after),
    });
    Action {
        vendor: "acme".into(),
        kind,
        email: format!("{id}@x.com").into(),
        account_email: None,
        id: (kind != ActionKind::Create).then(|| id.into()),
        changes: change.into_iter().collect(),
        reason: String::from("because"),
        current: None,
    }
}

/// What an action came to on a day.
struct Did(Action, &'static str, Option<Verdict>);

/// From a beginning on 1 January, with reads on those days.
fn check(start: &[&Holder], steps: &[Step], reads: &[&str], did: &[Did], expected: &[&str]) {
    let deeds: Vec<Deed<'_>> = did
        .iter()
        .map(|Did(action, when, verdict)| Deed {
            run: 0,
            action,
            id: Some(action.email.split('@').next().unwrap()),
            at: at(when),
            verdict: *verdict,
            message: "",
            sent: true,
        })
        .collect();
    let reads: Vec<Timestamp> = reads.iter().map(|it| at(it)).collect();
    let timeline = Timeline {
        start: Some((inventory(start), at("01-01"))),
        steps,
        reads: &reads,
    };
    let numbered: Vec<(usize, &Deed<'_>)> = deeds.iter().enumerate().collect();
    let found: Vec<String> = timeline
        .changes(&numbered)
        .iter()
        .map(|change| {
            let by = match (change.deed, change.after) {
                (Some(deed), _) => format!("deed {deed}"),
                (None, Some(after)) => format!("nobody after {}", after.strftime("%m-%d")),
                (None, None) => String::from("nobody"),
            };
            let admin = change
                .admin
                .map_or("", |it| if it { " +admin" } else { " -admin" });
            let what: Vec<String> = change
                .differences
                .iter()
                .map(|it| format!("{} {}>{}", it.attribute, it.before, it.after))
                .collect();
            let day = change.at.strftime("%m-%d");
            format!("{day} {} {} ({by}){admin}", change.email, what.join(" "))
        })
        .collect();
    assert_eq!(found, expected);
}

const DONE: Option<Verdict> = Some(Verdict::Applied);

#[test]
fn what_a_run_did_and_a_read_shows_is_told_once() {
    let (ada, admin) = (holder("ada", "user"), holder("ada", "admin"));
    check(
        &[&ada],
        &[step(&[&ada], &[&admin], "01-03")],
        &["01-02", "01-03"],
        &[Did(
            action(ActionKind::Update, "ada", Some(("user", "admin"))),
            "01-02T03:00",
            DONE,
        )],
        &["01-02 ada@x.com role user>admin (deed 0) +admin"],
    );
}

#[test]
fn what_no_run_made_is_drift_between_two_reads() {
    let (ada, admin) = (holder("ada", "user"), holder("ada", "admin"));
    check(
        &[&ada],
        &[
            step(&[&ada], &[&admin], "01-05"),
            step(&[&admin], &[&ada], "01-06"),
        ],
        &["01-02", "01-04", "01-05", "01-06"],
        // The run of that night takes it back.
        &[Did(
            action(ActionKind::Update, "ada", Some(("admin", "user"))),
            "01-05T03:00",
            DONE,
        )],
        &[
            "01-05 ada@x.com role user>admin (nobody after 01-04) +admin",
            "01-05 ada@x.com role admin>user (deed 0) -admin",
        ],
    );
}

#[test]
fn somebody_who_undoes_a_run_by_hand_is_seen_although_nothing_differs() {
    let ada = holder("ada", "user");
    let off = Holder {
        off: true,
        ..ada.clone()
    };
    // Switched off by the run of the 2nd, on again by the read of the 3rd: the same inventory.
    check(
        &[&ada],
        &[],
        &["01-02", "01-03"],
        &[Did(
            action(ActionKind::Deactivate, "ada", None),
            "01-02T03:00",
            DONE,
        )],
        &[
            "01-02 ada@x.com account active>switched off (deed 0)",
            "01-03 ada@x.com account switched off>active (nobody after 01-02)",
        ],
    );
    check(
        &[&off],
        &[step(&[&off], &[], "01-03")],
        &["01-02", "01-03"],
        &[],
        &["01-03 ada@x.com account switched off>none (nobody after 01-02)"],
    );
}

#[test]
fn a_removal_may_take_more_than_it_says_and_a_create_may_bring_more() {
    let (ada, bare) = (holder("ada", "admin"), holder("ada", "none"));
    let gone = Holder { off: true, ..bare };
    let mut bob = holder("bob", "user");
    bob.rights.insert("tier".into(), Some(Value::text("FREE")));
    check(
        &[&ada],
        &[step(&[&ada], &[&gone, &bob], "01-03")],
        &["01-03"],
        &[
            Did(
                action(ActionKind::Deactivate, "ada", None),
                "01-02T03:00",
                DONE,
            ),
            Did(
                action(ActionKind::Create, "bob", Some(("", "user"))),
                "01-02T03:01",
                DONE,
            ),
        ],
        &[
            "01-02 ada@x.com account active>switched off (deed 0) -admin",
            "01-02 bob@x.com account none>active role (none)>user (deed 1)",
        ],
    );
}

#[test]
fn what_may_have_happened_is_told_once_a_read_shows_it() {
    let (ada, admin) = (holder("ada", "user"), holder("ada", "admin"));
    for verdict in [None, Some(Verdict::Unverified), Some(Verdict::Failed)] {
        check(
            &[&ada],
            &[step(&[&ada], &[&admin], "01-03")],
            &["01-03"],
            &[Did(
                action(ActionKind::Update, "ada", Some(("user", "admin"))),
                "01-02T03:00",
                verdict,
            )],
            &["01-03 ada@x.com role user>admin (deed 0) +admin"],
        );
        check(
            &[&ada],
            &[],
            &["01-03"],
            &[Did(
                action(ActionKind::Update, "ada", Some(("user", "admin"))),
                "01-02T03:00",
                verdict,
            )],
            &[],
        );
    }
}

#[test]
fn without_a_beginning_the_first_read_is_no_change() {
    let ada = holder("ada", "user");
    let first = step(&[], &[&ada], "01-03");
    let timeline = Timeline {
        start: None,
        steps: &[first],
        reads: &[at("01-03"), at("01-04")],
    };
    assert_eq!(timeline.changes(&[]), []);
}

#[test]
fn of_two_reads_of_a_day_only_the_last_one_is_compared() {
    let (ada, admin) = (holder("ada", "user"), holder("ada", "admin"));
    check(
        &[&ada],
        &[step(&[&ada], &[&admin], "01-03T12:00")],
        &["01-02", "01-03T02:00", "01-03T12:00"],
        &[],
        &["01-03 ada@x.com role user>admin (nobody after 01-02) +admin"],
    );
}
