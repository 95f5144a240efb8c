//! One test for each thing the vendor does not tell, with the safe assumption about it.

use super::*;
use crate::sandbox::Fault;
use crate::vendor::surecloud::sandbox::GroupRule;
use crate::vendor::{AccountKey, WriteError};

fn setting(name: &'static str, value: Setting) -> VendorSettings {
    let mut settings = settings(&SPEC);
    settings.settings.insert(name, value);
    settings
}

#[tokio::test]
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

#[tokio::test]
async fn what_the_record_does_not_know_is_neither_absent_nor_removed() {
    let there = account("stranger@example.com", &[]);
    let mut settings = settings(&SPEC);
    settings.unlisted = Unlisted::Deactivate;
    let bench = Bench::with(settings, vec![there], Rules::default()).await;
    let leaver = DesiredAccount {
        email: "stranger@example.com".into(),
        ..left(mira())
    };
    let run = bench.run(vec![leaver]).await;
    assert_eq!(run.plan.actions, []);
    assert_eq!(run.plan.notices.len(), 1);
    assert_eq!(bench.rig.sandbox.requests(), []);
}

#[tokio::test]
async fn a_create_of_an_existing_account_updates_it() {
    let there = account("Mira@Example.com", &[("job_title", Value::text("Clerk"))]);
    let bench = Bench::new(vec![there]).await;
    let run = bench.run(vec![mira()]).await;
    assert_eq!(
        (run.only().0, run.only().1),
        (ActionKind::Create, Verdict::Applied)
    );
    assert_eq!(bench.rig.local().accounts().len(), 2);
    let plan = bench.plan(vec![mira()]).await;
    assert_eq!(plan.actions, []);
}

#[tokio::test]
async fn known_accounts_seed_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known.csv");
    std::fs::write(
        &path,
        "email,active\nMIRA@example.com,true\ngone@example.com,false\n",
    )
    .unwrap();
    let known = setting(
        "known_accounts",
        Setting::Text(path.to_string_lossy().into()),
    );
    let there = account("mira@example.com", &[]);
    let bench = Bench::with(known, vec![there], Rules::default()).await;
    let plan = bench.plan(vec![mira()]).await;
    assert!(!bench.rig.record().exists());
    // Nothing is known of its attributes, so all of them are sent once.
    assert_eq!(plan.actions[0].kind, ActionKind::Update);
    assert_eq!(plan.actions[0].changes.len(), 3);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.record().len(), 2);
    // Once there is a record, the file has done its work.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(bench.plan(vec![mira()]).await.actions, []);
}

#[tokio::test]
async fn a_broken_file_of_known_accounts_is_an_error() {
    let known = setting("known_accounts", Setting::Text("/no/such/file.csv".into()));
    let bench = Bench::with(known, vec![], Rules::default()).await;
    let secrets = BTreeMap::from([("jwt", "x".to_owned())]);
    let error = bench
        .rig
        .try_connect(Permit::ReadOnly, &secrets)
        .err()
        .unwrap();
    assert!(error.to_string().contains("/no/such/file.csv"), "{error}");
}

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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
    };
    let found = bench.connect().find(&key).await.unwrap().unwrap();
    assert_eq!(&*found.email, "MIRA@example.com");
}

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
async fn enabled_is_sent_with_every_create() {
    // The local server makes accounts switched off unless it is told otherwise.
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    assert_eq!(bench.sent()["enabled"], true);
    assert!(bench.rig.account("mira@example.com").unwrap().active);
}

#[tokio::test]
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

#[tokio::test]
async fn limits_are_one_call_at_a_time() {
    assert_eq!((SPEC.limits.burst, SPEC.limits.concurrency), (1, 1));
    assert_eq!(SPEC.limits.timeout_seconds, 60);
}

#[tokio::test]
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

#[tokio::test]
async fn user_ids_come_as_text_as_numbers_or_not_at_all() {
    for (shows_id, numeric_id) in [(true, false), (true, true), (false, false)] {
        let rules = Rules {
            shows_id,
            numeric_id,
            ..Rules::default()
        };
        let bench = Bench::with(settings(&SPEC), vec![], rules).await;
        bench.run(vec![mira()]).await;
        let titled = with(mira(), "job_title", Value::text("Lead"));
        let run = bench.run(vec![titled]).await;
        assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
        let id = bench.sent().get("userID").cloned();
        assert_eq!(
            id.as_ref().is_some_and(Json::is_number),
            shows_id && numeric_id
        );
        assert_eq!(
            id.as_ref().is_some_and(Json::is_string),
            shows_id && !numeric_id
        );
    }
}

#[tokio::test]
async fn a_user_id_from_the_roster_identifies_and_is_never_changed() {
    let mut there = account("mira@example.com", &[("role", Value::text("CONTRIBUTOR"))]);
    there.id = Some("77".into());
    let bench = Bench::new(vec![there]).await;
    let known = with(mira(), "user_id", Value::text("77"));
    let run = bench.run(vec![known.clone()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.sent()["userID"], "77");
    assert_eq!(bench.sent()["email"], "mira@example.com");
    assert_eq!(bench.plan(vec![known]).await.actions, []);
    let other = with(mira(), "user_id", Value::text("78"));
    let plan = bench.plan(vec![other]).await;
    assert_eq!((plan.actions.len(), plan.manual.len()), (0, 1));
}

#[tokio::test]
async fn a_user_id_that_no_answer_shows_never_stands_alone() {
    let rules = Rules {
        shows_id: false,
        ..Rules::default()
    };
    let bench = Bench::with(settings(&SPEC), vec![], rules).await;
    bench.run(vec![mira()]).await;
    let id = bench.rig.account("mira@example.com").unwrap().id.unwrap();
    let known = with(mira(), "user_id", Value::text(id));
    for title in ["Lead", "Head"] {
        let titled = with(known.clone(), "job_title", Value::text(title));
        let run = bench.run(vec![titled]).await;
        assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
        assert_eq!(bench.sent()["email"], "mira@example.com");
        assert!(bench.sent().get("userID").is_some());
        assert_eq!(bench.record()["mira@example.com"].id, None);
    }
}

#[tokio::test]
async fn a_wrong_user_id_of_the_roster_touches_nobody() {
    let mut other = account("other@example.com", &[("name", Value::text("Other"))]);
    other.id = Some("77".into());
    let bench = Bench::new(vec![other]).await;
    let wrong = with(mira(), "user_id", Value::text("77"));
    let run = bench.run(vec![wrong]).await;
    assert_eq!(run.only().1, Verdict::Failed);
    let name = bench.attribute("other@example.com", "name");
    assert_eq!(name, Some(Value::text("Other")));
    assert_eq!(bench.record().len(), 0);
}

#[tokio::test]
async fn a_leaver_named_by_user_id_is_switched_off_without_a_record() {
    let mut there = account("mira@example.com", &[]);
    there.id = Some("77".into());
    let bench = Bench::new(vec![there]).await;
    let leaver = left(with(mira(), "user_id", Value::text("77")));
    let run = bench.run(vec![leaver.clone()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert!(!bench.rig.account("mira@example.com").unwrap().active);
    assert_eq!(bench.plan(vec![leaver]).await.actions, []);
}

#[tokio::test]
async fn a_list_call_is_the_read_where_the_tenant_has_one() {
    for path in ["/restful/v1/user", "/restful/v1/users?size=500"] {
        let list = setting("list_path", Setting::Text(path.into()));
        let there = account(
            "mira@example.com",
            &[
                ("role", Value::text("CONTRIBUTOR")),
                ("name", Value::text("Mira Okafor")),
            ],
        );
        let bench = Bench::with(list, vec![there], Rules::default()).await;
        assert_eq!(bench.plan(vec![mira()]).await.actions, []);
        let plan = bench.plan(vec![]).await;
        assert_eq!(plan.unlisted.len(), 2);
        let run = bench.run(vec![left(mira())]).await;
        assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
        assert_eq!(bench.record().len(), 2);
        // Somebody else was faster: nothing is sent.
        let vendor = bench.connect();
        let again = vendor.write(&run.plan.actions[0]).await.unwrap();
        assert_eq!(again.notes, ["was switched off already"]);
        assert_eq!(bench.server.bodies().len(), 1);
    }
}

#[tokio::test]
async fn a_list_that_is_not_whole_holds_removals() {
    let list = setting("list_path", Setting::Text("/restful/v1/user".into()));
    let bench = Bench::with(
        list,
        vec![account("mira@example.com", &[])],
        Rules::default(),
    )
    .await;
    let body = r#"{"users":[{"email":"mira@example.com","enabled":true}],"total":9}"#;
    let answer = Fault::Answer(crate::sandbox::Canned::json(200, body));
    bench.rig.sandbox.faults().always(answer, |_| true);
    let plan = bench.plan(vec![left(mira())]).await;
    assert_eq!(plan.actions, []);
    assert!(
        plan.held[0].why.contains("announces 9 users"),
        "{}",
        plan.held[0].why
    );
}

#[tokio::test]
async fn what_only_the_record_knows_survives_a_list() {
    let list = setting("list_path", Setting::Text("/restful/v1/user".into()));
    let bench = Bench::with(list, vec![], Rules::default()).await;
    bench.run(vec![mira()]).await;
    bench.rig.local().remove("mira@example.com");
    let plan = bench.plan(vec![left(mira())]).await;
    assert_eq!(plan.actions[0].kind, ActionKind::Deactivate);
    assert!(
        plan.notices
            .iter()
            .any(|notice| notice.text.contains("kept as the record has them"))
    );
}

#[tokio::test]
async fn own_account_comes_from_setting_jwt_or_email() {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(r#"{"sub":"4711","email":"jwt@example.com","exp":1}"#);
    let jwt = BTreeMap::from([("jwt", format!("e30.{claims}.x"))]);
    let opaque = BTreeMap::from([("jwt", "opaque".to_owned())]);
    let key = BTreeMap::from([
        ("email", "key@example.com".to_owned()),
        ("secret_key", "k".to_owned()),
    ]);
    let cases = [
        (
            settings(&SPEC),
            Some("set@example.com"),
            &jwt,
            Some("set@example.com"),
        ),
        (settings(&SPEC), None, &jwt, Some("jwt@example.com")),
        (settings(&SPEC), None, &opaque, None),
        (by_email_and_key(), None, &key, Some("key@example.com")),
    ];
    for (mut settings, own_account, secrets, expected) in cases {
        settings.own_account = own_account.map(Into::into);
        let warns = expected == Some("jwt@example.com");
        let bench = Bench::with(settings, vec![], Rules::default()).await;
        let vendor = bench.rig.try_connect(Permit::ReadOnly, secrets).unwrap();
        let current = vendor.fetch(&Desired::default()).await.unwrap();
        let own = expected.map_or(crate::reconcile::current::Own::Unknown, |email| {
            crate::reconcile::current::Own::Email(email.into())
        });
        assert_eq!(current.own, own);
        assert_eq!(
            current.notices.iter().any(|text| text.contains("expired")),
            warns
        );
    }
}

#[tokio::test]
async fn deleting_is_left_to_a_person() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let mut action = bench.plan(vec![left(mira())]).await.actions.remove(0);
    action.kind = ActionKind::Delete;
    let error = bench.connect().write(&action).await.unwrap_err();
    assert!(matches!(error, WriteError::Manual(_)), "{error}");
}
