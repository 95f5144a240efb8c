//! What the record must not forget: grants of access whose answer never came.

use super::super::memory::{Listed, Wanted, find, view};
use super::*;
use crate::connector::WriteError;
use crate::model::account::AccountKey;
use crate::model::email::EmailKey;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::{Canned, Fault};
use crate::state::record::{Entry, Pending};

#[tokio::test(start_paused = true)]
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
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
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
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
    assert_eq!((entry.pending, entry.active), (None, false));
}

#[tokio::test(start_paused = true)]
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
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
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

#[tokio::test(start_paused = true)]
async fn whoever_a_removal_without_an_answer_took_access_from_gets_it_again() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let faults = bench.rig.sandbox.faults();
    faults.always(Fault::DropAfter, |_| true);
    bench.run(vec![left(mira())]).await;
    faults.clear();
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
    assert_eq!(
        (entry.pending, entry.active),
        (Some(Pending::Reactivate), false)
    );
    let plan = bench.plan(vec![left(mira())]).await;
    assert_eq!(plan.actions[0].kind, ActionKind::Deactivate);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(
        (run.only().0, run.only().1),
        (ActionKind::Reactivate, Verdict::Applied)
    );
    assert!(bench.rig.account("mira@example.com").unwrap().active);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_the_vendor_refuses_leaves_no_trace() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let before = bench.record();
    let faults = bench.rig.sandbox.faults();
    let no = Canned::json(403, r#"{"message":"no"}"#);
    faults.always(Fault::Answer(no), |_| true);
    bench.run(vec![left(mira())]).await;
    assert_eq!(bench.record(), before);
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_create_that_never_reached_the_vendor_leaves_no_trace() {
    let bench = Bench::new(vec![]).await;
    let faults = bench.rig.sandbox.faults();
    faults.always(Fault::Unreachable, |_| true);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Failed);
    assert!(bench.record().is_empty());
    faults.clear();
    assert_eq!(bench.plan(vec![left(mira())]).await.actions, []);
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn nobody_gets_a_second_account_by_a_rename_while_the_first_was_never_answered() {
    let bench = Bench::new(vec![]).await;
    let faults = || bench.rig.sandbox.faults();
    faults().always(Fault::DropAfter, |_| true);
    bench.run(vec![mira()]).await;
    faults().clear();
    let renamed = || DesiredAccount {
        email: "mira.new@example.com".into(),
        previous_emails: vec!["mira@example.com".into()],
        ..mira()
    };
    let run = bench.run(vec![renamed()]).await;
    assert_eq!(run.plan.actions, []);
    let why = &run.plan.held[0].why;
    assert!(why.contains("take mira@example.com out of"), "{why}");
    assert_eq!(bench.rig.account("mira.new@example.com"), None);
    // Somebody looked, and did what it says.
    std::fs::remove_file(bench.rig.record()).unwrap();
    let run = bench.run(vec![renamed()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
}

#[tokio::test(start_paused = true)]
async fn nobody_gets_a_second_account_by_a_spelling_while_the_first_was_never_answered() {
    for (first, second) in [
        ("mira@b\u{fc}cher.example", "mira@xn--bcher-kva.example"),
        ("Mira@example.com", "mira@example.com"),
    ] {
        let spelled = |email: &str| DesiredAccount {
            email: email.into(),
            ..mira()
        };
        let bench = Bench::new(vec![]).await;
        let faults = || bench.rig.sandbox.faults();
        faults().always(Fault::DropAfter, |_| true);
        bench.run(vec![spelled(first)]).await;
        faults().clear();
        let run = bench.run(vec![spelled(second)]).await;
        assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
        let accounts = bench.rig.local().accounts();
        let emails = accounts.iter().map(|it| &*it.email);
        let theirs: Vec<&str> = emails.filter(|it| !it.starts_with("rig.")).collect();
        assert_eq!(theirs, [first]);
        let run = bench.run(vec![spelled(second)]).await;
        assert_eq!(run.plan.actions, []);
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_run_leaves_a_record_that_is_whole_without_its_log() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    assert!(!bench.log().exists());
    bench.run(vec![left(mira())]).await;
    assert!(!bench.log().exists());
    let text = std::fs::read(bench.rig.record()).unwrap();
    let whole: Json = serde_json::from_slice(&text).unwrap();
    let entry = &whole["accounts"]["mira@example.com"];
    assert_eq!(entry["active"], false);
    assert_eq!(entry["attributes"]["role"], "CONTRIBUTOR");
}

#[tokio::test(start_paused = true)]
async fn what_a_run_that_died_left_in_the_log_counts_and_the_next_run_tidies_up() {
    let bench = Bench::new(vec![]).await;
    let vendor = bench.connect();
    let plan = bench.plan_with(&*vendor, vec![mira()]).await.unwrap();
    vendor.write(&plan.actions[0]).await.unwrap();
    drop(vendor);
    let log = std::fs::read(bench.log()).unwrap();
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
    assert_eq!((entry.pending, entry.active), (None, true));

    assert_eq!(bench.plan(vec![mira()]).await.actions, []);
    assert_eq!(std::fs::read(bench.log()).unwrap(), log);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.outcomes.len(), 0);
    assert!(!bench.log().exists());
    assert_eq!(
        &bench.record()[&EmailKey::of("mira@example.com")].pending,
        &None
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_made_whole_changes_no_outcome() {
    let bench = Bench::new(vec![]).await;
    let vendor = bench.connect();
    let plan = bench.plan_with(&*vendor, vec![mira()]).await.unwrap();
    vendor.write(&plan.actions[0]).await.unwrap();
    let mut lock = bench.rig.record().into_os_string();
    lock.push(".lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let error = vendor.finish().await.unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.plan.actions, []);
    assert!(bench.log().exists());
}

/// Looking for one account finds what looking through all of them would find.
#[test]
fn one_account_is_found_as_among_all() {
    let entry = |email: &str, id: Option<&str>, pending| {
        let mut account = Account::new(email);
        account.id = id.map(Into::into);
        let entry = Entry::of(&account, jiff::Timestamp::UNIX_EPOCH);
        (account.email_key().into_owned(), Entry { pending, ..entry })
    };
    let entries = Accounts::from([
        entry("Ada@example.com", Some("1"), None),
        entry("bob@example.com", None, None),
        entry("mira@example.com", Some("3"), Some(Pending::Create)),
        entry("old@example.com", Some("4"), Some(Pending::Reactivate)),
        entry("listed@example.com", Some("5"), None),
    ]);
    let mut bob = wanted("bob@example.com", &[]);
    bob.id = Some("2".into());
    let mut gone = left(wanted("Gone@example.com", &[]));
    gone.id = Some("6".into());
    let desired = Desired::listed("surecloud", vec![bob, gone, mira()]);
    let wanted = Wanted::of(&desired);
    let listed = ["listed@example.com", "new@example.com"].map(|email| {
        let mut account = Account::new(email);
        account.id = Some(email[..3].into());
        let id = None;
        (
            EmailKey::of(email),
            Listed {
                account,
                id,
                told: true,
            },
        )
    });
    let listed = BTreeMap::from(listed);
    let mut all = view(&entries, &wanted);
    all.extend(
        listed
            .iter()
            .map(|(key, it)| (key.clone(), it.account.clone())),
    );
    assert_eq!(all.len(), 6);

    let ids = [
        None,
        Some("1"),
        Some("2"),
        Some("3"),
        Some("4"),
        Some("5"),
        Some("6"),
        Some("new"),
    ];
    let emails = all
        .keys()
        .map(EmailKey::as_str)
        .chain(["mira@example.com", "ADA@example.com"]);
    for email in emails {
        for id in ids {
            let key = AccountKey {
                id: id.map(Into::into),
                email: email.into(),
                login: None,
            };
            let by_id = all
                .values()
                .find(|it| id.is_some() && it.id.as_deref() == id);
            let expected = by_id.or_else(|| all.get(&EmailKey::of(email)));
            let found = find(&entries, &wanted, &listed, &key);
            assert_eq!(found.as_ref(), expected, "{key:?}");
        }
    }
}
