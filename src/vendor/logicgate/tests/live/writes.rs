//! Creates, updates, switching off and on.

use serde_json::{Value as Json, json};

use super::*;
use crate::reconcile::outcome::Verdict;
use crate::sandbox::{Canned, Fault};
use crate::vendor::WriteError;
use crate::vendor::logicgate::sandbox::{OffForm, Omitted, SearchForm};

/// What a create of Ada sets.
fn as_wanted() -> Vec<(&'static str, Value)> {
    vec![
        ("company", Value::text("Example Ltd")),
        ("first", Value::text("Ada")),
        ("last", Value::text("Lovelace")),
        ("send_email", Value::Flag(false)),
        ("tier", Value::text("LIMITED")),
    ]
}

async fn create(rig: &Rig, more: &[(&'static str, Value)]) -> Outcome {
    let vendor = ready(rig).await;
    let changes = [as_wanted(), more.to_vec()].concat();
    let action = action(rig, ActionKind::Create, &changes);
    carry_out(rig, &*vendor, action).await
}

async fn change(rig: &Rig, kind: ActionKind, changes: &[(&'static str, Value)]) -> Outcome {
    let vendor = ready(rig).await;
    carry_out(rig, &*vendor, action(rig, kind, changes)).await
}

/// Writes that are no token calls.
fn sent(rig: &Rig, method: &str) -> usize {
    let writes = rig.writes().into_iter();
    writes
        .filter(|it| it.method == method && !it.path.ends_with("/token"))
        .count()
}

#[tokio::test]
async fn a_create_may_answer_200_or_201() {
    for created in [200, 201] {
        let behaviour = Behaviour {
            created,
            ..Behaviour::default()
        };
        let (rig, _server) = serve(Vec::new(), behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert!(outcome.id.is_some());
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (1, 0));
        assert_eq!(value(&rig, "send_email"), Some(Value::Flag(false)));
    }
}

#[tokio::test]
async fn a_create_answer_without_id_is_looked_up_and_not_repeated() {
    let (rig, _server) = serve(Vec::new(), Behaviour::default()).await;
    let fault = Fault::AnswerAfter(Canned::json(200, r#"{"id":"","email":"ada@example.com"}"#));
    rig.sandbox.faults().next(1, fault, |it| {
        it.path == "/api/v1/users" && it.method == "POST"
    });
    let outcome = create(&rig, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(sent(&rig, "POST"), 1);
}

#[tokio::test]
async fn roles_and_time_zone_follow_the_create_even_through_a_lagging_cache() {
    for stale_reads in [0, 3] {
        let behaviour = Behaviour {
            stale_reads,
            default_role: Some("Writer"),
            ..Behaviour::default()
        };
        let (rig, _server) = serve(Vec::new(), behaviour).await;
        let more = [
            ("roles", Value::set(["Reader"])),
            ("time_zone", Value::text("Europe/London")),
        ];
        let outcome = create(&rig, &more).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (1, 1));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        assert_eq!(value(&rig, "time_zone"), Some(Value::text("Europe/London")));
    }
}

#[tokio::test]
async fn a_default_role_stays_when_the_roster_says_nothing_about_roles() {
    let behaviour = Behaviour {
        default_role: Some("Writer"),
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let outcome = create(&rig, &[("time_zone", Value::text("Europe/London"))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Writer"])));
}

#[tokio::test]
async fn a_create_that_could_not_be_completed_says_so() {
    let behaviour = Behaviour {
        one_user: Some(405),
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let outcome = create(&rig, &[("roles", Value::set(["Reader"]))]).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert!(
        outcome.message.contains("was created, but"),
        "{}",
        outcome.message
    );
    assert!(outcome.id.is_some());
}

#[tokio::test]
async fn a_create_never_makes_a_second_account() {
    for search in [SearchForm::Whole, SearchForm::Embedded, SearchForm::Gone] {
        let behaviour = Behaviour {
            search,
            ..Behaviour::default()
        };
        let mut off = ada();
        off.active = false;
        let (rig, _server) = serve(vec![off], behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (0, 1));
        assert!(rig.account(ADA).unwrap().active);
        assert_eq!(value(&rig, "last"), Some(Value::text("Lovelace")));
    }
}

#[tokio::test]
async fn a_duplicate_that_the_search_did_not_show_is_a_failure_and_no_second_try() {
    for duplicate in [400, 409, 422] {
        let behaviour = Behaviour {
            duplicate,
            search_shows_off: false,
            list_shows_off: false,
            ..Behaviour::default()
        };
        let mut off = ada();
        off.active = false;
        let (rig, _server) = serve(vec![off], behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(
            (outcome.verdict, outcome.status),
            (Verdict::Failed, Some(duplicate))
        );
        assert_eq!(sent(&rig, "POST"), 1);
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_again() {
    let (rig, _server) = serve(Vec::new(), Behaviour::default()).await;
    rig.sandbox.faults().next(1, Fault::DropAfter, |it| {
        it.path == "/api/v1/users" && it.method == "POST"
    });
    let outcome = create(&rig, &[("roles", Value::set(["Reader"]))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!((sent(&rig, "POST"), rig.local().accounts().len()), (1, 2));
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
}

#[tokio::test]
async fn a_create_that_meets_an_external_user_is_a_step_for_a_person() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    server.set(ADA, "external", json!(true));
    let outcome = create(&rig, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Skipped);
    assert!(
        outcome.message.contains("convert it"),
        "{}",
        outcome.message
    );
    assert_eq!(sent(&rig, "POST"), 0);
}

#[tokio::test]
async fn an_update_keeps_everything_it_does_not_change() {
    for omitted in [Omitted::Cleared, Omitted::Kept] {
        let behaviour = Behaviour {
            omitted,
            ..Behaviour::default()
        };
        let (rig, server) = serve(vec![ada()], behaviour).await;
        let kept = [
            "records",
            "notificationPreference",
            "allowLocalLogin",
            "timeZone",
            "active",
        ];
        let before = kept.map(|name| server.get(ADA, name));
        let changes = [
            ("last", Value::text("Lovelace")),
            ("tier", Value::text("LIMITED")),
        ];
        let outcome = change(&rig, ActionKind::Update, &changes).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(kept.map(|name| server.get(ADA, name)), before);
        assert_eq!(server.get(ADA, "name"), Some(json!("Ada Lovelace")));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        assert_eq!(sent(&rig, "PUT"), 1);
    }
}

#[tokio::test]
async fn a_change_made_since_the_plan_is_not_written_over() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    server.set(ADA, "timeZone", json!("Asia/Tokyo"));
    let action = action(
        &rig,
        ActionKind::Update,
        &[("tier", Value::text("LIMITED"))],
    );
    carry_out(&rig, &*vendor, action).await;
    assert_eq!(server.get(ADA, "timeZone"), Some(json!("Asia/Tokyo")));
    assert_eq!(value(&rig, "tier"), Some(Value::text("LIMITED")));
}

#[tokio::test]
async fn roles_are_set_exactly_by_name_or_id() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("roles", Value::set(["Writer"]))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Writer"])));
    let none: [&str; 0] = [];
    let outcome = change(&rig, ActionKind::Update, &[("roles", Value::set(none))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(none)));
}

#[tokio::test]
async fn roles_of_the_identity_provider_are_neither_given_nor_taken() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    for role in ["Reader", "Writer"] {
        server.set_role("Reader", "autoprovisioned", json!(role == "Reader"));
        server.set_role("Writer", "autoprovisioned", json!(role == "Writer"));
        let roles = [("roles", Value::set(["Writer"]))];
        let outcome = change(&rig, ActionKind::Update, &roles).await;
        assert_eq!(outcome.verdict, Verdict::Skipped);
        assert!(outcome.message.contains(role), "{}", outcome.message);
    }
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test]
async fn fields_that_do_not_stick_are_named() {
    let behaviour = Behaviour {
        not_sticking: &["tier", "company"],
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let changes = [
        ("company", Value::text("New Ltd")),
        ("first", Value::text("Augusta")),
        ("tier", Value::text("LIMITED")),
    ];
    let outcome = change(&rig, ActionKind::Update, &changes).await;
    assert_eq!(outcome.verdict, Verdict::Unverified);
    assert!(
        outcome.message.contains("company, tier did not take"),
        "{}",
        outcome.message
    );
    assert_eq!(value(&rig, "first"), Some(Value::text("Augusta")));
}

#[tokio::test]
async fn a_lagging_read_is_waited_for() {
    let behaviour = Behaviour {
        stale_reads: 3,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("first", Value::text("Augusta"))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(sent(&rig, "PUT"), 1);
}

#[tokio::test]
async fn an_email_can_be_changed() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let id = rig.account(ADA).unwrap().id;
    let vendor = ready(&rig).await;
    let rename = Action {
        email: "Ada.Lovelace@example.com".into(),
        ..action(
            &rig,
            ActionKind::Update,
            &[("email", Value::text("Ada.Lovelace@example.com"))],
        )
    };
    let outcome = carry_out(&rig, &*vendor, rename.clone()).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    let renamed = rig.account("ada.lovelace@example.com").unwrap();
    assert_eq!(
        (renamed.id, &*renamed.email),
        (id, "Ada.Lovelace@example.com")
    );
    // A second run of the same plan finds it done.
    carry_out(&rig, &*vendor, rename).await;
    assert_eq!(sent(&rig, "PUT"), 1);
    drop(server);
}

#[tokio::test]
async fn another_account_behind_the_id_is_left_alone() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    let action = action(&rig, ActionKind::Deactivate, &[]);
    server.set(ADA, "email", json!("somebody.else@example.com"));
    let error = vendor.write(&action).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test]
async fn accounts_that_are_not_ours_to_change_are_left_alone() {
    for (field, flag) in [
        ("autoprovisioned", json!(true)),
        ("scimStatus", json!("PROVISIONED")),
        ("superUser", json!(true)),
        ("serviceAccount", json!(true)),
    ] {
        let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
        let vendor = ready(&rig).await;
        // After the plan: a fresh read shows it.
        server.set(ADA, field, flag);
        for kind in [ActionKind::Update, ActionKind::Deactivate] {
            let action = action(&rig, kind, &[("first", Value::text("Augusta"))]);
            let error = vendor.write(&action).await.unwrap_err();
            assert!(matches!(error, WriteError::Manual(_)), "{field}: {error}");
        }
        assert_eq!(sent(&rig, "PUT"), 0);
    }
}

#[tokio::test]
async fn switching_off_and_on_writes_disabled_alone() {
    for off_form in [OffForm::Flag, OffForm::Status, OffForm::Hidden] {
        let behaviour = Behaviour {
            off_form,
            ..Behaviour::default()
        };
        let (rig, server) = serve(vec![ada()], behaviour).await;
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(server.get(ADA, "disabled"), Some(json!(true)));
        assert_eq!(server.get(ADA, "active"), Some(json!(true)));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        // Again: nothing is left to do.
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(sent(&rig, "PUT"), 1);
        if off_form == OffForm::Hidden {
            continue;
        }
        let outcome = change(&rig, ActionKind::Reactivate, &[("first", Value::text("A"))]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(server.get(ADA, "disabled"), Some(json!(false)));
        assert_eq!(value(&rig, "first"), Some(Value::text("A")));
    }
}

#[tokio::test]
async fn a_switch_that_does_not_stick_is_no_success() {
    let behaviour = Behaviour {
        not_sticking: &["disabled"],
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Unverified);
    assert!(
        outcome.message.contains("still active"),
        "{}",
        outcome.message
    );
    assert!(outcome.message.contains("do it in"), "{}", outcome.message);
}

#[tokio::test]
async fn a_wrong_address_never_makes_a_leaver_look_gone() {
    for status in [404, 405] {
        let behaviour = Behaviour {
            one_user: Some(status),
            ..Behaviour::default()
        };
        let (rig, _server) = serve(vec![ada()], behaviour).await;
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(
            (outcome.verdict, outcome.status),
            (Verdict::Failed, Some(status))
        );
        assert!(
            outcome.message.contains("not confirmed"),
            "{}",
            outcome.message
        );
    }
}

#[tokio::test]
async fn without_disable_nothing_is_switched() {
    let settings = testing::settings(&SPEC);
    let (rig, _server) = serve_with(settings, vec![ada()], Behaviour::default()).await;
    for kind in [
        ActionKind::Deactivate,
        ActionKind::Reactivate,
        ActionKind::Delete,
    ] {
        let outcome = change(&rig, kind, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    }
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test]
async fn only_disabled_can_be_undone() {
    for (field, flag) in [("active", json!(false)), ("external", json!(true))] {
        let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
        server.set(ADA, field, flag);
        let outcome = change(&rig, ActionKind::Reactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Skipped);
        assert!(
            outcome.message.contains("user administration"),
            "{}",
            outcome.message
        );
    }
}

#[tokio::test]
async fn an_account_that_is_gone_needs_no_switching_off() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    let off = action(&rig, ActionKind::Deactivate, &[]);
    let update = action(&rig, ActionKind::Update, &[("first", Value::text("A"))]);
    crate::sandbox::LocalVendor::remove(&*server, ADA);
    assert_eq!(
        carry_out(&rig, &*vendor, off).await.verdict,
        Verdict::Applied
    );
    let error = vendor.write(&update).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
}

#[tokio::test]
async fn nothing_secret_is_sent_back() {
    // The server refuses secrets and sendEmail with a 400, so that success proves their absence.
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("tier", Value::text("PRIMARY"))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(server.get(ADA, "password"), None::<Json>);
    assert!(!format!("{outcome:?}").contains("SECRET"));
}
