//! One test for each quirk of the vendor, in the order of the vendor's page.

use super::*;
use crate::model::email::EmailKey;
use crate::sandbox::{Canned, Fault};

const EXTERNAL: &str = "EXTERNAL";

fn external() -> DesiredAccount {
    with(mira(), "person_type", Value::text(EXTERNAL))
}

#[tokio::test(start_paused = true)]
async fn person_type_is_sent_with_every_write() {
    let bench = Bench::new(vec![]).await;
    let steps = [
        (external(), ActionKind::Create),
        (
            with(external(), "job_title", Value::text("Lead")),
            ActionKind::Update,
        ),
        (left(external()), ActionKind::Deactivate),
        (external(), ActionKind::Reactivate),
    ];
    for (person, kind) in steps {
        let run = bench.run(vec![person]).await;
        assert_eq!((run.only().0, run.only().1), (kind, Verdict::Applied));
        assert_eq!(bench.sent()["personType"], EXTERNAL, "{kind:?}");
        let held = bench.attribute("mira@example.com", "person_type");
        assert_eq!(held, Some(Value::text(EXTERNAL)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn person_type_of_a_stranger_comes_from_the_record() {
    let mut settings = settings(&SPEC);
    settings.unlisted = Unlisted::Deactivate;
    let bench = Bench::with(settings, vec![], Rules::default()).await;
    bench.run(vec![external()]).await;
    let run = bench.run(vec![]).await;
    assert_eq!(run.only().0, ActionKind::Deactivate);
    assert_eq!(bench.sent()["personType"], EXTERNAL);
}

#[tokio::test(start_paused = true)]
async fn a_person_type_that_did_not_take_is_no_success() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![external()]).await;
    let reset = Fault::Rewrite("\"EXTERNAL\"".into(), "\"INTERNAL\"".into());
    bench.rig.sandbox.faults().always(reset, |_| true);
    let titled = with(external(), "job_title", Value::text("Lead"));
    let run = bench.run(vec![titled.clone()]).await;
    let (_, verdict, message) = run.only();
    assert_eq!(verdict, Verdict::Failed);
    assert!(
        message.contains("personType EXTERNAL was sent"),
        "{message}"
    );
    bench.rig.sandbox.faults().clear();
    let plan = bench.plan(vec![titled]).await;
    assert_eq!(plan.actions[0].changes[0].attribute, "person_type");
}

#[tokio::test(start_paused = true)]
async fn a_fault_inside_a_200_fails_and_the_groups_that_were_echoed_count() {
    let bench = Bench::new(vec![]).await;
    let groups = Value::set(["//Risk/Owners", "//Risk/Typo"]);
    let person = with(mira(), "groups", groups);
    let run = bench.run(vec![person.clone()]).await;
    let (kind, verdict, message) = run.only();
    assert_eq!((kind, verdict), (ActionKind::Create, Verdict::Failed));
    assert_eq!(run.outcomes[0].status, Some(200));
    assert!(
        message.contains("group //Risk/Typo was not found"),
        "{message}"
    );
    let entry = &bench.record()[&EmailKey::of("mira@example.com")];
    assert_eq!(
        entry.attributes["groups"],
        Some(Value::set(["//Risk/Owners"]))
    );
    assert_eq!(entry.pending, None);
    let next = bench.plan(vec![person]).await;
    assert_eq!(next.actions[0].kind, ActionKind::Update);
    assert_eq!(next.actions[0].changes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_user_missing_from_the_answer_is_a_failure() {
    let bench = Bench::new(vec![]).await;
    let answer = Fault::Answer(Canned::json(200, "[]"));
    bench.rig.sandbox.faults().always(answer, |_| true);
    let run = bench.run(vec![mira()]).await;
    let (_, verdict, message) = run.only();
    assert_eq!(verdict, Verdict::Failed);
    assert!(
        message.contains("does not mention the account"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_cannot_create_an_account() {
    for shows_id in [true, false] {
        let rules = Rules {
            shows_id,
            ..Rules::default()
        };
        let bench = Bench::with(settings(&SPEC), vec![], rules).await;
        bench.run(vec![mira()]).await;
        bench.rig.local().remove("mira@example.com");
        let run = bench
            .run(vec![with(mira(), "job_title", Value::text("Lead"))])
            .await;
        assert_eq!(run.only().0, ActionKind::Update);
        assert_eq!(run.only().1, Verdict::Failed);
        assert_eq!(bench.rig.account("mira@example.com"), None);
        assert_eq!(bench.sent().get("role"), None);
        // Known by its userID it is addressed by nothing else.
        assert_eq!(bench.sent().get("userID").is_some(), shows_id);
        assert_eq!(bench.sent().get("email").is_some(), !shows_id);
    }
}

#[tokio::test(start_paused = true)]
async fn role_is_sent_on_create_and_when_it_changes_only() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    assert_eq!(bench.sent()["role"], "CONTRIBUTOR");
    bench.run(vec![left(mira())]).await;
    assert_eq!(bench.sent().get("role"), None);
    bench.run(vec![mira()]).await;
    assert_eq!(bench.sent().get("role"), None);
    bench
        .run(vec![with(mira(), "role", Value::text("APPROVER"))])
        .await;
    assert_eq!(bench.sent()["role"], "APPROVER");
}

#[tokio::test(start_paused = true)]
async fn a_plan_sends_nothing_and_writes_no_record() {
    let bench = Bench::new(vec![]).await;
    let plan = bench.plan(vec![mira()]).await;
    assert_eq!(plan.actions.len(), 1);
    assert_eq!(bench.rig.sandbox.requests(), []);
    let vendor = bench.rig.connect_read_only();
    vendor.write(&plan.actions[0]).await.unwrap_err();
    assert_eq!(bench.rig.sandbox.requests(), []);
    assert!(!bench.rig.record().exists());
}

#[tokio::test(start_paused = true)]
async fn group_paths_are_sent_byte_for_byte() {
    let odd = "//Risk  Dept/ Analysts (EU)/é";
    let holder = account("x@example.com", &[("groups", Value::set([odd]))]);
    let bench = Bench::new(vec![holder]).await;
    let run = bench
        .run(vec![with(mira(), "groups", Value::set([odd]))])
        .await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.sent()["groups"][0], odd);
    let other_case = with(mira(), "groups", Value::set(["//risk/owners"]));
    let run = bench.run(vec![other_case]).await;
    assert_eq!(run.only().1, Verdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn success_is_read_from_the_echo() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    let deaf = Fault::Rewrite("\"jobTitle\":\"Lead\"".into(), "\"jobTitle\":null".into());
    bench.rig.sandbox.faults().always(deaf, |_| true);
    let titled = with(mira(), "job_title", Value::text("Lead"));
    let run = bench.run(vec![titled.clone()]).await;
    let (_, verdict, message) = run.only();
    assert_eq!(verdict, Verdict::Unverified);
    assert!(message.contains("job_title did not take"), "{message}");
    let plan = bench.plan(vec![titled]).await;
    assert_eq!(plan.actions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_field_missing_from_the_echo_stays_a_difference() {
    let bench = Bench::new(vec![]).await;
    let mute = Fault::Rewrite("\"name\":".into(), "\"fullName\":".into());
    bench.rig.sandbox.faults().always(mute, |_| true);
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Unverified);
    bench.rig.sandbox.faults().clear();
    let run = bench.run(vec![mira()]).await;
    assert_eq!(
        (run.only().0, run.only().1),
        (ActionKind::Update, Verdict::Applied)
    );
    assert!(bench.plan(vec![mira()]).await.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_that_the_echo_does_not_show_is_no_success() {
    let bench = Bench::new(vec![]).await;
    bench.run(vec![mira()]).await;
    for (from, to) in [
        ("\"enabled\":false", "\"enabled\":true"),
        ("\"enabled\":false", "\"on\":false"),
    ] {
        let faults = bench.rig.sandbox.faults();
        faults.clear();
        faults.always(Fault::Rewrite(from.into(), to.into()), |_| true);
        let run = bench.run(vec![left(mira())]).await;
        assert_eq!(run.only().0, ActionKind::Deactivate);
        assert_eq!(run.only().1, Verdict::Unverified);
        assert!(bench.record()[&EmailKey::of("mira@example.com")].active);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    let bench = Bench::with(by_email_and_key(), vec![], Rules::default()).await;
    let run = bench.run(vec![mira()]).await;
    assert_eq!(run.only().1, Verdict::Applied, "{}", run.only().2);
    assert_eq!(bench.server.minted(), 1);

    let vendor = bench.connect();
    let titled = with(mira(), "job_title", Value::text("Lead"));
    let plan = bench.plan_with(&*vendor, vec![titled]).await.unwrap();
    vendor.write(&plan.actions[0]).await.unwrap();
    bench.server.expire_tokens();
    vendor.write(&plan.actions[0]).await.unwrap();
    assert_eq!(bench.server.minted(), 3);
    bench.server.expire_tokens();
    let again = vendor.write(&plan.actions[0]).await;
    assert!(again.is_err());
    assert_eq!(bench.server.minted(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ahead_of_its_end() {
    // By its own exp, by the setting where it has none, by 60 minutes where neither says.
    for (token_life, minutes, life) in [
        (Some(600), None, 600),
        (None, Some(5), 300),
        (None, None, 3600),
    ] {
        let mut settings = by_email_and_key();
        if let Some(minutes) = minutes {
            let setting = Setting::Count(minutes);
            settings.settings.insert("token_minutes", setting);
        }
        let rules = Rules {
            token_life,
            ..Rules::default()
        };
        let bench = Bench::with(settings, vec![], rules).await;
        let vendor = bench.connect();
        let plan = bench.plan_with(&*vendor, vec![mira()]).await.unwrap();
        let write = || vendor.write(&plan.actions[0]);
        write().await.unwrap();
        let clock = &bench.rig.clock;
        clock.sleep(std::time::Duration::from_secs(life / 2)).await;
        write().await.unwrap();
        assert_eq!(bench.server.minted(), 1, "{life}");
        clock
            .sleep(std::time::Duration::from_secs(life / 2 - 1))
            .await;
        write().await.unwrap();
        assert_eq!(bench.server.minted(), 2, "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_and_tokens_are_in_no_error() {
    let bench = Bench::with(by_email_and_key(), vec![], Rules::default()).await;
    let mut wrong = BTreeMap::from([("email", OWN.to_owned())]);
    wrong.insert("secret_key", "very-secret-key".to_owned());
    let vendor = bench.rig.try_connect(Permit::ReadWrite, &wrong).unwrap();
    let plan = bench.plan_with(&*vendor, vec![mira()]).await.unwrap();
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains("very-secret-key"), "{text}");
    assert!(text.contains("401"), "{text}");
}
