//! What is known without a documented read: record, import file, list call, `userID`, own account.

use super::*;
use crate::model::email::EmailKey;
use crate::sandbox::Fault;
use crate::sandbox::HeldAccounts as _;

#[tokio::test(start_paused = true)]
async fn what_the_record_does_not_know_is_neither_absent_nor_removed() {
    let there = account("stranger@example.com", &[]);
    let mut settings = settings(&SPEC);
    settings.unlisted = Unlisted::Deactivate;
    // A tenant that was never seen says so besides.
    settings.in_sandbox = true;
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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
        assert_eq!(bench.record()[&EmailKey::of("mira@example.com")].id, None);
    }
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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
        let own = expected.map_or(crate::model::current::Own::Unknown, |email| {
            crate::model::current::Own::Email(email.into())
        });
        assert_eq!(current.own, own);
        assert_eq!(
            current.notices.iter().any(|text| text.contains("expired")),
            warns
        );
    }
}
