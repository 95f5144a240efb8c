//! What the record must not forget: grants of access whose answer never came.

use super::*;
use crate::sandbox::{Canned, Fault};
use crate::state::record::Pending;
use crate::vendor::WriteError;

#[tokio::test]
async fn a_create_without_an_answer_is_remembered_and_taken_back_from_a_leaver() {
    let bench = Bench::new(vec![]).await;
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::DropAfter, |_| true);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Unverified);
    assert!(bench.rig.account("mira@example.com").unwrap().active);
    let entry = &bench.record()["mira@example.com"];
    assert_eq!(
        (entry.pending, entry.updated_at),
        (Some(Pending::Create), None)
    );
    bench.rig.sandbox.faults().clear();

    // Still wanted: sent again. Not wanted any more: switched off.
    let plan = bench.plan(vec![mira()]).await;
    assert_eq!(plan.actions[0].kind, ActionKind::Create);
    let run = bench.run(vec![left(mira())]).await;
    assert_eq!(run.only().0, ActionKind::Deactivate);
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
    let entry = &bench.record()["mira@example.com"];
    assert_eq!((entry.pending, entry.active), (None, false));
}

#[tokio::test]
async fn a_reactivation_without_an_answer_is_taken_back_from_a_leaver() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    bench.run(vec![left(mira())]).await;
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::DropAfter, |_| true);
    bench.run(vec![mira()]).await;
    bench.rig.sandbox.faults().clear();
    let entry = &bench.record()["mira@example.com"];
    assert_eq!(
        (entry.pending, entry.active),
        (Some(Pending::Reactivate), false)
    );
    assert_eq!(
        bench.plan(vec![mira()]).await.actions[0].kind,
        ActionKind::Reactivate
    );
    let run = bench.run(vec![left(mira())]).await;
    assert_eq!(
        (run.only().0, run.only().1),
        (ActionKind::Deactivate, Verdict::Applied)
    );
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
}

#[tokio::test]
async fn a_create_that_the_vendor_refuses_leaves_no_trace() {
    let bench = Bench::new(vec![]).await;
    let refusal = Canned::json(422, r#"{"message":"no licence"}"#);
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::Answer(refusal), |_| true);
    let run = bench.run(vec![mira()]).await;
    let (_, verdict, message) = run.only();
    assert_eq!(verdict, Verdict::Failed);
    assert!(message.contains("no licence"), "{message}");
    assert!(bench.record().is_empty());
}

#[tokio::test]
async fn a_leaver_who_perhaps_never_had_an_account_is_reported_with_the_way_out() {
    let bench = Bench::new(vec![]).await;
    let faults = bench.rig.sandbox.faults();
    faults.always(Fault::DropBefore, |_| true);
    bench.run(vec![mira()]).await;
    faults.clear();
    let run = bench.run(vec![left(mira())]).await;
    let (kind, verdict, message) = run.only();
    assert_eq!((kind, verdict), (ActionKind::Deactivate, Verdict::Failed));
    assert!(message.contains("take the entry out of"), "{message}");
    assert_eq!(bench.rig.account("mira@example.com"), None);
}

#[tokio::test]
async fn a_damaged_record_stops_the_vendor_and_is_not_overwritten() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    std::fs::write(bench.rig.record(), "{ \"format\": 1, ").unwrap();
    let vendor = bench.connect();
    let error = bench.plan_with(&*vendor, vec![mira()]).await.unwrap_err();
    assert!(error.to_string().contains("last good version"), "{error}");
    assert!(error.ends_run());
    assert_eq!(
        std::fs::read(bench.rig.record()).unwrap(),
        b"{ \"format\": 1, "
    );
}

#[tokio::test]
async fn a_grant_that_cannot_be_remembered_is_not_sent() {
    let bench = Bench::new(vec![]).await;
    let vendor = bench.connect();
    let plan = bench.plan_with(&*vendor, vec![mira()]).await.unwrap();
    // A folder in the place of the lock file cannot be opened as a file.
    let mut lock = bench.rig.record().into_os_string();
    lock.push(".lock");
    std::fs::create_dir(lock).unwrap();
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(bench.rig.sandbox.requests(), []);
}

#[tokio::test]
async fn a_removal_is_sent_even_if_it_cannot_be_remembered_and_says_so() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let vendor = bench.connect();
    let plan = bench.plan_with(&*vendor, vec![left(mira())]).await.unwrap();
    let mut lock = bench.rig.record().into_os_string();
    lock.push(".lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
    let text = error.to_string();
    assert!(text.contains("SureCloud did it, but the record"), "{text}");
}

#[tokio::test]
async fn an_account_that_left_the_record_since_the_plan_is_stale() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let vendor = bench.connect();
    let plan = bench.plan_with(&*vendor, vec![left(mira())]).await.unwrap();
    std::fs::remove_file(bench.rig.record()).unwrap();
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(bench.server.bodies().len(), 1);
}

#[tokio::test]
async fn a_renamed_person_keeps_the_claim_on_an_unconfirmed_account() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    bench.run(vec![left(mira())]).await;
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::DropBefore, |_| true);
    bench.run(vec![mira()]).await;
    bench.rig.sandbox.faults().clear();
    let renamed = DesiredAccount {
        email: "mira.new@example.com".into(),
        previous_emails: vec!["mira@example.com".into()],
        ..mira()
    };
    let plan = bench.plan(vec![renamed]).await;
    assert_eq!(plan.actions[0].kind, ActionKind::Reactivate);
}

#[tokio::test]
async fn a_second_run_finds_nothing_to_do() {
    let bench = Bench::new(vec![]).await;
    let person = with(mira(), "groups", Value::set(["//Risk/Owners"]));
    let run = bench.run(vec![person.clone()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    let before = std::fs::read(bench.rig.record()).unwrap();
    let run = bench.run(vec![person]).await;
    assert_eq!(run.plan.actions, []);
    assert_eq!(std::fs::read(bench.rig.record()).unwrap(), before);
}
