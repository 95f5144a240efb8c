//! One test for each thing the vendor does not tell, with the safe assumption about it.

use super::*;
use crate::connector::WriteError;
use crate::model::account::AccountKey;
use crate::sandbox::Fault;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::surecloud::GroupRule;

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_has_to_be_described() {
    let mut settings = by_email_and_key();
    settings.settings.remove("token_url");
    settings.settings.remove("token_pointer");
    let bench = Bench::with(settings, vec![], Rules::default()).await;
    let secrets = BTreeMap::from([("email", OWN.to_owned()), ("secret_key", "k".to_owned())]);
    let error = bench
        .rig
        .try_connect(Permit::ReadOnly, &secrets)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("set token_url, token_pointer"), "{error}");
    assert!(error.contains("auth.jwt"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn roles_outside_the_allow_list_are_held() {
    let allowed = BTreeMap::from([("CONTRIBUTOR".into(), "may edit".into())]);
    let roles = setting("roles", Setting::TextMap(allowed));
    let bench = Bench::with(roles, vec![], Rules::default()).await;
    let plan = bench
        .plan(vec![with(mira(), "role", Value::text("APPROVER"))])
        .await;
    assert_eq!(plan.actions, []);
    assert!(
        plan.held[0].why.contains("APPROVER"),
        "{}",
        plan.held[0].why
    );
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Applied);
}

#[tokio::test(start_paused = true)]
async fn groups_are_sent_whole_and_removed_where_the_vendor_replaces() {
    let bench = Bench::new(vec![]).await;
    let both = Value::set(["//Risk/Owners", "//Risk/Readers"]);
    bench.run(vec![with(mira(), "groups", both)]).await;
    let one = with(mira(), "groups", Value::set(["//Risk/Owners"]));
    let run = bench.run(vec![one.clone()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.plan(vec![one]).await.actions, []);
    // Unmanaged: the key is absent, and the groups stay.
    bench
        .run(vec![with(mira(), "job_title", Value::text("Lead"))])
        .await;
    assert_eq!(bench.sent().get("groups"), None);
    // No groups: an empty list.
    let none = with(mira(), "groups", Value::set::<&str>([]));
    bench.run(vec![none]).await;
    assert_eq!(bench.sent()["groups"], serde_json::json!([]));
    let held = bench.attribute("mira@example.com", "groups");
    assert_eq!(held, Some(Value::set::<&str>([])));
}

#[tokio::test(start_paused = true)]
async fn groups_that_only_add_are_reported_as_not_removable() {
    let rules = Rules {
        groups: GroupRule::Add,
        ..Rules::default()
    };
    let bench = Bench::with(settings(&SPEC), vec![], rules).await;
    let both = Value::set(["//Risk/Owners", "//Risk/Readers"]);
    bench.run(vec![with(mira(), "groups", both)]).await;
    let one = with(mira(), "groups", Value::set(["//Risk/Owners"]));
    let run = bench.run(vec![one.clone()]).await;
    let (_, verdict, message) = run.only();
    assert_eq!(verdict, Verdict::Failed);
    assert!(
        message.contains("cannot remove from //Risk/Readers"),
        "{message}"
    );
    assert_eq!(bench.server.bodies().len(), 2);
    // Somebody takes it away by hand; the next answer shows it, and then there is peace.
    let mut by_hand = bench.rig.account("mira@example.com").unwrap();
    let owners = Value::set(["//Risk/Owners"]);
    by_hand.attributes.insert("groups", Some(owners));
    bench.rig.local().put(by_hand);
    let run = bench.run(vec![one.clone()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.plan(vec![one]).await.actions, []);
}

#[tokio::test(start_paused = true)]
async fn each_call_carries_one_user() {
    let bench = Bench::new(vec![]).await;
    let people = (0..3).map(|at| DesiredAccount {
        email: format!("p{at}@example.com").into(),
        ..mira()
    });
    let run = bench.run(people.collect()).await;
    assert_eq!(run.outcomes.len(), 3);
    let bodies = bench.server.bodies();
    assert_eq!(bodies.len(), 3);
    assert!(
        bodies
            .iter()
            .all(|body| body["users"].as_array().unwrap().len() == 1)
    );
}

#[tokio::test(start_paused = true)]
async fn emails_compare_in_lower_case_and_are_sent_as_written() {
    let bench = Bench::new(vec![]).await;
    let shouted = DesiredAccount {
        email: "MIRA@example.com".into(),
        ..mira()
    };
    bench.run(vec![shouted]).await;
    assert_eq!(bench.sent()["email"], "MIRA@example.com");
    assert_eq!(bench.plan(vec![mira()]).await.actions, []);
    let key = AccountKey {
        id: None,
        email: "mira@EXAMPLE.com".into(),
        login: None,
    };
    let found = bench.connect().find(&key).await.unwrap().unwrap();
    assert_eq!(&*found.email, "MIRA@example.com");
}

#[tokio::test(start_paused = true)]
async fn a_rename_is_left_to_a_person() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let renamed = DesiredAccount {
        email: "mira.new@example.com".into(),
        previous_emails: vec!["mira@example.com".into()],
        ..mira()
    };
    let run = bench.run(vec![renamed]).await;
    assert_eq!(run.plan.actions, []);
    assert_eq!(run.plan.manual.len(), 1);
    assert_eq!(bench.rig.account("mira.new@example.com"), None);
}

#[tokio::test(start_paused = true)]
async fn switching_off_says_that_open_sessions_are_not_confirmed_to_end() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let run = bench.run(vec![left(mira())]).await;
    let (kind, verdict, message) = run.only();
    assert_eq!((kind, verdict), (ActionKind::Deactivate, Verdict::Applied));
    assert!(message.contains("sessions and tokens"), "{message}");
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
    assert_eq!(bench.plan(vec![left(mira())]).await.actions, []);
}

#[tokio::test(start_paused = true)]
async fn enabled_is_sent_with_every_create() {
    // The local server makes accounts switched off unless it is told otherwise.
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    assert_eq!(bench.sent()["enabled"], true);
    assert!(bench.rig.account("mira@example.com").unwrap().active);
}

#[tokio::test(start_paused = true)]
async fn null_is_never_sent() {
    let bench = Bench::new(vec![]).await;
    let blank = with(mira(), "job_title", Value::text(""));
    bench.run(vec![blank]).await;
    bench.run(vec![left(mira())]).await;
    bench.run(vec![mira()]).await;
    assert_eq!(bench.server.bodies().len(), 3);
    for body in bench.server.bodies() {
        assert!(!body.to_string().contains("null"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_are_one_call_at_a_time() {
    assert_eq!((SPEC.limits.burst, SPEC.limits.concurrency), (1, 1));
    assert_eq!(SPEC.limits.timeout_seconds, 60);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_sending_the_same_again() {
    let bench = Bench::new(vec![]).await;
    let people = [mira(), left(mira()), mira()];
    for person in people {
        bench
            .rig
            .sandbox
            .faults()
            .next(1, Fault::DropAfter, |_| true);
        let run = bench.run(vec![person]).await;
        assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    }
    let bodies = bench.server.bodies();
    assert_eq!(bodies.len(), 6);
    assert!(bodies.chunks(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(start_paused = true)]
async fn deleting_is_left_to_a_person() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let mut action = bench.plan(vec![left(mira())]).await.actions.remove(0);
    action.kind = ActionKind::Delete;
    let error = bench.connect().write(&action).await.unwrap_err();
    assert!(matches!(error, WriteError::Manual(_)), "{error}");
}
